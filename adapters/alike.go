package adapters

import (
	"slices"
	"strings"
)

// Matches reports whether a value is one of those that a condition names: letters
// are as large as a source likes them, and blanks around them say nothing.
func Matches(value string, wanted ...string) bool {
	return slices.ContainsFunc(wanted, func(w string) bool { return strings.EqualFold(strings.TrimSpace(value), strings.TrimSpace(w)) })
}

// removals are words by which sources say that something is gone, in groups: a
// source that means one of a group may say another one day.
var removals = [...][]string{
	{"true", "t", "yes", "y", "1", "có"},
	{"delete", "deleted", "del", "remove", "removed", "gone", "xóa", "xoá", "đã xóa", "đã xoá"},
	{"cancel", "canceled", "cancelled", "hủy", "huỷ", "đã hủy", "đã huỷ"},
}

// Alike reports whether a value that no condition names is another word for one
// that it names.
func Alike(value string, wanted ...string) bool {
	if value == "" || Matches(value, wanted...) {
		return false
	}
	return slices.ContainsFunc(removals[:], func(group []string) bool {
		return Matches(value, group...) && slices.ContainsFunc(wanted, func(w string) bool { return Matches(w, group...) })
	})
}
