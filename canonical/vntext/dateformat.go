package vntext

import "time"

// AppendRFC3339 appends t as the canonical model writes instants: RFC 3339
// with its offset, fractions only where there are any.
func AppendRFC3339(dst []byte, t time.Time) []byte { return t.AppendFormat(dst, time.RFC3339Nano) }

// AppendDate appends the day of t as yyyy-mm-dd.
func AppendDate(dst []byte, t time.Time) []byte {
	y, m, d := t.Date()
	return digits(append(digits(append(digits(dst, y, 4), '-'), int(m), 2), '-'), d, 2)
}

// AppendFormat appends t in the layout, so that Parse reads it again.
func (l Layout) AppendFormat(dst []byte, t time.Time) []byte {
	switch l.named {
	case byRFC3339, byISO:
		return AppendRFC3339(dst, t)
	case byEpoch:
		return appendInt(dst, t.Unix())
	case byEpochMS:
		return appendInt(dst, t.UnixMilli())
	case byDotNet:
		return append(appendInt(append(dst, "/Date("...), t.UnixMilli()), ")/"...)
	case byExcel, byExcel1904:
		return appendExcel(dst, t, l.named == byExcel1904)
	}
	if l.fixed != nil {
		t = t.In(l.fixed)
	}
	for _, o := range l.ops {
		dst = o.append(dst, t)
	}
	return dst
}

func (o op) append(dst []byte, t time.Time) []byte {
	switch o.field {
	case literal:
		return append(dst, o.lit)
	case year:
		if o.most == 2 {
			return digits(dst, t.Year()%100, 2)
		}
		return digits(dst, t.Year(), 4)
	case month:
		return digits(dst, int(t.Month()), int(o.least))
	case day:
		return digits(dst, t.Day(), int(o.least))
	case minute:
		return digits(dst, t.Minute(), int(o.least))
	case second:
		return digits(dst, t.Second(), int(o.least))
	case fraction:
		return digits(dst, t.Nanosecond()/pow10(9-int(o.most)), int(o.most))
	case half:
		return append(dst, [...]string{"AM", "PM"}[t.Hour()/12]...)
	case offset:
		return t.AppendFormat(dst, "Z0700")
	}
	if o.lit == 'h' {
		return digits(dst, (t.Hour()+11)%12+1, int(o.least))
	}
	return digits(dst, t.Hour(), int(o.least))
}

func appendExcel(dst []byte, t time.Time, system1904 bool) []byte {
	y, m, d := t.Date()
	const zero = -25569 // 30 December 1899, in days since 1970
	days := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()/86400 - zero
	switch {
	case system1904:
		days -= 1462
	case days <= 60:
		days--
	}
	dst = appendInt(dst, days)
	hour, minute, second := t.Clock()
	nanos := uint64((hour*60+minute)*60+second)*1e9 + uint64(t.Nanosecond())
	if nanos == 0 {
		return dst
	}
	// Twelve digits are far below a millisecond.
	return digits(append(dst, '.'), int(nanos*10/864), 12)
}

// digits appends n with at least width digits.
func digits(dst []byte, n, width int) []byte {
	var b [20]byte
	at := len(b)
	for n > 0 || width > 0 {
		at--
		b[at] = byte('0' + n%10)
		n /= 10
		width--
	}
	return append(dst, b[at:]...)
}

func appendInt(dst []byte, n int64) []byte {
	if n < 0 {
		return digits(append(dst, '-'), int(-n), 1)
	}
	return digits(dst, int(n), 1)
}
