package config

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"iocgateway/cmd/gateway/release"

	"iocgateway/canonical/cloudevents"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/router/kafka"
	"iocgateway/router/redis"
)

// The engines a Log can have.
const (
	EngineEmbedded = "embedded"
	EngineKafka    = "kafka"
)

// The roles of a node.
const (
	RoleWork  = redis.RoleWork
	roleServe = "serve"
)

// NodeConfig is this process among others.
type NodeConfig struct {
	Name  string   `yaml:"name" validate:"omitempty,hostname_rfc1123" vi:"Tên nút (mặc định: tên máy)" en:"name of the node (default: the host's)" ex:"gw-1"`
	URL   string   `yaml:"url" validate:"omitempty,url" vi:"Địa chỉ các nút khác gọi tới nút này" en:"where the other nodes reach this one" ex:"https://gw-1.example.vn:8080"`
	Roles []string `yaml:"roles" validate:"dive,oneof=work serve" vi:"Vai trò: work (đồng bộ), serve (phục vụ đọc)" en:"roles: work (syncs streams), serve (answers readers)" ex:"[work, serve]"`
}

// KafkaConfig is the Log beyond one machine.
type KafkaConfig struct {
	Brokers     []string      `yaml:"brokers" validate:"dive,hostname_port" vi:"Các broker, máy:cổng" en:"brokers, host:port" ex:"[kafka-1:9092, kafka-2:9092]"`
	Prefix      string        `yaml:"prefix" validate:"omitempty,hostname_rfc1123" vi:"Tiền tố chủ đề và giao dịch" en:"prefix of topics and transactions" ex:"iocgw"`
	Partitions  int           `yaml:"partitions" validate:"gte=0,lte=256" vi:"Số phân vùng mỗi kênh dữ liệu, cố định từ khi tạo" en:"partitions a feed, fixed when topics are made" ex:"4"`
	Replication int           `yaml:"replication" validate:"gte=0,lte=9" vi:"Số bản sao của chủ đề" en:"replicas of topics" ex:"3"`
	Keep        time.Duration `yaml:"keep" validate:"gte=0" vi:"Giữ mọi thay đổi bao lâu trước khi cô đọng" en:"how long every change stays before it is thinned out" ex:"30d"`
	Rack        string        `yaml:"rack" vi:"Khu vực đặt máy, để đọc bản sao gần" en:"rack of this node, to read near replicas" ex:"phong-may-a"`
	Compression string        `yaml:"compression" validate:"omitempty,oneof=none gzip snappy lz4 zstd" vi:"Nén" en:"compression"`
	SASL        *SASLConfig   `yaml:"sasl" vi:"Đăng nhập" en:"credentials"`
	TLS         *ClientTLS    `yaml:"tls" vi:"TLS tới broker" en:"TLS to the brokers"`
}

// SASLConfig are credentials of Kafka.
type SASLConfig struct {
	Mechanism string        `yaml:"mechanism" validate:"required,oneof=PLAIN SCRAM-SHA-256 SCRAM-SHA-512" vi:"Cơ chế" en:"mechanism"`
	User      string        `yaml:"user" validate:"required" vi:"Tên" en:"user" ex:"iocgw"`
	Password  strict.Secret `yaml:"password" validate:"required" vi:"Mật khẩu (tham chiếu)" en:"password (a reference)"`
}

// ClientTLS is TLS towards a service: whom to trust, and who we are.
type ClientTLS struct {
	CA   string `yaml:"ca" vi:"Tệp CA tin cậy (mặc định: của hệ thống)" en:"CA file to trust (default: the system's)" ex:"/etc/iocgateway/ca.crt"`
	Cert string `yaml:"cert" validate:"required_with=Key" vi:"Tệp chứng thư số của nút" en:"certificate file of the node" ex:"/etc/iocgateway/node.crt"`
	Key  string `yaml:"key" validate:"required_with=Cert" vi:"Tệp khóa của nút" en:"key file of the node" ex:"/etc/iocgateway/node.key"`
}

// RedisConfig is what the nodes share beside the Log: leases, quotas, presence.
type RedisConfig struct {
	Addrs    []string      `yaml:"addrs" validate:"dive,hostname_port" vi:"Địa chỉ, máy:cổng" en:"addresses, host:port" ex:"[redis-1:6379]"`
	Master   string        `yaml:"master" vi:"Tên bản chính (khi addrs là Sentinel)" en:"name of the master (where addrs are Sentinels)" ex:"ioc"`
	Username string        `yaml:"username" vi:"Tên" en:"user" ex:"iocgw"`
	Password strict.Secret `yaml:"password" vi:"Mật khẩu (tham chiếu)" en:"password (a reference)"`
	DB       int           `yaml:"db" validate:"gte=0" vi:"Số cơ sở dữ liệu" en:"database number" ex:"0"`
	Prefix   string        `yaml:"prefix" vi:"Tiền tố khóa" en:"prefix of keys" ex:"iocgw:"`
	Lease    time.Duration `yaml:"lease" validate:"omitempty,gte=1s" vi:"Thời gian chờ trước khi chuyển luồng của nút không phản hồi" en:"how long a silent node keeps its streams" ex:"15s"`
	TLS      *ClientTLS    `yaml:"tls" vi:"TLS" en:"TLS"`
}

// checkCluster holds the rules between the parts of a cluster's configuration.
func (c *Config) checkCluster() error {
	var problems []error
	if c.Engine == EngineKafka && len(c.Kafka.Brokers) == 0 {
		problems = append(problems, c.Text.At("kafka.brokers").Problem("GW-C020"))
	}
	if c.Engine != EngineKafka && len(c.Redis.Addrs) > 0 {
		problems = append(problems, c.Text.At("redis").Problem("GW-C021"))
	}
	if len(c.Redis.Addrs) > 0 && c.Node.URL == "" {
		problems = append(problems, c.Text.At("node.url").Problem("GW-C022"))
	}
	return errors.Join(problems...)
}

// Has reports whether this node has a role.
func (c *Config) Has(role string) bool {
	return slices.Contains(c.Roles(), role)
}

// Roles are what this node does: those configured, or both.
func (c *Config) Roles() []string {
	if len(c.Node.Roles) == 0 {
		return []string{RoleWork, roleServe}
	}
	return c.Node.Roles
}

// nodeName is the node's own or the host's name.
func (c *Config) NodeName() string {
	if c.Node.Name != "" {
		return c.Node.Name
	}
	name, err := os.Hostname()
	if err != nil {
		return "node"
	}
	return name
}

// Config reads the certificates shown to a server and those it is judged by.
func (t *ClientTLS) Config(log *slog.Logger) (*tls.Config, error) {
	if t == nil {
		return nil, nil
	}
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if t.CA != "" {
		pem, err := os.ReadFile(t.CA)
		if err != nil {
			return nil, fmt.Errorf("tls.ca: %w", err)
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, &problem.Problem{Code: "GW-C023", Value: t.CA}
		}
	}
	if t.Cert != "" {
		pair, err := openKeyPair(t.Cert, t.Key, log)
		if err != nil {
			return nil, err
		}
		pair.Client(c)
	}
	return c, nil
}

// KafkaOptions are those of the Log in Kafka.
func (c *Config) KafkaOptions(log *slog.Logger) (kafka.Options, error) {
	k := c.Kafka
	secure, err := k.TLS.Config(log)
	o := kafka.Options{Brokers: k.Brokers, Prefix: k.Prefix, Partitions: k.Partitions, Replication: k.Replication, Keep: k.Keep, Rack: k.Rack,
		Compression: k.Compression, TLS: secure, Node: c.NodeName(), Types: cloudevents.NewTypes(c.Prefix), Log: log}
	if k.SASL != nil {
		o.SASL = &kafka.SASL{Mechanism: k.SASL.Mechanism, User: k.SASL.User, Password: k.SASL.Password.Reveal()}
	}
	return o, err
}

// RedisOptions are those by which nodes share streams.
func (c *Config) RedisOptions(log *slog.Logger) (redis.Options, error) {
	r := c.Redis
	secure, err := r.TLS.Config(log)
	return redis.Options{Addrs: r.Addrs, Master: r.Master, Username: r.Username, Password: r.Password.Reveal(), TLS: secure, DB: r.DB,
		Prefix: r.Prefix, Log: log,
		Node: redis.Node{Name: c.NodeName(), URL: c.Node.URL, Roles: c.Roles(), Version: release.Version(), Started: time.Now()}}, err
}
