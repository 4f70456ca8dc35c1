package config

import (
	"errors"
	"slices"
	"strings"

	"iocgateway/canonical"
)

// SinkConfig is a place that feeds are pushed to.
type SinkConfig struct {
	Kafka   *SinkKafka   `yaml:"kafka" vi:"Kafka của bên nhận" en:"a consumer's Kafka"`
	Feeds   []string     `yaml:"feeds" validate:"required,min=1" vi:"Các kênh dữ liệu được gửi" en:"feeds to push" ex:"[dossiers, feedback]"`
	Filter  FilterConfig `yaml:"filter" vi:"Chỉ các dòng này" en:"only these rows"`
	From    string       `yaml:"from" validate:"omitempty,oneof=snapshot oldest now" vi:"Bắt đầu từ đâu (mặc định snapshot)" en:"where to begin (default snapshot)"`
	Restart string       `yaml:"restart" validate:"omitempty,oneof=snapshot oldest" vi:"Làm gì khi phần cần gửi không còn giữ (trống: dừng và báo)" en:"what to do when what is to be sent is gone (empty: stop and tell)"`
}

// FilterConfig narrows a feed to rows.
type FilterConfig struct {
	Source string `yaml:"source" vi:"Nguồn" en:"source" ex:"dich-vu"`
	Stream string `yaml:"stream" vi:"Luồng" en:"stream" ex:"dich-vu/ho-so"`
	Area   string `yaml:"area" vi:"Mã đơn vị hành chính" en:"area code" ex:"\"21292\""`
	Agency string `yaml:"agency" vi:"Cơ quan" en:"agency" ex:"H48.12"`
	Kind   string `yaml:"kind" vi:"Loại" en:"kind" ex:"dossier"`
}

// SinkKafka is a consumer's Kafka.
type SinkKafka struct {
	Brokers     []string    `yaml:"brokers" validate:"required,min=1,dive,hostname_port" vi:"Các broker" en:"brokers" ex:"[kafka-1:9092, kafka-2:9092]"`
	Topic       string      `yaml:"topic" vi:"Chủ đề, có thể chứa {feed} và {kind}" en:"topic; {feed} and {kind} may stand in it" ex:"ioc.{feed}"`
	Mode        string      `yaml:"mode" validate:"omitempty,oneof=binary structured" vi:"Dạng CloudEvents" en:"CloudEvents mode"`
	Tombstones  *bool       `yaml:"tombstones" vi:"Gửi bản ghi rỗng sau khi xóa (mặc định có)" en:"a null value after a removal (default true)"`
	Compression string      `yaml:"compression" validate:"omitempty,oneof=none gzip snappy lz4 zstd" vi:"Nén" en:"compression"`
	Create      bool        `yaml:"create" vi:"Tạo chủ đề còn thiếu" en:"make topics that are missing"`
	Partitions  int         `yaml:"partitions" validate:"gte=0" vi:"Số phân vùng khi tạo" en:"partitions of those" ex:"4"`
	Replication int         `yaml:"replication" validate:"gte=0" vi:"Số bản sao khi tạo" en:"replicas of those" ex:"3"`
	SASL        *SASLConfig `yaml:"sasl" vi:"Đăng nhập" en:"credentials"`
	TLS         *ClientTLS  `yaml:"tls" vi:"TLS" en:"TLS"`
}

// checkSinks holds the rules of sinks that no single key can hold.
func (c *Config) checkSinks() error {
	var problems []error
	for name, s := range c.Sinks {
		at := c.Text.At("sinks." + name)
		if s == nil || s.Kafka == nil {
			problems = append(problems, at.Wrong("GW-C003", "kafka: { brokers: […] }"))
			continue
		}
		for _, feed := range s.Feeds {
			if !slices.Contains(canonical.Feeds(), canonical.Feed(feed)) {
				problems = append(problems, c.Text.At("sinks."+name+".feeds").Unknown("GW-C002", feed, feedNames()))
			}
		}
		if c.Engine == EngineKafka && overlaps(s.Kafka.Brokers, c.Kafka.Brokers) && strings.HasPrefix(s.Kafka.Topic, c.kafkaPrefix()+".") {
			p := c.Text.At("sinks." + name + ".kafka.topic").Problem("GW-C024")
			p.Value = s.Kafka.Topic
			problems = append(problems, p)
		}
	}
	return errors.Join(problems...)
}

func (c *Config) kafkaPrefix() string {
	if c.Kafka.Prefix == "" {
		return "gateway"
	}
	return c.Kafka.Prefix
}

func overlaps(a, b []string) bool {
	return slices.ContainsFunc(a, func(one string) bool { return slices.Contains(b, one) })
}

func feedNames() []string {
	var names []string
	for _, f := range canonical.Feeds() {
		names = append(names, string(f))
	}
	return names
}
