package agent

// What the tests outside see of the parsers.
var (
	ReadEntries = readEntries
	ParseStatus = parseStatus
)
