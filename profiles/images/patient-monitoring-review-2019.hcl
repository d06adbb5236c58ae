# The review display where the display controllers are validated for 2019 only.
image "patient-monitoring-review-2019" {
  like           = "patient-monitoring-review"
  version        = "1.0.0"
  released       = "2026-11-01"
  base           = "win10-ltsc-2019"
  required_until = "2028-12-31"
}
