package rest

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"iocgateway/adapters"
	"iocgateway/adapters/internal/httpx"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// Settings is what a stream over HTTP is configured with, whatever its
// profile.
type Settings struct {
	URL         string            `yaml:"url" validate:"required,url" vi:"Địa chỉ gốc của hệ thống nguồn" en:"Base address of the source" ex:"https://dich-vu.example.vn"`
	Profile     string            `yaml:"profile" vi:"Tên mẫu kết nối có sẵn" en:"Name of a wire profile that comes with the adapter" ex:"igate"`
	ProfileFile string            `yaml:"profile_file" vi:"Tệp mẫu kết nối dùng thay bản có sẵn" en:"File with a wire profile to use instead" ex:"./profiles/my-ho-so.yaml"`
	Wire        Body              `yaml:"wire" vi:"Mẫu kết nối viết ngay tại đây" en:"A wire profile written in place" ex:"{profile: my-ho-so, …}"`
	Auth        Credentials       `yaml:"auth" vi:"Thông tin xác thực" en:"Credentials"`
	Params      map[string]string `yaml:"params" vi:"Giá trị cho các {tham số} của hồ sơ" en:"Values for the profile's {parameters}" ex:"{province: \"51\"}"`
	Hosts       []string          `yaml:"hosts" vi:"Máy chủ khác được phép gọi (máy cấp token…)" en:"Further hosts that may be asked (a token server…)" ex:"[login.example.vn]"`
	PageSize    int               `yaml:"page_size" validate:"min=0,max=10000" vi:"Số dòng một trang (0: theo mẫu kết nối)" en:"Rows a page (0: as the profile says)" ex:"100"`
	Timeout     time.Duration     `yaml:"timeout" validate:"omitempty,min=10000000,max=600000000000" vi:"Thời gian chờ tối đa một lần gọi" en:"Longest time of one call"`
	MaxBody     int               `yaml:"max_body" validate:"min=1,max=512" vi:"Dung lượng tối đa một câu trả lời (MiB)" en:"Largest answer (MiB)"`
	Overlap     time.Duration     `yaml:"overlap" validate:"min=0" vi:"Khoảng đọc chồng (0: theo mẫu kết nối)" en:"Overlap (0: as the profile says)" ex:"10m"`
	Sweep       time.Duration     `yaml:"sweep" validate:"omitempty,gte=1s" vi:"Chu kỳ đọc lại toàn bộ (0: theo mẫu kết nối)" en:"How often everything is read again (0: as the profile says)" ex:"1d"`
	History     time.Duration     `yaml:"history" validate:"min=0" vi:"Lần đầu đọc lại bao xa (0: theo mẫu kết nối)" en:"How far back the first walk reads (0: as the profile says)" ex:"365d"`
	Zone        string            `yaml:"zone" vi:"Múi giờ của nguồn (trống: theo mẫu kết nối)" en:"Zone of the source (empty: as the profile says)" ex:"Asia/Ho_Chi_Minh"`
	Skew        time.Duration     `yaml:"skew" validate:"min=0" vi:"Đồng hồ nguồn được phép nhanh hơn bao nhiêu" en:"How far ahead the source's clock may be"`
	AllowEmpty  bool              `yaml:"allow_empty" vi:"Chấp nhận nguồn rỗng dù trước đó có nhiều dòng" en:"Accept emptiness where there was plenty"`
}

// Credentials are the secrets a profile's kind of authentication needs.
type Credentials struct {
	Username     string        `yaml:"username" vi:"Tên đăng nhập" en:"User name" ex:"iocgw"`
	Password     strict.Secret `yaml:"password" vi:"Mật khẩu" en:"Password"`
	ClientID     string        `yaml:"client_id" vi:"Mã ứng dụng" en:"Client id" ex:"iocgw"`
	ClientSecret strict.Secret `yaml:"client_secret" vi:"Khóa ứng dụng (hoặc khóa ký)" en:"Client secret, or the signing key"`
	Token        strict.Secret `yaml:"token" vi:"Token hoặc khóa API" en:"Token or API key"`
	RefreshToken strict.Secret `yaml:"refresh_token" vi:"Token làm mới (refresh token)" en:"Refresh token"`
	TokenFile    string        `yaml:"token_file" vi:"Tệp giữ refresh token mới nhất" en:"File that keeps the newest refresh token" ex:"./data/token"`
}

// defaultSkew is how far ahead a source's clock may be where nobody says more:
// clocks that are kept are seconds apart, and a cursor that is ahead passes
// over all that comes until then.
const defaultSkew = 5 * time.Minute

// Defaults are the settings a stream starts from.
func Defaults() Settings {
	return Settings{Timeout: httpx.DefaultTimeout, MaxBody: httpx.DefaultMaxBody >> 20, Skew: defaultSkew}
}

// Spec is the adapter of whatever a profile written by an integrator
// describes.
func Spec() adapters.Spec {
	return Define(adapters.Info{Name: "rest", VI: "Nguồn HTTP bất kỳ, theo một mẫu kết nối viết bằng YAML",
		EN: "Any HTTP source, by a wire profile written in YAML", Kinds: canonical.Kinds()}, nil, "")
}

// Define makes the Spec of an adapter that is this engine with wire profiles
// of its own: the *.yaml files of the file system. Their descriptions are
// added to the info. A profile that does not parse is refused when a stream
// is opened with it, and by the adapter's own tests.
func Define(info adapters.Info, profiles fs.FS, usual string) adapters.Spec {
	set := loadProfiles(profiles)
	for _, p := range set {
		info.Profiles = append(info.Profiles, adapters.ProfileInfo{Name: p.Name, VI: p.VI, EN: p.EN, Evidence: p.Evidence,
			Text: textOf(profiles, p.Name)})
	}
	defaults := Defaults()
	defaults.Profile = usual
	return adapters.Define(info, defaults, func(cfg Settings, s adapters.Settings, env adapters.Env) (adapters.Source, error) {
		return open(cfg, s, env, profiles)
	})
}

// Profiles reads every profile of a file system; those that do not parse
// come as errors.
func Profiles(files fs.FS) ([]*Profile, error) {
	var all []*Profile
	var problems []error
	if files == nil {
		return nil, nil
	}
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		p, err := Check(name, data)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		all = append(all, p)
	}
	return all, errors.Join(problems...)
}

// textOf is the file that has a profile, as it ships: the file has its name.
func textOf(files fs.FS, name string) string {
	data, err := fs.ReadFile(files, name+".yaml")
	if err != nil {
		return ""
	}
	return string(data)
}

func loadProfiles(files fs.FS) []*Profile {
	all, _ := Profiles(files) // refused when one of them is opened
	return all
}

// Check parses a profile and compiles it, and gives everything that is wrong with it.
func Check(file string, data []byte) (*Profile, error) {
	node, err := strict.Parse(file, data)
	if err != nil {
		return nil, err
	}
	p, err := decodeProfile(node)
	if err != nil {
		return nil, err
	}
	_, err = compile(p, node, Defaults())
	return p, err
}

// chosen finds the profile the settings name, with its node for messages.
func chosen(cfg Settings, s adapters.Settings, files fs.FS) (*Profile, *strict.Node, error) {
	if cfg.Wire.node != nil {
		p, err := decodeProfile(cfg.Wire.node)
		return p, cfg.Wire.node, err
	}
	file, read := cfg.ProfileFile, os.ReadFile
	if file == "" {
		name, err := shipped(cfg, s, files)
		if err != nil {
			return nil, nil, err
		}
		file, read = name, func(name string) ([]byte, error) { return fs.ReadFile(files, name) }
	}
	data, err := read(file)
	if err != nil {
		return nil, nil, &problem.Problem{Code: "GW-A002", Field: "profile_file", Value: problem.Short(file),
			Err: errors.Unwrap(err)}
	}
	node, err := strict.Parse(file, data)
	if err != nil {
		return nil, nil, err
	}
	p, err := decodeProfile(node)
	return p, node, err
}

func shipped(cfg Settings, s adapters.Settings, files fs.FS) (string, error) {
	at := s.Node.Get("profile")
	if at == nil {
		at = s.Node
	}
	if files == nil {
		p := at.Problem("GW-A010")
		p.Field, p.Value = "wire", ""
		return "", p
	}
	names, _ := fs.Glob(files, "*.yaml") // the pattern is good
	if !slices.Contains(names, cfg.Profile+".yaml") {
		for i := range names {
			names[i] = strings.TrimSuffix(names[i], ".yaml")
		}
		return "", at.Unknown("GW-A001", cfg.Profile, names)
	}
	return cfg.Profile + ".yaml", nil
}

func open(cfg Settings, s adapters.Settings, env adapters.Env, files fs.FS) (adapters.Source, error) {
	prof, node, err := chosen(cfg, s, files)
	if err != nil {
		return nil, err
	}
	plan, err := compile(prof, node, cfg)
	if err != nil {
		return nil, err
	}
	params, err := fillParams(prof, cfg, s)
	if err != nil {
		return nil, err
	}
	client, err := httpx.New(httpx.Options{HTTP: env.HTTP, Now: env.Now, Base: cfg.URL, Hosts: cfg.Hosts, Timeout: cfg.Timeout,
		MaxBody: int64(cfg.MaxBody) << 20, MaxWire: int64(cfg.MaxBody) << 20, Auth: authConfig(prof.Auth, cfg.Auth, params)})
	if err != nil {
		return nil, place(err, s.Node)
	}
	kind := s.Kind
	if kind == "" {
		kind = canonical.Kind(prof.Kind)
	}
	src := &Source{plan: plan, cfg: cfg, kind: kind, client: client, now: env.Now, params: params,
		name: s.Source + "/" + s.Stream, space: env.Space}
	src.limits, src.advice = plan.limited(node, cfg, s.Node)
	return abilities(src), nil
}

// place gives problems about settings the lines they stand on.
func place(err error, n *strict.Node) error {
	if all, joined := err.(interface{ Unwrap() []error }); joined {
		for _, one := range all.Unwrap() {
			_ = place(one, n) // in place
		}
		return err
	}
	if p, ok := problem.As(err); ok && p.File == "" && n != nil {
		path := p.Field
		if n.Path != "" {
			path = n.Path + "." + p.Field
		}
		at := n.At(path)
		p.File, p.Line, p.Col, p.Field = at.File, at.Line, at.Col, path
	}
	return err
}

func fillParams(p *Profile, cfg Settings, s adapters.Settings) (vars, error) {
	out := vars{"stream": s.Stream}
	var problems []error
	known := make([]string, 0, len(p.Params))
	for name, param := range p.Params {
		known = append(known, name)
		out[name] = param.Default
		if given, ok := cfg.Params[name]; ok {
			out[name] = given
		}
		if param.Required && out[name] == "" {
			problems = append(problems, place(&problem.Problem{Code: "GW-A006", Field: "params." + name, Value: p.Name}, s.Node))
		}
	}
	slices.Sort(known)
	for name := range cfg.Params {
		if !slices.Contains(known, name) {
			at := s.Node.Get("params").Get(name)
			if at == nil {
				at = s.Node
			}
			problems = append(problems, at.Unknown("GW-A011", name, known))
		}
	}
	return out, errors.Join(problems...)
}

func authConfig(a Auth, c Credentials, v vars) httpx.AuthConfig {
	fill := func(text string) string {
		for name, value := range v {
			text = strings.ReplaceAll(text, "{"+name+"}", value)
		}
		return text
	}
	return httpx.AuthConfig{Kind: a.Kind, Header: a.Header, Prefix: a.Prefix, QueryParam: a.Query,
		Username: c.Username, Password: c.Password, ClientID: c.ClientID, Secret: c.ClientSecret, Token: c.Token,
		RefreshToken: c.RefreshToken, TokenFile: c.TokenFile, TokenPath: fill(a.URL), TokenMethod: methodOr(a.Method, "POST"),
		TokenForm: a.Form, TokenFields: a.Fields, TokenHeaders: filled(a.Headers, fill), LoginPath: fill(a.Login.URL),
		LoginFields: a.Login.Fields,
		TokenAnswer: httpx.TokenAnswer{AccessAt: a.Access, RefreshAt: a.Refresh, ExpiresAt: a.Expires, SuccessAt: a.OK.Path, Success: a.OK.Value},
		Scopes:      a.Scopes, Params: a.Extra,
		StyleParams: a.InForm, Life: a.Life,
		Signing: httpx.Signing{Sign: a.Sign, SignEncoding: a.Encoding, TimestampHeader: a.TimeHeader, TimestampFormat: a.TimeFormat,
			ClientHeader: a.IDHeader}}
}

func filled(texts map[string]string, fill func(string) string) map[string]string {
	out := make(map[string]string, len(texts))
	for name, text := range texts {
		out[name] = fill(text)
	}
	return out
}

func methodOr(method, otherwise string) string {
	if method == "" {
		return otherwise
	}
	return method
}
