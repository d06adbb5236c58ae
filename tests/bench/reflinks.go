package main

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// reflinks is the row of a build where the file system shares the base's blocks: on a Btrfs in a file, since few machines have one at hand.
// What is left then is hashing, which is measured beside it: both digests, side by side, of the same file on the same file system.
func (b *bench) reflinks() (err error) {
	const what, target = "build on Btrfs with reflinks, less hashing base and output side by side", "<= 3 s"
	at, done, why := b.mountBtrfs()
	defer func() { err = errors.Join(err, done()) }()
	if why != nil {
		fmt.Println(why)
		b.rows = append(b.rows, row{what, "not measured: " + why.Error(), target, "missed"})
		return nil
	}
	base, out := filepath.Join(at, "base.wim"), filepath.Join(at, "out")
	if _, err := run([]string{"cp", b.base, base}, []string{"sync", base}); err != nil {
		return err
	}
	t, err := b.inTurn(
		work{before: remove(out), commands: [][]string{{wmclient, "build", b.image(profile), "--base", base, "--accept-base", "--out", out, "--verify"}}},
		work{do: func() error { return hashTwice(base) }},
	)
	if err != nil {
		return err
	}
	var rest []float64
	for i := range t[0] {
		rest = append(rest, (t[0][i].wall - t[1][i].wall).Seconds())
	}
	b.add(what, fmt.Sprintf("%s, of %s", spread(rest, " s"), spread(walls(t[0]), " s")), target, median(rest) <= 3)
	return nil
}

// mountBtrfs makes a Btrfs in a file and mounts it. done takes it away again, whatever came of it.
func (b *bench) mountBtrfs() (at string, done func() error, err error) {
	file, at := filepath.Join(b.cache, "btrfs.img"), filepath.Join(b.cache, "btrfs")
	mounted := false
	done = func() error {
		if mounted {
			if _, err := run([]string{"umount", at}); err != nil {
				return err // the file is in use
			}
		}
		return remove(at, file)()
	}
	if err := os.MkdirAll(at, 0o700); err != nil {
		return at, done, err
	}
	f, err := os.Create(file)
	if err != nil {
		return at, done, err
	}
	if err := errors.Join(f.Truncate(12<<30), f.Close()); err != nil {
		return at, done, err
	}
	if _, err := run([]string{"mkfs.btrfs", "-q", file}, []string{"mount", "-o", "loop", file, at}); err != nil {
		return at, done, err
	}
	mounted = true
	return at, done, nil
}

// hashTwice takes two SHA-256 of a file at once, as a build takes the base's and the output's.
func hashTwice(path string) error {
	var wait sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		wait.Go(func() {
			f, err := os.Open(path)
			if err != nil {
				errs[i] = err
				return
			}
			_, err = io.CopyBuffer(struct{ io.Writer }{sha256.New()}, struct{ io.Reader }{f}, make([]byte, 4<<20))
			errs[i] = errors.Join(err, f.Close())
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}
