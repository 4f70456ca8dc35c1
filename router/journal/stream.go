package journal

import (
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/calendar"
	"iocgateway/canonical/problem"
)

// Stream is what is declared of one flow of one source: whose it is, and what
// it promises.
type Stream struct {
	Source string
	Name   string // without the source
	Kind   canonical.Kind

	Adapter  string
	Profile  string
	Evidence adapters.Evidence
	Link     string // sources on one link share a cause when it fails
	Title    string // what people call it

	Push        bool          // the source delivers instead of being asked
	Signed      string        // how it signs what it delivers
	Every       time.Duration // between runs; 0 for a stream that is only delivered to
	Promise     time.Duration // how fresh it is promised to be; 0 promises nothing
	MaxSilence  time.Duration // how long a source may go without any change, days off left out; 0 is for ever
	Office      bool          // the promise counts office hours only
	Calendar    *calendar.Calendar
	MustNotLose bool // a held Raw is an issue after 30 minutes
	Disabled    bool
	MayBeEmpty  bool              // a person said that having no record at all is well
	Limits      []problem.Problem // what its source, as it is set up, cannot show
	Advice      []problem.Problem // what of how it is set up is likely not meant

	KeyPrefix string // before every key its source gives
	Adopts    []Adoption
}

// Adoption is that a stream takes another's place: the only way a record
// changes hands.
type Adoption struct {
	Stream string    `json:"stream"`        // full name, of the same source
	From   time.Time `json:"from,omitzero"` // from when on; zero is always
	Why    string    `json:"why,omitempty"`
}

// Full is source/name, as checkpoints and feeds know the stream.
func (s *Stream) Full() string { return s.Source + "/" + s.Name }
