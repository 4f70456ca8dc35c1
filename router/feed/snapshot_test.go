package feed

import (
	"testing"
	"testing/synctest"
	"time"

	"iocgateway/canonical"
	"iocgateway/router/journal"
)

// A page of a snapshot that another node began waits until this node has what
// that one had, but not for ever; alone, nothing is waited for.
func TestSnapshotPageOfANodeThatIsAhead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newMemView()
		fill(v, 3)
		ahead := selection{feed: "dossier", epoch: v.epoch}.start(useSnapshot)
		ahead.pos, ahead.upTo = journal.Position{1}, journal.Position{4}
		target := "/v1/feeds/dossier/snapshot?page=" + ahead.encode()
		shared := newAPI(t, v, func(o *Options) { o.Node.Shared = true })

		began := time.Now()
		w := get(shared, target, "Accept-Language", "en")
		got := decode[problemJSON](t, w, 503)
		if got.Code != "GW-F034" || w.Header().Get("Retry-After") != "2" || time.Since(began) != catchUp {
			t.Errorf("never level: %+v after %v", got, time.Since(began))
		}
		began = time.Now()
		go func() {
			time.Sleep(time.Second)
			v.put(canonical.KindDossier, "dvc", "dossiers", "late", journal.OpChanged, "A", 4)
		}()
		pg := decode[pageBody](t, get(shared, target), 200)
		if len(pg.Events) != 3 || pg.Events[2].seq() != 4 || time.Since(began) != time.Second {
			t.Errorf("level a second later: %d events after %v", len(pg.Events), time.Since(began))
		}
		ahead.upTo = journal.Position{9}
		began = time.Now()
		decode[pageBody](t, get(newAPI(t, v, nil), "/v1/feeds/dossier/snapshot?page="+ahead.encode()), 200)
		if time.Since(began) != 0 {
			t.Errorf("alone it waited %v", time.Since(began))
		}
	})
}
