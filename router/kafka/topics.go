package kafka

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// What lies beside the feeds.
const (
	topicRaws        = "raws"        // what sources sent, the newest of each key after Keep
	topicVerdicts    = "verdicts"    // quarantine, and what became of Raws that made no entry
	topicHistory     = "history"     // versions that came too late, Raws left out by a rule
	topicRuns        = "runs"        // of streams
	topicCheckpoints = "checkpoints" // of streams, claims, pauses, marks, audit
)

// names of the topics of a Log.
type topics struct {
	prefix string
	parts  int
}

func (t topics) of(name string) string { return t.prefix + "." + name + ".v1" }

func (t topics) feed(f canonical.Feed) string { return t.of(string(f)) }

// everywhere are all partitions of all topics.
func (t topics) everywhere() []tp {
	var all []tp
	for _, topic := range t.all() {
		for part := range int32(t.parts) {
			all = append(all, tp{topic, part})
		}
	}
	return all
}

// short is the name without prefix and version: dossier, raws, ….
func (t topics) short(topic string) string {
	return strings.TrimSuffix(strings.TrimPrefix(topic, t.prefix+"."), ".v1")
}

func (t topics) all() []string {
	var names []string
	for _, f := range canonical.Feeds() {
		names = append(names, t.feed(f))
	}
	for _, name := range []string{topicRaws, topicVerdicts, topicHistory, topicRuns, topicCheckpoints} {
		names = append(names, t.of(name))
	}
	return names
}

const (
	historyKept = 90 * 24 * time.Hour
	runsKept    = 30 * 24 * time.Hour
)

// policy is how a topic must be kept.
func (o *Options) policy(name string) map[string]string {
	ms := func(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }
	size := strconv.Itoa(MaxMessage + 1<<10)
	switch name {
	case topicHistory:
		return map[string]string{"cleanup.policy": "delete", "retention.ms": ms(max(historyKept, o.Keep)), "max.message.bytes": size}
	case topicRuns:
		return map[string]string{"cleanup.policy": "delete", "retention.ms": ms(max(runsKept, o.Keep)), "max.message.bytes": size}
	case topicCheckpoints:
		return map[string]string{"cleanup.policy": "compact", "min.compaction.lag.ms": ms(time.Hour), "max.message.bytes": size}
	default:
		return map[string]string{"cleanup.policy": "compact", "min.compaction.lag.ms": ms(o.Keep), "max.message.bytes": size}
	}
}

// ensure makes the topics that are not there and checks those that are: a
// wrong one is refused with the command that mends it. It gives the epoch of
// this Log, another one when any feed's topic was made anew.
func ensure(admin sarama.ClusterAdmin, o *Options) (epoch string, err error) {
	t := topics{o.Prefix, o.Partitions}
	has, err := admin.ListTopics()
	if err != nil {
		return "", o.broken(err, "")
	}
	replication, err := o.replication(admin)
	if err != nil {
		return "", err
	}
	var wrong error
	for _, topic := range t.all() {
		if _, there := has[topic]; there {
			continue
		}
		wrong = errors.Join(wrong, o.create(admin, topic, t.short(topic), replication))
	}
	if wrong != nil {
		return "", wrong
	}
	found, err := o.describe(admin, t)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	slices.SortFunc(found, func(a, b *sarama.TopicMetadata) int { return strings.Compare(a.Name, b.Name) })
	for _, topic := range found {
		if topic.Err != sarama.ErrNoError {
			wrong = errors.Join(wrong, o.broken(topic.Err, topic.Name))
			continue
		}
		wrong = errors.Join(wrong, o.check(admin, t, topic))
		fmt.Fprintf(sum, "%s %s\n", topic.Name, topic.Uuid)
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), wrong
}

// describe looks at the topics. Those made a moment ago are not known to
// every broker at once.
func (o *Options) describe(admin sarama.ClusterAdmin, t topics) ([]*sarama.TopicMetadata, error) {
	for tries := 0; ; tries++ {
		found, err := admin.DescribeTopics(t.all())
		if err != nil {
			return nil, o.broken(err, "")
		}
		if settled(found) || tries == madeWithin {
			return found, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// madeWithin is how many tenths of a second new topics may take.
const madeWithin = 100

func settled(found []*sarama.TopicMetadata) bool {
	for _, topic := range found {
		if topic.Err == sarama.ErrUnknownTopicOrPartition || topic.Err == sarama.ErrLeaderNotAvailable {
			return false
		}
		for _, p := range topic.Partitions {
			if p.Err == sarama.ErrLeaderNotAvailable {
				return false
			}
		}
	}
	return true
}

// replication is what was asked for, or what the cluster can give.
func (o *Options) replication(admin sarama.ClusterAdmin) (int, error) {
	if o.Replication > 0 {
		return o.Replication, nil
	}
	brokers, _, err := admin.DescribeCluster()
	if err != nil {
		return 0, o.broken(err, "")
	}
	return min(3, max(1, len(brokers))), nil
}

func (o *Options) create(admin sarama.ClusterAdmin, topic, short string, replication int) error {
	policy := o.policy(short)
	if replication >= 3 {
		policy["min.insync.replicas"] = "2"
	}
	entries := map[string]*string{}
	for name, value := range policy {
		entries[name] = &value
	}
	// A broker that is late with its heartbeat counts as none for a while. How many
	// there are was asked of the cluster itself: it is not too many.
	comes := func(err error) bool {
		return passes(err) || o.Replication == 0 && errors.Is(err, sarama.ErrInvalidReplicationFactor)
	}
	err := patientlyWhile(comes, func() error {
		return admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: int32(o.Partitions),
			ReplicationFactor: int16(replication), ConfigEntries: entries}, false)
	})
	switch {
	case err == nil, errors.Is(err, sarama.ErrTopicAlreadyExists): // another node was faster
		return nil
	case errors.Is(err, sarama.ErrTopicAuthorizationFailed), errors.Is(err, sarama.ErrClusterAuthorizationFailed):
		making := o.tool("kafka-topics.sh", "--create --topic "+topic,
			fmt.Sprintf("--partitions %d --replication-factor %d", o.Partitions, replication), settings(policy, "--config "))
		return &problem.Problem{Code: "GW-Q004", Value: topic, Near: o.permit() + " ; # or: " + making, Err: err}
	default:
		return o.broken(err, topic)
	}
}

func settings(policy map[string]string, before string) string {
	var flags []string
	for name, value := range policy {
		flags = append(flags, before+name+"="+value)
	}
	slices.Sort(flags)
	return strings.Join(flags, " ")
}

// tool is a command a person can paste.
func (o *Options) tool(name string, args ...string) string {
	return name + " --bootstrap-server " + strings.Join(o.Brokers, ",") + " " + strings.Join(args, " ")
}

// configuration asks for a topic's configuration, all of it or what is named.
func configuration(admin sarama.ClusterAdmin, topic string, names ...string) ([]sarama.ConfigEntry, error) {
	asked := []*sarama.ConfigResource{{Type: sarama.TopicResource, Name: topic, ConfigNames: names}}
	results, err := admin.DescribeConfigs(asked, sarama.DescribeConfigsOptions{})
	if err != nil {
		return nil, err
	}
	var entries []sarama.ConfigEntry
	for _, r := range results {
		if r.ErrorCode != sarama.ErrNoError {
			return nil, &sarama.DescribeConfigError{Err: r.ErrorCode, ErrMsg: r.ErrorMsg}
		}
		entries = append(entries, r.Configs...)
	}
	return entries, nil
}

func (o *Options) check(admin sarama.ClusterAdmin, t topics, topic *sarama.TopicMetadata) error {
	if has := len(topic.Partitions); has != o.Partitions {
		return &problem.Problem{Code: "GW-Q006", Field: topic.Name, Value: strconv.Itoa(has), Want: strconv.Itoa(o.Partitions)}
	}
	var wrong error
	for _, p := range topic.Partitions {
		if len(p.Replicas) < o.Replication {
			wrong = &problem.Problem{Code: "GW-Q012", Field: topic.Name, Value: strconv.Itoa(len(p.Replicas)), Want: strconv.Itoa(o.Replication),
				Near: o.tool("kafka-reassign-partitions.sh", "--execute --reassignment-json-file …")}
		}
	}
	var entries []sarama.ConfigEntry
	err := patiently(func() (err error) { // any broker may be asked, and not all know a new topic yet
		entries, err = configuration(admin, topic.Name)
		return err
	})
	if errors.Is(err, sarama.ErrTopicAuthorizationFailed) {
		return wrong // what may not be looked at is not known to be wrong
	}
	if err != nil {
		return errors.Join(wrong, o.broken(err, topic.Name))
	}
	want := o.policy(t.short(topic.Name))
	for _, e := range entries {
		asked, ours := want[e.Name]
		if !ours || fits(e.Name, e.Value, asked) {
			continue
		}
		wrong = errors.Join(wrong, &problem.Problem{Code: "GW-Q005", Field: topic.Name, Path: e.Name, Value: e.Value, Want: asked,
			Near: o.tool("kafka-configs.sh", "--alter --entity-type topics --entity-name "+topic.Name, "--add-config "+e.Name+"="+asked)})
	}
	return wrong
}

// fits reports whether a setting keeps at least what is wanted.
func fits(name, value, want string) bool {
	if name == "cleanup.policy" {
		return value == want
	}
	has, err := strconv.ParseInt(value, 10, 64)
	least, _ := strconv.ParseInt(want, 10, 64)
	return err == nil && (has >= least || has < 0)
}
