package rest

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/strict"
)

// page of n records of about 1 KB, as an iGate gives them.
func benchPage(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"content":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"id":"60e409823dfc9609723e%04x","code":"000.00.53.H48-2603%02d-%04d","applicant":{"data":{"fullname":"Nguyễn Thị Hồng Phượng %d",`+
			`"identityNumber":"05119%07d","phoneNumber":"+849050%05d","address":"Tổ dân phố 3, phường Trần Phú, tỉnh Quảng Ngãi","gender":1,"birthday":"1987-04-12T17:00:00.000+0000"}},`+
			`"procedure":{"id":"5fe1","code":"1.001612.000.00.00.H48","translate":[{"languageId":228,"name":"Đăng ký thành lập hộ kinh doanh"}],"sector":{"id":"x","code":"G03-GD10"}},`+
			`"agency":{"id":"6001","code":"000.00.53.H48","name":[{"languageId":228,"name":"Ủy ban nhân dân huyện Bình Sơn"}],"parent":{"id":"6000"}},`+
			`"dossierStatus":{"id":2,"name":"Đang xử lý"},"dossierTaskStatus":{"id":"60ebf17309cbf91d41f87f8e","name":[{"languageId":228,"name":"Chờ thẩm định"}]},`+
			`"appliedDate":"2026-03-01T02:00:00.000+0000","acceptedDate":"2026-03-01T10:00:00.000+0700","appointmentDate":"2026-03-06T10:00:00.000+0700",`+
			`"updatedDate":"2026-03-02T09:%02d:%02d.000+0700","applyMethod":{"id":1,"name":"Trực tuyến"},"task":[{"id":"t1","isCurrent":1,"assignee":{"fullname":"Trần Văn Bình"}}]}`,
			i, i%28+1, i, i, i, i, i/60%60, i%60)
	}
	b.WriteString(`],"totalElements":200000,"totalPages":400,"last":false}`)
	return b.Bytes()
}

func benchPlan(tb testing.TB) *plan {
	node, err := strict.Parse("x.yaml", []byte(fmt.Sprintf(descWire, "http://127.0.0.1")))
	if err != nil {
		tb.Fatal(err)
	}
	wire := node.Get("wire")
	p, err := decodeProfile(wire)
	if err != nil {
		tb.Fatal(err)
	}
	p.Success = nil
	pl, err := compile(p, wire, Defaults())
	if err != nil {
		tb.Fatal(err)
	}
	return pl
}

// BenchmarkPage takes pages of 500 records of 1 KB apart; the figure to watch
// is records/s.
func BenchmarkPage(b *testing.B) {
	body, pl := benchPage(500), benchPlan(b)
	now := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	b.SetBytes(int64(len(body)))
	start := cpuTime()
	b.ReportAllocs()
	for b.Loop() {
		page, err := parseWith(pl, body, 500, now)
		if err != nil || len(raws(page)) != 500 {
			b.Fatal(err, page)
		}
	}
	b.ReportMetric(float64(b.N)*500/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric((cpuTime()-start).Seconds()/float64(b.N)/500*1e6, "cpu-s/M")
}

// BenchmarkWalk pulls 200,000 records of 1 KB over a real socket, 500 a page.
func BenchmarkWalk(b *testing.B) {
	page := bytes.Replace(benchPage(500), []byte(`,"last":false`), nil, 1)
	at := bytes.Index(page, []byte("60e409823dfc")) + 4
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.URL.Query().Get("page"))
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		_, _ = w.Write(page[:at]) // a repeated page would be taken for the fault it is
		_, _ = fmt.Fprintf(w, "%08x", n)
		_, _ = w.Write(page[at+8:])
	}))
	defer srv.Close()
	node, err := strict.Parse("x.yaml", []byte(strings.NewReplacer("page_size: 10", "page_size: 500", "%s", srv.URL, `success: [{path: ok, equals: "true"}]`, "").Replace(descWire)))
	if err != nil {
		b.Fatal(err)
	}
	src, err := Spec().Open(adapters.Settings{Source: "s", Stream: "x", Node: node}, adapters.Env{HTTP: &http.Client{}, Now: time.Now})
	if err != nil {
		b.Fatal(err)
	}
	rows, start := 0, cpuTime()
	b.ReportAllocs()
	for b.Loop() {
		var at canonical.Checkpoint
		for range 400 {
			p, err := src.Pull(context.Background(), at)
			if err != nil {
				b.Fatal(err)
			}
			rows += len(p.Records)
			at = p.Next
		}
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "records/s")
	b.ReportMetric((cpuTime()-start).Seconds()/float64(rows)*1e6, "cpu-s/M")
}

// cpuTime is the processor time spent: steadier than the clock on a machine
// that others use too.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
