package config

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical/problem"
	"iocgateway/router/journal"
)

// AdoptConfig names a stream of the same source whose records this one takes
// over: after a stream was renamed, or replaced by another.
type AdoptConfig struct {
	Stream string `yaml:"stream" validate:"required" vi:"Luồng cũ của cùng nguồn" en:"the other stream, of the same source" ex:"ho-so-cu"`
	Since  string `yaml:"since" vi:"Từ ngày nào (2026-12-01; trống: ngay)" en:"from which day on (2026-12-01; empty: at once)" ex:"\"2026-12-01\""`
	Why    string `yaml:"why" vi:"Lý do, ghi vào nhật ký thao tác" en:"why: it stands in the audit" ex:"đổi tên luồng"`
}

// Adopting gives what a stream of a source takes over, by full names.
func (s *StreamConfig) Adopting(source string, zone *time.Location) (all []journal.Adoption) {
	for _, a := range s.Adopt {
		from, _ := time.ParseInLocation(time.DateOnly, a.Since, zone) // checked when it was read; empty is always
		all = append(all, journal.Adoption{Stream: source + "/" + a.Stream, From: from, Why: a.Why})
	}
	return all
}

// checkAdoptions refuses what cannot be taken over. Two streams that adopt
// each other would take their records from each other at every look.
func (c *Config) checkAdoptions(src *SourceConfig) (problems []error) {
	adopts := map[string][]string{}
	for i := range src.Streams {
		for _, a := range src.Streams[i].Adopt {
			adopts[src.Streams[i].Name] = append(adopts[src.Streams[i].Name], a.Stream)
		}
	}
	for i := range src.Streams {
		st := &src.Streams[i]
		for n, a := range st.Adopt {
			at := st.Text.Path + ".adopt[" + strconv.Itoa(n) + "]."
			if _, err := time.Parse(time.DateOnly, a.Since); a.Since != "" && err != nil {
				problems = append(problems, c.wrong(at+"since", a.Since, "2026-12-01"))
			}
			if strings.Contains(a.Stream, "/") || a.Stream == st.Name || slices.Contains(adopts[a.Stream], st.Name) {
				problems = append(problems, c.wrong(at+"stream", a.Stream, "another stream of this source, by its own name, that does not adopt this one"))
			}
		}
		if len(st.KeyPrefix) > 64 || strings.ContainsFunc(st.KeyPrefix, func(r rune) bool { return r < ' ' }) {
			problems = append(problems, c.wrong(st.Text.Path+".key_prefix", st.KeyPrefix, "at most 64 characters, such as nhap-"))
		}
	}
	return problems
}

func (c *Config) wrong(path, value, want string) *problem.Problem {
	p := c.Text.At(path).Wrong("GW-C003", want)
	p.Value = problem.Short(value)
	return p
}
