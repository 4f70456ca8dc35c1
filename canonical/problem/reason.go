package problem

// Reason is what code goes by after a Problem, where it has to: people go by
// the code and its words. Most Problems have none.
type Reason int

// The reasons code branches on.
const (
	NoReason     Reason = iota
	Suspicious          // a whole listing is held, because it lists so much less
	NoAnswer            // Redis did not answer
	Unreachable         // … at the first word
	NotPermitted        // Redis refused for want of a permission
	Advice              // nothing is broken; an administrator should look
	Refused             // the source refused a request by its status
	Absent              // what was named is not there
	Unwritable          // the side book takes no change: acts are refused until it does
	Damaged             // what is stored is not what was stored
	CannotWrite         // the gateway's own Log takes nothing
	Doubtful            // a walk left something open; noted until one has answered it
	UnknownCode         // a coded value that no list knows
	Throttled           // the source asks for fewer requests
	Late                // the source did not answer in time
	NoList              // no list stands where the records were to be
	Backward            // the source gives older versions than it gave before
	Displaced           // … because a part of its keys changed while all else stands
	CutShort            // a run was stopped from outside: it shows nothing of the source
	Moot                // what an act was to undo is not there, or not any more
	Walked              // what a whole walk showed, until another one shows it no more
	Standing            // … and is no issue
	Unanswered          // no gateway answered a verb: it may be starting
	Endless             // a list leads nowhere new, or on for ever
	Reminding           // said by each run for as long as it stands, and no issue
)

// reasons is the one place that knows which code stands for which reason.
func reasons(code string) Reason {
	switch code {
	case "GW-R002", "GW-R037":
		return Suspicious
	case "GW-L008":
		return NoAnswer
	case "GW-L001":
		return Unreachable
	case "GW-L003":
		return NotPermitted
	case "GW-L007", "GW-L011":
		return Advice
	case "GW-S005":
		return Refused
	case "GW-R043", "GW-R046", "GW-R049", "GW-R076", "GW-S031":
		return Absent
	case "GW-R040", "GW-R041", "GW-R051", "GW-R053", "GW-R054", "GW-R055":
		return Unwritable
	case "GW-K004":
		return Damaged
	case "GW-S020", "GW-S035", "GW-S037", "GW-S092", "GW-S045", "GW-S046", "GW-S049", "GW-S038", "GW-S082", "GW-S090", "GW-S094",
		"GW-D051", "GW-D058", "GW-D078", "GW-D080", "GW-D106", "GW-D110", "GW-D083", "GW-R061":
		return Doubtful
	case "GW-M114":
		return UnknownCode
	case "GW-D017":
		return NoList
	case "GW-R021":
		return Backward
	case "GW-R018", "GW-R019", "GW-R026", "GW-Q001", "GW-Q002", "GW-Q003", "GW-Q004", "GW-Q009":
		return CannotWrite
	}
	return answers(code)
}

// ofActs are the reasons of runs and acts that did not do what they were for.
func ofActs(code string) Reason {
	switch code {
	case "GW-R088":
		return Displaced
	case "GW-R005":
		return CutShort
	case "GW-R090", "GW-R092":
		return Moot
	case "GW-C046":
		return Unanswered
	}
	return NoReason
}

// answers are the reasons that say how a source answered, and what whole walks show.
func answers(code string) Reason {
	switch code {
	case "GW-S032", "GW-R014", "GW-R028", "GW-R038":
		return Walked
	case "GW-R027", "GW-R030", "GW-R039", "GW-R031", "GW-S040", "GW-S091", "GW-S095", "GW-S044", "GW-S048", "GW-S050", "GW-D123":
		return Standing
	case "GW-D109":
		return Reminding
	case "GW-S002":
		return Late
	case "GW-S006":
		return Throttled
	case "GW-S016", "GW-S027":
		return Endless
	}
	return ofActs(code)
}

// Reason is what code goes by; NoReason for most.
func (p *Problem) Reason() Reason { return reasons(p.Code) }

// Has reports whether the Problem in an error's chain has this reason.
func Has(err error, r Reason) bool {
	p, ok := As(err)
	return ok && p.Reason() == r
}

// OfFile reports whether it is about a piece of a file: its path is a place there.
func (p *Problem) OfFile() bool {
	_, ok := problemsData[p.Code]
	return ok
}

// Ours reports whether it is the gateway's own: of its Log, its store, or the
// way it keeps its streams. The source is not to blame for it.
func (p *Problem) Ours() bool {
	for _, family := range []map[string]Words{problemsKafka, problemsSink, problemsStore, problemsRouter, problemsControl} {
		if _, ok := family[p.Code]; ok {
			return true
		}
	}
	return false
}

// Blame is whom the facts behind a failure accuse, and nobody else
// (invariant 14).
type Blame int

// The accused.
const (
	BlamesContent     Blame = iota // what was asked or answered: one stream's own matter
	BlamesGateway                  // its Log, its store, its scheduler
	BlamesLink                     // no answer at all was heard
	BlamesAddress                  // somebody else answers there, or nobody may be asked
	BlamesCredentials              // who we say we are is not believed
)

// Blames is whom a failure accuses. An HTTP answer of whatever status proves
// that the link works.
func (p *Problem) Blames() Blame {
	switch p.Code {
	case "GW-S001", "GW-S002", "GW-D007":
		return BlamesLink
	case "GW-S003", "GW-S017", "GW-D005":
		return BlamesAddress
	case "GW-S004", "GW-S011", "GW-S018", "GW-S019", "GW-S801", "GW-S802", "GW-D006":
		return BlamesCredentials
	case "GW-R001", "GW-R003", "GW-R004", "GW-R007", "GW-R014", "GW-R028", "GW-R038": // found by the gateway, in what a source gave
		return BlamesContent
	}
	if p.Ours() {
		return BlamesGateway
	}
	return BlamesContent
}
