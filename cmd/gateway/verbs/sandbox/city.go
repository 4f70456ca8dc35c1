package sandbox

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"text/template"
	"time"

	"iocgateway/adapters/dvc/dvcsim"
	"iocgateway/adapters/ioffice/iofficesim"
	"iocgateway/adapters/pakn/paknsim"
	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/adapters/statistics/statisticssim"
	"iocgateway/cmd/gateway/verbs/shell"
)

// sandboxTemplate is the sandbox's configuration; the simulators' addresses
// are filled in.
//
//go:embed sandbox.yaml.tmpl
var sandboxTemplate string

// hookSecret signs the simulated hotline's deliveries. It protects nothing:
// the sandbox listens on loopback.
var hookSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("sandbox hotline signing secret!!"))

// simulatedCity is the synthetic city with a simulator of each source on a
// real socket.
type City struct {
	Clock   *simkit.Clock
	Faults  map[string]*simkit.Faults
	servers map[string]*simkit.Server
	exports string // folder of Excel exports and reports
	City    *city.City
	waiting sync.WaitGroup
}

// sandboxSources names the simulators, in the order they are shown.
func Sources() []string { return []string{"dvc", "ioffice", "pakn", "statistics"} }

// StartCity starts the simulators, their exports below a folder.
func StartCity(o Options, dir string, now time.Time) (*City, error) {
	start := simulatedStart(now)
	c := &City{Clock: simkit.NewClock(start, o.Speed), Faults: map[string]*simkit.Faults{}, servers: map[string]*simkit.Server{},
		exports: filepath.Join(dir, "exports"), City: city.New(o.Seed, start, city.Sizes{})}
	for _, name := range append(Sources(), "hotline") {
		c.Faults[name] = simkit.NewFaults(c.Clock, o.Seed)
	}
	if err := c.breakSources(o.Faults); err != nil {
		return nil, err
	}
	handlers := map[string]http.Handler{
		"dvc":        dvcsim.New(c.City, c.Clock, c.Faults["dvc"], dvcsim.Options{}),
		"ioffice":    iofficesim.New(c.City, c.Clock, c.Faults["ioffice"], iofficesim.Options{}),
		"pakn":       paknsim.New(c.City, c.Clock, c.Faults["pakn"], paknsim.Options{Only: Through(Portal)}),
		"field":      paknsim.New(c.City, c.Clock, c.Faults["pakn"], paknsim.Options{Only: Through(Field)}),
		"statistics": statisticssim.New(c.City, c.Clock, c.Faults["statistics"], statisticssim.Options{}),
	}
	for name, h := range handlers {
		server, err := simkit.Serve("", h)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.servers[name] = server
	}
	if err := c.export(start); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// The three ways citizens' matters come in. Each matter comes through one.
const (
	Portal = iota
	Field
	Hotline
)

// through chooses the matters that come in one way.
func Through(way int) func(city.FeedbackView) bool {
	return func(v city.FeedbackView) bool { return v.N%3 == way }
}

// simulatedStart is a Monday morning four weeks back: the city is at work, and
// a faster clock has room before it meets the real one.
func simulatedStart(now time.Time) time.Time {
	day := now.In(city.Zone()).AddDate(0, 0, -28)
	for day.Weekday() != time.Monday {
		day = day.AddDate(0, 0, -1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 8, 0, 0, 0, city.Zone())
}

// keepPace slows the simulated clock to the real one's pace when it has
// caught up: a source with records of the future would be no faithful one.
func (c *City) keepPace(ctx context.Context) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for c.Clock.Now().Before(time.Now()) {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
	c.Clock.SetSpeed(1)
}

// checkFaults refuses what breakSources would, before anything is started.
func checkFaults(list string) error {
	c := &City{Faults: map[string]*simkit.Faults{}}
	for _, name := range append(Sources(), "hotline") {
		c.Faults[name] = simkit.NewFaults(simkit.NewClock(time.Time{}, 0), 0)
	}
	return c.breakSources(list)
}

// breakSources switches faults on: SOURCE:FAULT, several separated by commas.
func (c *City) breakSources(list string) error {
	if list == "" {
		return nil
	}
	for part := range strings.SplitSeq(list, ",") {
		name, fault, ok := strings.Cut(strings.TrimSpace(part), ":")
		switchboard := c.Faults[name]
		if !ok || switchboard == nil {
			return fmt.Errorf("%s: SOURCE:FAULT; SOURCE: %s, hotline; FAULT: %s", part,
				strings.Join(Sources(), ", "), strings.Join(simkit.Names(), ", "))
		}
		if err := switchboard.Parse(fault); err != nil {
			return fmt.Errorf("%s: %w; FAULT: %s", part, err, strings.Join(simkit.Names(), ", "))
		}
	}
	return nil
}

// export drops Excel exports of documents, as an office clerk would.
func (c *City) export(now time.Time) error {
	folder := filepath.Join(c.exports, "ioffice")
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	_, err := iofficesim.WriteExports(folder, c.City, now)
	return err
}

// deliver lets the hotline push what happened since then, and happens, to
// the gateway until ctx is over.
func (c *City) Deliver(ctx context.Context, gateway string, since time.Time) {
	pusher, err := paknsim.NewPusher(c.City, c.Clock, c.Faults["hotline"], paknsim.PushOptions{
		URL: gateway + "/v1/ingest/tong-dai-1022/phan-anh", Secret: hookSecret, Since: since, Only: Through(Hotline)})
	if err != nil {
		return // the secret above is right
	}
	c.waiting.Go(func() { _ = pusher.Run(ctx) }) // it ends with ctx
	c.waiting.Go(func() { c.keepPace(ctx) })
}

// config is the sandbox's configuration.
func (c *City) Config(data, addr string) ([]byte, error) {
	t, err := template.New("sandbox").Parse(sandboxTemplate)
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	urls := map[string]string{}
	for name, server := range c.servers {
		urls[name] = server.URL
	}
	var b bytes.Buffer
	err = t.Execute(&b, map[string]any{"Addr": addr, "Data": data, "Exports": c.exports, "URL": urls})
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return b.Bytes(), nil
}

// keepSecrets puts the simulators' credentials into files beside a configuration,
// and has it name those: so every verb can be tried on it, and not this process only.
func (c *City) keepSecrets(dir string, text []byte) ([]byte, error) {
	dir, err := filepath.Abs(filepath.Join(dir, "secrets"))
	if err == nil {
		err = os.MkdirAll(dir, 0o700)
	}
	for _, variable := range c.Environment() {
		name, value, _ := strings.Cut(variable, "=")
		file := filepath.Join(dir, strings.ToLower(name))
		if err == nil {
			err = os.WriteFile(file, []byte(value+"\n"), 0o600)
		}
		text = bytes.ReplaceAll(text, []byte("${env:"+name+"}"), []byte("${file:"+file+"}"))
	}
	// A refresh token is good once: who tries the configuration beside the sandbox needs the newest.
	given, newest := []byte(`sandbox_refresh}"}`), filepath.Join(dir, "refresh_newest")
	text = bytes.Replace(text, given, fmt.Appendf(nil, `sandbox_refresh}", token_file: %q}`, newest), 1)
	if gone := os.Remove(newest); err == nil && !errors.Is(gone, fs.ErrNotExist) {
		err = gone // of a simulator before this one
	}
	if err != nil {
		return nil, fmt.Errorf("sandbox: %w", err)
	}
	return text, nil
}

// environment holds the simulators' credentials, so that the configuration
// has them by reference like any other.
func (c *City) Environment() []string {
	return []string{"SANDBOX_SECRET=sim-secret", "SANDBOX_REFRESH=sim-refresh-09:29:49", "SANDBOX_HOOK=" + hookSecret}
}

func (c *City) addresses(sh *shell.Shell) [][2]string {
	var out [][2]string
	for _, name := range append(Sources(), "field") {
		out = append(out, [2]string{name, c.servers[name].URL + sh.Say("   (mô phỏng)", "   (simulated)")})
	}
	return append(out, [2]string{sh.Say("tệp xuất", "exports"), c.exports})
}

// Close stops the simulators.
func (c *City) Close() error {
	var problems []error
	for _, server := range c.servers {
		problems = append(problems, server.Close())
	}
	c.waiting.Wait()
	return errors.Join(problems...)
}
