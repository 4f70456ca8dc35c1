package shell

import (
	"iocgateway/adapters"
	"iocgateway/canonical/problem"
)

// Found is what was found in an answer, in a person's language.
func Found(s *Shell, f *adapters.Found) string {
	vi := s.Language() == problem.Vietnamese
	at, words := " at ", map[string]string{adapters.FoundRecords: "records", adapters.FoundTotal: "total", adapters.FoundPages: "pages",
		adapters.FoundNext: "next page", adapters.FoundLast: "last page", adapters.FoundList: "a list stands elsewhere",
		adapters.FoundColumns: "columns", adapters.FoundFiles: "files", adapters.FoundAxes: "values"}
	if vi {
		at, words = " tại ", map[string]string{adapters.FoundRecords: "bản ghi", adapters.FoundTotal: "tổng số", adapters.FoundPages: "số trang",
			adapters.FoundNext: "trang sau", adapters.FoundLast: "trang cuối", adapters.FoundList: "có danh sách ở chỗ khác",
			adapters.FoundColumns: "cột", adapters.FoundFiles: "tệp", adapters.FoundAxes: "giá trị"}
	}
	text := words[f.What]
	switch {
	case f.Count != nil && (f.What == adapters.FoundTotal || f.What == adapters.FoundPages):
		text += " " + s.Number(*f.Count)
	case f.Count != nil:
		text = s.Number(*f.Count) + " " + text
	}
	if f.At != "" {
		text += at + f.At
	}
	if f.Text != "" {
		text += ": " + f.Text
	}
	return text
}
