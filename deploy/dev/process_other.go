//go:build !linux

package dev

import (
	"errors"
	"os"
	"syscall"
)

// childAttr: elsewhere a child outlives a test process that is killed.
func childAttr() *syscall.SysProcAttr { return nil }

func killGroup(p *os.Process) { _ = p.Kill() }

func terminate(p *os.Process) error { return p.Signal(os.Interrupt) }

func freeze(*os.Process, bool) error { return errors.New("dev: freezing is done on Linux only") }

// lock: elsewhere nothing is locked, and what a killed process left stays.
func lock(_ *os.File, wait bool) error {
	if wait {
		return nil
	}
	return errors.New("dev: locks are taken on Linux only")
}
