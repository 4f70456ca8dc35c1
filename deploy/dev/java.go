package dev

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// jvmFlags make a start fast: no second compiler, the simplest collector.
var jvmFlags = []string{"-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1",
	"-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true"}

// install is a Kafka on this machine.
type install struct {
	dir, java, classpath string
}

func findInstall() (install, error) {
	dir, err := kafkaDir()
	if err != nil {
		return install{}, err
	}
	java, err := exec.LookPath("java")
	if err != nil {
		return install{}, err
	}
	// The real one: a machine's choice of Java may change under the name.
	if java, err = filepath.EvalSymlinks(java); err != nil {
		return install{}, err
	}
	jars, err := filepath.Glob(filepath.Join(dir, "*.jar")) // sorted
	if err != nil || len(jars) == 0 {
		return install{}, fmt.Errorf("dev: no jars in %s: %w", dir, err)
	}
	return install{dir: dir, java: java, classpath: strings.Join(jars, string(os.PathListSeparator))}, nil
}

// command is how a class is run.
func (in install) command(class string, flags []string, args ...string) []string {
	argv := append([]string{in.java}, jvmFlags...)
	if _, err := os.Stat(in.archive()); err == nil {
		// Java passes over one that does not fit, and is set not to log that.
		argv = append(argv, "-XX:SharedArchiveFile="+in.archive(), "-Xlog:disable")
	}
	argv = append(argv, flags...)
	return append(append(argv, "-cp", in.classpath, class), args...)
}

// archive is where the classes are kept as the JVM wants them in memory
// (AppCDS): half of the time of a start is reading them from the jars.
func (in install) archive() string {
	key := in.java
	if info, err := os.Stat(in.java); err == nil {
		key += info.ModTime().String()
	}
	return filepath.Join(in.dir, fmt.Sprintf("classes-%.4x.jsa", sha256.Sum256([]byte(key))))
}

// warm makes the archive when it is not there, once per machine. Without it
// everything works, only slower: no failure here is one of the caller.
func (in install) warm() {
	if _, err := os.Stat(in.archive()); err == nil {
		return
	}
	f, err := openLocked(filepath.Join(in.dir, lockName), true)
	if err != nil {
		return // not ours to write to
	}
	defer f.Close()
	if _, err := os.Stat(in.archive()); err == nil {
		return // made while we waited
	}
	fresh := in.archive() + ".fresh"
	_ = os.Remove(fresh) // of a run that was cut
	c, err := in.newCluster(1, settings{
		users: []user{{"archive", "archive"}}, tls: true, acl: true,
		jvm: []string{"-XX:ArchiveClassesAtExit=" + fresh},
	})
	if err != nil {
		return
	}
	defer c.close()
	c.nodes[0].stop(time.Minute)
	_ = os.Rename(fresh, in.archive())
}
