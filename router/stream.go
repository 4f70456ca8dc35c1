package router

import (
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
)

// Stream is one flow of one source, wired and ready to sync.
type Stream struct {
	Source string
	Name   string // without the source
	Kind   canonical.Kind

	Adapter  string
	Profile  string
	Evidence adapters.Evidence
	Link     string // sources on one link share a cause when it fails
	VI, EN   string // what people call it

	Reader adapters.Source
	Mapper Mapper

	Every       time.Duration // between runs; 0 for a stream that is only delivered to
	Promise     time.Duration // how fresh it is promised to be; 0 promises nothing
	MaxSilence  time.Duration // how long a source may go without any change; 0 is for ever
	MustNotLose bool          // a held Raw is an issue after 30 minutes
	Disabled    bool
}

// Full is source/name, as checkpoints and feeds know the stream.
func (s *Stream) Full() string { return s.Source + "/" + s.Name }

// Push reports whether the source delivers instead of being asked.
func (s *Stream) Push() bool {
	_, receives := s.Reader.(adapters.Receiver)
	return receives
}
