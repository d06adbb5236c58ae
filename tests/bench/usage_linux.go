package main

import (
	"os"
	"syscall"
)

// peak is the most memory that an ended process had at a time, in bytes (VmHWM).
func peak(p *os.ProcessState) int64 {
	if usage, ok := p.SysUsage().(*syscall.Rusage); ok {
		return usage.Maxrss * 1024
	}
	return 0
}
