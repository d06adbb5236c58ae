package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentfile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/firstboot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/kinds"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/profile/lock"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// carries reports whether the image carries the agent.
func carries(p *plan.Plan) bool { return p.Image.FirstBoot != nil }

// findAgent reads the agent that the image is to carry, where it is to carry one: the file that was given, else the one in this program.
func (p *Project) findAgent() error {
	switch {
	case p.agent != nil:
		return nil
	case !carries(p.Composed.Plan):
		if p.Inputs.Agent != "" {
			return usagef("the image carries no agent, so that --agent means nothing\nhint: leave --agent out, or write a block first_boot into %s", p.Inputs.Image)
		}
		return nil
	}
	agent, err := readAgent(p.Inputs.Agent)
	if err != nil {
		return usagef("%w", err)
	}
	p.agent = &agent
	return nil
}

func readAgent(path string) (agentfile.File, error) {
	if path == "" {
		return agentfile.Embedded()
	}
	return agentfile.Read(path)
}

// agentAs reads an agent that a manifest states from where somebody has it.
func agentAs(stated manifest.Agent, open func() (io.ReadCloser, error)) (*agentfile.File, error) {
	f, err := open()
	if err != nil {
		return nil, fmt.Errorf("read the agent: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, agentfile.MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("read the agent: %w", err)
	}
	agent, err := agentfile.New(data)
	if err != nil {
		return nil, fmt.Errorf("read the agent: %w", err)
	}
	if agent.SHA256 != stated.SHA256 || agent.Size != stated.Size {
		return nil, fmt.Errorf("the agent is %s of %d bytes, the manifest states %s of %d bytes", agent.SHA256, agent.Size, stated.SHA256, stated.Size)
	}
	agent.Version = stated.Version
	return &agent, nil
}

// lockedAgent is the agent as a lock names it; nil where the image carries none.
func (p *Project) lockedAgent() *lock.Agent {
	if p.agent == nil {
		return nil
	}
	return &lock.Agent{Version: p.agent.Version, SHA256: p.agent.SHA256, Size: p.agent.Size}
}

// agentOf is the agent of a manifest as a lock names it; nil where its image carries none.
func agentOf(m *manifest.Manifest) *lock.Agent {
	if m.Agent == nil {
		return nil
	}
	return &lock.Agent{Version: m.Agent.Version, SHA256: m.Agent.SHA256, Size: m.Agent.Size}
}

// statedAgent is the agent as a manifest states it; nil where the image carries none.
func (p *Project) statedAgent() *manifest.Agent {
	if p.agent == nil {
		return nil
	}
	return &manifest.Agent{Version: p.agent.Version, SHA256: p.agent.SHA256, Size: p.agent.Size}
}

// checkAgent stops a build whose agent is not the one that the lock names.
func (p *Project) checkAgent(l *lock.Lock) error {
	now := p.lockedAgent()
	if l.SameAgent(now) {
		return nil
	}
	return untrustedf("the agent is not the one that lock %s names: locked %s, now %s\nhint: give the locked one with --agent FILE; or look at what has changed, then wmclient lock %s --upgrade",
		p.LockPath, l.Agent, now, p.lockArguments())
}

// CheckAgent refuses an agent that is not the one that the image's lock names, for an image that carries one: what settles a machine is to be what is in it. An
// image without one, and one whose lock names none, takes any.
func (p *Project) CheckAgent(agent agentfile.File) error {
	if !carries(p.Composed.Plan) {
		return nil
	}
	l, err := readLock(p.LockPath)
	if err != nil || l == nil || l.Agent == nil {
		return err
	}
	with := *p
	with.agent = &agent
	return with.checkAgent(l)
}

// lockArguments are the image and the agent, as wmclient lock takes them.
func (p *Project) lockArguments() string {
	if p.Inputs.Agent == "" {
		return p.Inputs.Image
	}
	return fmt.Sprintf("%s --agent %s", p.Inputs.Image, p.Inputs.Agent)
}

// carry puts into the image what it carries beside its plan.
func (r recipe) carry(ctx context.Context, editor apply.Target, carried *firstboot.Carried) error {
	if carried == nil {
		return nil
	}
	if _, err := apply.Run(ctx, editor, carried.Ops, setting.StageImage, carried.Contents, nil); err != nil {
		return fmt.Errorf("put the agent into the image: %w", err)
	}
	return nil
}

// carried is what the image carries; nil where it carries nothing. The base is asked before it is edited.
func (r recipe) carried(base *opened) (*firstboot.Carried, error) {
	if !carries(r.plan) {
		return nil, nil
	}
	if r.agent == nil {
		return nil, errors.New("the image carries an agent, and none was given")
	}
	if err := fresh(base); err != nil {
		return nil, err
	}
	table, err := kinds.Table()
	if err != nil {
		return nil, err
	}
	c, err := firstboot.New(firstboot.Input{Plan: r.plan, Table: table, Contents: r.contents, Agent: *r.agent, Base: base.reader})
	if err != nil {
		return nil, fmt.Errorf("prepare the first boot: %w", err)
	}
	return c, nil
}

// fresh refuses a base on which an agent has worked, or was to: with its state there, the new one would not begin, and the client would stay
// shut.
func fresh(base *opened) error {
	const way = "\nhint: take the base that was there before, or remove what wmclient left before the capture"
	for _, path := range []string{firstboot.BundleFolder, firstboot.StateFolder} {
		switch _, err := base.image.Stat(path); {
		case err == nil:
			return usagef("%s carries an agent's %s already: it was made by wmclient, or captured from a client"+way, base.path, path)
		case !errors.Is(err, fs.ErrNotExist):
			return fmt.Errorf("look for %s in %s: %w", path, base.path, err)
		}
	}
	switch err := base.reader.RegistryKey(firstboot.ServiceKey); {
	case err == nil:
		return usagef("%s has the service %s already: it was made by wmclient, or captured from a client"+way, base.path, firstboot.ServiceName)
	case !errors.Is(err, setting.ErrAbsent):
		return fmt.Errorf("look for the service %s in %s: %w", firstboot.ServiceName, base.path, err)
	}
	return nil
}

// subtree is a folder of an image as a tree of files.
type subtree struct {
	image *wim.Image
	root  string
}

var (
	_ fs.ReadDirFS = subtree{}
	_ fs.StatFS    = subtree{}
)

func (s subtree) at(op, name string) (string, error) {
	if !fs.ValidPath(name) {
		return "", &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if name == "." {
		return s.root, nil
	}
	return s.root + `\` + strings.ReplaceAll(name, "/", `\`), nil
}

// Open opens a file; a folder is only listed, with ReadDir.
func (s subtree) Open(name string) (fs.File, error) {
	info, err := s.Stat(name)
	if err != nil {
		return nil, err
	}
	at, err := s.at("open", name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: errors.New("it is no regular file")}
	}
	r, err := s.image.Open(at)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return opening{r, info}, nil
}

// Stat describes a file or folder.
func (s subtree) Stat(name string) (fs.FileInfo, error) {
	at, err := s.at("stat", name)
	if err != nil {
		return nil, err
	}
	info, err := s.image.Stat(at)
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return entry{path.Base(name), info}, nil
}

// ReadDir lists a folder.
func (s subtree) ReadDir(name string) ([]fs.DirEntry, error) {
	at, err := s.at("readdir", name)
	if err != nil {
		return nil, err
	}
	list, err := s.image.ReadDir(at)
	if err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	var out []fs.DirEntry
	for _, info := range list {
		out = append(out, fs.FileInfoToDirEntry(entry{info.Name, info}))
	}
	return out, nil
}

// opening is an opened file of an image.
type opening struct {
	io.ReadCloser
	info fs.FileInfo
}

// Stat describes it.
func (o opening) Stat() (fs.FileInfo, error) { return o.info, nil }

// entry is a file or folder of an image. A reparse point is neither.
type entry struct {
	name string
	info wim.Info
}

// Name is the last part of its path.
func (e entry) Name() string { return e.name }

// Size is in bytes.
func (e entry) Size() int64 { return e.info.Size }

// Mode tells folders and what is no regular file.
func (e entry) Mode() fs.FileMode {
	switch {
	case e.info.IsDir():
		return fs.ModeDir | 0o555
	case e.info.Attributes&wim.AttrReparse != 0:
		return fs.ModeIrregular
	}
	return 0o444
}

// ModTime is not looked at.
func (e entry) ModTime() time.Time { return time.Time{} }

// IsDir reports a folder.
func (e entry) IsDir() bool { return e.info.IsDir() }

// Sys is nil.
func (e entry) Sys() any { return nil }
