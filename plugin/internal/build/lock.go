package build

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/medium"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile/lock"
)

// LockOptions say what WriteLock may do.
type LockOptions struct {
	AcceptBases []string // base files to add
	Upgrade     bool     // renew what moved
	Check       bool     // write nothing
}

// LockDone says what WriteLock found and did.
type LockDone struct {
	Path    string
	Lock    *lock.Lock
	Changed bool
}

// WriteLock makes or renews the lock of an image. A stale lock without Upgrade is not trusted, and named as such.
func WriteLock(ctx context.Context, in Inputs, opts LockOptions, sink Sink) (*LockDone, error) {
	p, err := Load(in)
	if err != nil {
		return nil, err
	}
	if err := p.findAgent(); err != nil {
		return nil, err
	}
	old, err := readLock(p.LockPath)
	if err != nil {
		return nil, err
	}
	if old == nil && opts.Check {
		return nil, missingLock(p)
	}
	fresh := lock.New(p.Resolved)
	if old != nil {
		if moved := p.moved(old); len(moved) > 0 && !opts.Upgrade {
			return nil, staleLock(p, moved)
		}
		if err := p.checkAgent(old); err != nil && !opts.Upgrade {
			return nil, err
		}
		fresh = lock.New(p.Resolved, p.fitting(old.Bases)...)
	}
	for _, path := range opts.AcceptBases {
		accepted, err := p.acceptBase(ctx, path, sink)
		if err != nil {
			return nil, err
		}
		if known, ok := fresh.Accepts(accepted.Name, accepted.SHA256); !ok {
			fresh = lock.New(p.Resolved, append(slices.Clone(fresh.Bases), accepted)...)
		} else if known.Image != accepted.Image {
			return nil, usagef("%s is locked already, with image %s; the image %s cannot be locked beside it", path, known.Image, accepted.Image)
		}
	}
	fresh.Agent = p.lockedAgent()
	if !opts.Check {
		partial.RemoveAbandonedOf(p.LockPath)
	}
	done := &LockDone{Path: p.LockPath, Lock: fresh}
	done.Changed = old == nil || string(old.Bytes()) != string(fresh.Bytes())
	if done.Changed && opts.Check {
		return nil, untrustedf("lock %s does not hold what was asked for\nhint: wmclient lock %s --upgrade", p.LockPath, p.Inputs.Image)
	}
	if done.Changed {
		if err := fresh.Write(p.LockPath); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// acceptBase reads what a base file is and makes its lock entry.
func (p *Project) acceptBase(ctx context.Context, path string, sink Sink) (lock.Base, error) {
	b, err := openBase(path, p.Inputs.BaseImage, p.Composed.Plan.Base)
	if err != nil {
		return lock.Base{}, err
	}
	defer b.close()
	// A build reads of a base what it edits; what the lock vouches for is all of it.
	const verifying = "verifying every file of the base"
	sink.step(verifying)
	if err := b.image.Verify(ctx, sink.progress(verifying)); err != nil {
		return lock.Base{}, fmt.Errorf("read base %s: %w", path, damaged(err))
	}
	if b.wim.HasIntegrity() {
		const checking = "checking the base's integrity table"
		sink.step(checking)
		if err := b.wim.VerifyIntegrity(ctx, sink.progress(checking)); err != nil {
			return lock.Base{}, fmt.Errorf("read base %s: %w", path, damaged(err))
		}
	}
	sink.step("hashing " + b.path)
	sum, err := hashOf(ctx, b.medium.WIM(), b.size, sink.progress("hash"))
	if err == nil {
		err = b.steady() // what was verified is what was hashed
	}
	if err != nil {
		return lock.Base{}, fmt.Errorf("read base: %w", err)
	}
	return lock.Base{
		Name: p.Composed.Plan.Base.Name, SHA256: sum, Size: b.size, EditionID: b.facts.EditionID, Build: b.facts.Build, Image: fmt.Sprint(b.index),
	}, nil
}

// readLock returns nil where there is no lock.
func readLock(path string) (*lock.Lock, error) {
	l, err := lock.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, usagef("%w\nhint: restore %s from version control, or remove it and write it anew with wmclient lock", err, path)
	}
	return l, nil
}

// checkLock returns the lock that a build runs under: nil only where AcceptBase allows to do without. A lock that does not fit stops
// the build, whatever base it is for.
func (p *Project) checkLock() (*lock.Lock, error) {
	if err := p.findAgent(); err != nil {
		return nil, err
	}
	l, err := readLock(p.LockPath)
	if err != nil {
		return nil, err
	}
	if l == nil {
		if p.Inputs.AcceptBase {
			return nil, nil
		}
		return nil, missingLock(p)
	}
	if moved := p.moved(l); len(moved) > 0 {
		return nil, staleLock(p, moved)
	}
	return l, p.checkAgent(l)
}

// moved lists what is not as the lock has it. That no base was accepted yet is nothing that moved: what needs a base says so itself,
// with the way out, which is not --upgrade.
func (p *Project) moved(l *lock.Lock) []lock.Moved {
	moved := lock.Compare(l, p.Resolved)
	if len(l.Bases) > 0 {
		return moved
	}
	return slices.DeleteFunc(moved, func(m lock.Moved) bool { return m.What == "base" })
}

// fitting keeps the accepted bases that the profile still means: a file that was accepted as another edition or build proves nothing.
func (p *Project) fitting(bases []lock.Base) []lock.Base {
	want := p.Composed.Plan.Base
	return slices.DeleteFunc(slices.Clone(bases), func(b lock.Base) bool {
		return b.Name != want.Name || b.EditionID != want.EditionID || b.Build != want.Build
	})
}

func missingLock(p *Project) error {
	return usagef("there is no lock %s, so nothing says which base is meant\nhint: wmclient lock %s --accept-base install.wim", p.LockPath, p.Inputs.Image)
}

func staleLock(p *Project, moved []lock.Moved) error {
	var lines strings.Builder
	for _, m := range moved {
		fmt.Fprintf(&lines, "\n  %s %s: locked %s, now %s", m.What, m.Name, orNone(m.Old), orNone(m.New))
	}
	return untrustedf("lock %s is stale:%s\nhint: look at the changes, then wmclient lock %s --upgrade", p.LockPath, lines.String(), p.Inputs.Image)
}

func orNone(s string) string {
	if s == "" {
		return "nothing"
	}
	return s
}

// baseImage says which image of the base is meant: what the caller says, else what the lock says of a base of this size, else "".
func (p *Project) baseImage(l *lock.Lock) string {
	if p.Inputs.BaseImage != "" || l == nil {
		return p.Inputs.BaseImage
	}
	m, err := medium.Open(p.Inputs.Base)
	if err != nil {
		return "" // opening it again will say what is wrong
	}
	defer func() { _ = m.Close() }() // read only: nothing can be lost
	image := ""
	for _, b := range l.Bases {
		if b.Name == p.Composed.Plan.Base.Name && b.Size == m.Size() {
			if image != "" && image != b.Image {
				return ""
			}
			image = b.Image
		}
	}
	return image
}

// trustBase says whether the base may be built on, by its digest and the image chosen in it.
func (p *Project) trustBase(l *lock.Lock, base *opened, sum string) (locked bool, err error) {
	name := p.Composed.Plan.Base.Name
	if l != nil {
		if b, ok := l.Accepts(name, sum); ok && (b.Image == strconv.Itoa(base.index) || strings.EqualFold(b.Image, base.name())) {
			return true, nil
		}
	}
	if p.Inputs.AcceptBase {
		return false, nil
	}
	var known []string
	for _, b := range l.Bases {
		if b.Name == name {
			known = append(known, fmt.Sprintf("%s image %s", b.SHA256, b.Image))
		}
	}
	return false, untrustedf("%s is not a locked base: it is %s image %d, lock %s has %s for %q\nhint: %s, or build with --accept-base",
		base.path, sum, base.index, p.LockPath, strings.Join(known, ", "), name, p.acceptCommand())
}

// acceptCommand is the command that adds the base to the lock.
func (p *Project) acceptCommand() string {
	command := fmt.Sprintf("wmclient lock %s --accept-base %s", p.Inputs.Image, p.Inputs.Base)
	if p.Inputs.BaseImage != "" {
		command += fmt.Sprintf(" --base-image %q", p.Inputs.BaseImage)
	}
	return command
}
