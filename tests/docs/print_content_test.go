package docs_test

import (
	"encoding/xml"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/mt-eklient/packer-plugin-wmclient/tests/internal/harness"
)

// Every element of a printed page is closed where it should be, every attribute is quoted, and no anchor is there twice.
func TestPrintedPagesAreWellFormed(t *testing.T) {
	void := regexp.MustCompile(`<(meta|br|hr)\b([^>]*)>`) // in HTML these have no end
	for name, page := range printedPages(t) {
		d := xml.NewDecoder(strings.NewReader(void.ReplaceAllString(page, "<$1$2/>")))
		d.Entity = xml.HTMLEntity
		seen := map[string]bool{}
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			for _, a := range start.Attr {
				if a.Name.Local == "id" && seen[a.Value] {
					t.Errorf("%s: the anchor %q is there twice", name, a.Value)
				}
				seen[a.Value] = seen[a.Value] || a.Name.Local == "id"
			}
		}
	}
}

// What the files of the modules say is on the page in both languages: every module under a heading of its own, every setting under its
// module, and the last day of those that have one.
func TestPrintedModulesAreComplete(t *testing.T) {
	lastDay := map[string]string{"modules.en": "Last day on which it is agreed on", "modules.sv": "Sista överenskomna dag"}
	pages := printedPages(t)
	modules := libraryModules(t)
	if len(modules) < 30 {
		t.Fatalf("%d modules found", len(modules))
	}
	for name, words := range lastDay {
		sections := sectionsOf(pages[name])
		for _, m := range modules {
			section := sections[m.name]
			if section == "" {
				t.Errorf("%s: the module %q has no heading", name, m.name)
				continue
			}
			for label, until := range m.settings {
				text := settingOf(section, label)
				if text == "" {
					t.Errorf("%s: %s/%s is missing", name, m.name, label)
				}
				if strings.Contains(text, words) != until {
					t.Errorf("%s: %s/%s: a last day is said: %t, and in the file: %t", name, m.name, label, !until, until)
				}
			}
		}
	}
}

// settingOf is what stands under the name of a setting: its label, or a title with the label behind it.
func settingOf(section, label string) string {
	for part := range strings.SplitSeq(section, `<p class="setting">`) {
		if name, _, _ := strings.Cut(part, "</p>"); strings.Contains(name, "<code>"+label+"</code>") {
			return part
		}
	}
	return ""
}

// sectionsOf are the parts of a page about modules, by the module's name.
func sectionsOf(page string) map[string]string {
	headed := regexp.MustCompile(`\(<code>([a-z0-9-]+)</code>\)</h3>`)
	out := map[string]string{}
	at := headed.FindAllStringSubmatchIndex(page, -1)
	for i, m := range at {
		end := len(page)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		out[page[m[2]:m[3]]] = page[m[1]:end]
	}
	return out
}

// aModule is a module as its file has it: its settings by label, and whether they carry a last day.
type aModule struct {
	name     string
	settings map[string]bool
}

func libraryModules(t *testing.T) []aModule {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(harness.Root(t), "profiles", "modules", "*.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	var out []aModule
	for _, file := range files {
		f, diags := hclparse.NewParser().ParseHCLFile(file)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		for _, module := range f.Body.(*hclsyntax.Body).Blocks {
			if module.Type != "module" {
				continue
			}
			m := aModule{module.Labels[0], map[string]bool{}}
			for _, s := range module.Body.Blocks {
				if s.Type == "setting" {
					m.settings[s.Labels[1]] = s.Body.Attributes["until"] != nil
				}
			}
			out = append(out, m)
		}
	}
	return out
}

// A printed reference says before its list of contents that nothing ran on real Windows, and has lost nothing on the way from Markdown.
func TestPrintedPagesSayWhatTheyAre(t *testing.T) {
	pages := printedPages(t)
	for name, want := range map[string]string{"modules.en": "has ever run on real Windows", "modules.sv": "har någonsin körts på ett riktigt Windows"} {
		if top, _, _ := strings.Cut(pages[name], "<nav>"); !strings.Contains(top, want) {
			t.Errorf("%s does not say near its top: %s", name, want)
		}
	}
	bare := regexp.MustCompile(`(?i)[ (](true|false|null)[ ).,:;]`)
	for name, page := range pages {
		if strings.Contains(page, "raw HTML omitted") || strings.Contains(page, "<!--") {
			t.Errorf("%s: HTML of the Markdown was left out", name)
		}
		if _, body, _ := strings.Cut(page, "<main"); name == "modules.sv" {
			// What is quoted is the name of a policy, "NULL session fallback", and no value.
			body = regexp.MustCompile(`(?s)<code>.*?</code>|<pre>.*?</pre>|&quot;[^<>]*?&quot;`).ReplaceAllString(body, "CODE")
			for _, word := range bare.FindAllStringIndex(body, 5) {
				t.Errorf("%s: a value stands in the text as if it were a word: %s", name, body[max(0, word[0]-60):min(len(body), word[1]+20)])
			}
		}
	}
}

// A module that is the whole of a method is called as the method is, in each language.
func TestMethodsHaveOneName(t *testing.T) {
	pages := printedPages(t)
	section := regexp.MustCompile(`<h2[^>]*><span class="number">[^<]*</span> ([^<]*)</h2>`)
	for _, lang := range []string{"en", "sv"} {
		methods := map[string]bool{}
		for _, m := range section.FindAllStringSubmatch(pages["modules."+lang], -1) {
			methods[m[1]] = true
		}
		for _, module := range []string{"offline", "isolation", "mt-only", "monitoring", "protection", "patching"} {
			found := regexp.MustCompile(`</span> ([^<(]*) \(<code>` + module + `</code>\)</h3>`).FindStringSubmatch(pages["modules."+lang])
			if found == nil || !methods[found[1]] {
				t.Errorf("%s: the module %s is called %q, and no method is", lang, module, found)
			}
		}
	}
}
