package drift

import (
	"fmt"
	"strconv"
	"strings"
)

// classes are all there are, as counts count them.
const classes = "-0tnbolTNBOL?"

// counts counts by class.
type counts [len(classes)]int

func (c *counts) put(class byte, n int) {
	if i := strings.IndexByte(classes, class); i >= 0 {
		c[i] += n
	}
}

// of is how many are of a class.
func (c *counts) of(class byte) int {
	if i := strings.IndexByte(classes, class); i >= 0 {
		return c[i]
	}
	return 0
}

// either counts a class, understood or not.
func (c *counts) either(class byte) int { return c.of(class) + c.of(Odd(class)) }

func (c *counts) all() (n int) { return c.sum(func(class byte) bool { return class != unsaid }) }

func (c *counts) sum(of func(byte) bool) (n int) {
	for i, k := range c {
		if k > 0 && of(classes[i]) {
			n += k
		}
	}
	return n
}

func (c *counts) add(o counts) {
	for i := range o {
		c[i] += o[i]
	}
}

// MarshalText writes "t:98 -:2" for 98 texts and two that are not there.
func (c counts) MarshalText() ([]byte, error) {
	var out []byte
	for i, n := range c {
		if n > 0 {
			out = strconv.AppendInt(append(out, classes[i], ':'), int64(n), 10)
			out = append(out, ' ')
		}
	}
	return out, nil
}

// UnmarshalText reads what MarshalText wrote.
func (c *counts) UnmarshalText(text []byte) error {
	*c = counts{}
	for part := range strings.FieldsSeq(string(text)) {
		n, err := strconv.Atoi(part[min(2, len(part)):])
		if err != nil || n < 0 {
			return fmt.Errorf("drift: a count %q", part)
		}
		c.put(part[0], n)
	}
	return nil
}
