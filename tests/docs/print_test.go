package docs_test

import (
	"bytes"
	"encoding/json"
	"html"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// printedPages are the pages that are printed, in both languages.
func printedPages(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, lang := range []string{"en", "sv"} {
		out["modules."+lang] = harness.Wmclient(t, harness.Root(t), "docs", "modules", "--lang", lang, "--format", "html").Must(t, 0).Stdout
		out["conflicts."+lang] = harness.Wmclient(t, harness.Root(t), "docs", "conflicts", "--lang", lang, "--format", "html").Must(t, 0).Stdout
	}
	return out
}

// A printed page is one file: it loads nothing, says its language, version and day, and every reference leads to a numbered section.
func TestPrintedPages(t *testing.T) {
	anchor := regexp.MustCompile(`href="([^"]*)"`)
	for name, text := range printedPages(t) {
		t.Run(name, func(t *testing.T) {
			base, lang, _ := strings.Cut(name, ".")
			want := []string{`<html lang="` + lang + `">`, "@page", "size: A4", "counter(page)", "<header>", "wmclient "}
			if base == "modules" {
				want = append(want, "<nav>", "2026-", `class="setting"`)
			}
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("%q is missing", w)
				}
			}
			for _, bad := range []string{"<script", "src=", "@import", "url(", "kinds.md"} {
				if strings.Contains(text, bad) {
					t.Errorf("%q stands in the page", bad)
				}
			}
			links := anchor.FindAllStringSubmatch(text, -1)
			for _, l := range links {
				id, ok := strings.CutPrefix(html.UnescapeString(l[1]), "#")
				id, err := url.PathUnescape(id)
				if !ok || err != nil || !strings.Contains(text, `id="`+id+`"`) {
					t.Errorf("a reference leads to %q, which is not in the page", l[1])
				}
			}
			if len(links) < 30 {
				t.Errorf("%d references", len(links))
			}
		})
	}
}

// measure is what a browser says of a laid out page.
type measure struct {
	Wide  []string `json:"wide"`  // what is wider than its place
	Parts int      `json:"parts"` // numbered headings
}

// probe measures the page in the browser and leaves the answer in an element of its own.
const probe = `<script>
const wide = [];
for (const e of document.querySelectorAll("main *, nav *")) {
  if (getComputedStyle(e).display !== "inline" && e.scrollWidth > e.clientWidth + 1) wide.push(e.tagName + ": " + e.textContent.slice(0, 60));
}
if (document.documentElement.scrollWidth > innerWidth) wide.push("page: " + document.documentElement.scrollWidth);
const p = document.createElement("pre");
p.id = "measured";
p.textContent = JSON.stringify({wide: wide.slice(0, 10), parts: document.querySelectorAll("h2 .number, h3 .number").length});
document.body.append(p);
</script>`

// A real browser lays the pages out on the width of A4 without anything wider than its place, and prints them on sheets of that size.
func TestPrintedInABrowser(t *testing.T) {
	browser := aBrowser(t)
	for name, text := range printedPages(t) {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			page, probed, pdf := filepath.Join(dir, "page.html"), filepath.Join(dir, "probed.html"), filepath.Join(dir, "page.pdf")
			for path, content := range map[string]string{page: text, probed: strings.Replace(text, "</body>", probe+"</body>", 1)} {
				if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			dom := browse(t, browser, dir, "--window-size=794,1123", "--dump-dom", "file://"+filepath.ToSlash(probed))
			_, found, ok := strings.Cut(dom, `<pre id="measured">`)
			found, _, _ = strings.Cut(found, "</pre>")
			var m measure
			if err := json.Unmarshal([]byte(html.UnescapeString(found)), &m); !ok || err != nil {
				t.Fatalf("the browser measured nothing: %v in %.500s", err, dom)
			}
			if len(m.Wide) > 0 || m.Parts < 30 {
				t.Errorf("%d numbered headings; too wide: %q", m.Parts, m.Wide)
			}
			browse(t, browser, dir, "--no-pdf-header-footer", "--print-to-pdf="+pdf, "file://"+filepath.ToSlash(page))
			data, err := os.ReadFile(pdf)
			if err != nil {
				t.Fatal(err)
			}
			sheets := len(regexp.MustCompile(`/Type /Page\b`).FindAll(data, -1))
			if a4 := len(regexp.MustCompile(`/MediaBox \[0 0 594\.\d+ 841\.\d+\]`).FindAll(data, -1)); sheets < 5 || a4 != sheets {
				t.Errorf("%d sheets, of which %d are A4", sheets, a4)
			}
			t.Logf("%d sheets", sheets)
		})
	}
}

// aBrowser finds a browser. Where there is none, nothing is said of how the pages look.
func aBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("no Chromium is installed: how the printed pages look was not tried")
	return ""
}

// browse runs the browser without a window. The deadline is against hanging.
func browse(t *testing.T, browser, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), browser, append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
		"--user-data-dir=" + filepath.Join(dir, "profile")}, args...)...)
	cmd.WaitDelay = time.Minute
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %.2000s", err, errs.String())
	}
	return out.String()
}
