//go:build !linux

package main

import "os"

// peak is the most memory that a process had; only Linux is asked.
func peak(*os.ProcessState) string { return "not measured" }
