package console

import (
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// TestInABrowser looks at the pages in a real browser: nothing overflows at
// 320 px, nothing breaks the content policy, words stand out enough in both
// themes. Pictures are kept when CONSOLE_SHOTS names a folder.
func TestInABrowser(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: no browser")
	}
	if _, err := os.Stat("/usr/bin/chromium"); err != nil {
		if strings.Contains(os.Getenv("TESTS_MUST_RUN"), "chromium") {
			t.Fatal("no /usr/bin/chromium here, and TESTS_MUST_RUN asks for it")
		}
		t.Skip("no /usr/bin/chromium here: the pages are not looked at")
	}
	srv := httptest.NewServer(newConsole(t, memView{}, memStreams{}))
	defer srv.Close()
	hard := httptest.NewServer(newConsole(t, memView{}, hardStreams{}))
	defer hard.Close()
	many := httptest.NewServer(among(t))
	defer many.Close()
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath("/usr/bin/chromium"), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(t.TempDir()), chromedp.Flag("disable-quic", true))
	alloc, stop := chromedp.NewExecAllocator(t.Context(), opts...)
	defer stop()
	ctx, stop := chromedp.NewContext(alloc)
	defer stop()
	ctx, stop = context.WithTimeout(ctx, 90*time.Second)
	defer stop()
	if err := chromedp.Do(ctx, chromedp.Navigate("about:blank")); err != nil {
		t.Fatal(err)
	}
	listening, done := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		for m, err := range chromedp.Console(listening) {
			if err != nil {
				return // the listening ended
			}
			t.Errorf("the browser logs: %s %s", m.Text, m.URL)
		}
	})
	defer wg.Wait()
	defer done()
	for _, page := range []string{srv.URL + "/?lang=vi", srv.URL + "/streams/pakn/feedback", srv.URL + "/quarantine?stream=ioffice/tasks",
		srv.URL + "/records/dossier:dvc:000.00.19", many.URL + "/?lang=vi", many.URL + "/?lang=en", hard.URL + "/?lang=en",
		hard.URL + "/streams/tong-dai/s?lang=vi", hard.URL + "/streams/a/s?lang=vi"} {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{320, 1280} {
				inspect(ctx, t, page, theme, width)
			}
		}
	}
	if shown := sinceShown(ctx, t); !strings.Contains(shown, "giây trước") {
		t.Errorf("the page does not show how old its numbers are: %q", shown)
	}
}

// sinceShown waits until the page shows how old its numbers are.
func sinceShown(ctx context.Context, t *testing.T) string {
	t.Helper()
	shown, err := chromedp.Run(ctx, chromedp.Evaluate[string](`new Promise(done => {
		const at = document.getElementById("since");
		const look = () => { if (at.textContent) done(at.textContent); };
		new MutationObserver(look).observe(at, { childList: true, characterData: true, subtree: true });
		look();
	})`, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return shown
}

func inspect(ctx context.Context, t *testing.T, url, theme string, width int64) {
	t.Helper()
	if _, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 900), chromedp.Navigate(url)); err != nil {
		t.Fatal(err)
	}
	wide := evaluate(ctx, t, `document.documentElement.scrollWidth > innerWidth ? "page is " + document.documentElement.scrollWidth : ""`)
	faint := evaluate(ctx, t, contrastJS)
	shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if wide != "" {
		t.Errorf("%s at %d: %s", url, width, wide)
	}
	if faint != "" {
		t.Errorf("%s in %s: %s", url, theme, faint)
	}
	if dir := os.Getenv("CONSOLE_SHOTS"); dir != "" {
		_, page, _ := strings.Cut(url, "://")
		name := fmt.Sprintf("%s-%s-%d.png", strings.NewReplacer("/", "_", "?", "_", ":", "_").Replace(page), theme, width)
		if err := os.WriteFile(filepath.Join(dir, name), shot, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func evaluate(ctx context.Context, t *testing.T, js string) string {
	t.Helper()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[string](js))
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// contrastJS finds text whose contrast with what is behind it is below 4.5:1.
const contrastJS = `(() => {
  const rgb = s => (s.match(/[\d.]+/g) || [0,0,0,0]).map(Number);
  const lum = c => { const f = c.slice(0,3).map(
	v => { v /= 255; return v <= .03928 ? v/12.92 : ((v+.055)/1.055)**2.4; }); return .2126*f[0]+.7152*f[1]+.0722*f[2]; };
  const behind = el => { for (; el; el = el.parentElement) { const c = rgb(getComputedStyle(el).backgroundColor); if (c.length < 4 ||
	c[3] > 0) return c; } return [255,255,255]; };
  for (const el of document.querySelectorAll("main *, header *, footer *")) {
    if (![...el.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
    const a = lum(rgb(getComputedStyle(el).color)), b = lum(behind(el));
    const ratio = (Math.max(a,b)+.05)/(Math.min(a,b)+.05);
    if (ratio < 4.5) return ratio.toFixed(2) + " " + el.outerHTML.slice(0,120);
  }
  return "";
})()`
