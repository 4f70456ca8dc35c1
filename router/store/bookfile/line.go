package bookfile

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"

	"iocgateway/router/book"
)

// encode is a change as a line.
func encode(c book.Change) ([]byte, error) {
	text, err := json.Marshal(c)
	if err != nil {
		return nil, err
	}
	return append(append([]byte(sumOf(text)+" "), text...), '\n'), nil
}

func sumOf(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])[:sumDigits]
}

func decode(line []byte) (c book.Change, err error) {
	if len(line) < sumDigits+2 || line[sumDigits] != ' ' || line[len(line)-1] != '\n' {
		return c, errors.New("no line of a book")
	}
	text := line[sumDigits+1 : len(line)-1]
	if err := json.Unmarshal(text, &c); err != nil {
		return book.Change{}, err
	}
	if sumOf(text) != string(line[:sumDigits]) {
		return c, errors.New("the line is not what was written")
	}
	return c, nil
}
