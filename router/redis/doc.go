// Package redis lets several gateways share the work: leases of streams,
// presence of nodes, one quota for all nodes, and what each node knows of its
// streams.
//
// A lease is about liveness and fair sharing, never about safety: Kafka is the
// Log then, and it fences a node that believes in a lease it lost. That is why
// a node that Redis does not answer goes on working.
//
// A node renews one session; leases belong to sessions, and end with them. So
// the load on Redis grows with the nodes and with what moves, not with the
// streams. Everything that decides is a Lua script (scripts/) that runs whole
// on the server and takes the server's time: the nodes' clocks do not matter.
// README.md has the keys and what happens when.
package redis
