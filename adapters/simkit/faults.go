package simkit

import (
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

// The faults, by the names the switchboard and Parse use. Those of the first
// group act on the wire, those of the second on the data a simulator shows,
// the last on deliveries a source makes.
const (
	Unauthorized  = "401"       // 401 to a good token
	TokenExpiry   = "expire"    // every token issued so far dies at once
	TooMany       = "429"       // arg: seconds of Retry-After; none without arg
	BadGateway    = "502"       // 502 with a page of HTML
	Unavailable   = "503"       // 503, empty
	ServerError   = "500"       // 500 with an exception as text
	Cut           = "cut"       // the connection ends in the middle of the body
	Stall         = "stall"     // arg: how long nothing comes (default 30s)
	GzipBomb      = "gzipbomb"  // arg: MiB that a few KiB unpack to (default 512)
	WrongCharset  = "charset"   // the header names another charset than the body has; arg: which
	ByteOrderMark = "bom"       // the body begins with a byte order mark
	Decomposed    = "nfd"       // all text decomposed
	NotJSON       = "nonjson"   // 200 with a sentence
	NotSuccess    = "unsuccess" // 200 whose body is a failure
	LoginPage     = "htmllogin" // 200 with the login page in HTML
	Page          = "html"      // 200 with a page of HTML that is no login
	Half          = "half"      // the body ends in its middle, and the transport is content
	NoContent     = "nocontent" // the member that holds the rows is missing
	NumberString  = "numstr"    // numbers in rows arrive as strings
	ObjectArray   = "objarr"    // a list of one arrives as the one

	RepeatPage    = "repeat"        // a page answers with the page before it
	Shift         = "shift"         // arg: rows the window slips between pages (default 1; negative skips rows)
	LastRepeats   = "lastrepeat"    // past the end the last page comes again
	EqualTimes    = "equaltimes"    // arg: times cut to this step (default 1h)
	LateRows      = "late"          // arg: some rows appear only so long after their time (default 2h)
	Empty         = "empty"         // nothing, where there was plenty
	UnknownStatus = "unknownstatus" // arg: per cent of rows with a status nobody listed (default 5)
	Vanish        = "vanish"        // arg: per cent of rows that are gone while it is on (default 5)
	Totals        = "totals"        // totals that contradict the rows
	Resync        = "resync"        // arg: per cent of all rows that claim to have just changed (default 50)
	Stuck         = "stuck"         // every page is the first, and there is always more
	LowTotals     = "lowtotals"     // arg: 0, pages (their number) or one (too few): totals below what is listed
	Cap           = "cap"           // arg: rows a list has at most, and says that it has (default 100)
	Ahead         = "ahead"         // arg: some rows bear a time so far ahead (default 20h)
	DeadCursor    = "deadcursor"    // arg: the status (default 410): page cursors given out so far are refused
	Links         = "links"         // arg: bare, several, extension, commas or order: the form of Link headers
	Exclusive     = "exclusive"     // the end of a window is not in it
	Sick          = "sick"          // arg: a status, html or empty: what single records answer

	BadSignature = "badsign" // a delivery signed with another secret
	StaleStamp   = "stale"   // a delivery whose timestamp is an hour old
)

// Names lists every fault, in the order of the constants.
func Names() []string {
	return []string{Unauthorized, TokenExpiry, TooMany, BadGateway, Unavailable, ServerError, Cut, Stall, GzipBomb,
		WrongCharset, ByteOrderMark, Decomposed, NotJSON, NotSuccess, LoginPage, Page, Half, NoContent, NumberString, ObjectArray,
		RepeatPage, Shift, LastRepeats, EqualTimes, LateRows, Empty, UnknownStatus, Vanish, Totals, Resync, Stuck,
		LowTotals, Cap, Ahead, DeadCursor, Links, Exclusive, Sick, BadSignature, StaleStamp}
}

// Fault is one fault with its argument and its scope. The zero scope is:
// always, until it is cleared.
type Fault struct {
	Name  string
	Arg   string
	From  int     // the first request hit, counted from 1 since it was set; 0 and 1 are the same
	For   int     // how many requests are hit; 0 is all
	Pages []int   // only where one of these pages is asked, as the source counts them; empty is any
	Prob  float64 // per cent; 0 is always
	// Since is the simulated time at which it was set.
	Since time.Time
}

// Duration reads the argument as a duration (bare numbers are seconds).
func (f Fault) Duration(otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(f.Arg); err == nil {
		return d
	}
	if n, err := strconv.Atoi(f.Arg); err == nil {
		return time.Duration(n) * time.Second
	}
	return otherwise
}

// Number reads the argument as a number.
func (f Fault) Number(otherwise float64) float64 {
	if n, err := strconv.ParseFloat(f.Arg, 64); err == nil {
		return n
	}
	return otherwise
}

// Faults is the switchboard. It is safe for concurrent use; a nil *Faults has
// every switch off.
type Faults struct {
	mu    sync.Mutex
	clock *Clock
	rand  Rand
	on    map[string]*armed
	fired map[string]int
}

type armed struct {
	Fault
	asked, hits int
}

// NewFaults makes a switchboard with everything off. The seed decides the
// faults that come by chance.
func NewFaults(clock *Clock, seed uint64) *Faults {
	return &Faults{clock: clock, rand: NewRand(seed, "faults", 0), on: map[string]*armed{}, fired: map[string]int{}}
}

// Set switches one fault on, replacing the one of the same name.
func (f *Faults) Set(x Fault) error {
	if !slices.Contains(Names(), x.Name) {
		return fmt.Errorf("simkit: unknown fault %q", x.Name)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.clock != nil {
		x.Since = f.clock.Now()
	}
	f.on[x.Name] = &armed{Fault: x}
	return nil
}

// Clear switches faults off; without names, all.
func (f *Faults) Clear(names ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(names) == 0 {
		clear(f.on)
	}
	for _, n := range names {
		delete(f.on, n)
	}
}

// Active lists what is switched on, by name.
func (f *Faults) Active() []Fault {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]Fault, 0, len(f.on))
	for _, n := range Names() {
		if a, ok := f.on[n]; ok {
			out = append(out, a.Fault)
		}
	}
	return out
}

// Fired is how often a fault has hit.
func (f *Faults) Fired(name string) int {
	if f == nil {
		return 0
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.fired[name]
}

// Hit asks whether a fault strikes this request, which asks for page (-1 when
// it has no page). Each call counts as one request in the fault's scope.
func (f *Faults) Hit(name string, page int) (Fault, bool) {
	if f == nil {
		return Fault{}, false
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	a, ok := f.on[name]
	if !ok || (len(a.Pages) > 0 && !slices.Contains(a.Pages, page)) {
		return Fault{}, false
	}
	a.asked++
	if a.asked < a.From || (a.For > 0 && a.hits >= a.For) {
		return Fault{}, false
	}
	if a.Prob > 0 && !f.rand.Chance(a.Prob) {
		return Fault{}, false
	}
	a.hits++
	f.fired[name]++
	return a.Fault, true
}
