// Package faults_test plays what the gateway once read wrongly, each input the
// smallest form of its kind, with others of the kind, through the whole
// gateway: a gateway.yaml as text, the adapters over sockets and files, mapping,
// store, feed and status. A case says what is right, day by day: what stands in
// the feed, the state and its cause, what the runs note, what is held, what the
// stream warns of; reading the last day again publishes nothing.
//
// What is played here, and what more of a kind the adapters' own tests hold:
//
//	samekey                    keys_test.go: files, lists, tables, deliveries; router/sync/keys_test.go
//	17-csv-unclosed-quote-gone files_test.go: CSV in every line end and charset, JSON, XML, workbooks, SDMX-CSV; deliveries_test.go;
//	                           adapters/tabular/whole_test.go; html and half of adapters/adaptertest, for every adapter
//	jsonl                      files_test.go, deliveries_test.go; adapters/internal/form
//	csvdup                     files_test.go: CSV, JSON, XML, workbooks, SDMX-CSV, answers; deliveries_test.go
//	wbarr                      files_test.go, deliveries_test.go; canonical/jsonscan/path_test.go; cmd/gateway/hardapi (the World Bank)
//	sdel, sdelx                figures_test.go; adapters/statistics/odd_sdmx_test.go: fifteen forms
//	lastupd, pxtime, pxsemi    figures_test.go; adapters/statistics/odd_px_test.go: eight, twenty and nine forms
//	jsstatus, suffix           figures_test.go; adapters/statistics/odd_values_test.go
//	20-sdmx-footer-413         figures_test.go: SDMX-ML, SDMX-JSON, JSON-stat; adapters/statistics/odd_sdmx_test.go
//	24-sweep-short-answer      walks_test.go: answers, pages, totals, files; adapters/rest/totals_test.go; cap of adapters/adaptertest
//	01-page-drift              walks_test.go; adapters/rest/slid_test.go, shifting_test.go
//	28-dead-cursor             walks_test.go; adapters/rest/cursor_test.go; dead of adapters/adaptertest
//	03-literal-z-zone          times_test.go; adapters/rest/span_test.go: twelve formats
//	10-empty-since             times_test.go; adapters/rest/span_test.go: nine places of a request
//	25-updated-not-moved       times_test.go; ahead of adapters/adaptertest
//	27-window-exclusive        times_test.go; adapters/rest/span_test.go: eleven sources; exclusive of adapters/adaptertest
//	31-schema-drift            keys_test.go: answers, files, deliveries; mappings/drift_year_test.go
package faults_test
