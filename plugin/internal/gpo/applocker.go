package gpo

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/baseline"
)

// node is an element of AppLocker's XML with its place.
type node struct {
	name  string
	attrs map[string]string
	nodes []*node
	line  int
}

func (n *node) get(name string) string { return n.attrs[strings.ToLower(name)] }

func (n *node) child(name string) *node {
	for _, c := range n.nodes {
		if c.name == name {
			return c
		}
	}
	return nil
}

// maxDepth is far more than AppLocker's XML nests, and keeps hostile files flat; maxElements is far more than it holds.
const (
	maxDepth    = 16
	maxElements = 10 * MaxItems
)

// parseXML reads XML into nodes. Entities that a document declares are never expanded: the decoder refuses them.
func parseXML(name string, src []byte) (*node, hcl.Diagnostics) {
	text, err := baseline.Text(src)
	if err != nil {
		return nil, hcl.Diagnostics{fault(Place{File: name}, "Unreadable XML", "%s.", err)}
	}
	dec := xml.NewDecoder(bytes.NewReader([]byte(text)))
	dec.CharsetReader = func(label string, in io.Reader) (io.Reader, error) {
		if l := strings.ToLower(label); !strings.HasPrefix(l, "utf-") && l != "us-ascii" {
			return nil, fmt.Errorf("the file says that it is written in %q, and it was read as Unicode", label)
		}
		return in, nil // decoded already
	}
	root := &node{}
	stack := []*node{root}
	elements := 0
	for {
		line, _ := dec.InputPos()
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			reason := err.Error()
			var syntax *xml.SyntaxError
			if errors.As(err, &syntax) {
				line, reason = syntax.Line, syntax.Msg
			}
			return nil, hcl.Diagnostics{fault(Place{File: name, Line: line}, "Malformed XML", "%s. The file is cut off or damaged: export it anew.", reason)}
		}
		switch t := token.(type) {
		case xml.Directive:
			word, _, _ := strings.Cut(string(t), " ")
			return nil, hcl.Diagnostics{fault(Place{File: name, Line: line}, "Malformed XML", "The file has a directive (<!%.20s), and a policy has none: export it anew.", word)}
		case xml.StartElement:
			if len(stack) > maxDepth {
				return nil, hcl.Diagnostics{fault(Place{File: name, Line: line}, "Malformed XML", "Elements nest more than %d deep; a policy does not.", maxDepth)}
			}
			if elements++; elements > maxElements {
				return nil, hcl.Diagnostics{fault(Place{File: name, Line: line}, "Too many elements", "The file holds more than %d elements. Split the policy.", maxElements)}
			}
			n := &node{name: t.Name.Local, attrs: make(map[string]string, len(t.Attr)), line: line}
			for _, a := range t.Attr {
				n.attrs[strings.ToLower(a.Name.Local)] = a.Value
			}
			top := stack[len(stack)-1]
			top.nodes, stack = append(top.nodes, n), append(stack, n)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		}
	}
	if len(root.nodes) != 1 || len(stack) != 1 {
		return nil, hcl.Diagnostics{fault(Place{File: name}, "Malformed XML", "The file has no one root element: it is cut off or empty. Export it anew.")}
	}
	return root.nodes[0], nil
}

// parseAppLocker reads what Get-AppLockerPolicy -Xml and the editor export.
func parseAppLocker(name string, src []byte) (Result, hcl.Diagnostics) {
	out := Result{Files: []string{name}}
	policy, diags := parseXML(name, src)
	if diags.HasErrors() {
		return out, diags
	}
	if policy.name != "AppLockerPolicy" {
		return out, hcl.Diagnostics{fault(Place{File: name, Line: policy.line}, "No AppLocker policy", "The root element is %q, not AppLockerPolicy. Export the policy from its editor, or with Get-AppLockerPolicy -Effective -Xml.", policy.name)}
	}
	for _, c := range policy.nodes {
		at := Place{File: name, Line: c.line}
		if c.name != "RuleCollection" {
			out.drop(at, "the element "+c.name, "only rule collections are carried")
			continue
		}
		for _, rule := range c.nodes {
			if sid := rule.get("UserOrGroupSid"); !strings.HasPrefix(strings.ToUpper(sid), "S-1-") {
				diags = append(diags, fault(Place{File: name, Line: rule.line}, "Name instead of a SID", "The rule %q is for %q. Names differ by language: write the SID, such as S-1-1-0 for everyone or S-1-5-32-544 for administrators.", rule.get("Name"), sid))
			}
		}
		out.collection(at, c)
	}
	return out, diags
}

func (r *Result) collection(at Place, c *node) {
	collection := c.get("Type")
	switch mode := c.get("EnforcementMode"); strings.ToLower(mode) {
	case "enabled", "auditonly":
		word := map[bool]string{true: "audit", false: "enforce"}[strings.EqualFold(mode, "auditonly")]
		r.add(Item{Kind: "applocker_collection", Label: "collection " + collection, At: []Place{at}, Attrs: []Attr{{"collection", collection}, {"mode", word}}})
	case "notconfigured", "":
		if len(c.nodes) > 0 {
			r.drop(at, "the mode of the collection "+collection, "it is not configured, and Windows enforces a collection that has rules and no mode: choose audit or enforce in an applocker_collection")
		}
	default:
		r.drop(at, "the mode of the collection "+collection, "%q is none of Enabled, AuditOnly and NotConfigured", mode)
	}
	if r.Rules == nil {
		r.Rules = map[string]int{}
	}
	r.Rules[collection] += len(c.nodes)
	for _, rule := range c.nodes {
		at := Place{File: at.File, Line: rule.line}
		items, why := ruleItems(collection, rule)
		if why != "" {
			r.drop(at, strings.TrimSpace(rule.name+" "+rule.get("Name")), "%s", why)
			continue
		}
		for _, it := range items {
			it.At = []Place{at}
			r.add(it)
		}
	}
}

// ruleItems makes the settings of one rule; why says what stands in the way of carrying all that it says.
func ruleItems(collection string, rule *node) (items []Item, why string) {
	seen := map[string]bool{}
	for _, n := range rule.nodes {
		if seen[n.name] || n.name != "Conditions" && n.name != "Exceptions" {
			return nil, "its part " + n.name + " stands twice or is not known"
		}
		seen[n.name] = true
	}
	conditions := rule.child("Conditions")
	if conditions == nil || len(conditions.nodes) != 1 {
		return nil, "it does not have one condition"
	}
	condition := conditions.nodes[0]
	common := []Attr{{"collection", collection}, {"name", rule.get("Name")}}
	if d := rule.get("Description"); d != "" {
		common = append(common, Attr{"description", d})
	}
	common = append(common, Attr{"action", strings.ToLower(rule.get("Action"))}, Attr{"user", rule.get("UserOrGroupSid")})
	except, why := exceptions(rule.child("Exceptions"))
	if why != "" {
		return nil, why
	}
	item := func(id bool, attrs ...Attr) Item {
		all := append([]Attr{}, common...)
		if id {
			all = append(all, Attr{"id", strings.Trim(strings.ToLower(rule.get("Id")), "{}")})
		}
		return Item{Kind: "applocker_rule", Label: collection + " " + rule.get("Name"), Attrs: append(append(all, attrs...), except...)}
	}
	switch condition.name {
	case "FilePathCondition":
		return []Item{item(true, Attr{"path", condition.get("Path")})}, ""
	case "FilePublisherCondition":
		attrs := []Attr{{"publisher", condition.get("PublisherName")}, {"product", condition.get("ProductName")}, {"binary", condition.get("BinaryName")}}
		if v := condition.child("BinaryVersionRange"); v != nil {
			for _, bound := range []struct{ attr, text string }{{"min_version", v.get("LowSection")}, {"max_version", v.get("HighSection")}} {
				if bound.text != "" && bound.text != "*" {
					attrs = append(attrs, Attr{bound.attr, bound.text})
				}
			}
		}
		return []Item{item(true, attrs...)}, ""
	case "FileHashCondition":
		return hashItems(condition, item)
	}
	return nil, "conditions of the sort " + condition.name + " are not carried"
}

// hashItems makes one setting for each file of a rule; ids stay only where there is one file.
func hashItems(condition *node, item func(bool, ...Attr) Item) (items []Item, why string) {
	for _, h := range condition.nodes {
		if !strings.EqualFold(h.get("Type"), "SHA256") {
			return nil, "only hashes of the type SHA256 are carried"
		}
		length, err := strconv.ParseInt(h.get("SourceFileLength"), 10, 64)
		if err != nil {
			return nil, "it does not state a file's length"
		}
		it := item(len(condition.nodes) == 1, Attr{"hash", strings.TrimPrefix(strings.ToLower(h.get("Data")), "0x")},
			Attr{"file_name", h.get("SourceFileName")}, Attr{"file_length", length})
		if len(condition.nodes) > 1 {
			it.Note = "one of several files of one rule, which became rules of their own with other ids"
			it.Label += " " + h.get("SourceFileName")
		}
		items = append(items, it)
	}
	if len(items) == 0 {
		return nil, "it names no file"
	}
	return items, ""
}

// exceptions are carried whole or not at all: a rule without one of its exceptions would say something else.
func exceptions(n *node) (attrs []Attr, why string) {
	if n == nil || len(n.nodes) == 0 {
		return nil, ""
	}
	var paths []string
	var publishers []map[string]string
	for _, e := range n.nodes {
		switch e.name {
		case "FilePathCondition":
			paths = append(paths, e.get("Path"))
		case "FilePublisherCondition":
			if v := e.child("BinaryVersionRange"); v != nil && (!slices.Contains([]string{"", "*", "0.0.0.0"}, v.get("LowSection")) || !slices.Contains([]string{"", "*"}, v.get("HighSection"))) {
				return nil, "an exception by publisher is bound to versions, which is not carried"
			}
			publishers = append(publishers, map[string]string{"publisher": e.get("PublisherName"), "product": e.get("ProductName"), "binary": e.get("BinaryName")})
		default:
			return nil, "exceptions of the sort " + e.name + " are not carried"
		}
	}
	if len(paths) > 0 {
		attrs = append(attrs, Attr{"except_paths", paths})
	}
	if len(publishers) > 0 {
		attrs = append(attrs, Attr{"except_publishers", publishers})
	}
	return attrs, ""
}
