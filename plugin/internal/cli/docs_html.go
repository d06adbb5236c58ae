package cli

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// Pages as they are printed: the Markdown of a reference becomes one HTML file without anything beside it, laid out for A4, with numbered
// headings, a list of contents and a running header. A browser prints it, or makes a PDF of it.

//go:embed docs_print.css
var printCSS string

// printed is what stands on a printed page beside its text.
type printed struct {
	lang     string // of the text: en or sv
	version  string // of wmclient
	released string // the day for which it is right; "" where nobody says one
}

// printWords are the words of the page in one language.
type printWords struct{ contents, page, of, released, section string }

func printLanguage(lang string) printWords {
	if lang == "sv" {
		return printWords{"Innehåll", "Sida", "av", "utgåva", "avsnitt"}
	}
	return printWords{"Contents", "Page", "of", "release", "section"}
}

// html turns a page of Markdown into HTML for print.
func (p printed) html(markdown []byte) ([]byte, error) {
	md := goldmark.New(goldmark.WithExtensions(extension.Table))
	ids := &headingIDs{}
	doc := md.Parser().Parse(text.NewReader(markdown), parser.WithContext(parser.NewContext(parser.WithIDs(ids))))
	title, headings, err := number(doc, markdown, ids)
	if err != nil {
		return nil, err
	}
	if err := refuseHTML(doc); err != nil {
		return nil, err
	}
	words := printLanguage(p.lang)
	if err := link(doc, headings, words); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := md.Renderer().Render(&body, markdown, doc); err != nil {
		return nil, fmt.Errorf("write HTML: %w", err)
	}
	stand := "wmclient " + p.version
	if p.released != "" {
		stand += ", " + words.released + " " + p.released
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "<!DOCTYPE html>\n<html lang=%q>\n<head>\n<meta charset=\"utf-8\">\n<title>%s</title>\n<style>\n%s", p.lang, html.EscapeString(title), printCSS)
	fmt.Fprintf(&out, "@page {\n  @top-left { content: %s; }\n  @top-right { content: %s; }\n  @bottom-right { content: %s counter(page) %s counter(pages); }\n}\n",
		cssText(title), cssText(stand), cssText(words.page+" "), cssText(" "+words.of+" "))
	fmt.Fprintf(&out, "</style>\n</head>\n<body>\n<header><p class=\"title\">%s</p><p>%s</p></header>\n", html.EscapeString(title), html.EscapeString(stand))
	class := "short"
	if slices.ContainsFunc(headings, func(h heading) bool { return strings.Contains(h.number, ".") }) {
		class = "long" // every section begins on a page of its own
	}
	fmt.Fprintf(&out, "<main class=%q>\n", class)
	text := whole.ReplaceAll(body.Bytes(), []byte(`${1}<span class="whole">${2}</span>`))
	first := max(bytes.Index(text, []byte("<h2")), 0) // what the page is stands before its contents
	out.Write(text[:first])
	if class == "long" { // a short page has a table of its rows
		contents(&out, headings, words)
	}
	out.Write(text[first:])
	out.WriteString("</main>\n</body>\n</html>\n")
	return out.Bytes(), nil
}

// whole are numbers of references that no line may break.
var whole = regexp.MustCompile(`([\s(>])((?:V|CCI|[A-Z]{2})-[0-9]+(?:\([0-9]+\))?)`)

// heading is one numbered heading.
type heading struct{ id, number, title string }

// contents writes the list of contents: sections, and what they are divided into.
func contents(out *bytes.Buffer, headings []heading, words printWords) {
	fmt.Fprintf(out, "<nav>\n<h2>%s</h2>\n", words.contents)
	for _, h := range headings {
		class := "section"
		if strings.Contains(h.number, ".") {
			class = "part"
		}
		fmt.Fprintf(out, "<p class=%q><a href=\"#%s\"><span class=\"number\">%s</span> %s</a></p>\n", class, html.EscapeString(h.id), h.number, html.EscapeString(h.title))
	}
	out.WriteString("</nav>\n")
}

// number puts numbers before headings of the second and third level, gives all headings their anchors, takes away the title, which stands
// in the header, and marks paragraphs that begin with a name, so that they stay with what follows.
func number(doc ast.Node, source []byte, ids *headingIDs) (title string, headings []heading, err error) {
	section, part := 0, 0
	var drop ast.Node
	err = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if p, ok := n.(*ast.Paragraph); ok && entering {
			if first, ok := p.FirstChild().(*ast.Emphasis); ok && first.Level == 2 && p.Parent() == doc && section > 0 {
				p.SetAttributeString("class", []byte("setting"))
			}
			return ast.WalkContinue, nil
		}
		h, ok := n.(*ast.Heading)
		if !ok || !entering {
			return ast.WalkContinue, nil
		}
		words := plain(h, source)
		id := ids.of(words)
		h.SetAttributeString("id", []byte(id))
		switch h.Level {
		case 1:
			title, drop = words, h
		case 2:
			section, part = section+1, 0
			headings = append(headings, heading{id, fmt.Sprint(section), words})
		case 3:
			part++
			headings = append(headings, heading{id, fmt.Sprintf("%d.%d", section, part), words})
		}
		if h.Level == 2 || h.Level == 3 {
			h.InsertBefore(h, h.FirstChild(), markup(`<span class="number">%s</span> `, headings[len(headings)-1].number))
		}
		return ast.WalkSkipChildren, nil
	})
	if err != nil {
		return "", nil, fmt.Errorf("read headings: %w", err)
	}
	if drop != nil {
		doc.RemoveChild(doc, drop)
	}
	return title, headings, nil
}

// refuseHTML takes comments away, which are for whoever edits the Markdown, and refuses other HTML: it would be left out of the page, and
// the page would look complete.
func refuseHTML(doc ast.Node) error {
	var comments []ast.Node
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		block, ok := n.(*ast.HTMLBlock)
		switch {
		case !entering:
		case ok && block.HTMLBlockType == ast.HTMLBlockType2: // "<!--"
			comments = append(comments, n)
		case ok, n.Kind() == ast.KindRawHTML:
			return ast.WalkStop, errors.New("write HTML: the Markdown has HTML in it, which is not printed; escape it")
		}
		return ast.WalkContinue, nil
	})
	for _, c := range comments {
		c.Parent().RemoveChild(c.Parent(), c)
	}
	return err
}

// link makes references readable on paper: one to a section of the page gets its number, and one to another page, which is not there,
// becomes text.
func link(doc ast.Node, headings []heading, words printWords) error {
	numbers := make(map[string]string, len(headings))
	for _, h := range headings {
		numbers["#"+h.id] = h.number
	}
	var links []*ast.Link
	err := ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if l, ok := n.(*ast.Link); ok && entering {
			links = append(links, l)
		}
		return ast.WalkContinue, nil
	})
	if err != nil {
		return fmt.Errorf("read links: %w", err)
	}
	for _, l := range links {
		to := string(l.Destination)
		switch number := numbers[to]; {
		case number != "":
			l.AppendChild(l, markup(` <span class="to">(%s&nbsp;%s)</span>`, words.section, number))
		case strings.HasPrefix(to, "#"):
			return fmt.Errorf("write HTML: a link leads to %s, and no heading has that anchor", to)
		case !strings.Contains(to, "://"):
			parent := l.Parent()
			for child := l.FirstChild(); child != nil; child = l.FirstChild() {
				parent.InsertBefore(parent, l, child)
			}
			parent.RemoveChild(parent, l)
		}
	}
	return nil
}

// markup is a piece of HTML of our own.
func markup(format string, args ...any) *ast.String {
	s := ast.NewString(fmt.Appendf(nil, format, args...))
	s.SetCode(true) // written as it is
	return s
}

// plain is the text of a node.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Value(source))
			continue
		}
		b.WriteString(plain(c, source))
	}
	return html.UnescapeString(b.String())
}

// headingIDs makes anchors as GitHub does, which the links of the Markdown count on.
type headingIDs struct{ seen map[string]int }

func (h *headingIDs) of(words string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(words) {
		switch {
		case r == ' ':
			b.WriteByte('-')
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			b.WriteRune(r)
		}
	}
	id := b.String()
	if h.seen == nil {
		h.seen = make(map[string]int)
	}
	n := h.seen[id]
	h.seen[id]++
	if n > 0 {
		id = fmt.Sprintf("%s-%d", id, n)
	}
	return id
}

// Generate and Put are what goldmark asks for; anchors are given in number, where the words of a heading are known.
func (h *headingIDs) Generate([]byte, ast.NodeKind) []byte { return nil }

// Put takes no anchors from the text.
func (h *headingIDs) Put([]byte) {}

// cssText is a string of CSS. It stands inside a style element too, which nothing in it may end.
func cssText(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		if r < ' ' || strings.ContainsRune(`"\<>&`, r) {
			fmt.Fprintf(&b, `\%x `, r)
			continue
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}
