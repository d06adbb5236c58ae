package remote

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// The bounds of an answer's XML. Windows' own are about 8 deep; a Receive has some elements for each piece of output.
const (
	maxDepth    = 64
	maxElements = 1 << 17
)

// The URIs by which answers are told apart (MS-WSMV 2.2).
const (
	stateDone = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell/CommandState/Done"
	configURI = "http://schemas.microsoft.com/wbem/wsman/1/config"
	getAction = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
)

// answer is what is read of a service's envelope.
type answer struct {
	Body struct {
		Fault *struct {
			Subcode string `xml:"Code>Subcode>Value"`
			Reason  string `xml:"Reason>Text"`
			Detail  struct {
				WSMan struct {
					Code    uint32 `xml:"Code,attr"`
					Message string `xml:"Message"`
				} `xml:"WSManFault"`
			} `xml:"Detail"`
		} `xml:"Fault"`
		Shell struct {
			ID string `xml:"ShellId"`
		} `xml:"Shell"`
		Created struct {
			Selectors []struct {
				Name  string `xml:"Name,attr"`
				Value string `xml:",chardata"`
			} `xml:"ReferenceParameters>SelectorSet>Selector"`
		} `xml:"ResourceCreated"`
		Command struct {
			ID string `xml:"CommandId"`
		} `xml:"CommandResponse"`
		Receive struct {
			Streams []stream `xml:"Stream"`
			State   struct {
				State    string `xml:"State,attr"`
				ExitCode *int64 `xml:"ExitCode"`
			} `xml:"CommandState"`
		} `xml:"ReceiveResponse"`
		Config struct {
			EnvelopeKB int `xml:"MaxEnvelopeSizekb"`
		} `xml:"Config"`
	} `xml:"Body"`
}

type stream struct {
	Name string `xml:"Name,attr"`
	Data string `xml:",chardata"`
}

// parseAnswer reads an envelope. XML that is deeper or has more elements than an answer needs, and document types, are refused before anything is kept of it.
func parseAnswer(body []byte) (*answer, error) {
	if err := bounded(body); err != nil {
		return nil, err
	}
	a := new(answer)
	if err := xml.Unmarshal(body, a); err != nil {
		return nil, fmt.Errorf("its answer is no envelope: %w", err)
	}
	return a, nil
}

func bounded(body []byte) error {
	d := xml.NewDecoder(bytes.NewReader(body))
	for depth, elements := 0, 0; ; {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			if elements == 0 {
				return errors.New("its answer is no envelope: there is no element in it")
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("its answer is no envelope: %w", err)
		}
		switch token.(type) {
		case xml.StartElement:
			depth++
			elements++
		case xml.EndElement:
			depth--
		case xml.Directive:
			return errors.New("its answer has a document type")
		}
		if depth > maxDepth || elements > maxElements {
			return errors.New("its answer is deeper or has more parts than any of the protocol")
		}
	}
}

// fault is the fault in the answer, nil where there is none.
func (a *answer) fault(status int) *Fault {
	f := a.Body.Fault
	if f == nil {
		return nil
	}
	text := f.Detail.WSMan.Message
	if strings.TrimSpace(text) == "" {
		text = f.Reason
	}
	_, sub, found := strings.Cut(strings.TrimSpace(f.Subcode), ":")
	if !found {
		sub = strings.TrimSpace(f.Subcode)
	}
	return &Fault{Status: status, Subcode: sub, Code: f.Detail.WSMan.Code, Text: text}
}

// shellID is the id of a shell that was created.
func (a *answer) shellID() string {
	if id := strings.TrimSpace(a.Body.Shell.ID); id != "" {
		return id
	}
	for _, s := range a.Body.Created.Selectors {
		if s.Name == "ShellId" {
			return strings.TrimSpace(s.Value)
		}
	}
	return ""
}

// output decodes what a Receive has brought, by stream.
func (a *answer) output(put func(name string, data []byte) error) error {
	for _, s := range a.Body.Receive.Streams {
		text := strings.Map(func(r rune) rune {
			if r == '\r' || r == '\n' || r == ' ' || r == '\t' {
				return -1
			}
			return r
		}, s.Data)
		data, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return fmt.Errorf("output that is not base64: %w", err)
		}
		if len(data) == 0 {
			continue
		}
		if err := put(s.Name, data); err != nil {
			return err
		}
	}
	return nil
}

// done reports whether the command has ended, and how. A command that ended without a code is an error.
func (a *answer) done() (code int64, done bool, err error) {
	s := a.Body.Receive.State
	if s.State != stateDone {
		return 0, false, nil
	}
	if s.ExitCode == nil {
		return 0, true, errors.New("the command has ended, and the service does not say with which code")
	}
	return *s.ExitCode, true, nil
}
