package agentcli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agentplace"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/bundle"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/partial"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/seal"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/unattend"
)

// orderSchema names the form of the order to end a seal. A reader refuses any other.
const orderSchema = "wmclient/seal-order/1"

// sealJournal is the journal of what is taken away, in the state folder.
const sealJournal = "seal.ndjson"

// order is what the service does at the next start.
type order struct {
	Schema   string `json:"schema"`
	Bundle   string `json:"bundle"`
	State    string `json:"state"`
	Account  string `json:"account"`
	Forget   bool   `json:"forget,omitempty"`   // the image's own state folder goes too
	Sysprep  bool   `json:"sysprep,omitempty"`  // generalise at the end
	Unattend string `json:"unattend,omitempty"` // the answer file for that
	ShutDown bool   `json:"shut_down,omitempty"`
	Judge    bool   `json:"judge,omitempty"` // settings waited for the seal: judge all of them once more
}

// waiting holds what was found against what the seal itself puts right.
type waiting struct {
	restored     []string
	allow        bool // what is unobservable
	wait, others int
}

func (w *waiting) hear(e agent.Event) {
	if e.Type != agent.EventFinding || e.Finding == nil {
		return
	}
	switch f := e.Finding; {
	case f.Outcome == setting.Fail && slices.Contains(w.restored, f.Setting):
		w.wait++
	case f.Outcome == setting.Fail, f.Outcome == setting.Error, f.Outcome == setting.Deferred, f.Outcome == setting.Unobservable && !w.allow:
		w.others++
	}
}

func (w *waiting) onlyRestored() bool { return w.wait > 0 && w.others == 0 }

// Leaving is how the agent goes when all is sealed.
type Leaving struct {
	Paths    []string // as Windows has them, without the drive: \Windows\wmclient\...; the agent's own program may be among them
	Service  bool     // the service goes too
	ShutDown bool     // in the end
}

// seal runs a bundle that ends with the stage seal, and takes away what a build has left: at once what no connection needs, the rest by the service
// at the next start, when nobody is logged on and no answer is on its way any more. So it asks for a restart. Where findings failed nothing
// is removed, since somebody must find out why.
func (c *command) seal(ctx context.Context, args []string) (int, error) {
	o := order{Schema: orderSchema}
	p, err := c.flags("seal", args, func(f *flag.FlagSet) {
		f.BoolVar(&o.Forget, "forget", false, "")
		f.StringVar(&o.Account, "account", unattend.DefaultAccount, "")
		f.BoolVar(&o.ShutDown, "shut-down", false, "")
		f.BoolVar(&o.Sysprep, "sysprep", false, "")
		f.StringVar(&o.Unattend, "unattend", "", "")
	})
	if err != nil {
		return CodeUsage, err
	}
	b, done, err := sealed(p.bundle)
	if err != nil {
		return codeOf(agent.Outcome{}, err), err
	}
	defer func() { _ = done() }() // it was read to its end
	if c.System == nil {
		return CodeUsage, ErrNoWindows
	}
	if code, err := c.preflighted(o); err != nil {
		return code, err
	}
	open := &waiting{restored: seal.Restored(b.Plan), allow: b.Plan.Image.AllowUnobservable}
	out, err := c.run(ctx, p, func(e agent.Event) {
		open.hear(e)
		c.printEvent(e)
	})
	if err != nil || out.State != agent.StateDone && (out.State != agent.StateFailed || !open.onlyRestored()) {
		return codeOf(out, err), err
	}
	o.Judge = out.State == agent.StateFailed
	o.Bundle, o.State = p.bundle, p.state
	later, err := c.close(ctx, o, b)
	if err != nil {
		return CodeError, fmt.Errorf("seal: %w", err)
	}
	c.printEvent(agent.Event{Schema: agent.EventSchema, Type: agent.EventSeal, Text: later})
	if later == "" {
		return CodeDone, nil
	}
	return CodeRestart, nil
}

// sealed opens a bundle, and refuses one without the stage.
func sealed(path string) (*bundle.Bundle, func() error, error) {
	b, done, err := open(path)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errUsage, err)
	}
	if !slices.Contains(b.Stages, setting.StageSeal) {
		err = fmt.Errorf("%w: the bundle runs the stages %v and does not seal\nhint: wmclient bundle --stage seal", errUsage, b.Stages)
		return nil, nil, errors.Join(err, done())
	}
	return b, done, nil
}

// close takes away what no connection needs, and orders the rest. later names that; "" where nothing is left to do.
func (c *command) close(ctx context.Context, o order, b *bundle.Bundle) (later string, err error) {
	m, w, err := c.sealing(o, b)
	if err != nil {
		return "", err
	}
	if err := c.remove(ctx, o, b.Digest(), m, w, seal.Harmless); err != nil {
		return "", err
	}
	if later = seal.Later(m, w); later == "" && !o.Judge && !o.Forget && !o.Sysprep && !o.ShutDown {
		return "", nil
	}
	for _, v := range agentplace.Service() { // in force when the machine has started again; the same as in an image that carries the agent
		if _, err := m.SetRegistryValue(agentplace.ServiceKey, v.Name, v.Value); err != nil {
			return "", fmt.Errorf("order the rest: %w", err)
		}
	}
	raw, err := json.Marshal(o)
	if err == nil {
		err = partial.WriteFile(c.orderFile(), raw)
	}
	if err != nil {
		return "", fmt.Errorf("order the rest: %w", err)
	}
	return strings.Join(slices.DeleteFunc([]string{later, "the end of the seal"}, func(s string) bool { return s == "" }), ", "), nil
}

func (c *command) orderFile() string { return filepath.Join(c.Folder, lastOf(seal.FinishFile)) }

func lastOf(path string) string { return path[strings.LastIndexByte(path, '\\')+1:] }

// sealing is the machine as something that can be sealed.
func (c *command) sealing(o order, b *bundle.Bundle) (seal.Machine, seal.Wanted, error) {
	machine, err := c.Open()
	if err != nil {
		return nil, seal.Wanted{}, err
	}
	m, ok := machine.(seal.Machine)
	if !ok {
		return nil, seal.Wanted{}, fmt.Errorf("%s cannot be sealed", machine.Describe())
	}
	return m, seal.Wanted{Plan: b.Plan, Account: o.Account}, nil
}

// remove takes a part away, with an entry in the journal before and after each place.
func (c *command) remove(ctx context.Context, o order, digest string, m seal.Machine, w seal.Wanted, part seal.Part) (err error) {
	boot, err := m.(agent.Machine).BootID()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(o.State, 0o755); err != nil {
		return err
	}
	j, err := agent.OpenJournal(filepath.Join(o.State, sealJournal), digest, boot, c.Now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, j.Close()) }()
	n := 0
	return seal.Remove(ctx, m, w, part, func(s seal.Step) error {
		e := agent.Entry{Type: agent.EntryOp, Stage: setting.StageSeal, Subject: seal.Prefix + s.Remnant + ": " + s.Place.Text}
		switch {
		case !s.Done:
			n++
		case s.Err != nil:
			e.Type, e.Reasons = agent.EntryOpFailed, []string{s.Err.Error()}
		default:
			e.Type, e.Result = agent.EntryOpDone, apply.Already
			if s.Changed {
				e.Result = apply.Changed
			}
		}
		e.Op = n
		return j.Add(e)
	})
}

// ordered reads the order to end a seal, if there is one.
func (c *command) ordered() (order, bool, error) {
	raw, err := os.ReadFile(c.orderFile())
	if errors.Is(err, fs.ErrNotExist) {
		return order{}, false, nil
	}
	var o order
	if err == nil {
		err = json.Unmarshal(raw, &o)
	}
	if err == nil && o.Schema != orderSchema {
		err = fmt.Errorf("it has the schema %q, this agent knows %s", o.Schema, orderSchema)
	}
	if err != nil {
		return order{}, false, fmt.Errorf("read the order to end the seal: %w", err)
	}
	return o, true, nil
}

// finish ends a seal: what would have cut a connection goes now, then the agent itself. What cannot be taken away keeps the agent and its journal,
// and the machine up: the build that waits for its end fails.
func (c *command) finish(ctx context.Context, o order) error {
	b, done, err := open(o.Bundle)
	if err != nil {
		return fmt.Errorf("end the seal: %w", err)
	}
	defer func() { _ = done() }() // it was read to its end
	m, w, err := c.sealing(o, b)
	if err != nil {
		return fmt.Errorf("end the seal: %w", err)
	}
	for _, part := range []seal.Part{seal.Harmless, seal.Rest} {
		if err := c.remove(ctx, o, b.Digest(), m, w, part); err != nil {
			return fmt.Errorf("end the seal: %w", err)
		}
	}
	if left := seal.Left(m, w, seal.Harmless, seal.Rest); len(left) > 0 {
		return fmt.Errorf("end the seal: %s is %s: %s %s", left[0].Setting, left[0].Outcome, left[0].Observed, left[0].Reason)
	}
	if o.Judge {
		if restarts, err := c.judgeAgain(ctx, o); err != nil || restarts {
			return err
		}
	}
	if o.Sysprep {
		if err := c.generalize(o.Unattend); err != nil {
			return fmt.Errorf("end the seal: %w", err)
		}
	}
	leaving, err := seal.OwnPlaces(m, w)
	if err != nil {
		return fmt.Errorf("end the seal: %w", err)
	}
	l := Leaving{ShutDown: o.ShutDown, Paths: []string{seal.FinishFile}}
	for _, p := range leaving {
		switch p.Kind {
		case seal.PlacePath:
			l.Paths = append(l.Paths, p.At)
		case seal.PlaceService:
			l.Service = true
		}
	}
	if o.Forget {
		l.Paths = append(l.Paths, agentplace.StateFolder)
	}
	slices.Sort(l.Paths)
	l.Paths = slices.Compact(l.Paths)
	if err := done(); err != nil {
		return fmt.Errorf("end the seal: %w", err)
	}
	c.System.Log("wmguest: the seal is whole; the agent goes")
	return c.System.Leave(l)
}

// judgeAgain runs the bundle once more, now that the build's values have given way to the plan's. A restart that it asks for comes first.
func (c *command) judgeAgain(ctx context.Context, o order) (restarts bool, err error) {
	out, err := c.run(ctx, places{o.Bundle, o.State}, func(agent.Event) {})
	switch {
	case err != nil:
		return false, fmt.Errorf("end the seal: %w", err)
	case out.State == agent.StateRestart:
		return true, c.System.Restart("wmclient: the client is being sealed")
	case out.State != agent.StateDone:
		return false, errors.New("end the seal: settings are not as wanted")
	}
	return false, nil
}

// journal prints the entries of a journal that holds together.
func (c *command) journal(p places) (int, error) {
	entries, _, err := agent.ReadJournal(filepath.Join(p.state, agent.JournalFile))
	if err != nil {
		return codeOf(agent.Outcome{}, err), err
	}
	for _, e := range entries {
		if err := c.print(e); err != nil {
			return CodeError, err
		}
	}
	return CodeDone, nil
}
