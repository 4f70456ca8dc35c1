// Package config is the configuration: one strict YAML file, with environment
// and flags laid over it.
package config

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/knadh/koanf/providers/confmap"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/rawbytes"
	"github.com/knadh/koanf/v2"

	"iocgateway/canonical"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/strict"
)

// envPrefix begins the environment variables that override the file:
// IOCGATEWAY_HTTP__ADDR is http.addr.
const EnvPrefix = "IOCGATEWAY_"

// Config is the whole configuration. Everything has a default that works on
// one machine; secrets come by reference only.
type Config struct {
	HTTP     HTTPConfig               `yaml:"http" vi:"Máy chủ HTTP" en:"HTTP server"`
	Engine   string                   `yaml:"engine" validate:"oneof=embedded kafka" vi:"Nhật ký dữ liệu: embedded (một máy) hoặc kafka" en:"the Log: embedded (one machine) or kafka"`
	Node     NodeConfig               `yaml:"node" vi:"Nút này" en:"this node"`
	Kafka    KafkaConfig              `yaml:"kafka" vi:"Kafka làm nhật ký dữ liệu" en:"Kafka as the Log"`
	Redis    RedisConfig              `yaml:"redis" vi:"Redis: chia luồng giữa các nút" en:"Redis: nodes share the streams"`
	Audit    AuditConfig              `yaml:"audit" vi:"Nhật ký thao tác" en:"the audit: what people did and read"`
	Store    StoreConfig              `yaml:"store" vi:"Kho" en:"Store"`
	Prefix   string                   `yaml:"prefix" validate:"required,hostname_rfc1123" vi:"Tiền tố loại sự kiện CloudEvents" en:"prefix of CloudEvents types" ex:"vn.quangngai"`
	Mappings MappingsConfig           `yaml:"mappings" vi:"Ánh xạ" en:"Mappings"`
	Privacy  map[string]string        `yaml:"privacy" validate:"dive,oneof=keep mask drop" vi:"Chính sách dữ liệu cá nhân: lớp → keep, mask, drop" en:"personal data policy: class → keep, mask, drop" ex:"{phone: drop}"`
	Calendar CalendarConfig           `yaml:"calendar" vi:"Lịch làm việc" en:"working calendar"`
	Log      LogConfig                `yaml:"log" vi:"Nhật ký hệ thống" en:"process log"`
	Sources  map[string]*SourceConfig `yaml:"sources" vi:"Các nguồn" en:"sources" ex:"{dich-vu: {adapter: rest, streams: {}}}"`
	Sinks    map[string]*SinkConfig   `yaml:"sinks" validate:"dive" vi:"Các bên nhận do cổng tích hợp chủ động gửi" en:"sinks feeds are pushed to"`
	Text     *strict.Node
}

// HTTPConfig is where the API listens and who may ask.
type HTTPConfig struct {
	Addr        string        `yaml:"addr" validate:"required" vi:"Địa chỉ lắng nghe" en:"address to listen on" ex:"127.0.0.1:8080"`
	BehindProxy bool          `yaml:"behind_proxy" vi:"TLS do máy chủ proxy đảm nhiệm" en:"a proxy in front does TLS"`
	TLS         *TLSConfig    `yaml:"tls" vi:"Chứng thư số" en:"certificate"`
	Tokens      []TokenConfig `yaml:"tokens" validate:"dive" vi:"Các token truy cập" en:"bearer tokens"`
}

// TLSConfig names the certificate files.
type TLSConfig struct {
	Cert string `yaml:"cert" validate:"required" vi:"Tệp chứng thư số" en:"certificate file" ex:"/etc/iocgateway/server.crt"`
	Key  string `yaml:"key" validate:"required" vi:"Tệp khóa" en:"key file" ex:"/etc/iocgateway/server.key"`
}

// TokenConfig is one bearer token and what its holder may do.
type TokenConfig struct {
	Name   string        `yaml:"name" validate:"required" vi:"Tên bên dùng token" en:"who holds it" ex:"ioc"`
	Role   string        `yaml:"role" validate:"required,oneof=viewer operator admin" vi:"Vai trò" en:"role"`
	Secret strict.Secret `yaml:"secret" validate:"required,min=16" vi:"Token (tham chiếu)" en:"the token (a reference)"`
}

// StoreConfig is where the data is kept, and for how long changes are.
type StoreConfig struct {
	Dir  string        `yaml:"dir" validate:"required" vi:"Thư mục dữ liệu" en:"data directory"`
	Keep time.Duration `yaml:"keep" validate:"gte=0" vi:"Giữ lịch sử thay đổi bao lâu (0: mãi mãi)" en:"how long changes are kept (0: for ever)" ex:"365d"`
}

// AuditConfig is how long the audit is kept.
type AuditConfig struct {
	Keep time.Duration `yaml:"keep" validate:"gte=0" vi:"Giữ nhật ký thao tác bao lâu (0: mãi mãi)" en:"how long rows of the audit are kept (0: for ever)"`
}

// auditKept is 24 months.
const auditKept = 730 * 24 * time.Hour

// MappingsConfig names a directory of mappings that add to or replace the
// shipped ones.
type MappingsConfig struct {
	Dir string `yaml:"dir" vi:"Thư mục ánh xạ riêng" en:"directory of one's own mappings" ex:"./mappings"`
}

// LogConfig is how the process logs.
type LogConfig struct {
	Level  string `yaml:"level" validate:"oneof=debug info warn error" vi:"Mức" en:"level"`
	Format string `yaml:"format" validate:"oneof=text json" vi:"Dạng" en:"format"`
}

// SourceConfig is one source. Keys that are none of these are settings of
// the adapter, shared by all its streams.
type SourceConfig struct {
	Adapter string
	Title   string
	Link    string
	Quota   Quota
	Streams []StreamConfig
	Shared  *strict.Node
	Text    *strict.Node
}

// StreamConfig is one stream of a source. Keys that are none of these are
// settings of the adapter, laid over the source's.
type StreamConfig struct {
	Name        string         `yaml:"-"`
	Title       string         `yaml:"title" vi:"Tên gọi" en:"what people call it" ex:"Hồ sơ thủ tục hành chính"`
	Kind        canonical.Kind `yaml:"kind" vi:"Loại bản ghi (mặc định theo ánh xạ)" en:"kind of records (default: the mapping's)" ex:"dossier"`
	Every       time.Duration  `yaml:"every" validate:"omitempty,gte=10ms" vi:"Chu kỳ chạy" en:"interval between runs" ex:"15m"`
	Mapping     string         `yaml:"mapping" vi:"Ánh xạ (bắt buộc để chạy; không cần để xem nguồn: ping, pull)" en:"mapping (needed to run, not to look: ping, pull)" ex:"my/dossier"`
	Fresh       time.Duration  `yaml:"fresh" validate:"gte=0" vi:"Thời hạn cập nhật cam kết" en:"promised freshness" ex:"1h"`
	FreshIn     string         `yaml:"fresh_in" validate:"omitempty,oneof=office always" vi:"Cam kết tính theo: always (mọi lúc) hoặc office (giờ hành chính)" en:"what the promise counts: always, or office hours"`
	MaxSilence  time.Duration  `yaml:"max_silence" validate:"gte=0" vi:"Thời gian không có dữ liệu mới thì cảnh báo, trừ ngày nghỉ (0: không bao giờ; mặc định theo loại)" en:"silence of the source that is told, days off left out (0: never; default: by the kind)" ex:"2d"`
	KeyPrefix   string         `yaml:"key_prefix" vi:"Đặt trước mọi khóa của luồng, khi hai luồng của một nguồn dùng chung khóa" en:"put before every key of the stream, where two streams of a source have the same keys" ex:"\"2026-\""`
	Adopt       []AdoptConfig  `yaml:"adopt" validate:"dive" vi:"Các luồng của cùng nguồn mà luồng này thay thế" en:"streams of the same source whose place this one takes"`
	MustNotLose bool           `yaml:"must_not_lose" vi:"Không được để bản ghi nằm trong cách ly" en:"nothing may stay in quarantine"`
	Disabled    bool           `yaml:"disabled" vi:"Tắt luồng" en:"stream is off"`
	settings    *strict.Node
	Text        *strict.Node
}

// Default is the configuration of one machine, before anything is set.
func Default() Config {
	return Config{
		HTTP:   HTTPConfig{Addr: "127.0.0.1:8080"},
		Engine: EngineEmbedded,
		Audit:  AuditConfig{Keep: auditKept},
		Store:  StoreConfig{Dir: "./data"},
		Prefix: "vn.gov.quangngai",
		Log:    LogConfig{Level: "info", Format: "text"},
	}
}

// loadConfig reads file, then environment, then flags (path → value), each
// over the one before, and decodes the whole strictly.
func Load(file string, data []byte, environ []string, flags map[string]any) (Config, error) {
	cfg := Default()
	places, err := strict.Parse(file, data)
	if err != nil {
		return cfg, err
	}
	merged, err := mergeLayers(places, environ, flags)
	if err != nil {
		return cfg, err
	}
	root := strict.FromPlain(merged, places, "environment or flags")
	lookup := strict.Lookup{Env: LookupIn(environ), File: os.ReadFile}
	if err := strict.Resolve(root, lookup); err != nil {
		return cfg, err
	}
	cfg.Text = root
	if err := strict.Decode(root, &cfg); err != nil {
		return cfg, err
	}
	return cfg, cfg.check()
}

// fileParser hands koanf what strict has read: scalars as text, leading
// zeros kept.
type fileParser struct{ root *strict.Node }

func (p fileParser) Unmarshal([]byte) (map[string]any, error) {
	plain, _ := p.root.Plain().(map[string]any)
	return plain, nil
}

func (fileParser) Marshal(map[string]any) ([]byte, error) {
	return nil, errors.New("the configuration is not written back")
}

func mergeLayers(places *strict.Node, environ []string, flags map[string]any) (map[string]any, error) {
	// Keys hold dots (host names, table names), so the path delimiter is a
	// character no key holds.
	const delimiter = "\x1f"
	k := koanf.New(delimiter)
	if err := k.Load(rawbytes.Provider(nil), fileParser{places}); err != nil {
		return nil, fmt.Errorf("configuration file: %w", err)
	}
	fromEnv := env.Provider(delimiter, env.Opt{Prefix: EnvPrefix, EnvironFunc: func() []string { return environ },
		TransformFunc: func(key, value string) (string, any) {
			path := strings.ToLower(strings.TrimPrefix(key, EnvPrefix))
			return strings.ReplaceAll(path, "__", delimiter), value
		}})
	if err := k.Load(fromEnv, nil); err != nil {
		return nil, fmt.Errorf("configuration from the environment: %w", err)
	}
	if err := k.Load(confmap.Provider(flags, "."), nil); err != nil {
		return nil, fmt.Errorf("configuration from flags: %w", err)
	}
	return k.Raw(), nil
}

// LookupIn looks names up in an environment given as NAME=value.
func LookupIn(environ []string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for _, pair := range environ {
			if value, ok := strings.CutPrefix(pair, name+"="); ok {
				return value, true
			}
		}
		return "", false
	}
}

// UnmarshalNode takes the keys every source has and leaves the rest to the
// adapter.
func (s *SourceConfig) UnmarshalNode(n *strict.Node) error {
	if n.Kind != strict.Map {
		return n.Wrong("GW-C003", "a mapping (adapter, streams, …)")
	}
	s.Text = n
	shared := *n
	shared.Keys = nil
	var problems []error
	for _, key := range n.Keys {
		switch key.Name {
		case "adapter":
			s.Adapter = key.Value.Value
		case "title":
			s.Title = key.Value.Value
		case "link":
			s.Link = key.Value.Value
		case "quota":
			problems = append(problems, s.Quota.UnmarshalNode(key.Value))
		case "streams":
			problems = append(problems, s.readStreams(key.Value))
		default:
			shared.Keys = append(shared.Keys, key)
		}
	}
	if s.Adapter == "" {
		missing := n.Problem("GW-C004")
		missing.Field = n.Path + ".adapter"
		problems = append(problems, missing)
	}
	s.Shared = &shared
	return errors.Join(problems...)
}

func (s *SourceConfig) readStreams(n *strict.Node) error {
	if n.Kind != strict.Map {
		return n.Wrong("GW-C003", "a mapping (stream name: settings)")
	}
	var problems []error
	for _, key := range n.Keys {
		if !plainName(key.Name) {
			problems = append(problems, misnamed(n, &key))
		}
		st := StreamConfig{Name: key.Name, Text: key.Value}
		own, rest := splitKeys(key.Value, strict.Fields(st))
		problems = append(problems, strict.Decode(own, &st))
		st.settings = rest
		s.Streams = append(s.Streams, st)
	}
	return errors.Join(problems...)
}

// splitKeys parts a map into the keys that fields name and the rest.
func splitKeys(n *strict.Node, fields []strict.Field) (own, rest *strict.Node) {
	a, b := *n, *n
	a.Keys, b.Keys = nil, nil
	if n.Kind == strict.Null {
		a.Kind, b.Kind = strict.Map, strict.Map
	}
	for _, key := range n.Keys {
		mine := false
		for _, f := range fields {
			mine = mine || f.Key == key.Name
		}
		if mine {
			a.Keys = append(a.Keys, key)
		} else {
			b.Keys = append(b.Keys, key)
		}
	}
	return &a, &b
}

// Quota is how many requests a source allows: 120/min, 5/s, 10000/h.
type Quota struct {
	Requests int
	Per      time.Duration
}

// SourceFields describes the keys of a source that are not its adapter's.
func SourceFields() []strict.Field {
	return []strict.Field{
		{Key: "adapter", Type: "string", Rules: "required", Required: true, VI: "Bộ kết nối", EN: "adapter", Example: "rest"},
		{Key: "title", Type: "string", VI: "Tên gọi", EN: "what people call it", Example: "Một cửa điện tử"},
		{Key: "link", Type: "string", VI: "Đường truyền; các nguồn chung đường truyền có chung nguyên nhân khi nó hỏng",
			EN: "the link; sources on one link share a cause when it fails", Example: "so-lieu-chuyen-dung"},
		{Key: "quota", Type: "string", VI: "Số yêu cầu được phép: một hạn mức cho mọi luồng của nguồn",
			EN: "requests it allows: one budget for all its streams", Example: "120/min"},
		{Key: "streams", Type: "mapping of mapping", Rules: "required", Required: true, VI: "Các luồng",
			EN: "streams", Example: "{ho-so: {every: 15m, mapping: my/dossier}}"},
	}
}

// StreamFields describes the keys of a stream that are not its adapter's.
func StreamFields() []strict.Field { return strict.Fields(StreamConfig{}) }

// UnmarshalNode reads count/unit.
func (q *Quota) UnmarshalNode(n *strict.Node) error {
	count, unit, ok := strings.Cut(n.Value, "/")
	per := map[string]time.Duration{"s": time.Second, "min": time.Minute, "h": time.Hour}[unit]
	requests, err := strconv.Atoi(count)
	if !ok || per == 0 || err != nil || requests <= 0 {
		return n.Wrong("GW-C003", "count/unit: 5/s, 120/min, 10000/h")
	}
	q.Requests, q.Per = requests, per
	return nil
}

// check holds the rules that no single key can hold.
func (c *Config) check() error {
	var problems []error
	if _, _, err := net.SplitHostPort(c.HTTP.Addr); err != nil {
		problems = append(problems, c.Text.At("http.addr").Wrong("GW-C003", "host:port, such as 127.0.0.1:8080"))
	}
	if !loopback(c.HTTP.Addr) {
		at := c.Text.At("http.addr")
		if len(c.HTTP.Tokens) == 0 {
			problems = append(problems, at.Problem("GW-C011"))
		}
		if c.HTTP.TLS == nil && !c.HTTP.BehindProxy {
			problems = append(problems, at.Problem("GW-C012"))
		}
	}
	problems = append(problems, c.checkTokens(), c.checkCluster(), c.checkSinks())
	for class := range c.Privacy {
		if !slices.Contains(privacy.Classes(), privacy.DataClass(class)) {
			problems = append(problems, c.Text.At("privacy."+class).Unknown("GW-C002", class, classNames()))
		}
	}
	for name, src := range c.Sources {
		if src == nil {
			continue
		}
		if strings.ContainsAny(name, "/ ") {
			problems = append(problems, src.Text.Wrong("GW-C003", "a source name without / and blanks"))
		}
		problems = append(problems, c.checkAdoptions(src)...)
		for _, st := range src.Streams {
			if st.Fresh > 0 && st.Every > 0 && st.Fresh < st.Every {
				p := st.Text.At(st.Text.Path + ".fresh").Problem("GW-C013")
				p.Value, p.Want = st.Fresh.String(), st.Every.String()
				problems = append(problems, p)
			}
		}
	}
	return errors.Join(problems...)
}

func classNames() []string {
	var names []string
	for _, class := range privacy.Classes() {
		names = append(names, string(class))
	}
	return names
}

// loopback reports whether an address can be reached from this machine only.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// title is what people call a stream: its own words and its source's.
func (s StreamConfig) Called(src *SourceConfig) string {
	if src.Title == "" {
		return s.Title
	}
	return cmp.Or(s.Title, s.Name) + " · " + src.Title
}

// overlaid is a stream's adapter settings: the source's, with its own on top.
func Overlaid(shared *strict.Node, sc StreamConfig) *strict.Node {
	n := *strict.Overlay(shared, sc.settings)
	n.File, n.Line, n.Col, n.Path = sc.Text.File, sc.Text.Line, sc.Text.Col, sc.Text.Path
	return &n
}

// Burst is how many requests may follow each other at once.
func (q Quota) Burst() int { return max(1, q.Requests/10) }
