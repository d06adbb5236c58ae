package wim

import "time"

// FileTime counts 100 ns steps since 1601-01-01 UTC, as NTFS does.
type FileTime uint64

const unixEpoch = 116444736000000000 // 1970-01-01 as a FileTime

// NewFileTime returns t as a FileTime, rounded down to 100 ns. Times before
// 1601 become 0.
func NewFileTime(t time.Time) FileTime {
	n := t.Unix()*1e7 + int64(t.Nanosecond())/100 + unixEpoch
	return FileTime(max(n, 0))
}

// Time returns the moment in UTC.
func (t FileTime) Time() time.Time {
	n := int64(t) - unixEpoch
	s, r := n/1e7, n%1e7
	return time.Unix(s, r*100).UTC()
}
