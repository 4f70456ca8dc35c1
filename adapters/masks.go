package adapters

import (
	"bytes"
	"encoding/json"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/vntext"
)

// masks take out of an exchange what nobody is to read in it.
type masks struct {
	clean, learned *privacy.Cleaner
	shy            Shy
}

func (t *Taking) masks() masks { return masks{clean: t.r.Clean, learned: t.r.clean, shy: t.shy} }

const masked = "••••"

// secret takes credentials out of a text: those that are known, and what
// stands behind a name of one.
func (m masks) secret(text string) string {
	return withoutPairs(m.learned.Secret(m.clean.Secret(text)))
}

// text takes out what is a person's too.
func (m masks) text(text string) string { return privacy.Scrub(m.secret(text)) }

// exact is text for what is an identifier: a code is not a number of somebody's
// for having nine digits.
func (m masks) exact(text string) string {
	b := []byte(m.secret(text))
	shown, _ := privacy.ScrubbedIdentifier(b, privacy.LookAt(b))
	return string(shown)
}

// address is a URL as it is sent, but for who asks and what opens the door.
func (m masks) address(u *url.URL) string {
	if u == nil {
		return ""
	}
	var b strings.Builder
	if u.Scheme != "" {
		b.WriteString(u.Scheme + "://")
	}
	if u.User != nil {
		b.WriteString(masked + "@")
	}
	b.WriteString(u.Host)
	b.WriteString(m.piece(u.EscapedPath(), u.Path))
	for i, pair := range strings.Split(u.RawQuery, "&") {
		if u.RawQuery == "" {
			break
		}
		b.WriteByte("?&"[min(i, 1)])
		b.WriteString(m.pair(pair))
	}
	return cut(b.String(), maxAddress)
}

const maxAddress = 4 << 10

// piece is a part of an address: as it is sent, unless something is masked.
func (m masks) piece(sent, plain string) string {
	if shown := m.exact(plain); shown != plain {
		return shown
	}
	if shown := m.exact(sent); shown != sent {
		return shown
	}
	return sent
}

// pair is one parameter of a query or a form.
func (m masks) pair(pair string) string {
	name, value, _ := strings.Cut(pair, "=")
	plainName, err := url.QueryUnescape(name)
	if err != nil {
		plainName = name
	}
	plain, err := url.QueryUnescape(value)
	switch {
	case value == "":
		return m.piece(pair, plainName)
	case m.shy.All || err != nil || slices.Contains(m.shy.Params, plainName) || secretName(plainName, true):
		return m.secret(name) + "=" + masked
	}
	return m.secret(name) + "=" + m.piece(value, plain)
}

// message is one direction; wanted says which headers are shown, nil: all.
func (m masks) message(header http.Header, passed Passed, wanted func(string) bool) Message {
	out := Message{Bytes: passed.Bytes}
	for _, name := range sortedNames(header) {
		if wanted != nil && !wanted(name) || len(out.Headers) >= maxHeaders {
			continue
		}
		if out.Headers == nil {
			out.Headers = map[string]string{}
		}
		out.Headers[name] = m.header(name, strings.Join(header[name], ", "), wanted == nil)
	}
	if len(passed.Body) > 0 {
		m.body(&out, passed)
	}
	return out
}

const maxHeaders = 40

func (m masks) header(name, value string, sent bool) string {
	harmless := slices.Contains([]string{"Accept", "Accept-Encoding", "Accept-Language", "Content-Type", "Content-Length", "User-Agent",
		"If-None-Match", "If-Modified-Since", "Range"}, name)
	switch {
	case secretName(name, true) || slices.Contains(m.shy.Headers, name) || sent && m.shy.All && !harmless:
		if scheme, _, two := strings.Cut(value, " "); two && strings.Contains(name, "Auth") && word(scheme) {
			return scheme + " " + masked
		}
		return masked
	case name == "Date" || name == "Last-Modified":
		return short(m.secret(value))
	}
	return short(m.exact(value))
}

// matters reports whether a header of an answer helps whoever sets a source up.
func matters(name string) bool {
	switch name {
	case "Content-Type", "Content-Length", "Content-Encoding", "Content-Range", "Content-Disposition", "Link", "Retry-After", "Etag",
		"Last-Modified", "Date", "Location", "Www-Authenticate", "Allow", "Accept-Ranges", "Warning", "Deprecation", "Sunset", "Server",
		"Set-Cookie":
		return true
	}
	low := strings.ToLower(name)
	for _, part := range []string{"total", "count", "page", "limit", "next", "cursor", "request-id", "correlation-id", "error"} {
		if strings.Contains(low, part) {
			return true
		}
	}
	return false
}

// body shows the beginning of a body. It is masked before it is cut: half a
// number is not recognised.
func (m masks) body(out *Message, passed Passed) {
	text, ok := textOf(passed)
	switch {
	case !ok:
		out.Withheld = WithheldBinary
		return
	case m.shy.All:
		out.Withheld = WithheldToken
		text = m.skeleton(text)
	default:
		text = m.text(text)
	}
	if !passed.Whole {
		text = cut(text, max(0, len(text)-unsureBytes))
	}
	out.Body = cut(text, ShownBytes)
	out.Cut = len(out.Body) < len(text) || !passed.Whole
}

// textOf is what passed as UTF-8; false where it is no text.
func textOf(passed Passed) (string, bool) {
	body := passed.Body
	for i := 0; i < utf8.UTFMax && !passed.Whole && len(body) > 0 && !utf8.Valid(body); i++ { // cut within a character
		body = body[:len(body)-1]
	}
	if !utf8.Valid(body) {
		body = passed.Body
		_, params, _ := mime.ParseMediaType(passed.Type)
		text, err := vntext.Decode(body, vntext.Detect(body, params["charset"]))
		if err != nil {
			return "", false
		}
		body = text
	}
	body = bytes.TrimPrefix(body, []byte("\xef\xbb\xbf"))
	odd := 0
	for _, r := range string(body) {
		if r == utf8.RuneError || unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) {
			odd++
		}
	}
	return string(body), odd*20 <= len(body)
}

// skeleton is a body about credentials: which members it has, and no texts.
func (m masks) skeleton(text string) string {
	in := json.NewDecoder(strings.NewReader(text))
	in.UseNumber()
	var value any
	if in.Decode(&value) == nil {
		if _, bare := value.(string); bare {
			return masked
		}
		out, err := json.Marshal(bones("", value))
		if err == nil {
			return string(out)
		}
	}
	if strings.Contains(text, "=") && !strings.ContainsAny(text, " <{\n") {
		pairs := strings.Split(text, "&")
		for i, pair := range pairs {
			pairs[i] = m.pair(pair)
		}
		return strings.Join(pairs, "&")
	}
	return ""
}

// bones is a value without its texts; what stands under a name that says how it
// went stays where it is a code.
func bones(name string, value any) any {
	plain := slices.Contains([]string{"error", "error_code", "errorCode", "token_type", "expires_in", "expiresIn", "expires", "status",
		"code", "success", "scope", "result"}, name)
	switch v := value.(type) {
	case map[string]any:
		for inner, of := range v {
			v[inner] = bones(inner, of)
		}
	case []any:
		for i, of := range v {
			v[i] = bones(name, of)
		}
	case string:
		if !plain || !word(v) || len(v) > 40 {
			return masked
		}
	case json.Number:
		if !plain {
			return masked
		}
	}
	return value
}

// word reports a code of plain letters, such as invalid_client.
func word(s string) bool {
	for _, r := range s {
		if r >= utf8.RuneSelf || !unicode.IsLetter(r) && !strings.ContainsRune("_-.", r) {
			return false
		}
	}
	return s != ""
}

var (
	memberPair = regexp.MustCompile(`"([\w.-]{1,64})"(\s*:\s*)("(?:[^"\\]|\\.)*"?|[\w.+-]+)`)
	paramPair  = regexp.MustCompile(`([\w.-]{1,64})=([^&\s"'<>;,]+)`)
	quotedPair = regexp.MustCompile(`([\w.:-]{1,64})=("[^"]*"?|'[^']*'?)`)
	userPair   = regexp.MustCompile(`://[^/\s@:"']*:[^/\s@"']+@`)
	markPair   = regexp.MustCompile(`<([\w.:-]{1,64})((?:\s[^<>]*)?)>([^<]+)`)
)

// withoutPairs masks what stands behind a name of a credential: in JSON, in
// addresses and forms, in XML.
func withoutPairs(text string) string {
	if !strings.ContainsAny(text, "=:<") {
		return text
	}
	text = userPair.ReplaceAllString(text, "://"+masked+"@")
	text = replaced(memberPair, text, func(g []string) string {
		if !secretName(g[1], false) || g[3] == "null" || g[3] == "true" || g[3] == "false" {
			return g[0]
		}
		return `"` + g[1] + `"` + g[2] + `"` + masked + `"`
	})
	text = replaced(quotedPair, text, func(g []string) string {
		if !secretName(g[1], false) {
			return g[0]
		}
		return g[1] + `="` + masked + `"`
	})
	text = replaced(paramPair, text, func(g []string) string {
		if !secretName(g[1], true) {
			return g[0]
		}
		return g[1] + "=" + masked
	})
	return replaced(markPair, text, func(g []string) string {
		if !secretName(g[1], false) {
			return g[0]
		}
		return "<" + g[1] + g[2] + ">" + masked
	})
}

func replaced(re *regexp.Regexp, text string, with func(groups []string) string) string {
	return re.ReplaceAllStringFunc(text, func(s string) string { return with(re.FindStringSubmatch(s)) })
}

// secretName reports the name of a header, a parameter or a member that holds
// what opens a door. key: "key" alone is one too, as it is in addresses; in
// records it is what tells them apart.
func secretName(name string, key bool) bool {
	words := wordsOf(name)
	has := func(any ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(any, w) })
	}
	joined := strings.Join(words, "")
	switch {
	case has("page", "next", "previous", "continuation", "sync", "cursor", "type", "count", "limit") && !has("password", "secret"):
		return false // a token that is a place in a list
	case has("token", "secret", "password", "passwd", "pwd", "pass", "passphrase", "auth", "authorization", "authenticate", "credential",
		"credentials", "signature", "sig", "cookie", "jwt", "bearer", "otp", "apikey", "sid", "pin", "matkhau", "jsessionid", "phpsessid",
		"sessionid"):
		return !strings.EqualFold(name, "Www-Authenticate")
	case len(words) == 1 && key && has("sign", "session"), has("session") && has("id", "key"):
		return true
	case has("key"):
		return len(words) == 1 && key || has("api", "access", "subscription", "secret", "private", "app", "client", "service", "license")
	}
	for _, part := range []string{"token", "password", "apikey", "secretkey", "accesskey", "matkhau"} {
		if strings.HasSuffix(joined, part) {
			return true
		}
	}
	return false
}

// wordsOf takes a name apart: access_token, X-Api-Key, sessionToken.
func wordsOf(name string) []string {
	var words []string
	var last rune
	from := 0
	lower := func(to int) {
		if to > from {
			words = append(words, strings.ToLower(name[from:to]))
		}
	}
	for i, r := range name {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			lower(i)
			from = i + utf8.RuneLen(r)
		case unicode.IsUpper(r) && unicode.IsLower(last):
			lower(i)
			from = i
		}
		last = r
	}
	lower(len(name))
	return words
}

func sortedNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

const maxShort = 500

func short(s string) string { return cut(s, maxShort) }

// cut cuts a text at a character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
