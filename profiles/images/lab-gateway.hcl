# A gateway between laboratory instruments and the laboratory system; nobody works at it.
image "lab-gateway" {
  version        = "0.3.0"
  released       = "2026-11-01"
  required_until = "2028-12-31"
  base           = "win10-ltsc-2019"

  class {
    type   = "WM"
    groups = [0]
  }

  management {
    local {}
  }

  module "offline" {
    version = "^1.0"
  }

  module "firewall" {
    version = "^1.0"
    inputs = {
      block_outbound = true
      time_servers   = ["10.20.0.5"]
      peers = {
        "example-lab-gateway-in-tcp-2575" = ["10.40.0.0/24"]
      }
    }
  }

  module "lock-screen" {
    version = "^1.0"
    inputs = {
      timeout_seconds      = 300
      lock_on_card_removal = false
    }
  }

  module "monitoring" {
    version = "^1.0"
    inputs = {
      command_lines = "leave-out"
      time_servers  = ["10.20.0.5"]
    }
  }

  module "policies" {
    version = "^2.0"
  }

  module "protection" {
    version = "^1.0"
    inputs = {
      signatures = "frozen"
    }
  }

  module "smb" {
    version = "^1.0"
  }

  module "services" {
    version = "^1.0"
  }

  product "example-lab-gateway" {
    version = "4.7"
  }
}
