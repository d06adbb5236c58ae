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

// MaxFiles is how many files one call delivers.
const MaxFiles = 16

// Deliver makes one file stand on the machine, as DeliverAll does.
func (c *Client) Deliver(ctx context.Context, f File, progress func(done, total int64)) (Way, error) {
	ways, err := c.DeliverAll(ctx, []File{f}, progress)
	if err != nil {
		return "", err
	}
	return ways[0], nil
}

// DeliverAll makes files stand on the machine, each by the cheapest way that works, and says which it was. The machine checks size and
// digest before a file gets its name. It is one command, and one request after the other: the machine is told what is wanted, says what it
// lacks, and gets that. progress, which may be nil, gets bytes sent through WinRM, compressed as they go.
func (c *Client) DeliverAll(ctx context.Context, files []File, progress func(done, total int64)) ([]Way, error) {
	ways, _, err := c.DeliverAndRun(ctx, files, Command{}, progress)
	return ways, err
}

// DeliverAndRun is DeliverAll with a command behind it, in the same command line of cmd.exe: it runs where all files stand. An empty line is
// none. The command gets no input.
func (c *Client) DeliverAndRun(ctx context.Context, files []File, then Command, progress func(done, total int64)) ([]Way, Result, error) {
	if len(files) == 0 || len(files) > MaxFiles || then.Stdin != nil {
		return nil, Result{}, fmt.Errorf("deliver %d files, at most %d, with a command that takes no input", len(files), MaxFiles)
	}
	for _, f := range files {
		if err := f.check(); err != nil {
			return nil, Result{}, err
		}
	}
	d := &delivery{c: c, files: files, progress: progress, to: then.Stdout}
	var out bytes.Buffer
	if d.to == nil {
		d.to = &limited{&out, c.options.MaxOutput}
	}
	line := ScriptLine
	if then.Line != "" {
		line += " && " + then.Line
	}
	head, err := d.head()
	if err != nil {
		return nil, Result{}, err
	}
	r, err := c.converse(ctx, Command{Line: line, Stdin: Script(ReceiveScript, bytes.NewReader(head)), Stdout: d, Stderr: then.Stderr}, d.answer)
	r.Stdout = out.Bytes()
	if err == nil {
		err = d.ended(r)
	}
	if err != nil {
		return nil, r, fmt.Errorf("deliver %s: %w", d.names(), err)
	}
	return d.ways, r, nil
}

// delivery is one call under way: what the machine says is read off the beginning of its output.
type delivery struct {
	c        *Client
	files    []File
	progress func(done, total int64)
	to       io.Writer // what comes behind the delivery
	line     []byte    // of the machine, that has not ended
	ways     []Way     // nil until the machine has said what it lacks
	lacks    bool      // and has not said yet that it came
	sent     bool
}

// head is the script's first line of input.
func (d *delivery) head() ([]byte, error) {
	type wanted struct {
		Path   string `json:"path"`
		Size   int64  `json:"size"`
		SHA256 string `json:"sha256"`
		URL    string `json:"url"`
		Medium string `json:"medium"`
	}
	var head struct {
		Files []wanted `json:"files"`
	}
	for _, f := range d.files {
		head.Files = append(head.Files, wanted{f.Path, f.Size, f.SHA256, f.URL, f.Medium})
	}
	text, err := json.Marshal(head)
	return append(text, '\n'), err
}

func (d *delivery) names() string {
	var all []string
	for _, f := range d.files {
		all = append(all, f.Path)
	}
	return strings.Join(all, ", ")
}

// Write implements io.Writer for the machine's standard output.
func (d *delivery) Write(p []byte) (int, error) {
	rest := p
	for len(rest) > 0 && (d.ways == nil || d.lacks) {
		one, more, whole := bytes.Cut(rest, []byte("\n"))
		if d.line = append(d.line, one...); len(d.line) > 4<<10 {
			return 0, errors.New("the machine says more than it was asked")
		}
		if rest = more; !whole {
			return len(p), nil
		}
		if err := d.said(strings.TrimSpace(string(d.line))); err != nil {
			return 0, err
		}
		d.line = nil
	}
	if len(rest) > 0 {
		if _, err := d.to.Write(rest); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// said takes one line: a word for each file, then, where some had to come, that they have.
func (d *delivery) said(line string) error {
	if d.ways != nil {
		if line != "written" || !d.sent {
			return fmt.Errorf("the machine says %.80q, and not that the files are written", line)
		}
		d.lacks = false
		return nil
	}
	words := strings.Fields(line)
	if len(words) != len(d.files) {
		return fmt.Errorf("the machine says %.80q of %d files", line, len(d.files))
	}
	for _, w := range words {
		way, ok := map[string]Way{"already": WayAlready, "medium": WayMedium, "http": WayHTTP, "missing": WayWinRM}[w]
		if !ok {
			return fmt.Errorf("the machine says %.80q of a file", w)
		}
		d.ways = append(d.ways, way)
		d.lacks = d.lacks || way == WayWinRM
	}
	return nil
}

// answer is what the machine is sent next: nil while there is nothing to say.
func (d *delivery) answer(ctx context.Context) (io.Reader, error) {
	if !d.lacks || d.sent {
		return nil, nil
	}
	d.sent = true
	var missing []File
	for i, w := range d.ways {
		if w == WayWinRM {
			missing = append(missing, d.files[i])
		}
	}
	packed, err := pack(missing)
	if err != nil {
		return nil, err
	}
	if len(packed) > d.c.piece() {
		if err := d.c.learnEnvelope(ctx); err != nil {
			return nil, err
		}
	}
	return &metered{r: bytes.NewReader(packed), total: int64(len(packed)), tell: d.progress}, nil
}

// ended holds the end against what was said before. The code of a command behind the delivery is its own.
func (d *delivery) ended(r Result) error {
	if d.ways != nil && !d.lacks {
		return nil
	}
	if len(r.Stdout) == 0 {
		r.Stdout = d.line
	}
	return fmt.Errorf("the machine says (exit code %d): %s", r.ExitCode, words(r))
}

// pack compresses files, one behind the other: programs take half the messages then.
func pack(files []File) ([]byte, error) {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if err := f.copy(z); err != nil {
			return nil, fmt.Errorf("read %d bytes of %s: %w", f.Size, f.Path, err)
		}
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (f *File) copy(to io.Writer) error {
	body, err := f.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	_, err = io.CopyN(to, body, f.Size)
	return err
}

func (f *File) check() error {
	if f.Path == "" || len(f.SHA256) != 64 || f.Size < 0 || f.Open == nil {
		return fmt.Errorf("deliver %q: path, digest or content is missing", f.Path)
	}
	return nil
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
