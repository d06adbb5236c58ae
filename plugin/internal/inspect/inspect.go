// Package inspect says what a base is: the Windows in one image of a WIM, as the
// WIM's XML, the hives and the files in it tell. Each fact names where it was
// read; what cannot be read is said to be unknown, with the reason, and never
// guessed.
//
// It changes nothing and judges nothing: whether a base is the one that a profile
// means is decided where it is built on. It refuses what packages wim, medium and
// regf refuse.
package inspect

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/medium"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/target/image"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/wim"
)

// Names of the facts, in the order in which they are told.
const (
	EditionID    = "edition_id"
	Product      = "product"
	Build        = "build"
	Arch         = "arch"
	Installation = "installation_type"
	Language     = "install_language"
	Languages    = "languages"
	Channel      = "licence_channel"
	Mainstream   = "mainstream_end"
	SupportEnd   = "support_end"
	BootManager  = "boot_manager_signer"
	BootManagerX = "boot_manager_2023_signer"
	Packages     = "packages"
	Capabilities = "capabilities"
	Features     = "features"
	Drivers      = "drivers"
)

// Fact is one thing that a base says of itself.
type Fact struct {
	Name    string   `json:"name"`
	Value   string   `json:"value,omitempty"`
	List    []string `json:"list,omitempty"`    // for facts that are lists
	Left    int      `json:"left,omitempty"`    // entries of the list that were left out
	Unknown string   `json:"unknown,omitempty"` // why there is no value
	Note    string   `json:"note,omitempty"`
	Source  string   `json:"source"` // the place that was read
}

// Report is what a base is.
type Report struct {
	Path        string         `json:"path"`
	Inside      string         `json:"inside,omitempty"` // path of the WIM on an ISO image
	Size        int64          `json:"size"`             // of the WIM, bytes
	SHA256      string         `json:"sha256,omitempty"` // of the WIM; only where it was asked for
	Compression string         `json:"compression"`
	Chunk       uint64         `json:"chunk_size,omitempty"` // bytes that are compressed together
	Integrity   string         `json:"integrity"`            // "none", "not checked", "holds"
	Image       int            `json:"image"`                // 0 where the report lists the images and none was chosen
	ImageName   string         `json:"image_name"`
	Images      []ImageSummary `json:"images"`
	StandIn     bool           `json:"stand_in"` // a lab base, which contains no Windows
	Facts       []Fact         `json:"facts"`
	HCL         string         `json:"hcl,omitempty"` // a base block for profiles/bases; "" where a fact for it is unknown

	Windows image.Facts `json:"-"`

	name string // of the base in the block, where somebody gave one
}

// ImageSummary is one image of the WIM. What stands below the edition id is what its hives say, and there where images are listed only.
type ImageSummary struct {
	Index     int    `json:"index"`
	Name      string `json:"name"`
	EditionID string `json:"edition_id"`

	Build    string `json:"build,omitempty"` // build.UBR
	Arch     string `json:"arch,omitempty"`
	Language string `json:"install_language,omitempty"`
	StandIn  bool   `json:"stand_in,omitempty"`
	Unknown  string `json:"unknown,omitempty"` // why nothing more is known of it
}

// Options say how far to look.
type Options struct {
	Image   string        // image by index, name or edition id; "" is the only one
	Name    string        // of the base in the block; "" proposes one
	Support *SupportTable // nil is the program's own
	Limit   int           // longest list; 0 is 2,000
	Hash    bool          // compute the WIM's SHA-256
	Verify  bool          // check the integrity table and the SHA-1 of every file of the image

	Step     func(text string)       // what begins; may be nil
	Progress func(done, total int64) // bytes; may be nil
}

// ErrImage is an image that is not in the WIM, or a choice that was not made.
var ErrImage = errors.New("which image")

// Run looks at the base in the file at path.
func Run(ctx context.Context, path string, o Options) (*Report, error) {
	m, err := medium.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = m.Close() }() // read only: nothing can be lost
	w, err := wim.Open(m.WIM(), m.Size())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", m.Name(), err)
	}
	index, err := w.Select(o.Image)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", m.Name(), ErrImage, err)
	}
	img, err := w.Image(index)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", m.Name(), err)
	}
	reader, err := image.Open(img)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", m.Name(), err)
	}
	r := about(path, m, w)
	r.Image, r.ImageName, r.name = index, img.Info().Name, o.Name
	if r.Windows, err = reader.Facts(); err != nil {
		return nil, fmt.Errorf("read what %s is: %w", m.Name(), err)
	}
	l := &look{report: r, medium: m, wim: w, img: img, reader: reader, limit: o.Limit, support: o.Support}
	if err := l.all(); err != nil {
		return nil, fmt.Errorf("read what %s is: %w", m.Name(), err)
	}
	return r, l.verify(ctx, o)
}

// about says what the WIM is, whatever its images are.
func about(path string, m *medium.File, w *wim.File) *Report {
	r := &Report{Path: path, Inside: m.Inside(), Size: m.Size(), Compression: w.Compression(), Chunk: w.ChunkSize(), Integrity: "none", Facts: []Fact{}}
	for _, i := range w.Images() {
		r.Images = append(r.Images, ImageSummary{Index: i.Index, Name: i.Name, EditionID: i.EditionID})
	}
	if w.HasIntegrity() {
		r.Integrity = "not checked"
	}
	return r
}

// List says what images stand in the file at path, and of each in short what its hives say. Of the options it looks at Hash, Step and
// Progress. An image that cannot be read is unknown, with the reason, and does not keep the others from being listed.
func List(ctx context.Context, path string, o Options) (*Report, error) {
	m, err := medium.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = m.Close() }() // read only: nothing can be lost
	w, err := wim.Open(m.WIM(), m.Size())
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", m.Name(), err)
	}
	r := about(path, m, w)
	for i := range r.Images {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		s := &r.Images[i]
		f, err := factsOf(w, s.Index)
		if err != nil {
			s.Unknown = err.Error()
			continue
		}
		s.EditionID, s.Build, s.Arch, s.Language, s.StandIn = f.EditionID, f.Build, f.Arch, f.InstallLanguage, f.StandIn
		r.StandIn = r.StandIn || f.StandIn
	}
	o.Verify = false
	l := &look{report: r, medium: m, wim: w}
	return r, l.verify(ctx, o)
}

func factsOf(w *wim.File, index int) (image.Facts, error) {
	img, err := w.Image(index)
	if err != nil {
		return image.Facts{}, err
	}
	reader, err := image.Open(img)
	if err != nil {
		return image.Facts{}, err
	}
	return reader.Facts()
}

// look is one inspection under way.
type look struct {
	report  *Report
	medium  *medium.File
	wim     *wim.File
	img     *wim.Image
	reader  *image.Image
	limit   int
	support *SupportTable
}

// all tells the facts in their order.
func (l *look) all() error {
	if l.limit <= 0 {
		l.limit = 2000
	}
	if l.support == nil {
		t, err := Support()
		if err != nil {
			return err
		}
		l.support = t
	}
	f := l.report.Windows
	l.report.StandIn = f.StandIn
	const version = `HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`
	l.value(EditionID, f.EditionID, version+"!EditionID")
	l.product(f, version)
	l.value(Build, f.Build, version+"!CurrentBuild, UBR")
	l.value(Arch, f.Arch, `HKLM\SYSTEM\...\Session Manager\Environment!PROCESSOR_ARCHITECTURE`)
	l.installation(version)
	l.value(Language, f.InstallLanguage, `HKLM\SYSTEM\...\Control\Nls\Language!InstallLanguage`)
	l.list(Languages, f.Languages, `HKLM\SYSTEM\...\Control\MUI\UILanguages`, "")
	l.channel()
	l.dates(f)
	l.bootManagers()
	l.components(f)
	l.features()
	if err := l.drivers(); err != nil {
		return err
	}
	l.report.HCL = blockOf(l.report)
	return nil
}

func (l *look) add(f Fact) { l.report.Facts = append(l.report.Facts, f) }

func (l *look) value(name, value, source string) {
	f := Fact{Name: name, Value: value, Source: source}
	if value == "" {
		f.Unknown = "not stated"
	}
	l.add(f)
}

// list tells a list, as far as the limit goes.
func (l *look) list(name string, list []string, source, note string) {
	f := Fact{Name: name, List: slices.Clone(list), Source: source, Note: note, Value: strconv.Itoa(len(list))}
	if n := len(list) - l.limit; n > 0 {
		f.List, f.Left = f.List[:l.limit], n
	}
	l.add(f)
}

func (l *look) product(f image.Facts, source string) {
	fact := Fact{Name: Product, Value: f.ProductName, Source: source + "!ProductName"}
	if l.report.ImageName != "" && l.report.ImageName != f.ProductName {
		fact.Note = fmt.Sprintf("the WIM's XML names the image %q", l.report.ImageName)
	}
	l.add(fact)
}

func (l *look) installation(version string) {
	v, err := l.reader.RegistryValue(version, "InstallationType")
	text, ok := strings.CutPrefix(v.Text(), "sz:")
	switch {
	case err == nil && ok:
		l.value(Installation, text, version+"!InstallationType")
	case l.img.Info().InstallationType != "":
		l.value(Installation, l.img.Info().InstallationType, "the WIM's XML, WINDOWS/INSTALLATIONTYPE")
	default:
		l.add(Fact{Name: Installation, Unknown: "neither the registry nor the WIM's XML says", Source: version + "!InstallationType"})
	}
}

// dates are looked up by the base's own edition id and build.
func (l *look) dates(f image.Facts) {
	number, _, _ := strings.Cut(f.Build, ".")
	build, _ := strconv.Atoi(number)
	source := "support.json of " + l.support.Updated
	e, ok := l.support.Find(f.EditionID, build)
	if !ok {
		why := fmt.Sprintf("the table has no row for %s %s", f.EditionID, number)
		l.add(Fact{Name: Mainstream, Unknown: why, Source: source})
		l.add(Fact{Name: SupportEnd, Unknown: why, Source: source})
		return
	}
	l.add(Fact{Name: Mainstream, Value: e.Mainstream, Source: source, Note: e.Product})
	l.add(Fact{Name: SupportEnd, Value: e.Extended, Source: source, Note: e.Note})
}

// verify does what takes long.
func (l *look) verify(ctx context.Context, o Options) error {
	step := func(text string) {
		if o.Step != nil {
			o.Step(text)
		}
	}
	if o.Verify {
		if l.wim.HasIntegrity() {
			step("checking the integrity table")
			if err := l.wim.VerifyIntegrity(ctx, o.Progress); err != nil {
				return fmt.Errorf("verify %s: %w", l.medium.Name(), err)
			}
			l.report.Integrity = "holds"
		}
		step("verifying every file of the image")
		if err := l.img.Verify(ctx, o.Progress); err != nil {
			return fmt.Errorf("verify %s: %w", l.medium.Name(), err)
		}
	}
	if !o.Hash {
		return nil
	}
	step("hashing " + l.medium.Name())
	sum, err := sha256Of(ctx, l.medium.WIM(), l.medium.Size(), o.Progress)
	if err != nil {
		return fmt.Errorf("hash %s: %w", l.medium.Name(), err)
	}
	l.report.SHA256 = sum
	return nil
}

func sha256Of(ctx context.Context, r io.ReaderAt, size int64, progress func(done, total int64)) (string, error) {
	h, buf := sha256.New(), make([]byte, 1<<20)
	for done := int64(0); done < size; {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := r.ReadAt(buf[:min(int64(len(buf)), size-done)], done)
		h.Write(buf[:n])
		done += int64(n)
		if progress != nil {
			progress(done, size)
		}
		if err != nil && (done < size || !errors.Is(err, io.EOF)) {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Fact returns a fact by its name.
func (r *Report) Fact(name string) (Fact, bool) {
	for _, f := range r.Facts {
		if f.Name == name {
			return f, true
		}
	}
	return Fact{}, false
}
