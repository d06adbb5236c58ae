package conflict

// GrantsUsers is a peek for tests.
var GrantsUsers = grantsUsers

// FolderOf reads a path: its one spelling, why users write there, and whether it names no one place.
func FolderOf(path string) (text, why string, odd bool) {
	f := folderOf(path)
	return f.text(), f.open(), f.odd != ""
}
