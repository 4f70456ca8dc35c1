// Package faults_test plays what the gateway once read wrongly, each input the
// smallest form of its kind, with others of the kind, through the whole
// gateway: a gateway.yaml as text, the adapters over sockets and files, mapping,
// store, feed and status. A case says what is right, day by day.
package faults_test
