package tabular

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"iocgateway/canonical"
	"iocgateway/canonical/problem"
)

// checkpoint is version 1 of how far a stream of files got.
type checkpoint struct {
	V      int                 `json:"v"`
	Files  map[string]fileMark `json:"files"`
	Live   int                 `json:"last,omitempty"`   // rows of the file read last
	Ends   string              `json:"ends,omitempty"`   // lineEnd: so did all texts that were read; noEnd: one did not
	Header []string            `json:"header,omitempty"` // of the table read last, where members are called by it
	// Sheets are those that nobody reads, as the stream met them; nil: it has seen no workbook.
	Sheets *sheets `json:"sheets,omitempty"`
	// Doubts are what files left open. They are said again with every look, until
	// the file has answered them.
	Doubts map[string][]problem.Problem `json:"doubts,omitempty"`
}

// fileMark is what is known of one file. Row counts the items that were given
// out; Done: all were.
type fileMark struct {
	Hash         string `json:"hash,omitempty"`
	Size         int64  `json:"size"`
	MTime        int64  `json:"mtime"`
	Row          int    `json:"row,omitempty"`
	Bad          int    `json:"bad,omitempty"`    // items refused in this walk
	Rows         int    `json:"rows,omitempty"`   // how many it had when it was read to its end
	Tables       string `json:"tables,omitempty"` // it has rows of, a line each
	Again        int    `json:"again,omitempty"`  // how often the walk was cut and is made again
	Done         bool   `json:"done,omitempty"`
	Ends         string `json:"ends,omitempty"`  // how its text ended when it was read to its end
	Since        int64  `json:"since,omitempty"` // first seen like this, not yet still
	ETag         string `json:"etag,omitempty"`
	LastModified string `json:"modified,omitempty"`
}

func (m fileMark) same(f File) bool { return m.Size == f.Size && m.MTime == stamp(f.Modified) }

const checkpointVersion = 1

func readCheckpoint(from canonical.Checkpoint) (*checkpoint, error) {
	cp := &checkpoint{V: checkpointVersion}
	if len(from) > 0 {
		if err := json.Unmarshal(from, cp); err != nil {
			return nil, problem.Halt(fmt.Errorf("tabular: read the checkpoint: %w", err))
		}
		if cp.V != checkpointVersion {
			return nil, problem.Halt(fmt.Errorf("tabular: read the checkpoint: version %d is not known", cp.V))
		}
	}
	if cp.Files == nil {
		cp.Files = map[string]fileMark{}
	}
	return cp, nil
}

func (c *checkpoint) encode() (canonical.Checkpoint, error) {
	data, err := json.Marshal(c)
	if err != nil {
		return nil, fmt.Errorf("tabular: write the checkpoint: %w", err)
	}
	return data, nil
}

// continues reports whether the open file stands exactly where this checkpoint does.
func (c *checkpoint) continues(cur *cursor) bool {
	mark, ok := c.Files[cur.name]
	return ok && !mark.Done && mark.Hash == cur.hash && mark.Row == cur.row && cur.row > 0
}

// prune forgets files that are no longer there, so that the checkpoint never
// outgrows the listing. That a file is gone proves nothing about its records.
func (c *checkpoint) prune(files []File) bool {
	listed := make(map[string]bool, len(files))
	for _, f := range files {
		listed[f.Name] = true
	}
	pruned := false
	for name := range c.Files {
		if !listed[name] {
			delete(c.Files, name)
			delete(c.Doubts, name)
			pruned = true
		}
	}
	return pruned
}

// maxSheets bounds how many names of sheets are kept.
const maxSheets = 200

// sheets are those that were told when the stream began, and the settings by
// which nobody reads them.
type sheets struct {
	Told []string `json:"told"`
	By   string   `json:"by,omitempty"`
}

// unread tells of sheets that nobody reads: once of those that were there when
// the stream began, and of one that came later for as long as it is there.
func (c *checkpoint) unread(file string, names []string, by string, first bool) []problem.Problem {
	if c.Sheets == nil {
		c.Sheets, first = &sheets{}, true
	}
	c.Sheets.By = by
	fresh := without(names, c.Sheets.Told)
	if len(fresh) == 0 {
		return nil
	}
	p := problem.Problem{Code: "GW-D109", File: problem.Short(file), Value: problem.Short(strings.Join(fresh, ", "))}
	if first {
		p.Code = "GW-D108"
		c.Sheets.Told = append(c.Sheets.Told, fresh...)
		c.Sheets.Told = c.Sheets.Told[:min(len(c.Sheets.Told), maxSheets)]
	}
	return []problem.Problem{p}
}

// settled drops what was said of sheets under other settings.
func (c *checkpoint) settled(by string) {
	if c.Sheets == nil || c.Sheets.By == by {
		return
	}
	for file, notes := range c.Doubts {
		c.Doubts[file] = slices.DeleteFunc(notes, func(p problem.Problem) bool { return p.Reason() == problem.Reminding })
	}
}

// doubt keeps of what a file said that which is still open, and gives the rest.
// The look that finds nothing more to read says it, once a run.
func (c *checkpoint) doubt(file string, notes []problem.Problem) (rest []problem.Problem) {
	delete(c.Doubts, file)
	for i := range notes {
		if reason := notes[i].Reason(); reason != problem.Doubtful && reason != problem.Reminding {
			rest = append(rest, notes[i])
			continue
		}
		if c.Doubts == nil {
			c.Doubts = map[string][]problem.Problem{}
		}
		c.Doubts[file] = append(c.Doubts[file], notes[i])
	}
	return rest
}

// byTable are the files that have rows of each table, by name.
func (c *checkpoint) byTable() map[string][]string {
	files := map[string][]string{}
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		for table := range strings.Lines(c.Files[name].Tables) {
			table = strings.TrimSuffix(table, "\n")
			files[table] = append(files[table], name)
		}
	}
	return files
}

// sharing are the other files that have rows of a table that one has.
func (c *checkpoint) sharing(file string) (others []string) {
	if c.Files[file].Tables == "" {
		return nil
	}
	for _, files := range c.byTable() {
		if slices.Contains(files, file) {
			others = append(others, without(files, []string{file})...)
		}
	}
	slices.Sort(others)
	return slices.Compact(others)
}

// shared tells of tables that stand in several files.
func (c *checkpoint) shared() (notes []problem.Problem) {
	all := c.byTable()
	for _, table := range slices.Sorted(maps.Keys(all)) {
		if files := all[table]; len(files) > 1 && len(notes) < maxShared {
			notes = append(notes, problem.Problem{Code: "GW-D110", File: problem.Short(files[0]), Value: problem.Short(strings.TrimSuffix(table, "|")),
				Want: problem.Short(strings.Join(files[1:], ", "))})
		}
	}
	return notes
}

const maxShared = 10 // tables that are told

// doubts are those of all files, by the files' names.
func (c *checkpoint) doubts() []problem.Problem {
	var all []problem.Problem
	for _, file := range slices.Sorted(maps.Keys(c.Doubts)) {
		all = append(all, c.Doubts[file]...)
	}
	return all
}

// maxCopies is how many files are named that are copies of others.
const maxCopies = 5

// copies are files that have, byte for byte, what another has: where each is a
// whole of its own, all that is in them counts twice.
func (c *checkpoint) copies() (notes []problem.Problem) {
	first := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(c.Files)) {
		mark := c.Files[name]
		if !mark.Done || mark.Rows == 0 {
			continue
		}
		if other, again := first[mark.Hash]; !again {
			first[mark.Hash] = name
		} else if len(notes) < maxCopies {
			notes = append(notes, problem.Problem{Code: "GW-D123", File: problem.Short(name), Near: problem.Short(other), Value: itoa(mark.Rows)})
		}
	}
	return notes
}

// maxHeader bounds what is kept of a header, in bytes.
const maxHeader = 8 << 10

// headed keeps the names of a table's columns, and notes those that the table
// before had and this one has not: whoever maps them finds nothing any more.
func (c *checkpoint) headed(file string, names []string) []problem.Problem {
	if size := len(strings.Join(names, "")); size == 0 || size > maxHeader {
		return nil
	}
	lost := without(c.Header, names)
	fresh := without(names, c.Header)
	c.Header = names
	if len(lost) == 0 {
		return nil
	}
	return []problem.Problem{{Code: "GW-D077", File: problem.Short(file), Value: problem.Short(strings.Join(lost, ", ")), Want: problem.Short(strings.Join(fresh, ", "))}}
}

// without gives the names that are not among others.
func without(names, others []string) (out []string) {
	for _, name := range names {
		if !slices.Contains(others, name) {
			out = append(out, name)
		}
	}
	return out
}

// stamp is a time as the checkpoint keeps it; 0 where there is none.
func stamp(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

func itoa(n int) string { return strconv.Itoa(n) }

// Rewind is adapters.Rewinder's: every file is read again.
func (w *Walker) Rewind(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	cp, err := readCheckpoint(from)
	if err != nil {
		return nil, err
	}
	for name, mark := range cp.Files {
		cp.Files[name] = fileMark{Again: mark.Again + 1, Rows: mark.Rows, Ends: mark.Ends}
	}
	return cp.encode()
}

// Sweep is adapters.Restarter's.
func (w *Walker) Sweep(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	return w.Rewind(from)
}

// Restart is adapters.Restarter's: the file that is being read is read from its
// first row.
func (w *Walker) Restart(from canonical.Checkpoint) (canonical.Checkpoint, error) {
	cp, err := readCheckpoint(from)
	if err != nil {
		return nil, err
	}
	under := false
	for name, mark := range cp.Files {
		if mark.Row > 0 && !mark.Done {
			cp.Files[name] = fileMark{Again: mark.Again + 1, Rows: mark.Rows, Ends: mark.Ends}
			under = true
		}
	}
	if !under {
		return from, nil
	}
	return cp.encode()
}
