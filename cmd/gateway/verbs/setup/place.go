package setup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/canonical/words"
	"iocgateway/cmd/gateway/config"
	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/router/book"
	"iocgateway/router/store"
	"iocgateway/router/store/bookfile"
)

// fullUnder is up to which size all of a store is read unasked: a second or two.
const fullUnder = 256 << 20

// placeChecks looks at what a gateway needs for itself: its data and its
// address. Where a gateway runs here it has both, and that is as it should be.
func placeChecks(ctx context.Context, sh *shell.Shell, cfg *config.Config, deep bool) []shell.Finding {
	held, taken := store.Held(cfg.Store.Dir), listens(ctx, cfg.HTTP.Addr)
	if held != nil && taken != nil && (cfg.HTTP.TLS != nil || answers(ctx, sh, cfg.HTTP.Addr)) {
		data := dataCheck(ctx, sh, cfg.Store.Dir, deep)
		if data.OK {
			data.Text += sh.Say("; cổng tích hợp đang chạy tại đây sử dụng", "; in use by the gateway that runs here")
		}
		return []shell.Finding{data, auditCheck(sh, cfg),
			{What: "http.addr", OK: true, Text: cfg.HTTP.Addr + sh.Say(": cổng tích hợp đang chạy tại đây trả lời",
				": the gateway that runs here answers")}}
	}
	data := shell.Finding{What: "data"}
	if held != nil {
		data.Text = sh.Words(held)
	} else {
		data = dataCheck(ctx, sh, cfg.Store.Dir, deep)
	}
	address := shell.Finding{What: "http.addr", OK: taken == nil, Text: cfg.HTTP.Addr + sh.Say(": chưa ai dùng", ": free")}
	if taken != nil {
		address.Text = sh.Words(taken)
	}
	return []shell.Finding{data, auditCheck(sh, cfg), address}
}

// auditCheck holds the side book, in which the audit is, against its mark and
// what the Log knows of it. A gateway may be writing all three: only what is
// found twice is so. A node's copy of a shared book is made anew where it is not there.
func auditCheck(sh *shell.Shell, cfg *config.Config) shell.Finding {
	var err error
	for range 2 {
		var known map[string]book.Anchor
		if cfg.Engine != config.EngineKafka {
			known, err = store.Booked(cfg.Store.Dir)
		}
		if err == nil {
			err = bookfile.Check(cfg.Store.Dir, known)
		}
		if err == nil {
			return shell.Finding{What: "audit", OK: true, Text: sh.Say("không dòng nào bị sửa hay cắt", "nothing of it was changed or cut off")}
		}
	}
	return shell.Finding{What: "audit", Text: sh.Words(err)}
}

// dataCheck looks at the data folder, and reads all of it where that is asked
// for or takes no time.
func dataCheck(ctx context.Context, sh *shell.Shell, dir string, deep bool) shell.Finding {
	f := shell.Finding{What: "data"}
	begun := time.Now()
	found, err := store.Check(ctx, dir, false)
	if err == nil && !found.New && (deep || found.Bytes <= fullUnder) {
		found, err = store.Check(ctx, dir, true)
	}
	size := float64(found.Bytes) / 1e6
	shown := words.Decimal(size, sh.Language())
	switch {
	case err != nil:
		f.Text = sh.Words(err)
	case found.Loss.Shown(time.Now()):
		f.Text = fmt.Sprintf(sh.Say("%s (phát hiện lúc %s)", "%s (found %s)"), sh.Words(found.Loss.Problem()), sh.Time(found.Loss.At))
	case found.New:
		f.OK, f.Text = true, dir+sh.Say(": chưa có dữ liệu, lần khởi động đầu sẽ tạo", ": no data yet, the first start makes it")
	case found.Full:
		f.OK, f.Text = true, fmt.Sprintf(sh.Say("%s: %s MB, đã đọc mọi tổng kiểm (%s), mất %s",
			"%s: %s MB, every checksum read (%s) in %s"), dir, shown,
			sh.Number(found.Chunks), sh.Span(time.Since(begun)))
	default:
		f.OK, f.Text = true, fmt.Sprintf(sh.Say("%s: %s MB, đoạn đầu và đoạn cuối bình thường; --deep đọc hết (khoảng %s)",
			"%s: %s MB, its beginning and its end are well; all of it is read with --deep (some %s)"), dir, shown,
			sh.Span(time.Duration(size/deepRate)*time.Second))
	}
	return f
}

// deepRate is how many MB a second a full check reads, measured on one core.
const deepRate = 200

// listens reports why an address cannot be listened on; nil when it can.
func listens(ctx context.Context, addr string) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err == nil {
		err = l.Close()
	}
	if err != nil {
		return &problem.Problem{Code: "GW-C019", Field: "http.addr", Value: addr, Err: err}
	}
	return nil
}

// answers reports whether a gateway answers at an address of this machine.
func answers(ctx context.Context, sh *shell.Shell, addr string) bool {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	at := *sh
	at.URL = "http://" + net.JoinHostPort(host, port)
	c := at.Client()
	c.Token, c.Unset = "", nil // nobody is asked who they are
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	body, err := c.Open(ctx, http.MethodGet, "/livez", nil, "text/plain")
	if err != nil {
		return false
	}
	text, err := io.ReadAll(io.LimitReader(body, 16))
	return errors.Join(err, body.Close()) == nil && string(text) == "ok\n"
}
