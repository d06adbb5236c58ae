package report

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
)

// SHA256SUMS writes the files' digests in the form that `sha256sum -c` checks, sorted by name. A name that this form cannot hold, or
// that leads out of the folder, is an error.
func SHA256SUMS(w io.Writer, files []manifest.File) error {
	sorted := slices.SortedFunc(slices.Values(files), func(a, b manifest.File) int { return strings.Compare(a.Name, b.Name) })
	for i, f := range sorted {
		if f.Name == "" || f.Name == ".." || strings.ContainsAny(f.Name, "\\/\r\n") || i > 0 && sorted[i-1].Name == f.Name {
			return fmt.Errorf("write SHA256SUMS: %q cannot be listed, or is listed twice", f.Name)
		}
		if sum, err := hex.DecodeString(f.SHA256); err != nil || len(sum) != 32 || strings.ToLower(f.SHA256) != f.SHA256 {
			return fmt.Errorf("write SHA256SUMS: %q has no SHA-256 in lower-case hex but %q", f.Name, f.SHA256)
		}
		// The asterisk says binary mode: Windows ports of sha256sum would translate line ends without it.
		if _, err := fmt.Fprintf(w, "%s *%s\n", f.SHA256, f.Name); err != nil {
			return fmt.Errorf("write SHA256SUMS: %w", err)
		}
	}
	return nil
}
