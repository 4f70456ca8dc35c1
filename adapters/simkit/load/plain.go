package load

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// Input is a dossier as the source gives it.
type Input struct {
	MaHoSo string `json:"maHoSo"`
	ThuTuc struct {
		Ma          string `json:"ma"`
		Ten         string `json:"ten"`
		LinhVuc     string `json:"linhVuc"`
		CapThucHien string `json:"capThucHien"`
	} `json:"thuTuc"`
	NguoiNop struct {
		HoTen       string `json:"hoTen"`
		SoDienThoai string `json:"soDienThoai"`
		Email       string `json:"email"`
		DiaChi      struct {
			SoNha    string `json:"soNha"`
			PhuongXa string `json:"phuongXa"`
			MaXa     string `json:"maXa"`
			Tinh     string `json:"tinh"`
		} `json:"diaChi"`
	} `json:"nguoiNop"`
	CoQuan struct {
		Ma  string `json:"ma"`
		Ten string `json:"ten"`
	} `json:"coQuan"`
	TrangThai struct {
		Ma  string `json:"ma"`
		Ten string `json:"ten"`
	} `json:"trangThai"`
	HinhThucNop  string `json:"hinhThucNop"`
	NgayNop      string `json:"ngayNop"`
	NgayTiepNhan string `json:"ngayTiepNhan"`
	NgayHenTra   string `json:"ngayHenTra"`
	NgayCapNhat  string `json:"ngayCapNhat"`
	LePhi        struct {
		SoTien      int64 `json:"soTien"`
		DaThanhToan bool  `json:"daThanhToan"`
	} `json:"lePhi"`
	GhiChu string `json:"ghiChu"`
}

type identifier struct {
	System string `json:"system"`
	Value  string `json:"value"`
}

type codeLabel struct {
	Code  string `json:"code,omitempty"`
	Label string `json:"label,omitempty"`
}

type agency struct {
	ID     string `json:"id"`
	IDNorm string `json:"id_norm"`
	Name   string `json:"name"`
}

type area struct {
	Code string `json:"code"`
	Name string `json:"name"`
	On   string `json:"on"`
}

type named struct {
	Name string `json:"name"`
}

type procedure struct {
	Code     string `json:"code"`
	CodeNorm string `json:"code_norm"`
	Name     string `json:"name"`
	Field    named  `json:"field"`
	Level    string `json:"level"`
}

type applicant struct {
	Name    string `json:"name"`
	Phone   string `json:"phone"`
	Email   string `json:"email"`
	Address string `json:"address"`
}

type fee struct {
	Amount string `json:"amount"`
	Paid   bool   `json:"paid"`
}

// Output is the dossier in the words of the city.
type Output struct {
	ID           string       `json:"id"`
	Kind         string       `json:"kind"`
	Codes        []identifier `json:"codes"`
	Status       string       `json:"status"`
	StatusRaw    codeLabel    `json:"status_raw"`
	Agency       agency       `json:"agency"`
	Area         area         `json:"area"`
	UpdatedAt    time.Time    `json:"updated_at"`
	DueAt        time.Time    `json:"due_at"`
	DuePrecision string       `json:"due_precision"`
	Notes        []string     `json:"notes"`
	Procedure    procedure    `json:"procedure"`
	Channel      string       `json:"channel"`
	Applicant    applicant    `json:"applicant"`
	Subject      string       `json:"subject"`
	SubmittedAt  time.Time    `json:"submitted_at"`
	ReceivedAt   time.Time    `json:"received_at"`
	Fees         []fee        `json:"fees"`
}

// Plain is the job as a person would write it by hand, with nothing but the
// standard library. It holds nothing durably and knows nothing tomorrow.
type Plain struct {
	zone     *time.Location
	statuses map[string]string
	channels map[string]string
}

// NewPlain makes one; it is safe for concurrent use.
func NewPlain() *Plain {
	p := &Plain{zone: time.FixedZone("", 7*3600), statuses: map[string]string{},
		channels: map[string]string{"TRUC_TUYEN": "online", "TRUC_TIEP": "direct", "BUU_CHINH": "postal"}}
	for i, s := range Statuses() {
		p.statuses[strconv.Itoa(i+1)] = s
	}
	return p
}

// Map makes one record's JSON.
func (p *Plain) Map(payload []byte) ([]byte, error) {
	var in Input
	if err := json.Unmarshal(payload, &in); err != nil {
		return nil, fmt.Errorf("decode: %w", err)
	}
	out, err := p.convert(&in)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

var errMissing = errors.New("a required field is missing")

func (p *Plain) convert(in *Input) (*Output, error) {
	if in.MaHoSo == "" || in.TrangThai.Ma == "" || len(in.ThuTuc.Ma) < 8 {
		return nil, errMissing
	}
	var times [4]time.Time
	for i, text := range [...]string{in.NgayNop, in.NgayTiepNhan, in.NgayHenTra, in.NgayCapNhat} {
		at, err := time.ParseInLocation(Layout, text, p.zone)
		if err != nil {
			return nil, fmt.Errorf("date: %w", err)
		}
		times[i] = at
	}
	status, ok := p.statuses[in.TrangThai.Ma]
	if !ok {
		status = "unknown"
	}
	channel, ok := p.channels[in.HinhThucNop]
	if !ok {
		channel = "unknown"
	}
	home := in.NguoiNop.DiaChi
	return &Output{
		ID: "dossier:dvc:" + in.MaHoSo, Kind: "dossier", Codes: []identifier{{"dvc", in.MaHoSo}},
		Status: status, StatusRaw: codeLabel{in.TrangThai.Ma, in.TrangThai.Ten},
		Agency:    agency{in.CoQuan.Ma, in.CoQuan.Ma, in.CoQuan.Ten},
		Area:      area{home.MaXa, home.PhuongXa, times[0].Format(time.DateOnly)},
		UpdatedAt: times[3], DueAt: times[2], DuePrecision: "minute", Notes: []string{"zone_assumed"},
		Procedure: procedure{in.ThuTuc.Ma, in.ThuTuc.Ma[:8], in.ThuTuc.Ten, named{in.ThuTuc.LinhVuc}, in.ThuTuc.CapThucHien},
		Channel:   channel,
		Applicant: applicant{in.NguoiNop.HoTen, maskPhone(in.NguoiNop.SoDienThoai), in.NguoiNop.Email,
			home.SoNha + ", " + home.PhuongXa + ", " + home.Tinh},
		Subject: in.GhiChu, SubmittedAt: times[0], ReceivedAt: times[1],
		Fees: []fee{{strconv.FormatInt(in.LePhi.SoTien, 10), in.LePhi.DaThanhToan}},
	}, nil
}

func maskPhone(s string) string {
	if len(s) != 10 {
		return "••••••••••"
	}
	return s[:2] + "•• ••• " + s[7:]
}

// Tally is what a run of Plain came to.
type Tally struct {
	Received, Written, Repeats, Bad, Pages int
}

// walk is one run of Plain.
type walk struct {
	*Plain
	client *http.Client
	url    string
	next   atomic.Int64
	last   atomic.Int64 // number of pages; 0 until known
	mu     sync.Mutex
	out    *bufio.Writer
	seen   map[string]bool
	tally  Tally
}

// Run fetches every page from url (a page's number is appended to it) and
// appends one line a record to file, with so many goroutines.
func (p *Plain) Run(ctx context.Context, client *http.Client, url, file string, workers int) (Tally, error) {
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return Tally{}, fmt.Errorf("plain: output: %w", err)
	}
	w := &walk{Plain: p, client: client, url: url, out: bufio.NewWriterSize(f, 1<<16), seen: map[string]bool{}}
	w.last.Store(1)
	if err := w.page(ctx, w.next.Add(1)); err != nil { // it has how many there are
		return w.tally, errors.Join(err, f.Close())
	}
	errs := make([]error, max(workers, 1))
	var group sync.WaitGroup
	for n := range errs {
		group.Go(func() { errs[n] = w.pages(ctx) })
	}
	group.Wait()
	err = errors.Join(append(errs, w.out.Flush(), f.Close())...)
	return w.tally, err
}

func (w *walk) pages(ctx context.Context) error {
	for {
		page := w.next.Add(1)
		if page > w.last.Load() {
			return nil
		}
		if err := w.page(ctx, page); err != nil {
			return err
		}
	}
}

type answer struct {
	Code     int     `json:"code"`
	PageSize int     `json:"pageSize"`
	Total    int     `json:"total"`
	Data     []Input `json:"data"`
}

func (w *walk) page(ctx context.Context, page int64) error {
	got, err := w.fetch(ctx, page)
	if err != nil {
		return err
	}
	if got.PageSize > 0 {
		w.last.Store(int64((got.Total + got.PageSize - 1) / got.PageSize))
	}
	tally := Tally{Received: len(got.Data), Pages: 1}
	for i := range got.Data {
		out, err := w.convert(&got.Data[i])
		if err != nil {
			tally.Bad++
			continue
		}
		line, err := json.Marshal(out)
		if err != nil {
			return fmt.Errorf("plain: encode: %w", err)
		}
		fresh, err := w.write(out.ID, line)
		if err != nil {
			return err
		}
		if fresh {
			tally.Written++
		} else {
			tally.Repeats++
		}
	}
	w.add(tally)
	return nil
}

func (w *walk) add(t Tally) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.tally.Received += t.Received
	w.tally.Written += t.Written
	w.tally.Repeats += t.Repeats
	w.tally.Bad += t.Bad
	w.tally.Pages += t.Pages
}

func (w *walk) write(id string, line []byte) (fresh bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[id] {
		return false, nil
	}
	w.seen[id] = true
	_, err = w.out.Write(append(line, '\n'))
	return true, err
}

func (w *walk) fetch(ctx context.Context, page int64) (answer, error) {
	var got answer
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+strconv.FormatInt(page, 10), nil)
	if err != nil {
		return got, fmt.Errorf("plain: request: %w", err)
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return got, fmt.Errorf("plain: page %d: %w", page, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return got, fmt.Errorf("plain: page %d: %w", page, err)
	}
	if resp.StatusCode != http.StatusOK {
		return got, fmt.Errorf("plain: page %d: %s", page, resp.Status)
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return got, fmt.Errorf("plain: page %d: %w", page, err)
	}
	if got.Code != 0 {
		return got, fmt.Errorf("plain: page %d: code %d", page, got.Code)
	}
	return got, nil
}
