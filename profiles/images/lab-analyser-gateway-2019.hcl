# The laboratory gateway on the base on which most gateways stand today.
image "lab-analyser-gateway-2019" {
  like           = "lab-analyser-gateway"
  version        = "1.0.0"
  released       = "2026-11-01"
  base           = "win10-ltsc-2019"
  required_until = "2028-12-31"
}
