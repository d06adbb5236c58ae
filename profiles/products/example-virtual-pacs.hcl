# An invented product by an invented manufacturer: it shows the form. Nothing here was stated by anybody.
product "example-virtual-pacs" {
  manufacturer = "Exempelarkiv AB (invented)"
  version      = "9.4 R1"

  ce {
    regulation = "MDR"
    class      = "IIa"
  }

  environment {
    builds = [
      "^14393",
      "^17763",
      "^19044",
    ]

    needs {
      services = [
        "LanmanWorkstation",
        "SCardSvr",
        "TermService",
        "W32Time",
      ]
      features      = []
      net_framework = ["4.8"]
      flows = [
        {
          direction = "out"
          protocol  = "tcp"
          port      = "443"
          peer      = "the image archive"
          program   = "C:\\Program Files\\Exempelarkiv\\Client\\pacs.exe"
          reason    = "images and reports, with pages in an embedded browser"
        },
        {
          direction = "out"
          protocol  = "tcp"
          port      = "104"
          peer      = "the image archive"
          program   = "C:\\Program Files\\Exempelarkiv\\Client\\pacs.exe"
          reason    = "DICOM query and retrieve"
        },
        {
          direction = "in"
          protocol  = "tcp"
          port      = "3389"
          peer      = "the connection brokers"
          reason    = "the display protocol of the virtual client"
        },
      ]
      smb                  = "3.1.1"
      smb_signing          = true
      tls                  = "1.2"
      ntlm                 = "2"
      fips                 = false
      time                 = true
      domain               = true
      internet             = false
      administrator        = false
      revocation_endpoints = []
      writable_folders     = []
      session = {
        autologon          = false
        continuous_display = false
        lock_maximum       = 900
        card_removal       = "disconnect"
        shared             = false
      }
      accounts = []
      programs = [
        {
          name      = "Exempelarkiv PACS Client"
          version   = "9.4"
          publisher = "Exempelarkiv AB"
        },
      ]
      code_locations = [
        {
          path          = "C:\\Program Files\\Exempelarkiv"
          user_writable = false
          publisher     = "O=EXEMPELARKIV AB, L=GÖTEBORG, C=SE"
        },
      ]
      kernel_drivers = []
      lsa_plugins    = []
      middleware     = []
      script_hosts   = []
      unsigned_dlls  = false
      hash_updates   = false
      usb            = []
      devices = [
        {
          kind   = "microphone"
          name   = "dictation microphone, redirected"
          bus    = "usb"
          reason = "dictation"
        },
      ]
      printers = []
      bitlocker = {
        mode               = "none"
        unattended_restart = true
        disk_swap          = false
      }
      av = {
        mode        = "real-time"
        exclusions  = []
        remediation = "any"
      }
      updates = {
        regime            = "wsus"
        validated_through = "2026-11"
        reboot_window     = "Sat 22:00-02:00"
      }
      continuous_operation          = false
      remote_service                = []
      dcom                          = []
      patient_data_in_command_lines = false
      virtual = {
        consent    = true
        platforms  = ["vmware", "citrix", "hyper-v"]
        gpu        = false
        bandwidth  = "20 Mbit/s for each display"
        memory_mb  = 8192
        processors = 4
        disk_gb    = 80
        redirected_devices = [
          {
            name   = "staff card reader"
            kind   = "smart-card-reader"
            reason = "log-on and signing"
          },
          {
            name   = "dictation microphone"
            kind   = "microphone"
            reason = "dictation"
          },
        ]
      }
    }

    evidence = [
      {
        document = "Virtual clients, requirements (invented)"
        version  = "9.4"
        page     = 8
      },
      {
        document = "Letter of consent to virtual clients (invented)"
        version  = "2026-02"
        page     = 1
      },
    ]
  }
}
