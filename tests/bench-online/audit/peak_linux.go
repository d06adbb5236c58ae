package main

import (
	"fmt"
	"os"
	"syscall"
)

// peak is the most memory that a process had.
func peak(s *os.ProcessState) string {
	u, ok := s.SysUsage().(*syscall.Rusage)
	if !ok {
		return "not known"
	}
	return fmt.Sprintf("%d MiB", u.Maxrss>>10)
}
