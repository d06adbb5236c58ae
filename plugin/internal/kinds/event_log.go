package kinds

import (
	"math"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

var (
	_ setting.Spec     = (*EventLog)(nil)
	_ setting.Comparer = (*EventLog)(nil)
)

const (
	eventLogPolicy     = `HKLM\SOFTWARE\Policies\Microsoft\Windows\EventLog`
	eventChannels      = `HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WINEVT\Channels`
	retentionOverwrite = "overwrite"
	retentionArchive   = "archive"
	minLogSize         = 1024                    // KiB; EventLog.admx, and wevtutil's least for a channel is 1028 KiB
	maxPolicyLogSize   = 2147483647              // KiB; EventLog.admx
	maxChannelLogSize  = math.MaxUint32/1024 - 1 // KiB; a channel keeps bytes in a dword
)

// policyLogs are the logs that EventLog.admx has policies for.
func policyLogs() []string { return []string{"Application", "Security", "Setup", "System"} }

func eventLogKind() setting.Kind {
	return setting.Kind{
		Name: "event_log",
		Doc: "How large an event log gets, and what happens when it is full.\n\n" +
			"`Application`, `Security`, `Setup` and `System` have policies (`SOFTWARE\\Policies\\Microsoft\\Windows\\EventLog\\<log>`, in the registry and in `Registry.pol`). " +
			"Every other log is a channel and is set below `SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels`, where the base has it; a channel is never created.\n\n" +
			"`overwrite` loses the oldest events, `archive` writes a full log to a file beside it and goes on. What Windows can do besides, to stop logging when the log is full, is not offered: " +
			"for the Security log it can stop the client (`CrashOnAuditFail`).",
		Principal: "size",
		New:       func() setting.Spec { return new(EventLog) },
		Example: `log       = "Security"
size      = 196608
retention = "overwrite"
`,
		Offline: setting.OfflineApplied,
		Docs: map[string]string{
			"log":       "`Application`, `Security`, `Setup`, `System`, or a channel such as `Microsoft-Windows-CodeIntegrity/Operational`.",
			"size":      "The greatest size in KiB, from 1024 on.",
			"retention": "`overwrite` or `archive`.",
			"enabled":   "For a channel: whether it is written at all.",
		},
	}
}

// EventLog is the desired size and retention of one event log.
type EventLog struct {
	Log       string `hcl:"log" json:"log"`
	Size      *int   `hcl:"size,optional" json:"size,omitempty"`
	Retention string `hcl:"retention,optional" json:"retention,omitempty"`
	Enabled   *bool  `hcl:"enabled,optional" json:"enabled,omitempty"`

	LogRange       hcl.Range `hcl:"log,attr_value_range" json:"-"`
	SizeRange      hcl.Range `hcl:"size,attr_value_range" json:"-"`
	RetentionRange hcl.Range `hcl:"retention,attr_value_range" json:"-"`
	EnabledRange   hcl.Range `hcl:"enabled,attr_value_range" json:"-"`
}

// Check reports errors of meaning. Whether the base has a channel is for whoever knows the base.
func (s *EventLog) Check() hcl.Diagnostics {
	diags := choice(s.RetentionRange, "retention", s.Retention, true, retentionOverwrite, retentionArchive)
	switch {
	case s.Log == "" || hasControl(s.Log) || strings.ContainsAny(s.Log, `\!`) || strings.TrimSpace(s.Log) != s.Log || len(upcase.Units(s.Log)) > maxKeyName:
		return append(diags, problem(s.LogRange, "Illegal log name", `%q is no event log. Write one such as "Security" or "Microsoft-Windows-CodeIntegrity/Operational".`, s.Log))
	case s.policyLog() == "":
		diags = append(diags, between(s.Size, "size", minLogSize, maxChannelLogSize, s.SizeRange)...)
	default:
		diags = append(diags, between(s.Size, "size", minLogSize, maxPolicyLogSize, s.SizeRange)...)
		if s.Enabled != nil {
			diags = append(diags, problem(s.EnabledRange, "Log that is always on", `%q cannot be switched off; "enabled" is for channels.`, s.Log))
		}
	}
	if s.Size == nil && s.Retention == "" && s.Enabled == nil {
		diags = append(diags, problem(s.LogRange, "Empty expectation", `The setting says nothing of the log %q. Write its "size" or "retention".`, s.Log))
	}
	return diags
}

// policyLog is the log's name as the policy has it, or "" for a channel.
func (s *EventLog) policyLog() string {
	for _, l := range policyLogs() {
		if upcase.Equal(l, s.Log) {
			return l
		}
	}
	return ""
}

func (s *EventLog) values() ownedValues {
	var l ownedValues
	if log := s.policyLog(); log != "" {
		key := eventLogPolicy + `\` + log
		l.number(key, "MaxSize", s.Size)
		// The policy keeps these two as strings (EventLog.admx).
		if text := map[string]string{retentionOverwrite: "0", retentionArchive: "1"}[s.Retention]; text != "" {
			l.text(key, "Retention", text)
			l.text(key, "AutoBackupLogFiles", text)
		}
		return l
	}
	key := eventChannels + `\` + s.Log
	l.flag(key, "Enabled", s.Enabled)
	if s.Size != nil {
		l.number(key, "MaxSize", new(*s.Size*1024))
	}
	if s.Retention != "" {
		archive := s.Retention == retentionArchive
		keep := setting.DWord(0)
		if archive {
			keep = setting.DWord(math.MaxUint32) // wevtutil sl /rt:true writes -1
		}
		l = append(l, ownedValue{key: key, name: "Retention", value: keep})
		l.flag(key, "AutoBackupLogFiles", &archive)
	}
	for i := range l {
		l[i].needKey = key
	}
	return l
}

// Claims are the values behind size and retention.
func (s *EventLog) Claims(setting.Base) []setting.Claim { return s.values().claims() }

// Ops write the values; those of a channel only where the base has it.
func (s *EventLog) Ops(setting.Base) []setting.Op { return s.values().ops() }

// Observe reads the values.
func (s *EventLog) Observe(r setting.Reader) (setting.Observed, error) { return s.values().observe(r) }

// Judge passes where every value is as wanted.
func (s *EventLog) Judge(o setting.Observed) setting.Verdict { return s.values().judge(o) }

// Compare knows that a larger log tightens, all else being equal.
func (s *EventLog) Compare(old setting.Spec) setting.Direction {
	o, ok := old.(*EventLog)
	if !ok || !upcase.Equal(s.Log, o.Log) {
		return setting.Unknown
	}
	if s.values().compare(o.values()) == setting.Same {
		return setting.Same
	}
	was := *o
	was.Size = s.Size
	if s.Size == nil || o.Size == nil || s.values().compare(was.values()) != setting.Same {
		return setting.Unknown
	}
	if *s.Size > *o.Size {
		return setting.Tightened
	}
	return setting.Loosened
}
