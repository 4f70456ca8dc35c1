package sync

import (
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/vntext"
)

// keyed gives what a source named the keys it has here: in one form of
// Unicode, behind the stream's own prefix, so that two streams of a source
// whose keys are the same do not name one record.
func (s *Syncer) keyed(page adapters.Page) adapters.Page {
	for i := range page.Records {
		s.key(&page.Records[i])
	}
	for i := range page.Refused {
		s.key(&page.Refused[i].Raw)
	}
	for _, of := range []**adapters.Scope{&page.Complete, &page.Unproven} {
		// A whole stream is all of its keys, also those from before it had a prefix.
		if *of != nil && s.Stream.KeyPrefix != "" && (*of).KeyPrefix != "" {
			scope := **of
			scope.KeyPrefix = s.Stream.KeyPrefix + vntext.NFC(scope.KeyPrefix)
			*of = &scope
		}
	}
	return page
}

func (s *Syncer) key(raw *canonical.Raw) {
	if raw.Key != "" {
		raw.Key = s.Stream.KeyPrefix + vntext.NFC(raw.Key)
	}
}

// adopts are the streams whose records this one takes over by now.
func (s *Syncer) adopts(now time.Time) (names []string) {
	for _, a := range s.Stream.Adopts {
		if !now.Before(a.From) {
			names = append(names, a.Stream)
		}
	}
	return names
}
