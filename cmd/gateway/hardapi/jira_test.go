package hardapi_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"iocgateway/adapters/simkit"
	"iocgateway/adapters/simkit/city"
	"iocgateway/canonical"
)

// jira: a query language whose times are minutes of the reader's own zone, a
// page cursor in the body, pages shorter than asked for, fields that come only
// where they are named, custom ones by id, and a number of rows that another
// call gives.
func jira() hard {
	return hard{serve: jiraAt, kind: canonical.KindFeedback, keys: matters(jiraKey), member: "customfield_10061",
		settings: "auth: {username: ioc@city.example, password: '${env:SECRET}'}\n", required: []string{"auth.username", "auth.password"}}
}

func jiraKey(v city.FeedbackView) string { return "IOC-" + byNumber(v) }

var jql = regexp.MustCompile(`^project = IOC(?: AND updated >= "(\d{4}-\d\d-\d\d \d\d:\d\d)")?(?: ORDER BY created ASC)?$`)

type jiraAsk struct {
	JQL    string   `json:"jql"`
	Fields []string `json:"fields"`
	Most   int      `json:"maxResults"`
	Token  string   `json:"nextPageToken"`
}

func jiraAt(d *desk) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /rest/api/3/search/jql", func(w http.ResponseWriter, r *http.Request) {
		if ask, rows, ok := d.jiraRows(w, r); ok {
			d.jiraSearch(w, ask, rows)
		}
	})
	mux.HandleFunc("POST /rest/api/3/search/approximate-count", func(w http.ResponseWriter, r *http.Request) {
		if _, rows, ok := d.jiraRows(w, r); ok {
			simkit.WriteJSON(w, http.StatusOK, map[string]int{"count": cut(d, rows, 0, 20).Total})
		}
	})
	failure := map[string]any{"errorMessages": []string{"The search is not available"}, "errors": map[string]any{}}
	wire := simkit.Wire{Rows: "issues", Failure: failure,
		Spare: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "count") }}
	login := "Basic " + base64.StdEncoding.EncodeToString([]byte("ioc@city.example:"+secret))
	return simkit.Wrap(keyed(mux, "Authorization", login), d.faults, wire)
}

func jiraError(w http.ResponseWriter, words string) {
	simkit.WriteJSON(w, http.StatusBadRequest, map[string]any{"errorMessages": []string{words}, "errors": map[string]any{}})
}

func (d *desk) jiraRows(w http.ResponseWriter, r *http.Request) (ask jiraAsk, rows []city.FeedbackView, ok bool) {
	if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
		jiraError(w, "Invalid request payload. Refer to the REST API documentation and try again.")
		return ask, nil, false
	}
	found := jql.FindStringSubmatch(ask.JQL)
	if found == nil {
		jiraError(w, "Error in the JQL Query, or it is not bounded: add a search restriction to the query.")
		return ask, nil, false
	}
	since, _ := time.ParseInLocation("2006-01-02 15:04", found[1], city.Zone()) // none: from the beginning
	return ask, d.since(since), true
}

func (d *desk) jiraSearch(w http.ResponseWriter, ask jiraAsk, rows []city.FeedbackView) {
	offset := 0
	if ask.Token != "" {
		if x, hit := d.faults.Hit(simkit.DeadCursor, -1); hit {
			d.born++
			simkit.WriteJSON(w, int(x.Number(400)), map[string]any{"errorMessages": []string{"The provided next page token is invalid or expired."}})
			return
		}
		text, _ := base64.StdEncoding.DecodeString(ask.Token)
		var born int
		if _, err := fmt.Sscanf(string(text), "%d/%d", &born, &offset); err != nil || born != d.born {
			jiraError(w, "The provided next page token is invalid or expired.")
			return
		}
	}
	sheet := cut(d, rows, offset, min(ask.Most, 20)) // it gives fewer than asked for, as it likes
	answer := map[string]any{"isLast": sheet.Last}
	if !sheet.Last {
		answer["nextPageToken"] = base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d/%d", d.born, offset+20))
	}
	issues := []map[string]any{}
	for _, v := range sheet.Rows {
		issues = append(issues, d.jiraIssue(v, ask.Fields))
	}
	answer["issues"] = issues
	simkit.WriteJSON(w, http.StatusOK, answer)
}

// jiraIssue has its key, and the fields that are named.
func (d *desk) jiraIssue(v city.FeedbackView, named []string) map[string]any {
	const stamp = "2006-01-02T15:04:05.000-0700"
	s := state(v)
	category := []string{"new", "indeterminate", "indeterminate", "done", "done"}[s]
	fields := map[string]any{"summary": v.Title, "updated": v.Updated.In(city.Zone()).Format(stamp),
		"created": v.Created.In(city.Zone()).Format(stamp),
		"status": map[string]any{"id": fmt.Sprint(10001 + s), "name": []string{"To Do", "In Progress", "Waiting", "Done", "Rejected"}[s],
			"statusCategory": map[string]any{"key": category}},
		"description": map[string]any{"type": "doc", "version": 1, "content": []any{map[string]any{"type": "paragraph",
			"content": []any{map[string]any{"type": "text", "text": v.Content + v.Now.Tail}}}}},
		"customfield_10042": map[string]any{"self": "https://city.example/option/1", "value": city.Channels()[v.Channel].Name, "id": "1"},
		"customfield_10050": d.city.Communes[v.Commune].Code, "customfield_10061": nil}
	if v.Now.Rating > 0 {
		fields["customfield_10061"] = float64(v.Now.Rating)
	}
	for name := range fields {
		if !slices.Contains(named, name) && !slices.Contains(named, "*all") {
			delete(fields, name)
		}
	}
	issue := map[string]any{"id": fmt.Sprint(90000 + v.N)}
	if len(named) > 0 {
		issue["key"], issue["fields"] = jiraKey(v), fields
	}
	return issue
}
