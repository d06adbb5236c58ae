# A product that states a need of every sort that modules read.
product "scratch-product" {
  manufacturer = "Only for tests"
  version      = "1"

  ce {
    regulation = "MDR"
    class      = "IIa"
  }

  environment {
    builds = ["^14393", "^17763", "^19044"]

    needs {
      services      = ["W32Time"]
      features      = []
      flows = [
        {
          direction = "in"
          protocol  = "tcp"
          port      = "11112"
          peer      = "10.99.0.10"
          program   = "C:\\Program Files\\Scratch\\scratch.exe"
          reason    = "images in"
        },
        {
          direction = "out"
          protocol  = "udp"
          port      = "5000"
          peer      = "10.99.0.11"
          reason    = "trace"
        },
      ]
      smb                  = "none"
      smb_signing          = true
      tls                  = "1.2"
      ntlm                 = "none"
      fips                 = false
      time                 = false
      domain               = false
      internet             = false
      administrator        = false
      revocation_endpoints = ["http://crl.example.org/ca.crl"]
      programs = [
        {
          name      = "Scratch"
          version   = "1"
          publisher = "Scratch AB"
        },
      ]
      code_locations = [
        {
          path          = "C:\\Program Files\\Scratch"
          user_writable = false
          publisher     = "O=SCRATCH AB, L=UMEÅ, C=SE"
        },
      ]
      writable_folders = [
        { path = "C:\\ProgramData\\Scratch\\Data", reason = "studies" },
        { path = "C:\\Program Files\\Scratch\\Settings", reason = "settings" },
        { path = "C:\\Users\\Public\\Scratch", reason = "exports" },
      ]
      lsa_plugins   = []
      script_hosts  = []
      unsigned_dlls = false
      hash_updates  = false
      usb = [
        {
          vid    = "0F0F"
          pid    = "0010"
          kind   = "dongle"
          reason = "license"
        },
      ]
      av = {
        mode = "any"
        exclusions = [
          {
            value    = "C:\\Program Files\\Scratch\\Cache"
            kind     = "path"
            document = "Manual, page 1"
            reason   = "frames"
          },
          {
            value    = "C:\\Program Files\\Scratch\\scratch.exe"
            kind     = "process"
            document = "Manual, page 1"
            reason   = "frames"
          },
          {
            value    = "dcm"
            kind     = "extension"
            document = "Manual, page 1"
            reason   = "frames"
          },
        ]
        remediation = "any"
      }
      virtual = {
        consent   = true
        gpu       = true
        platforms = ["vmware", "citrix", "hyper-v"]
        redirected_devices = [
          {
            name   = "camera"
            kind   = "camera"
            reason = "pictures"
          },
        ]
      }
    }

    evidence = [{ document = "Manual", version = "1", page = 1 }]
  }
}
