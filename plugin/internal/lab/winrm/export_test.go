package winrm

// Authentic lets tests hand in messages that no client writes.
var Authentic = authentic
