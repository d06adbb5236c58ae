package build

// syncDir does nothing: Windows has no handle on a folder that could be flushed, and NTFS journals the rename.
func syncDir(string) error { return nil }
