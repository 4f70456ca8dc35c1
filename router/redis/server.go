package redis

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"
)

// server is the registry in Redis.
type server struct {
	rdb     goredis.UniversalClient
	prefix  string // of every key, with the hash tag
	scripts scripts
}

// run calls a script. The one key routes it to a server of a cluster; all
// others carry the same hash tag and lie beside it.
func (s *server) run(ctx context.Context, name string, args ...any) *goredis.Cmd {
	return s.scripts[name].Run(ctx, s.rdb, []string{s.prefix + "sessions"}, append([]any{s.prefix}, args...)...)
}

func (s *server) join(ctx context.Context, st session, holds int) (bool, error) {
	ok, err := s.run(ctx, "join", st.id, st.ttl.Milliseconds(), st.node, holds, st.work, st.catalogue).Int()
	if err != nil {
		return false, fmt.Errorf("redis: join: %w", err)
	}
	return ok == 1, nil
}

func (s *server) register(ctx context.Context, st session, names []string) error {
	args := []any{st.id, st.ttl.Milliseconds(), st.catalogue}
	for _, name := range names {
		args = append(args, name)
	}
	if err := s.run(ctx, "register", args...).Err(); err != nil {
		return fmt.Errorf("redis: register names: %w", err)
	}
	return nil
}

func (s *server) tick(ctx context.Context, st session, r tickRequest) (tickReply, error) {
	reply, err := s.run(ctx, "tick", st.id, st.ttl.Milliseconds(), r.offset.Milliseconds(), r.limit, r.spare,
		st.catalogue, st.size).Slice()
	if err != nil {
		return tickReply{}, fmt.Errorf("redis: tick: %w", err)
	}
	v, err := readTick(reply)
	if err != nil {
		return tickReply{}, fmt.Errorf("redis: tick: %w", err)
	}
	return v, nil
}

var errReply = errors.New("an answer of another shape than expected")

func readTick(reply []any) (tickReply, error) {
	var n [16]int64
	if len(reply) < 2 {
		return tickReply{}, errReply
	}
	for i := range min(len(reply), len(n)) {
		v, ok := reply[i].(int64)
		if !ok {
			return tickReply{}, errReply
		}
		n[i] = v
	}
	if n[0] == 0 {
		return tickReply{ended: n[1] == 1}, nil
	}
	if len(reply) != len(n)+1 {
		return tickReply{}, errReply
	}
	given, ok := reply[len(n)].([]any)
	if !ok {
		return tickReply{}, errReply
	}
	leases, err := readLeases(given)
	if err != nil {
		return tickReply{}, err
	}
	return tickReply{known: true, at: time.UnixMilli(n[2]), quiet: time.Duration(n[3]) * time.Millisecond,
		sessions: int(n[4]), workers: int(n[5]), names: int(n[6]), free: int(n[7]), held: int(n[8]), allowed: int(n[9]),
		share: int(n[10]), revision: n[11], ends: time.Duration(n[12]) * time.Millisecond, more: n[13] == 1, register: n[14] == 1,
		mixed: n[15] == 1, given: leases}, nil
}

// readLeases reads name, token, name, token …
func readLeases(reply []any) ([]lease, error) {
	if len(reply)%2 != 0 {
		return nil, errReply
	}
	leases := make([]lease, 0, len(reply)/2)
	for i := 0; i < len(reply); i += 2 {
		name, okName := reply[i].(string)
		text, okToken := reply[i+1].(string)
		token, err := strconv.ParseInt(text, 10, 64)
		if !okName || !okToken || err != nil {
			return nil, errReply
		}
		leases = append(leases, lease{name, token})
	}
	return leases, nil
}

func leaseArgs(session string, leases []lease) []any {
	args := make([]any, 0, 1+2*len(leases))
	args = append(args, session)
	for _, l := range leases {
		args = append(args, l.name, l.token)
	}
	return args
}

func (s *server) release(ctx context.Context, session string, leases []lease) (int64, error) {
	revision, err := s.run(ctx, "release", leaseArgs(session, leases)...).Int64()
	if err != nil {
		return 0, fmt.Errorf("redis: release: %w", err)
	}
	return revision, nil
}

func (s *server) reclaim(ctx context.Context, session string, leases []lease) (int64, []bool, error) {
	reply, err := s.run(ctx, "reclaim", leaseArgs(session, leases)...).Slice()
	if err != nil {
		return 0, nil, fmt.Errorf("redis: reclaim: %w", err)
	}
	if len(reply) != 2 {
		return 0, nil, fmt.Errorf("redis: reclaim: %w", errReply)
	}
	revision, okRevision := reply[0].(int64)
	list, okList := reply[1].([]any)
	if !okRevision || !okList || len(list) != len(leases) {
		return 0, nil, fmt.Errorf("redis: reclaim: %w", errReply)
	}
	mine := make([]bool, len(list))
	for i := range list {
		mine[i] = list[i] == int64(1)
	}
	return revision, mine, nil
}

func (s *server) held(ctx context.Context, session string) (int64, []lease, error) {
	reply, err := s.run(ctx, "held", session).Slice()
	if err != nil {
		return 0, nil, fmt.Errorf("redis: held: %w", err)
	}
	if len(reply) == 0 {
		return 0, nil, fmt.Errorf("redis: held: %w", errReply)
	}
	revision, ok := reply[0].(int64)
	leases, err := readLeases(reply[1:])
	if !ok || err != nil {
		return 0, nil, fmt.Errorf("redis: held: %w", errReply)
	}
	return revision, leases, nil
}

func (s *server) leave(ctx context.Context, session string, last bool) error {
	if err := s.run(ctx, "leave", session, last).Err(); err != nil {
		return fmt.Errorf("redis: leave: %w", err)
	}
	return nil
}

// silentFor is how long a silent subscription is believed.
const silentFor = 5 * time.Second

func (s *server) subscribe(ctx context.Context, receive func(signal)) error {
	sub := s.rdb.Subscribe(ctx, s.prefix+"wake")
	stop := context.AfterFunc(ctx, func() { _ = sub.Close() })
	defer func() {
		if stop() {
			_ = sub.Close()
		}
	}()
	asked := false
	for {
		msg, err := sub.ReceiveTimeout(ctx, silentFor)
		switch m := msg.(type) {
		case *goredis.Message:
			receive(signal(m.Payload))
		case *goredis.Subscription:
			receive(signalFree) // what was published before is not known: look
		}
		switch {
		case err == nil:
			asked = false
		case ctx.Err() != nil:
			return nil
		case !timedOut(err) || asked:
			return fmt.Errorf("redis: subscribe: %w", err)
		default:
			asked = true // silence: is it still there?
			if err := sub.Ping(ctx); err != nil {
				return fmt.Errorf("redis: subscribe: %w", err)
			}
		}
	}
}

func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}
