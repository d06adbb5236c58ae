package wmguest

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/snapshot"
)

// The bounds of what a script may bring, in bytes.
const (
	maxScript = 1 << 20
	maxHeader = 64 << 10
	maxFile   = 256 << 20
)

// registerReceive makes the machine's PowerShell know the product's loader, and through it the script that receives files and the one that collects.
func registerReceive(m *standin.Machine) error {
	return m.RegisterLine("wmclient: loader", remote.ScriptLine, func(ctx context.Context, m *standin.Machine, c standin.Call) (uint32, error) {
		text, err := remote.ReadScript(c.Stdin, maxScript)
		if err != nil {
			return 1, err
		}
		switch text {
		case snapshot.Script:
			return collect(ctx, m, c)
		case remote.ReceiveScript:
		default:
			first, _, _ := strings.Cut(text, "\n")
			return 1, standin.Unknown(fmt.Sprintf("the PowerShell script that begins with %.80q", first))
		}
		said, err := receive(ctx, m, c)
		if err != nil {
			return 1, err
		}
		_, err = io.WriteString(c.Stdout, said)
		return 0, err
	})
}

// header is the first line behind the script.
type header struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	From   string `json:"from"`
}

// receive does in Go what remote.ReceiveScript does on Windows, and says the same words.
func receive(ctx context.Context, m *standin.Machine, c standin.Call) (string, error) {
	in := bufio.NewReaderSize(c.Stdin, maxHeader)
	line, err := in.ReadSlice('\n')
	if err != nil {
		return "", fmt.Errorf("read the header: %w", err)
	}
	var h header
	if err := json.Unmarshal(line, &h); err != nil {
		return "", fmt.Errorf("read the header: %w", err)
	}
	if h.Size < 0 || h.Size > maxFile {
		return "", fmt.Errorf("%s of %d bytes is more than the lab takes", h.Path, h.Size)
	}
	h.Path = c.Expand(h.Path)
	if f, err := m.File(h.Path); err == nil && f.Size == h.Size && f.SHA256 == h.SHA256 {
		return "already", nil
	}
	var src io.Reader
	switch {
	case h.From == "probe", strings.HasPrefix(h.From, "media:"): // the machine has no drive for media
		return "missing", nil
	case h.From == "gzip":
		if src, err = gzip.NewReader(in); err != nil {
			return "", fmt.Errorf("read the file: %w", err)
		}
	default:
		body, err := fetch(ctx, h.From)
		if err != nil {
			return "", err
		}
		defer body.Close()
		src = body
	}
	data, err := io.ReadAll(io.LimitReader(src, h.Size))
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(data)
	if got := hex.EncodeToString(sum[:]); got != h.SHA256 || int64(len(data)) != h.Size {
		return "", fmt.Errorf("the file has SHA-256 %s and %d bytes, wanted %s and %d", got, len(data), h.SHA256, h.Size)
	}
	return "written", m.WriteFile(h.Path, data)
}

// fetch takes a file from an address of this computer, where a build on it serves files.
func fetch(ctx context.Context, address string) (io.ReadCloser, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err != nil || !ip.IsLoopback() || u.Scheme != "http" {
		return nil, errors.New("the lab machine reaches http on loopback addresses alone")
	}
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		cancel()
		return nil, err
	}
	client := &http.Client{
		Transport:     &http.Transport{DisableKeepAlives: true}, // no proxy
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	resp, err := client.Do(r)
	if err != nil {
		cancel()
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		cancel()
		return nil, errors.Join(fmt.Errorf("%s: %s", address, resp.Status), resp.Body.Close())
	}
	return &body{resp.Body, cancel}, nil
}

// body ends its request when it is closed.
type body struct {
	io.ReadCloser
	cancel func()
}

// Close implements io.Closer.
func (b *body) Close() error {
	err := b.ReadCloser.Close()
	b.cancel()
	return err
}
