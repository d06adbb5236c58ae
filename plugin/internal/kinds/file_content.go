package kinds

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"unicode/utf16"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

const (
	encodingUTF8  = "utf-8"
	encodingUTF16 = "utf-16le"
	newlineLF     = "lf"
	newlineCRLF   = "crlf"
)

// textContent is the bytes of a text in an encoding, with its digest.
func textContent(text, encoding, newline string) setting.Content {
	if newline != "" {
		text = strings.ReplaceAll(text, "\r\n", "\n")
	}
	if newline == newlineCRLF {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	data := []byte(text)
	if encoding == encodingUTF16 {
		data = []byte{0xff, 0xfe} // the mark by which Windows' own tools know UTF-16
		for _, u := range utf16.Encode([]rune(text)) {
			data = binary.LittleEndian.AppendUint16(data, u)
		}
	}
	sum := sha256.Sum256(data)
	return setting.Content{SHA256: hex.EncodeToString(sum[:]), Size: int64(len(data)), Bytes: data}
}
