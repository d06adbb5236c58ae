package build

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/firstboot"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// compareContents finds the bytes behind the plan's file ops: most stand in the plan itself, large ones beside the profiles.
func (r *rebuild) compareContents() error {
	if info, err := os.Stat(r.in.Contents); r.in.Contents != "" && (err != nil || !info.IsDir()) {
		return usagef("--contents: %s is no folder\nhint: give the folder that holds the profiles' files, or leave it out where the released image stands beside the manifest", r.in.Contents)
	}
	r.placed, r.project.source = make(map[string]string), r.source
	found := make(map[string]setting.Content)
	for _, s := range r.manifest.Plan.Settings {
		if s.Effect == plan.EffectSkip {
			continue
		}
		spec, err := r.project.Table.DecodeJSON(s.Kind, s.Spec)
		if err != nil {
			return fmt.Errorf("read the plan's setting %s: %w", s.ID, err)
		}
		p, ok := spec.(setting.ContentProvider)
		if !ok {
			continue
		}
		for _, c := range p.Contents() {
			if known, ok := found[c.SHA256]; !ok || known.Source != "" {
				found[c.SHA256] = c
			}
		}
	}
	for _, op := range r.manifest.Plan.Ops {
		later := op.Op.Stage != setting.StageImage
		if op.Op.SHA256 == "" || later && !carries(r.manifest.Plan) {
			continue
		}
		c, ok := found[op.Op.SHA256]
		if !ok {
			return untrustedf("the plan puts %s with content %s, which none of its settings brings", op.Op.Path, op.Op.SHA256)
		}
		if r.placed[c.SHA256] = op.Op.Path; later {
			r.placed[c.SHA256] = firstboot.ContentPath(c.SHA256)
		}
		if c.Source != "" {
			r.compareContent(c)
		}
		r.project.Composed.Contents = append(r.project.Composed.Contents, c)
	}
	return nil
}

// compareAgent finds the agent that the manifest states: the one that was given, else this program's, else what the folder of contents or
// the released image has under its digest.
func (r *rebuild) compareAgent() error {
	stated := r.manifest.Agent
	if stated == nil {
		if r.in.Agent != "" {
			return usagef("the image of %s carries no agent\nhint: leave --agent out", r.in.Manifest)
		}
		return nil
	}
	agent, err := readAgent(r.in.Agent)
	if err != nil && r.in.Agent != "" {
		return usagef("%w", err)
	}
	if err == nil && agent.SHA256 == stated.SHA256 {
		agent.Version = stated.Version
		r.project.agent = &agent
		return nil
	}
	found := fmt.Sprintf("%s, %d bytes", agent.SHA256, agent.Size)
	if err != nil {
		found = reasonOf(err)
	}
	if r.in.Agent == "" {
		r.placed[stated.SHA256] = manifest.AgentPath
		r.project.agent, err = agentAs(*stated, func() (io.ReadCloser, error) {
			return r.source(setting.Content{SHA256: stated.SHA256, Size: stated.Size, Source: "wmguest.exe"})
		})
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, fs.ErrNotExist):
			found = err.Error()
		}
	}
	r.differ(InputAgent, stated.Version, fmt.Sprintf("%s, %d bytes", stated.SHA256, stated.Size), found+"; give the right one with --agent")
	return nil
}

func (r *rebuild) compareContent(c setting.Content) {
	text := "nothing; give the folder that holds it with --contents"
	f, err := r.source(c)
	if err == nil {
		defer f.Close()
		h := sha256.New()
		size, cerr := io.Copy(h, f)
		if text = fmt.Sprintf("%x, %d bytes", h.Sum(nil), size); cerr != nil {
			text = cerr.Error()
		}
		if cerr == nil && text == fmt.Sprintf("%s, %d bytes", c.SHA256, c.Size) {
			return
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		text = err.Error()
	}
	r.differ(InputContents, c.Source, fmt.Sprintf("%s, %d bytes", c.SHA256, c.Size), text)
}

// source opens the bytes behind a file op of the plan, in place of a profile tree: below the folder that was given, by their path beside the
// profiles or by their digest; else inside the released image, which is no circle, since the plan states their digest and apply holds them
// against it.
func (r *rebuild) source(c setting.Content) (io.ReadCloser, error) {
	if r.in.Contents == "" {
		return r.fromImage(c)
	}
	root, err := os.OpenRoot(r.in.Contents)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	f, err := root.Open(filepath.FromSlash(c.Source))
	if errors.Is(err, fs.ErrNotExist) {
		f, err = root.Open(c.SHA256)
	}
	return f, err
}

// fromImage opens a content in the image that was released with the manifest.
func (r *rebuild) fromImage(c setting.Content) (io.ReadCloser, error) {
	path := filepath.Join(r.dir, ImageFile)
	if _, err := os.Stat(path); err != nil {
		return nil, err
	}
	o, err := openWIM(path, "1", nil)
	if err != nil {
		return nil, err
	}
	f, err := o.image.Open(r.placed[c.SHA256])
	if err != nil {
		o.close()
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return closing{f, o}, nil
}

// closing closes the image behind a file inside it.
type closing struct {
	io.ReadCloser
	image *opened
}

func (c closing) Close() error {
	defer c.image.close()
	return c.ReadCloser.Close()
}
