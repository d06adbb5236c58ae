package lab

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// tasksFolder is where Windows keeps the definitions of scheduled tasks.
const tasksFolder = "Windows/System32/Tasks"

// tasks lists the folders and files of the scheduled tasks, parents before children.
func (b *Base) tasks() []entry {
	var out []entry
	made := map[string]bool{}
	for _, t := range b.policy.tasks {
		path := tasksFolder + strings.ReplaceAll(t.path, `\`, "/")
		parts := strings.Split(path, "/")
		for n := strings.Count(tasksFolder, "/") + 2; n < len(parts); n++ {
			if dir := strings.Join(parts[:n], "/"); !made[dir] {
				made[dir] = true
				out = append(out, entry{kind: "dir", path: dir, descriptor: "windows"})
			}
		}
		out = append(out, entry{kind: "task", path: path, attributes: "a", data: t.definition()})
	}
	return out
}

// definition is the task's file: UTF-16 with its mark, as the Task Scheduler writes it. Its one action does nothing.
func (t task) definition() []byte {
	enabled := map[string]string{"enabled": "    <Enabled>true</Enabled>\r\n", "disabled": "    <Enabled>false</Enabled>\r\n"}[t.state]
	var uri strings.Builder
	_ = xml.EscapeText(&uri, []byte(t.path)) // a builder does not fail
	text := fmt.Sprintf("<?xml version=\"1.0\" encoding=\"UTF-16\"?><!-- %s -->\r\n"+
		"<Task version=\"1.6\" xmlns=\"http://schemas.microsoft.com/windows/2004/02/mit/task\">\r\n"+
		"  <RegistrationInfo>\r\n    <URI>%s</URI>\r\n  </RegistrationInfo>\r\n"+
		"  <Triggers />\r\n"+
		"  <Settings>\r\n%s    <Hidden>true</Hidden>\r\n  </Settings>\r\n"+
		"  <Actions Context=\"LocalSystem\">\r\n    <Exec>\r\n      <Command>%%windir%%\\system32\\where.exe</Command>\r\n    </Exec>\r\n  </Actions>\r\n"+
		"</Task>\r\n", Marker, uri.String(), enabled)
	return append([]byte{0xff, 0xfe}, utf16Bytes(text)...)
}
