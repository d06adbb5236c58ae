# The image of the chain: settings of kinds that Wine holds, so that what a run shows is what stands in the machine and not what a stand-in says.
image "chain" {
  version        = "1.0.0"
  released       = "2026-11-01"
  required_until = "2031-12-31"
  base           = "win10-iot-ltsc-2021"

  class {
    type   = "WM"
    groups = [0]
  }

  management {
    winrm_https {
      from = [
        "10.20.0.0/24",
      ]
    }
  }

  module "authentication" {
    version = "^1.0"
  }

  module "chain" {
    version = "^1.0"
  }

  module "client-notice" {
    version = "^1.0"
  }

  module "internet-explorer" {
    version = "^1.0"
  }

  module "name-resolution" {
    version = "^1.0"
  }

  module "printing" {
    version = "^1.0"
  }

  module "removable-media" {
    version = "^1.0"
  }

  module "shell" {
    version = "^1.0"
  }

  module "system-protection" {
    version = "^1.0"
  }

  module "tls" {
    version = "^1.0"
  }

  module "uac" {
    version = "^1.0"
  }
}
