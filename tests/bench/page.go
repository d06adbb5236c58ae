package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"time"
)

const (
	begin = "<!-- begin table: make bench -->"
	end   = "<!-- end table -->"
)

func output(name string, args ...string) (string, error) {
	text, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", name, err, text)
	}
	return string(text), nil
}

// load is the load average of the last minute.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// machine describes the machine, not which one it is.
func machine() string {
	memory, kind := "unknown memory", "an unknown file system"
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		var kib int64
		if _, err := fmt.Sscanf(string(text), "MemTotal: %d kB", &kib); err == nil {
			memory = fmt.Sprintf("%d GB memory", kib>>20)
		}
	}
	if text, err := output("stat", "-f", "-c", "%T", "."); err == nil {
		kind = strings.TrimSpace(text)
	}
	chip := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		if m := regexp.MustCompile(`model name\s*: (.*)`).FindSubmatch(text); m != nil {
			chip = string(m[1])
		}
	}
	return fmt.Sprintf("%d processors (%s, virtual), %s, file system %s, %s/%s, %s", runtime.NumCPU(), chip, memory, kind, runtime.GOOS, runtime.GOARCH, runtime.Version())
}

// write puts the table into the page, between its marks.
func (b *bench) write(page, before, after string) error {
	info, err := os.Stat(b.base)
	if err != nil {
		return err
	}
	var t bytes.Buffer
	fmt.Fprintf(&t, "%s\nMeasured on %s with %s.\nBase: %.2f GB, LZX, 30,000 files. Load average %s before, %s after. Medians of rounds in turn; smallest, largest and their number in brackets.\n\n",
		begin, time.Now().UTC().Format(time.DateOnly), machine(), float64(info.Size())/1e9, before, after)
	t.WriteString("| work | measured | target | |\n| --- | --- | --- | --- |\n")
	for _, r := range b.rows {
		fmt.Fprintf(&t, "| %s | %s | %s | %s |\n", r.work, r.figure, r.target, r.verdict)
	}
	t.WriteString(end)
	text, err := os.ReadFile(page)
	if err != nil {
		return err
	}
	head, rest, ok := bytes.Cut(text, []byte(begin))
	_, tail, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		return fmt.Errorf("%s has no place for the table", page)
	}
	return os.WriteFile(page, append(append(head, t.Bytes()...), tail...), 0o644)
}
