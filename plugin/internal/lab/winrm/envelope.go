package winrm

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The bounds of a request's XML. A client's own envelopes are about 6 deep and hold some 30 elements.
const (
	maxDepth    = 32
	maxElements = 4096
)

// envelope is what the server reads of a request.
type envelope struct {
	Header struct {
		Action           string  `xml:"Action"`
		MessageID        string  `xml:"MessageID"`
		ResourceURI      string  `xml:"ResourceURI"`
		OperationTimeout string  `xml:"OperationTimeout"`
		MaxEnvelopeSize  int     `xml:"MaxEnvelopeSize"`
		Selectors        []named `xml:"SelectorSet>Selector"`
		Options          []named `xml:"OptionSet>Option"`
	} `xml:"Header"`
	Body struct {
		Identify    *struct{}    `xml:"http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd Identify"`
		Shell       *shellBody   `xml:"Shell"`
		CommandLine *lineBody    `xml:"CommandLine"`
		Receive     *receiveBody `xml:"Receive"`
		Send        *sendBody    `xml:"Send"`
		Signal      *signalBody  `xml:"Signal"`
	} `xml:"Body"`
}

type named struct {
	Name  string `xml:"Name,attr"`
	Value string `xml:",chardata"`
}

type shellBody struct {
	WorkingDirectory string  `xml:"WorkingDirectory"`
	IdleTimeOut      string  `xml:"IdleTimeOut"`
	Environment      []named `xml:"Environment>Variable"`
}

type lineBody struct {
	Command   string   `xml:"Command"`
	Arguments []string `xml:"Arguments"`
}

type receiveBody struct {
	Desired struct {
		CommandID string `xml:"CommandId,attr"`
		Streams   string `xml:",chardata"`
	} `xml:"DesiredStream"`
}

type sendBody struct {
	Streams []struct {
		Name      string `xml:"Name,attr"`
		CommandID string `xml:"CommandId,attr"`
		End       bool   `xml:"End,attr"`
		Data      []byte `xml:",chardata"`
	} `xml:"Stream"`
}

type signalBody struct {
	CommandID string `xml:"CommandId,attr"`
	Code      string `xml:"Code"`
}

var errBounds = errors.New("deeper or larger than any request of the shell protocol")

// parseEnvelope reads a request. XML that is deeper or has more elements than any request needs is refused before anything is kept of it,
// and so are document types.
func parseEnvelope(body []byte) (*envelope, error) {
	if err := checkXML(body); err != nil {
		return nil, err
	}
	var e envelope
	if err := xml.Unmarshal(body, &e); err != nil {
		return nil, fmt.Errorf("read envelope: %w", err)
	}
	e.Header.Action = strings.TrimSpace(e.Header.Action)
	e.Header.MessageID = strings.TrimSpace(e.Header.MessageID)
	e.Header.ResourceURI = strings.TrimSpace(e.Header.ResourceURI)
	return &e, nil
}

func checkXML(body []byte) error {
	d := xml.NewDecoder(bytes.NewReader(body))
	depth, elements := 0, 0
	for {
		t, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("read envelope: %w", err)
		}
		switch t.(type) {
		case xml.StartElement:
			depth++
			elements++
		case xml.EndElement:
			depth--
		case xml.Directive:
			return fmt.Errorf("read envelope: a document type: %w", errBounds)
		}
		if depth > maxDepth || elements > maxElements {
			return fmt.Errorf("read envelope: %w", errBounds)
		}
	}
	if elements == 0 {
		return errors.New("read envelope: no element in it")
	}
	return nil
}

// selector returns the value of a selector, ShellId for example; "" where there is none.
func (e *envelope) selector(name string) string { return find(e.Header.Selectors, name) }

// option reports whether an option of the header is TRUE.
func (e *envelope) option(name string) bool {
	v := find(e.Header.Options, name)
	return strings.EqualFold(v, "true") || v == "1"
}

func find(list []named, name string) string {
	for _, n := range list {
		if n.Name == name {
			return strings.TrimSpace(n.Value)
		}
	}
	return ""
}

var isoDuration = regexp.MustCompile(`^P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$`)

// parseDuration reads an xs:duration of days and less, PT60.000S for example. ok is false for anything else and for 0.
func parseDuration(s string) (d time.Duration, ok bool) {
	m := isoDuration.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return 0, false
	}
	for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
		if m[i+1] == "" {
			continue
		}
		f, err := strconv.ParseFloat(m[i+1], 64)
		if err != nil || f*float64(unit) > float64(maxDuration) {
			return 0, false
		}
		d += time.Duration(f * float64(unit))
	}
	return d, d > 0 && d <= maxDuration
}

const maxDuration = 366 * 24 * time.Hour
