// Command benchonline does one thing over WinRM against a lab host in this process, and says in JSON what it took: what `make bench-online`
// measures. No release ships it. It delivers files, or looks at all settings of a bundle, or asks for as many values one command each.
//
//	benchonline deliver [--latency 50ms] [--envelope 8192] [--http|--cd] FILE...
//	benchonline observe [--latency 50ms] AGENT BUNDLE
//	benchonline each COUNT
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/wmguest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/online"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// took is what one run took, from before the first connection until after the last answer.
type took struct {
	Seconds  float64 `json:"seconds"`
	Requests int     `json:"requests"`
	Commands int     `json:"commands"`
	Bytes    int64   `json:"bytes"` // that came to the host, on the wire
	Settings int     `json:"settings"`
}

// bed is a lab host with the options that let a client in.
type bed struct {
	host    *winrm.Host
	options remote.Options
	http    bool // the machine pulls
	cd      bool // the files are on its medium
	work    string
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "benchonline:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) < 3 {
		return errors.New("deliver, observe or each")
	}
	flags := flag.NewFlagSet("benchonline", flag.ExitOnError)
	latency := flags.Duration("latency", 0, "added to each answer")
	envelope := flags.Int("envelope", 500, "MaxEnvelopeSizekb")
	medium := flags.Bool("cd", false, "the files are on a medium in the machine's drive")
	pull := flags.Bool("http", false, "the machine pulls the files")
	if err := flags.Parse(os.Args[2:]); err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "benchonline")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	cd := ""
	if *medium {
		if cd, err = onMedium(work, flags.Args()); err != nil {
			return err
		}
	}
	b, err := newBed(work, cd, winrm.Faults{Latency: *latency}, *envelope)
	if err != nil {
		return err
	}
	defer func() { _ = b.host.Close() }()
	b.http, b.cd = *pull, *medium
	do, ok := map[string]func(context.Context, []string) (int, func() error, error){"deliver": b.deliver, "observe": b.observe, "each": b.each}[os.Args[1]]
	if !ok {
		return fmt.Errorf("%q is neither deliver, observe nor each", os.Args[1])
	}
	settings, measured, err := do(context.Background(), flags.Args())
	if err != nil {
		return err
	}
	before, began := b.host.Counters(), time.Now()
	if err := measured(); err != nil {
		return err
	}
	seconds, after := time.Since(began).Seconds(), b.host.Counters()
	return json.NewEncoder(os.Stdout).Encode(took{seconds, after.Requests - before.Requests,
		after.Actions[winrm.ActionCommand] - before.Actions[winrm.ActionCommand], after.BytesIn - before.BytesIn, settings})
}

// onMedium lays the files into a folder that stands for a medium.
func onMedium(work string, paths []string) (string, error) {
	dir := filepath.Join(work, "medium")
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			return "", err
		}
		if err := errors.Join(os.MkdirAll(dir, 0o700), os.WriteFile(filepath.Join(dir, filepath.Base(p)), data, 0o600)); err != nil {
			return "", err
		}
	}
	return dir, nil
}

func newBed(work, medium string, faults winrm.Faults, envelope int) (*bed, error) {
	const user, password = "wmbuild", "Correct-Horse-7"
	m, err := standin.New(lab.Options{})
	if err != nil {
		return nil, err
	}
	if err := wmguest.Register(m, wmguest.Options{Work: work, Now: time.Now, Version: "0.1.0", Language: "en-US", Medium: medium}); err != nil {
		return nil, err
	}
	ca, err := winrm.NewAuthority(time.Now())
	if err != nil {
		return nil, err
	}
	h, err := winrm.Start(winrm.Options{Address: "127.0.0.1:0", User: user, Password: password, Machine: m, Authority: ca, Faults: faults,
		Quotas: winrm.Quotas{MaxEnvelopeSizeKB: envelope}})
	if err != nil {
		return nil, err
	}
	name, port, err := net.SplitHostPort(h.Address())
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(port)
	return &bed{host: h, work: work, options: remote.Options{Host: name, Port: n, CA: ca.PEM(), User: user, Password: password}}, err
}

// deliver brings files to the machine.
func (b *bed) deliver(ctx context.Context, paths []string) (int, func() error, error) {
	var files []remote.File
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			return 0, nil, err
		}
		f := remote.File{Path: `C:\Windows\wmclient\` + filepath.Base(p), SHA256: canonical.Digest(data), Size: int64(len(data)),
			Open: func() (io.ReadCloser, error) { return os.Open(p) }}
		if b.http {
			address, err := serve(ctx, p)
			if err != nil {
				return 0, nil, err
			}
			f.URL = address
		}
		if b.cd {
			f.Medium = filepath.Base(p)
		}
		files = append(files, f)
	}
	want := remote.WayWinRM
	switch {
	case b.http:
		want = remote.WayHTTP
	case b.cd:
		want = remote.WayMedium
	}
	return 0, func() error {
		c, err := remote.Dial(ctx, b.options)
		if err != nil {
			return err
		}
		ways, err := c.DeliverAll(ctx, files, nil)
		if err != nil {
			return err
		}
		for i, w := range ways {
			if w != want {
				return fmt.Errorf("%s came by %s", paths[i], w)
			}
		}
		return c.Close()
	}, nil
}

// serve gives one file by HTTP on loopback, for as long as the program runs.
func serve(ctx context.Context, path string) (string, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, path) })}
	go func() { _ = server.Serve(l) }() // ends with the program
	return "http://" + l.Addr().String() + "/file", nil
}

// observe has the agent look at all settings of a bundle, agent and bundle being there already, as they are when a build is validated.
func (b *bed) observe(ctx context.Context, paths []string) (int, func() error, error) {
	if len(paths) != 2 {
		return 0, nil, errors.New("observe takes agent and bundle")
	}
	exe, err := os.ReadFile(paths[0])
	if err != nil {
		return 0, nil, err
	}
	agent, err := agentfile.New(exe)
	if err != nil {
		return 0, nil, err
	}
	zip, err := bundle.OpenZip(paths[1])
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = zip.Close() }()
	bun := zip.Bundle
	table, err := kinds.Table()
	if err != nil {
		return 0, nil, err
	}
	m := &online.Machine{Agent: agent, Bundle: bun, Now: time.Now, Connect: func(ctx context.Context, tell func(remote.Waiting)) (online.Session, error) {
		return remote.WaitReady(ctx, b.options, tell)
	}}
	look := func() error {
		seen, err := online.Observe(ctx, m, table, setting.StageBuild)
		if err == nil && len(seen.Findings) < len(bun.Plan.Settings) {
			err = fmt.Errorf("%d findings of %d settings", len(seen.Findings), len(bun.Plan.Settings))
		}
		return err
	}
	return len(bun.Plan.Settings), look, look() // the first time brings agent and bundle
}

// each asks for one value a command, which is what a script of one line a setting does.
func (b *bed) each(ctx context.Context, args []string) (int, func() error, error) {
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return 0, nil, err
	}
	return n, func() error {
		c, err := remote.Dial(ctx, b.options)
		if err != nil {
			return err
		}
		for range n {
			r, err := c.Run(ctx, remote.Command{Line: `reg query "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion" /v EditionID`})
			if err != nil || r.ExitCode != 0 {
				return fmt.Errorf("exit code %d, %w", r.ExitCode, err)
			}
		}
		return c.Close()
	}, nil
}
