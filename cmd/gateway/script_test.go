package main

import (
	"context"
	"flag"
	"net/http"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"iocgateway/cmd/gateway/verbs/shell"
	"iocgateway/deploy/dev"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the test binary be a gateway: the process the kill tests
// kill, and the command the scripts call.
func TestMain(m *testing.M) {
	if file := os.Getenv(childConfig); file != "" {
		os.Exit(child(file))
	}
	flag.Bool("update", false, "write what is held against goldens anew")
	testscript.Main(m, map[string]func(){"gateway": func() {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		code := execute(ctx, shell.Terminal{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()}, os.Args[1:])
		stop()
		os.Exit(code)
	}})
}

// TestScripts runs the verbs as a person would: testdata/script/*.txt.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: update(),
		Setup: func(env *testscript.Env) error {
			port, err := dev.FreePort()
			if err != nil {
				return err
			}
			env.Setenv("PORT", strconv.Itoa(port))
			env.Setenv("GATEWAY_URL", "http://127.0.0.1:"+strconv.Itoa(port))
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     exits,
			"answer":    awaitAnswer,
			"waits":     awaitOutput,
			"forge":     forge,
			"applies":   applies,
			"turns":     turns,
			"answering": answering,
			"delivers":  delivers,
		},
	})
}

func update() bool {
	f := flag.Lookup("update")
	return f != nil && f.Value.String() == "true"
}

// exits CODE gateway ARGS… runs the verb and checks its exit code.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE command…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := shell.ExitOK
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// answer PATH waits until the gateway of the script answers 200 there.
func awaitAnswer(ts *testscript.TestScript, _ bool, args []string) {
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		resp, err := http.Get(ts.Getenv("GATEWAY_URL") + args[0])
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	ts.Fatalf("%s did not answer", args[0])
}

// waits COMMAND PATTERN runs the command until its output matches.
func awaitOutput(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile("(?s)" + args[1])
	ts.Check(err)
	words := strings.Fields(args[0])
	deadline := time.Now().Add(10 * time.Second)
	for time.Now().Before(deadline) {
		_ = ts.Exec(words[0], words[1:]...) // an exit code of findings is fine here
		if pattern.MatchString(ts.ReadFile("stdout")) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	ts.Fatalf("%s: no output matched %s; the last was\n%s", args[0], args[1], ts.ReadFile("stdout"))
}

// forge FILE OLD NEW replaces the first OLD in a file, as whoever has the disk
// could.
func forge(ts *testscript.TestScript, _ bool, args []string) {
	path := ts.MkAbs(args[0])
	text := ts.ReadFile(path)
	forged := strings.Replace(text, args[1], args[2], 1)
	if forged == text {
		ts.Fatalf("%s: no %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(path, []byte(forged), 0o600))
}

// applies [FILE] applies the plan whose JSON the last command printed, with its
// own verb and with no other; where a mapping is named, it is put in place before,
// and the plan must be refused.
func applies(ts *testscript.TestScript, _ bool, args []string) {
	id := regexp.MustCompile(`"id": "(\w+)"`).FindStringSubmatch(ts.ReadFile("stdout"))
	if id == nil {
		ts.Fatalf("no plan was printed")
	}
	want := "0"
	if len(args) > 0 {
		ts.Check(os.WriteFile(ts.MkAbs("mappings/tep/phan-anh.yaml"), []byte(ts.ReadFile(args[0])), 0o600))
		want = "6"
	}
	verb, other := []string{"gateway", "quarantine", "replay"}, []string{"gateway", "source", "forget"}
	if kind := regexp.MustCompile(`"kind": "(sweep|restart walk|forget)"`).FindStringSubmatch(ts.ReadFile("stdout")); kind != nil {
		verb, other = []string{"gateway", "source", strings.ReplaceAll(kind[1], " ", "-")}, verb
	}
	exits(ts, false, slices.Concat([]string{"2"}, other, []string{"--plan", id[1]}))
	exits(ts, false, slices.Concat([]string{want}, verb, []string{"--plan", id[1]}))
}

// turns WHAT [CODE] pauses, resumes or cancels the newest job.
func turns(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("gateway", "job", "list", "-o", "ndjson"))
	id := regexp.MustCompile(`"id":"(\w+)"`).FindStringSubmatch(ts.ReadFile("stdout"))
	if id == nil {
		ts.Fatalf("there is no job")
	}
	exits(ts, false, []string{append(args, "0")[1], "gateway", "job", args[0], id[1]})
}
