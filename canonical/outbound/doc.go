// Package outbound decides which addresses the gateway may call out to, and
// connects to those: one dialler, whatever is spoken over it. It knows
// addresses and dialling only. Which hosts a source may name, redirects and
// proxies are those of the protocol above (adapters/internal/httpx).
//
// The rule. Private networks and loopback are allowed: that is where the
// city's systems are. What no city system has is refused: link-local
// addresses, where clouds keep their metadata, multicast, the unspecified
// address and the broadcast one. It is judged after a name was resolved and
// before anything is sent, for each address of the name and each time anew,
// so that a name cannot lead to where a literal address may not.
//
// Who dials a source, or where a sink sends, dials with it. What an
// administrator built for the gateway itself (its Kafka, its Redis, its other
// nodes) is not refused anything; ARCHITECTURE.md names it.
package outbound
