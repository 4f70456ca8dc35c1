package source

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"iocgateway/adapters"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/words"
	"iocgateway/cmd/gateway/verbs/shell"
)

// veil hides what may be about a person in what a source answers, unless that was
// asked for.
type veil struct {
	sh  *shell.Shell
	all bool // show it all
}

func (v *veil) flag(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&v.all, "show-personal", false,
		v.sh.Say("hiển thị nguyên văn nội dung nguồn trả lời; không có tùy chọn này thì tên trường, số, ngày và mã vẫn đọc được, còn mọi đoạn chữ chỉ hiện độ dài, như ‹22 ký tự›",
			"show what the source answers as it is; without it names, numbers, dates and codes can be read, and of all other texts only the length is shown, as ‹22 characters›"))
}

// text is what may be shown of a payload.
func (v *veil) text(payload string) string {
	if v.all {
		return payload
	}
	return privacy.Shapes(payload, func(letters int) string {
		return fmt.Sprintf(v.sh.Say("‹%d ký tự›", "‹%d characters›"), letters)
	})
}

// exchange is what may be shown of an exchange. Where a source refuses, or answers
// with a page, its words are what mends it.
func (v *veil) exchange(x adapters.Exchange) adapters.Exchange {
	if x.Status < http.StatusBadRequest && !strings.Contains(x.Got.Headers["Content-Type"], "html") {
		x.Got.Body = v.text(x.Got.Body)
	}
	return x
}

// warn says what is shown, once.
func (v *veil) warn() {
	if v.all {
		v.sh.Tell("nội dung nguồn trả lời hiện nguyên văn, có thể có dữ liệu cá nhân (họ tên, địa chỉ): không chép ra ngoài",
			"what the source answers is shown as it is and may hold personal data (names, addresses): do not pass it on")
		return
	}
	v.sh.Tell("đoạn chữ trong nội dung nguồn trả lời chỉ hiện độ dài, vì có thể là dữ liệu cá nhân; xem nguyên văn: --show-personal",
		"of texts in what the source answers only the length is shown, for they may be personal data; to see them: --show-personal")
}

// recorder takes exchanges down for done, without what the configuration keeps
// secret.
func recorder(clean *privacy.Cleaner, done func(adapters.Exchange)) *adapters.Recorder {
	return &adapters.Recorder{Clean: clean, Done: done}
}

// showLine shows an exchange on one line.
func showLine(sh *shell.Shell, x *adapters.Exchange) {
	address, _, _ := strings.Cut(x.Address, "?")
	line := "  " + x.Method + " " + address
	if x.Status > 0 {
		line += fmt.Sprintf(" → %d %s", x.Status, x.Got.Headers["Content-Type"])
	}
	sh.Printf("%s", strings.TrimRight(line+" "+took(sh, x)+" "+x.Error, " "))
}

// showExchange shows all that was taken down of an exchange: what went out
// behind >, what came back behind <, and what was found in it behind =.
func showExchange(sh *shell.Shell, x *adapters.Exchange) {
	sh.Printf("> %s %s", x.Method, x.Address)
	showMessage(sh, ">   ", &x.Sent)
	head := took(sh, x)
	if x.Status > 0 {
		head = strings.TrimSpace(fmt.Sprintf("%d %s", x.Status, http.StatusText(x.Status))) + ", " + head
	}
	if x.Got.Bytes > 0 {
		head += ", " + size(sh, x.Got.Bytes)
	}
	sh.Printf("< %s", head)
	if x.Error != "" {
		sh.Printf("<   ! %s", x.Error)
	}
	showMessage(sh, "<   ", &x.Got)
	if len(x.Found) > 0 {
		words := make([]string, len(x.Found))
		for i := range x.Found {
			words[i] = shell.Found(sh, &x.Found[i])
		}
		sh.Printf("= %s", strings.Join(words, "; "))
	}
}

func showMessage(sh *shell.Shell, before string, m *adapters.Message) {
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		value := m.Headers[name]
		if at, err := http.ParseTime(value); err == nil { // as everywhere else
			value = sh.Time(at)
		}
		sh.Printf("%s%s: %s", before, name, value)
	}
	if m.Body != "" {
		for line := range strings.Lines(m.Body) {
			sh.Printf("%s%s", before, strings.TrimRight(line, "\r\n"))
		}
	}
	vi := sh.Language() == problem.Vietnamese
	switch {
	case m.Withheld == adapters.WithheldBinary && vi:
		sh.Printf("%s(nội dung nhị phân, không hiển thị)", before)
	case m.Withheld == adapters.WithheldBinary:
		sh.Printf("%s(binary, not shown)", before)
	case m.Withheld == adapters.WithheldToken && vi:
		sh.Printf("%s(yêu cầu lấy token: chỉ hiển thị tên trường)", before)
	case m.Withheld == adapters.WithheldToken:
		sh.Printf("%s(about a token: names only)", before)
	}
	switch {
	case m.Cut && vi:
		sh.Printf("%s… (chỉ hiển thị phần đầu)", before)
	case m.Cut:
		sh.Printf("%s… (the beginning only)", before)
	}
}

func took(sh *shell.Shell, x *adapters.Exchange) string {
	if x.Took < 1 {
		return sh.Say("dưới 1 ms", "under 1 ms")
	}
	return words.Decimal(x.Took, sh.Language()) + " ms"
}

// size is a number of bytes as people say it.
func size(sh *shell.Shell, n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " B"
	}
	return words.Decimal(float64(n)/1000, sh.Language()) + " kB"
}
