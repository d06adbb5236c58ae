package manifest

// NewArtifact makes an artifact without a release to check.
var NewArtifact = newArtifact
