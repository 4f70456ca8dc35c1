// Command gateway is the city integration gateway: it reads the city's
// systems, normalizes what they give, keeps it durably and serves ordered,
// gap-free feeds. It reads configuration, wires, and forwards signals; the
// work is done in the packages below.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // zones by name, also on a bare container

	"iocgateway/cmd/gateway/verbs/shell"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := execute(ctx, shell.Terminal{In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()}, os.Args[1:])
	stop()
	os.Exit(code)
}
