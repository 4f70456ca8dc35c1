package tabular_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/tabular"
	"iocgateway/canonical"
	"iocgateway/canonical/outbound/outboundtest"
	"iocgateway/canonical/strict"
)

func now() time.Time { return time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) }

func TestMain(m *testing.M) {
	outboundtest.Names(map[string][]string{"metadata.test": {"169.254.169.254"}, "six.test": {"fd00:ec2::254"}, "away.test": {}})
	os.Exit(m.Run())
}

// tryOpen opens a stream from YAML; folder, when given, stands for place.folder.
func tryOpen(yaml, folder string) (adapters.Source, error) {
	node, err := strict.Parse("stream.yaml", []byte(yaml))
	if err != nil {
		return nil, err
	}
	if folder != "" {
		over, err := strict.Parse("test.yaml", []byte("place: {folder: '"+folder+"'}"))
		if err != nil {
			return nil, err
		}
		node = strict.Overlay(node, over)
	}
	return tabular.Spec().Open(adapters.Settings{Source: "s", Stream: "t", Kind: canonical.KindFeedback, Node: node},
		adapters.Env{HTTP: http.DefaultClient, Now: now})
}

func open(t testing.TB, yaml, folder string) adapters.Source {
	t.Helper()
	source, err := tryOpen(yaml, folder)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// walk pulls until there is no more.
func walk(t testing.TB, source adapters.Source) []adapters.Page {
	t.Helper()
	pages, err := walkFrom(source, nil)
	if err != nil {
		t.Fatal(err)
	}
	return pages
}

func walkFrom(source adapters.Source, from canonical.Checkpoint) ([]adapters.Page, error) {
	var pages []adapters.Page
	for {
		page, err := source.Pull(context.Background(), from)
		if err != nil {
			return pages, err
		}
		pages = append(pages, page)
		if !page.More {
			return pages, nil
		}
		if bytes.Equal(page.Next, from) {
			panic("no progress")
		}
		from = page.Next
	}
}

func byKey(t testing.TB, pages []adapters.Page) map[string]canonical.Raw {
	t.Helper()
	out := map[string]canonical.Raw{}
	for _, page := range pages {
		for _, refused := range page.Refused {
			t.Errorf("refused: %v", &refused.Problem)
		}
		for _, raw := range page.Records {
			if _, again := out[raw.Key]; again || raw.Key == "" {
				t.Errorf("key %q is blank or stands twice", raw.Key)
			}
			out[raw.Key] = raw
		}
	}
	return out
}

// lastWith is the last page that proved something, or the last.
func lastWith(pages []adapters.Page) adapters.Page {
	for _, page := range pages {
		if page.Complete != nil {
			return page
		}
	}
	return pages[len(pages)-1]
}

func write(t testing.TB, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
