package redis

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"iocgateway/router/health"
)

// reports is the key of what is posted. What has another form gets another
// key: nodes of two versions side by side do not read each other's, and show
// as unknown what they cannot read. (At "status" lay states without facts.)
const reports = "reports"

// statusKept is how long a status that nobody posts any more is kept: its
// stream is configured nowhere.
const statusKept = 7 * 24 * time.Hour

// PutStatus posts how streams stand, for all nodes, in one round trip.
func (c *Client) PutStatus(ctx context.Context, status map[string][]byte) error {
	if len(status) == 0 {
		return nil
	}
	script := c.srv.scripts["putstatus"]
	_, err := c.rdb.Pipelined(ctx, func(p goredis.Pipeliner) error {
		for some := range slices.Chunk(slices.Sorted(maps.Keys(status)), batch) {
			args := []any{c.srv.prefix, c.o.Node.Name}
			for _, name := range some {
				args = append(args, name, status[name])
			}
			// The whole text, not its digest: in a pipeline nobody could send it after a refusal.
			script.Eval(ctx, p, []string{c.srv.prefix + "sessions"}, args...)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("redis: put status: %w", err)
	}
	return nil
}

// Statuses reads what all nodes posted of all streams. It is read in pieces, so
// that Redis answers others in between; a page that shows it may keep it for a
// while.
func (c *Client) Statuses(ctx context.Context) (map[string]health.Posted, error) {
	now, err := c.rdb.Time(ctx).Result()
	if err != nil {
		return nil, fmt.Errorf("redis: statuses: %w", err)
	}
	key := c.srv.prefix + reports
	all, old := map[string]health.Posted{}, []string(nil)
	var cursor uint64
	for {
		pairs, next, err := c.rdb.HScan(ctx, key, cursor, "", 2*batch).Result()
		if err != nil {
			return nil, fmt.Errorf("redis: statuses: %w", err)
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			s, ok := readStatus(pairs[i+1])
			if !ok || now.Sub(s.At) > statusKept {
				old = append(old, pairs[i])
				continue
			}
			all[pairs[i]] = s
		}
		if cursor = next; cursor == 0 {
			break
		}
	}
	for some := range slices.Chunk(old, batch) {
		if err := c.rdb.HDel(ctx, key, some...).Err(); err != nil {
			return nil, fmt.Errorf("redis: statuses: %w", err)
		}
	}
	return all, nil
}

// readStatus takes apart what putstatus.lua put together: time, node, JSON.
func readStatus(text string) (health.Posted, bool) {
	at, rest, ok := strings.Cut(text, " ")
	node, body, ok2 := strings.Cut(rest, " ")
	ms, err := strconv.ParseInt(at, 10, 64)
	if !ok || !ok2 || err != nil || !json.Valid([]byte(body)) {
		return health.Posted{}, false
	}
	return health.Posted{JSON: []byte(body), At: time.UnixMilli(ms), Node: node}, true
}
