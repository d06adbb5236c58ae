package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"crypto/aes"
	"crypto/cipher"
)

// perFolder is how many files lie in one folder.
const perFolder = 250

// writeFiles writes files of 5 KB to 650 KB, 165 KB in the mean. An eighth of their bytes is text; the rest has no pattern, as most
// of a medium's bytes, once they are compressed, have none.
func writeFiles(dir string, count int) error {
	block, err := aes.NewCipher([]byte("wmclient bench 1"))
	if err != nil {
		return err
	}
	noise := cipher.NewCTR(block, make([]byte, aes.BlockSize))
	line := []byte("This file holds no program and no data of Windows. It is there to be copied.\r\n")
	for i := range count {
		folder := filepath.Join(dir, fmt.Sprintf("folder%03d", i/perFolder))
		if i%perFolder == 0 {
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
		}
		data := make([]byte, 5100<<(i%8)+i%4096)
		noise.XORKeyStream(data, data)
		text := data[:len(data)/8]
		copy(text, bytes.Repeat(line, len(text)/len(line)+1))
		if err := os.WriteFile(filepath.Join(folder, fmt.Sprintf("component_%05d.bin", i)), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
