package build

import (
	"bytes"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/manifest"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/report"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// document is a file that stands beside the image.
type document struct {
	name string
	data []byte
}

// documents are the files beside the image that are the same for every build of it, and the result that they state.
func (j *job) documents(findings []setting.Finding) ([]document, *Result, error) {
	m, err := manifest.New(manifest.Input{
		Plan:       j.Composed.Plan,
		BaseFile:   manifest.File{Name: "base.wim", SHA256: j.written.BaseSHA256.String(), Size: j.base.size},
		BaseIndex:  j.base.index,
		BaseFacts:  manifest.BaseFacts(j.base.facts),
		Release:    j.released,
		Outputs:    []manifest.File{{Name: ImageFile, SHA256: j.written.SHA256.String(), Size: j.written.Size}},
		Changes:    j.changes,
		Exceptions: exceptionsOf(j.Resolved.Request.Exceptions),
		Conflicts:  recorded(j.Project.Conflicts),
		Findings:   findings,
		Agent:      j.statedAgent(),
	})
	if err != nil {
		return nil, nil, err
	}
	manifestBytes, err := m.Bytes()
	if err != nil {
		return nil, nil, err
	}
	provenance, err := j.Provenance()
	if err != nil {
		return nil, nil, err
	}
	var junit bytes.Buffer
	if err := report.JUnit(&junit, about(m.Plan, m.RecipeDigest, m.Platform), findings, j.gate()); err != nil {
		return nil, nil, err
	}
	r := &Result{
		Name: m.Image.Name, Version: m.Image.Version, RecipeDigest: m.RecipeDigest, ImageSHA256: j.written.SHA256.String(),
		ManifestDigest: canonical.Digest(manifestBytes), Release: m.Release, Platform: m.Platform, Statement: m.Statement, Agent: m.Agent, Summary: m.Summary, Findings: findings,
	}
	return []document{{PlanFile, j.Composed.Bytes}, {ProvenanceFile, provenance}, {ManifestFile, manifestBytes}, {JUnitFile, junit.Bytes()}}, r, nil
}

// write writes everything beside the image.
func (j *job) write(findings []setting.Finding) (*Result, error) {
	docs, result, err := j.documents(findings)
	if err != nil {
		return nil, err
	}
	if err := j.staging.documents(docs, manifest.File{Name: ImageFile, SHA256: result.ImageSHA256, Size: j.written.Size}); err != nil {
		return nil, err
	}
	return result, j.writeRecord(result.ManifestDigest)
}

// documents writes the files that stand beside an image, and the sums of all.
func (s *staging) documents(docs []document, image manifest.File) error {
	sums := []manifest.File{image}
	for _, d := range docs {
		if err := s.write(d.name, d.data); err != nil {
			return err
		}
		sums = append(sums, manifest.File{Name: d.name, SHA256: canonical.Digest(d.data), Size: int64(len(d.data))})
	}
	var text bytes.Buffer
	if err := report.SHA256SUMS(&text, sums); err != nil {
		return err
	}
	return s.write(SumsFile, text.Bytes())
}
