package winrm

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Faults is what goes wrong on a host, by order. The zero value is a host without faults. Requests, Receives and connections are counted
// from 1 over the life of the host, restarts included; a share is between 0 and 1, and Seed says which requests it takes: the same seed,
// the same requests.
type Faults struct {
	Seed    uint64
	Latency time.Duration // before each answer

	Drop      float64 // share of requests whose connection is cut before anything is done
	DropAt    []int   // those requests by number
	Lose      float64 // share of requests that are carried out and whose answer is then cut off before its first byte
	LoseAt    []int
	GarbageAt []int // answers that are no envelope
	// GarbageFrom is the request from which on no answer is an envelope; 0 is never.
	GarbageFrom int
	TruncateAt  []int // answers that end in the middle

	SilentFrom       int // from this request on none is answered, and its connection stays open; 0 is never
	HangReceiveFrom  int // from this Receive on none is answered, whatever its OperationTimeout; 0 is never
	UnauthorizedFrom int // from this request on every one is answered with 401; 0 is never
	RefuseFrom       int // from this connection on all are refused, until the host restarts; 1 is from the start, 0 never

	RestartAt []int // requests at which the machine restarts instead of answering

	// How a restarting host comes back, whatever restarts it: so long its port is closed, then TLS fails, then it answers 503 because the
	// service has not started, then 401 because it knows no user yet. 0 leaves a phase out.
	RestartFor, RestartTLS, RestartUnavailable, RestartUnauthorized time.Duration

	Phase       Phase            // what the host is in when it starts, instead of up
	Certificate CertificateFault // what is wrong with the certificate of an https host
	Clock       time.Duration    // how far the host's clock is ahead: of its certificate and, where Options.Now is set, of its Date
}

// hit is what happens to one request.
type hit struct {
	drop, lose, garbage, truncate, unauthorized, restart, silent bool
}

func (h hit) any() bool { return h != hit{} }

// at says what happens to request n.
func (f *Faults) at(n int) hit {
	return hit{
		drop:         slices.Contains(f.DropAt, n) || f.drawn(n, 1, f.Drop),
		lose:         slices.Contains(f.LoseAt, n) || f.drawn(n, 2, f.Lose),
		garbage:      slices.Contains(f.GarbageAt, n) || f.GarbageFrom > 0 && n >= f.GarbageFrom,
		truncate:     slices.Contains(f.TruncateAt, n),
		unauthorized: f.UnauthorizedFrom > 0 && n >= f.UnauthorizedFrom,
		restart:      slices.Contains(f.RestartAt, n),
		silent:       f.SilentFrom > 0 && n >= f.SilentFrom,
	}
}

// drawn is the same for the same seed, request and salt, in whatever order requests come (SplitMix64's finalizer).
func (f *Faults) drawn(n int, salt uint64, share float64) bool {
	return share > 0 && Share(f.Seed+salt<<32, n) < share
}

// Share draws a number of [0, 1) for n, the same for the same seed: whether a request, or a host of many, belongs to a share.
func Share(seed uint64, n int) float64 {
	z := (seed + uint64(n)) * 0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return float64((z^z>>31)>>11) / (1 << 53)
}

var errFault = errors.New("no such fault")

// FaultNames lists the faults that Set knows, each as it is written.
func FaultNames() []string {
	return []string{
		"seed=N", "latency=DURATION", "drop=SHARE", "drop-at=N", "lose=SHARE", "lose-at=N", "garbage-at=N", "garbage-from=N", "truncate-at=N", "silent-from=N",
		"hang-receive-from=N", "unauthorized-from=N", "refuse-from=N", "restart-at=N", "restart-for=DURATION", "restart-tls=DURATION", "restart-unavailable=DURATION",
		"restart-unauthorized=DURATION", "phase=" + strings.Join(phaseNames(), "|"), "certificate=" + strings.Join(certificateFaults(), "|"), "clock=DURATION",
	}
}

// Set adds a fault that is written as name=value, for example latency=50ms, drop=0.05 or drop-at=3; several are separated by commas. Its
// errors name what is known.
func (f *Faults) Set(text string) error {
	for one := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(one), "=")
		if err := f.set(name, value); errors.Is(err, errFault) {
			return fmt.Errorf("fault %q: %w; there are %s", one, err, strings.Join(FaultNames(), ", "))
		} else if err != nil {
			return fmt.Errorf("fault %q: %w", one, err)
		}
	}
	return nil
}

func (f *Faults) set(name, value string) error {
	if list, ok := map[string]*[]int{
		"drop-at": &f.DropAt, "lose-at": &f.LoseAt, "garbage-at": &f.GarbageAt, "truncate-at": &f.TruncateAt, "restart-at": &f.RestartAt,
	}[name]; ok {
		n, err := ordinal(value)
		*list = append(*list, n)
		return err
	}
	if field, ok := map[string]*int{
		"garbage-from": &f.GarbageFrom,
		"silent-from":  &f.SilentFrom, "hang-receive-from": &f.HangReceiveFrom, "unauthorized-from": &f.UnauthorizedFrom, "refuse-from": &f.RefuseFrom,
	}[name]; ok {
		n, err := ordinal(value)
		*field = n
		return err
	}
	if field, ok := map[string]*time.Duration{
		"latency": &f.Latency, "restart-for": &f.RestartFor, "restart-tls": &f.RestartTLS, "restart-unavailable": &f.RestartUnavailable,
		"restart-unauthorized": &f.RestartUnauthorized, "clock": &f.Clock,
	}[name]; ok {
		d, err := time.ParseDuration(value)
		if err != nil || (d < 0 && name != "clock") {
			return fmt.Errorf("%q is no duration, 50ms for example", value)
		}
		*field = d
		return nil
	}
	if field, ok := map[string]*float64{"drop": &f.Drop, "lose": &f.Lose}[name]; ok {
		share, err := strconv.ParseFloat(value, 64)
		if err != nil || !(share >= 0 && share <= 1) {
			return fmt.Errorf("%q is no share between 0 and 1", value)
		}
		*field = share
		return nil
	}
	switch name {
	case "seed":
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return fmt.Errorf("%q is no number", value)
		}
		f.Seed = n
		return nil
	case "phase":
		if !slices.Contains(phaseNames(), value) {
			return fmt.Errorf("%q is not one of %s", value, strings.Join(phaseNames(), ", "))
		}
		f.Phase = Phase(value)
		return nil
	case "certificate":
		if !slices.Contains(certificateFaults(), value) {
			return fmt.Errorf("%q is not one of %s", value, strings.Join(certificateFaults(), ", "))
		}
		f.Certificate = CertificateFault(value)
		return nil
	}
	return errFault
}

func ordinal(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("%q is no number from 1 on", s)
	}
	return n, nil
}
