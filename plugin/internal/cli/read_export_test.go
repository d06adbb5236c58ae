package cli

// ReadRegular is how lists and sources are read.
var ReadRegular = readRegular
