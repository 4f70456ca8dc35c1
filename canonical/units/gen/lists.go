package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"iocgateway/canonical/vntext"
)

// change is the first day of the two-level list.
const change = "2025-07-01"

// The files of the folder.
const (
	oldFile     = "dvhcvn-data-20250301.json"
	mergesFile  = "20250701-merges.json"
	splitsFile  = "20250701-splits.json"
	communeFile = "CV1027-ma-so-cap-xa.md"
	provFile    = "CV915-ma-so-cap-tinh.csv"
	decreeFile  = "NQ1677-QuangNgai.md" // optional
)

type oldProvince struct {
	Code      string `json:"level1_id"`
	Name      string `json:"name"`
	Districts []struct {
		Code     string `json:"level2_id"`
		Name     string `json:"name"`
		Communes []struct {
			Code string `json:"level3_id"`
			Name string `json:"name"`
		} `json:"level3s"`
	} `json:"level2s"`
}

type merge struct {
	Code string `json:"old_id"`
	Name string `json:"name"`
	Type string `json:"type"`
}

type newProvince struct {
	Code     string  `json:"level1_id"`
	Name     string  `json:"name"`
	Merges   []merge `json:"merges"`
	Communes []struct {
		Code   string  `json:"level2_id"`
		Name   string  `json:"name"`
		Merges []merge `json:"merges"`
	} `json:"level2s"`
}

type split struct {
	NewCode string `json:"new_id"`
}

type splitProvince struct {
	Communes []struct {
		Code   string  `json:"level3_id"`
		Splits []split `json:"splits"`
	} `json:"level3s"`
	Districts []struct {
		Code   string  `json:"level2_id"`
		Splits []split `json:"splits"`
	} `json:"level2s"`
}

type lists struct {
	old      []oldProvince
	merges   []newProvince
	splits   []splitProvince
	official map[string]string // commune code to name, dispatch 1027
	province map[string]string // province code to name, dispatch 915
	decrees  map[string]string // province code to the resolution on its communes
	origin   []string
}

func readLists(folder string) (*lists, error) {
	in := &lists{decrees: map[string]string{}}
	var merges struct{ Data []newProvince }
	var splits struct{ Data []splitProvince }
	for file, into := range map[string]any{oldFile: &in.old, mergesFile: &merges, splitsFile: &splits} {
		data, err := os.ReadFile(filepath.Join(folder, file))
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, into); err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
	}
	in.merges, in.splits = merges.Data, splits.Data
	var err error
	if in.official, err = tableOf(folder, communeFile, "|", 2, regexp.MustCompile(`^\d{5}$`)); err != nil {
		return nil, err
	}
	if in.province, err = tableOf(folder, provFile, ",", 1, regexp.MustCompile(`^\d{2}$`)); err != nil {
		return nil, err
	}
	in.origin = []string{
		"2025-03-01\tdvhcvn/data: danh mục ba cấp (63 tỉnh, 696 huyện, 10.047 xã)",
		"2025-06-25\tCông văn 1027/CTK-CSCL: mã số đơn vị hành chính cấp xã",
		"2025-06-16\tCông văn 915: mã số 34 tỉnh",
		"2025-07-01\tdvhcvn/20250701: sáp nhập và chia tách đơn vị hành chính",
	}
	return in, in.readDecree(folder)
}

// tableOf reads code and name of the rows of a table whose code column has
// the form asked for.
func tableOf(folder, file, separator string, column int, code *regexp.Regexp) (map[string]string, error) {
	data, err := os.ReadFile(filepath.Join(folder, file))
	if err != nil {
		return nil, err
	}
	rows := map[string]string{}
	for line := range strings.Lines(string(data)) {
		cells := strings.Split(line, separator)
		if len(cells) < column+2 || !code.MatchString(strings.TrimSpace(cells[column])) {
			continue
		}
		key := strings.TrimSpace(cells[column])
		if _, twice := rows[key]; twice {
			return nil, fmt.Errorf("%s: %s stands there twice", file, key)
		}
		rows[key] = clean(cells[column+1])
	}
	return rows, nil
}

// readDecree takes the number of the resolution on Quảng Ngãi's communes, and
// of the one on provinces that it rests on, from its text.
func (in *lists) readDecree(folder string) error {
	data, err := os.ReadFile(filepath.Join(folder, decreeFile))
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	text := strings.ReplaceAll(string(data), "*", "")
	number := regexp.MustCompile(`Số: (\d+/NQ-UBTVQH\d+)`).FindStringSubmatch(text)
	above := regexp.MustCompile(`Nghị quyết số\s+(202/2025/QH15)`).FindStringSubmatch(text)
	if number == nil || above == nil {
		return fmt.Errorf("%s: no number of a resolution", decreeFile)
	}
	in.decrees["51"] = "Nghị quyết " + number[1]
	in.decrees[""] = "Nghị quyết " + above[1]
	in.origin = append(in.origin, "2025-06-16\t"+in.decrees["51"]+": sắp xếp đơn vị hành chính cấp xã của tỉnh Quảng Ngãi")
	return nil
}

func clean(s string) string {
	s = strings.ReplaceAll(s, "<br>", " ")
	return vntext.NFC(strings.Join(strings.Fields(s), " "))
}
