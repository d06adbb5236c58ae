# The radiology workstation where hardware is validated for 2019 only.
image "radiology-viewer-2019" {
  like           = "radiology-viewer"
  version        = "1.2.0"
  released       = "2026-11-01"
  base           = "win10-ltsc-2019"
  required_until = "2028-12-31"
}
