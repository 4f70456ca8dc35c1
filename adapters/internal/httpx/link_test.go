package httpx

import (
	"net/http"
	"testing"
)

func TestLinked(t *testing.T) {
	cases := []struct {
		name, want string
		broken     bool
		lines      []string
	}{
		{"as most write it", "/l?o=2", false, []string{`</l?o=0>; rel="first", </l?o=2>; rel="next"`}},
		{"no quotes", "/l?o=2", false, []string{`</l?o=0>;rel=prev,</l?o=2>;rel=next`}},
		{"several relations", "/l?o=2", false, []string{`</l?o=2>; rel="last next"`}},
		{"their case, and a name in capitals", "/l?o=2", false, []string{`</l?o=2>; REL="Last NEXT"`}},
		{"beside an extension relation", "/l?o=2", false, []string{`</l?o=2>; rel="https://a.vn/rels/page next"`}},
		{"an extension relation is another one", "/l?o=2", false, []string{`</x>; rel="https://a.vn/rels/next", </l?o=2>; rel=next`}},
		{"none but an extension relation", "", false, []string{`</x>; rel="https://a.vn/rels/next"`}},
		{"commas and semicolons in the address", "/l?ids=1,2;3&o=2", false, []string{`</l?ids=0,1>; rel=prev, </l?ids=1,2;3&o=2>; rel="next"`}},
		{"parameters before it", "/l?o=2", false, []string{`</l?o=2>; title="trang sau"; type="application/json"; rel="next"; media=all`}},
		{"a title that talks of it", "/l?o=2", false, []string{`</x>; title="rel=\"next\", <x>"; rel=prev, </l?o=2>; rel=next`}},
		{"a parameter without a value", "/l?o=2", false, []string{`</l?o=2>; crossorigin; rel=next`}},
		{"the first rel counts", "", false, []string{`</l?o=2>; rel=prev; rel=next`}},
		{"two headers", "/l?o=2", false, []string{`</l?o=0>; rel=prev`, `</l?o=2>; rel=next`}},
		{"blanks everywhere", "/l?o=2", false, []string{` ,  </l?o=2>  ;  rel =  "next"  , `}},
		{"no brackets", "/l?o=2", false, []string{`/l?o=2; rel="next"`}},
		{"of another page", "/l?o=2", false, []string{`</x>; rel=next; anchor="/y", </l?o=2>; rel=next`}},
		{"a word like it", "", false, []string{`</x>; rel="nextpage", </y>; rel="prev-next"`}},
		{"none at all", "", false, nil},
		{"broken off in the address", "", true, []string{`</l?o=2`}},
		{"broken off in a quote", "", true, []string{`</l?o=2>; rel="next`}},
		{"words behind the address", "", true, []string{`</l?o=2> rel=next`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Linked(http.Header{"Link": c.lines}, "next")
			if got != c.want || (err != nil) != c.broken {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

func FuzzLinked(f *testing.F) {
	f.Add(`</l?o=0>; rel="first", </l?o=2>; rel="next"`)
	f.Add(`</l>;a="\\\"";rel=next,,`)
	f.Fuzz(func(t *testing.T, line string) {
		got, err := Linked(http.Header{"Link": {line}}, "next")
		if err != nil && got != "" {
			t.Error("an address beside an error")
		}
	})
}
