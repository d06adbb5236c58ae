package remote_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
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
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
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
	if strings.HasPrefix(c.Line, remote.ScriptLine) {
		return m.script(ctx, c)
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

// script receives files, and runs the command behind it.
func (m *machine) script(ctx context.Context, c winrm.Command) (uint32, error) {
	if err := standin.ReceiveFiles(ctx, c.Stdin, c.Stdout, place{m}); err != nil {
		fmt.Fprint(c.Stderr, err)
		return 1, nil
	}
	if _, then, ok := strings.Cut(c.Line, " && "); ok {
		c.Line = then
		return m.Run(ctx, c)
	}
	return 0, nil
}

// place is a machine's files, and whatever it reaches.
type place struct{ m *machine }

func (p place) Stands(f standin.Wanted) bool {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	have, there := p.m.files[f.Path]
	return there && digest(have) == f.SHA256
}

func (p place) Put(f standin.Wanted, data []byte) error {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	p.m.files[f.Path] = data
	return nil
}

func (p place) Medium(path string) []byte { return p.m.media[path] }

func (p place) Fetch(_ context.Context, address string) (io.ReadCloser, error) {
	if p.m.fetch == nil {
		return nil, fmt.Errorf("nothing at %s", address)
	}
	data, err := p.m.fetch(address)
	return io.NopCloser(bytes.NewReader(data)), err
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
