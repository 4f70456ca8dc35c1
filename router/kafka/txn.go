package kafka

import (
	"errors"
	"time"

	"github.com/IBM/sarama"
)

// The library's producer hands every message through four goroutines, sends
// what has gathered whenever a request returns, and names a transaction's
// partitions one by one as it comes upon them: three times the requests, for
// pages that are known as a whole. This writer gives each broker one request
// for all it gets.

const (
	batchBytes = 1 << 20          // of one partition in one request, before compression; a larger message goes alone
	patience   = 15 * time.Second // for what passes by itself: elections, restarts
)

// tp is a partition of a topic.
type tp struct {
	topic string
	part  int32
}

// coordinator is the broker that keeps the transactions of a name.
type coordinator struct {
	client sarama.Client
	name   string
}

// writer writes transactions under a name, of which there is one writer: the
// brokers refuse every earlier one. After an error it is of no more use; what
// it had begun is ended by its successor.
type writer struct {
	coordinator
	id    int64 // as the brokers know this writer
	epoch int16
	next  map[tp]int32 // sequence number: a request sent twice counts once
	in    map[tp]bool  // in the transaction at hand
}

// newWriter takes a name over: what its last writer had begun is undone.
func newWriter(at coordinator, timeout time.Duration) (*writer, error) {
	w := &writer{coordinator: at, next: map[tp]int32{}, in: map[tp]bool{}}
	err := w.ask(func(b *sarama.Broker) (sarama.KError, error) {
		resp, err := b.InitProducerID(&sarama.InitProducerIDRequest{Version: initProducerIDVersion,
			TransactionalID: &w.name, TransactionTimeout: timeout, ProducerID: -1, ProducerEpoch: -1})
		if err != nil {
			return 0, err
		}
		w.id, w.epoch = resp.ProducerID, resp.ProducerEpoch
		return resp.Err, nil
	})
	return w, err
}

// takeOver makes this node the one that writes transactions of a name. Where
// the last one was undone, or is by this, that is marked everywhere: a mark
// that was forgotten would let a later one commit what it left behind.
func (l *Log) takeOver(client sarama.Client, name string) (*writer, error) {
	at := coordinator{client, name}
	fate, err := at.last()
	if err != nil {
		return nil, err
	}
	w, err := newWriter(at, l.opts.TransactionTimeout)
	if err == nil && fate != "" && fate != "Empty" && fate != "PrepareCommit" && fate != "CompleteCommit" {
		err = w.mark(l.topics.everywhere(), false)
	}
	return w, err
}

// errNoTransactions: nobody ever wrote under the name. The library has no
// name for it.
const errNoTransactions sarama.KError = 105

// last is the state of the last transaction of the name, as Kafka calls it;
// empty when there was none.
func (c coordinator) last() (state string, err error) {
	err = c.ask(func(b *sarama.Broker) (sarama.KError, error) {
		resp, err := b.DescribeTransactions(&sarama.DescribeTransactionsRequest{Version: describeTransactionsVersion,
			TransactionalIDs: []string{c.name}})
		if err != nil {
			return 0, err
		}
		if len(resp.TransactionStates) != 1 {
			return sarama.ErrUnknown, nil
		}
		if resp.TransactionStates[0].ErrorCode == errNoTransactions {
			return sarama.ErrNoError, nil
		}
		state = resp.TransactionStates[0].TransactionState
		return resp.TransactionStates[0].ErrorCode, nil
	})
	return state, err
}

// ask asks the coordinator until it answers for good.
func (c coordinator) ask(request func(*sarama.Broker) (sarama.KError, error)) error {
	return patiently(func() error {
		b, err := c.client.TransactionCoordinator(c.name)
		if err != nil {
			return err
		}
		refused, err := request(b)
		if err != nil {
			_ = b.Close()
			_ = c.client.RefreshTransactionCoordinator(c.name)
			return err
		}
		switch refused {
		case sarama.ErrNoError:
			return nil
		case sarama.ErrConsumerCoordinatorNotAvailable, sarama.ErrNotCoordinatorForConsumer:
			_ = c.client.RefreshTransactionCoordinator(c.name)
		}
		return refused
	})
}

// patiently tries what fails for a while. A coordinator refuses a transaction
// while it writes the marks of the one before, which takes milliseconds; one
// that moves takes seconds.
func patiently(try func() error) error { return patientlyWhile(passes, try) }

// patientlyWhile tries what fails for a while in a way that may pass.
func patientlyWhile(passes func(error) bool, try func() error) error {
	began := time.Now()
	for n := 0; ; n++ {
		err := try()
		if err == nil || !passes(err) || time.Since(began) > patience {
			return err
		}
		time.Sleep(min(time.Millisecond<<min(n, 8), 100*time.Millisecond))
	}
}

// passes reports whether a failure can pass by itself.
func passes(err error) bool {
	var refused sarama.KError
	if !errors.As(err, &refused) {
		return away(err)
	}
	switch refused {
	case sarama.ErrConcurrentTransactions, sarama.ErrConsumerCoordinatorNotAvailable, sarama.ErrNotCoordinatorForConsumer,
		sarama.ErrOffsetsLoadInProgress, sarama.ErrLeaderNotAvailable, sarama.ErrNotLeaderForPartition,
		sarama.ErrFencedLeaderEpoch, sarama.ErrUnknownLeaderEpoch, sarama.ErrUnknownTopicOrPartition,
		sarama.ErrNotEnoughReplicas, sarama.ErrNotEnoughReplicasAfterAppend, sarama.ErrRequestTimedOut, sarama.ErrNetworkException,
		sarama.ErrReplicaNotAvailable, sarama.ErrKafkaStorageError, sarama.ErrThrottlingQuotaExceeded:
		return true
	}
	return false
}

// undo gives the transaction up, so that readers need not wait for its time
// to run out. It is asked once only: if that fails the next claim does it.
func (w *writer) undo() {
	b, err := w.client.TransactionCoordinator(w.name)
	if err == nil && len(w.in) > 0 {
		_, _ = b.EndTxn(&sarama.EndTxnRequest{Version: endTxnVersion, TransactionalID: w.name, ProducerID: w.id, ProducerEpoch: w.epoch})
	}
}

// join takes partitions into the transaction: before anything is written to them.
func (w *writer) join(all []tp) error {
	req := &sarama.AddPartitionsToTxnRequest{Version: addPartitionsToTxnVersion,
		TransactionalID: w.name, ProducerID: w.id, ProducerEpoch: w.epoch, TopicPartitions: map[string][]int32{}}
	fresh := map[tp]bool{}
	for _, p := range all {
		if !w.in[p] && !fresh[p] {
			fresh[p] = true
			req.TopicPartitions[p.topic] = append(req.TopicPartitions[p.topic], p.part)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	err := w.ask(func(b *sarama.Broker) (sarama.KError, error) {
		resp, err := b.AddPartitionsToTxn(req)
		if err != nil {
			return 0, err
		}
		return worst(resp.Errors), nil
	})
	for p := range fresh {
		w.in[p] = true
	}
	return err
}

// worst is why partitions were refused: one is refused for its own sake, and
// the others then show only that nothing was done.
func worst(errs map[string][]*sarama.PartitionError) sarama.KError {
	found := sarama.ErrNoError
	for _, of := range errs {
		for _, e := range of {
			if e.Err != sarama.ErrNoError && (found == sarama.ErrNoError || found == sarama.ErrOperationNotAttempted) {
				found = e.Err
			}
		}
	}
	return found
}

// mark closes whatever hangs of this writer in some partitions, as committed
// or as undone: a transaction without messages.
func (w *writer) mark(all []tp, commit bool) error {
	if err := w.join(all); err != nil {
		return err
	}
	return w.end(commit)
}

// end commits the transaction, or undoes it.
func (w *writer) end(commit bool) error {
	if len(w.in) == 0 {
		return nil
	}
	err := w.ask(func(b *sarama.Broker) (sarama.KError, error) {
		resp, err := b.EndTxn(&sarama.EndTxnRequest{Version: endTxnVersion,
			TransactionalID: w.name, ProducerID: w.id, ProducerEpoch: w.epoch, TransactionResult: commit})
		if err != nil {
			return 0, err
		}
		return resp.Err, nil
	})
	if err == nil {
		clear(w.in)
	}
	return err
}
