package tabular

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path"
	"strings"
	"time"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"iocgateway/adapters"
	"iocgateway/canonical/outbound"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// SFTPSettings are how to reach a folder on an SFTP server. The host key is
// pinned: a server that shows another one is not spoken to.
type SFTPSettings struct {
	Addr     string        `yaml:"addr" validate:"required" vi:"Máy chủ:cổng" en:"host:port" ex:"sftp.example.vn:22"`
	User     string        `yaml:"user" validate:"required" vi:"Tài khoản" en:"user" ex:"iocgw"`
	Password strict.Secret `yaml:"password" vi:"Mật khẩu" en:"password"`
	Key      strict.Secret `yaml:"key" vi:"Khóa riêng (PEM)" en:"private key (PEM)"`
	HostKey  string        `yaml:"host_key" validate:"required" vi:"Khóa máy chủ: SHA256:… hoặc dòng ssh-ed25519 …" en:"host key: SHA256:… or an ssh-ed25519 … line" ex:"SHA256:Jz0xq…"`
	Dir      string        `yaml:"dir" vi:"Thư mục" en:"folder" ex:"/out"`
}

const dialTimeout = 20 * time.Second

type sftpPlace struct {
	addr, dir string
	config    *ssh.ClientConfig
	patterns  []string
	spools    spooler
}

func newSFTP(s SFTPSettings, patterns []string, spools spooler, node *strict.Node) (Place, error) {
	check, algorithms, err := pinned(s.HostKey)
	if err != nil {
		return nil, wrong(node, "place", "host_key: SHA256:… or a line such as ssh-ed25519 AAAA…")
	}
	config := &ssh.ClientConfig{User: s.User, HostKeyCallback: check, HostKeyAlgorithms: algorithms, Timeout: dialTimeout}
	if key := s.Key.Reveal(); key != "" {
		signer, err := ssh.ParsePrivateKey([]byte(key))
		if err != nil {
			return nil, wrong(node, "place", "key: an unencrypted private key in PEM form")
		}
		config.Auth = append(config.Auth, ssh.PublicKeys(signer))
	}
	if password := s.Password.Reveal(); password != "" {
		config.Auth = append(config.Auth, ssh.Password(password))
	}
	if len(config.Auth) == 0 {
		return nil, wrong(node, "place", "password or key")
	}
	addr := s.Addr
	if _, _, err := net.SplitHostPort(addr); err != nil {
		addr = net.JoinHostPort(addr, "22")
	}
	dir := s.Dir
	if dir == "" {
		dir = "."
	}
	return &sftpPlace{addr: addr, dir: dir, config: config, patterns: patterns, spools: spools}, nil
}

var errHostKey = errors.New("the server showed another host key than the pinned one")

// pinned gives a check for one host key, and the algorithms to ask for when the
// key's own kind is known (a server with several keys shows the right one then).
func pinned(want string) (ssh.HostKeyCallback, []string, error) {
	if strings.HasPrefix(want, "SHA256:") && len(want) > 40 {
		return func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if ssh.FingerprintSHA256(key) != want {
				return errHostKey
			}
			return nil
		}, nil, nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(want))
	if err != nil {
		return nil, nil, err
	}
	print := ssh.FingerprintSHA256(key)
	algorithms := []string{key.Type()}
	if key.Type() == ssh.KeyAlgoRSA {
		algorithms = []string{ssh.KeyAlgoRSASHA512, ssh.KeyAlgoRSASHA256}
	}
	return func(_ string, _ net.Addr, shown ssh.PublicKey) error {
		if ssh.FingerprintSHA256(shown) != print {
			return errHostKey
		}
		return nil
	}, algorithms, nil
}

type sftpSession struct {
	*sftpPlace
	client *sftp.Client
	conn   *ssh.Client
	stop   func() bool
}

// Connect dials and logs in. When ctx ends, the connection is cut.
func (p *sftpPlace) Connect(ctx context.Context) (_ Session, err error) {
	taken := adapters.RecorderOf(ctx).BeginFile(ctx, "CONNECT", p.address(""))
	defer func() { fetched(taken, nil, err) }()
	raw, err := outbound.Dialer{Timeout: dialTimeout}.DialContext(ctx, "tcp", p.addr)
	if err != nil {
		return nil, dialError(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = raw.Close() })
	conn, channels, requests, err := ssh.NewClientConn(raw, p.addr, p.config)
	if err != nil {
		stop()
		_ = raw.Close()
		return nil, p.loginError(err)
	}
	client := ssh.NewClient(conn, channels, requests)
	files, err := sftp.NewClient(client)
	if err != nil {
		stop()
		_ = client.Close()
		return nil, fmt.Errorf("tabular: open the SFTP session: %w", err)
	}
	return &sftpSession{sftpPlace: p, client: files, conn: client, stop: stop}, nil
}

// dialError: an address that nobody may be asked at stays one until a person
// changes the setting or the name; any other failure may pass.
func dialError(err error) error {
	var refused *outbound.Refusal
	if errors.As(err, &refused) {
		p := refused.Problem()
		p.Field = "place.sftp.addr"
		return problem.Halt(p)
	}
	return fmt.Errorf("tabular: reach the SFTP server: %w", err)
}

// address is a place on the server, as people write it.
func (p *sftpPlace) address(name string) string {
	return "sftp://" + p.addr + "/" + strings.TrimPrefix(path.Join(p.dir, name), "/")
}

func (p *sftpPlace) loginError(err error) error {
	switch {
	case errors.Is(err, errHostKey) || strings.Contains(err.Error(), errHostKey.Error()):
		return problem.Halt(&problem.Problem{Code: "GW-D005", Field: "place.sftp.host_key", Err: errHostKey})
	case strings.Contains(err.Error(), "unable to authenticate"):
		return problem.Halt(&problem.Problem{Code: "GW-D006", Field: "place.sftp", Err: errors.New("login refused")})
	default:
		return fmt.Errorf("tabular: greet the SFTP server: %w", err)
	}
}

// Close ends the session.
func (s *sftpSession) Close() error {
	s.stop()
	return errors.Join(s.client.Close(), ignoreClosed(s.conn.Close()))
}

func ignoreClosed(err error) error {
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// List gives the files that match.
func (s *sftpSession) List(ctx context.Context) (l Listing, err error) {
	taken := adapters.RecorderOf(ctx).BeginFile(ctx, "LIST", s.address(""))
	defer func() { listed(taken, s.patterns, l, err) }()
	infos, err := s.client.ReadDirContext(ctx, s.dir)
	if err != nil {
		return Listing{}, &problem.Problem{Code: "GW-D001", Field: "place.sftp.dir", Err: err}
	}
	var found Listing
	for _, info := range infos {
		if matches(s.patterns, info.Name()) {
			s.look(&found, info)
		}
	}
	return found.inOrder()
}

// look takes one name of the folder, as that of a drop folder is taken. A link
// may lead anywhere on the server: it is not followed.
func (s *sftpSession) look(found *Listing, info fs.FileInfo) {
	f := named(info.Name(), info.Size(), info.ModTime())
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		found.odd("GW-D078", f.Name)
	case info.IsDir():
	case !info.Mode().IsRegular():
		found.odd("GW-D080", f.Name)
	default:
		found.Files = append(found.Files, f)
	}
}

// Fetch copies the file and makes sure that it did not change meanwhile.
func (s *sftpSession) Fetch(ctx context.Context, f File, _ Validators) (got *Spool, _ Validators, err error) {
	taken := adapters.RecorderOf(ctx).BeginFile(ctx, "READ", s.address(f.Name))
	defer func() { fetched(taken, got, err) }()
	full := s.client.Join(s.dir, f.lies())
	file, err := s.client.Open(full)
	if errors.Is(err, fs.ErrPermission) {
		return nil, Validators{}, &problem.Problem{Code: "GW-D081", File: problem.Short(f.Name)}
	}
	if err != nil {
		return nil, Validators{}, fmt.Errorf("tabular: open %s: %w", problem.Short(f.Name), err)
	}
	defer func() { _ = file.Close() }()
	spool, err := s.spools.copy(ctx, f.Name, file)
	if err != nil {
		return nil, Validators{}, err
	}
	after, err := s.client.Stat(full)
	if err != nil || after.Size() != f.Size || !after.ModTime().Equal(f.Modified) || spool.Size != f.Size {
		return nil, Validators{}, failed(spool.File, fmt.Errorf("tabular: read %s: %w", problem.Short(f.Name), errMoved))
	}
	return spool, Validators{}, nil
}
