package image_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
)

// FuzzTask gives any bytes to the parser of a task's definition: it may not panic, and it calls disabled only what says so.
func FuzzTask(f *testing.F) {
	const open = `<Task xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">`
	for _, seed := range []string{
		utf16LE(`<?xml version="1.0" encoding="UTF-16"?>` + open + `<Settings><Enabled>false</Enabled></Settings></Task>`),
		open + `<Settings><Enabled>0</Enabled></Settings></Task>`, open + `<Settings/></Task>`, "\xff\xfe<", "", "<Task/>",
	} {
		for _, s := range hostile.Texts(seed) {
			f.Add([]byte(s))
		}
	}
	for _, seed := range []string{
		open + `<Settings><Enabled>true</Enabled></Settings></Task>`, open + `<Settings><Enabled>perhaps</Enabled></Settings></Task>`,
		open + `<Settings><Enabled>1</Enabled><Enabled>0</Enabled></Settings></Task>`, open + `<Settings/><Settings/></Task>`,
		open + `</Task><`, "\xef\xbb\xbf" + open + `</Task>`, "\xff\xff", "\xff\xfe\x00\xd8",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		hostile.Bounded(t, len(b), 64, 1<<20, func() { _, _ = image.TaskEnabled(b) })
		enabled, err := image.TaskEnabled(b)
		text := string(bytes.ReplaceAll(b, []byte{0}, nil))
		if err == nil && !enabled && !strings.Contains(text, "Enabled") {
			t.Errorf("%q is disabled", b)
		}
	})
}
