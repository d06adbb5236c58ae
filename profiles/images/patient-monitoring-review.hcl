# A display of waveforms and alarms in the patient environment. It shows them day and night and comes up by itself after a power failure.
image "patient-monitoring-review" {
  version        = "1.0.0"
  released       = "2026-11-01"
  required_until = "2031-12-31"
  base           = "win10-iot-ltsc-2021"

  class {
    type   = "WM"
    groups = [1]
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
      management_peers = ["10.20.0.0/24"]
      peers = {
        "the monitoring server" = ["10.50.0.10"]
      }
    }
  }

  module "lock-screen" {
    version = "^1.1"
  }

  module "session" {
    version = "^1.0"
    inputs = {
      variant = "continuous-display"
      display = {
        account = "ExvReview"
        program = "C:\\Program Files\\Exempelvakt\\Review\\review.exe"
      }
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
      regime           = "validated-ring"
      server           = "https://updates.example.org:8531"
      server_addresses = ["10.20.0.8"]
      target_group     = "patient-monitoring-review"
    }
  }

  module "protection" {
    version = "^1.0"
  }

  module "mt-only" {
    version = "^1.0"
  }

  fact "separation" {
    value     = "Physical: bedside monitors, server and review displays have a network of their own with switches of their own."
    stated_by = "Head of medical engineering"
  }

  product "example-monitoring-review" {
    version = "VB60A"
  }

  exception "lock-screen/inactivity-timeout" {
    skip         = true
    reason       = "Waveforms and alarms are read from across the room, day and night; a screen that has locked hides an alarm."
    compensating = "The account that is logged on sees the review program only, which opens no patient's record, and the display hangs where patients and visitors are not alone."
    owner        = "Head of medical engineering"
    approved_by  = "Chief medical officer"
    expires      = "2027-06-30"
  }

  exception "lock-screen/screen-saver" {
    skip         = true
    reason       = "The screen saver would cover waveforms after the time that the lock is excepted from, and for the same staff."
    compensating = "The display program dims what is not in use itself; the screen is cleaned and checked at each change of shift."
    owner        = "Head of medical engineering"
    approved_by  = "Chief medical officer"
    expires      = "2027-06-30"
  }

  exception "lock-screen/lock-on-card-removal" {
    skip         = true
    reason       = "Waveforms and alarms stay visible whoever comes and goes; nobody puts a card into the display."
    compensating = "The account that is logged on sees the review program only, and what it shows may be seen at that place."
    owner        = "Head of medical engineering"
    approved_by  = "Chief physician of intensive care"
    expires      = "2027-06-30"
  }

  exception "account-policy/maximum-age" {
    value        = -1
    reason       = "The display logs on by itself after a power failure; a password that has run out would leave it dark with patients connected."
    compensating = "The account has no rights beyond the review program and does not log on over the network."
    owner        = "Head of medical engineering"
    approved_by  = "Information security officer"
    expires      = "2027-06-30"
  }
}
