// Command copies measures what a copy costs whose digests are wanted, by itself: `cp` and `sync`, a copy by the system with a reading behind it
// for both digests (what a build does), and a copy through the program, which hashes each piece twice while it has it. It is what
// docs/benchmarks.md says of the limit of a build, and no part of the product:
//
//	go run ./tests/bench/copies [-runs 3] .cache/bench/base.wim
package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"hash"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

const step = 4 << 20

func main() {
	runs := flag.Int("runs", 3, "rounds in turn")
	flag.Parse()
	if err := measure(flag.Arg(0), *runs); err != nil {
		fmt.Fprintln(os.Stderr, "copies:", err)
		os.Exit(1)
	}
}

func measure(base string, runs int) error {
	ways := []struct {
		name string
		copy func(from, to string) error
	}{
		{"cp + sync", plain},
		{"by the system, read back for both digests", behind},
		{"through the program, pieces of 64 KiB", func(from, to string) error { return through(from, to, 64<<10) }},
		{"through the program, pieces of 256 KiB", func(from, to string) error { return through(from, to, 256<<10) }},
		{"through the program, pieces of 4 MiB", func(from, to string) error { return through(from, to, step) }},
	}
	took := make([][]float64, len(ways))
	to := base + ".copy"
	defer os.Remove(to)
	for round := range runs + 1 {
		for i, w := range ways {
			_ = os.Remove(to)
			begun := time.Now()
			if err := w.copy(base, to); err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			if round > 0 { // the first fills the page cache
				took[i] = append(took[i], time.Since(begun).Seconds())
			}
		}
	}
	for i, w := range ways {
		slices.Sort(took[i])
		fmt.Printf("%-45s %.2f s (%.2f to %.2f)\n", w.name, took[i][len(took[i])/2], took[i][0], took[i][len(took[i])-1])
	}
	return nil
}

func plain(from, to string) error {
	if err := exec.Command("cp", "--reflink=never", from, to).Run(); err != nil {
		return err
	}
	return exec.Command("sync", to).Run()
}

// copying opens both files, runs do, and has the copy on the disk.
func copying(from, to string, do func(in, out *os.File, size int64) error) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	defer out.Close()
	info, err := in.Stat()
	if err != nil {
		return err
	}
	if err := do(in, out, info.Size()); err != nil {
		return err
	}
	return out.Sync()
}

// behind lets the system copy (copy_file_range, where there is one), and hashes what has arrived.
func behind(from, to string) error {
	return copying(from, to, func(in, out *os.File, size int64) error {
		back, err := os.Open(to)
		if err != nil {
			return err
		}
		defer back.Close()
		var placed atomic.Int64
		moved, failed := make(chan struct{}, 1), make(chan error, 1)
		go func() {
			for placed.Load() < size {
				n, err := out.ReadFrom(io.LimitReader(in, step))
				if err != nil {
					failed <- err
					return
				}
				placed.Add(n)
				select {
				case moved <- struct{}{}:
				default:
				}
			}
		}()
		return digests(size, step, func(p []byte, off int64) error {
			for placed.Load() < off+int64(len(p)) {
				select {
				case <-moved:
				case err := <-failed:
					return err
				}
			}
			_, err := back.ReadAt(p, off)
			return err
		})
	})
}

// through reads each piece once, writes it, and hands it to both digests.
func through(from, to string, piece int64) error {
	return copying(from, to, func(in, out *os.File, size int64) error {
		return digests(size, piece, func(p []byte, off int64) error {
			if _, err := in.ReadAt(p, off); err != nil {
				return err
			}
			_, err := out.WriteAt(p, off)
			return err
		})
	})
}

// digests runs two SHA-256 side by side over the pieces that next fills.
func digests(size, piece int64, next func(p []byte, off int64) error) error {
	type block struct {
		data []byte
		left atomic.Int32
	}
	const blocks = 8
	free := make(chan *block, blocks)
	for range blocks {
		free <- &block{data: make([]byte, piece)}
	}
	var wait sync.WaitGroup
	var queues []chan *block
	for _, sum := range []hash.Hash{sha256.New(), sha256.New()} {
		q := make(chan *block, blocks)
		queues = append(queues, q)
		wait.Go(func() {
			for b := range q {
				sum.Write(b.data)
				if b.left.Add(-1) == 0 {
					free <- b
				}
			}
		})
	}
	var err error
	for off := int64(0); off < size && err == nil; off += piece {
		b := <-free
		b.data = b.data[:min(piece, size-off)]
		if err = next(b.data, off); err == nil {
			b.left.Store(int32(len(queues)))
			for _, q := range queues {
				q <- b
			}
		}
	}
	for _, q := range queues {
		close(q)
	}
	wait.Wait()
	return err
}
