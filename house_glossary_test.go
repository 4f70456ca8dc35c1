package iocgateway_test

import (
	"go/ast"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"iocgateway/adapters/all"
	"iocgateway/canonical/words"
	"iocgateway/mappings/keys"
)

// forbidden are the Vietnamese words that the glossary (canonical/words)
// replaced by one other, each with what is said instead; kept are phrases in
// which the same letters are right.
var forbidden = sync.OnceValue(func() rules {
	instead := map[string]string{
		"kênh dữ liệu":                   "luồng tin|luồng phát",
		"dữ liệu gốc":                    "nguyên bản",
		"mốc đã đọc":                     "điểm dừng",
		"mẫu kết nối":                    "hồ sơ kết nối|hồ sơ nối",
		"bộ kết nối":                     "bộ nối",
		"danh mục mã, bảng mã ký tự":     "bảng mã",
		"bản chụp":                       "ảnh chụp",
		"bản sao đọc":                    "bản xem",
		"token":                          "thẻ",
		"chứng thư số":                   "chứng chỉ|chứng thư",
		"máy chủ proxy":                  "máy chủ trung gian|máy trung gian",
		"chưa có trong danh mục":         "mã lạ",
		"không hợp lệ":                   "khóa lạ|tham số lạ",
		"không phản hồi":                 "im lặng",
		"tạm ngừng gọi nguồn":            "cầu dao",
		"cập nhật đến":                   "độ tươi",
		"bị lặp":                         "đứng hai lần",
		"liên tục, không sót":            "lỗ hổng|không hở",
		"sắp chậm cập nhật":              "nguy cơ trễ|sắp trễ",
		"nguồn không có dữ liệu mới":     "nguồn ngừng cập nhật|nguồn im lặng",
		"dữ liệu cần kiểm tra":           "dữ liệu có vấn đề",
		"nội dung":                       "thân lần gửi|thân yêu cầu|thân trả lời",
		"khóa bí mật":                    "bí mật",
		"liên hệ đơn vị quản lý nguồn":   "nhờ nguồn|bảo nguồn|hỏi nguồn",
		"xóa tại nguồn, xóa do đối soát": "đã gỡ|bị gỡ|gỡ do đối chiếu",
		"xử lý lại":                      "phát lại|đọc lại nguyên bản",
		"nhật ký dữ liệu, nhật ký hệ thống, nhật ký thao tác": "nhật ký",
		"cổng tích hợp, cổng mạng":                            "cổng",
		"giá trị chỉ tiêu":                                    "chỉ tiêu thống kê|hai quan sát",
		"bên nhận":                                            "người đọc|được đẩy",
	}
	r := rules{words: map[string]*regexp.Regexp{}}
	all := "x{9}"
	for say, not := range instead {
		r.words[say] = regexp.MustCompile(`(?i)(^|[^\pL])(` + not + `)([^\pL]|$)`)
		all += "|" + not
	}
	r.any = regexp.MustCompile("(?i)" + all)
	r.kept = regexp.MustCompile(`(?i)nhật ký (dữ liệu|hệ thống|thao tác)|cổng (tích hợp|mạng|dịch vụ|thông tin|dữ liệu mở|tỉnh)|khóa bí mật|chứng thư số|bảng mã ký tự|` +
		`máy( chủ)?:cổng|<cổng mạng>`)
	return r
})

type rules struct {
	words     map[string]*regexp.Regexp // what is said instead: what is not said
	any, kept *regexp.Regexp
}

// otherWords finds the words of a text that the glossary replaced.
func otherWords(text string) (found []string) {
	r := forbidden()
	text = r.kept.ReplaceAllString(text, "·")
	if !r.any.MatchString(text) {
		return nil
	}
	for say, not := range r.words {
		if m := not.FindStringSubmatch(text); m != nil {
			found = append(found, strconv.Quote(m[2])+": say "+say)
		}
	}
	return found
}

// readable are the endings of files that people read.
var readable = []string{".html", ".yaml", ".yml", ".json", ".md", ".tmpl", ".txt", ".service"}

// TestOneWordForOneIdea holds the glossary on every surface: what code says,
// pages, settings, what is deployed and written for people.
func TestOneWordForOneIdea(t *testing.T) {
	met := 0
	each := func(place, text string) {
		if !vietnamese(text) {
			return
		}
		met++
		for _, fault := range otherWords(text) {
			t.Errorf("%s: %s in %.120q", place, fault, text)
		}
	}
	for _, s := range sources(t) {
		if s.tests || wordsOfOthers(s.path) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if text, err := strconv.Unquote(lit.Value); err == nil {
					each(s.fset.Position(lit.Pos()).String(), text)
				}
			}
			return true
		})
	}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && (path == ".git" || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || wordsOfOthers(path) || !slices.Contains(readable, filepath.Ext(path)) {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for i, line := range strings.Split(string(text), "\n") {
			each(path+":"+strconv.Itoa(i+1), line)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if met < 500 {
		t.Errorf("only %d texts were read: the walk is broken", met)
	}
}

// wordsOfOthers are the places whose words are not held: what sources say, and
// what simulators say for them; what tests name; history; what is generated of
// texts that are read.
func wordsOfOthers(path string) bool {
	for _, part := range []string{"sim/", "adapters/simkit/", "canonical/units/", "mappings/", "CHANGELOG.md", "_test.go", "canonical/vntext/",
		"deploy/schemas/", "PROBLEMS.md", "REFERENCE.md", "CONFIG.md", "CLI.", "PROFILES.md", "DICTIONARY"} { // generated of what is read
		if strings.Contains(path, part) && !strings.HasPrefix(path, "mappings/keys/") {
			return true
		}
	}
	return false
}

// vietnamese reports whether a text has letters that only Vietnamese has.
func vietnamese(text string) bool {
	return strings.ContainsAny(strings.ToLower(text), "ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệịỉĩọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ")
}

func TestOtherWordsAreFound(t *testing.T) {
	for text, n := range map[string]int{
		"Luồng phát dossier":             1,
		"Mã lạ trong nguyên bản":         2,
		"Thẻ truy cập":                   1,
		"Cụ thể như sau":                 0,
		"Chứng thư số của máy chủ proxy": 0,
		"Chứng thư của máy trung gian":   2,
		"xem nhật ký hệ thống":           0,
		"xem nhật ký":                    1,
		"Cổng Dịch vụ công quốc gia":     0,
		"Không mở cổng":                  1,
		"Khóa bí mật":                    0,
	} {
		if got := otherWords(text); len(got) != n {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// TestWhatIsNamedOnPagesHasAWord: adapters, steps of mappings and the systems
// that mappings name are shown to people who know none of the names.
func TestWhatIsNamedOnPagesHasAWord(t *testing.T) {
	has := func(group, name string) {
		if w, there := words.Of(group, name); !there || w.VI == name {
			t.Errorf("the glossary (canonical/words) has no %s.%s", group, name)
		}
	}
	for _, spec := range all.Specs() {
		has("adapter", spec.Info.Name)
	}
	for _, step := range keys.Steps() {
		has("step", step.Key)
	}
	systems := 0
	err := filepath.WalkDir("mappings", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".yaml" || strings.Contains(path, "test") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`\bsystem: (\w+)`).FindAllSubmatch(text, -1) {
			has("system", string(m[1]))
			systems++
		}
		return err
	})
	if err != nil || systems < 10 {
		t.Errorf("%d systems were found: %v", systems, err)
	}
}
