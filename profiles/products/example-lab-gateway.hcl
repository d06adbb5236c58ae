# An invented product by an invented manufacturer: it shows the form. Nothing here was stated by anybody.
product "example-lab-gateway" {
  manufacturer = "Exempellab AB (invented)"
  version      = "4.7"

  ce {
    regulation = "IVDR"
    class      = "B"
  }

  environment {
    builds = [
      "^17763",
      "^19044",
    ]

    needs {
      services = [
        "W32Time",
      ]
      flows = [
        {
          direction = "in"
          protocol  = "tcp"
          port      = "2575"
          peer      = "unknown"
          reason    = "HL7 from instruments"
        },
      ]
      time = true
    }

    evidence = [
      {
        document = "Instructions for use (invented)"
        version  = "unknown"
        page     = "unknown"
      },
    ]
  }
}
