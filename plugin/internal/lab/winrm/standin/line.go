package standin

import (
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
)

// step is one command of a line with what it is joined to the one before by, and where its streams go.
type step struct {
	op   string // "", "&", "&&" or "||"
	text string // without redirections; quotes as written
	out  redirect
	err  redirect
}

// redirect is where a stream goes: nowhere else (""), "nul", "&1", "&2" or a file.
type redirect struct {
	to     string
	append bool
}

// unknownError says what no stand-in knows: it ends a command with exitUnknown.
type unknownError struct{ what string }

// Unknown is the error with which a registered program says that it has no stand-in for something: the command ends with 9009.
func Unknown(what string) error { return unknownError{what} }

func (e unknownError) Error() string { return "no stand-in for " + e.what }

// expand puts the values of variables in their places, before anything else is read, as cmd.exe does. A variable that is not set stays as it
// is written, as on a command line.
func expand(line string, get func(string) (string, bool)) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(line, '%')
		if i < 0 {
			break
		}
		j := strings.IndexByte(line[i+1:], '%')
		if j < 0 {
			break
		}
		name := line[i+1 : i+1+j]
		if v, ok := get(name); ok && name != "" {
			b.WriteString(line[:i] + v)
			line = line[i+j+2:]
			continue
		}
		b.WriteString(line[:i+1])
		line = line[i+1:]
	}
	return b.String() + line
}

// splitLine takes a command line apart as cmd.exe does, as far as it goes: &, &&, ||, redirections of the outputs to files, ^ and quotes. Pipes,
// input from files and blocks have no stand-in.
func splitLine(line string) ([]step, error) {
	p := lineParser{rest: line}
	if strings.HasPrefix(strings.TrimLeft(line, " \t@"), "(") {
		return nil, unknownError{"a block in parentheses"}
	}
	for p.rest != "" {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	p.end("")
	return p.steps, nil
}

type lineParser struct {
	rest   string
	steps  []step
	now    step
	text   strings.Builder
	quoted bool
}

// next reads one character, operator or redirection.
func (p *lineParser) next() error {
	c := p.rest[0]
	switch {
	case c == '"':
		p.quoted = !p.quoted
	case p.quoted:
	case c == '^' && len(p.rest) > 1:
		p.text.WriteByte(p.rest[1])
		p.rest = p.rest[2:]
		return nil
	case strings.HasPrefix(p.rest, "&&"), strings.HasPrefix(p.rest, "||"):
		p.end(p.rest[:2])
		p.rest = p.rest[2:]
		return nil
	case c == '&':
		p.end("&")
		p.rest = p.rest[1:]
		return nil
	case c == '|':
		return unknownError{"a pipe"}
	case c == '<':
		return unknownError{"input from a file (<)"}
	case c == '>':
		return p.redirect()
	}
	p.text.WriteByte(c)
	p.rest = p.rest[1:]
	return nil
}

// end closes the step that is being read; op joins the next one to it.
func (p *lineParser) end(op string) {
	p.now.text = p.text.String()
	if strings.TrimSpace(p.now.text) != "" {
		p.steps = append(p.steps, p.now)
	}
	p.now = step{op: op}
	p.text.Reset()
}

// redirect reads [1|2]>[>]target; the digit has been read as text already.
func (p *lineParser) redirect() error {
	stream := &p.now.out
	if t := p.text.String(); strings.HasSuffix(t, " 2") || strings.HasSuffix(t, " 1") || t == "1" || t == "2" {
		if t[len(t)-1] == '2' {
			stream = &p.now.err
		}
		p.text.Reset()
		p.text.WriteString(t[:len(t)-1])
	}
	p.rest = p.rest[1:]
	if strings.HasPrefix(p.rest, ">") {
		stream.append = true
		p.rest = p.rest[1:]
	}
	p.rest = strings.TrimLeft(p.rest, " \t")
	var target string
	if rest, ok := strings.CutPrefix(p.rest, `"`); ok {
		target, p.rest, ok = strings.Cut(rest, `"`)
		if !ok {
			return unknownError{"a redirection whose quote does not end"}
		}
	} else {
		i := strings.IndexAny(p.rest+" ", " \t&|<>")
		if strings.HasPrefix(p.rest, "&1") || strings.HasPrefix(p.rest, "&2") {
			i = 2
		}
		target, p.rest = p.rest[:i], p.rest[i:]
	}
	if target == "" {
		return unknownError{fmt.Sprintf("a redirection to %q", p.rest)}
	}
	stream.to = target
	p.rest = strings.TrimLeft(p.rest, " \t")
	return nil
}

// splitArguments takes a command line apart as CommandLineToArgvW does: quotes group, and \" is a quote.
func splitArguments(line string) []string {
	var args []string
	var b strings.Builder
	quoted, any := false, false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && strings.HasPrefix(strings.TrimLeft(line[i:], `\`), `"`):
			n := len(line[i:]) - len(strings.TrimLeft(line[i:], `\`))
			b.WriteString(strings.Repeat(`\`, n/2))
			any = true
			if i += n - 1; n%2 == 1 {
				b.WriteByte('"')
				i++
			}
		case c == '"':
			quoted, any = !quoted, true
		case (c == ' ' || c == '\t') && !quoted:
			if any {
				args = append(args, b.String())
			}
			b.Reset()
			any = false
		default:
			b.WriteByte(c)
			any = true
		}
	}
	if any {
		args = append(args, b.String())
	}
	return args
}

func fromUTF16(b []byte) string {
	u := make([]uint16, len(b)/2)
	for i := range u {
		u[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u))
}
