package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// builds are the rows of one build: time against a copy and against wimlib, and memory.
func (b *bench) builds() error {
	out, copied, hives := filepath.Join(b.cache, "out"), filepath.Join(b.cache, "copy.wim"), filepath.Join(b.cache, "hives")
	build := []string{wmclient, "build", b.image(profile), "--base", b.base, "--accept-base", "--out", out, "--verify"}
	defer func() { _ = remove(out, copied, hives)() }()
	// What wimlib is to put into its copy are the files that differ in ours.
	if _, err := run(build); err != nil {
		return err
	}
	image, err := filepath.Glob(filepath.Join(out, profile, "*", "image.wim"))
	if err != nil || len(image) != 1 {
		return fmt.Errorf("the built image: %v, %w", image, err)
	}
	if b.added, err = larger(image[0], b.base); err != nil {
		return err
	}
	const config = "/Windows/System32/config"
	if _, err := run([]string{"wimlib-imagex", "extract", image[0], "1", config + "/SOFTWARE", config + "/SYSTEM", "/Windows/System32/GroupPolicy",
		"--dest-dir=" + hives, "--no-acls"}); err != nil {
		return err
	}
	update := []string{"wimlib-imagex", "update", copied, "2", "--command=add '" + hives + "' " + config}
	fresh := remove(out, copied)
	t, err := b.inTurn(
		work{before: fresh, commands: [][]string{build}},
		work{before: fresh, commands: [][]string{{"cp", b.base, copied}, {"sync", copied}}},
		work{before: fresh, commands: [][]string{{"cp", b.base, copied}, update, {"sync", copied}}},
	)
	if err != nil {
		return err
	}
	r := ratios(t[0], t[1])
	b.add("build, both SHA-256 in it, against cp + sync", fmt.Sprintf("%s against %s: %s", spread(walls(t[0]), " s"), spread(walls(t[1]), " s"), spread(r, " x")), "<= 1.1 x", median(r) <= 1.1)
	b.rows = append(b.rows, row{"the same, processor time", fmt.Sprintf("%.2f s against %.2f s", median(cpus(t[0])), median(cpus(t[1]))), "", ""})
	r = ratios(t[0], t[2])
	b.add("build, against cp + wimlib-imagex update of the same files", fmt.Sprintf("%s against %s: %s", spread(walls(t[0]), " s"), spread(walls(t[2]), " s"), spread(r, " x")), "shown", true)
	var peak int64
	for _, run := range t[0] {
		peak = max(peak, run.peak)
	}
	b.add("peak memory of a build with a 91 MB SOFTWARE hive", fmt.Sprintf("%d MB", peak>>20), "< 512 MB", peak < 512<<20)
	return nil
}

// larger is by how many bytes a file is larger than another.
func larger(file, than string) (int64, error) {
	a, err := os.Stat(file)
	if err != nil {
		return 0, err
	}
	b, err := os.Stat(than)
	if err != nil {
		return 0, err
	}
	return a.Size() - b.Size(), nil
}

// unchanged is the second call of the same build.
func (b *bench) unchanged() error {
	out := filepath.Join(b.cache, "out")
	defer func() { _ = remove(out)() }()
	build := []string{wmclient, "build", b.image(profile), "--base", b.base, "--accept-base", "--out", out}
	t, err := b.inTurn(work{commands: [][]string{build}}) // the round that does not count builds
	if err != nil {
		return err
	}
	w := walls(t[0])
	b.add("unchanged inputs", spread(w, " s"), "< 0.5 s", median(w) < 0.5)
	return nil
}

func (b *bench) validate() error {
	t, err := b.inTurn(work{commands: [][]string{{wmclient, "validate", b.image(profile), "--wim", b.base}}})
	if err != nil {
		return err
	}
	w := walls(t[0])
	b.add("validate the 800 settings of "+profile+" on the base", spread(w, " s"), "< 2 s for 400", median(w) < 2)
	return nil
}

// products are one and twenty products of one base, kept as deltas, and one of them made whole again.
func (b *bench) products() error {
	out, copied := filepath.Join(b.cache, "deltas"), filepath.Join(b.cache, "copy.wim")
	defer func() { _ = remove(out, copied)() }()
	command := func(n int) []string {
		c := []string{wmclient, "delta", "make", "--base", b.base, "--accept-base", "--out", out}
		for i := range n {
			c = append(c, b.image(product(i)))
		}
		return c
	}
	rounds := b.runs
	b.runs = min(rounds, 3) // twenty products are long enough to be steady
	defer func() { b.runs = rounds }()
	t, err := b.inTurn(work{before: remove(out), commands: [][]string{command(1)}}, work{before: remove(out), commands: [][]string{command(products)}})
	if err != nil {
		return err
	}
	var slopes []float64
	for i := range t[0] {
		slopes = append(slopes, (t[1][i].wall-t[0][i].wall).Seconds()/(products-1))
	}
	b.add("the second to the twentieth product, as deltas", fmt.Sprintf("the first %s, each more %s", spread(walls(t[0]), " s"), spread(slopes, " s")), "<= 2 s each", median(slopes) <= 2)
	files, err := filepath.Glob(filepath.Join(out, "*.wmdelta"))
	if err != nil || len(files) != products {
		return fmt.Errorf("%d deltas: %w", len(files), err)
	}
	var bytes int64
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			return err
		}
		bytes += info.Size()
	}
	hives := products * b.added
	b.add("twenty deltas, all together", fmt.Sprintf("%.1f MB; what the images add to the base, their hives: %.1f MB", float64(bytes)/1e6, float64(hives)/1e6),
		"the changed hives' bytes", bytes <= hives)
	fresh := remove(filepath.Join(out, "applied"), copied)
	t, err = b.inTurn(
		work{before: fresh, commands: [][]string{{wmclient, "delta", "apply", files[0], "--base", b.base, "--out", filepath.Join(out, "applied")}}},
		work{before: fresh, commands: [][]string{{"cp", b.base, copied}, {"sync", copied}}},
	)
	if err != nil {
		return err
	}
	b.add("delta apply, against cp + sync", fmt.Sprintf("%s against %s: %s", spread(walls(t[0]), " s"), spread(walls(t[1]), " s"), spread(ratios(t[0], t[1]), " x")), "shown", true)
	return nil
}

// hive is the room regf's own benchmark: what it measures has no command.
func (b *bench) hive() error {
	text, err := output("go", "test", "-run", "^$", "-bench", "^BenchmarkChange$", "-benchtime", "3x", "-count", strconv.Itoa(b.runs), "./plugin/internal/regf")
	if err != nil {
		return err
	}
	var w []float64
	for _, m := range regexp.MustCompile(`(\d+) ns/op`).FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseInt(m[1], 10, 64)
		if err != nil {
			return err
		}
		w = append(w, time.Duration(n).Seconds())
	}
	if len(w) == 0 {
		return fmt.Errorf("no figure in %q", text)
	}
	b.add("91 MB hive: parse, 1,000 edits, write", spread(w, " s"), "< 1.2 s", median(w) < 1.2)
	return nil
}

// plans shows that planning grows with each of its three measures as it should, and what an image costs.
func (b *bench) plans() error {
	dir := filepath.Join(b.cache, "plans")
	defer func() { _ = remove(dir)() }()
	const images, modules, settings = 1000, 40, 2000
	sizes := [][3]int{{images, modules, settings}, {images / 2, modules, settings}, {images, modules / 2, settings}, {images, modules, settings / 2}}
	var works []work
	for i, s := range sizes {
		root := filepath.Join(dir, strconv.Itoa(i), "profiles")
		if _, err := run([]string{"go", "run", data, "profiles", root, strconv.Itoa(s[0]), strconv.Itoa(s[1]), strconv.Itoa(s[2])}); err != nil {
			return err
		}
		works = append(works, work{commands: [][]string{{wmclient, "check", root}}})
	}
	t, err := b.inTurn(works...)
	if err != nil {
		return err
	}
	whole := median(walls(t[0]))
	b.add("1,000 images x 40 modules x 2,000 settings planned", fmt.Sprintf("%s; processor time %.1f s", spread(walls(t[0]), " s"), median(cpus(t[0]))), "< 2 s", whole < 2)
	linear := true
	figures := []string{"processor time against half the"}
	for i, what := range []string{"images", "modules", "settings"} {
		r := median(cpus(t[0])) / median(cpus(t[i+1]))
		figures = append(figures, fmt.Sprintf("%s %.2f x", what, r))
		linear = linear && r < 2.3
	}
	b.add("the same, linear in each", strings.Join(figures, " "), "<= 2 x", linear)
	return nil
}
