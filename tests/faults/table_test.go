//go:build linux

package faults_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// full reports whether all is tried, as `make faults` does, or a share of it.
func full() bool { return os.Getenv("WMCLIENT_FAULTS") != "" }

// share is how often something is tried.
func share(all, some int) int {
	if full() {
		return all
	}
	return some
}

// sideBySide lets a test run beside others where all is tried: each has places of its own.
func sideBySide(t *testing.T) {
	if full() {
		t.Parallel()
	}
}

// stride says which of n calls are tried so that at most limit are: every stride-th.
func stride(n, limit int) int { return max(1, (n+limit-1)/limit) }

var table struct {
	sync.Mutex
	rows []string
}

// row adds a line to the table: what was done, to what, how often, what was seen.
func row(t testing.TB, fault, to, tried, seen, next string) {
	t.Helper()
	table.Lock()
	defer table.Unlock()
	verdict := "held"
	if t.Failed() {
		verdict = "**BROKEN**"
	}
	table.rows = append(table.rows, fmt.Sprintf("| %s | %s | %s | %s | %s | %s |", fault, to, tried, seen, next, verdict))
	t.Logf("%s, %s: %s; %s; %s", fault, to, tried, seen, next)
}

// seen says what a tally has seen.
func (y *tally) seen() string {
	var codes []string
	for _, c := range slices.Sorted(maps.Keys(y.codes)) {
		name := fmt.Sprintf("exit %d", c)
		if c < 0 {
			name = "killed"
		}
		codes = append(codes, fmt.Sprintf("%d %s", y.codes[c], name))
	}
	return fmt.Sprintf("%s; %d whole, %d nothing new; %d left something under a partial name", strings.Join(codes, ", "), y.whole, y.tried-y.whole, y.littered)
}

// printTable writes the table to the file that `make faults` names.
func printTable() {
	path := os.Getenv("WMCLIENT_FAULTS")
	if path == "" || len(table.rows) == 0 {
		return
	}
	slices.Sort(table.rows) // they came as tests ended
	text := "| fault | work | tried | seen | the next run | promises |\n|---|---|---|---|---|---|\n" + strings.Join(table.rows, "\n") + "\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}
