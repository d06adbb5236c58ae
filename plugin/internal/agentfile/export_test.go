package agentfile

// EmbeddedIn is Embedded on another tree of files.
var EmbeddedIn = embedded
