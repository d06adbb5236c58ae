package agentcli

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/seal/setuplog"
)

// logs are what tells why something went wrong, below %SystemRoot%, and where it stands in the zip. Answer files are left where they are: they hold passwords.
var logs = []struct{ from, to string }{
	{`Panther\setupact.log`, "panther/setupact.log"},
	{`Panther\setuperr.log`, "panther/setuperr.log"},
	{`Panther\UnattendGC\setupact.log`, "panther/unattendgc/setupact.log"},
	{`Panther\UnattendGC\setuperr.log`, "panther/unattendgc/setuperr.log"},
	{`System32\Sysprep\Panther\setupact.log`, "sysprep/setupact.log"},
	{`System32\Sysprep\Panther\setuperr.log`, "sysprep/setuperr.log"},
	{`Logs\CBS\CBS.log`, "cbs/CBS.log"},
	{`Logs\DISM\dism.log`, "dism/dism.log"},
}

// The bounds of what is taken. A log tells at its end why something went wrong; a journal is of use whole, since each line names the one before.
const (
	maxLog   = 4 << 20  // bytes of the end of each log
	maxState = 32 << 20 // bytes of the end of each file of the state folder
	maxFiles = 64       // files of the state folder
)

// collect writes logs and the state folder as a zip. What cannot be read is named in collected.txt, so that nobody takes it for absent.
func (c *command) collect(ctx context.Context, args []string) (int, error) {
	p, err := c.flags("collect", args, nil)
	if err != nil {
		return CodeUsage, err
	}
	z := zip.NewWriter(c.Stdout)
	var report strings.Builder
	take := func(from, to string, limit int64) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		skipped, err := addEnd(z, from, to, limit)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			fmt.Fprintf(&report, "%s: not there\n", to)
		case err != nil:
			fmt.Fprintf(&report, "%s: %v\n", to, err)
		case skipped > 0:
			fmt.Fprintf(&report, "%s: without its first %d bytes\n", to, skipped)
		default:
			report.WriteString(to + "\n")
		}
		return nil
	}
	root := filepath.Dir(c.Folder)
	for _, l := range logs {
		if err := take(filepath.Join(root, filepath.FromSlash(slashed(l.from))), l.to, maxLog); err != nil {
			return CodeError, err
		}
	}
	entries, err := os.ReadDir(p.state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(&report, "state: %v\n", err)
	}
	entries = slices.DeleteFunc(entries, func(e fs.DirEntry) bool { return !e.Type().IsRegular() })
	for i, e := range entries {
		if i == maxFiles {
			fmt.Fprintf(&report, "state: %d files more than %d were left out\n", len(entries)-maxFiles, maxFiles)
			break
		}
		if err := take(filepath.Join(p.state, e.Name()), path.Join("state", e.Name()), maxState); err != nil {
			return CodeError, err
		}
	}
	c.addCauses(&report)
	w, err := z.Create("collected.txt")
	if err == nil {
		_, err = io.WriteString(w, report.String())
	}
	if err := errors.Join(err, z.Close()); err != nil {
		return CodeError, fmt.Errorf("collect: %w", err)
	}
	return CodeDone, nil
}

// addCauses says what Setup's and Sysprep's logs name as errors, what is known first.
func (c *command) addCauses(report *strings.Builder) {
	root := filepath.Dir(c.Folder)
	for _, l := range logs {
		name := slashed(l.from)
		if !strings.Contains(name, "setup") {
			continue
		}
		raw, err := readEnd(filepath.Join(root, filepath.FromSlash(name)), setuplog.MaxLog)
		if err != nil {
			continue // the report says so already
		}
		for _, cause := range setuplog.Causes(l.to, raw) {
			fmt.Fprintf(report, "error: %s\n", cause)
		}
	}
}

// readEnd reads the end of a file, of at most limit bytes and with its byte order mark.
func readEnd(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() <= limit {
		return io.ReadAll(io.LimitReader(f, limit))
	}
	mark := make([]byte, 2)
	if _, err := io.ReadFull(f, mark); err != nil {
		return nil, err
	}
	if string(mark) != "\xff\xfe" && string(mark) != "\xfe\xff" {
		mark = nil
	}
	if _, err := f.Seek((info.Size()-limit+1)&^1, io.SeekStart); err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(io.LimitReader(f, limit))
	return append(mark, rest...), err
}

// addEnd puts the end of a file into the zip, and says how many bytes were left out before it.
func addEnd(z *zip.Writer, from, to string, limit int64) (skipped int64, err error) {
	f, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if skipped = max(0, info.Size()-limit); skipped > 0 {
		if _, err := f.Seek(skipped, io.SeekStart); err != nil {
			return 0, err
		}
	}
	w, err := z.Create(to)
	if err != nil {
		return 0, err
	}
	_, err = io.Copy(w, io.LimitReader(f, limit))
	return skipped, err
}

func slashed(p string) string {
	out := []byte(p)
	for i, b := range out {
		if b == '\\' {
			out[i] = '/'
		}
	}
	return string(out)
}
