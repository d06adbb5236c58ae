package profile

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// notUTF8 returns one error for a file whose bytes are not UTF-8 text, where hcl would complain of each character. nil means that src is.
func notUTF8(src []byte, name string) *hcl.Diagnostic {
	const advice = "Save it as UTF-8: in Notepad with \"Save as\", encoding UTF-8; in PowerShell with \"Out-File -Encoding utf8\" instead of \">\"."
	sixteen := bytes.HasPrefix(src, []byte{0xff, 0xfe}) || bytes.HasPrefix(src, []byte{0xfe, 0xff})
	if sixteen || bytes.Count(src, []byte{0})*8 > len(src) { // in UTF-16 every other byte of Latin text is zero
		return fileError(name, "File is not UTF-8", "It looks like UTF-16, which Windows calls \"Unicode\". "+advice)
	}
	at, line, column := 0, 1, 1
	for at < len(src) {
		r, size := utf8.DecodeRune(src[at:])
		if r == utf8.RuneError && size == 1 {
			start := hcl.Pos{Line: line, Column: column, Byte: at}
			end := hcl.Pos{Line: line, Column: column + 1, Byte: at + 1}
			return problem(hcl.Range{Filename: name, Start: start, End: end}, "File is not UTF-8", "Line %d, column %d has the byte 0x%02x, which is no UTF-8 text; an old Windows or DOS code page has such bytes. %s", line, column, src[at], advice)
		}
		at, column = at+size, column+1
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return nil
}

const badEscape = "Invalid escape sequence"

// explainEscapes replaces hcl's complaints about backslashes, one for each, by one for each string that says how to write it.
func explainEscapes(src []byte, name string, diags hcl.Diagnostics) hcl.Diagnostics {
	if !slices.ContainsFunc(diags, func(d *hcl.Diagnostic) bool { return d.Summary == badEscape }) {
		return diags
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos) // the parser has reported what is wrong with tokens
	var out hcl.Diagnostics
	seen := map[int]bool{}
	for _, d := range diags {
		quote, literal, ok := literalAt(tokens, d)
		if !ok {
			out = append(out, d)
			continue
		}
		if seen[quote] {
			continue
		}
		seen[quote] = true
		text := string(src[literal.Start.Byte:literal.End.Byte])
		out = append(out, problem(literal, badEscape, "In a quoted string a backslash begins an escape sequence, such as \\n for a line end. Write each backslash of a path or registry key twice: \"%s\".", doubled(text)))
	}
	return out
}

// literalAt is the text that a complaint about a backslash lies in, and the offset of the quote that opens its string: a string with
// templates has several texts, and strings in them.
func literalAt(tokens hclsyntax.Tokens, d *hcl.Diagnostic) (quote int, text hcl.Range, ok bool) {
	if d.Summary != badEscape || d.Subject == nil {
		return 0, hcl.Range{}, false
	}
	var open []int
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOQuote:
			open = append(open, t.Range.Start.Byte)
		case hclsyntax.TokenCQuote:
			open = open[:max(len(open)-1, 0)]
		case hclsyntax.TokenQuotedLit:
			if at := d.Subject.Start.Byte; t.Range.Start.Byte <= at && at < t.Range.End.Byte && len(open) > 0 {
				return open[len(open)-1], t.Range, true
			}
		}
	}
	return 0, hcl.Range{}, false
}

// doubled writes single backslashes twice, and leaves those alone that are double or escape a quote.
func doubled(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		out.WriteByte(text[i])
		if text[i] != '\\' {
			continue
		}
		if i+1 < len(text) && (text[i+1] == '\\' || text[i+1] == '"') {
			i++
			out.WriteByte(text[i])
			continue
		}
		out.WriteByte('\\')
	}
	return out.String()
}

// firstProblem is what keeps a file from being given to the parser.
func firstProblem(src []byte, name string) *hcl.Diagnostic {
	_, d := scan(src, name)
	return d
}

// scan splits a file into tokens, unless something keeps it from being given to the parser.
func scan(src []byte, name string) (hclsyntax.Tokens, *hcl.Diagnostic) {
	if d := notUTF8(src, name); d != nil {
		return nil, d
	}
	tokens, _ := hclsyntax.LexConfig(src, name, hcl.InitialPos) // the parser reports what is wrong with tokens
	return tokens, tooComplex(tokens)
}
