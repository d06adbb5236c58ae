package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

const (
	wmclient = "bin/wmclient"
	data     = "./plugin/internal/lab/internal/benchdata"
	profile  = "radiology-viewer"
	products = 20
)

// prepare makes what is missing of the base, and a profile tree with twenty products.
func (b *bench) prepare() error {
	b.base, b.tree = filepath.Join(b.cache, "base.wim"), filepath.Join(b.cache, "profiles")
	if err := os.MkdirAll(b.cache, 0o755); err != nil {
		return err
	}
	if _, err := os.Stat(b.base); err != nil {
		if err := b.makeBase(); err != nil {
			return fmt.Errorf("make the base: %w", err)
		}
	}
	if err := os.RemoveAll(b.tree); err != nil {
		return err
	}
	if err := os.CopyFS(b.tree, os.DirFS("profiles")); err != nil {
		return err
	}
	locks, err := filepath.Glob(filepath.Join(b.tree, "images", "*.lock.hcl"))
	if err != nil {
		return err
	}
	for _, l := range locks {
		if err := os.Remove(l); err != nil {
			return err
		}
	}
	text, err := os.ReadFile(b.image(profile))
	if err != nil {
		return err
	}
	for n := range products { // products that differ in what they are called
		other := regexp.MustCompile(`(?m)^image "[^"]*"`).ReplaceAll(text, fmt.Appendf(nil, "image %q", product(n)))
		if err := os.WriteFile(b.image(product(n)), other, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func product(n int) string { return fmt.Sprintf("product-%02d", n) }

func (b *bench) image(name string) string { return filepath.Join(b.tree, "images", name+".hcl") }

// makeBase leaves nothing behind but the base.
func (b *bench) makeBase() error {
	at := func(name string) string { return filepath.Join(b.cache, name) }
	hive, lab, files, made := at("software.hive"), at("lab.wim"), at("files"), at("base.wim.new")
	defer func() { _ = remove(hive, lab, files, made)() }()
	for _, step := range [][]string{
		{"go", "run", data, "hive", hive},
		{wmclient, "lab", "base", "--release", "ltsc-2021", "--language", "sv-SE", "--graft-software", hive, "--out", lab},
		{"wimlib-imagex", "export", lab, "all", made, "--compress=LZX", "--chunk-size=32768"},
		{"go", "run", data, "files", files, "30000"},
		{"wimlib-imagex", "update", made, "2", "--command=add '" + files + "' /Windows/bench"},
	} {
		fmt.Println(strings.Join(step, " "))
		if _, err := run(step); err != nil {
			return err
		}
	}
	return os.Rename(made, b.base)
}
