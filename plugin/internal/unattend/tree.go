package unattend

import (
	"bytes"
	"encoding/xml"
	"fmt"
)

// element is a node of the answer file. The standard encoder does not write prefixed attributes as Setup's own files have them, so
// the few lines of writing are here.
type element struct {
	name     string
	attrs    [][2]string
	text     string
	children []element
}

// leaf is an element with a text.
func leaf(name, text string) element { return element{name: name, text: text} }

// node is an element with children.
func node(name string, children ...element) element { return element{name: name, children: children} }

// added is an element of a list, which Setup wants marked.
func added(name string, children ...element) element {
	return element{name: name, attrs: [][2]string{{"wcm:action", "add"}}, children: children}
}

// optional is a leaf, or nothing where there is no text.
func optional(name, text string) []element {
	if text == "" {
		return nil
	}
	return []element{leaf(name, text)}
}

// write renders the element with two spaces a level; lines end as Windows' own do.
func (e element) write(w *bytes.Buffer, depth int) {
	indent := bytes.Repeat([]byte("  "), depth)
	w.Write(indent)
	fmt.Fprintf(w, "<%s", e.name)
	for _, a := range e.attrs {
		fmt.Fprintf(w, ` %s="%s"`, a[0], escaped(a[1]))
	}
	if len(e.children) == 0 {
		fmt.Fprintf(w, ">%s</%s>\r\n", escaped(e.text), e.name)
		return
	}
	w.WriteString(">\r\n")
	for _, c := range e.children {
		c.write(w, depth+1)
	}
	w.Write(indent)
	fmt.Fprintf(w, "</%s>\r\n", e.name)
}

// escaped is the text as XML has it. A buffer takes every write, so there is no error to see.
func escaped(text string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(text))
	return b.String()
}
