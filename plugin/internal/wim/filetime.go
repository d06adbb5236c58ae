package wim

import "time"

// FileTime counts 100 ns steps since 1601-01-01 UTC, as NTFS does.
type FileTime uint64

const (
	unixEpoch = 116444736000000000 // 1970-01-01 as a FileTime
	second    = 10_000_000
)

// lastSecond is the last whole second, in the year 30828, that NTFS can state:
// it takes times as signed.
const lastSecond = (1<<63-1-unixEpoch)/second - 1

// NewFileTime returns t as a FileTime, rounded down to 100 ns. Times before
// 1601 become 0, times after 30828 the last second that NTFS can state.
func NewFileTime(t time.Time) FileTime {
	s := min(max(t.Unix(), -unixEpoch/second-1), lastSecond) // bounded, so that it cannot overflow
	return FileTime(max(s*second+int64(t.Nanosecond())/100+unixEpoch, 0))
}

// Time returns the moment in UTC.
func (t FileTime) Time() time.Time {
	n := int64(t) - unixEpoch
	s, r := n/second, n%second
	return time.Unix(s, r*100).UTC()
}
