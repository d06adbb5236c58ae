# A terminal for patient records on Sjunet, with log-on by SITHS card. Sjunet is not the internet: only the named services are reached.
image "sjunet-terminal" {
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

  module "offline" {
    version = "^1.0"
    inputs = {
      sjunet               = true
      sjunet_resolvers     = ["192.0.2.53"]
      sjunet_namespaces    = [".sjunet.org", ".example.org"]
      revocation_addresses = ["192.0.2.80", "192.0.2.81"]
    }
  }

  module "firewall" {
    version = "^1.1"
    inputs = {
      management_peers = ["10.20.0.0/24"]
      peers = {
        "the identity service on Sjunet" = ["192.0.2.20"]
        "the record service on Sjunet"   = ["192.0.2.10"]
        "the report printer"             = ["10.60.0.30"]
      }
    }
  }

  module "lock-screen" {
    version = "^1.0"
    inputs = {
      timeout_seconds      = 600
      lock_on_card_removal = true
    }
  }

  module "session" {
    version = "^1.0"
    inputs = {
      variant                 = "card-logon"
      certificate_propagation = false
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
    inputs = {
      trusted_sites = ["https://record.example.org"]
    }
  }

  module "monitoring" {
    version = "^1.0"
    inputs = {
      command_lines = "record"
      time_servers  = ["10.20.0.5"]
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
      regime           = "wsus"
      server           = "https://updates.example.org:8531"
      server_addresses = ["10.20.0.8"]
      target_group     = "sjunet-terminal"
      window = {
        day  = 1
        hour = 2
      }
    }
  }

  module "protection" {
    version = "^1.0"
  }

  module "mt-only" {
    version = "^1.0"
  }

  fact "separation" {
    value     = "Virtual: a VLAN of its own with Sjunet behind the county's firewall; no route to the internet."
    stated_by = "Head of network operations"
  }

  product "example-record-terminal" {
    version = "2026.3"
  }

  exception "monitoring/command-lines" {
    value        = 0
    reason       = "Links from the record open the browser with a patient's identity in the address, which would end up in the security log and be forwarded."
    compensating = "Processes are logged without their command lines, and the record system logs every access itself."
    owner        = "Head of the eHealth unit"
    approved_by  = "Data protection officer"
    expires      = "2027-06-30"
  }
}
