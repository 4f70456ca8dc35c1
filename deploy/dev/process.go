package dev

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"
)

// process is one program: started, killed and started again with the same
// arguments. What it prints goes to a file.
type process struct {
	name string
	argv []string
	log  string // the file

	mu    sync.Mutex
	cmd   *exec.Cmd
	ended chan struct{} // closed when the child has been waited for
}

// start starts the program in a process group of its own.
func (p *process) start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running() {
		return fmt.Errorf("dev: %s runs already", p.name)
	}
	log, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	cmd := exec.Command(p.argv[0], p.argv[1:]...)
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = log, log, childAttr()
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// The death signal comes when the thread ends that started the child,
		// not the process: so this thread stays for as long as the child.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(ended)
		defer log.Close()
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
		}
	}()
	if err := <-started; err != nil {
		return fmt.Errorf("dev: %s: %w", p.name, err)
	}
	p.cmd, p.ended = cmd, ended
	return nil
}

// running is asked with mu held.
func (p *process) running() bool {
	if p.cmd == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

func (p *process) alive() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.running()
}

// kill ends it at once, stopped or not, and waits for the end.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running() {
		killGroup(p.cmd.Process)
		<-p.ended
	}
}

// stop asks it to end, and kills it when it takes longer than patience.
func (p *process) stop(patience time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		return
	}
	_ = terminate(p.cmd.Process) // when it ended just now
	select {
	case <-p.ended:
	case <-time.After(patience):
		killGroup(p.cmd.Process)
		<-p.ended
	}
}

// freeze stops its clock, or lets it go on.
func (p *process) freeze(frozen bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.running() {
		return fmt.Errorf("dev: %s does not run", p.name)
	}
	return freeze(p.cmd.Process, frozen)
}

// await polls answers until it gives nil; it gives up when the program ended.
func (p *process) await(patience time.Duration, answers func() error) error {
	deadline := time.Now().Add(patience)
	for {
		err := answers()
		switch {
		case err == nil:
			return nil
		case !p.alive():
			return fmt.Errorf("dev: %s ended while starting; it printed:\n%s", p.name, p.tail(4000))
		case time.Now().After(deadline):
			return fmt.Errorf("dev: %s does not answer after %v: %w; it printed:\n%s", p.name, patience, err, p.tail(4000))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// tail is the end of what it printed, at most size bytes, in whole lines.
func (p *process) tail(size int64) string {
	f, err := os.Open(p.log)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err.Error()
	}
	text, err := io.ReadAll(io.NewSectionReader(f, max(0, end-size), size))
	if err != nil {
		return err.Error()
	}
	if end <= size {
		return string(text)
	}
	_, whole, _ := strings.Cut(string(text), "\n")
	return whole
}
