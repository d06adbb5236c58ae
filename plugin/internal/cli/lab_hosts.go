package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/apply"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/build"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/standin"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/wine"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/lab/winrm/wmguest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// labMachines makes what commands run on; work is a folder for as long as the lab runs.
func (a *app) labMachines(o labServe, work string) ([]winrm.Machine, error) {
	if o.wine != "" {
		m, err := wine.New(wine.Options{Prefix: o.wine, Env: os.Environ()})
		if err != nil {
			return nil, err
		}
		return []winrm.Machine{m}, nil
	}
	var all []*standin.Machine
	var err error
	if o.wim != "" {
		all, err = labImages(o)
	} else {
		var r lab.Release
		if r, err = lab.ParseRelease(o.release); err == nil {
			all, err = standin.Machines(lab.Options{Release: r, Language: o.language}, o.hosts)
		}
		if err != nil {
			err = usageError{err}
		}
	}
	if err != nil {
		return nil, err
	}
	out := make([]winrm.Machine, len(all))
	for i, m := range all {
		own := filepath.Join(work, "machine-"+strconv.Itoa(i))
		if err := os.Mkdir(own, 0o700); err != nil {
			return nil, fmt.Errorf("start the lab machine: %w", err)
		}
		if err := wmguest.Register(m, wmguest.Options{Work: own, Now: a.Now, Version: a.Version, Language: o.language, Medium: o.medium}); err != nil {
			return nil, err
		}
		out[i] = m
	}
	return out, nil
}

// labImages are the stand-ins of an image that was built. Its file stays open until the program ends.
func labImages(o labServe) ([]*standin.Machine, error) {
	f, err := os.Open(o.wim)
	if err != nil {
		return nil, usageError{err}
	}
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", o.wim, err)
	}
	w, err := wim.Open(f, info.Size())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", o.wim, err)
	}
	index, err := w.Select("")
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", o.wim, err)}
	}
	img, err := w.Image(index)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", o.wim, err)
	}
	all, err := standin.FromImages(img, o.hosts)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.wim, err)
	}
	if o.settled {
		err = labSettle(filepath.Join(filepath.Dir(o.wim), build.ManifestFile), all)
	}
	return all, err
}

// labSettle runs the ops that no image takes, as first boot would: what the agent tries and judges is left out.
func labSettle(path string, all []*standin.Machine) error {
	m, err := build.ReadManifest(path)
	if err != nil {
		return err
	}
	none := func(digest string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("the lab does not have the file %s", digest)
	}
	for _, machine := range all {
		for _, stage := range setting.Stages()[1:] {
			if _, err := apply.Run(context.Background(), machine, m.Plan.Ops, stage, none, nil); err != nil {
				return fmt.Errorf("settle the lab machine: %w", err)
			}
		}
	}
	return nil
}

// sick is a fault for a share of the machines.
type sick struct {
	share float64
	fault string
}

func sickness(texts []string) ([]sick, error) {
	var out []sick
	for _, text := range texts {
		number, fault, ok := strings.Cut(text, ":")
		share, err := strconv.ParseFloat(number, 64)
		if !ok || err != nil || !(share >= 0 && share <= 1) {
			return nil, usageError{fmt.Errorf("--sick is %q; it takes a share between 0 and 1, a colon and a fault: 0.05:phase=closed", text)}
		}
		if err := new(winrm.Faults).Set(fault); err != nil {
			return nil, usageError{fmt.Errorf("--sick: %w", err)}
		}
		out = append(out, sick{share, fault})
	}
	return out, nil
}

// of reports whether machine i has the k-th sickness. The share is met exactly, and spread evenly.
func (s sick) of(i, k int) bool {
	at := func(n int) float64 { return math.Floor(float64(n)*s.share + 1e-9) }
	return at(i+k+1) > at(i+k)
}

// labStart starts the hosts, and tells of each how to reach it.
func (a *app) labStart(o labServe, options winrm.Options, machines []winrm.Machine, ready labReady) ([]*winrm.Host, error) {
	ill, err := sickness(o.sick)
	if err != nil {
		return nil, err
	}
	at, err := netip.ParseAddrPort(options.Address)
	if err != nil {
		return nil, err
	}
	var hosts []*winrm.Host
	taken := map[string]bool{}
	for i, m := range machines {
		one := options
		one.Machine, one.Faults = m, cloned(options.Faults)
		if at.Port() != 0 {
			one.Address = netip.AddrPortFrom(at.Addr(), at.Port()+uint16(i)).String()
		}
		for k, s := range ill {
			if s.of(i, k) {
				if err := one.Faults.Set(s.fault); err != nil {
					return hosts, err
				}
			}
		}
		host, err := winrm.Start(one)
		for err == nil && taken[host.Address()] { // the port of one that refuses is free, and may come again
			if err = host.Close(); err == nil {
				host, err = winrm.Start(one)
			}
		}
		if errors.Is(err, winrm.ErrAddress) {
			return hosts, usageError{err}
		}
		if err != nil {
			return hosts, err
		}
		taken[host.Address()] = true
		hosts = append(hosts, host)
		if err := a.labReady(o, host, ready); err != nil {
			return hosts, err
		}
	}
	return hosts, nil
}

// cloned is a copy that shares no list.
func cloned(f winrm.Faults) winrm.Faults {
	for _, list := range []*[]int{&f.DropAt, &f.LoseAt, &f.GarbageAt, &f.TruncateAt, &f.RestartAt} {
		*list = slices.Clone(*list)
	}
	return f
}

// labReady tells how to reach one host.
func (a *app) labReady(o labServe, host *winrm.Host, ready labReady) error {
	at, err := netip.ParseAddrPort(host.Address())
	if err != nil {
		return err
	}
	ready.URL, ready.BootID, ready.Host, ready.Port = host.URL(), host.BootID(), at.Addr().String(), int(at.Port())
	if der := host.Certificate(); der != nil {
		ready.CertificateSHA256 = fingerprint(der)
	}
	return a.labSay(o, ready)
}

// labEnd ends the hosts and tells what they have counted.
func (a *app) labEnd(o labServe, hosts []*winrm.Host) error {
	var errs []error
	for _, h := range hosts {
		errs = append(errs, h.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for _, h := range hosts {
		n := h.Counters()
		if o.asJSON {
			errs = append(errs, a.event(build.EventResult, n))
			continue
		}
		fmt.Fprintf(a.Stderr, "ended after %d requests on %d connections, %d of them hit by ordered faults, and %d restarts\n", n.Requests, n.Connections, n.Injected, n.Restarts)
	}
	return errors.Join(errs...)
}
