package problem

import (
	"strings"
	"unicode/utf8"
)

// Near is the known word closest to a mistyped one, or empty when none is
// close: another case, or at most a third of its letters wrong, of two one.
func Near(word string, known []string) string {
	letters := utf8.RuneCountInString(word)
	best, distance := "", min(max(1, letters/3), letters-1)+1
	for _, k := range known {
		if strings.EqualFold(k, word) {
			return k
		}
		if apart := utf8.RuneCountInString(k) - letters; apart >= distance || -apart >= distance {
			continue
		}
		if d := edits(strings.ToLower(word), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// edits is the Levenshtein distance, bounded to short words.
func edits(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return 1 << 16
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := diagonal
			if x[i-1] != y[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(y)]
}
