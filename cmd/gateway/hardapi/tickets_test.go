package hardapi_test

import (
	"fmt"
	"html"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/canonical"
)

// glpi: a session opened with a key, rows by range, their number in a header,
// columns called by number, status 206, and 400 behind the last row.
func glpi() hard {
	return hard{serve: glpiAt, kind: canonical.KindFeedback, keys: matters(byNumber), member: "83", session: true,
		settings: "auth: {token: '${env:SECRET}'}\nparams: {app_token: app-1022}\n", required: []string{"auth.token", "params.app_token"}}
}

const glpiTime = "2006-01-02 15:04:05"

func glpiAt(d *desk) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /apirest.php/initSession", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("App-Token") != "app-1022":
			simkit.WriteJSON(w, http.StatusBadRequest, []string{"ERROR_WRONG_APP_TOKEN_PARAMETER", "parameter app_token seems wrong"})
		case r.Header.Get("Authorization") != "user_token "+secret:
			simkit.WriteJSON(w, http.StatusUnauthorized, []string{"ERROR_GLPI_LOGIN_USER_TOKEN", "parameter user_token seems invalid"})
		default:
			simkit.WriteJSON(w, http.StatusOK, map[string]string{"session_token": d.tokens.Issue("session")})
		}
	})
	mux.HandleFunc("GET /apirest.php/search/Ticket", func(w http.ResponseWriter, r *http.Request) {
		if !d.tokens.Good("session", r.Header.Get("Session-Token")) || r.Header.Get("App-Token") != "app-1022" {
			simkit.WriteJSON(w, http.StatusUnauthorized, []string{"ERROR_SESSION_TOKEN_INVALID", "session_token seems invalid"})
			return
		}
		d.glpiSearch(w, r)
	})
	return simkit.Wrap(mux, d.faults, simkit.Wire{Rows: "data", Tokens: d.tokens,
		Failure: []string{"ERROR_SQL", "a database error occurred"},
		Spare:   func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "initSession") }})
}

func (d *desk) glpiSearch(w http.ResponseWriter, r *http.Request) {
	q, since := r.URL.Query(), time.Time{}
	if q.Get("criteria[0][field]") == "19" && q.Get("criteria[0][searchtype]") == "morethan" {
		t, err := time.ParseInLocation(glpiTime, q.Get("criteria[0][value]"), city.Zone())
		if err != nil {
			simkit.WriteJSON(w, http.StatusBadRequest, []string{"ERROR", "the criterion is no date"})
			return
		}
		since = t.Add(time.Second) // more than, not from
	}
	var from, to int
	if _, err := fmt.Sscanf(q.Get("range"), "%d-%d", &from, &to); err != nil {
		from, to = 0, 49
	}
	rows := d.since(since)
	if from > 0 && from >= len(rows) {
		simkit.WriteJSON(w, http.StatusBadRequest, []string{"ERROR_RANGE_EXCEED_TOTAL", "the range exceeds the total of rows"})
		return
	}
	sheet := cut(d, rows, from, to-from+1)
	answer := map[string]any{"totalcount": sheet.Total, "count": len(sheet.Rows), "sort": q.Get("sort"), "order": q.Get("order")}
	data := []map[string]any{}
	for _, v := range sheet.Rows {
		data = append(data, d.glpiRow(v, q))
	}
	status := http.StatusOK
	if len(data) > 0 {
		answer["data"] = data // where there is none, the member is not there
		if len(data) < sheet.Total {
			status = http.StatusPartialContent
		}
	}
	w.Header().Set("Content-Range", fmt.Sprintf("%d-%d/%d", from, from+max(len(data)-1, 0), sheet.Total))
	w.Header().Set("Accept-Range", "Ticket 990")
	simkit.WriteJSON(w, status, answer)
}

// glpiRow has the columns that are asked for, besides those that always come.
func (d *desk) glpiRow(v city.FeedbackView, q map[string][]string) map[string]any {
	c := d.city.Communes[v.Commune]
	all := map[string]any{"1": v.Title, "2": number(v), "80": "Quảng Ngãi", "7": city.Categories()[v.Category].Name,
		"9": city.Channels()[v.Channel].Name, "12": []int{1, 2, 4, 6, 6}[state(v)], "15": v.Created.In(city.Zone()).Format(glpiTime),
		"19": v.Updated.In(city.Zone()).Format(glpiTime), "21": html.EscapeString("<p>" + v.Content + v.Now.Tail + "</p>"), "83": c.Name}
	for column := range all {
		shown := column == "1" || column == "2" || column == "80"
		for name, values := range q {
			shown = shown || strings.HasPrefix(name, "forcedisplay[") && slices.Contains(values, column)
		}
		if !shown {
			delete(all, column)
		}
	}
	return all
}

// redmine: a key in a header, offset and limit (100 at most), only open issues
// unless all are asked for, custom fields in a list by id.
func redmine() hard {
	return hard{serve: redmineAt, kind: canonical.KindFeedback, keys: matters(byNumber), member: "done_ratio",
		settings: "auth: {token: '${env:SECRET}'}\n", required: []string{"auth.token"}}
}

func redmineAt(d *desk) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /issues.json", func(w http.ResponseWriter, r *http.Request) {
		q, since := r.URL.Query(), time.Time{}
		if text, given := strings.CutPrefix(q.Get("updated_on"), ">="); given {
			t, err := time.Parse(time.RFC3339, text)
			if err != nil {
				simkit.WriteJSON(w, http.StatusUnprocessableEntity, map[string]any{"errors": []string{"Updated is invalid"}})
				return
			}
			since = t
		}
		rows := slices.DeleteFunc(d.since(since), func(v city.FeedbackView) bool {
			return q.Get("status_id") != "*" && state(v) >= solved
		})
		offset, limit := atoi(q.Get("offset"), 0), min(atoi(q.Get("limit"), 25), 100)
		sheet := cut(d, rows, offset, limit)
		issues := []map[string]any{}
		for _, v := range sheet.Rows {
			issues = append(issues, d.redmineIssue(v))
		}
		simkit.WriteJSON(w, http.StatusOK, map[string]any{"issues": issues, "total_count": sheet.Total, "offset": offset, "limit": limit})
	})
	mux.HandleFunc("GET /issues/{id}", func(w http.ResponseWriter, r *http.Request) {
		for _, v := range d.now() {
			if byNumber(v)+".json" == r.PathValue("id") {
				simkit.WriteJSON(w, http.StatusOK, map[string]any{"issue": d.redmineIssue(v)})
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
	})
	return simkit.Wrap(keyed(mux, "X-Redmine-API-Key", secret), d.faults,
		simkit.Wire{Rows: "issues", Failure: map[string]any{"errors": []string{"Query is invalid"}}})
}

// keyed lets nobody in who has not the key in a header.
func keyed(h http.Handler, header, want string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(header) != want {
			w.Header().Set("WWW-Authenticate", `Basic realm="API"`)
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (d *desk) redmineIssue(v city.FeedbackView) map[string]any {
	named := func(id int, name string) map[string]any { return map[string]any{"id": id, "name": name} }
	field := func(id int, name string, value any) map[string]any {
		return map[string]any{"id": id, "name": name, "value": value}
	}
	s := state(v)
	issue := map[string]any{"id": number(v), "project": named(3, "Phản ánh hiện trường"), "tracker": named(1, "Phản ánh"),
		"status":   named(s+1, []string{"Mới", "Đang xử lý", "Chờ bổ sung", "Đã giải quyết", "Từ chối"}[s]),
		"priority": named(2, "Bình thường"), "author": named(5, "Tổng đài"), "subject": v.Title, "description": v.Content + v.Now.Tail,
		"category": named(v.Category+1, city.Categories()[v.Category].Name), "done_ratio": 20 * s, "due_date": nil,
		"custom_fields": []map[string]any{field(1, "Kênh", city.Channels()[v.Channel].Name), field(4, "Nhãn", []string{"a", "b"}),
			field(7, "Mã xã", d.city.Communes[v.Commune].Code)},
		"created_on": v.Created.UTC().Format(time.RFC3339), "updated_on": v.Updated.UTC().Format(time.RFC3339)}
	if !v.Now.Due.IsZero() {
		issue["due_date"] = v.Now.Due.In(city.Zone()).Format(time.DateOnly)
	}
	return issue
}

// zammad: Token token=, a search language, pages of a size that the server
// caps, names instead of ids, and the matter's text in articles of its own.
func zammad() hard {
	return hard{serve: zammadAt, kind: canonical.KindFeedback, keys: matters(byNumber), member: "priority",
		settings: "auth: {token: '${env:SECRET}'}\n", required: []string{"auth.token"}}
}

var zammadSince = regexp.MustCompile(`^id:\*(?: AND updated_at:\[([0-9TZ:.-]+) TO \*\])?$`)

func zammadAt(d *desk) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/tickets/search", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		found := zammadSince.FindStringSubmatch(q.Get("query"))
		if found == nil || q.Get("expand") != "true" || q.Get("with_total_count") != "true" {
			simkit.WriteJSON(w, http.StatusUnprocessableEntity, map[string]string{"error": "Failed to parse query"})
			return
		}
		since, _ := time.Parse(time.RFC3339, found[1]) // none: from the beginning
		size := min(atoi(q.Get("per_page"), 50), 25)
		sheet := cut(d, d.since(since), (atoi(q.Get("page"), 1)-1)*size, size)
		records := []map[string]any{}
		for _, v := range sheet.Rows {
			records = append(records, d.zammadTicket(v))
		}
		simkit.WriteJSON(w, http.StatusOK, map[string]any{"records": records, "total_count": sheet.Total})
	})
	mux.HandleFunc("GET /api/v1/ticket_articles/by_ticket/{id}", func(w http.ResponseWriter, r *http.Request) {
		if d.faults.Ail(w, r.PathValue("id")) {
			return
		}
		for _, v := range d.now() {
			if byNumber(v) == r.PathValue("id") {
				simkit.WriteJSON(w, http.StatusOK, []map[string]any{{"id": 9 * number(v), "ticket_id": number(v), "from": v.Reporter.Name,
					"type": "web", "content_type": "text/html", "body": "<div>" + html.EscapeString(v.Content+v.Now.Tail) + "</div>"}})
				return
			}
		}
		simkit.WriteJSON(w, http.StatusNotFound, map[string]string{"error": "Couldn't find Ticket"})
	})
	return simkit.Wrap(keyed(mux, "Authorization", "Token token="+secret), d.faults, simkit.Wire{Rows: "records",
		Failure: map[string]string{"error": "the search index does not answer"},
		Spare:   func(r *http.Request) bool { return strings.Contains(r.URL.Path, "articles") }})
}

func (d *desk) zammadTicket(v city.FeedbackView) map[string]any {
	return map[string]any{"id": number(v), "number": "31" + byNumber(v), "title": v.Title, "group": "Tiếp nhận phản ánh",
		"state": []string{"new", "open", "pending reminder", "closed", "merged"}[state(v)], "priority": "2 normal",
		"customer": v.Reporter.Email, "owner": "-", "kenh": city.Channels()[v.Channel].Code, "ma_xa": d.city.Communes[v.Commune].Code,
		"created_at": v.Created.UTC().Format("2006-01-02T15:04:05.000Z"), "updated_at": v.Updated.UTC().Format("2006-01-02T15:04:05.000Z")}
}
