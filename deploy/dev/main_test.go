package dev_test

import (
	"os"
	"testing"

	"iocgateway/deploy/dev"
)

func TestMain(m *testing.M) {
	if what := os.Getenv("DEV_TEST_CHILD"); what != "" {
		beKilled(what)
	}
	os.Exit(dev.Main(m))
}
