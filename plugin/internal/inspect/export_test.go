package inspect

// SignerOf exposes the reading of a program's signature.
func SignerOf(file []byte) (Signer, error) { return signerOf(file) }

// ParseINF exposes the reading of a driver's INF file.
func ParseINF(b []byte) string { return driver("x", "", parseINF(b)) }
