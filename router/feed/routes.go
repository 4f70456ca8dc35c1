package feed

import (
	"net/http"
	"slices"

	"iocgateway/canonical"
	"iocgateway/canonical/problem/answer"
	"iocgateway/router/access"
	"iocgateway/router/health"
)

// handler answers a request, or returns what is wrong with it.
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
	job          bool // it may go on as a job: 202
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
	p := inPath("feed", "kênh dữ liệu", "feed")
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

// table is everything that is served, in the order it is described.
func (h *handlers) table() []route {
	return slices.Concat(h.feedRoutes(), h.recordRoutes(), h.streamRoutes(), h.sinkRoutes(), h.quarantineRoutes(),
		h.adminRoutes(), h.jobRoutes(), h.gatewayRoutes())
}

func (h *handlers) feedRoutes() []route {
	limit := query("limit", "integer", "số mục một trang, 1–1000, mặc định 500", "items per page, 1–1000, default 500")
	changes := append([]param{feedParam(),
		query("after", "string", "con trỏ; trống là từ mục cũ nhất còn giữ", "cursor; empty: from the oldest kept"), limit,
		query("wait", "string", "giây chờ khi đã ở cuối, 0–60", "seconds to wait at the tip, 0–60")}, rowFilter()...)
	snapshot := append([]param{feedParam(),
		query("page", "string", "trang tiếp theo, do trang trước cho", "next page, as the page before gave it"), limit}, rowFilter()...)
	sse := append([]param{feedParam(),
		query("after", "string", "con trỏ; Last-Event-ID được ưu tiên", "cursor; Last-Event-ID goes first")}, rowFilter()...)
	bucket := []param{feedParam(), inPath("bucket", "ngăn, 0–255", "bucket, 0–255")}
	return []route{
		{method: "GET", path: "/v1/feeds", tag: "feeds", answer: "Catalogue", role: access.Viewer, handle: h.catalogue.feeds,
			vi: "Danh mục kênh dữ liệu: lược đồ, vị trí mới nhất, số lượng, thời điểm cập nhật của từng luồng, số đang cách ly",
			en: "The catalogue: schemas, head, counts, freshness per stream, what is held"},
		{method: "GET", path: "/v1/feeds/{feed}/changes", tag: "feeds", params: changes, answer: "Page",
			media: []string{mediaPage, mediaLines, mediaBatch}, errors: []int{404, 406, 409, 410, 429},
			role: access.Viewer, handle: h.feed.changes,
			vi: "Thay đổi sau con trỏ, theo thứ tự, liên tục, không sót",
			en: "Changes after a cursor, in order, without a gap"},
		{method: "GET", path: "/v1/feeds/{feed}/snapshot", tag: "feeds", params: snapshot, answer: "Snapshot",
			media: []string{mediaPage, mediaLines}, errors: []int{404, 406, 409}, role: access.Viewer, handle: h.feed.snapshot,
			vi: "Toàn bộ bản ghi hiện tại; mọi trang mang cùng một con trỏ để đi tiếp",
			en: "All current records; every page carries the same cursor to go on from"},
		{method: "GET", path: "/v1/feeds/{feed}/stream", tag: "feeds", params: sse,
			media: []string{mediaSSE}, errors: []int{404, 429}, role: access.Viewer, live: true, handle: h.feed.serveSSE,
			vi: "Thay đổi gửi ngay khi có (SSE); id là con trỏ",
			en: "Changes as they come (server-sent events); the id is the cursor"},
		{method: "GET", path: "/v1/feeds/{feed}/digest", tag: "feeds", params: []param{feedParam()}, answer: "Digest",
			errors: []int{404}, role: access.Viewer, handle: h.feed.digest,
			vi: "256 tổng kiểm không phụ thuộc thứ tự, để bên nhận tự chứng minh đã đủ",
			en: "256 order-free checksums, so that a reader can prove it has everything"},
		{method: "GET", path: "/v1/feeds/{feed}/digest/{bucket}", tag: "feeds", params: bucket, answer: "DigestBucket",
			errors: []int{404}, role: access.Viewer, handle: h.feed.digestBucket,
			vi: "Mã và phiên bản trong một ngăn của tổng kiểm", en: "Ids and versions in one bucket"},
	}
}

// collection is a list of current records.
type collection struct {
	name   string
	kind   canonical.Kind
	vi, en string
}

func collections() []collection {
	return []collection{
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
		query("source", "string", "chỉ nguồn này", "only this source"),
		query("stream", "string", "chỉ luồng này", "only this stream"),
		query("area", "string", "chỉ đơn vị hành chính này (mã)", "only this administrative unit (code)"),
		query("agency", "string", "chỉ cơ quan này (id_norm)", "only this agency (id_norm)"),
		query("status", "string", "trạng thái, nhiều giá trị cách nhau dấu phẩy", "status, several separated by commas"),
		query("open", "boolean", "chỉ việc chưa xong", "only what is not finished"),
		query("q", "string", "tìm trong tiêu đề và khóa, không phân biệt dấu", "search in title and key, tone marks ignored"),
		query("due_from", "date-time", "hạn từ", "due from"), query("due_to", "date-time", "hạn đến", "due before"),
		query("updated_from", "date-time", "cập nhật từ", "updated from"),
		query("updated_to", "date-time", "cập nhật đến", "updated before"),
		query("indicator", "string", "mã chỉ tiêu", "indicator code"),
		query("sort", "string", "sắp xếp", "order", sorts()...),
		query("page", "string", "trang tiếp theo, giá trị next của trang trước", "next page, the next of the page before"),
		query("limit", "integer", "số mục một trang, 1–200, mặc định 50", "items per page, 1–200, default 50"),
		query("gone", "boolean", "kể cả bản ghi đã xóa", "removed ones too"),
		query("total", "boolean", "đếm tổng (chậm hơn)", "count all (slower)"),
	}
}

func (h *handlers) recordRoutes() []route {
	id := inPath("id", "mã bản ghi, mã hóa phần trăm", "record id, percent-encoded")
	version := query("version", "string", "phiên bản; trống là hiện tại", "version; empty: the current one")
	var out []route
	for _, c := range collections() {
		base := "/v1/" + c.name
		out = append(out,
			route{method: "GET", path: base, tag: "records", params: listParams(), answer: "List",
				role: access.Viewer, handle: h.record.list(c.kind),
				vi: "Danh sách " + c.vi + " hiện tại, lọc, sắp xếp, theo trang", en: "Current " + c.en + ", filtered, sorted, paged"},
			route{method: "GET", path: base + "/{id}", tag: "records", params: []param{id}, answer: "Record",
				errors: []int{404}, role: access.Viewer, handle: h.record.one(c.kind),
				vi: "Một bản ghi " + c.vi, en: "One of the " + c.en},
			route{method: "GET", path: base + "/{id}/history", tag: "records", params: []param{id}, answer: "History",
				errors: []int{404}, role: access.Viewer, handle: h.record.history(c.kind),
				vi: "Mọi phiên bản, mới nhất trước", en: "All versions, newest first"},
			route{method: "GET", path: base + "/{id}/why", tag: "records", params: []param{id, version}, answer: "Why",
				errors: []int{404, 409, 501}, role: access.Operator, handle: h.record.why(c.kind),
				vi: "Từng trường đến từ đâu: giá trị, đường dẫn trong dữ liệu gốc, quy tắc",
				en: "Where each field came from: value, raw path, rule"},
		)
	}
	return out
}

// acting are the errors of the routes that do something.
func acting() []int { return []int{403, 404, 409, 413, 415, 501} }

func itemLimit() param { return query("limit", "integer", "số mục, 1–200", "items, 1–200") }

func (h *handlers) streamRoutes() []route {
	const one = "/v1/streams/{source}/{stream}"
	source := query("source", "string", "chỉ nguồn này", "only this source")
	state := query("state", "string", "chỉ trạng thái này", "only this state", states()...)
	both := []param{inPath("source", "nguồn", "source"), inPath("stream", "luồng", "stream")}
	act := func(what, body, vi, en string) route {
		return route{method: "POST", path: one + "/" + what, tag: "streams", params: both, body: body, answer: "Done", errors: acting(),
			role: access.Operator, handle: h.stream.act(what), vi: vi, en: en}
	}
	return []route{
		{method: "GET", path: "/v1/streams", tag: "streams", params: []param{state, source}, answer: "Streams",
			role: access.Viewer, handle: h.stream.list,
			vi: "Các luồng: trạng thái, nguyên nhân, cập nhật đến đâu, lần chạy gần nhất",
			en: "The streams: state, cause, freshness, last run"},
		{method: "GET", path: one, tag: "streams", params: both, answer: "Stream", errors: []int{404},
			role: access.Viewer, handle: h.stream.one, vi: "Một luồng", en: "One stream"},
		{method: "GET", path: one + "/runs", tag: "streams", params: append(both, itemLimit()), answer: "Runs", errors: []int{404},
			role: access.Viewer, handle: h.stream.runs, vi: "Các lần chạy, mới nhất trước", en: "Runs, newest first"},
		act("run", "RunNow", "Chạy ngay", "Run now"),
		act("replay", "", "Xử lý lại mọi dữ liệu gốc đã nhận qua ánh xạ hiện tại, không gọi nguồn",
			"Replay all that was received through the current mapping, without asking the source"),
		act("pause", "Pause", "Tạm dừng, có lý do", "Pause, with a reason"),
		act("resume", "", "Cho tiếp tục", "Resume"),
		act("accept", "Accept", "Chấp nhận thay đổi của nguồn (trường mất, mã chưa có trong danh mục, kiểu khác), có lý do",
			"Accept what changed in what the source gives (members gone, unknown codes, other types), with a reason"),
		{method: "POST", path: health.IngestPath + "{source}/{stream}", tag: "streams", params: both, body: "Any", answer: "Any",
			errors: []int{401, 404, 413, 415}, open: true, // no token: the signature counts; the handler is the scheduler's
			vi: "Nguồn gửi bản ghi đến; 200 nghĩa là đã lưu. Ký như signature của luồng khai báo (GET một luồng cho biết: deliver.signed)",
			en: "A source delivers records; 200 means that they are stored. Signed as the stream's signature says (a stream's deliver.signed shows it)"},
	}
}

func (h *handlers) sinkRoutes() []route {
	sink := []param{inPath("sink", "tên bên nhận", "name of the sink"), inPath("feed", "kênh dữ liệu", "feed")}
	return []route{
		{method: "GET", path: "/v1/sinks", tag: "gateway", answer: "Any", role: access.Viewer, handle: h.sink.list,
			vi: "Các bên nhận do cổng tích hợp chủ động gửi: đã gửi tới đâu, còn bao nhiêu, vì sao dừng",
			en: "The sinks feeds are pushed to: how far, how much is left, why one stopped"},
		{method: "POST", path: "/v1/sinks/{sink}/{feed}/resume", tag: "gateway", params: sink, answer: "Done", errors: acting(),
			role: access.Operator, handle: h.sink.resume,
			vi: "Cho bên nhận đã dừng gửi lại", en: "Let a sink that stopped try again"},
		{method: "GET", path: "/v1/nodes", tag: "gateway", answer: "Any", errors: []int{501}, role: access.Viewer, handle: h.node.nodes,
			vi: "Nút này và các nút khác: vai trò, độ trễ của bản sao đọc, luồng phụ trách, điều cần xử lý",
			en: "This node and the others: roles, how far the view is behind, streams held, what to look at"},
	}
}

func (h *handlers) quarantineRoutes() []route {
	const all = "/v1/quarantine"
	list := []param{query("stream", "string", "nguồn/luồng", "source/stream"), query("code", "string", "mã vấn đề", "problem code"),
		query("key", "string", "khóa của nguồn", "the source's key"), query("page", "integer", "trang tiếp theo", "next page"), itemLimit()}
	return []route{
		{method: "GET", path: all, tag: "quarantine", params: list, answer: "HeldList",
			errors: []int{403}, role: access.Viewer, handle: h.quarantine.list,
			vi: "Dữ liệu gốc đang cách ly và lý do", en: "Raws held, with the reason"},
		{method: "GET", path: all + "/groups", tag: "quarantine", answer: "HeldGroups", role: access.Viewer, handle: h.quarantine.groups,
			vi: "Nhóm theo cách sửa: cùng luồng, mã, trường", en: "Groups that one mend would free"},
		{method: "GET", path: all + "/{id}", tag: "quarantine", params: []param{inPath("id", "số cách ly", "number")}, answer: "Held",
			errors: []int{403, 404}, role: access.Operator, handle: h.quarantine.one,
			vi: "Một dữ liệu gốc cách ly, cả nội dung (có thể có dữ liệu cá nhân)",
			en: "One held Raw with its payload (may hold personal data)"},
		{method: "POST", path: all + "/replay", tag: "quarantine", body: "Release", answer: "Replayed", errors: acting(), job: true,
			role: access.Operator, handle: h.quarantine.release(false),
			vi: "Xử lý lại qua ánh xạ hiện tại; quá 10 giây thì tiếp tục như một tác vụ (202)",
			en: "Replay through the current mapping; one that takes more than 10 seconds goes on as a job (202)"},
		{method: "POST", path: all + "/drop", tag: "quarantine", body: "Drop", answer: "Dropped", errors: acting(),
			role: access.Operator, handle: h.quarantine.release(true),
			vi: "Loại bỏ, có lý do, có ghi nhật ký thao tác", en: "Drop, with a reason, audited"},
	}
}

func (h *handlers) gatewayRoutes() []route {
	text := []string{"text/plain"}
	lang := []param{query("lang", "string", "ngôn ngữ", "language", "vi", "en")}
	file := append(lang[:1:1], inPath("file", "loại.json", "kind.json"))
	return []route{
		{method: "GET", path: "/livez", tag: "gateway", media: text, open: true, handle: h.node.livez,
			vi: "Tiến trình còn sống", en: "The process is alive"},
		{method: "GET", path: "/readyz", tag: "gateway", media: text, open: true, handle: h.node.readyz,
			vi: "Kho dữ liệu của cổng tích hợp đọc được (nguồn hỏng không tính); \"degraded: mã\" khi đọc được nhưng dữ liệu cần kiểm tra",
			en: "The own store can be read (a dead source does not count); \"degraded: CODE\" when it can, and the data has a problem"},
		{method: "GET", path: "/metrics", tag: "gateway", media: text, role: access.Viewer, live: true, handle: h.metrics.answer,
			vi: "Số đo theo Prometheus", en: "Prometheus metrics"},
		{method: "GET", path: "/openapi.json", tag: "gateway", params: lang, answer: "Any", role: access.Viewer, handle: h.contract.openapi,
			vi: "Mô tả OpenAPI 3.1", en: "OpenAPI 3.1 description"},
		{method: "GET", path: "/asyncapi.json", tag: "gateway", params: lang, answer: "Any", role: access.Viewer, handle: h.contract.asyncapi,
			vi: "Mô tả AsyncAPI 3.0", en: "AsyncAPI 3.0 description"},
		{method: "GET", path: "/schemas/{file}", tag: "gateway", params: file, answer: "Any", media: []string{"application/schema+json"},
			errors: []int{404}, role: access.Viewer, handle: h.contract.schemaFile,
			vi: "Lược đồ JSON của một loại bản ghi, ví dụ dossier.json", en: "JSON Schema of a kind, such as dossier.json"},
		{method: "GET", path: "/docs", tag: "gateway", media: []string{"text/html"}, params: lang,
			role: access.Viewer, handle: h.contract.docs,
			vi: "Trang tài liệu của giao diện này", en: "The documentation page of this API"},
	}
}
