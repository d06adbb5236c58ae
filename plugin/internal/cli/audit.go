package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/audit"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/fleet"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/gpo"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

// auditPassword is where audit looks for the password without --password-file.
const auditPassword = "WMCLIENT_AUDIT_PASSWORD" //nolint:gosec // the name of a variable, not a password

// auditFlags is what the flags of audit say.
type auditFlags struct {
	hosts, manifests, baselines       []string
	inventory, policy, junit, records string
	access                            access
	concurrency, retries              int
	timeout                           time.Duration
	asJSON, all                       bool
}

func (a *app) auditCmd() *cobra.Command {
	var o auditFlags
	cmd := &cobra.Command{
		Use:   "audit --host HOST --manifest FILE|DIR",
		Short: "Judge deployed clients by the manifest of their own image",
		Long: `audit asks each client over WinRM, in one command, what its image is and how everything that the image's manifest names is there now, and judges the
answer here. The client runs a script with the means of Windows; nothing is written there and nothing is left. Which manifest counts is what the client's stamp
says (HKLM\SOFTWARE\wmclient); give the manifests of all images that may be met.

States: ok, drift, unobservable (judged in part), unreachable (with the reason), unknown-image (no stamp, or none of the manifests), error (an answer that cannot be
used). Drift is told apart: image (settings, stamp, build of Windows), policy (what --gpo says that the domain rules), drivers, products, strangers. What a domain's
policy has as expected is listed and is no drift. Drivers, programs and services are held against the record of an earlier audit (--baseline); without one they
are listed in the record and told to be not compared.

The password comes from --password-file or the variable ` + auditPassword + `, never from the command line. --inventory names many clients: one a line, or
in HCL (.hcl) with blocks  host "name" { address, port, user, password_file, auth, ca_file, pin, server_name }.

It was tried on lab machines only (wmclient lab serve): the script has never run on a real Windows.
Exit codes, first that applies: 2 usage; 1 a client was unreachable or its answer cannot be used; 5 a manifest was changed; 4 an exception of an audited image has expired;
3 a client of an unknown image, or something could not be seen; 10 drift; 0 all clients are as they were built.`,
		Example: `  ` + auditPassword + `=secret wmclient audit --host ward-3-pc-1 --user auditor --manifest out/radiology-viewer/1.2.0 --ca ca.pem
  wmclient audit --inventory clients.hcl --manifest out --password-file password.txt --records records --junit audit.xml
  wmclient audit --inventory clients.txt --manifest out --password-file password.txt --gpo '{6B2F...}' --baseline records/ward-3-pc-1.20261101T080000Z.json
  wmclient audit --inventory clients.txt --manifest out --auth certificate --client-certificate auditor.pem --client-key auditor.key --json`,
		Args: exactly(0, "only flags"),
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.hosts, "host", nil, "name or address of a client, with its port where that is not 5986 (may repeat)")
	f.StringVar(&o.inventory, "inventory", "", "file with many clients: one a line, or .hcl with host blocks")
	f.StringArrayVar(&o.manifests, "manifest", nil, "manifest.json, or a folder with releases in it (may repeat)")
	f.StringArrayVar(&o.baselines, "baseline", nil, "audit record that drivers, programs and services of its image's clients are held against (may repeat)")
	f.StringVar(&o.policy, "gpo", "", "the domain's policy that is in force on the clients: a backup's folder, or one of its files")
	f.IntVar(&o.concurrency, "concurrency", fleet.DefaultConcurrency, "how many clients are asked at the same time")
	f.DurationVar(&o.timeout, "timeout", fleet.DefaultTimeout, "how long one attempt at one client may take")
	f.IntVar(&o.retries, "retries", 1, "further attempts at a client that does not answer; one that says no is not asked again")
	f.StringVar(&o.junit, "junit", "", "also write the outcomes to this file as JUnit XML")
	f.StringVar(&o.records, "records", "", "write an audit record for each client into this folder")
	f.BoolVar(&o.asJSON, "json", false, "print outcomes as NDJSON")
	f.BoolVar(&o.all, "all", false, "list what the domain's policy has as expected, and what was not compared, too")
	o.access.flags(f)
	cmd.RunE = func(c *cobra.Command, _ []string) error { return a.audit(c.Context(), o) }
	return cmd
}

// audit runs an audit from its flags to its exit code.
func (a *app) audit(ctx context.Context, o auditFlags) error {
	config, err := a.auditConfig(o)
	if err != nil {
		return err
	}
	targets, err := a.auditTargets(o)
	if err != nil {
		return err
	}
	if err := build.Spare("--junit", o.junit, append([]string{o.inventory, o.policy}, append(o.manifests, o.baselines...)...)...); err != nil {
		return err
	}
	if o.records != "" {
		if err := os.MkdirAll(o.records, 0o755); err != nil {
			return fmt.Errorf("make the folder for records: %w", err)
		}
	}
	t := &tally{a: a, o: o, States: map[audit.State]int{}, Classes: map[audit.Class]int{}, total: len(targets), shown: make([]auditRow, 0, len(targets))}
	for _, s := range audit.States() {
		t.States[s] = 0
	}
	for _, c := range audit.Classes() {
		t.Classes[c] = 0
	}
	err = fleet.Run(ctx, config, targets, t.take)
	if err != nil {
		return err
	}
	return t.end()
}

// auditConfig reads manifests, policy and baselines.
func (a *app) auditConfig(o auditFlags) (fleet.Config, error) {
	c := fleet.Config{Concurrency: o.concurrency, Timeout: o.timeout, Retries: o.retries, Now: a.Now, Baselines: map[string]*audit.Record{}, Digests: map[string]string{}}
	if len(o.manifests) == 0 {
		return c, usageError{errors.New("--manifest is missing\nhint: give the manifest.json of the clients' image, or a folder with releases")}
	}
	if o.concurrency < 1 || o.retries < 0 || o.timeout <= 0 {
		return c, usageError{errors.New("--concurrency and --timeout are more than nothing, --retries is 0 or more")}
	}
	table, err := kinds.Table()
	if err != nil {
		return c, err
	}
	var policy *gpo.Result
	if o.policy != "" {
		found, err := readSource(o.policy, false, table)
		if err != nil {
			return c, err
		}
		if diags := found.Settle(table); diags.HasErrors() {
			return c, sourceError(o.policy, diags)
		}
		policy = &found
	}
	if c.Images, err = auditImages(o.manifests, table, policy); err != nil {
		return c, err
	}
	return c, auditBaselines(o.baselines, &c)
}

// auditImages reads manifests; the same one twice counts once.
func auditImages(paths []string, table setting.Table, policy *gpo.Result) ([]*audit.Image, error) {
	var out []*audit.Image
	seen := map[string]string{} // the file by recipe
	for _, path := range paths {
		files, err := manifestsIn(path)
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			m, err := build.ReadManifest(file)
			if err != nil {
				return nil, err
			}
			img, err := audit.NewImage(m, table, policy)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			same := slices.ContainsFunc(out, func(i *audit.Image) bool { return i.Digest == img.Digest })
			if was, twice := seen[m.RecipeDigest]; twice && !same {
				return nil, usageError{fmt.Errorf("%s and %s are of one recipe, and differ\nhint: give the one that was released", was, file)}
			}
			if seen[m.RecipeDigest] = file; !same {
				out = append(out, img)
			}
		}
	}
	return out, nil
}

// manifestsIn lists the manifests of a path: a file, or those of all releases below a folder.
func manifestsIn(path string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, usageError{fmt.Errorf("--manifest: %s does not exist\nhint: give a manifest.json, or the folder that releases were built into", path)}
	case err != nil:
		return nil, fmt.Errorf("read manifests: %w", err)
	case !info.IsDir():
		return []string{path}, nil
	}
	var files []string
	err = filepath.WalkDir(path, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && d.Name() == build.ManifestFile {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read manifests: %w", err)
	}
	if len(files) == 0 {
		return nil, usageError{fmt.Errorf("--manifest: no %s stands in %s or below it", build.ManifestFile, path)}
	}
	return files, nil
}

func auditBaselines(paths []string, c *fleet.Config) error {
	for _, path := range paths {
		data, err := readRegular(path, audit.MaxRecord)
		if err != nil {
			return usageError{fmt.Errorf("--baseline: %w", err)}
		}
		rec, digest, err := audit.ReadRecord(data)
		if err != nil {
			return fmt.Errorf("--baseline %s: %w: %w\nhint: give a record as wmclient audit --records wrote it", path, build.ErrNotTrusted, err)
		}
		known := slices.ContainsFunc(c.Images, func(i *audit.Image) bool { return i.Digest == rec.ManifestDigest })
		switch {
		case !known:
			return usageError{fmt.Errorf("--baseline %s is of a client of %s %s, whose manifest is not given", path, rec.Image, rec.Version)}
		case c.Baselines[rec.ManifestDigest] != nil:
			return usageError{fmt.Errorf("--baseline %s: there is another baseline of %s %s already", path, rec.Image, rec.Version)}
		}
		c.Baselines[rec.ManifestDigest], c.Digests[rec.ManifestDigest] = rec, digest
	}
	return nil
}

// auditTargets lists the clients: each once.
func (a *app) auditTargets(o auditFlags) ([]fleet.Target, error) {
	first, err := o.access.options(a.Getenv)
	if err != nil {
		return nil, err
	}
	var hosts []hostBlock
	for _, h := range o.hosts {
		hosts = append(hosts, hostBlock{Name: h})
	}
	if o.inventory != "" {
		more, err := readInventory(o.inventory)
		if err != nil {
			return nil, err
		}
		hosts = append(hosts, more...)
	}
	if len(hosts) == 0 {
		return nil, usageError{errors.New("no client is named\nhint: name one with --host, or many with --inventory FILE")}
	}
	seen := map[string]bool{}
	var out []fleet.Target
	for _, h := range hosts {
		t, err := h.target(first, o.inventory)
		if err != nil {
			return nil, err
		}
		key := strings.ToLower(recordName(t.Name))
		if seen[key] {
			return nil, usageError{fmt.Errorf("the client %s is named twice", t.Name)}
		}
		seen[key] = true
		out = append(out, t)
	}
	return out, nil
}

// writeRecord puts a record into the folder, by client and time; none is ever replaced.
func writeRecord(dir string, r *audit.Record) (string, error) {
	raw, err := r.Bytes()
	if err != nil {
		return "", err
	}
	began, err := time.Parse(time.RFC3339, r.Started)
	if err != nil {
		return "", err
	}
	stem := filepath.Join(dir, recordName(r.Name)+"."+began.Format("20060102T150405Z"))
	for n := 0; ; n++ {
		path := stem + ".json"
		if n > 0 {
			path = fmt.Sprintf("%s-%d.json", stem, n)
		}
		was, err := os.ReadFile(path)
		if err == nil && !bytes.Equal(was, raw) {
			continue
		}
		if err := build.WriteFileAtomic(path, raw); err != nil {
			return "", fmt.Errorf("write record: %w", err)
		}
		return path, nil
	}
}

// recordName is a client's name as part of a file's: a colon is none on Windows.
func recordName(name string) string { return strings.ReplaceAll(name, ":", "_") }

// auditCases are the outcome of a client as findings, for JUnit: one for the client, and one for each thing that is wrong with it.
func auditCases(r *audit.Record) []setting.Finding {
	what := map[audit.State]setting.Outcome{audit.OK: setting.Pass, audit.Drift: setting.Fail, audit.Unobservable: setting.Unobservable}[r.State]
	if what == "" {
		what = setting.Error
	}
	name := recordName(r.Name) + "/"
	out := []setting.Finding{{Setting: name + "audit", Kind: "audit", Severity: setting.High, Outcome: what, Expected: string(audit.OK), Observed: string(r.State), Reason: strings.TrimSpace(r.Reason + " " + r.What)}}
	for _, d := range r.Differences {
		f := setting.Finding{Setting: name + string(d.Class) + ": " + d.Name, Kind: d.Kind, Severity: d.Severity, Outcome: setting.Fail, Expected: d.Expected, Observed: d.Observed, Reason: d.Reason}
		if d.Accepted {
			f.Outcome = setting.Waived
		}
		out = append(out, f)
	}
	for _, g := range r.Gaps {
		out = append(out, setting.Finding{Setting: name + g.Name, Severity: setting.High, Outcome: g.Outcome, Reason: g.Reason})
	}
	return out
}

// auditJUnit writes all outcomes as JUnit XML.
func auditJUnit(path string, cases []setting.Finding) error {
	var b bytes.Buffer
	about := report.About{Name: "wmclient audit", Properties: []report.Property{{Name: "validated_on_windows", Value: "false"}}}
	if err := report.JUnit(&b, about, cases, validate.Gate{}); err != nil {
		return err
	}
	if err := build.WriteFileAtomic(path, b.Bytes()); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
