package agentcli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/audit"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// auditFolder is where records of audits lie, in the state folder: one a file, by number and time.
const auditFolder = "audit"

// keptAudits is how many of them are kept: each names the digest of the one before it, so that one that was taken home is still held by those after it.
const keptAudits = 30

// pathManagement is the management path of an image whose clients audit themselves.
const pathManagement = "local"

// audit judges the client as it is now.
func (c *command) audit(ctx context.Context, args []string) (int, error) {
	var baseline string
	p, err := c.flags("audit", args, func(f *flag.FlagSet) { f.StringVar(&baseline, "baseline", "", "") })
	if err != nil {
		return CodeUsage, err
	}
	rec, raw, _, err := c.auditOnce(ctx, p, baseline)
	if err != nil {
		return codeOf(agent.Outcome{}, err), err
	}
	if _, err := c.Stdout.Write(append(raw, '\n')); err != nil {
		return CodeError, err
	}
	switch {
	case len(rec.Gaps) > 0 || rec.State == audit.Unobservable:
		return CodeFindings, nil
	case rec.State == audit.Drift:
		return CodeDrift, nil
	}
	return CodeDone, nil
}

// auditOnce judges the client, writes the record and returns it with its bytes and digest.
func (c *command) auditOnce(ctx context.Context, p places, baselinePath string) (rec *audit.Record, raw []byte, digest string, err error) {
	b, done, err := open(p.bundle)
	if err != nil {
		return nil, nil, "", fmt.Errorf("%w: %w", errUsage, err)
	}
	defer func() { err = errors.Join(err, done()) }()
	table, err := kinds.Table()
	if err != nil {
		return nil, nil, "", err
	}
	img, err := audit.ImageOfPlan(b.Plan, b.ManifestDigest, table)
	if err != nil {
		return nil, nil, "", err
	}
	machine, err := c.Open()
	if err != nil {
		return nil, nil, "", err
	}
	rec = &audit.Record{Way: audit.WayLocal, Started: c.stamp(), Attempts: 1}
	var baseline *audit.Record
	if baselinePath != "" {
		if baseline, rec.BaselineDigest, err = readBaseline(baselinePath); err != nil {
			return nil, nil, "", err
		}
	}
	res, err := judgeLocal(ctx, img, machine, baseline)
	if err != nil {
		return nil, nil, "", err
	}
	rec.Fill(res)
	rec.Name, rec.Expired, rec.Ended = res.Host.Computer, img.Expired(c.Now()), c.stamp()
	raw, digest, err = c.keep(filepath.Join(p.state, auditFolder), rec)
	return rec, raw, digest, err
}

func (c *command) stamp() string { return c.Now().UTC().Format(time.RFC3339) }

// judgeLocal judges the machine that the program runs on. One with another stamp, or without one, is not the image's.
func judgeLocal(ctx context.Context, img *audit.Image, m agent.Machine, baseline *audit.Record) (*audit.Result, error) {
	r, ok := m.(audit.Reader)
	if !ok {
		return nil, fmt.Errorf("audit %s: its registry cannot be read: %w", m.Describe(), setting.ErrUnobservable)
	}
	switch stamp, err := manifest.ReadStamp(r); {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", agent.ErrOtherImage, err)
	case stamp.RecipeDigest != img.Manifest.RecipeDigest:
		return nil, fmt.Errorf("%w: its stamp names recipe %s, the bundle %s", agent.ErrOtherImage, stamp.RecipeDigest, img.Manifest.RecipeDigest)
	}
	host, err := m.Host()
	if err != nil {
		return nil, fmt.Errorf("what machine is %s: %w", m.Describe(), err)
	}
	boot, err := m.BootID()
	if err != nil {
		return nil, fmt.Errorf("boot id of %s: %w", m.Describe(), err)
	}
	return audit.Judge(ctx, img, r, audit.Facts{Computer: host.Computer, Boot: boot, Platform: host.Platform}, baseline)
}

func readBaseline(path string) (*audit.Record, string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, "", fmt.Errorf("%w: baseline: %w", errUsage, err)
	}
	if info.Size() > audit.MaxRecord {
		return nil, "", fmt.Errorf("%w: baseline: %d bytes are more than a record has", errUsage, info.Size())
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, "", fmt.Errorf("%w: baseline: %w", errUsage, err)
	}
	return audit.ReadRecord(raw)
}

// keep writes a record beside those before it, names the last of them in it, and lets the oldest go.
func (c *command) keep(dir string, rec *audit.Record) (raw []byte, digest string, err error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, "", fmt.Errorf("keep audit record: %w", err)
	}
	names, err := auditRecords(dir)
	if err != nil {
		return nil, "", err
	}
	number := 1 // records are counted: a clock may be set back
	if n := len(names); n > 0 {
		if _, err := fmt.Sscanf(names[n-1], "%d.", &number); err != nil {
			return nil, "", fmt.Errorf("%s is no audit record of this program: take it out of %s", names[n-1], dir)
		}
		number++
		last, err := os.ReadFile(filepath.Join(dir, names[n-1]))
		if err != nil {
			return nil, "", fmt.Errorf("read the last audit record: %w", err)
		}
		rec.Previous = canonical.Digest(last)
	}
	if raw, err = rec.Bytes(); err != nil {
		return nil, "", err
	}
	name := fmt.Sprintf("%08d.%s.json", number, c.Now().UTC().Format("20060102T150405Z"))
	if err := partial.WriteFile(filepath.Join(dir, name), raw); err != nil {
		return nil, "", fmt.Errorf("keep audit record: %w", err)
	}
	for len(names) >= keptAudits {
		if err := os.Remove(filepath.Join(dir, names[0])); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, "", fmt.Errorf("let the oldest audit record go: %w", err)
		}
		names = names[1:]
	}
	return raw, canonical.Digest(raw), nil
}

// auditRecords lists the records of a folder, the oldest first.
func auditRecords(dir string) ([]string, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list audit records: %w", err)
	}
	var names []string
	for _, e := range list {
		if strings.HasSuffix(e.Name(), ".json") && !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		return strings.Compare(strings.TrimSuffix(a, ".json"), strings.TrimSuffix(b, ".json"))
	})
	return names, nil
}

// auditEvery is how often a service that stays audits the client, where nobody says otherwise.
const auditEvery = 24 * time.Hour

// watch audits the client at once and then day by day, until the service is stopped, where its image is managed by nobody else. What an audit comes to stands in the event
// log, with the record's digest; an audit that fails is told there, and the next one comes all the same.
func (c *command) watch(ctx context.Context, p places) error {
	b, done, err := open(p.bundle)
	if err != nil {
		return err
	}
	local := b.Plan.Image.Management.Path == pathManagement
	if err := done(); err != nil || !local {
		return err
	}
	every := c.AuditEvery
	if every <= 0 {
		every = auditEvery
	}
	for {
		switch rec, _, digest, err := c.auditOnce(ctx, p, ""); {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			c.System.Log(fmt.Sprintf("wmguest: the audit failed: %v", err))
		default:
			c.System.Log(fmt.Sprintf("wmguest: audit: %s, %d differences, %d gaps; record %s", rec.State, len(rec.Differences), len(rec.Gaps), digest))
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return nil
		}
	}
}
