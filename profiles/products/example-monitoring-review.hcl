# An invented product by an invented manufacturer: it shows the form. Nothing here was stated by anybody.
product "example-monitoring-review" {
  manufacturer = "Exempelvakt AB (invented)"
  version      = "VB60A"

  ce {
    regulation = "MDR"
    class      = "IIb"
  }

  environment {
    builds = [
      "^14393",
      "^17763",
      "^19044",
    ]

    needs {
      services = [
        "Audiosrv",
        "W32Time",
      ]
      features      = []
      net_framework = ["4.8"]
      flows = [
        {
          direction = "out"
          protocol  = "tcp"
          port      = "8443"
          peer      = "the monitoring server"
          program   = "C:\\Program Files\\Exempelvakt\\Review\\review.exe"
          reason    = "waveforms, trends and alarms"
        },
        {
          direction = "in"
          protocol  = "udp"
          port      = "24105"
          peer      = "the monitoring server"
          program   = "C:\\Program Files\\Exempelvakt\\Review\\review.exe"
          reason    = "live waveforms"
        },
      ]
      smb                  = "none"
      smb_signing          = true
      tls                  = "1.2"
      ntlm                 = "none"
      fips                 = false
      time                 = true
      domain               = false
      internet             = false
      administrator        = false
      revocation_endpoints = []
      writable_folders     = []
      session = {
        autologon          = true
        shell              = "C:\\Program Files\\Exempelvakt\\Review\\review.exe"
        continuous_display = true
        card_removal       = "none"
        shared             = true
      }
      accounts = [
        {
          name          = "ExvReview"
          kind          = "autologon"
          administrator = false
          network_logon = false
          reason        = "the display comes up by itself after a power failure"
        },
        {
          name          = "ExvBreakGlass"
          kind          = "break-glass"
          administrator = true
          network_logon = false
          reason        = "the ward's technician on call, when the server is gone"
        },
      ]
      programs = [
        {
          name      = "Exempelvakt Review"
          version   = "VB60A"
          publisher = "Exempelvakt AB"
        },
      ]
      code_locations = [
        {
          path          = "C:\\Program Files\\Exempelvakt"
          user_writable = false
          publisher     = "O=EXEMPELVAKT AB, L=UMEÅ, C=SE"
        },
      ]
      kernel_drivers = []
      lsa_plugins    = []
      middleware     = []
      script_hosts   = []
      unsigned_dlls  = false
      hash_updates   = false
      usb            = []
      devices        = []
      printers       = []
      bitlocker = {
        mode               = "tpm"
        unattended_restart = true
        disk_swap          = false
      }
      av = {
        mode = "real-time"
        exclusions = [
          {
            value    = "C:\\Program Files\\Exempelvakt\\Review\\review.exe"
            kind     = "process"
            document = "Security guide (invented) VB60, page 9"
            reason   = "waveforms lag when every buffer is scanned"
          },
        ]
        remediation = "none"
      }
      updates = {
        regime            = "validated-ring"
        validated_through = "2026-09"
        reboot_window     = "none"
      }
      continuous_operation          = true
      remote_service                = []
      dcom                          = []
      patient_data_in_command_lines = false
      virtual = {
        consent = false
      }
    }

    evidence = [
      {
        document = "Security guide (invented)"
        version  = "VB60"
        page     = 4
      },
    ]
  }
}
