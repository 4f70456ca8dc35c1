package city

import (
	"fmt"
	"sort"
	"time"
)

// Count is how many matters there are at a moment, counted here and not
// through any wire. Removed and recalled ones are not in it.
type Count struct {
	Dossiers, Feedback, Documents, Tasks, Calls, Observations int
}

// CountAt counts what exists at t.
func (c *City) CountAt(t time.Time) Count {
	return Count{Dossiers: len(c.KeysDossiers(t)), Feedback: len(c.KeysFeedback(t)), Documents: len(c.KeysDocuments(t, 0)),
		Tasks: len(c.KeysTasks(t)), Calls: len(c.CallsAt(t)), Observations: len(c.KeysObservations(t))}
}

// KeysDossiers lists the ids of the dossiers that exist at t, sorted.
func (c *City) KeysDossiers(t time.Time) []string {
	var out []string
	for _, v := range c.DossiersAt(t) {
		if !v.Now.Gone {
			out = append(out, v.ID)
		}
	}
	sort.Strings(out)
	return out
}

// KeysFeedback lists the codes of the feedback that exists at t, sorted.
func (c *City) KeysFeedback(t time.Time) []string {
	var out []string
	for _, v := range c.FeedbackAt(t) {
		out = append(out, v.Code)
	}
	sort.Strings(out)
	return out
}

// KeysDocuments lists the numbers of the documents listed at t that arrived in
// the year (0 is any), sorted.
func (c *City) KeysDocuments(t time.Time, year int) []string {
	var out []string
	for _, v := range c.DocumentsAt(t) {
		if !v.Now.Recalled && (year == 0 || v.Arrived.Year() == year) {
			out = append(out, fmt.Sprint(v.ID))
		}
	}
	sort.Strings(out)
	return out
}

// KeysTasks lists the ids of the tasks that exist at t, sorted.
func (c *City) KeysTasks(t time.Time) []string {
	var out []string
	for _, v := range c.TasksAt(t) {
		out = append(out, v.ID)
	}
	sort.Strings(out)
	return out
}

// KeysObservations lists code|area|period of what is published at t, missing
// values included, sorted.
func (c *City) KeysObservations(t time.Time) []string {
	var out []string
	for _, v := range c.ObservationsAt(t) {
		out = append(out, v.RowKey())
	}
	sort.Strings(out)
	return out
}

// CountDossiers counts the dossiers that exist at t by their national status.
func (c *City) CountDossiers(t time.Time) map[int]int {
	out := map[int]int{}
	for _, v := range c.DossiersAt(t) {
		if !v.Now.Gone {
			out[v.Now.Status]++
		}
	}
	return out
}

// CountFeedback counts the feedback at t by status 1–22.
func (c *City) CountFeedback(t time.Time) map[int]int {
	out := map[int]int{}
	for _, v := range c.FeedbackAt(t) {
		out[v.Now.Status]++
	}
	return out
}

// CountTasks counts the tasks at t by status.
func (c *City) CountTasks(t time.Time) map[string]int {
	out := map[string]int{}
	for _, v := range c.TasksAt(t) {
		out[v.Now.Status]++
	}
	return out
}
