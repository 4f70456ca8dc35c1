package statistics

import "iocgateway/canonical/vntext"

// Period is the time a value is of. Freq is empty when the text was not understood.
type Period struct {
	vntext.Period
	name string // one form for all labels, for keys
}

// ParsePeriod reads a period as codes and labels write it: see vntext.
func ParsePeriod(text, freq string) Period {
	p := vntext.ParsePeriod(text, freq)
	return Period{p, p.Name}
}

func (p Period) keyPart(d member) string {
	switch {
	case p.name != "":
		return p.name
	case d.code != "":
		return d.code
	default:
		return d.label
	}
}
