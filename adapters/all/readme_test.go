package all

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"iocgateway/adapters"
)

// TestReadmesEqualTheCode: the README beside each adapter names every setting
// and every profile it has, and in its table of settings nothing that is no
// setting. What stands inside a setting may be described where its engine is.
func TestReadmesEqualTheCode(t *testing.T) {
	for _, spec := range Specs() {
		name := spec.Info.Name
		own := readme(t, name)
		engines := own + readme(t, "rest") + readme(t, "tabular")
		known := map[string]bool{}
		top := len(spec.Fields)
		for fields := spec.Fields; len(fields) > 0; top-- {
			f, text := fields[0], own
			fields = append(fields[1:len(fields):len(fields)], f.Fields...)
			known[f.Key] = true
			if top <= 0 {
				text = engines
			}
			if !regexp.MustCompile(`\b` + regexp.QuoteMeta(f.Key) + `\b`).MatchString(text) {
				t.Errorf("adapters/%s/README.md does not name the setting %s", name, f.Key)
			}
		}
		for _, p := range spec.Info.Profiles {
			if !strings.Contains(own, "`"+p.Name+"`") {
				t.Errorf("adapters/%s/README.md does not name the profile %s", name, p.Name)
			}
		}
		for _, key := range tabled(own) {
			if !known[key] {
				t.Errorf("adapters/%s/README.md names a setting %s that there is not", name, key)
			}
		}
	}
}

func readme(t *testing.T, adapter string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", adapter, "README.md"))
	if err != nil {
		t.Error(err)
	}
	return string(data)
}

// tabled lists the settings that the README's table of settings begins its
// rows with.
func tabled(text string) []string {
	var out []string
	inside := false
	key := regexp.MustCompile("`([a-z_0-9]+)`")
	for line := range strings.Lines(text) {
		cells := strings.Split(line, "|")
		switch {
		case len(cells) < 3:
			inside = false
		case !inside && regexp.MustCompile(`(?i)^\s*(settings?|thiết lập|cài đặt)\b`).MatchString(cells[1]):
			inside = true
		case inside:
			for _, m := range key.FindAllStringSubmatch(cells[1], -1) {
				out = append(out, m[1])
			}
		}
	}
	return out
}

// TestSettingsHaveWords: each setting has words in both languages, those
// inside others too, and words of its own.
func TestSettingsHaveWords(t *testing.T) {
	for _, spec := range Specs() {
		if len(spec.Fields) == 0 {
			t.Errorf("%s has no settings", spec.Info.Name)
		}
		for fields := spec.Fields; len(fields) > 0; {
			f := fields[0]
			fields = append(fields[1:len(fields):len(fields)], f.Fields...)
			if strings.TrimSpace(f.VI) == "" || strings.TrimSpace(f.EN) == "" {
				t.Errorf("%s: setting %s has no words in a language", spec.Info.Name, f.Key)
			}
		}
		for _, p := range spec.Info.Profiles {
			switch p.Evidence {
			case adapters.Seen, adapters.Reported, adapters.Assumed:
			default:
				t.Errorf("%s: profile %s: evidence %q", spec.Info.Name, p.Name, p.Evidence)
			}
		}
	}
}
