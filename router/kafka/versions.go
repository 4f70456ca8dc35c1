package kafka

import (
	"cmp"
	"errors"
	"slices"
	"strconv"
	"sync"
	"time"

	"iocgateway/canonical/problem"

	"github.com/IBM/sarama"
)

// The requests that this package makes itself, beside the library's, in the
// one version of each that it was written and tried with. A broker hangs up
// on a version that it no longer offers, which looks like one that is away;
// of one that it does not offer yet the library sends a lower one unasked.
const (
	produceVersion              int16 = 7
	fetchVersion                int16 = 11
	initProducerIDVersion       int16 = 4
	addPartitionsToTxnVersion   int16 = 2
	endTxnVersion               int16 = 2
	describeTransactionsVersion int16 = 0
)

// pinned is a request as Kafka numbers and names it.
type pinned struct {
	key     int16
	name    string
	version int16
}

func allPinned() []pinned {
	return []pinned{
		{0, "Produce", produceVersion},
		{1, "Fetch", fetchVersion},
		{22, "InitProducerId", initProducerIDVersion},
		{24, "AddPartitionsToTxn", addPartitionsToTxnVersion},
		{26, "EndTxn", endTxnVersion},
		{65, "DescribeTransactions", describeTransactionsVersion},
	}
}

// checkVersions refuses a cluster in which a broker does not offer what this
// package asks for. A broker that does not answer is passed over: a cluster
// need not be whole when a node starts.
func (o *Options) checkVersions(client sarama.Client) error {
	brokers := client.Brokers()
	slices.SortFunc(brokers, func(a, b *sarama.Broker) int { return cmp.Compare(a.ID(), b.ID()) })
	wrong := make([]error, len(brokers))
	var group sync.WaitGroup
	for i, b := range brokers {
		group.Go(func() {
			if offered, err := versionsOf(b.Addr(), client.Config()); err == nil {
				wrong[i] = notOffered(b.Addr(), offered)
			}
		})
	}
	group.Wait()
	return errors.Join(wrong...)
}

// versionsOf asks a broker which versions of which requests it offers, over
// a connection of its own: one that hangs holds nothing else up for long.
func versionsOf(addr string, with *sarama.Config) ([]sarama.ApiVersionsResponseKey, error) {
	config := *with
	config.ApiVersionsRequest, config.Net.ReadTimeout = false, 3*time.Second // it is asked here, once
	b := sarama.NewBroker(addr)
	if err := b.Open(&config); err != nil {
		return nil, err
	}
	defer func() { _ = b.Close() }() // nothing hangs of it
	answer, err := b.ApiVersions(&sarama.ApiVersionsRequest{})
	if err != nil {
		return nil, err
	}
	return answer.ApiKeys, nil
}

// notOffered names the first request that a broker does not offer in the
// version pinned.
func notOffered(addr string, offered []sarama.ApiVersionsResponseKey) error {
	for _, p := range allPinned() {
		i := slices.IndexFunc(offered, func(k sarama.ApiVersionsResponseKey) bool { return k.ApiKey == p.key })
		if i >= 0 && offered[i].MinVersion <= p.version && p.version <= offered[i].MaxVersion {
			continue
		}
		has := "–"
		if i >= 0 {
			has = strconv.Itoa(int(offered[i].MinVersion)) + "–" + strconv.Itoa(int(offered[i].MaxVersion))
		}
		return problem.Halt(&problem.Problem{Code: "GW-Q018", Field: p.name, Value: addr, Near: has, Want: strconv.Itoa(int(p.version))})
	}
	return nil
}
