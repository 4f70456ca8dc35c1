// Package cloudevents writes and reads the envelope of everything the gateway
// publishes: CloudEvents 1.0 in JSON. Writing appends to a caller's bytes and
// allocates nothing; reading takes the structured, batched and binary forms of
// HTTP, strict about what the standard demands and liberal about the rest.
package cloudevents
