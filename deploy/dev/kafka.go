package dev

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

const (
	startPatience = 90 * time.Second
	stopPatience  = 15 * time.Second
	startTries    = 3 // when a port was taken after all
)

// Cluster is Apache Kafka: brokers that are controllers too. Broker i, from
// zero, has the id i.
type Cluster struct {
	tb      TB // nil: shared
	in      install
	set     settings
	scratch *scratch
	certs   *Certs
	nodes   []*node
}

type node struct {
	*process
	id                         int
	controller, inside, client string // addresses listened on
	advertised                 string // what clients are given
	doors                      []door
}

// door is a listener for one client.
type door struct{ name, real, advertised string }

// Kafka starts a cluster and ends it with the test. It returns when every
// broker answers and knows the others.
func Kafka(tb TB, brokers int, opts ...Option) *Cluster {
	tb.Helper()
	Need(tb, "kafka")
	c, err := startKafka(brokers, opts...)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	c.tb = tb
	tb.Cleanup(func() {
		c.showLogs(tb)
		if err := c.close(); err != nil {
			tb.Logf("dev: %v", err)
		}
	})
	return c
}

func startKafka(brokers int, opts ...Option) (*Cluster, error) {
	if brokers < 1 {
		return nil, fmt.Errorf("dev: %d brokers", brokers)
	}
	var set settings
	for _, opt := range opts {
		opt(&set)
	}
	if err := set.check(); err != nil {
		return nil, err
	}
	in, err := findInstall()
	if err != nil {
		return nil, err
	}
	in.warm()
	return in.newCluster(brokers, set)
}

// newCluster tries again with other ports when one was taken.
func (in install) newCluster(brokers int, set settings) (c *Cluster, err error) {
	for range startTries {
		c, err = in.tryCluster(brokers, set)
		if err == nil || !strings.Contains(err.Error(), "Address already in use") {
			return c, err
		}
	}
	return nil, err
}

func (in install) tryCluster(brokers int, set settings) (*Cluster, error) {
	s, err := newScratch()
	if err != nil {
		return nil, err
	}
	c := &Cluster{in: in, set: set, scratch: s}
	if err := c.prepare(brokers); err != nil {
		return nil, errors.Join(err, c.close())
	}
	if err := c.start(c.nodes...); err != nil {
		return nil, errors.Join(err, c.close())
	}
	return c, nil
}

// prepare writes everything that a broker reads.
func (c *Cluster) prepare(brokers int) error {
	each := 3 + len(c.set.doors)
	ports, err := freePorts(each * brokers)
	if err != nil {
		return err
	}
	if c.set.tls {
		dir := c.set.certs
		if dir == "" {
			dir = c.scratch.path("certs")
		}
		if c.certs, err = NewCerts(dir); err != nil {
			return err
		}
	}
	for i := range brokers {
		mine := ports[each*i : each*(i+1)]
		n := &node{id: i, controller: local(mine[0]), inside: local(mine[1]), client: local(mine[2])}
		n.advertised = n.client
		if c.set.advertised != nil {
			n.advertised = c.set.advertised(i, n.client)
		}
		for d, name := range c.set.doors {
			real := local(mine[3+d])
			n.doors = append(n.doors, door{name, real, c.set.doorway(name, i, real)})
		}
		c.nodes = append(c.nodes, n)
	}
	if err := os.WriteFile(c.scratch.path("log4j2.properties"), []byte(logging), 0o600); err != nil {
		return err
	}
	for _, n := range c.nodes {
		if err := os.WriteFile(c.file(n, "properties"), []byte(c.properties(n)), 0o600); err != nil {
			return err
		}
		flags := append([]string{"-Dlog4j2.configurationFile=" + c.scratch.path("log4j2.properties")}, c.set.jvm...)
		n.process = &process{
			name: fmt.Sprintf("kafka %d", n.id),
			argv: c.in.command("kafka.Kafka", flags, c.file(n, "properties")),
			log:  c.file(n, "log"),
		}
	}
	return c.format()
}

func (c *Cluster) file(n *node, kind string) string {
	return c.scratch.path(fmt.Sprintf("broker-%d.%s", n.id, kind))
}

// start starts brokers side by side and waits until each is in the cluster
// it sees; when all are started, until each sees all.
func (c *Cluster) start(nodes ...*node) error {
	for _, n := range nodes {
		if err := n.start(); err != nil {
			return err
		}
	}
	errs := make([]error, len(nodes))
	var wg sync.WaitGroup
	for i, n := range nodes {
		wg.Go(func() {
			errs[i] = n.await(startPatience, func() error {
				ids, err := brokersSeen(n.inside)
				switch {
				case err != nil:
					return err
				case !slices.Contains(ids, n.id), len(nodes) == len(c.nodes) && len(ids) < len(c.nodes):
					return fmt.Errorf("it sees the brokers %v only", ids)
				}
				return accepts(n.client)
			})
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// Addrs are the addresses for clients, those that the brokers advertise:
// with SASL, TLS or a proxy where these were asked for.
func (c *Cluster) Addrs() []string {
	return c.each(func(n *node) string { return n.advertised })
}

// Inside are the addresses by which the brokers talk to each other: never
// encrypted, and whoever comes there is a super user.
func (c *Cluster) Inside() []string {
	return c.each(func(n *node) string { return n.inside })
}

// Door are the addresses for the client of this name; see WithDoors.
func (c *Cluster) Door(name string) []string {
	d := slices.Index(c.set.doors, name)
	return c.each(func(n *node) string { return n.doors[d].advertised })
}

func (c *Cluster) each(what func(*node) string) []string {
	var all []string
	for _, n := range c.nodes {
		all = append(all, what(n))
	}
	return all
}

// Certs are what a client of a cluster with TLS shows and trusts; nil
// without TLS.
func (c *Cluster) Certs() *Certs { return c.certs }

// Kill ends brokers at once, as a power cut does (SIGKILL).
func (c *Cluster) Kill(brokers ...int) {
	c.owner().Helper()
	for _, n := range c.pick(brokers) {
		n.kill()
	}
}

// Stop asks brokers to end (SIGTERM) and waits, at most 15 seconds: then it
// kills, since a broker without a quorum does not end by itself.
func (c *Cluster) Stop(brokers ...int) {
	c.owner().Helper()
	var wg sync.WaitGroup
	for _, n := range c.pick(brokers) {
		wg.Go(func() { n.stop(stopPatience) })
	}
	wg.Wait()
}

// Start starts brokers again, with the same ports and data, side by side,
// and returns when they are in the cluster. The cluster takes one back when
// it has given up the one before: 3 seconds after its last heartbeat. After
// all three were down, at least two must be started by one call: one alone
// has no quorum.
func (c *Cluster) Start(brokers ...int) {
	c.owner().Helper()
	if err := c.start(c.pick(brokers)...); err != nil {
		c.tb.Fatalf("%v", err)
	}
}

// AwaitInSync returns when every copy of every partition is level: before
// that, one more broker that dies may take the last good copy with it.
func (c *Cluster) AwaitInSync() {
	c.owner().Helper()
	deadline := time.Now().Add(startPatience)
	for {
		late, err := c.lateCopies()
		if err == nil && late == 0 {
			return
		}
		if time.Now().After(deadline) {
			c.tb.Fatalf("dev: %d partitions have copies that are not level (%v)", late, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// lateCopies counts the partitions that have any.
func (c *Cluster) lateCopies() (late int, err error) {
	config := sarama.NewConfig()
	config.Version = sarama.V2_8_0_0
	config.Metadata.AllowAutoTopicCreation = false
	client, err := sarama.NewClient(c.Inside(), config)
	if err != nil {
		return 0, err
	}
	defer client.Close()
	names, err := client.Topics()
	if err != nil {
		return 0, err
	}
	for _, topic := range names {
		parts, err := client.Partitions(topic)
		if err != nil {
			return 0, err
		}
		for _, part := range parts {
			copies, err := client.Replicas(topic, part)
			level, err2 := client.InSyncReplicas(topic, part)
			if err := errors.Join(err, err2); err != nil {
				return 0, err
			}
			if len(level) < len(copies) {
				late++
			}
		}
	}
	return late, nil
}

// Freeze stops the clock of brokers (SIGSTOP): they hold their connections
// and answer nothing.
func (c *Cluster) Freeze(brokers ...int) {
	c.owner().Helper()
	c.freeze(brokers, true)
}

// Thaw lets frozen brokers go on.
func (c *Cluster) Thaw(brokers ...int) {
	c.owner().Helper()
	c.freeze(brokers, false)
}

func (c *Cluster) freeze(brokers []int, frozen bool) {
	for _, n := range c.pick(brokers) {
		if err := n.freeze(frozen); err != nil {
			c.tb.Fatalf("%v", err)
		}
	}
}

// Logs is the end of what broker i logged. It is shown when the test fails.
func (c *Cluster) Logs(i int) string { return c.nodes[i].tail(64 << 10) }

func (c *Cluster) showLogs(tb TB) {
	if !tb.Failed() {
		return
	}
	for _, n := range c.nodes {
		tb.Logf("%s logged at the end:\n%s", n.name, n.tail(4000))
	}
}

// owner is the test that may do as it likes with the cluster.
func (c *Cluster) owner() TB {
	if c.tb == nil {
		panic("dev: the shared cluster is not one test's to stop; start one with dev.Kafka")
	}
	return c.tb
}

func (c *Cluster) pick(brokers []int) []*node {
	var picked []*node
	for _, i := range brokers {
		picked = append(picked, c.nodes[i])
	}
	return picked
}

func (c *Cluster) close() error {
	for _, n := range c.nodes {
		if n.process != nil {
			n.kill()
		}
	}
	return c.scratch.remove()
}
