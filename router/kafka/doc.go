// Package kafka is the Log beyond one machine: what a page comes to is one
// Kafka transaction, and every node reads it back into a view of its own. It
// is also the way out to a consumer's own Kafka.
//
// # A stream on this node
//
// One call at a time works with a stream (ownStream.mu). It finds it unclaimed
// (no writer), level, or unread; it claims and writes while it lasts.
//
//	            claim               recall           transact
//	unclaimed ---------> claiming ---------> level -------------> writing
//	  ^  ^  ^               |                ^  ^                  | | |
//	  |  |  |               |                |  +------------------+ | |
//	  |  |  |               |                |  committed, read back | |
//	  |  |  |               |                |                       | |
//	  |  |  |               |                +------ unread <--------+ |
//	  |  |  |               |                settle         committed  |
//	  |  |  +---------------+                                          |
//	  |  |   any step fails                                            |
//	  |  +-------------------------------------------------------------+
//	  |      fenced, failed, or not read back when its context was over
//	  +---- Release, from any state: the call at hand ends first
//
// Claiming is: 1. WaitLevel: the view has what the Log had when this process
// began to read; 2. takeOver: the brokers end what the last writer had begun
// and fence that writer, and what was undone is marked everywhere; 3. the claim
// is written, as a transaction; 4. settle: the view has the claim; 5. recall:
// checkpoint and last run are taken from the view.
//
// Commit, Checkpoint, BeginRun, LiveKeys and DropHeld claim what is unclaimed;
// EndRun writes nothing then. A page is read back before Commit returns; only
// runs are left unread, and whatever the stream writes next settles them first.
// While nothing could be read for 2 s (trouble), no call begins.
//
// What a claim proves: it stands in the partition of the stream's checkpoints,
// behind the last of them, and a checkpoint is taken in after everything it
// names. So a view with the claim has all that was committed up to the last
// checkpoint. What was written behind that without a checkpoint of its own
// (the end of a run, a replay, a drop) stands in other partitions, marked
// before the claim was written, and may still be on its way to the view.
//
// # A page
//
//	Decide            against the view; nothing is written
//	   |
//	settle            the stream's transaction before was read back
//	   |
//	AddPartitionsToTxn     all partitions of the page, in one request
//	   |
//	Produce           Raws, which get places
//	   |
//	Produce           entries, which name the Raws' places, and get sequences
//	   |
//	Produce           verdicts, which name both
//	   |
//	Produce           the checkpoint, which names the newest offset of everything
//	   |    \
//	   |     +------- failed, or fenced: undo (EndTxn, asked once, when the broker is not away);
//	   |              the stream is unclaimed; the brokers end it at the next claim or after TransactionTimeout
//	EndTxn(commit)
//	   |    \
//	   |     +------- no answer: committed or not; the next claim reads what became of it
//	committed
//	   |
//	settle            read back? yes, within 5 s: settled, Commit returns
//	   |
//	in doubt          a mark may have been forgotten (KAFKA-20734): AddPartitionsToTxn everywhere,
//	   |              EndTxn(commit): marked again
//	   |
//	settle            read back: settled. Context over, or reading down: unclaimed, as above
//
// # The view's reading
//
//	catching up ------> level             for each partition, as far as it ended at the first answer;
//	     |                |               once level, never catching up again in this process
//	     +-------+--------+
//	             |
//	   trouble   | a broker fails: read again with fresh metadata, every 100 ms. After 2 s nothing is begun
//	             | to be written, and who waits for the view gets the reason. The next answer ends it
//	   stuck     | a message has waited 20 s for one that it names: GW-Q017 with the command that finds it.
//	             | It is shown; nobody's wait ends by it
//	             v
//	   ended       the cluster has less than was read (GW-Q011), a piece does not follow, the view fails:
//	               for good; Failed is closed
//
// A message is taken in once those it names are, and those before it in its
// partition: an entry after its Raw, a verdict after its entry and Raw, a
// checkpoint and a run after everything that was written up to them.
//
// # What waits for what
//
//	a message        those it names, those before it     all appended earlier: these waits cannot go round
//	a partition      the mark of each transaction        its writer's EndTxn; a successor's InitProducerId;
//	                 begun in it before                  the broker, after TransactionTimeout;
//	                                                     a forgotten mark: a transaction of the same name only
//	settle           the view, for what was written      marks again after 5 s, waiting for no view
//	writeState       the view, for what was written      reading; it hangs of others' marks in its partition
//	claim, step 1    the whole view, once a process      reading alone: the claim writes nothing before
//	claim, step 4    the view, for its claim             as settle
//	Release, a call  the call at hand of the stream      that call's context
//
// No mark may wait for a view, because every view waits for marks. That holds
// for settle. It does not hold for a claim, and there the waits do go round:
// a page was committed and its mark forgotten in one partition, and the node
// that wrote it ended before it marked again. On a node that begins to read
// now, what names messages behind that mark (mostly the checkpoint of that
// page, and those of other streams) is not taken in, so the view does not
// become level; the mark would be written by the stream's next writer (settle
// of its claim, or takeOver where the transaction was undone); and the claim
// that would make this node that writer waits, in its step 1, for the view to
// be level. All other streams of the node wait with it. It ends when a node
// whose view was level before claims the stream, or when a person ends the
// transaction (GW-Q017); otherwise only with the callers' contexts.
//
// A wait for the view looks at its context and at trouble, not at Close: what
// waits when a Log is closed goes on until its context is over. WaitLevel does
// return then, without an error, level or not.
package kafka
