package kafka

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"iocgateway/canonical/problem"
	"iocgateway/router/book"
)

// Put writes an item over a revision.
func (b *Book) Put(ctx context.Context, section, key string, rev uint64, body any) (uint64, error) {
	if strings.Contains(section, "/") {
		return 0, fmt.Errorf("kafka: section %q: no slash", section)
	}
	c, err := b.change(ctx, func() (book.Change, error) { return b.NextPut(section, key, rev, body) })
	if err != nil {
		return 0, err
	}
	return c.Item.Rev, nil
}

// Delete deletes an item of a revision.
func (b *Book) Delete(ctx context.Context, section, key string, rev uint64) error {
	_, err := b.change(ctx, func() (book.Change, error) { return b.NextDelete(section, key, rev) })
	return err
}

// Append adds a row to a part.
func (b *Book) Append(ctx context.Context, part string, body any) (book.Row, error) {
	c, err := b.change(ctx, func() (book.Change, error) { return b.NextRow(part, b.opts.Now(), nil, body) })
	if err != nil {
		return book.Row{}, err
	}
	return *c.Row, nil
}

const pruneBatch = 500

// Prune drops the rows of a part that are older, behind a row that says so.
func (b *Book) Prune(ctx context.Context, part string, before time.Time) (int, error) {
	var last book.Anchor
	var old []uint64
	for more := true; more; {
		rows, err := b.Local.Read(ctx, part, last.Seq, pruneBatch)
		if err != nil {
			return 0, err
		}
		for i := range rows {
			if more = rows[i].At.Before(before); !more {
				break
			}
			last, old = book.Anchor{Seq: rows[i].Seq, Hash: rows[i].Hash}, append(old, rows[i].Seq)
		}
		more = more && len(rows) == pruneBatch
	}
	if len(old) == 0 {
		return 0, nil
	}
	body := map[string]any{"phase": book.Pruned, "rows": len(old), "before": before.UTC()}
	if _, err := b.change(ctx, func() (book.Change, error) { return b.NextRow(part, b.opts.Now(), &last, body) }); err != nil {
		return 0, err
	}
	return len(old), b.forget(ctx, part, old)
}

// forget lets the topic thin out rows that were pruned. One that is not
// forgotten now stays, and does no harm.
func (b *Book) forget(ctx context.Context, part string, rows []uint64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(rows) > 0 {
		n := min(len(rows), pruneBatch)
		var msgs []*sarama.ProducerMessage
		for _, seq := range rows[:n] {
			msgs = append(msgs, &sarama.ProducerMessage{Topic: b.topic, Key: sarama.StringEncoder(rowKey(part, seq))})
		}
		err := b.claim(ctx)
		if err == nil {
			err = b.transact(ctx, msgs...)
		}
		if err != nil {
			return b.opts.broken(err, b.topic)
		}
		rows = rows[n:]
	}
	return nil
}

func rowKey(part string, seq uint64) string { return keyRow + part + "/" + strconv.FormatUint(seq, 10) }

func messageOf(topic string, c book.Change) (*sarama.ProducerMessage, error) {
	m := &sarama.ProducerMessage{Topic: topic}
	if c.Row != nil {
		m.Key = sarama.StringEncoder(rowKey(c.Row.Part, c.Row.Seq))
	} else {
		m.Key = sarama.StringEncoder(keyItem + c.Item.Section + "/" + c.Item.Key)
	}
	if c.Op == book.OpDelete {
		return m, nil
	}
	text, err := json.Marshal(c)
	m.Value = sarama.ByteEncoder(text)
	return m, err
}

// change makes a change and commits it: once it returns, it was read back.
func (b *Book) change(ctx context.Context, make func() (book.Change, error)) (book.Change, error) {
	ctx, cancel := context.WithTimeout(ctx, bookWithin)
	defer cancel()
	b.mu.Lock()
	defer b.mu.Unlock()
	var last error
	var doubt *book.Change // whether it was committed is known behind the next claim
	for n := range bookTries {
		if last = b.turn(ctx, n); last != nil {
			continue
		}
		if err := b.lacks(); err != nil { // whoever has claimed it is level
			return book.Change{}, err
		}
		if doubt != nil && b.has(ctx, doubt) {
			return *doubt, nil
		}
		c, err := make()
		if err != nil {
			return c, err
		}
		msg, err := messageOf(b.topic, c)
		if err != nil {
			return c, err
		}
		if last = b.transact(ctx, msg); last == nil {
			return c, nil
		}
		doubt = &c
		if ctx.Err() != nil {
			break
		}
	}
	return book.Change{}, b.opts.broken(last, b.topic)
}

// turn claims the book, after a while where it was refused before: nodes that
// claim at once refuse each other for ever otherwise.
func (b *Book) turn(ctx context.Context, n int) error {
	if n > 0 {
		select {
		case <-time.After(time.Duration(rand.Int64N(int64(n) * int64(bookRest)))):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return b.claim(ctx)
}

// has reports whether a change is in the copy.
func (b *Book) has(ctx context.Context, c *book.Change) bool {
	if c.Row != nil {
		rows, err := b.Local.Read(ctx, c.Row.Part, c.Row.Seq-1, 1)
		return err == nil && len(rows) == 1 && rows[0].Hash == c.Row.Hash
	}
	item, err := b.Local.Get(c.Item.Section, c.Item.Key)
	if c.Op == book.OpDelete {
		return errors.Is(err, book.ErrNotFound)
	}
	return err == nil && item.Rev == c.Item.Rev && bytes.Equal(item.Body, c.Item.Body)
}

// claim makes this node the one that writes the book, level with all that was
// ever committed. The caller holds b.mu.
func (b *Book) claim(ctx context.Context) error {
	if b.writer != nil {
		return nil
	}
	at := coordinator{b.client, b.opts.Prefix + "." + topicBook}
	fate, err := at.last()
	if err != nil {
		return b.opts.broken(err, b.topic)
	}
	if b.writer, err = newWriter(at, b.opts.TransactionTimeout); err == nil && fate != "" && fate != "Empty" &&
		fate != "PrepareCommit" && fate != "CompleteCommit" {
		err = b.writer.mark([]tp{{b.topic, 0}}, false)
	}
	if err != nil {
		b.writer = nil
		return b.opts.broken(err, b.topic)
	}
	msg, err := jsonMessage(b.topic, 0, keyClaim, reached{At: b.opts.Now(), Node: b.opts.Node})
	if err != nil {
		return err
	}
	if err := b.transact(ctx, msg); err != nil {
		return b.opts.broken(err, b.topic)
	}
	return nil
}

// transact writes messages as one transaction, and returns when they were read
// back; after an error the book is claimed anew before anything else is written.
func (b *Book) transact(ctx context.Context, msgs ...*sarama.ProducerMessage) error {
	err := b.writer.send(msgs)
	if err == nil {
		err = b.writer.end(true)
	}
	if err != nil {
		if !away(err) {
			b.writer.undo()
		}
		b.writer = nil
		return err
	}
	last := msgs[len(msgs)-1].Offset
	soon, cancel := context.WithTimeout(ctx, markAfter)
	err = b.wait(soon, last)
	cancel()
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil { // a mark may have been forgotten (KAFKA-20734)
		if err = b.writer.mark([]tp{{b.topic, 0}}, true); err == nil {
			err = b.wait(ctx, last)
		}
	}
	if err != nil {
		b.writer = nil
	}
	return err
}

// Import writes a whole book into the topic, which must be new: rows keep
// their numbers and hashes, so that a chain goes on as it was.
func (b *Book) Import(ctx context.Context, from func(ctx context.Context, each func(book.Change) error) error) (n int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	end, err := offset(b.reading, b.topic, 0, sarama.OffsetNewest)
	if err != nil {
		return 0, b.opts.broken(err, b.topic)
	}
	if end != 0 {
		return 0, &problem.Problem{Code: "GW-Q015", Value: spot(b.topic, 0), Want: strconv.FormatInt(end, 10)}
	}
	if err := b.claim(ctx); err != nil {
		return 0, err
	}
	var msgs []*sarama.ProducerMessage
	flush := func() error {
		if len(msgs) == 0 {
			return nil
		}
		err := b.transact(ctx, msgs...)
		n, msgs = n+len(msgs), nil
		return err
	}
	err = from(ctx, func(c book.Change) error {
		m, err := messageOf(b.topic, c)
		if msgs = append(msgs, m); err == nil && len(msgs) == pruneBatch {
			err = flush()
		}
		return err
	})
	if err == nil {
		err = flush()
	}
	return n, err
}
