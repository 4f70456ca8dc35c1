package adapters

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"time"

	"iocgateway/canonical/privacy"
)

// Exchange is what went between the gateway and a source once: a request with
// its answer, or a place that was listed, or a file that was read. It holds no
// credentials, and of bodies the beginning only.
type Exchange struct {
	At      time.Time `json:"at"`
	Method  string    `json:"method"` // of HTTP; LIST and READ of files
	Address string    `json:"address"`
	Sent    Message   `json:"sent,omitzero"`
	Status  int       `json:"status,omitempty"`
	Got     Message   `json:"got,omitzero"`
	Took    float64   `json:"took_ms"` // to the last byte
	Found   []Found   `json:"found,omitempty"`
	Error   string    `json:"error,omitempty"` // why there is no answer, or not all of it
}

// Message is one direction of an Exchange.
type Message struct {
	Headers  map[string]string `json:"headers,omitempty"`
	Body     string            `json:"body,omitempty"`     // the beginning, as UTF-8
	Bytes    int64             `json:"bytes"`              // of the body as it travelled
	Cut      bool              `json:"cut,omitempty"`      // there is more than Body shows
	Withheld string            `json:"withheld,omitempty"` // why less is shown: token, binary
}

// Why a body is not shown as it is.
const (
	WithheldToken  = "token"  // it is about credentials: names stand there, and no texts
	WithheldBinary = "binary" // it is no text
)

// Found is what an adapter took out of an answer or a file, and where.
type Found struct {
	What  string `json:"what"`
	At    string `json:"at,omitempty"`    // a path, a header, a sheet
	Count *int   `json:"count,omitempty"` // of what is counted
	Text  string `json:"text,omitempty"`  // of all else
}

// What may be found.
const (
	FoundRecords = "records" // Raws, and pieces that are none
	FoundTotal   = "total"   // what the source says there is
	FoundPages   = "pages"
	FoundNext    = "next"    // the cursor or address of the next page
	FoundLast    = "last"    // whether this is the last page
	FoundList    = "list"    // a list that stands where none was looked for
	FoundColumns = "columns" // of a table
	FoundFiles   = "files"   // in a place
	FoundAxes    = "axes"    // of a cube
)

// Shy is what of a request nobody is to read, besides what is known by name.
type Shy struct {
	All             bool     // it asks for credentials: of bodies only the names are shown
	Headers, Params []string // that carry credentials
	Values          []string // credentials, wherever they stand
}

// Recorder takes exchanges down while somebody wants to see them: it is handed
// on by the context of a call, and without one nothing is kept. A nil Recorder
// records nothing. It is safe for concurrent use; what it holds is the newest
// exchange.
type Recorder struct {
	Clean *privacy.Cleaner // knows the configuration's secrets
	Done  func(Exchange)   // gets each in order, when nothing more is found in it

	mu      sync.Mutex
	open    *Taking
	learned []string         // credentials that requests carried
	clean   *privacy.Cleaner // knows them
}

// How much of a body is shown, and how much of it is looked at: what stands at
// the end of what is looked at may be half a secret, and is not shown.
const (
	ShownBytes  = 1 << 10
	SampleBytes = 16 << 10
	unsureBytes = 4 << 10
	maxLearned  = 64
	maxFound    = 20
)

type recorderKey struct{}

type shyKey struct{}

// Context gives a context under which every exchange is taken down.
func (r *Recorder) Context(ctx context.Context) context.Context {
	if r == nil {
		return ctx
	}
	return context.WithValue(ctx, recorderKey{}, r)
}

// RecorderOf is the context's Recorder; nil where nobody wants one.
func RecorderOf(ctx context.Context) *Recorder {
	r, _ := ctx.Value(recorderKey{}).(*Recorder)
	return r
}

// WithShy gives a context whose requests carry credentials. What an outer one
// says counts too.
func WithShy(ctx context.Context, s Shy) context.Context {
	s.All = s.All || shyOf(ctx).All
	return context.WithValue(ctx, shyKey{}, s)
}

func shyOf(ctx context.Context) Shy {
	s, _ := ctx.Value(shyKey{}).(Shy)
	return s
}

// Passed is what was kept of a body on its way: SampleBytes at most, unpacked.
type Passed struct {
	Body  []byte
	Bytes int64  // of the body as it travelled
	Whole bool   // there is no more
	Type  string // as its header says
}

// Taking is an exchange that is under way.
type Taking struct {
	r     *Recorder
	shy   Shy
	x     Exchange
	begun time.Time
	ended bool
}

// Begin takes down that something is asked. With the one before nothing more
// will be found.
func (r *Recorder) Begin(ctx context.Context, method string, address *url.URL) *Taking {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.begin(ctx, method)
	t.x.Address = t.masks().address(address)
	return t
}

// BeginFile takes down that a file is read, or a place listed.
func (r *Recorder) BeginFile(ctx context.Context, method, path string) *Taking {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.begin(ctx, method)
	t.x.Address = cut(t.masks().exact(path), maxAddress)
	return t
}

func (r *Recorder) begin(ctx context.Context, method string) *Taking {
	r.flush()
	t := &Taking{r: r, shy: shyOf(ctx), begun: time.Now()}
	r.learn(t.shy.Values)
	t.x = Exchange{At: t.begun.UTC(), Method: method}
	r.open = t
	return t
}

// Sent takes down what went out.
func (t *Taking) Sent(header http.Header, body Passed) {
	if t == nil {
		return
	}
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	t.x.Sent = t.masks().message(header, body, nil)
}

// Answered takes down the head of the answer.
func (t *Taking) Answered(status int, header http.Header) {
	if t == nil {
		return
	}
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	t.x.Status = status
	t.x.Got = t.masks().message(header, Passed{}, matters)
}

// End takes down the body, or why there is none. Only the first counts.
func (t *Taking) End(body Passed, err error) {
	if t == nil {
		return
	}
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	if t.ended {
		return
	}
	t.ended = true
	t.x.Took = float64(time.Since(t.begun).Microseconds()) / 1000
	headers := t.x.Got.Headers
	t.x.Got = t.masks().message(nil, body, matters)
	t.x.Got.Headers = headers
	if err != nil {
		t.x.Error = t.masks().text(err.Error())
	}
}

// Count takes down how much of something was found. What is counted again in
// one place is more of the same.
func (t *Taking) Count(what, at string, n int) {
	if t == nil {
		return
	}
	t.r.mu.Lock()
	defer t.r.mu.Unlock()
	count := n // the parameter's address would cost where nobody asks
	t.found(Found{What: what, At: at, Count: &count})
}

// Count is Taking's, for the newest exchange.
func (r *Recorder) Count(what, at string, n int) { r.newest().Count(what, at, n) }

// Tell takes down something else that was found in the newest exchange.
func (r *Recorder) Tell(what, at, text string) {
	if t := r.newest(); t != nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		t.found(Found{What: what, At: at, Text: text})
	}
}

func (r *Recorder) newest() *Taking {
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.open
}

func (t *Taking) found(f Found) {
	x, m := &t.x, t.masks()
	f.At, f.Text = short(m.text(f.At)), short(m.text(f.Text))
	for i := range x.Found {
		if had := &x.Found[i]; had.What == f.What && had.At == f.At && had.Count != nil && f.Count != nil {
			n := *had.Count + *f.Count
			had.Count = &n
			return
		}
		if had := &x.Found[i]; had.What == f.What && had.At == f.At && had.Text == f.Text {
			return
		}
	}
	if len(x.Found) < maxFound {
		x.Found = append(x.Found, f)
	}
}

// Flush gives the newest exchange on: nothing more will be found in it.
func (r *Recorder) Flush() {
	if r == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.flush()
}

func (r *Recorder) flush() {
	if r.open != nil && r.Done != nil {
		r.Done(r.open.x)
	}
	r.open = nil
}

// learn remembers credentials: a later answer may give them back.
func (r *Recorder) learn(values []string) {
	before := len(r.learned)
	for _, v := range values {
		if len(r.learned) < maxLearned && !slices.Contains(r.learned, v) {
			r.learned = append(r.learned, v)
		}
	}
	if len(r.learned) != before {
		r.clean = privacy.NewCleaner(r.learned)
	}
}
