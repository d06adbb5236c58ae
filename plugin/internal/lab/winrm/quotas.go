package winrm

import (
	"fmt"
	"strconv"
	"strings"
)

// Quotas are the limits of the service, with the names that Windows gives them ("Installation and Configuration for Windows Remote
// Management", Microsoft). A zero means the default of Windows 10.
type Quotas struct {
	MaxEnvelopeSizeKB              int // of a request and of an answer, in KiB; 500
	MaxShellsPerUser               int // 30
	MaxConcurrentOperationsPerUser int // 1500; a command counts until its shell is gone (MS-WSMV, note 118 to 3.1.4.12)
	MaxProcessesPerShell           int // 25 commands that run at once
	MaxMemoryPerShellMB            int // 1024 MiB
	IdleTimeoutMS                  int // until a shell without requests is deleted; 7200000
	MaxTimeoutMS                   int // the longest OperationTimeout that is granted; 0 grants what is asked
}

// quota is one of Quotas with its name and default.
type quota struct {
	name  string
	field *int
	value int
}

func (q *Quotas) all() []quota {
	return []quota{
		{"MaxEnvelopeSizekb", &q.MaxEnvelopeSizeKB, 500}, {"MaxShellsPerUser", &q.MaxShellsPerUser, 30},
		{"MaxConcurrentOperationsPerUser", &q.MaxConcurrentOperationsPerUser, 1500}, {"MaxProcessesPerShell", &q.MaxProcessesPerShell, 25},
		{"MaxMemoryPerShellMB", &q.MaxMemoryPerShellMB, 1024}, {"IdleTimeout", &q.IdleTimeoutMS, 7_200_000}, {"MaxTimeoutms", &q.MaxTimeoutMS, 0},
	}
}

func (q Quotas) withDefaults() Quotas {
	for _, d := range q.all() {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	return q
}

// Set sets a quota that is written as name=value, with the name that Windows has for it: MaxShellsPerUser=2. Its errors name those there are.
func (q *Quotas) Set(text string) error {
	name, value, _ := strings.Cut(text, "=")
	var names []string
	for _, known := range q.all() {
		if names = append(names, known.name); !strings.EqualFold(known.name, name) {
			continue
		}
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 {
			return fmt.Errorf("quota %q: %q is no number from 1 on", text, value)
		}
		*known.field = n
		return nil
	}
	return fmt.Errorf("quota %q: no such quota; there are %s", text, strings.Join(names, ", "))
}
