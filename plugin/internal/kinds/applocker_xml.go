package kinds

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// guid is the rule's id: the one given, or one made from the collection and the rule without an id, in the form that RFC 9562 leaves
// to applications (version 8).
func (s *AppLockerRule) guid() string {
	if s.ID != "" {
		return strings.ToLower(s.ID)
	}
	sum := sha256.Sum256([]byte("wmclient applocker_rule\x00" + s.Collection + "\x00" + s.xml("")))
	sum[6], sum[8] = sum[6]&0x0f|0x80, sum[8]&0x3f|0x80
	h := hex.EncodeToString(sum[:16])
	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

// xml is the rule as AppLocker keeps it (schema "AppLocker XSD" of the AppLocker CSP; there "FilePathRule" and its like).
func (s *AppLockerRule) xml(id string) string {
	var kind, condition string
	switch {
	case s.Path != "":
		kind, condition = "FilePathRule", element("FilePathCondition", "", "Path", s.Path)
	case s.Hash != "":
		hash := []string{"Type", "SHA256", "Data", "0x" + strings.ToUpper(s.Hash), "SourceFileName", s.FileName}
		if s.FileLength != nil {
			hash = append(hash, "SourceFileLength", strconv.Itoa(*s.FileLength))
		}
		kind, condition = "FileHashRule", element("FileHashCondition", element("FileHash", "", hash...))
	default:
		kind, condition = "FilePublisherRule", publisherCondition(AppLockerPublisher{s.Publisher, s.Product, s.Binary}, s.MinVersion, s.MaxVersion)
	}
	body := element("Conditions", condition)
	var exceptions []string
	for _, p := range s.ExceptPaths {
		exceptions = append(exceptions, element("FilePathCondition", "", "Path", p))
	}
	for _, p := range s.ExceptPublishers {
		exceptions = append(exceptions, publisherCondition(p, "", ""))
	}
	if len(exceptions) > 0 {
		slices.SortFunc(exceptions, func(a, b string) int { return strings.Compare(upcase.Fold(a), upcase.Fold(b)) })
		body += element("Exceptions", strings.Join(slices.CompactFunc(exceptions, upcase.Equal), ""))
	}
	return element(kind, body, "Id", id, "Name", s.Name, "Description", s.Description, "UserOrGroupSid", s.user(), "Action", capital(s.Action))
}

func publisherCondition(p AppLockerPublisher, lowest, highest string) string {
	return element("FilePublisherCondition", element("BinaryVersionRange", "", "LowSection", orAny(lowest), "HighSection", orAny(highest)),
		"PublisherName", p.Publisher, "ProductName", p.Product, "BinaryName", p.Binary)
}

func orAny(s string) string {
	if s == "" {
		return anyText
	}
	return s
}

// element writes one element of XML, without white space that nobody asked for.
func element(name, body string, attributes ...string) string {
	escape := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
	var text strings.Builder
	text.WriteString("<" + name)
	for i := 0; i+1 < len(attributes); i += 2 {
		text.WriteString(" " + attributes[i] + `="` + escape.Replace(attributes[i+1]) + `"`)
	}
	if body == "" {
		return text.String() + "/>"
	}
	return text.String() + ">" + body + "</" + name + ">"
}

// xmlPart is an element that is still being read.
type xmlPart struct {
	head  string
	parts []string
}

// maxRuleDepth is more than any rule has.
const maxRuleDepth = 16

// appLockerMeaning is a rule in a form in which two rules of one meaning are equal: attributes in order, exceptions in order, the hash
// and the id in one case, no white space between elements. Elements and attributes that are not known are kept, and so make a difference.
func appLockerMeaning(text string) (string, error) {
	dec := xml.NewDecoder(strings.NewReader(text))
	open := []xmlPart{{}}
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) && len(open) == 1 && len(open[0].parts) == 1 {
			return open[0].parts[0], nil
		}
		if err != nil {
			return "", fmt.Errorf("read rule: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if len(open) > maxRuleDepth {
				return "", errors.New("read rule: too many levels")
			}
			open = append(open, xmlPart{head: headOf(t)})
		case xml.EndElement:
			last := open[len(open)-1]
			open = open[:len(open)-1]
			if t.Name.Local == "Exceptions" {
				slices.Sort(last.parts)
			}
			parent := &open[len(open)-1]
			parent.parts = append(parent.parts, last.head+"{"+strings.Join(last.parts, "")+"}")
		case xml.CharData:
			if len(strings.TrimSpace(string(t))) > 0 {
				return "", errors.New("read rule: text between elements")
			}
		default:
			return "", errors.New("read rule: something that is no element")
		}
	}
}

func headOf(t xml.StartElement) string {
	var attributes []string
	for _, a := range t.Attr {
		value := a.Value
		if a.Name.Local == "Id" || a.Name.Local == "Data" || strings.HasPrefix(a.Name.Local, "UserOrGroup") {
			value = strings.ToUpper(value)
		}
		attributes = append(attributes, fmt.Sprintf("%s:%s=%q", a.Name.Space, a.Name.Local, value))
	}
	slices.Sort(attributes)
	return t.Name.Space + ":" + t.Name.Local + "[" + strings.Join(attributes, " ") + "]"
}
