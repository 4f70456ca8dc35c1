package load

import (
	"net/http"
	"net/url"
	"strconv"
	"sync"
)

// maxRecords bounds what one asking can be about: a page's arithmetic stays
// small whatever the query asks.
const maxRecords = 100_000_000

// Source serves `GET /api/hoso?page=N[&first=][&n=][&edit=]`: pages of
// {code, message, page, pageSize, total, next, data}, next being 0 on the last
// page. The records are those from first on, n of them, each edited so often.
// It keeps no state but the pages made ready by Warm.
type Source struct {
	Records int // n, when the query has none
	Size    int // records a page
	make    *Renderer
	mu      sync.RWMutex
	warm    span
	pages   [][]byte
}

// span is which records are asked for.
type span struct{ first, n, edit int }

// NewSource makes a source of n records in pages of size.
func NewSource(n, size int) *Source {
	return &Source{Records: n, Size: max(size, 1), make: NewRenderer()}
}

// Warm makes the pages of a span ready in memory, in place of those made
// ready before, so that serving them costs next to nothing.
func (s *Source) Warm(first, n, edit int) {
	sp := span{first, n, edit}
	pages := make([][]byte, s.count(sp))
	for p := range pages {
		pages[p] = s.render(sp, p+1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warm, s.pages = sp, pages
}

func (s *Source) count(sp span) int { return (sp.n + s.Size - 1) / s.Size }

// ServeHTTP answers pages, and `POST /warm?first=&n=&edit=` (204).
func (s *Source) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	sp, ok := s.span(q)
	page, err := strconv.Atoi(or(q.Get("page"), "1"))
	switch {
	case !ok || err != nil:
		http.Error(w, "first, n, edit and page are whole numbers", http.StatusBadRequest)
	case r.Method == http.MethodPost && r.URL.Path == "/warm":
		s.Warm(sp.first, sp.n, sp.edit)
		w.WriteHeader(http.StatusNoContent)
	case r.Method == http.MethodGet && r.URL.Path == "/api/hoso":
		body := s.page(sp, page)
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // a reader that went away needs no answer
	default:
		http.NotFound(w, r)
	}
}

func (s *Source) span(q url.Values) (span, bool) {
	first, err1 := strconv.Atoi(or(q.Get("first"), "0"))
	n, err2 := strconv.Atoi(or(q.Get("n"), strconv.Itoa(s.Records)))
	edit, err3 := strconv.Atoi(or(q.Get("edit"), "0"))
	ok := err1 == nil && err2 == nil && err3 == nil
	return span{first, n, edit}, ok && within(first) && within(n) && within(edit)
}

func within(n int) bool { return n >= 0 && n <= maxRecords }

func or(given, otherwise string) string {
	if given == "" {
		return otherwise
	}
	return given
}

func (s *Source) page(sp span, page int) []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if sp == s.warm && page >= 1 && page <= len(s.pages) {
		return s.pages[page-1]
	}
	return s.render(sp, page)
}

func (s *Source) render(sp span, page int) []byte {
	from, to := 0, 0
	if page >= 1 && page <= s.count(sp) {
		from, to = (page-1)*s.Size, min(page*s.Size, sp.n)
	}
	next := 0
	if to > 0 && to < sp.n {
		next = page + 1
	}
	b := make([]byte, 0, 256+(to-from)*1200)
	b = append(b, `{"code":0,"message":"Thành công","page":`...)
	b = strconv.AppendInt(b, int64(page), 10)
	b = append(b, `,"pageSize":`...)
	b = strconv.AppendInt(b, int64(s.Size), 10)
	b = append(b, `,"total":`...)
	b = strconv.AppendInt(b, int64(sp.n), 10)
	b = append(b, `,"next":`...)
	b = strconv.AppendInt(b, int64(next), 10)
	b = append(b, `,"data":[`...)
	for i := from; i < to; i++ {
		if i > from {
			b = append(b, ',')
		}
		b = s.make.Append(b, sp.first+i, sp.edit)
	}
	return append(b, `]}`...)
}
