package tabular_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"iocgateway/adapters"
	"iocgateway/adapters/adaptertest"
	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// export is a system whose only interface is a file with everything it holds.
type export struct {
	city   *city.City
	clock  *simkit.Clock
	faults *simkit.Faults
	format string
}

type exported struct {
	Code    string `json:"code" xml:"code"`
	Status  string `json:"status" xml:"status"`
	Updated string `json:"updated" xml:"updated"`
}

func (e *export) rows() []exported {
	if _, hit := e.faults.Hit(simkit.Empty, -1); hit {
		return nil
	}
	now := e.clock.Now()
	var out []exported
	for _, v := range simkit.Bend(e.faults, now, e.city.DossiersAt(now), retimed) {
		if v.Now.Gone {
			continue
		}
		out = append(out, exported{v.ID, strconv.Itoa(v.Now.Status), v.Updated.Format(time.RFC3339Nano)})
	}
	if x, hit := e.faults.Hit(simkit.Cap, -1); hit { // the newest, as exports have them that are cut off
		slices.Reverse(out)
		out = out[:min(len(out), int(x.Number(100)))]
	}
	return out
}

func retimed(v city.DossierView, at time.Time) city.DossierView {
	v.Updated = at
	return v
}

func (e *export) file(t testing.TB) []byte {
	var b bytes.Buffer
	var err error
	rows := e.rows()
	switch e.format {
	case "json":
		err = json.NewEncoder(&b).Encode(map[string]any{"rows": append([]exported{}, rows...)})
	case "xml":
		err = xml.NewEncoder(&b).Encode(struct {
			XMLName xml.Name   `xml:"rows"`
			Rows    []exported `xml:"row"`
		}{Rows: rows})
	case "xlsx":
		f := excelize.NewFile()
		w, wErr := f.NewStreamWriter(f.GetSheetName(0))
		if wErr != nil {
			t.Error(wErr)
			return nil
		}
		err = w.SetRow("A1", []any{"code", "status", "updated"})
		for i, r := range rows {
			if err == nil {
				err = w.SetRow("A"+strconv.Itoa(i+2), []any{r.Code, r.Status, r.Updated})
			}
		}
		if err == nil {
			err = w.Flush()
		}
		if err == nil {
			err = f.Write(&b)
		}
	default:
		w := csv.NewWriter(&b)
		_ = w.Write([]string{"code", "status", "updated"})
		for _, r := range rows {
			_ = w.Write([]string{r.Code, r.Status, r.Updated})
		}
		w.Flush()
		err = w.Error()
	}
	if err != nil {
		t.Error(err)
	}
	return b.Bytes()
}

func formats() map[string]string {
	const rest = "version: updated\nat: {column: updated, layouts: [iso]}\ncomplete: stream\nkey: [code]\n"
	return map[string]string{"csv": "format: csv\n" + rest, "xlsx": "format: xlsx\n" + rest, "xml": "format: xml\npath: rows/row\n" + rest,
		"json": "format: json\npath: rows\n" + rest}
}

// start makes a system of so many dossiers; serve gives where its file lies.
func start(format string, dossiers int, serve func(testing.TB, *export) *simkit.Server) func(testing.TB) *adaptertest.Upstream {
	begin := time.Date(2026, 11, 23, 9, 0, 0, 0, city.Zone())
	c := sync.OnceValue(func() *city.City {
		return city.New(1, begin, city.Sizes{Dossiers: dossiers, Feedback: 5, Documents: 5, Tasks: 5, Calls: 5})
	})
	return func(t testing.TB) *adaptertest.Upstream {
		clock := simkit.NewClock(begin, 0)
		e := &export{city: c(), clock: clock, faults: simkit.NewFaults(clock, 1), format: format}
		return &adaptertest.Upstream{Server: serve(t, e), Faults: e.faults, Clock: clock,
			Keys: func() []string { return e.city.KeysDossiers(clock.Now()) }}
	}
}

// onTheWeb gives the file out at an address that only friends know.
func onTheWeb(t testing.TB, e *export) *simkit.Server {
	srv, err := simkit.Serve("", simkit.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(e.file(t)))
	}), e.faults, simkit.Wire{Rows: "rows", Failure: map[string]any{"success": false}}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = srv.Close() })
	srv.URL += "/data?key=khoa-bi-mat"
	return srv
}

func contract(format, settings string) adaptertest.Case {
	return adaptertest.Case{
		Spec: tabular.Spec(), Kind: canonical.KindDossier, Settings: settings, Secrets: []string{"khoa-bi-mat"},
		Start: start(format, 150, onTheWeb), Required: []string{"place"}, Volatile: []string{"_row"},
		Faults: []string{"429:1@1", "429@1", "502@1*2", "503@1", "500@1", "cut@1", "htmllogin@1", "nonjson@1", "bom", "stall:30ms@1"},
		Old:    "../../testdata/checkpoints/tabular-v1.json", Member: renamable(format),
		Rename: func(answer []byte, to string) []byte { // a column of separated values, a member
			for _, form := range []string{",%s,", "\"%s\""} {
				answer = bytes.ReplaceAll(answer, fmt.Appendf(nil, form, "status"), fmt.Appendf(nil, form, to))
			}
			return answer
		},
		Except: map[string]string{
			"complete": "after the page that ends a file another file may follow: TestResumesFromEveryPage",
			"resume":   "one page holds this file: TestResumesInAFile has larger ones",
			"stuck":    "a file is no list of pages",
			"class":    "there is no login to these sources: TestWhatLastingFaultsAre",
			"probe":    "nocontent spoils JSON only: TestWhatLastingFaultsAre",
		},
	}
}

// renamable is a column that nothing is made of, where a file can be edited as
// it passes, and Raws have members: a workbook is packed, XML stays as it is.
func renamable(format string) string {
	if format == "xlsx" || format == "xml" {
		return ""
	}
	return "status"
}

func TestContract(t *testing.T) {
	for format, settings := range formats() {
		t.Run("url-"+format, func(t *testing.T) {
			t.Parallel()
			c := contract(format, settings+"place: {url: ['${env:URL}']}\n")
			if format == "xlsx" { // a mark before a zip file is a damaged zip file
				c.Faults = slices.DeleteFunc(c.Faults, func(f string) bool { return f == "bom" })
			}
			adaptertest.Run(t, c)
		})
	}
}

// TestResumesInAFile stops a walk at each page of a file of 2,300 rows.
func TestResumesInAFile(t *testing.T) {
	for format, settings := range formats() {
		c := contract(format, settings+"place: {url: ['${env:URL}']}\n")
		c.Start = start(format, 2300, onTheWeb)
		if err := adaptertest.Verify(t, c, "resume"); err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
}

// refreshed writes the system's file anew before each Pull, as a nightly
// export does.
type refreshed struct {
	*tabular.Walker
	write func()
}

// Pull looks at the folder after the export.
func (r refreshed) Pull(ctx context.Context, from canonical.Checkpoint) (adapters.Page, error) {
	r.write()
	return r.Walker.Pull(ctx, from)
}

// dropped is a contract case over a folder of this machine, which a stream
// reaches by itself or through SFTP.
func dropped(t *testing.T, settings string, dirOf func(adapters.Settings) string) adaptertest.Case {
	var writers sync.Map // folder → how its export is written
	c := contract("csv", settings)
	c.Start = start("csv", 150, func(tb testing.TB, e *export) *simkit.Server {
		dir := tb.TempDir()
		var last []byte
		writers.Store(dir, func() {
			data := e.faults.Spoil(e.file(tb))
			if bytes.Equal(data, last) {
				return
			}
			last = data
			path := filepath.Join(dir, "ho-so.csv")
			if err := os.WriteFile(path, data, 0o600); err != nil {
				tb.Error(err)
			}
			if err := os.Chtimes(path, e.clock.Now(), e.clock.Now()); err != nil {
				tb.Error(err)
			}
		})
		return &simkit.Server{URL: dir} // an address nobody asks
	})
	open := c.Spec.Open
	c.Spec.Open = func(s adapters.Settings, env adapters.Env) (adapters.Source, error) {
		src, err := open(s, env)
		if err != nil {
			return nil, err
		}
		write, known := writers.Load(dirOf(s))
		if !known {
			t.Fatalf("nobody writes to %s", dirOf(s))
		}
		return refreshed{src.(*tabular.Walker), write.(func())}, nil
	}
	c.Member = "" // nothing passes by
	for _, check := range []string{"passing", "cancel"} {
		c.Except[check] = "there is no wire of HTTP"
	}
	return c
}

func TestContractOfAFolder(t *testing.T) {
	c := dropped(t, formats()["csv"]+"place: {folder: '${env:URL}', settle: -1s}\n",
		func(s adapters.Settings) string { return s.Node.Get("place").Get("folder").Value })
	c.Except["secrets"] = "a folder has none"
	adaptertest.Run(t, c)
}

func TestContractOfSFTP(t *testing.T) {
	addr, key := sftpServer(t)
	place := "place: {settle: -1s, sftp: {addr: '" + addr + "', user: u, password: '${env:P}', host_key: '" + key + "', dir: '${env:URL}'}}\n"
	c := dropped(t, formats()["csv"]+place,
		func(s adapters.Settings) string { return s.Node.Get("place").Get("sftp").Get("dir").Value })
	c.Env, c.Secrets = map[string]string{"P": "right"}, []string{"right"}
	c.Required = []string{"sftp.addr", "sftp.user", "sftp.host_key"}
	for i, path := range c.Required {
		c.Required[i] = "place." + path
	}
	adaptertest.Run(t, c)
}

// TestWhatLastingFaultsAre: what can be done about a fault that stays, and
// that probing sees it.
func TestWhatLastingFaultsAre(t *testing.T) {
	for format, settings := range formats() {
		up := start(format, 150, onTheWeb)(t)
		text := settings + "place: {max_mb: 2, url: ['" + up.Server.URL + "']}\n"
		src := open(t, text, "")
		if err := src.(adapters.Prober).Probe(t.Context()); err != nil {
			t.Errorf("%s: probing a good source: %v", format, err)
		}
		for fault, want := range map[string]problem.Fault{"401": problem.FaultHalt, "429:120": problem.FaultRetry, "429": problem.FaultRetry,
			"502": problem.FaultRetry,
			"503": problem.FaultRetry, "cut": problem.FaultRetry, "nonjson": problem.FaultRetry, "htmllogin": problem.FaultRetry,
			"unsuccess": problem.FaultRetry, "gzipbomb:4": problem.FaultHalt} {
			if err := up.Faults.Parse(fault); err != nil {
				t.Fatal(err)
			}
			for name, err := range map[string]error{"pull": pulled(t, open(t, text, "")), "probe": src.(adapters.Prober).Probe(t.Context())} {
				class, after := problem.Class(err)
				p, ok := problem.As(err)
				switch {
				case err == nil:
					t.Errorf("%s: %s: %s was taken for an answer", format, name, fault)
				case class != want || fault == "429:120" && after < 100*time.Second:
					t.Errorf("%s: %s: %s: class %d after %v: %v", format, name, fault, class, after, err)
				case !ok || p.Text(problem.Vietnamese) == p.Code:
					t.Errorf("%s: %s: %s: no Problem with words: %v", format, name, fault, err)
				case strings.Contains(err.Error(), "khoa-bi-mat"):
					t.Errorf("%s: %s: %s: the address's key is shown: %v", format, name, fault, err)
				}
			}
			up.Faults.Clear()
		}
	}
}

func pulled(t *testing.T, src adapters.Source) error {
	_, err := src.Pull(t.Context(), nil)
	return err
}

// TestAnEmptyFileProvesNothing: a header and no rows is how a failed export looks.
func TestAnEmptyFileProvesNothing(t *testing.T) {
	body := many(30)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
	defer srv.Close()
	src := open(t, "key: [id]\ncomplete: stream\nplace: {url: ["+srv.URL+"/data.csv]}", "")
	first := walk(t, src)
	if lastWith(first).Complete == nil {
		t.Fatal("a file with rows proves something")
	}
	for _, body = range []string{many(0), "id,v"} {
		_, err := walkFrom(src, first[len(first)-1].Next)
		if p, ok := problem.As(err); !ok || p.Code != "GW-S015" || p.Want != "30" {
			t.Errorf("%q: %v", body, err)
		}
	}
	allowed := open(t, "key: [id]\ncomplete: stream\nallow_empty: true\nplace: {url: ["+srv.URL+"/data.csv]}", "")
	if then, err := walkFrom(allowed, first[len(first)-1].Next); err != nil || lastWith(then).Complete == nil {
		t.Errorf("allow_empty did not allow it: %+v, %v", then, err)
	}
	fresh := walk(t, src) // nothing was there before
	if lastWith(fresh).Complete != nil || len(fresh[0].Notes) != 1 || fresh[0].Notes[0].Code != "GW-D023" {
		t.Errorf("%+v", fresh)
	}
}
