package tabular

import (
	"context"
	"errors"
	"path"
	"sort"
	"strings"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
)

// File is one file as its place shows it. Size is -1 and Modified zero where
// only asking for the content shows whether it changed.
type File struct {
	Name     string
	Size     int64
	Modified time.Time
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
	List(ctx context.Context) ([]File, error)
	Fetch(ctx context.Context, f File, known Validators) (*Spool, Validators, error)
	Close() error
}

// PlaceSettings are where the files are. Exactly one of Folder, URL and SFTP stands.
type PlaceSettings struct {
	Folder  string        `yaml:"folder" vi:"thư mục nhận tệp" en:"drop folder"`
	URL     []string      `yaml:"url" vi:"địa chỉ tải tệp (một hoặc nhiều)" en:"addresses to fetch (one or several)"`
	SFTP    *SFTPSettings `yaml:"sftp" vi:"máy chủ SFTP" en:"SFTP server"`
	Pattern []string      `yaml:"pattern" vi:"mẫu tên tệp, ví dụ *.xlsx" en:"file name patterns such as *.xlsx"`
	Settle  time.Duration `yaml:"settle" vi:"tệp phải đứng yên bao lâu mới đọc" en:"how long a file must lie still before it is read"`
	MaxMB   int           `yaml:"max_mb" validate:"gte=0,lte=1024" vi:"cỡ tệp lớn nhất (MB)" en:"largest file (MB)"`
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
func inOrder(files []File) ([]File, error) {
	if len(files) > maxFiles {
		return nil, &problem.Problem{Code: "GW-D003", Value: itoa(len(files)), Want: itoa(maxFiles)}
	}
	sort.Slice(files, func(i, j int) bool {
		if !files[i].Modified.Equal(files[j].Modified) {
			return files[i].Modified.Before(files[j].Modified)
		}
		return files[i].Name < files[j].Name
	})
	return files, nil
}

var errMoved = errors.New("the file changed while it was being read")
