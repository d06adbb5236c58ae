# A virtual client for images and reports. Its user sits elsewhere: reader and microphone are redirected and tried one by one. The base is
# Enterprise LTSC, since the IoT edition comes with hardware; its support ends on 2027-01-12, and a sister or a newer base must be ready then.
image "virtual-pacs-client" {
  version        = "1.0.0"
  released       = "2026-11-01"
  required_until = "2027-01-12"
  base           = "win10-ltsc-2021"

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
  }

  module "firewall" {
    version = "^1.1"
    inputs = {
      domain_controllers = ["10.20.0.10", "10.20.0.11"]
      management_peers   = ["10.20.0.0/24"]
      peers = {
        "the connection brokers" = ["10.70.0.0/28"]
        "the image archive"      = ["10.30.0.10"]
      }
    }
  }

  module "lock-screen" {
    version = "^1.0"
    inputs = {
      timeout_seconds = 900
    }
  }

  module "session" {
    version = "^1.0"
  }

  module "account-policy" {
    version = "^1.0"
  }

  module "policies" {
    version = "^2.0"
  }

  module "internet-explorer" {
    version = "^1.0"
    inputs = {
      trusted_sites      = ["https://pacs.example.org"]
      embedding_programs = ["pacs.exe"]
    }
  }

  module "monitoring" {
    version = "^1.0"
    inputs = {
      command_lines = "record"
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
      target_group     = "virtual-pacs-client"
      window = {
        day  = 7
        hour = 22
      }
    }
  }

  module "virtual-client" {
    version = "^1.0"
    inputs = {
      platform = "vmware"
      consent = {
        example-virtual-pacs = {
          document = "Letter of consent to virtual clients (invented), 2026-02"
          by       = "Head of medical engineering"
        }
      }
      resources = {
        memory_mb  = 8192
        processors = 4
        disk_gb    = 80
      }
      tried = [
        "dictation microphone",
        "staff card reader",
      ]
    }
  }

  module "protection" {
    version = "^1.0"
  }

  module "mt-only" {
    version = "^1.0"
    inputs = {
      programs = ["VMware Tools"]
    }
  }

  fact "separation" {
    value     = "Virtual: the clients have a port group of their own in the virtual platform, filtered by its distributed firewall."
    stated_by = "Head of client platforms"
  }

  product "example-virtual-pacs" {
    version = "9.4 R1"
  }

  exception "lock-screen/lock-on-card-removal" {
    skip         = true
    reason       = "The card is in the reader at the user's own desk, whose computer locks when it is taken out; the virtual client would lose its session on every short break of the line."
    compensating = "The desk's computer locks at once, and the virtual client after 15 minutes."
    owner        = "Head of the PACS team"
    approved_by  = "Information security officer"
    expires      = "2027-06-30"
  }
}
