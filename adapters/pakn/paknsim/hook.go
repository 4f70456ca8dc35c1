package paknsim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
)

// PushOptions are the choices of a pusher. Zero fields take the default.
type PushOptions struct {
	URL     string           // where deliveries are posted
	Secret  string           // whsec_ and base64
	Client  *http.Client     // default: one with a time-out of 15 s
	Since   time.Time        // push what happened after it; default the city's start
	Every   time.Duration    // how often it looks for news (real time); default 250ms
	Repeats float64          // per cent of deliveries made twice; default 5, negative none
	Mixed   float64          // per cent of batches pushed out of order; default 20, negative none
	NoCalls bool             // leave calls out
	Stamp   func() time.Time // what webhook-timestamp shows; default the real time
	Only    func(city.FeedbackView) bool
}

// Pusher delivers what happens at a hotline, at least once, signed as
// Standard Webhooks ask, repeated and out of order now and then. It tries each
// delivery until it is answered 2xx.
type Pusher struct {
	city   *city.City
	clock  *simkit.Clock
	faults *simkit.Faults
	opt    PushOptions
	key    []byte
	events []event
	next   int
	rand   simkit.Rand

	sent, accepted, refused atomic.Int64
}

type event struct {
	at    time.Time
	call  bool
	index int // in Feedback or Calls
	state int
}

// NewPusher makes a pusher; Run starts it.
func NewPusher(c *city.City, clock *simkit.Clock, faults *simkit.Faults, opt PushOptions) (*Pusher, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(opt.Secret, "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("paknsim: the secret is not whsec_ and 24 to 64 bytes in base64")
	}
	if opt.Client == nil {
		opt.Client = &http.Client{Timeout: 15 * time.Second}
	}
	if opt.Since.IsZero() {
		opt.Since = c.Start
	}
	if opt.Every == 0 {
		opt.Every = 250 * time.Millisecond
	}
	if opt.Repeats == 0 {
		opt.Repeats = 5
	}
	if opt.Mixed == 0 {
		opt.Mixed = 20
	}
	if opt.Stamp == nil {
		opt.Stamp = time.Now
	}
	p := &Pusher{city: c, clock: clock, faults: faults, opt: opt, key: key, rand: simkit.NewRand(c.Seed, "pusher", 0)}
	p.collect()
	return p, nil
}

// collect lists what will be pushed, by time. The city knows its future, so
// the list is as long as it will ever be.
func (p *Pusher) collect() {
	for i := range p.city.Feedback {
		f := &p.city.Feedback[i]
		for k, s := range f.States {
			if p.opt.Only != nil && !p.opt.Only(city.FeedbackView{Feedback: f, Now: s}) {
				continue
			}
			p.events = append(p.events, event{at: s.At, index: i, state: k})
		}
	}
	if !p.opt.NoCalls {
		for i, c := range p.city.Calls {
			p.events = append(p.events, event{at: c.At, call: true, index: i})
		}
	}
	slices.SortStableFunc(p.events, func(a, b event) int { return a.at.Compare(b.at) })
	for p.next < len(p.events) && !p.events[p.next].at.After(p.opt.Since) {
		p.next++
	}
}

// Sent counts the attempts, Accepted the answers of 2xx, Refused all other answers.
func (p *Pusher) Sent() int { return int(p.sent.Load()) }

// Accepted counts the deliveries answered 2xx, repeats included.
func (p *Pusher) Accepted() int { return int(p.accepted.Load()) }

// Refused counts the answers that were not 2xx.
func (p *Pusher) Refused() int { return int(p.refused.Load()) }

// Expected lists the ids of all deliveries that are due at t, sorted: what a
// receiver must have got when the pusher has caught up.
func (p *Pusher) Expected(t time.Time) []string {
	var out []string
	for _, e := range p.events {
		if e.at.After(p.opt.Since) && !e.at.After(t) {
			out = append(out, p.id(e))
		}
	}
	slices.Sort(out)
	return out
}

// Run pushes until ctx ends, or until the receiver answers 410.
func (p *Pusher) Run(ctx context.Context) error {
	tick := time.NewTicker(p.opt.Every)
	defer tick.Stop()
	for {
		if err := p.news(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// news pushes what has happened since the last time, in batches.
func (p *Pusher) news(ctx context.Context) error {
	now := p.clock.Now()
	for p.next < len(p.events) && !p.events[p.next].at.After(now) {
		end := p.next
		for end < len(p.events) && end < p.next+20 && !p.events[end].at.After(now) {
			end++
		}
		batch := slices.Clone(p.events[p.next:end])
		for _, e := range p.events[p.next:end] {
			if p.rand.Chance(p.opt.Repeats) {
				batch = append(batch, e)
			}
		}
		if p.rand.Chance(p.opt.Mixed) {
			p.rand.Shuffle(len(batch), func(i, k int) { batch[i], batch[k] = batch[k], batch[i] })
		}
		for _, e := range batch {
			if err := p.deliver(ctx, e); err != nil {
				return err
			}
		}
		if ctx.Err() != nil {
			return nil
		}
		p.next = end
	}
	return nil
}

// id is the delivery's id: the same on every try.
func (p *Pusher) id(e event) string {
	if e.call {
		return "msg_" + strings.ToLower(p.city.Calls[e.index].ID)
	}
	return fmt.Sprintf("msg_%s_%d", strings.ToLower(p.city.Feedback[e.index].Code), e.state)
}

// deliver tries until 2xx; it gives up only when ctx ends or at 410.
func (p *Pusher) deliver(ctx context.Context, e event) error {
	body, err := json.Marshal(p.body(e))
	if err != nil {
		return fmt.Errorf("paknsim: writing a delivery: %w", err)
	}
	pause := 50 * time.Millisecond
	for ctx.Err() == nil {
		status, after := p.post(ctx, p.id(e), body)
		if status/100 == 2 {
			p.accepted.Add(1)
			return nil
		}
		if status != 0 {
			p.refused.Add(1)
		}
		if status == http.StatusGone {
			return errors.New("paknsim: the receiver answered 410: deliveries stop")
		}
		t := time.NewTimer(max(pause, after))
		select {
		case <-ctx.Done():
		case <-t.C:
		}
		t.Stop()
		pause = min(pause*2, 5*time.Second)
	}
	return nil
}

func (p *Pusher) post(ctx context.Context, id string, body []byte) (status int, after time.Duration) {
	p.sent.Add(1)
	key, at := p.key, p.opt.Stamp()
	body = p.faults.Spoil(body) // signed as it is sent: the source does not know
	if _, hit := p.faults.Hit(simkit.BadSignature, -1); hit {
		key = []byte("another secret altogether")
	}
	if _, hit := p.faults.Hit(simkit.StaleStamp, -1); hit {
		at = at.Add(-time.Hour)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.opt.URL, bytes.NewReader(body))
	if err != nil {
		return 0, 0
	}
	stamp := strconv.FormatInt(at.Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", stamp)
	req.Header.Set("webhook-signature", "v1,"+Sign(key, id, stamp, body))
	res, err := p.opt.Client.Do(req)
	if err != nil {
		return 0, 0
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 64<<10))
	if n, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil && n >= 0 {
		after = time.Duration(min(n, 60)) * time.Second
	}
	return res.StatusCode, after
}

// Sign is the signature of Standard Webhooks: base64 of the HMAC-SHA256 of
// id.timestamp.body.
func Sign(key []byte, id, stamp string, body []byte) string {
	m := hmac.New(sha256.New, key)
	_, _ = m.Write([]byte(id + "." + stamp + "."))
	_, _ = m.Write(body)
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}

// body is the delivery: {type, timestamp, data}. Its fields are assumed.
func (p *Pusher) body(e event) map[string]any {
	at := e.at.Format(time.RFC3339)
	if e.call {
		c := p.city.Calls[e.index]
		return map[string]any{"type": "cuoc_goi.ghi_nhan", "timestamp": at,
			"data": map[string]any{"ma": c.ID, "thoi_gian": at, "thoi_luong_giay": c.Seconds,
				"so_dien_thoai": c.Phone, "noi_dung": c.Topic,
				"xa": map[string]any{"ma": p.city.Communes[c.Commune].Code, "ten": p.city.Communes[c.Commune].Name}}}
	}
	f := &p.city.Feedback[e.index]
	s := f.States[e.state]
	cat, ch, c, a := city.Categories()[f.Category], city.Channels()[f.Channel], p.city.Communes[f.Commune], p.city.Agency(s.Agency)
	data := map[string]any{"ma": f.Code, "phien_ban": e.state + 1, "tieu_de": f.Title, "noi_dung": f.Content + s.Tail,
		"linh_vuc":      map[string]any{"ma": cat.Code, "ten": cat.Name},
		"kenh":          map[string]any{"ma": ch.Code, "ten": ch.Name},
		"trang_thai":    map[string]any{"ma": s.Status, "ten": city.FeedbackLabel(s.Status)},
		"thoi_gian_gui": f.Created.Format(time.RFC3339), "thoi_gian_cap_nhat": at, "an_danh": f.Anonymous, "cong_khai": f.Public,
		"nguoi_phan_anh": map[string]any{"ho_ten": f.Reporter.Name, "so_dien_thoai": f.Reporter.Phone, "email": f.Reporter.Email},
		"vi_tri":         map[string]any{"dia_chi": f.Place, "xa": c.Code, "vi_do": f.Lat, "kinh_do": f.Lon}, "so_lan_chuyen_lai": s.Bounced}
	if a.Name != "" {
		data["don_vi"] = map[string]any{"ma": a.ID, "ten": a.Name}
	}
	if !s.Due.IsZero() {
		data["han_xu_ly"] = s.Due.Format(time.RFC3339)
	}
	if s.Answer != "" {
		data["tra_loi"] = map[string]any{"noi_dung": s.Answer, "don_vi": a.Name}
	}
	if s.Rating > 0 {
		data["danh_gia"] = s.Rating
	}
	return map[string]any{"type": "pakn.cap_nhat", "timestamp": at, "data": data}
}
