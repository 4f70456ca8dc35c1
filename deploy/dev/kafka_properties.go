package dev

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// logging is log4j2's configuration: to standard output, without the lists
// of all settings.
const logging = `rootLogger.level = info
rootLogger.appenderRef.out.ref = out
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d{HH:mm:ss.SSS} %p %m (%c{1})%n
logger.a.name = org.apache.kafka.common.config
logger.a.level = warn
logger.b.name = kafka.server.KafkaConfig
logger.b.level = warn
`

// properties is the configuration of one broker.
func (c *Cluster) properties(n *node) string {
	voters := c.each(func(n *node) string { return fmt.Sprintf("%d@%s", n.id, n.controller) })
	all := map[string]string{
		"process.roles":              "broker,controller",
		"node.id":                    strconv.Itoa(n.id),
		"controller.quorum.voters":   strings.Join(voters, ","),
		"inter.broker.listener.name": "INSIDE",
		"controller.listener.names":  "CONTROLLER",
		"log.dirs":                   c.file(n, "data"),
		"auto.create.topics.enable":  "false",
	}
	maps.Copy(all, c.listeners(n))
	maps.Copy(all, c.replication())
	maps.Copy(all, quick())
	maps.Copy(all, c.security())
	maps.Copy(all, c.set.extra)
	var text strings.Builder
	for _, key := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&text, "%s=%s\n", key, strings.ReplaceAll(all[key], `\`, `\\`))
	}
	return text.String()
}

// listeners are the addresses of one broker, and how each is talked to.
func (c *Cluster) listeners(n *node) map[string]string {
	return map[string]string{
		"listeners": fmt.Sprintf("CONTROLLER://%s,INSIDE://%s,CLIENT://%s", n.controller, n.inside, n.client) +
			n.doorsAt(func(d door) string { return "//" + d.real }),
		"advertised.listeners": fmt.Sprintf("INSIDE://%s,CLIENT://%s", n.inside, n.advertised) +
			n.doorsAt(func(d door) string { return "//" + d.advertised }),
		"listener.security.protocol.map": "CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT,CLIENT:" + c.set.protocol() +
			n.doorsAt(func(door) string { return "PLAINTEXT" }),
	}
}

// doorsAt lists the listeners for single clients, behind the others.
func (n *node) doorsAt(what func(door) string) string {
	var text strings.Builder
	for i, d := range n.doors {
		fmt.Fprintf(&text, ",DOOR%d:%s", i, what(d))
	}
	return text.String()
}

// replication: three copies where there are three brokers, of which two must
// have what is acknowledged.
func (c *Cluster) replication() map[string]string {
	copies := strconv.Itoa(min(len(c.nodes), 3))
	insync := strconv.Itoa(max(1, min(len(c.nodes), 3)-1))
	return map[string]string{
		"default.replication.factor":                       copies,
		"min.insync.replicas":                              insync,
		"offsets.topic.replication.factor":                 copies,
		"offsets.topic.num.partitions":                     "1",
		"transaction.state.log.replication.factor":         copies,
		"transaction.state.log.min.isr":                    insync,
		"transaction.state.log.num.partitions":             "1",
		"share.coordinator.state.topic.replication.factor": copies,
		"share.coordinator.state.topic.min.isr":            insync,
		"share.coordinator.state.topic.num.partitions":     "1",
	}
}

// quick: a dead broker is noticed in seconds, and little memory is set aside.
func quick() map[string]string {
	return map[string]string{
		"broker.heartbeat.interval.ms":                                "300",
		"broker.session.timeout.ms":                                   "3000",
		"controller.quorum.election.timeout.ms":                       "500",
		"controller.quorum.fetch.timeout.ms":                          "1500",
		"group.initial.rebalance.delay.ms":                            "0",
		"log.cleaner.dedupe.buffer.size":                              "8388608",
		"transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
		"num.network.threads":                                         "2",
		"num.io.threads":                                              "4",
	}
}

// security is what the listener for clients asks of them.
func (c *Cluster) security() map[string]string {
	const client = "listener.name.client."
	all := map[string]string{}
	if len(c.set.users) > 0 {
		all["sasl.enabled.mechanisms"] = "SCRAM-SHA-512"
		all[client+"scram-sha-512.sasl.jaas.config"] = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
	}
	if c.set.tls {
		all[client+"ssl.keystore.type"] = "PEM"
		all[client+"ssl.keystore.location"] = c.certs.server
		all[client+"ssl.truststore.type"] = "PEM"
		all[client+"ssl.truststore.location"] = c.certs.CA
		all[client+"ssl.client.auth"] = "required"
		if len(c.set.users) > 0 {
			all[client+"ssl.client.auth"] = "none" // a password is enough
		}
	}
	if c.set.acl {
		all["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer"
		all["super.users"] = strings.Join(append([]string{"User:ANONYMOUS"}, c.set.supers...), ";")
	}
	return all
}
