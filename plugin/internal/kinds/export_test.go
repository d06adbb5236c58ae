package kinds

// NormalRule is open to tests: it parses text that comes from a machine.
var NormalRule = normalRule
