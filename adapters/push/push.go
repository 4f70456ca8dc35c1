// Package push is the adapter for sources that deliver to us: signed HTTP
// requests with JSON or CloudEvents. It authenticates and takes apart; the
// gateway stores, and answers 2xx only after that. There is nothing to poll.
package push

import (
	"context"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
)

// Settings is how one stream receives deliveries.
type Settings struct {
	Signature Signature         `yaml:"signature" validate:"required" vi:"Cách nguồn ký mỗi lần gửi" en:"How the source signs a delivery"`
	Body      string            `yaml:"body" validate:"oneof=json cloudevents" vi:"Dạng thân: json hoặc cloudevents" en:"Form of the body: json, or cloudevents (structured, batch, binary)"`
	Records   string            `yaml:"records" validate:"max=200" vi:"Đường dẫn tới mảng bản ghi; để trống: chính thân" en:"Path of the array of records; empty: the body itself" ex:"data.items"`
	Payload   string            `yaml:"payload" validate:"max=200" vi:"Phần của mỗi mục được giữ làm dữ liệu gốc; để trống: cả mục" en:"Part of an item kept as its Raw; empty: the whole item" ex:"data"`
	Key       []string          `yaml:"key" validate:"max=8,dive,required,max=200" vi:"Đường dẫn tới khóa; nhiều đường dẫn thì ghép lại" en:"Path of the key; several are joined" ex:"[ma]"`
	WholeKeys bool              `yaml:"whole_keys" vi:"Khóa là số nguyên: 12, 12.0 và \"12.0\" là một" en:"Keys are whole numbers: 12, 12.0 and \"12.0\" are one" ex:"true"`
	Version   string            `yaml:"version" validate:"max=200" vi:"Đường dẫn tới phiên bản" en:"Path of the version" ex:"phienBan"`
	At        string            `yaml:"at" validate:"max=200" vi:"Đường dẫn tới thời điểm thay đổi" en:"Path of the time of change" ex:"updatedAt"`
	Layouts   []string          `yaml:"layouts" validate:"max=8" vi:"Các dạng ngày giờ của khóa 'at'" en:"Date layouts of at"`
	Zone      string            `yaml:"zone" vi:"Múi giờ khi nguồn không ghi" en:"Zone where the source names none" ex:"Asia/Ho_Chi_Minh"`
	KindPath  string            `yaml:"kind_path" validate:"max=200" vi:"Đường dẫn tới loại của mục" en:"Path of what kind an item is" ex:"type"`
	Kinds     map[string]string `yaml:"kinds" validate:"max=64" vi:"Giá trị ở kind_path → loại bản ghi" en:"Value at kind_path → kind of record" ex:"{phan-anh: feedback}"`
	GonePath  string            `yaml:"gone_path" validate:"max=200" vi:"Đường dẫn cho biết mục đã bị xóa" en:"Path that shows a removal" ex:"action"`
	Gone      []string          `yaml:"gone" validate:"max=16" vi:"Các giá trị ở gone_path nghĩa là đã xóa" en:"Values at gone_path that mean removed" ex:"[deleted]"`
	MaxBody   int64             `yaml:"max_body" validate:"gte=1024,lte=16777216" vi:"Cỡ thân tối đa (byte, sau giải nén)" en:"Largest body (bytes, after unpacking)"`
	// AllowEmpty takes a delivery without records as a matter of course.
	AllowEmpty bool `yaml:"allow_empty" vi:"Không ghi chú khi một lần gửi không có bản ghi" en:"Deliveries without records are no note"`
	MaxItems   int  `yaml:"max_items" validate:"gte=1,lte=10000" vi:"Số mục tối đa một lần gửi" en:"Most items in a delivery"`
}

// Signature is how a delivery proves where it comes from.
type Signature struct {
	Kind      string          `yaml:"kind" validate:"required,oneof=standard-webhooks hmac-header bearer" vi:"Standard-webhooks, hmac-header hoặc bearer" en:"standard-webhooks, hmac-header or bearer"`
	Secrets   []strict.Secret `yaml:"secrets" validate:"required,min=1,max=8" vi:"Khóa bí mật; khi đổi khóa để cả khóa mới và cũ" en:"Secrets; while rotating, the new and the old one" ex:"[\"${env:HOOK_SECRET}\"]"`
	Tolerance time.Duration   `yaml:"tolerance" validate:"gte=1s,lte=1h" vi:"Độ lệch giờ cho phép (standard-webhooks)" en:"Allowed age and clock skew (standard-webhooks)"`
	Header    string          `yaml:"header" validate:"max=64" vi:"Tên header chứa chữ ký (hmac-header)" en:"Header that holds the signature (hmac-header)"`
	Encoding  string          `yaml:"encoding" validate:"oneof=hex base64" vi:"Cách viết chữ ký (hmac-header)" en:"How the signature is written (hmac-header)"`
	Prefix    string          `yaml:"prefix" validate:"max=32" vi:"Phần đứng trước chữ ký, ví dụ sha256=" en:"What stands before the signature, such as sha256=" ex:"sha256="`
}

// Defaults are the settings that need not be written.
func Defaults() Settings {
	return Settings{
		Signature: Signature{Tolerance: 5 * time.Minute, Header: "X-Signature", Encoding: "hex"},
		Body:      "json",
		Layouts:   []string{"iso"},
		Zone:      "Asia/Ho_Chi_Minh",
		MaxBody:   1 << 20,
		MaxItems:  1000,
	}
}

// Spec describes the adapter.
func Spec() adapters.Spec {
	info := adapters.Info{
		Name: "push",
		VI: "Nhận bản ghi do nguồn chủ động gửi tới, có chữ ký: POST /v1/ingest/NGUỒN/LUỒNG; 200 nghĩa là đã lưu an toàn, mã khác thì gửi lại. " +
			"standard-webhooks: webhook-id, webhook-timestamp, webhook-signature (v1,HMAC-SHA256 của id.timestamp.thân, base64). " +
			"hmac-header: HMAC-SHA256 của nội dung, đặt trong header. bearer: Authorization: Bearer và khóa bí mật.",
		EN: "Receives signed deliveries that a source makes: POST /v1/ingest/SOURCE/STREAM; 200 means that they are stored, anything else: come again. " +
			"standard-webhooks: webhook-id, webhook-timestamp, webhook-signature (v1,HMAC-SHA256 of id.timestamp.body, base64). " +
			"hmac-header: HMAC-SHA256 of the body, in header. bearer: Authorization: Bearer and the secret.",
		Kinds: canonical.Kinds(),
	}
	return adapters.Define(info, Defaults(), open)
}

// Source receives one stream. It is safe for concurrent use.
type Source struct {
	settings Settings
	kind     canonical.Kind
	kinds    map[string]canonical.Kind
	layouts  []vntext.Layout
	zone     *time.Location
	verify   verifier
	paths    paths
}

// Signed says how deliveries are signed, without the secret.
func (s *Source) Signed() string {
	switch g := &s.settings.Signature; g.Kind {
	case "standard-webhooks":
		return "standard-webhooks: webhook-id, webhook-timestamp, webhook-signature: v1,base64(HMAC-SHA256(id.timestamp.body))"
	case "bearer":
		return "Authorization: Bearer SECRET"
	default:
		return g.Header + ": " + g.Prefix + g.Encoding + "(HMAC-SHA256(body))"
	}
}

var (
	_ adapters.Signed   = (*Source)(nil)
	_ adapters.Source   = (*Source)(nil)
	_ adapters.Receiver = (*Source)(nil)
)

// Pull gives an empty page: what there is comes by itself.
func (s *Source) Pull(ctx context.Context, _ canonical.Checkpoint) (adapters.Page, error) {
	return adapters.Page{Total: -1}, ctx.Err()
}
