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
      "^19044",
    ]

    needs {
      services = [
        "LanmanWorkstation",
        "Spooler",
        "W32Time",
      ]
      features = []
      flows = [
        {
          direction = "out"
          protocol  = "tcp"
          port      = "104"
          peer      = "the image archive"
          reason    = "DICOM query and retrieve"
        },
        {
          direction = "in"
          protocol  = "tcp"
          port      = "11112"
          peer      = "the image archive"
          reason    = "DICOM storage"
        },
      ]
      smb  = "3.0"
      tls  = "1.2"
      ntlm = "unknown"
      fips = false
      session = {
        autologon          = false
        continuous_display = true
      }
      av = {
        mode        = "real-time"
        exclusions  = "unknown"
        remediation = "ask"
      }
      time = true
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
    ]
  }
}
