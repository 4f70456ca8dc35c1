// Package tabular reads files: Excel workbooks, CSV, JSON and XML, from a drop
// folder, a web address or an SFTP server. A row of a table, a cell of a wide
// table or an element of a document becomes one Raw, by settings alone.
//
// Three layers, each usable by itself: a Place lists and fetches files, a
// Walker turns files into pages with a checkpoint, and a reader turns one file
// into Items. Another adapter that reads files brings its own reader only.
package tabular
