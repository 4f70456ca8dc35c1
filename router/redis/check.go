package redis

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical/problem"
)

const (
	oldest  = "6.2"           // the first with SMISMEMBER and SET … KEEPTTL in scripts as used here
	maxSkew = 5 * time.Second // of this node's clock against the server's
)

// Check looks at the server again: what an administrator changed while we run
// shows here. Empty is good.
func (c *Client) Check(ctx context.Context) []*problem.Problem {
	if err := c.rdb.Ping(ctx).Err(); err != nil {
		return []*problem.Problem{c.unreachable(err)}
	}
	var found []*problem.Problem
	for _, p := range []*problem.Problem{c.version(ctx), c.eviction(ctx)} {
		if p != nil {
			found = append(found, p)
		}
	}
	return append(found, c.probe(ctx)...)
}

// advice reports whether a problem is logged and shown, and stops no start.
func advice(p *problem.Problem) bool { return p.Reason() == problem.Advice }

// unreachable is why the first call got no answer.
func (c *Client) unreachable(err error) *problem.Problem {
	p := c.problem(err)
	if p.Reason() == problem.NoAnswer {
		return &problem.Problem{Code: "GW-L001", Value: strings.Join(c.o.Addrs, ", "), Err: err}
	}
	return p
}

// problem is what an error of Redis means. GW-L008, no answer, is what all the
// rest is.
func (c *Client) problem(err error) *problem.Problem {
	text := err.Error()
	for _, k := range []struct{ part, code, value string }{
		{"WRONGPASS", "GW-L002", c.user()},
		{"NOAUTH", "GW-L002", c.user()},
		{"without any password configured", "GW-L002", c.user()},
		{"NOPERM", "GW-L003", c.user()},
		{"The user executing the script can't", "GW-L003", c.user()},
		{"READONLY", "GW-L006", strings.Join(c.o.Addrs, ", ")},
		{"OOM ", "GW-L012", ""},
		{"MISCONF", "GW-L013", ""},
	} {
		if strings.Contains(text, k.part) {
			return &problem.Problem{Code: k.code, Value: k.value, Want: c.o.Prefix, Err: err}
		}
	}
	return &problem.Problem{Code: "GW-L008", Err: err}
}

func (c *Client) user() string {
	if c.o.Username == "" {
		return "default"
	}
	return c.o.Username
}

// version asks how old the server is. One that does not give its version is
// believed: the probe shows what it can do.
func (c *Client) version(ctx context.Context) *problem.Problem {
	info, err := c.rdb.Info(ctx, "server").Result()
	if err != nil {
		return nil
	}
	for line := range strings.Lines(info) {
		if v, ok := strings.CutPrefix(strings.TrimSpace(line), "redis_version:"); ok && older(v, oldest) {
			return &problem.Problem{Code: "GW-L004", Value: v, Want: oldest}
		}
	}
	return nil
}

// older compares versions by their numbers; what is no number is not older.
func older(v, than string) bool {
	have, want := strings.Split(v, "."), strings.Split(than, ".")
	for i := range want {
		w, _ := strconv.Atoi(want[i])
		if i >= len(have) {
			return w > 0
		}
		h, err := strconv.Atoi(have[i])
		if err != nil || h != w {
			return err == nil && h < w
		}
	}
	return false
}

// eviction finds a server that throws keys away when memory is short. Where
// CONFIG GET is not permitted nothing is known, and that is no problem.
func (c *Client) eviction(ctx context.Context) *problem.Problem {
	got, err := c.rdb.ConfigGet(ctx, "maxmemory-policy").Result()
	if policy := got["maxmemory-policy"]; err == nil && policy != "" && policy != "noeviction" {
		return &problem.Problem{Code: "GW-L005", Value: policy, Want: "noeviction"}
	}
	return nil
}

// probe tries what the scripts do, and compares the clocks.
func (c *Client) probe(ctx context.Context) []*problem.Problem {
	sent := c.o.Now()
	reply, err := c.srv.run(ctx, "probe", c.newSession()).Slice()
	got := c.o.Now()
	if err != nil {
		return []*problem.Problem{c.unreachable(err)}
	}
	if len(reply) != 3 {
		return []*problem.Problem{{Code: "GW-L008", Err: errReply}}
	}
	at, _ := reply[0].(int64)
	var found []*problem.Problem
	if refused, _ := reply[2].(string); refused != "" {
		found = append(found, c.problem(errors.New(refused)))
	}
	if skew := offset(sent, got, time.UnixMilli(at)); skew.Abs() > maxSkew {
		found = append(found, skewed(skew))
	}
	if reply[1] != int64(1) {
		found = append(found, &problem.Problem{Code: "GW-L011", Value: c.user(), Want: c.o.Prefix})
	}
	return found
}

// offset is how far this node's clock is ahead, from a question sent and
// answered: the server looked at its clock somewhere in between.
func offset(sent, got, server time.Time) time.Duration {
	middle := sent.Round(0).Add(got.Round(0).Sub(sent.Round(0)) / 2)
	return middle.Sub(server).Round(time.Millisecond)
}

func skewed(by time.Duration) *problem.Problem {
	return &problem.Problem{Code: "GW-L007", Value: by.Round(100 * time.Millisecond).String(), Want: maxSkew.String()}
}
