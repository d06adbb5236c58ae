# A workstation for looking at radiology images, in and outside the patient environment.
image "radiology-viewer" {
  version        = "1.2.0"
  released       = "2026-11-01"
  required_until = "2031-12-31"
  base           = "win10-iot-ltsc-2021"

  class {
    type   = "WM"
    groups = [0, 1]
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
      sjunet = true
    }
  }

  module "firewall" {
    version = "^1.0"
    inputs = {
      management_peers = ["10.20.0.0/24"]
      peers = {
        "the film printer's share" = ["10.30.0.40"]
        "the image archive"        = ["10.30.0.10"]
        "the license server"       = ["10.30.0.12"]
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
  }

  module "account-policy" {
    version = "^1.0"
  }

  module "policies" {
    version = "^2.0"
  }

  module "smb" {
    version = "^1.0"
  }

  module "services" {
    version = "^1.0"
  }

  module "deny-network-logon" {
    version = "^1.0"
  }

  module "client-notice" {
    version = "^1.0"
  }

  module "internet-explorer" {
    version = "^1.0"
  }

  module "monitoring" {
    version = "^1.0"
    inputs = {
      command_lines = "record"
      time_servers  = ["10.20.0.5"]
    }
  }

  module "removable-media" {
    version = "^1.0"
  }

  module "remote-access" {
    version = "^1.0"
    inputs = {
      vendors = {
        exempelbild = {
          direction = "out"
          ports     = ["443"]
          peers     = ["10.30.9.10"]
          program   = "C:\\Program Files\\Exempelbild\\Support\\remote.exe"
          purpose   = "support and updates of the viewer, each time begun by the department"
          until     = "2027-06-30"
        }
      }
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
      regime       = "serviced-base"
      stop_service = true

      # What the media have. Raise these with the serviced bases of each month (docs/patch-month.md).
      required_ubr = {
        "14393" = 0
        "17763" = 107
        "19044" = 1288
      }
    }
  }

  module "protection" {
    version = "^1.0"
    inputs = {
      signatures  = "share"
      shares      = ["\\\\signatures.example.org\\defender$"]
      share_peers = ["10.20.0.9"]
    }
  }

  module "mt-only" {
    version = "^1.0"
  }

  fact "separation" {
    value     = "Physical: radiology has a network segment of its own; the router between it and the hospital lets the flows of this image through and nothing else."
    stated_by = "Head of network operations"
  }

  product "example-viewer" {
    version = "12.1.3 SP2"
  }

  exception "lock-screen/inactivity-timeout" {
    skip         = true
    reason       = "The product shows images continuously during procedures; a locked screen would interrupt them."
    compensating = "The room is locked and staffed whenever the client is on; the product itself logs its user off after 10 minutes."
    owner        = "Head of medical engineering"
    approved_by  = "Chief medical physicist"
    expires      = "2027-06-30"
  }

  exception "lock-screen/screen-saver" {
    skip         = true
    reason       = "A screen saver hides the images of a procedure as a lock does."
    compensating = "Nobody enters the room without a badge while the client is on, and the product shows no patient list without its own logon."
    owner        = "Head of medical engineering"
    approved_by  = "Chief medical officer"
    expires      = "2027-06-30"
  }

  exception "smb/client-require-signing" {
    value        = 0
    reason       = "The film printer of room 4 cannot sign and is replaced in spring."
    compensating = "Firewall rules of the network allow SMB between this client and that printer only."
    owner        = "Head of medical engineering"
    approved_by  = "Information security officer"
    expires      = "2027-06-30"
  }

  exception "monitoring/command-lines" {
    value        = 0
    reason       = "The worklist starts the viewer with the examination's number on its command line, and the log would keep whom somebody looked at."
    compensating = "The start and end of each process is logged without it, and the viewer keeps its own log of whose images were opened."
    owner        = "Head of medical engineering"
    approved_by  = "Data protection officer"
    expires      = "2027-06-30"
  }

  exception "conflict/av-exclusions[example-viewer]" {
    skip         = true
    reason       = "The viewer writes the images of open studies to the folder that its manufacturer wants left out of scans, and the one who logs on is the one who writes."
    compensating = "mt-only lets no program run from that folder, the folder is emptied when a study is closed, and the archive scans what it sends."
    owner        = "Head of medical engineering"
    approved_by  = "Information security officer"
    expires      = "2027-06-30"
  }
}
