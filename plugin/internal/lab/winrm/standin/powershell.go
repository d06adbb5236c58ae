package standin

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// script is a PowerShell script that the machine can answer, by its whole text.
type script struct {
	name    string
	pattern *regexp.Regexp
	run     Program
}

// hole stands in a script's text for what differs from call to call: a path, a number. What fills it holds no quote, no semicolon, no
// backtick, no parenthesis and no line's end, so that no other script can hide in it.
const hole = "{{}}"

const holePattern = "([^\"'`;()\r\n]*)"

// RegisterScript lets the machine answer one PowerShell script, handed over with -EncodedCommand: the whole text, blanks at the ends of lines
// apart, with {{}} in the place of what may differ. run gets what stood there as Call.Holes. PowerShell itself is not here: any other script
// fails.
func (m *Machine) RegisterScript(name, text string, run Program) error {
	if name == "" || strings.TrimSpace(strings.ReplaceAll(text, hole, "")) == "" || run == nil {
		return errors.New("register a lab script: it needs a name, a text and a function")
	}
	quoted := regexp.QuoteMeta(plainScript(text))
	p, err := regexp.Compile("^" + strings.ReplaceAll(quoted, regexp.QuoteMeta(hole), holePattern) + "$")
	if err != nil {
		return fmt.Errorf("register a lab script: %w", err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.scripts {
		if s.name == name || s.pattern.String() == p.String() {
			return fmt.Errorf("register a lab script: %q is taken", name)
		}
	}
	m.scripts = append(m.scripts, script{name, p, run})
	return nil
}

// RegisterLine lets the machine answer one call of PowerShell by its -EncodedCommand: line is the whole command line as a client sends it.
func (m *Machine) RegisterLine(name, line string, run Program) error {
	args := splitArguments(line)
	i := slices.IndexFunc(args, func(a string) bool { return strings.EqualFold(a, "-EncodedCommand") })
	if i < 0 || i+1 >= len(args) {
		return fmt.Errorf("register the lab script %q: its line has no -EncodedCommand", name)
	}
	text, err := decodeCommand(args[i+1])
	if err != nil {
		return fmt.Errorf("register the lab script %q: %w", name, err)
	}
	return m.RegisterScript(name, text, run)
}

// decodeCommand reads what stands behind -EncodedCommand.
func decodeCommand(encoded string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil || len(raw)%2 != 0 {
		return "", errors.New("powershell: -EncodedCommand is not base64 of UTF-16")
	}
	return fromUTF16(raw), nil
}

// quiet is what masterzen/winrm puts before every script.
const quiet = "$ProgressPreference = 'SilentlyContinue';"

// plainScript is a script without what does not matter: the blanks around its lines, empty lines, and masterzen/winrm's first command.
func plainScript(text string) string {
	var lines []string
	for line := range strings.Lines(strings.TrimPrefix(strings.TrimPrefix(text, "\ufeff"), quiet)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// powershell runs a registered script.
func powershell(s *session, rest string) (uint32, error) {
	encoded, ok := "", false
	args := splitArguments(rest)
	for i := 0; i < len(args); i++ {
		switch strings.ToLower(strings.Replace(args[i], "/", "-", 1)) {
		case "-noprofile", "-noninteractive", "-nologo":
		case "-executionpolicy", "-inputformat", "-outputformat":
			i++
		case "-encodedcommand", "-enc", "-e":
			if i++; i < len(args) {
				encoded, ok = args[i], true
			}
		default:
			return 0, unknownError{"powershell " + strconv.Quote(args[i])}
		}
	}
	if !ok {
		return 0, unknownError{"powershell without -EncodedCommand"}
	}
	text, err := decodeCommand(encoded)
	if err != nil {
		return 0, err
	}
	s.m.mu.Lock()
	scripts := s.m.scripts
	s.m.mu.Unlock()
	plain := plainScript(text)
	for _, known := range scripts {
		if holes := known.pattern.FindStringSubmatch(plain); holes != nil {
			c := Call{Command: s.c, Path: "powershell", Holes: holes[1:]}
			c.Env, c.Dir = s.environment(), s.dir
			return known.run(s.ctx, s.m, c)
		}
	}
	first, _, _ := strings.Cut(plain, "\n")
	return 0, unknownError{fmt.Sprintf("the PowerShell script that begins with %.80q", first)}
}

// registerScripts makes known what Packer's own communicator sends (packer-plugin-sdk 0.6.7, winrmcp).
func (m *Machine) registerScripts() error {
	return errors.Join(
		m.RegisterScript("packer: connected", `if (Test-Path variable:global:ProgressPreference){$ProgressPreference='SilentlyContinue'}; echo "{{}}"`,
			func(_ context.Context, _ *Machine, c Call) (uint32, error) {
				_, err := io.WriteString(c.Stdout, c.Holes[0]+"\r\n")
				return 0, err
			}),
		m.RegisterScript("packer: download", `$file=[System.IO.File]::ReadAllBytes("{{}}"); Write-Output $([System.Convert]::ToBase64String($file))`,
			func(_ context.Context, m *Machine, c Call) (uint32, error) {
				data, err := m.ReadFile(c.Expand(c.Holes[0]))
				if err != nil {
					return 1, err
				}
				_, err = io.WriteString(c.Stdout, base64.StdEncoding.EncodeToString(data)+"\r\n")
				return 0, err
			}),
		m.RegisterScript("winrmcp: restore", restoreScript, restore),
		m.RegisterScript("winrmcp: restore to a path with blanks", strings.Replace(restoreScript, `("{{}}".Trim`, `("'{{}}'".Trim`, 1), restore),
		m.RegisterScript("winrmcp: cleanup", `$tmp_file_path = [System.IO.Path]::GetFullPath("{{}}")
			if (Test-Path $tmp_file_path) {
				Remove-Item $tmp_file_path -ErrorAction SilentlyContinue
			}`,
			func(_ context.Context, m *Machine, c Call) (uint32, error) {
				_, err := m.DeleteFile(c.Expand(c.Holes[0]))
				return 0, err
			}),
	)
}

// Expand puts in the variables of the environment that a text names: $env:TEMP or %TEMP%, whatever their case.
func (c Call) Expand(text string) string {
	text = expand(text, func(name string) (string, bool) {
		for _, v := range c.Env {
			if known, value, _ := strings.Cut(v, "="); strings.EqualFold(known, name) {
				return value, true
			}
		}
		return "", false
	})
	for _, v := range c.Env {
		name, value, _ := strings.Cut(v, "=")
		if i := strings.Index(strings.ToUpper(text), "$ENV:"+name); i >= 0 {
			text = text[:i] + value + text[i+len("$env:")+len(name):]
		}
	}
	return text
}

const restoreScript = `$tmp_file_path = [System.IO.Path]::GetFullPath("{{}}")
		$dest_file_path = [System.IO.Path]::GetFullPath("{{}}".Trim("'"))
		if (Test-Path $dest_file_path) {
			if (Test-Path -Path $dest_file_path -PathType container) {
				Exit 1
			} else {
				rm $dest_file_path
			}
		}
		else {
			$dest_dir = ([System.IO.Path]::GetDirectoryName($dest_file_path))
			New-Item -ItemType directory -Force -ErrorAction SilentlyContinue -Path $dest_dir | Out-Null
		}

		if (Test-Path $tmp_file_path) {
			$reader = [System.IO.File]::OpenText($tmp_file_path)
			$writer = [System.IO.File]::OpenWrite($dest_file_path)
			try {
				for(;;) {
					$base64_line = $reader.ReadLine()
					if ($base64_line -eq $null) { break }
					$bytes = [System.Convert]::FromBase64String($base64_line)
					$writer.write($bytes, 0, $bytes.Length)
				}
			}
			finally {
				$reader.Close()
				$writer.Close()
			}
		} else {
			echo $null > $dest_file_path
		}`

// restore makes a file of the lines of base64 that winrmcp has sent.
func restore(_ context.Context, m *Machine, c Call) (uint32, error) {
	to := c.Expand(c.Holes[1])
	data, err := m.ReadFile(c.Expand(c.Holes[0]))
	if errors.Is(err, setting.ErrAbsent) {
		return 0, m.WriteFile(to, []byte("\xff\xfe\r\x00\n\x00")) // what PowerShell makes of nothing
	}
	if err != nil {
		return 1, err
	}
	var out []byte
	for line := range bytes.Lines(data) {
		b, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(line)))
		if err != nil {
			return 1, fmt.Errorf("restore %s: %w", to, err)
		}
		out = append(out, b...)
	}
	return 0, m.WriteFile(to, out)
}
