package dev

import (
	"os"
	"syscall"
)

// childAttr: a process group of its own, which Ctrl-C in a terminal does not
// reach, and death together with us, however we die.
func childAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(p *os.Process) { _ = syscall.Kill(-p.Pid, syscall.SIGKILL) }

func terminate(p *os.Process) error { return p.Signal(syscall.SIGTERM) }

func freeze(p *os.Process, frozen bool) error {
	if frozen {
		return syscall.Kill(-p.Pid, syscall.SIGSTOP)
	}
	return syscall.Kill(-p.Pid, syscall.SIGCONT)
}

// lock takes the lock on a file for as long as the file is open. wait is
// whether to wait for it.
func lock(f *os.File, wait bool) error {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	return syscall.Flock(int(f.Fd()), how)
}
