package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const template = `
variable "password" { sensitive = true }
source "null" "lab" {
  communicator   = "winrm"
  winrm_host     = "127.0.0.1"
  winrm_port     = %d
  winrm_username = "packer"
  winrm_password = var.password
  winrm_use_ssl  = true
  winrm_insecure = true
}
build {
  sources = ["source.null.lab"]
%s}
`

const upload = `  provisioner "file" {
    source      = %q
    destination = "C:/lab/up.bin"
  }
`

// packer is the reference: Packer's own file provisioner, once, since it takes long, and a build that does nothing.
func (b *bench) packer() error {
	size, word := 1_000_000, "1 MB of noise, a tenth"
	if b.full {
		size, word = tenMB, "10 MB of noise"
	}
	data, err := os.ReadFile(b.noise)
	if err != nil {
		return err
	}
	part := filepath.Join(b.dir, "part")
	if err := os.WriteFile(part, data[:size], 0o600); err != nil {
		return err
	}
	idle, first, err := b.packerOnce("")
	if err != nil {
		return err
	}
	whole, n, err := b.packerOnce(fmt.Sprintf(upload, part))
	if err != nil {
		return err
	}
	figure := fmt.Sprintf("a build of %.1f s with %d requests; without the file %.1f s and %d; once each", whole.Seconds(), n, idle.Seconds(), first)
	flags := ""
	if b.full {
		flags = " FLAGS=-full"
	}
	b.add("for comparison, Packer's file provisioner to the stand-in machine: "+word, figure, "", "", "make bench-online"+flags)
	return nil
}

// packerOnce runs one build against a fresh `wmclient lab serve`, and returns the time of the build and the requests of it.
func (b *bench) packerOnce(provisioner string) (time.Duration, int, error) {
	const password = "Correct-Horse-7"
	lab := exec.Command("bin/wmclient", "lab", "serve", "--json")
	lab.Env, lab.Stderr = append(os.Environ(), "WMCLIENT_LAB_PASSWORD="+password), os.Stderr
	out, err := lab.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	if err := lab.Start(); err != nil {
		return 0, 0, err
	}
	defer func() { _ = lab.Process.Kill() }() // fails where it has ended
	lines := bufio.NewReader(out)
	var ready, result struct {
		Data struct {
			Port, Requests int
		}
	}
	line, err := lines.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &ready)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("lab serve says %q: %w", line, err)
	}
	file := filepath.Join(b.dir, "lab.pkr.hcl")
	if err := os.WriteFile(file, fmt.Appendf(nil, template, ready.Data.Port, provisioner), 0o600); err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if _, err := output([]string{"PKR_VAR_password=" + password, "CHECKPOINT_DISABLE=1"}, "packer", "build", "-color=false", file); err != nil {
		return 0, 0, err
	}
	took := time.Since(began)
	if err := lab.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, 0, err
	}
	last, err := lines.ReadBytes(0)
	if json.Unmarshal([]byte(strings.TrimSpace(string(last))), &result) != nil {
		return 0, 0, fmt.Errorf("lab serve ended with %q: %w", last, err)
	}
	return took, result.Data.Requests, lab.Wait()
}
