module "lock-screen" {
  version = "1.0.0"
  method  = "session"
  title = {
    en = "Lock screen and logon"
    sv = "Låsskärm och inloggning"
  }
  builds = ">= 14393"
  capabilities = [
    "ALOF",
    "PAUT",
    "SAHD",
  ]

  input "timeout_seconds" {
    type    = number
    default = 900
    description = {
      en = "Seconds without input after which the client locks."
      sv = "Sekunder utan inmatning innan klienten låses."
    }
    validation {
      condition = input.timeout_seconds >= 60 && input.timeout_seconds <= 3600 && floor(input.timeout_seconds) == input.timeout_seconds
      error_message = {
        en = "The time must be a whole number from 60 to 3600 seconds. A client that must not lock needs an exception."
        sv = "Tiden måste vara ett heltal från 60 till 3600 sekunder. En klient som inte får låsas kräver ett undantag."
      }
    }
  }

  input "lock_on_card_removal" {
    type    = bool
    default = true
    description = {
      en = "Lock when the smart card is removed."
      sv = "Lås när det smarta kortet tas ur."
    }
  }

  input "notice" {
    type = object({
      title = string
      text  = string
    })
    default  = null
    nullable = true
    description = {
      en = "A notice to confirm before logon; not together with automatic logon."
      sv = "Ett meddelande att bekräfta före inloggning; inte tillsammans med automatisk inloggning."
    }
  }

  setting "registry_value" "inactivity-timeout" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "InactivityTimeoutSecs"
    type     = "dword"
    value    = input.timeout_seconds
    stricter = "lower"
    severity = "high"
    rationale = {
      en = "A client left alone shows patient data and acts in the name of whoever is logged on. Continuous display needs an exception with a compensating control."
      sv = "En lämnad klient visar patientdata och agerar i den inloggades namn. Ständig visning kräver ett undantag med en kompenserande åtgärd."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2 (900)",
    ]
  }

  setting "registry_value" "screen-saver-locks" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop"
    name     = "ScreenSaverIsSecure"
    type     = "sz"
    value    = "1"
    severity = "medium"
    rationale = {
      en = "A screen saver that does not lock hides the picture and leaves the session open."
      sv = "En skärmsläckare som inte låser döljer bilden men lämnar sessionen öppen."
    }
    references = [
      "Windows policy \"Password protect the screen saver\"",
    ]
  }

  setting "registry_value" "lock-on-card-removal" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"
    name     = "ScRemoveOption"
    type     = "sz"
    value    = "1"
    when     = input.lock_on_card_removal
    severity = "medium"
    rationale = {
      en = "Whoever takes the card leaves. On workstations shared by several cards the sessions differ: then the input is false."
      sv = "Den som tar sitt kort går. På arbetsplatser som delas av flera kort fungerar det annorlunda: då är indata false."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-camera-on-lock-screen" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Personalization"
    name     = "NoLockScreenCamera"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "The camera must not be reachable before logon."
      sv = "Kameran ska inte kunna nås före inloggning."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-slide-show" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Personalization"
    name     = "NoLockScreenSlideshow"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Pictures from folders could show patient data on a locked screen."
      sv = "Bilder ur mappar kan visa patientdata på en låst skärm."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "hide-last-user" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "DontDisplayLastUserName"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "The name of the last user is half of a logon, and tells who works where."
      sv = "Den senaste användarens namn är halva inloggningen och visar vem som arbetar var."
    }
    references = [
      "Windows policy \"Interactive logon: Don't display last signed-in\"",
    ]
  }

  setting "registry_value" "no-local-user-list" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "EnumerateLocalUsers"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "Local accounts, those for service and emergencies among them, should not be listed before logon."
      sv = "Lokala konton, även de för service och nödläge, ska inte listas före inloggning."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-pin" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "AllowDomainPINLogon"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "A convenience PIN stores the password on the client and is weaker than it."
      sv = "En bekvämlighets-PIN lagrar lösenordet på klienten och är svagare än det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "notice-title" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "LegalNoticeCaption"
    type     = "sz"
    value    = try(input.notice.title, "")
    when     = input.notice != null
    severity = "low"
    rationale = {
      en = "The title of the notice before logon."
      sv = "Rubriken på meddelandet före inloggning."
    }
    references = [
      "Windows policy \"Interactive logon: Message title for users attempting to log on\"",
    ]
  }

  setting "registry_value" "notice-text" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "LegalNoticeText"
    type     = "sz"
    value    = try(input.notice.text, "")
    when     = input.notice != null
    severity = "low"
    rationale = {
      en = "The notice before logon. It blocks automatic logon, which some products need."
      sv = "Meddelandet före inloggning. Det hindrar automatisk inloggning, som vissa produkter behöver."
    }
    references = [
      "Windows policy \"Interactive logon: Message text for users attempting to log on\"",
    ]
  }
}
