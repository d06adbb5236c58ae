package wmguest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/snapshot"
)

// maxScript bounds a script, in bytes.
const maxScript = 1 << 20

// maxMedium bounds a file on a medium, in bytes: what an agent or a bundle may have.
const maxMedium = 1 << 30

// registerReceive makes the machine's PowerShell know the product's loader, and through it the script that receives files and the one that collects.
func registerReceive(m *standin.Machine, medium string) error {
	return m.RegisterLine("wmclient: loader", remote.ScriptLine, func(ctx context.Context, m *standin.Machine, c standin.Call) (uint32, error) {
		text, err := remote.ReadScript(c.Stdin, maxScript)
		if err != nil {
			return 1, err
		}
		if text == snapshot.Script {
			return collect(ctx, m, c)
		}
		if err := standin.ReceiveFiles(ctx, remote.Script(text, c.Stdin), c.Stdout, place{m, c, medium}); err != nil {
			return 1, err
		}
		return 0, nil
	})
}

// place is the machine's files, and the medium in its drive.
type place struct {
	m      *standin.Machine
	c      standin.Call
	medium string // a folder of this computer; "" for none
}

// Medium implements standin.Media.
func (p place) Medium(path string) []byte {
	if p.medium == "" {
		return nil
	}
	root, err := os.OpenRoot(p.medium) // a path that leads out of it is not there
	if err != nil {
		return nil
	}
	defer func() { _ = root.Close() }()
	f, err := root.Open(strings.ReplaceAll(path, `\`, "/"))
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxMedium+1))
	if err != nil || len(data) > maxMedium {
		return nil
	}
	return data
}

// Stands implements standin.Files.
func (p place) Stands(f standin.Wanted) bool {
	have, err := p.m.File(p.c.Expand(f.Path))
	return err == nil && have.Size == f.Size && have.SHA256 == f.SHA256
}

// Put implements standin.Files.
func (p place) Put(f standin.Wanted, data []byte) error {
	return p.m.WriteFile(p.c.Expand(f.Path), data)
}

// Fetch implements standin.Fetcher.
func (place) Fetch(ctx context.Context, address string) (io.ReadCloser, error) {
	return fetch(ctx, address)
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
