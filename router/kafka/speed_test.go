package kafka

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"iocgateway/router"
	"iocgateway/router/storetest"
)

// TestSpeed writes new records page by page; the figure is for README.md.
func TestSpeed(t *testing.T) {
	brokers := fake(t)
	if real := os.Getenv("KAFKA_BROKERS"); real != "" {
		brokers = strings.Split(real, ",")
	}
	o := options(brokers)
	o.Prefix += time.Now().Format("150405")
	n := openNode(t, tempDir(t), o)
	pages, page := 40, 500
	if small := os.Getenv("SPEED_PAGE"); small != "" {
		page, _ = strconv.Atoi(small)
	}
	start := time.Now()
	from := ""
	var commit, settle time.Duration
	for p := range pages {
		b := router.Batch{Stream: "dvc/dossiers", Mapping: "synth@1", At: time.Now(), From: []byte(from)}
		if from == "" {
			b.From = nil
		}
		from = time.Now().Format(`"150405.000000000"`)
		b.Next = []byte(from)
		for i := range page {
			b.Items = append(b.Items, storetest.Synth{}.Item(p*page+i, 1))
		}
		t0 := time.Now()
		if _, err := n.Commit(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		commit += time.Since(t0)
		t0 = time.Now()
		if err := n.level(t.Context()); err != nil {
			t.Fatal(err)
		}
		settle += time.Since(t0)
	}
	took := time.Since(start)
	t.Logf("%d records in %v: %.0f/s; commit %v a page, then level after %v", pages*page, took, float64(pages*page)/took.Seconds(), commit/time.Duration(pages), settle/time.Duration(pages))
}
