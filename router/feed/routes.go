package feed

import (
	"net/http"
	"slices"

	"iocgateway/canonical"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/access"
)

// handler answers a request, or says what is wrong.
type handler func(w http.ResponseWriter, r *http.Request, p *params) *answer.Problem

// route is one row of the table that is both what is served and what
// /openapi.json and /docs describe, so that the two cannot differ.
type route struct {
	method, path string
	tag          string
	vi, en       string
	params       []param
	body         string   // name of the request body's schema
	answer       string   // name of the answer's schema; empty: text
	media        []string // of the answer; empty: application/json
	errors       []int    // besides 400, 401 and 503
	role         access.Role
	open         bool // no token needed
	live         bool // never compressed: it is written piece by piece
	handle       handler
}

// param is a parameter of a route.
type param struct {
	name, in string // in: query or path
	kind     string // string, integer, boolean, date-time
	values   []string
	vi, en   string
}

func query(name, kind, vi, en string, values ...string) param {
	return param{name: name, in: "query", kind: kind, vi: vi, en: en, values: values}
}

func inPath(name, vi, en string) param {
	return param{name: name, in: "path", kind: "string", vi: vi, en: en}
}

func feedParam() param {
	p := inPath("feed", "luồng tin", "feed")
	for _, f := range canonical.Feeds() {
		p.values = append(p.values, string(f))
	}
	return p
}

// rowFilter are the parameters that are part of a cursor.
func rowFilter() []param {
	return []param{
		query("source", "string", "chỉ nguồn này", "only this source"),
		query("stream", "string", "chỉ luồng này", "only this stream"),
		query("kind", "string", "chỉ loại bản ghi này", "only this kind"),
		query("area", "string", "chỉ đơn vị hành chính này (mã)", "only this administrative unit (code)"),
		query("agency", "string", "chỉ cơ quan này (id_norm)", "only this agency (id_norm)"),
	}
}

func (a *API) table() []route {
	return slices.Concat(a.feedRoutes(), a.recordRoutes(), a.adminRoutes(), a.documentRoutes())
}

func (a *API) feedRoutes() []route {
	limit := query("limit", "integer", "số mục một trang, 1–1000, mặc định 500", "items per page, 1–1000, default 500")
	changes := append([]param{feedParam(),
		query("after", "string", "con trỏ; trống là từ mục cũ nhất còn giữ", "cursor; empty: from the oldest kept"), limit,
		query("wait", "string", "giây chờ khi đã ở cuối, 0–60", "seconds to wait at the tip, 0–60")}, rowFilter()...)
	snapshot := append([]param{feedParam(), query("page", "string", "trang tiếp theo, do trang trước cho", "next page, as the page before gave it"), limit}, rowFilter()...)
	stream := append([]param{feedParam(), query("after", "string", "con trỏ; Last-Event-ID được ưu tiên", "cursor; Last-Event-ID goes first")}, rowFilter()...)
	return []route{
		{method: "GET", path: "/v1/feeds", tag: "feeds", vi: "Danh mục luồng tin: lược đồ, vị trí mới nhất, số lượng, độ tươi từng luồng, số đang cách ly",
			en: "The catalogue: schemas, head, counts, freshness per stream, what is held", answer: "Catalogue", role: access.Viewer, handle: a.feeds},
		{method: "GET", path: "/v1/feeds/{feed}/changes", tag: "feeds", vi: "Thay đổi sau con trỏ, theo thứ tự, không lỗ hổng",
			en: "Changes after a cursor, in order, without a gap", params: changes, answer: "Page",
			media: []string{mediaPage, mediaLines, mediaBatch}, errors: []int{404, 406, 409, 410, 429}, role: access.Viewer, handle: a.changes},
		{method: "GET", path: "/v1/feeds/{feed}/snapshot", tag: "feeds", vi: "Toàn bộ bản ghi hiện tại; mọi trang mang cùng một con trỏ để đi tiếp",
			en: "All current records; every page carries the same cursor to go on from", params: snapshot, answer: "Snapshot",
			media: []string{mediaPage, mediaLines}, errors: []int{404, 406, 409}, role: access.Viewer, handle: a.snapshot},
		{method: "GET", path: "/v1/feeds/{feed}/stream", tag: "feeds", vi: "Thay đổi đẩy ngay khi có (SSE); id là con trỏ",
			en: "Changes as they come (server-sent events); the id is the cursor", params: stream,
			media: []string{"text/event-stream"}, errors: []int{404, 429}, role: access.Viewer, live: true, handle: a.stream},
		{method: "GET", path: "/v1/feeds/{feed}/digest", tag: "feeds", vi: "256 tổng kiểm không phụ thuộc thứ tự, để bên nhận tự chứng minh đã đủ",
			en: "256 order-free checksums, so that a reader can prove it has everything", params: []param{feedParam()}, answer: "Digest", errors: []int{404}, role: access.Viewer, handle: a.digest},
		{method: "GET", path: "/v1/feeds/{feed}/digest/{bucket}", tag: "feeds", vi: "Mã và phiên bản trong một ngăn của tổng kiểm",
			en: "Ids and versions in one bucket", params: []param{feedParam(), inPath("bucket", "ngăn, 0–255", "bucket, 0–255")}, answer: "DigestBucket", errors: []int{404}, role: access.Viewer, handle: a.digestBucket},
	}
}

// lists names the collections of current records.
func lists() []struct {
	name   string
	kind   canonical.Kind
	vi, en string
} {
	return []struct {
		name   string
		kind   canonical.Kind
		vi, en string
	}{
		{"documents", canonical.KindDocument, "văn bản", "documents"},
		{"tasks", canonical.KindTask, "nhiệm vụ", "tasks"},
		{"dossiers", canonical.KindDossier, "hồ sơ thủ tục hành chính", "dossiers"},
		{"feedback", canonical.KindFeedback, "phản ánh, kiến nghị", "citizens' feedback"},
		{"observations", canonical.KindObservation, "giá trị chỉ tiêu", "observations"},
		{"units", canonical.KindUnit, "đơn vị hành chính", "administrative units"},
		{"agencies", canonical.KindAgency, "cơ quan", "agencies"},
		{"procedures", canonical.KindProcedure, "thủ tục hành chính", "procedures"},
	}
}

func listParams() []param {
	return []param{
		query("source", "string", "chỉ nguồn này", "only this source"), query("stream", "string", "chỉ luồng này", "only this stream"),
		query("area", "string", "chỉ đơn vị hành chính này (mã)", "only this administrative unit (code)"),
		query("agency", "string", "chỉ cơ quan này (id_norm)", "only this agency (id_norm)"),
		query("status", "string", "trạng thái, nhiều giá trị cách nhau dấu phẩy", "status, several separated by commas"),
		query("open", "boolean", "chỉ việc chưa xong", "only what is not finished"),
		query("q", "string", "tìm trong tiêu đề và khóa, không phân biệt dấu", "search in title and key, tone marks ignored"),
		query("due_from", "date-time", "hạn từ", "due from"), query("due_to", "date-time", "hạn đến", "due before"),
		query("updated_from", "date-time", "cập nhật từ", "updated from"), query("updated_to", "date-time", "cập nhật đến", "updated before"),
		query("indicator", "string", "mã chỉ tiêu", "indicator code"), query("sort", "string", "sắp xếp", "order", sorts()...),
		query("page", "string", "trang tiếp theo, giá trị next của trang trước", "next page, the next of the page before"),
		query("limit", "integer", "số mục một trang, 1–200, mặc định 50", "items per page, 1–200, default 50"),
		query("gone", "boolean", "kể cả đã bị gỡ", "removed ones too"), query("total", "boolean", "đếm tổng (chậm hơn)", "count all (slower)"),
	}
}

func (a *API) recordRoutes() []route {
	var out []route
	for _, l := range lists() {
		base, id := "/v1/"+l.name, inPath("id", "mã bản ghi, mã hóa phần trăm", "record id, percent-encoded")
		out = append(out,
			route{method: "GET", path: base, tag: "records", vi: "Danh sách " + l.vi + " hiện tại, lọc, sắp xếp, theo trang",
				en: "Current " + l.en + ", filtered, sorted, paged", params: listParams(), answer: "List", role: access.Viewer, handle: a.list(l.kind)},
			route{method: "GET", path: base + "/{id}", tag: "records", vi: "Một bản ghi " + l.vi, en: "One of the " + l.en,
				params: []param{id}, answer: "Record", errors: []int{404}, role: access.Viewer, handle: a.one(l.kind)},
			route{method: "GET", path: base + "/{id}/history", tag: "records", vi: "Mọi phiên bản, mới nhất trước", en: "All versions, newest first",
				params: []param{id}, answer: "History", errors: []int{404}, role: access.Viewer, handle: a.history(l.kind)},
			route{method: "GET", path: base + "/{id}/why", tag: "records", vi: "Từng trường đến từ đâu: giá trị, đường dẫn trong nguyên bản, quy tắc",
				en: "Where each field came from: value, raw path, rule", params: []param{id, query("version", "string", "phiên bản; trống là hiện tại", "version; empty: the current one")},
				answer: "Why", errors: []int{404, 409, 501}, role: access.Operator, handle: a.why(l.kind)},
		)
	}
	return out
}

func (a *API) adminRoutes() []route {
	source, stream := inPath("source", "nguồn", "source"), inPath("stream", "luồng", "stream")
	both := []param{source, stream}
	limit := query("limit", "integer", "số mục, 1–200", "items, 1–200")
	one := "/v1/streams/{source}/{stream}"
	acting := []int{403, 404, 409, 413, 415, 501}
	return []route{
		{method: "GET", path: "/v1/streams", tag: "streams", vi: "Các luồng: trạng thái, nguyên nhân, độ tươi, lần chạy gần nhất", en: "The streams: state, cause, freshness, last run",
			params: []param{query("state", "string", "chỉ trạng thái này", "only this state", states()...), query("source", "string", "chỉ nguồn này", "only this source")},
			answer: "Streams", role: access.Viewer, handle: a.streamsList},
		{method: "GET", path: one, tag: "streams", vi: "Một luồng", en: "One stream", params: both, answer: "Stream", errors: []int{404}, role: access.Viewer, handle: a.streamOne},
		{method: "GET", path: one + "/runs", tag: "streams", vi: "Các lần chạy, mới nhất trước", en: "Runs, newest first", params: append(both, limit), answer: "Runs", errors: []int{404}, role: access.Viewer, handle: a.runs},
		{method: "POST", path: one + "/run", tag: "streams", vi: "Chạy ngay", en: "Run now", params: both, body: "Run", answer: "Done", errors: acting, role: access.Operator, handle: a.act("run")},
		{method: "POST", path: one + "/replay", tag: "streams", vi: "Chạy lại mọi nguyên bản đã nhận qua ánh xạ hiện tại, không hỏi nguồn", en: "Replay all that was received through the current mapping, without asking the source",
			params: both, answer: "Done", errors: acting, role: access.Operator, handle: a.act("replay")},
		{method: "POST", path: one + "/pause", tag: "streams", vi: "Tạm dừng, có lý do", en: "Pause, with a reason", params: both, body: "Pause", answer: "Done", errors: acting, role: access.Operator, handle: a.act("pause")},
		{method: "POST", path: one + "/resume", tag: "streams", vi: "Chạy tiếp", en: "Resume", params: both, answer: "Done", errors: acting, role: access.Operator, handle: a.act("resume")},
		{method: "GET", path: "/v1/sinks", tag: "gateway", vi: "Các bên nhận được đẩy: đã gửi tới đâu, còn bao nhiêu, vì sao dừng", en: "The sinks feeds are pushed to: how far, how much is left, why one stopped",
			answer: "Any", role: access.Viewer, handle: a.sinks},
		{method: "POST", path: "/v1/sinks/{sink}/{feed}/resume", tag: "gateway", vi: "Cho bên nhận đã dừng gửi lại", en: "Let a sink that stopped try again",
			params: []param{inPath("sink", "tên bên nhận", "name of the sink"), inPath("feed", "luồng phát", "feed")}, answer: "Done", errors: acting, role: access.Operator, handle: a.resumeSink},
		{method: "GET", path: "/v1/nodes", tag: "gateway", vi: "Nút này và các nút khác: vai trò, độ trễ của bản xem, luồng đang giữ, điều cần xem", en: "This node and the others: roles, how far the view is behind, streams held, what to look at",
			answer: "Any", errors: []int{501}, role: access.Viewer, handle: a.nodes},
		{method: "GET", path: "/v1/quarantine", tag: "quarantine", vi: "Nguyên bản đang cách ly và lý do", en: "Raws held, with the reason", answer: "HeldList", role: access.Viewer, handle: a.quarantine,
			params: []param{query("stream", "string", "nguồn/luồng", "source/stream"), query("code", "string", "mã vấn đề", "problem code"), query("key", "string", "khóa của nguồn", "the source's key"),
				query("page", "integer", "trang tiếp theo", "next page"), limit}},
		{method: "GET", path: "/v1/quarantine/groups", tag: "quarantine", vi: "Nhóm theo cách sửa: cùng luồng, mã, trường", en: "Groups that one mend would free", answer: "HeldGroups", role: access.Viewer, handle: a.heldGroups},
		{method: "GET", path: "/v1/quarantine/{id}", tag: "quarantine", vi: "Một nguyên bản cách ly, cả nội dung (có thể có dữ liệu cá nhân)", en: "One held Raw with its payload (may hold personal data)",
			params: []param{inPath("id", "số cách ly", "number")}, answer: "Held", errors: []int{403, 404}, role: access.Operator, handle: a.heldOne},
		{method: "POST", path: "/v1/quarantine/replay", tag: "quarantine", vi: "Chạy lại qua ánh xạ hiện tại", en: "Replay through the current mapping", body: "Release", answer: "Replayed", errors: acting, role: access.Operator, handle: a.release(false)},
		{method: "POST", path: "/v1/quarantine/drop", tag: "quarantine", vi: "Loại bỏ, có lý do, có ghi nhật ký", en: "Drop, with a reason, audited", body: "Drop", answer: "Dropped", errors: acting, role: access.Operator, handle: a.release(true)},
	}
}

func (a *API) documentRoutes() []route {
	text := []string{"text/plain"}
	return []route{
		{method: "GET", path: "/livez", tag: "gateway", vi: "Tiến trình còn sống", en: "The process is alive", media: text, open: true, handle: a.live},
		{method: "GET", path: "/readyz", tag: "gateway", vi: "Kho dữ liệu của cổng đọc được (nguồn hỏng không tính)", en: "The own store can be read (a dead source does not count)", media: text, open: true, handle: a.ready},
		{method: "GET", path: "/metrics", tag: "gateway", vi: "Số đo theo Prometheus", en: "Prometheus metrics", media: text, role: access.Viewer, live: true, handle: a.metrics.answer},
		{method: "GET", path: "/openapi.json", tag: "gateway", vi: "Mô tả OpenAPI 3.1", en: "OpenAPI 3.1 description", answer: "Any", role: access.Viewer, handle: a.openapi},
		{method: "GET", path: "/asyncapi.json", tag: "gateway", vi: "Mô tả AsyncAPI 3.0", en: "AsyncAPI 3.0 description", answer: "Any", role: access.Viewer, handle: a.asyncapi},
		{method: "GET", path: "/schemas/{file}", tag: "gateway", vi: "Lược đồ JSON của một loại bản ghi, ví dụ dossier.json", en: "JSON Schema of a kind, such as dossier.json",
			params: []param{inPath("file", "loại.json", "kind.json")}, answer: "Any", media: []string{"application/schema+json"}, errors: []int{404}, role: access.Viewer, handle: a.schema},
		{method: "GET", path: "/docs", tag: "gateway", vi: "Trang tài liệu của giao diện này", en: "The documentation page of this API", media: []string{"text/html"},
			params: []param{query("lang", "string", "ngôn ngữ", "language", "vi", "en")}, role: access.Viewer, handle: a.docs},
	}
}
