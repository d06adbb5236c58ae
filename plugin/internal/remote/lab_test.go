package remote_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
)

const (
	user     = "wmbuild"
	password = "Correct-Horse-7 'å\"&"
)

// machine is a machine of a few words behind a lab host. It knows PowerShell by our own scripts alone.
type machine struct {
	boot  atomic.Int64
	mu    sync.Mutex
	files map[string][]byte
	fetch func(url string) ([]byte, error)
	media map[string][]byte
	ended atomic.Int64 // commands that were ended from outside
}

func (m *machine) BootID() string { return "boot " + strconv.FormatInt(m.boot.Load(), 10) }
func (m *machine) Restart()       { m.boot.Add(1) }

func (m *machine) Run(ctx context.Context, c winrm.Command) (uint32, error) {
	if c.Line == remote.ScriptLine {
		return m.script(c)
	}
	word, rest, _ := strings.Cut(c.Line, " ")
	switch word {
	case "echo":
		fmt.Fprintf(c.Stdout, "%s\r\n", rest)
		return 0, nil
	case "both":
		fmt.Fprint(c.Stdout, "out")
		fmt.Fprint(c.Stderr, "err")
		return 3, nil
	case "cat":
		_, err := io.Copy(c.Stdout, c.Stdin)
		return 0, err
	case "give":
		n, _ := strconv.Atoi(rest)
		_, err := c.Stdout.Write(bytes.Repeat([]byte("0123456789abcdef"), n/16))
		return 0, err
	case "sleep":
		fmt.Fprint(c.Stdout, "asleep")
		<-ctx.Done()
		m.ended.Add(1)
		return 0, nil
	case "later":
		d, _ := time.ParseDuration(rest)
		select {
		case <-time.After(d):
			fmt.Fprint(c.Stdout, "done")
		case <-ctx.Done():
		}
		return 0, nil
	}
	return 9009, fmt.Errorf("no command %q", word)
}

func (m *machine) script(c winrm.Command) (uint32, error) {
	text, err := remote.ReadScript(c.Stdin, 1<<20)
	if err != nil || text != remote.ReceiveScript {
		fmt.Fprint(c.Stderr, "a script that is not known")
		return 1, err
	}
	head := new(bytes.Buffer)
	for one := make([]byte, 1); ; head.Write(one) {
		if _, err := io.ReadFull(c.Stdin, one); err != nil {
			return 1, err
		}
		if one[0] == '\n' {
			break
		}
	}
	var h struct {
		Path, SHA256, From string
		Size               int64
	}
	if err := json.Unmarshal(head.Bytes(), &h); err != nil {
		return 1, err
	}
	m.mu.Lock()
	have, there := m.files[h.Path]
	m.mu.Unlock()
	if there && digest(have) == h.SHA256 {
		fmt.Fprint(c.Stdout, "already")
		return 0, nil
	}
	data, err := m.source(h.From, h.Size, c.Stdin)
	if err != nil {
		fmt.Fprint(c.Stderr, err)
		return 1, nil
	}
	if data == nil {
		fmt.Fprint(c.Stdout, "missing")
		return 0, nil
	}
	if digest(data) != h.SHA256 || int64(len(data)) != h.Size {
		fmt.Fprint(c.Stderr, "the file has another SHA-256")
		return 1, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[h.Path] = data
	fmt.Fprint(c.Stdout, "written")
	return 0, nil
}

func (m *machine) source(from string, size int64, in io.Reader) ([]byte, error) {
	switch {
	case from == "probe":
		return nil, nil
	case from == "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return nil, err
		}
		return io.ReadAll(io.LimitReader(z, size))
	case strings.HasPrefix(from, "media:"):
		return m.media[strings.TrimPrefix(from, "media:")], nil
	case m.fetch != nil:
		return m.fetch(from)
	}
	return nil, fmt.Errorf("nothing at %s", from)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// host is a lab host with its machine.
type host struct {
	*winrm.Host
	machine *machine
	ca      *winrm.Authority
}

func start(t testing.TB, change func(*winrm.Options)) host {
	t.Helper()
	ca, err := winrm.NewAuthority(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{files: map[string][]byte{}}
	o := winrm.Options{Address: "127.0.0.1:0", User: user, Password: password, Machine: m, Authority: ca}
	if change != nil {
		change(&o)
	}
	h, err := winrm.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return host{h, m, ca}
}

// options are those that let a client in.
func (h host) options(t testing.TB) remote.Options {
	t.Helper()
	name, port, err := net.SplitHostPort(h.Address())
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return remote.Options{Host: name, Port: n, CA: h.ca.PEM(), User: user, Password: password, Timeout: 2 * time.Second}
}

func dial(t testing.TB, o remote.Options) *remote.Client {
	t.Helper()
	c, err := remote.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// leaf is the SHA-256 of the certificate that a host shows.
func leaf(t testing.TB, h host) string {
	t.Helper()
	conn, err := tls.Dial("tcp", h.Address(), &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return digest(conn.ConnectionState().PeerCertificates[0].Raw)
}
