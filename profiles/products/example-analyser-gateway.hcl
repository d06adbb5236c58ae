# An invented product by an invented manufacturer: it shows the form. Nothing here was stated by anybody.
product "example-analyser-gateway" {
  manufacturer = "Exempellab AB (invented)"
  version      = "5.2"

  ce {
    regulation = "IVDR"
    class      = "B"
  }

  environment {
    builds = [
      "^14393",
      "^17763",
      "^19044",
    ]

    needs {
      services = [
        "ExlGateway",
        "Spooler",
        "W32Time",
      ]
      features      = ["NetFx3"]
      net_framework = ["3.5", "4.7"]
      flows = [
        {
          direction = "in"
          protocol  = "tcp"
          port      = "2575"
          peer      = "the analysers"
          program   = "C:\\Program Files\\Exempellab\\Gateway\\gateway.exe"
          reason    = "HL7 results from analysers"
        },
        {
          direction = "in"
          protocol  = "tcp"
          port      = "3001"
          peer      = "the analysers"
          program   = "C:\\Program Files\\Exempellab\\Gateway\\astm.exe"
          reason    = "ASTM results from older analysers"
        },
        {
          direction = "out"
          protocol  = "tcp"
          port      = "6661"
          peer      = "the laboratory system"
          program   = "C:\\Program Files\\Exempellab\\Gateway\\gateway.exe"
          reason    = "HL7 results to the laboratory system"
        },
        {
          direction = "out"
          protocol  = "tcp"
          port      = "9100"
          peer      = "the label printer"
          reason    = "tube labels"
        },
      ]
      smb                  = "none"
      smb_signing          = true
      tls                  = "none"
      ntlm                 = "none"
      fips                 = false
      time                 = true
      domain               = false
      internet             = false
      administrator        = false
      revocation_endpoints = []
      writable_folders = [
        {
          path   = "C:\\ProgramData\\Exempellab\\Queue"
          reason = "results that wait for the laboratory system"
        },
      ]
      session = {
        autologon          = false
        continuous_display = false
        lock_maximum       = 300
        card_removal       = "none"
        shared             = true
      }
      accounts = [
        {
          name          = "ExlGateway"
          kind          = "service"
          administrator = false
          network_logon = false
          reason        = "runs the gateway's service"
        },
        {
          name          = "ExlService"
          kind          = "service-engineer"
          administrator = true
          network_logon = false
          reason        = "replaces analyser drivers, on site"
        },
      ]
      programs = [
        {
          name      = "Exempellab Gateway"
          version   = "5.2"
          publisher = "Exempellab AB"
        },
      ]
      code_locations = [
        {
          path          = "C:\\Program Files\\Exempellab"
          user_writable = false
          publisher     = "none"
          reason        = "the manufacturer does not sign this version"
        },
      ]
      kernel_drivers = [
        {
          name       = "exlserial.sys"
          hvci_ready = false
          signed     = true
          bus        = "serial"
          reason     = "serial card for two analysers"
        },
      ]
      lsa_plugins   = []
      middleware    = []
      script_hosts  = []
      unsigned_dlls = true
      hash_updates  = true
      usb = [
        {
          vid    = "0F0F"
          pid    = "0010"
          kind   = "dongle"
          driver = "unknown"
          reason = "license"
        },
      ]
      devices = [
        {
          kind   = "serial"
          name   = "analyser ports"
          bus    = "serial"
          reason = "two analysers without a network"
        },
      ]
      printers = [
        {
          name   = "label printer"
          kind   = "label"
          driver = "unknown"
          peer   = "the label printer"
          reason = "tube labels"
        },
      ]
      bitlocker = {
        mode               = "none"
        unattended_restart = true
        disk_swap          = true
      }
      av = {
        mode        = "none"
        exclusions  = []
        remediation = "none"
      }
      updates = {
        regime            = "frozen"
        validated_through = "2026-03"
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

    forbids {
      services = [
        "wuauserv",
      ]
    }

    evidence = [
      {
        document = "Instructions for use (invented)"
        version  = "5.2-sv"
        page     = 41
      },
      {
        document = "IT requirements of the gateway (invented)"
        version  = "2026-04"
        page     = 2
      },
    ]
  }
}
