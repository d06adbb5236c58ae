package kinds

// NormalRule is open to tests: it parses text that comes from a machine.
var NormalRule = normalRule

// StoredCertificate is open to tests: it parses bytes that come from a machine.
var StoredCertificate = storedCertificate
