# A gateway between laboratory analysers and the laboratory system: offline, frozen, and nobody works at it.
image "lab-analyser-gateway" {
  version        = "1.0.0"
  released       = "2026-11-01"
  required_until = "2031-12-31"
  base           = "win10-iot-ltsc-2021"

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
    version = "^1.1"
    inputs = {
      peers = {
        "the analysers"         = ["10.40.0.0/24"]
        "the label printer"     = ["10.40.1.20"]
        "the laboratory system" = ["10.40.1.10"]
      }
    }
  }

  module "lock-screen" {
    version = "^1.0"
    inputs = {
      timeout_seconds = 300
    }
  }

  module "session" {
    version = "^1.0"
    inputs = {
      variant = "shared-workstation"
    }
  }

  module "account-policy" {
    version = "^1.0"
  }

  module "deny-network-logon" {
    version = "^1.0"
  }

  module "policies" {
    version = "^2.0"
  }

  module "internet-explorer" {
    version = "^1.0"
  }

  module "monitoring" {
    version = "^1.0"
    inputs = {
      command_lines = "record"
      time_servers  = ["10.40.1.5"]
    }
  }

  module "smb" {
    version = "^1.0"
  }

  module "services" {
    version = "^1.0"
  }

  module "removable-media" {
    version = "^1.0"
    inputs = {
      storage = "deny"
    }
  }

  module "remote-access" {
    version = "^1.0"
  }

  module "isolation" {
    version = "^1.0"
    inputs = {
      closed_networks = ["10.90.0.0/16"]
    }
  }

  module "patching" {
    version = "^1.0"
    inputs = {
      regime       = "frozen"
      frozen_until = "2027-06-30"
      stop_service = true
    }
  }

  module "protection" {
    version = "^1.0"
    inputs = {
      regime = "allow-listing"
    }
  }

  module "mt-only" {
    version = "^1.0"
  }

  fact "separation" {
    value     = "Physical: analysers and gateways share a segment that has no route to the hospital's network but the one to the laboratory system."
    stated_by = "Head of network operations"
  }

  product "example-analyser-gateway" {
    version = "5.2"
  }

  exception "system-protection/hvci" {
    value        = 0
    reason       = "The driver of the serial card for two analysers is not made for code integrity guarded by the hypervisor; with it the card is gone."
    compensating = "The gateway is on a segment of its own, only listed programs run, and drivers are taken from the reference image alone. The manufacturer has announced a driver for the next version of the card."
    owner        = "Head of the laboratory's technology"
    approved_by  = "Head of medical engineering"
    expires      = "2027-06-30"
  }

  exception "conflict/features[example-analyser-gateway]" {
    skip         = true
    reason       = "The laboratory's base is serviced with .NET Framework 3.5 from the medium's folder sources\\sxs before the image is made; this example stands on the plain medium, whose file states no features."
    compensating = "The acceptance test of each image starts the gateway's service, which needs the framework, before a client reaches the laboratory."
    owner        = "Head of the laboratory's technology"
    approved_by  = "Head of medical engineering"
    expires      = "2027-06-30"
  }

  exception "lock-screen/lock-on-card-removal" {
    skip         = true
    reason       = "The bench has no card readers: those who work there log on with a name and a password that the laboratory manages."
    compensating = "The screen locks after five minutes without input, and the bench stands behind the door of the laboratory."
    owner        = "Head of the laboratory's technology"
    approved_by  = "Information security officer"
    expires      = "2027-06-30"
  }

  exception "account-policy/maximum-age" {
    value        = -1
    reason       = "The gateway logs on with an account of its own at night; its password must not run out with nobody there who could change it."
    compensating = "The password is long and random, is kept in the laboratory's vault, and is changed when somebody who knew it leaves."
    owner        = "Head of the laboratory's technology"
    approved_by  = "Information security officer"
    expires      = "2027-06-30"
  }
}
