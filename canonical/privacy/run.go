package privacy

// digitRun is a run of digit groups with little between them.
type digitRun struct {
	digits  [maxPersonalDigits + 2]byte
	ends    [maxPersonalDigits]groupEnd
	count   int // of the digits
	groups  int
	guessed bool // a letter O was taken for 0
}

// upTo are the digits up to the end of the k-th group.
func (r *digitRun) upTo(k int) []byte { return r.digits[:r.ends[k].count] }

// groupEnd is the end of a group, and what parts the groups up to it.
type groupEnd struct {
	count, at int
	dotted    bool // by a point, somewhere
	loose     bool // by what seldom stands within a number: a comma, a slash, a line's end
	spaced    bool // by blanks, somewhere
	by        byte // what all of them are parted by; 0: by this and that
}

// listed reports groups that are parted as the pieces of a list are.
func (e *groupEnd) listed() bool { return e.by == 0 || e.spaced && (e.by == ',' || e.by == ';') }

// maxPersonalDigits is the longest number looked for: 0084 and the ten digits
// after it.
const maxPersonalDigits = 14

// Between two groups stand so many characters that are no blanks (") ", " - "),
// and so many blanks, at most.
const maxBetween, maxBlanks = 3, 12

// scan reads the run that begins at i; with letters, O counts as 0 beside digits.
func (r *digitRun) scan(text []byte, i int, letters bool) {
	r.count, r.groups, r.guessed = 0, 0, false
	sep := gap{}
	for r.groups < len(r.ends) {
		for i < len(text) {
			c := text[i]
			if letters && zeroLike(text, i) {
				c, r.guessed = '0', true
			}
			if !digitByte(c) {
				break
			}
			if r.count <= maxPersonalDigits {
				r.digits[r.count] = c
				r.count++
			}
			i++
		}
		r.ends[r.groups] = groupEnd{count: r.count, at: i, dotted: sep.dotted, loose: sep.loose, spaced: sep.spaced, by: sep.by}
		r.groups++
		next := sep.read(text, i, r.groups == 1)
		if next == i || next >= len(text) || !digitByte(text[next]) && !(letters && zeroLike(text, next)) || r.count > maxPersonalDigits {
			break
		}
		i = next
	}
}

// zeroLike reports a letter O that stands where a digit does.
func zeroLike(text []byte, i int) bool {
	if text[i] != 'o' && text[i] != 'O' || i+1 >= len(text) || !digitByte(text[i+1]) && !zeroLike(text, i+1) {
		return false
	}
	return i == 0 || digitByte(text[i-1]) || !letterByte(text[i-1]) && text[i-1] != '_'
}

// gap is what was found between groups so far.
type gap struct {
	dotted, loose, spaced bool
	by                    byte
}

// read goes over what stands behind a group, up to the next; i where nothing does.
func (g *gap) read(text []byte, i int, first bool) int {
	signs, blanks, by := 0, 0, byte(' ')
	for ; i < len(text) && signs <= maxBetween && blanks <= maxBlanks; i++ {
		c := text[i]
		switch {
		case blankByte(c):
			blanks++
			g.spaced = true
			g.loose = g.loose || c == '\n' || blanks > maxBetween
			continue
		case digitByte(c) || letterByte(c) || c == '@' || c == mark:
			g.put(by, first)
			return i
		}
		signs++
		by = c
		g.dotted = g.dotted || c == '.'
		g.loose = g.loose || !separator(c)
	}
	return i
}

func blankByte(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

func (g *gap) put(by byte, first bool) {
	if !first && g.by != by {
		by = 0
	}
	g.by = by
}

// separator reports what parts the groups of numbers as a matter of course.
func separator(c byte) bool {
	return c == ' ' || c == '.' || c == '-' || c == '(' || c == ')' || c == '_'
}

// size is how many digits the k-th group has.
func (r *digitRun) size(k int) int {
	if k == 0 {
		return r.ends[0].count
	}
	return r.ends[k].count - r.ends[k-1].count
}
