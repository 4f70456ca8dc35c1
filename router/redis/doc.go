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
//
// # A session
//
// Type renewal; Run's goroutine alone moves it.
//
//	            join: 1                    tick: known
//	joining ───────────────▶ joined ◀──────────────────────┐ every third of the lease time,
//	  ▲  │                   │ │ │ └──────────────────────┘ at a signal, when a stop is over
//	  │  │ join: 0           │ │ │
//	  │  │ (this id ended    │ │ └─ tick: ended ────▶ others ended it, it was silent for
//	  │  │ unseen: another)  │ │                      the lease time: everything is lost,
//	  │  │                   │ │                      Lose for all (GW-L009) ────────────────┐
//	  │  │                   │ └─── tick: unknown ──▶ Redis lost its data: all work goes on, │
//	  │  │                   │                        reclaimed after joining (GW-L010) ─────┤
//	  └──┴───────────────────┼─────────────── a new id, the next of this process ────────────┘
//	                         │ Run is to end: leave(0)
//	                         ▼
//	                     retiring ── all stopped, released ──▶ leave(1): ended
//
// Redis silent: the session stays where it is, calls are tried again, what is
// held is held (GW-L008 after half a lease time). At the next answer the node
// reads what the registry has for it and compares: a call whose answer was lost
// may have been done. An answer older than the lease time is not acted upon.
// The registry itself waits for one lease time, in which no session ends and
// nothing is given out, after nobody called for half of one, and after somebody
// who holds leases joined an emptied one.
//
// # A lease on this node
//
// Type holdings. Nothing stands for free here: nobody's, or another node's.
//
//	      given by a tick            share is smaller,         Lose             the registry
//	      Gained                     Run is to end             has returned     has confirmed
//	free ────────────────▶ working ─────────────────▶ stopping ─────────▶ stopped ──────────▶ free
//	                        ▲   │                       ▲  │  │             │  release, again
//	                        │   └── lost: Lose runs ────┘  │  │             │  until confirmed
//	                        │                              │  └─ lost ──────┴─ lost ─────────▶ free
//	                        └── given again meanwhile: once Lose has returned, Gained
//
//	           Redis is silent   Redis lost its data          others ended the session
//	working    works on          works on, is reclaimed;      lost
//	                             lost where another has it
//	stopping   goes on           goes on, is reclaimed        lost
//	stopped    release again     nothing is left to release   lost
//
// Lost means that the registry has given it to another node, or may: its work
// stops, and nothing is released. What is given anew while work on it runs or
// stops here is stopped first: a name is never worked on twice on one node.
//
// Kafka's claim comes behind "working" and never asks Redis: Gained makes the
// job this node's (share.Holder), its lane takes the stream over, which fences
// the writer before it, writes a claim behind all that one committed and is
// level once this node's view has read the claim (router/kafka). Until then the
// lane waits and the source is not asked. So two nodes that both believe in a
// lease may both run the job, and only one of them can commit.
//
// # Who waits for what
//
// No wait may depend on itself. There are these, and each ends without the
// ones above it:
//
//   - Run waits for its timer, a signal, a Lose that returned, or its end;
//     never for work to start or stop. Gained must not block.
//   - A call waits for Redis, two seconds or a quarter of the lease time at most.
//   - Run's end waits for every Lose that runs, renewing meanwhile, and then two
//     seconds at most for releases to be confirmed.
//   - Lose waits, on a goroutine of its own and until StopWithin, for the job to
//     have the page in hand committed: for Kafka, never for Redis or Run. One
//     that gives up leaves a job behind that Kafka fences.
//   - A job that begins again waits for what is left of its last run
//     (share.Holder), and then for its claim: for Kafka and this node's view.
//   - A subscription waits for signals; nothing waits for it.
//   - Limiter.Wait waits for a slot on this node, then for Redis a quarter of a
//     second, then for its place in time. A context ends each of them: a job
//     that stops does not wait for its budget.
package redis
