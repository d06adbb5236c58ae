# An invented product by an invented manufacturer: it shows the form. Nothing here was stated by anybody.
product "example-viewer" {
  manufacturer = "Exempelbild AB (invented)"
  version      = "12.1.3 SP2"

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
        "Spooler",
        "W32Time",
      ]
      features      = []
      net_framework = ["4.8"]
      flows = [
        {
          direction = "out"
          protocol  = "tcp"
          port      = "104"
          peer      = "the image archive"
          program   = "C:\\Program Files\\Exempelbild\\Viewer\\viewer.exe"
          reason    = "DICOM query and retrieve"
        },
        {
          direction = "in"
          protocol  = "tcp"
          port      = "11112"
          peer      = "the image archive"
          program   = "C:\\Program Files\\Exempelbild\\Viewer\\receiver.exe"
          reason    = "DICOM storage"
        },
        {
          direction = "out"
          protocol  = "tcp"
          port      = "445"
          peer      = "the film printer's share"
          reason    = "film jobs as files on the printer's share"
        },
        {
          direction = "out"
          protocol  = "tcp"
          port      = "27000-27001"
          peer      = "the license server"
          program   = "C:\\Program Files\\Exempelbild\\Viewer\\viewer.exe"
          reason    = "floating licenses"
        },
      ]
      smb                  = "3.0"
      smb_signing          = false
      tls                  = "1.2"
      ntlm                 = "unknown"
      fips                 = false
      time                 = true
      domain               = false
      internet             = false
      administrator        = false
      revocation_endpoints = []
      writable_folders = [
        {
          path   = "C:\\ProgramData\\Exempelbild\\Cache"
          reason = "images of open studies"
        },
      ]
      session = {
        autologon          = false
        continuous_display = true
        card_removal       = "lock"
        shared             = false
      }
      accounts = [
        {
          name          = "ExbService"
          kind          = "service-engineer"
          administrator = true
          network_logon = false
          reason        = "calibration of the displays, on site"
        },
      ]
      programs = [
        {
          name      = "Exempelbild Viewer"
          version   = "12.1.3"
          publisher = "Exempelbild AB"
        },
        {
          name      = "Exempelbild Display Calibration"
          version   = "3.0"
          publisher = "Exempelbild AB"
        },
      ]
      code_locations = [
        {
          path          = "C:\\Program Files\\Exempelbild"
          user_writable = false
          publisher     = "O=EXEMPELBILD AB, L=LINKÖPING, C=SE"
        },
      ]
      kernel_drivers = []
      lsa_plugins    = []
      middleware     = []
      script_hosts   = []
      unsigned_dlls  = false
      hash_updates   = false
      usb = [
        {
          vid    = "0F0F"
          pid    = "0001"
          kind   = "other"
          reason = "sensor that calibrates the displays"
        },
      ]
      devices = []
      printers = [
        {
          name   = "film printer"
          kind   = "film"
          driver = "unknown"
          peer   = "the film printer's share"
          reason = "film for transport to other hospitals"
        },
      ]
      bitlocker = {
        mode               = "tpm"
        unattended_restart = false
        disk_swap          = false
      }
      av = {
        mode = "real-time"
        exclusions = [
          {
            value    = "C:\\ProgramData\\Exempelbild\\Cache"
            kind     = "path"
            document = "Installation manual (invented) 3.2, page 31"
            reason   = "a scan of every image delays the stack beyond what a reader accepts"
          },
        ]
        remediation = "ask"
      }
      updates = {
        regime            = "serviced-base"
        validated_through = "2026-10"
        reboot_window     = "Sun 02:00-04:00"
      }
      continuous_operation = false
      remote_service = [
        {
          method    = "agent"
          purpose   = "both"
          direction = "out"
          protocol  = "tcp"
          ports     = ["443"]
          program   = "C:\\Program Files\\Exempelbild\\Support\\remote.exe"
          peer      = "the manufacturer's gateway in the hospital"
          reason    = "support that the department begins itself"
        },
      ]
      dcom                          = []
      patient_data_in_command_lines = true
      virtual = {
        consent = false
      }
    }

    forbids {
      services = [
        "wuauserv",
      ]
    }

    evidence = [
      {
        document = "Installation manual (invented)"
        version  = "3.2"
        page     = 12
      },
      {
        document = "MDS2 form (invented)"
        version  = "2026-05"
        page     = 3
      },
    ]
  }
}
