# The record terminal on the base of 2019.
image "sjunet-terminal-2019" {
  like           = "sjunet-terminal"
  version        = "1.0.0"
  released       = "2026-11-01"
  base           = "win10-ltsc-2019"
  required_until = "2028-12-31"
}
