// Package dev starts the real things for tests: Apache Kafka from its own
// jars and redis-server, without containers, on free ports of the loopback.
// What a test started ends with the test, and with the test's process when
// that is killed. Script fetch beside this file brings the programs.
package dev

import (
	_ "embed"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// TB is what this package needs of a test: any testing.TB is one.
type TB interface {
	Helper()
	Cleanup(func())
	Failed() bool
	Logf(format string, args ...any)
	Fatalf(format string, args ...any)
	Skipf(format string, args ...any)
}

// Need skips the test when one of the programs ("kafka", "redis", "kcat") is
// not here; it fails it when TESTS_MUST_RUN names the program.
func Need(tb TB, names ...string) {
	tb.Helper()
	for _, name := range names {
		err := Have(name)
		switch {
		case err == nil:
		case strings.Contains(os.Getenv("TESTS_MUST_RUN"), name):
			tb.Fatalf("%v, and TESTS_MUST_RUN asks for it", err)
		default:
			tb.Skipf("%v: this test does not run", err)
		}
	}
}

// Long skips a test that takes long, unless TESTS_MUST_RUN names "long": go
// test is for whoever changes something and waits, .ci/run takes it all.
func Long(tb TB) {
	tb.Helper()
	if !strings.Contains(os.Getenv("TESTS_MUST_RUN"), "long") {
		tb.Skipf("this test takes long: it runs where TESTS_MUST_RUN names long, as in .ci/run")
	}
}

// Have is why a program ("kafka", "redis", "kcat") cannot be started here;
// nil when it can.
func Have(name string) error {
	switch name {
	case "kafka":
		return haveKafka()
	case "redis":
		return haveProgram("redis-server")
	case "kcat":
		return haveProgram("kcat")
	default:
		return fmt.Errorf("dev: nobody knows %q here", name)
	}
}

func haveProgram(name string) error {
	if _, err := exec.LookPath(name); err != nil {
		return fmt.Errorf("no %s here (deploy/dev/fetch brings it)", name)
	}
	return nil
}

func haveKafka() error {
	if err := haveProgram("java"); err != nil {
		return err
	}
	dir, err := kafkaDir()
	if err != nil {
		return err
	}
	// fetch renames the folder to this name when all of it is there.
	if _, err := os.Stat(dir); err != nil {
		return fmt.Errorf("no Kafka in %s (deploy/dev/fetch brings it)", dir)
	}
	return nil
}

//go:embed pom.xml
var pom []byte

// Version is the version of Kafka that pom.xml pins, or another one that
// GATEWAY_DEV_KAFKA names: to try the same tests on other brokers.
func Version() (string, error) {
	if other := os.Getenv("GATEWAY_DEV_KAFKA"); other != "" {
		return other, nil
	}
	var project struct {
		Version string `xml:"properties>kafka.version"`
	}
	if err := xml.Unmarshal(pom, &project); err != nil {
		return "", fmt.Errorf("dev: pom.xml: %w", err)
	}
	if project.Version == "" {
		return "", errors.New("dev: pom.xml pins no kafka.version")
	}
	return project.Version, nil
}

// kafkaDir is where fetch puts the jars, and where what is made once from
// them is kept.
func kafkaDir() (string, error) {
	version, err := Version()
	if err != nil {
		return "", err
	}
	if dir := os.Getenv("GATEWAY_DEV_DIR"); dir != "" {
		return filepath.Join(dir, "kafka-"+version), nil
	}
	cache := os.Getenv("XDG_CACHE_HOME")
	if cache == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("dev: no place for Kafka's jars: %w", err)
		}
		cache = filepath.Join(home, ".cache")
	}
	return filepath.Join(cache, "gateway-dev", "kafka-"+version), nil
}
