package image

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// tasksFolder holds the definition of each scheduled task in a file of the task's own path.
const tasksFolder = `\Windows\System32\Tasks`

// maxTask is larger than any definition that the Task Scheduler takes.
const maxTask = 1 << 20

// task tells whether a scheduled task is enabled, by its definition. A running Windows also keeps tasks in a cache in the registry, which
// it makes from the definitions; a cache that says something else is not looked at.
func (i *Image) task(name string) (string, error) {
	path := tasksFolder + name
	if !strings.HasPrefix(name, `\`) {
		return "", fmt.Errorf(`task %q in %s: the path of a task begins with "\"`, name, i.Describe())
	}
	if err := wim.CheckPath(path); err != nil {
		return "", fmt.Errorf("task %s in %s: %w", name, i.Describe(), err)
	}
	info, err := i.img.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("task %s in %s: %w", name, i.Describe(), setting.ErrAbsent)
	case err != nil:
		return "", fmt.Errorf("task %s in %s: %w", name, i.Describe(), err)
	}
	if err := regular(info); err != nil {
		return "", fmt.Errorf("task %s in %s: %s %w", name, i.Describe(), path, err)
	}
	data, err := i.img.ReadFile(path, maxTask)
	if err != nil {
		return "", fmt.Errorf("task %s in %s: %w", name, i.Describe(), err)
	}
	enabled, err := taskEnabled(data)
	switch {
	case err != nil:
		return "", fmt.Errorf("task %s in %s: %s: %w; the state can be read on the running client", name, i.Describe(), path, err)
	case enabled:
		return "enabled", nil
	}
	return "disabled", nil
}

// taskXML is the part of a definition that says whether it is enabled ([MS-TSCH] 2.5.4).
type taskXML struct {
	XMLName  xml.Name `xml:"http://schemas.microsoft.com/windows/2004/02/mit/task Task"`
	Settings []struct {
		Enabled []string `xml:"Enabled"`
	} `xml:"Settings"`
}

// taskEnabled reads a task's definition. A task without the element is enabled, as the schema says.
func taskEnabled(data []byte) (bool, error) {
	text, err := taskText(data)
	if err != nil {
		return false, err
	}
	var task taskXML
	dec := xml.NewDecoder(strings.NewReader(text))
	dec.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil } // the text was decoded by its mark
	if err := dec.Decode(&task); err != nil {
		return false, fmt.Errorf("not a task's definition: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) && err != nil {
		return false, fmt.Errorf("not a task's definition: %w", err)
	}
	if len(task.Settings) > 1 {
		return false, errors.New("not a task's definition: it has two parts Settings")
	}
	for _, s := range task.Settings {
		if len(s.Enabled) > 1 {
			return false, errors.New("not a task's definition: it says twice whether it is enabled")
		}
		for _, e := range s.Enabled {
			switch strings.TrimSpace(e) {
			case "true", "1":
			case "false", "0":
				return false, nil
			default:
				return false, fmt.Errorf("not a task's definition: Enabled is %q", e)
			}
		}
	}
	return true, nil
}

// taskText decodes a definition: UTF-16 with its mark, as the Task Scheduler writes it, or UTF-8.
func taskText(data []byte) (string, error) {
	body, little := bytes.CutPrefix(data, []byte{0xff, 0xfe})
	if !little {
		body, _ = bytes.CutPrefix(data, []byte("\xef\xbb\xbf"))
		if !utf8.Valid(body) {
			return "", errors.New("neither UTF-16 with its mark nor UTF-8")
		}
		return string(body), nil
	}
	if len(body)%2 != 0 {
		return "", errors.New("UTF-16 that is cut off")
	}
	units := make([]uint16, len(body)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(body[2*i:])
	}
	return string(utf16.Decode(units)), nil
}
