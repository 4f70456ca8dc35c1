package follow

import "context"

// Live sends until ctx is over. Where a person is needed it waits for
// Resume.
func (f *Follower) Live(ctx context.Context) {
	for ctx.Err() == nil {
		err := f.Run(ctx)
		if err == nil {
			return
		}
		f.Log.Error("a sink needs a person", "error", err)
		select {
		case <-ctx.Done():
		case <-f.resumed():
		}
	}
}

// Resume lets a Follower that needed a person try again.
func (f *Follower) Resume() {
	select {
	case f.resumed() <- struct{}{}:
	default:
	}
}

func (f *Follower) resumed() chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.resume == nil {
		f.resume = make(chan struct{}, 1)
	}
	return f.resume
}
