package main

import (
	"net/http"

	"iocgateway/router/console"
	"iocgateway/router/store"
)

func consoleOf(s *store.Store, d *desk) (http.Handler, error) {
	return console.New(console.Options{View: s, Streams: d, Version: release})
}
