package remote

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/masterzen/winrm/soap"
)

// ReceiveScript is the script that puts a file in its place on the machine; its first lines say how. A stand-in for PowerShell knows it by
// these bytes.
//
//go:embed receive.ps1
var ReceiveScript string

// File is what is to stand on the machine.
type File struct {
	Path   string // on the machine; variables such as %SystemRoot% are expanded there
	SHA256 string // lower-case hex
	Size   int64  // bytes
	Open   func() (io.ReadCloser, error)
	URL    string // http address from which the machine itself may take it; "" for none
	Medium string // path below the root of a medium in the machine, such as `wmclient\wmguest.exe`; "" for none
}

// Way is how a file came to the machine.
type Way string

// The ways, in the order in which they are tried.
const (
	WayAlready Way = "already there"
	WayMedium  Way = "medium"
	WayHTTP    Way = "http"
	WayWinRM   Way = "winrm"
)

// Deliver makes the file stand on the machine, by the cheapest way that works, and says which it was. The machine checks size and digest
// before the file gets its name. progress, which may be nil, gets
// bytes sent through WinRM, compressed as they go.
func (c *Client) Deliver(ctx context.Context, f File, progress func(done, total int64)) (Way, error) {
	if err := f.check(); err != nil {
		return "", err
	}
	first := "probe"
	if f.Medium != "" {
		first = "media:" + f.Medium
	}
	said, err := c.receive(ctx, f, first, nil)
	switch {
	case err != nil:
		return "", fmt.Errorf("deliver %s: %w", f.Path, err)
	case said == "already":
		return WayAlready, nil
	case said == "written":
		return WayMedium, nil
	}
	if f.URL != "" {
		if said, err = c.receive(ctx, f, f.URL, nil); err == nil && said != "missing" {
			return WayHTTP, nil
		}
		var known *Error
		if ctx.Err() != nil || errors.As(err, &known) {
			return "", fmt.Errorf("deliver %s: %w", f.Path, err)
		}
		// The machine does not reach the address, or got other bytes from it: the last way needs neither.
	}
	if err := c.learnEnvelope(ctx); err != nil {
		return "", fmt.Errorf("deliver %s: %w", f.Path, err)
	}
	packed, err := pack(f)
	if err != nil {
		return "", fmt.Errorf("deliver %s: %w", f.Path, err)
	}
	size := int64(len(packed))
	if _, err := c.receive(ctx, f, "gzip", &metered{r: bytes.NewReader(packed), total: size, tell: progress}); err != nil {
		return "", fmt.Errorf("deliver %s: %w", f.Path, err)
	}
	return WayWinRM, nil
}

// pack compresses a file: programs take half the messages then.
func pack(f File) ([]byte, error) {
	body, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer body.Close()
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if _, err := io.CopyN(z, body, f.Size); err != nil {
		return nil, fmt.Errorf("read %d bytes: %w", f.Size, err)
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (f *File) check() error {
	if f.Path == "" || len(f.SHA256) != 64 || f.Size < 0 || f.Open == nil {
		return fmt.Errorf("deliver %q: path, digest or content is missing", f.Path)
	}
	return nil
}

// receive runs the script, and returns the word that it says.
func (c *Client) receive(ctx context.Context, f File, from string, body io.Reader) (string, error) {
	head, err := json.Marshal(struct {
		Path   string `json:"path"`
		Size   int64  `json:"size"`
		SHA256 string `json:"sha256"`
		From   string `json:"from"`
	}{f.Path, f.Size, f.SHA256, from})
	if err != nil {
		return "", err
	}
	var in io.Reader = bytes.NewReader(append(head, '\n'))
	if body != nil {
		in = io.MultiReader(in, body)
	}
	r, err := c.Run(ctx, Command{Line: ScriptLine, Stdin: Script(ReceiveScript, in)})
	if err != nil {
		return "", err
	}
	said := strings.TrimSpace(string(r.Stdout))
	if r.ExitCode != 0 || said != "already" && said != "written" && said != "missing" {
		return "", fmt.Errorf("the machine says (exit code %d): %s", r.ExitCode, words(r))
	}
	return said, nil
}

// words are what a command printed, for a message.
func words(r Result) string {
	text := strings.TrimSpace(string(r.Stderr))
	if text == "" {
		text = strings.TrimSpace(string(r.Stdout))
	}
	if text == "" {
		return "nothing"
	}
	if r := []rune(text); len(r) > 600 {
		text = string(r[:600]) + " ..."
	}
	return text
}

// learnEnvelope asks the service how large a message may be. One that does not say so is taken at the smallest default.
func (c *Client) learnEnvelope(ctx context.Context) error {
	c.mu.Lock()
	known := c.envelope
	c.mu.Unlock()
	if known != 0 {
		return nil
	}
	m := soap.NewMessage()
	m.Header().To(c.options.url()).ReplyTo("http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous").
		MaxEnvelopeSize(DefaultEnvelope).Id(newID()).Locale("en-US").Timeout(c.params().Timeout).Action(getAction).ResourceURI(configURI).Build()
	m.NewBody()
	size := DefaultEnvelope
	a, err := c.post(ctx, m)
	var fault *Fault
	switch {
	case err == nil && a.Body.Config.EnvelopeKB > 0:
		size = min(a.Body.Config.EnvelopeKB, 4<<10) << 10
	case err != nil && !errors.As(err, &fault): // a user who may not ask can still send
		return fmt.Errorf("ask for the size of envelopes: %w", err)
	}
	c.mu.Lock()
	c.envelope = size
	c.mu.Unlock()
	return nil
}

// metered tells how much has been read.
type metered struct {
	r           io.Reader
	done, total int64
	tell        func(done, total int64)
}

// Read implements io.Reader.
func (m *metered) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	m.done += int64(n)
	if m.tell != nil && n > 0 {
		m.tell(m.done, m.total)
	}
	return n, err
}
