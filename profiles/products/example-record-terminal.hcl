# An invented product by an invented manufacturer: it shows the form. Nothing here was stated by anybody. Whether a given version of a
# card middleware works with protected LSA is to be asked of its supplier.
product "example-record-terminal" {
  manufacturer = "Exempeljournal AB (invented)"
  version      = "2026.3"

  ce {
    regulation = "MDR"
    class      = "I"
  }

  environment {
    builds = [
      "^14393",
      "^17763",
      "^19044",
    ]

    needs {
      services = [
        "SCardSvr",
        "Spooler",
        "W32Time",
      ]
      features      = []
      net_framework = ["4.8"]
      flows = [
        {
          direction = "out"
          protocol  = "tcp"
          port      = "443"
          peer      = "the record service on Sjunet"
          program   = "C:\\Program Files\\Exempeljournal\\Terminal\\terminal.exe"
          reason    = "records and log-on by card"
        },
        {
          direction = "out"
          protocol  = "tcp"
          port      = "443"
          peer      = "the identity service on Sjunet"
          reason    = "tickets for the record service"
        },
        {
          direction = "out"
          protocol  = "tcp"
          port      = "9100"
          peer      = "the report printer"
          reason    = "reports"
        },
      ]
      smb           = "none"
      smb_signing   = true
      tls           = "1.2"
      ntlm          = "none"
      fips          = false
      time          = true
      domain        = false
      internet      = false
      administrator = false
      revocation_endpoints = [
        "http://crl.example.org/cards.crl",
        "http://ocsp.example.org",
        "http://aia.example.org/issuer.cer",
      ]
      writable_folders = []
      session = {
        autologon          = false
        continuous_display = false
        lock_maximum       = 600
        card_removal       = "lock"
        shared             = false
      }
      accounts = []
      programs = [
        {
          name      = "Exempeljournal Terminal"
          version   = "2026.3"
          publisher = "Exempeljournal AB"
        },
        {
          name      = "Exempelkort Middleware"
          version   = "8.1"
          publisher = "Exempelkort AB"
        },
      ]
      code_locations = [
        {
          path          = "C:\\Program Files\\Exempeljournal"
          user_writable = false
          publisher     = "O=EXEMPELJOURNAL AB, L=STOCKHOLM, C=SE"
        },
        {
          path          = "C:\\Program Files\\Exempelkort"
          user_writable = false
          publisher     = "O=EXEMPELKORT AB, L=STOCKHOLM, C=SE"
        },
      ]
      kernel_drivers = []
      lsa_plugins = [
        {
          name                = "exkcsp.dll"
          signed_by_microsoft = "unknown"
        },
      ]
      middleware = [
        {
          name                    = "Exempelkort Middleware"
          version                 = "8.1"
          certificate_propagation = false
          reason                  = "it places the card's certificates itself"
        },
      ]
      script_hosts  = []
      unsigned_dlls = false
      hash_updates  = false
      usb = [
        {
          vid    = "0F0F"
          pid    = "0020"
          kind   = "smart-card-reader"
          reason = "reader for staff cards"
        },
      ]
      devices = [
        {
          kind   = "smart-card-reader"
          name   = "card reader"
          bus    = "usb"
          reason = "log-on and signing"
        },
        {
          kind   = "microphone"
          name   = "dictation microphone"
          bus    = "usb"
          reason = "dictation"
        },
      ]
      printers = [
        {
          name   = "report printer"
          kind   = "report"
          driver = "unknown"
          peer   = "the report printer"
          reason = "reports to patients"
        },
      ]
      bitlocker = {
        mode               = "any"
        unattended_restart = false
        disk_swap          = false
      }
      av = {
        mode        = "any"
        exclusions  = []
        remediation = "any"
      }
      updates = {
        regime            = "wsus"
        validated_through = "2026-11"
        reboot_window     = "Sun 02:00-04:00"
      }
      continuous_operation          = false
      remote_service                = []
      dcom                          = []
      patient_data_in_command_lines = "unknown"
      virtual = {
        consent = "unknown"
      }
    }

    evidence = [
      {
        document = "System requirements (invented)"
        version  = "2026.3"
        page     = 6
      },
    ]
  }
}
