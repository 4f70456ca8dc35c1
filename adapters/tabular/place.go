package tabular

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"sort"
	"strings"
	"time"
	"unicode/utf8"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
)

// File is one file as its place shows it. Size is -1 and Modified zero where
// only asking for the content shows whether it changed.
type File struct {
	Name     string // to be shown, and UTF-8
	Size     int64
	Modified time.Time

	at string // its name where it lies, when that is no UTF-8
}

// named is a file whose name is what its place calls it. Bytes that are no
// UTF-8 (names in TCVN3 or of an old Windows) are shown as %B8.
func named(name string, size int64, modified time.Time) File {
	f := File{Name: name, Size: size, Modified: modified}
	if utf8.ValidString(name) {
		return f
	}
	var b strings.Builder
	for i, r := range name {
		if _, n := utf8.DecodeRuneInString(name[i:]); r == utf8.RuneError && n == 1 {
			fmt.Fprintf(&b, "%%%02X", name[i])
		} else {
			b.WriteRune(r)
		}
	}
	f.Name, f.at = b.String(), name
	return f
}

// lies is what its place calls it.
func (f File) lies() string {
	if f.at != "" {
		return f.at
	}
	return f.Name
}

// Listing is what lies in a place: the files to read, and what is worth a
// person's eye of the others.
type Listing struct {
	Files []File
	Notes []problem.Problem
}

// Validators are what is remembered of a file's last content, for conditional requests.
type Validators struct{ ETag, Modified string }

// Place is where files lie.
type Place interface {
	Connect(ctx context.Context) (Session, error)
}

// Session is one visit to a place. Fetch gives a nil Spool when the place
// answers that the content still has these Validators.
type Session interface {
	List(ctx context.Context) (Listing, error)
	Fetch(ctx context.Context, f File, known Validators) (*Spool, Validators, error)
	Close() error
}

// PlaceSettings are where the files are. Exactly one of Folder, URL and SFTP stands.
type PlaceSettings struct {
	Folder  string        `yaml:"folder" vi:"Thư mục nhận tệp" en:"drop folder" ex:"./drop"`
	URL     []string      `yaml:"url" vi:"Địa chỉ tải tệp (một hoặc nhiều)" en:"addresses to fetch (one or several)" ex:"[https://example.vn/so-lieu.csv]"`
	SFTP    *SFTPSettings `yaml:"sftp" vi:"Máy chủ SFTP" en:"SFTP server"`
	Pattern []string      `yaml:"pattern" vi:"Mẫu tên tệp, ví dụ *.xlsx" en:"file name patterns such as *.xlsx" ex:"[\"*.xlsx\"]"`
	Settle  time.Duration `yaml:"settle" vi:"Tệp phải đứng yên bao lâu mới đọc" en:"how long a file must lie still before it is read"`
	MaxMB   int           `yaml:"max_mb" validate:"gte=0,lte=1024" vi:"Cỡ tệp lớn nhất (MB)" en:"largest file (MB)"`
}

const (
	maxFiles      = 2000
	defaultSettle = 10 * time.Second
	defaultMaxMB  = 64
)

// OpenPlace builds the place of a stream; it touches nothing.
func OpenPlace(s PlaceSettings, node *strict.Node, env adapters.Env) (Place, error) {
	count := 0
	for _, given := range []bool{s.Folder != "", len(s.URL) > 0, s.SFTP != nil} {
		if given {
			count++
		}
	}
	if count != 1 {
		return nil, wrong(node, "place", "exactly one of folder, url, sftp")
	}
	for _, pattern := range s.Pattern {
		if _, err := path.Match(pattern, "x"); err != nil {
			return nil, wrong(node, "place", "a pattern such as *.xlsx")
		}
	}
	limit := int64(s.MaxMB) << 20
	if limit <= 0 {
		limit = defaultMaxMB << 20
	}
	spools := spooler{env.Space, limit}
	switch {
	case s.Folder != "":
		return &folder{dir: s.Folder, patterns: s.Pattern, spools: spools}, nil
	case s.SFTP != nil:
		return newSFTP(*s.SFTP, s.Pattern, spools, node)
	default:
		return newWeb(s.URL, spools, node, env.HTTP)
	}
}

// Settled is how long a file of this place must lie still.
func (s PlaceSettings) Settled() time.Duration {
	switch {
	case s.Settle > 0:
		return s.Settle
	case s.Settle < 0:
		return 0
	default:
		return defaultSettle
	}
}

// wrong is a settings problem at a key of node, or at node itself.
func wrong(node *strict.Node, key, want string) error {
	if node == nil {
		return &problem.Problem{Code: "GW-C005", Field: key, Want: want}
	}
	at := node
	if child := node.Get(key); child != nil {
		at = child
	}
	p := at.Wrong("GW-C005", want)
	p.Field = key
	return p
}

// matches reports whether a file is meant: by pattern, and never a file that is
// still being written or that an office program keeps as a lock.
func matches(patterns []string, name string) bool {
	for _, ending := range []string{".part", ".tmp", ".crdownload", ".filepart"} {
		if strings.HasSuffix(strings.ToLower(name), ending) {
			return false
		}
	}
	if strings.HasPrefix(name, "~$") || strings.HasPrefix(name, ".") {
		return false
	}
	if len(patterns) == 0 {
		return true
	}
	nfc := strings.ToLower(vntext.NFC(name))
	for _, pattern := range patterns {
		if ok, _ := path.Match(strings.ToLower(vntext.NFC(pattern)), nfc); ok {
			return true
		}
	}
	return false
}

// inOrder sorts files by age, so that a later export is read after an earlier
// one, and refuses a folder that has become a heap.
func (l Listing) inOrder() (Listing, error) {
	files := l.Files
	if len(files) > maxFiles {
		return Listing{}, &problem.Problem{Code: "GW-D003", Value: itoa(len(files)), Want: itoa(maxFiles)}
	}
	sort.Slice(files, func(i, j int) bool {
		if !files[i].Modified.Equal(files[j].Modified) {
			return files[i].Modified.Before(files[j].Modified)
		}
		return files[i].Name < files[j].Name
	})
	return l, nil
}

// odd notes a file that is not read, by its code.
func (l *Listing) odd(code, name string) {
	if len(l.Notes) < maxFailed {
		l.Notes = append(l.Notes, problem.Problem{Code: code, File: problem.Short(name)})
	}
}

var errMoved = errors.New("the file changed while it was being read")

// Placed is what Items may be besides: they tell where in the file they stand, a
// sheet or a path, and, where there is a header, in which row and what it says.
type Placed interface {
	Placed() (where, header string, columns []string)
}

// tell tells who takes the exchange down what was found in a file, and where;
// rows is negative where they were not counted.
func tell(ctx context.Context, items Items, rows int) {
	rec := adapters.RecorderOf(ctx)
	placed, able := items.(Placed)
	if rec == nil || !able && rows < 0 {
		return
	}
	var where, header string
	var columns []string
	if able {
		where, header, columns = placed.Placed()
	}
	if len(columns) > 0 {
		rec.Tell(adapters.FoundColumns, header, strings.Join(columns, ", "))
	}
	if rows >= 0 {
		rec.Count(adapters.FoundRecords, where, rows)
	}
}

// listed ends what was begun when a place was to be listed: the answer is a
// line a file.
func listed(t *adapters.Taking, patterns []string, l Listing, err error) {
	if t == nil {
		return
	}
	var lines strings.Builder
	for i, f := range l.Files {
		if lines.Len() < adapters.SampleBytes/2 {
			fmt.Fprintf(&lines, "%s  %d B  %s\n", f.Name, f.Size, f.Modified.Format(time.DateTime))
			continue
		}
		fmt.Fprintf(&lines, "… %d", len(l.Files)-i)
		break
	}
	text := []byte(lines.String())
	t.End(adapters.Passed{Body: text, Bytes: int64(len(text)), Whole: true}, err)
	t.Count(adapters.FoundFiles, strings.Join(patterns, ", "), len(l.Files))
}

// fetched ends what was begun when a file was to be read.
func fetched(t *adapters.Taking, spool *Spool, err error) {
	if t == nil {
		return
	}
	passed := adapters.Passed{Whole: true}
	if spool != nil {
		passed = adapters.Passed{Body: spool.Head(adapters.SampleBytes), Bytes: spool.Size, Whole: spool.Size <= adapters.SampleBytes}
	}
	t.End(passed, err)
}

// Probe tries the place. Where only asking reports whether a file is there, its
// beginning is read too.
func (w *Walker) Probe(ctx context.Context) error {
	session, err := w.Place.Connect(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }()
	listing, err := session.List(ctx)
	if err != nil {
		return err
	}
	for _, f := range listing.Files {
		if f.Size >= 0 {
			continue
		}
		if err := w.taste(ctx, session, f); err != nil {
			return err
		}
	}
	return nil
}

// taste takes a file apart as far as its first item.
func (w *Walker) taste(ctx context.Context, session Session, f File) error {
	spool, _, err := session.Fetch(ctx, f, Validators{})
	if err != nil {
		return err
	}
	c := &cursor{spool: spool}
	if c.items, err = w.Open(ctx, f, spool); err != nil {
		return failed(spool.File, err)
	}
	defer c.close()
	if _, err = c.items.Next(); errors.Is(err, io.EOF) {
		err = nil
	}
	tell(ctx, c.items, -1)
	return err
}
