package journal_test

import (
	"crypto/sha256"
	"fmt"

	"iocgateway/router/journal"
)

// A feed of three partitions, and two readers of it.
func ExamplePosition() {
	head := journal.Position{41, 7, 12}
	level, behind := head.Clone(), journal.Position{41, 5}
	fmt.Println(level.Covers(head), behind.Covers(head))
	fmt.Println("to read:", head.Sum()-behind.Sum())
	fmt.Println("after nothing:", journal.Position(nil).At(2))
	// Output:
	// true false
	// to read: 14
	// after nothing: 0
}

// The checksum of a bucket does not depend on the order of what it counts: a
// record that changes is taken out and added again.
func ExampleBucket() {
	of := func(id, version string) journal.Bucket {
		h := sha256.Sum256([]byte(id + "\n" + version))
		return journal.Bucket{Count: 1, Sum: [16]byte(h[:16])}
	}
	var feed, reader journal.Bucket
	feed.Add(of("task:ioffice:1", "v1"))
	feed.Add(of("task:ioffice:2", "v1"))
	feed.Take(of("task:ioffice:1", "v1"))
	feed.Add(of("task:ioffice:1", "v2"))

	reader.Add(of("task:ioffice:1", "v2"))
	fmt.Println(reader == feed)
	reader.Add(of("task:ioffice:2", "v1"))
	fmt.Println(reader == feed, reader.Count)
	// Output:
	// false
	// true 2
}
