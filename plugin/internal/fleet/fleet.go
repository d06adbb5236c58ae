// Package fleet audits many clients over WinRM: each in one command, several at a time, each within its time, and none is lost: whatever happens to a client, it has an outcome.
//
// The package judges nothing (package audit does), writes no file and holds no secret longer than an audit takes. It changes nothing on a client: what runs there is
// the script of package snapshot.
package fleet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/agent"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/audit"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/remote"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/snapshot"
)

// The defaults.
const (
	DefaultConcurrency = 32
	DefaultTimeout     = 60 * time.Second // of one attempt at one client
	DefaultPause       = 2 * time.Second  // before the second attempt; each further one waits as much longer
)

// Target is one client.
type Target struct {
	Name    string // as people know it
	Options remote.Options
}

// Session is a connection to a client: a remote.Client.
type Session interface {
	Run(ctx context.Context, c remote.Command) (remote.Result, error)
	Close() error
}

// Config is what an audit of many clients needs.
type Config struct {
	Images      []*audit.Image           // no two of one recipe
	Baselines   map[string]*audit.Record // by manifest digest; may be nil
	Digests     map[string]string        // of the baselines, by manifest digest
	Concurrency int                      // 0 is DefaultConcurrency
	Timeout     time.Duration            // of one attempt; 0 is DefaultTimeout
	Retries     int                      // further attempts at a client that does not answer; none at one that says no
	Pause       time.Duration            // 0 is DefaultPause
	Now         func() time.Time
	Dial        func(ctx context.Context, o remote.Options) (Session, error) // nil is remote.Dial
}

// Outcome is what came of one client. Record is always there.
type Outcome struct {
	Index  int // of the target
	Target Target
	Record audit.Record
	Err    error // why it was not judged; nil where it was
}

// run is one audit of many clients.
type run struct {
	Config
	by      map[string]*audit.Image // by recipe
	request *snapshot.Request
	packed  []byte
}

// Run audits the clients and hands each outcome to each, from one goroutine at a time, in the order in which they come. When ctx ends, the clients that are left come
// out as errors with its reason, and Run returns its error.
func Run(ctx context.Context, c Config, targets []Target, each func(Outcome) error) error {
	r, err := newRun(c)
	if err != nil {
		return err
	}
	todo := make(chan int)
	out := make(chan Outcome)
	var work sync.WaitGroup
	for range min(r.Concurrency, max(1, len(targets))) {
		work.Go(func() {
			for i := range todo {
				out <- r.client(ctx, i, targets[i])
			}
		})
	}
	go func() {
		for i := range targets {
			todo <- i
		}
		close(todo)
		work.Wait()
		close(out)
	}()
	var failed error
	for o := range out { // to the end, so that nobody waits for ever
		if failed == nil {
			failed = each(o)
		}
	}
	return errors.Join(failed, ctx.Err())
}

// newRun completes a configuration and makes what all clients are asked.
func newRun(c Config) (*run, error) {
	if len(c.Images) == 0 {
		return nil, errors.New("audit: there is no manifest to audit by")
	}
	if c.Concurrency <= 0 {
		c.Concurrency = DefaultConcurrency
	}
	if c.Timeout <= 0 {
		c.Timeout = DefaultTimeout
	}
	if c.Pause <= 0 {
		c.Pause = DefaultPause
	}
	if c.Dial == nil {
		c.Dial = func(ctx context.Context, o remote.Options) (Session, error) {
			s, err := remote.Dial(ctx, o)
			if err != nil {
				return nil, err // not a nil *Client in an interface
			}
			return s, nil
		}
	}
	r := &run{Config: c, by: map[string]*audit.Image{}}
	t := snapshot.NewTrace()
	for _, img := range c.Images {
		recipe := img.Manifest.RecipeDigest
		if was := r.by[recipe]; was != nil {
			return nil, fmt.Errorf("audit: the manifests %s and %s name one recipe: leave one out", was.Digest, img.Digest)
		}
		r.by[recipe] = img
		img.Wants(t)
	}
	r.request = &t.Request
	var err error
	r.packed, err = r.request.Bytes()
	return r, err
}

// client audits one client, with as many attempts as it may have.
func (r *run) client(ctx context.Context, i int, t Target) Outcome {
	o := Outcome{Index: i, Target: t, Record: audit.Record{Name: t.Name, Way: audit.WayWinRM, Started: r.stamp()}}
	for {
		o.Record.Attempts++
		res, err := r.attempt(ctx, t, &o.Record)
		if err == nil {
			o.Record.Fill(res)
			o.Record.Expired = res.Image.Expired(r.Now())
			o.Record.BaselineDigest = r.Digests[res.Image.Digest]
			o.Err, o.Record.Reason, o.Record.What = nil, "", ""
			break
		}
		o.Err = err
		o.Record.State, o.Record.Reason, o.Record.What = classify(err)
		if !again(err) || o.Record.Attempts > r.Retries || ctx.Err() != nil {
			break
		}
		select {
		case <-time.After(r.Pause * time.Duration(o.Record.Attempts)):
		case <-ctx.Done():
		}
	}
	o.Record.Ended = r.stamp()
	return o
}

func (r *run) stamp() string { return r.Now().UTC().Format(time.RFC3339) }

// attempt connects, collects and judges, within the time.
func (r *run) attempt(ctx context.Context, t Target, rec *audit.Record) (*audit.Result, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, r.Timeout)
	defer cancel()
	snap, err := r.collect(limited, t, rec)
	if err != nil {
		var known *remote.Error
		if ctx.Err() == nil && !errors.As(err, &known) && limited.Err() != nil && errors.Is(err, context.DeadlineExceeded) {
			return nil, &remote.Error{Reason: remote.ReasonService, Host: t.Name, What: fmt.Sprintf("the audit did not end within %s: look at the client on its own screen, or give it more by --timeout", r.Timeout), Err: err}
		}
		return nil, err
	}
	stamp, err := manifest.ReadStamp(snap)
	if known := snap.Known(); known != nil {
		return nil, unknown(stamp, err, known)
	}
	img := r.by[stamp.RecipeDigest]
	if err != nil || img == nil {
		return nil, &answerError{fmt.Errorf("it told of everything, and its stamp names nothing that was asked for: %w", errors.Join(err, snapshot.ErrUnknownImage))}
	}
	facts := audit.Facts{Computer: snap.Machine("computer"), Boot: snap.Machine("boot"), Platform: agent.Platform(snap.Machine("platform"))}
	return audit.Judge(ctx, img, snap, facts, r.Baselines[img.Digest])
}

// unknown says what a client is, whose image is none of those at hand.
func unknown(stamp manifest.Stamp, err, known error) error {
	switch {
	case errors.Is(err, setting.ErrAbsent):
		return fmt.Errorf("%w: it has no whole stamp at %s: it was not made by wmclient, or somebody removed the stamp", known, manifest.StampKey)
	case err != nil:
		return fmt.Errorf("%w: %w", known, err)
	}
	return fmt.Errorf("%w: it says that it is %s %s, recipe %s: give that version's manifest with --manifest", known, stamp.Name, stamp.Version, stamp.RecipeDigest)
}

// answerError is an answer that cannot be used.
type answerError struct{ err error }

func (e *answerError) Error() string { return e.err.Error() }
func (e *answerError) Unwrap() error { return e.err }

// maxErrors bounds what is kept of what a script says of why it failed.
const maxErrors = 64 << 10 // bytes

// collect runs the script: one command, one answer.
func (r *run) collect(ctx context.Context, t Target, rec *audit.Record) (*snapshot.Snapshot, error) {
	o := t.Options
	if o.Timeout == 0 {
		o.Timeout = min(remote.DefaultTimeout, r.Timeout)
	}
	s, err := r.Dial(ctx, o)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Close() }() // what was asked has come, or never will
	out, errs := &capped{most: snapshot.MaxPacked}, &capped{most: maxErrors, drop: true}
	res, err := s.Run(ctx, remote.Command{Line: remote.ScriptLine, Stdin: remote.Script(snapshot.Script, bytes.NewReader(r.packed)), Stdout: out, Stderr: errs})
	rec.ClockAhead = int64(remote.ClockOff(s) / time.Second)
	if errors.Is(err, errLarge) {
		return nil, &answerError{err}
	}
	if err != nil {
		return nil, err
	}
	if res.ExitCode != 0 {
		return nil, &answerError{fmt.Errorf("the collector ended with code %d: %s", res.ExitCode, said(errs.b.String()))}
	}
	snap, err := snapshot.Parse(r.request, out.b.Bytes())
	if err != nil {
		return nil, &answerError{err}
	}
	snap.Name = t.Name
	return snap, nil
}

func said(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	const enough = 500
	if len(text) > enough {
		text = strings.ToValidUTF8(text[:enough], "") + "..."
	}
	if text == "" {
		return "it says nothing"
	}
	return text
}

var errLarge = errors.New("the answer is larger than any that is kept")

// capped keeps what fits.
type capped struct {
	b    bytes.Buffer
	most int
	drop bool // what does not fit is dropped; else it is an error
}

// Write implements io.Writer.
func (c *capped) Write(p []byte) (int, error) {
	if c.b.Len()+len(p) > c.most {
		if !c.drop {
			return 0, errLarge
		}
		_, _ = c.b.Write(p[:c.most-c.b.Len()])
		return len(p), nil
	}
	return c.b.Write(p)
}

var _ io.Writer = (*capped)(nil)

// The reasons of outcomes that no connection gives.
const (
	reasonImage  = "image"
	reasonAnswer = "answer"
	reasonAudit  = "audit"
)

// classify says how a failed audit ended.
func classify(err error) (state audit.State, reason, what string) {
	var known *remote.Error
	var answer *answerError
	switch {
	case errors.As(err, &answer):
		return audit.Error, reasonAnswer, err.Error()
	case errors.Is(err, snapshot.ErrUnknownImage):
		return audit.UnknownImage, reasonImage, err.Error()
	case errors.As(err, &known):
		return audit.Unreachable, string(known.Reason), known.What
	}
	return audit.Error, reasonAudit, err.Error()
}

// again reports whether another attempt may come to something else. A client that says no is not asked again: accounts are locked that way.
func again(err error) bool {
	var known *remote.Error
	if !errors.As(err, &known) {
		return false
	}
	switch known.Reason {
	case remote.ReasonPort, remote.ReasonNoAnswer, remote.ReasonService, remote.ReasonLost, remote.ReasonQuota:
		return true
	}
	return false
}
