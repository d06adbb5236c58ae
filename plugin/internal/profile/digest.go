package profile

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// blockDigest is the SHA-256 over a block's tokens, which are among those of its file: each token's length (8 bytes, big-endian) and
// bytes, from the block's type to its closing brace. Comments, spaces, blank lines and line ends next to a bracket do not count, so that
// neither a comment nor fmt moves a lock. What stands inside strings and heredocs counts to the byte.
func blockDigest(file hclsyntax.Tokens, b *hclsyntax.Block) string {
	at := func(offset int) int {
		return sort.Search(len(file), func(i int) bool { return file[i].Range.Start.Byte >= offset })
	}
	tokens := file[at(b.TypeRange.Start.Byte):at(b.CloseBraceRange.End.Byte)]
	h := sha256.New()
	line, open := false, true // a line end is due; the token before was an opening bracket
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenComment:
			line = line || strings.HasSuffix(string(t.Bytes), "\n")
			continue
		case hclsyntax.TokenNewline:
			line = true
			continue
		case hclsyntax.TokenEOF:
			continue
		}
		if line && !open && !closes(t.Type) {
			writeToken(h, "\n")
		}
		line, open = false, opens(t.Type)
		writeToken(h, string(t.Bytes))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// writeToken writes a token with its length before it.
func writeToken(h hash.Hash, token string) {
	_, _ = h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(token)))) // a hash never fails
	_, _ = h.Write([]byte(token))
}

func opens(t hclsyntax.TokenType) bool {
	return t == hclsyntax.TokenOBrace || t == hclsyntax.TokenOBrack || t == hclsyntax.TokenOParen || t == hclsyntax.TokenComma
}

func closes(t hclsyntax.TokenType) bool {
	return t == hclsyntax.TokenCBrace || t == hclsyntax.TokenCBrack || t == hclsyntax.TokenCParen
}
