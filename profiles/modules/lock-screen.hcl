# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "lock-screen" {
  version = "1.1.0"
  method  = "session"
  title = {
    en = "Lock screen and logon"
    sv = "Låsskärm och inloggning"
  }
  summary = {
    en = "A client that is left alone locks, and before logon it tells nothing and offers nothing: no name, no list, no camera, no picture, no way to another network. How long it waits is the image's to say; a client that shows a picture all day needs an exception with something that makes up for it in the room."
    sv = "En klient som lämnas låses, och före inloggning berättar och erbjuder den ingenting: inget namn, ingen lista, ingen kamera, ingen bild, ingen väg till ett annat nät. Hur länge den väntar anger avbilden; en klient som visar en bild hela dagen kräver ett undantag med något som uppväger i rummet."
  }
  breaks = [
    {
      en = "Continuous display, in monitoring and during procedures: the picture goes away after the time. An exception for inactivity-timeout and screen-saver, with what makes up for it."
      sv = "Ständig visning, vid övervakning och ingrepp: bilden försvinner efter tiden. Den kräver ett undantag för inactivity-timeout och screen-saver som säger vad som uppväger det."
    },
    {
      en = "Workstations where several cards are used in turn: taking one out locks what another person was doing, unless lock_on_card_removal is false."
      sv = "Arbetsplatser där flera kort används omväxlande: när ett tas ut låses det en annan höll på med, om inte indata lock_on_card_removal är nej (false)."
    },
    {
      en = "Automatic logon together with a notice: nobody is there to confirm it."
      sv = "Automatisk inloggning tillsammans med ett meddelande: ingen är där och bekräftar det."
    },
  ]
  severity_source = {
    en = "The project's own judgement: high where a session is open to whoever passes, low where only a hint is given."
    sv = "Projektets egen bedömning: hög där en session står öppen för den som går förbi, låg där bara en ledtråd ges."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 AC-8, AC-11"]
  capabilities = ["ALOF", "PAUT", "SAHD"]

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

  input "automatic_logon" {
    type    = bool
    default = false
    description = {
      en = "Whether somebody else sets up automatic logon, such as a product's installer. The module session needs no word here: its continuous display wins over this setting."
      sv = "Om någon annan ordnar automatisk inloggning, till exempel en produkts installationsprogram. Modulen session behöver inget här: dess ständiga visning går före den här inställningen."
    }
  }

  input "secure_attention" {
    type    = bool
    default = true
    description = {
      en = "Whether Ctrl+Alt+Del is asked for before logon. A tablet without keyboard has a button for it, or needs false."
      sv = "Om Ctrl+Alt+Del krävs före inloggning. En surfplatta utan tangentbord har en knapp för det, eller behöver nej (false)."
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
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Interactive logon: Machine inactivity limit\"",
      "DISA STIG for Windows 10: V-220920, CCI-000057",
    ]
  }

  setting "registry_value" "screen-saver" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop"
    name     = "ScreenSaveActive"
    type     = "sz"
    value    = "1"
    severity = "medium"
    rationale = {
      en = "A second lock beside the machine's own, which an exception for that one leaves in place; a session in a remote window obeys it too."
      sv = "Ett andra lås bredvid maskinens eget, som finns kvar när det får ett undantag; även en session i ett fjärrfönster lyder det."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Enable screen saver\"",
    ]
  }

  setting "registry_value" "screen-saver-time" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop"
    name     = "ScreenSaveTimeOut"
    type     = "sz"
    value    = "${input.timeout_seconds}"
    severity = "medium"
    rationale = {
      en = "After the same time, so that users learn one habit."
      sv = "Efter samma tid, så att användarna får en enda vana."
    }
    references = [
      "Windows policy \"Screen saver timeout\"",
    ]
  }

  setting "registry_value" "screen-saver-program" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Windows\\Control Panel\\Desktop"
    name     = "SCRNSAVE.EXE"
    type     = "sz"
    value    = "scrnsave.scr"
    severity = "low"
    rationale = {
      en = "Without a program named, Windows starts no screen saver, and the lock that goes with it never comes. This one shows an empty screen."
      sv = "Om inget program anges startar Windows ingen skärmsläckare, och låset som hör till kommer aldrig. Det här visar en tom skärm."
    }
    references = [
      "Windows policy \"Force specific screen saver\"",
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
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Password protect the screen saver\"",
    ]
  }

  setting "registry_value" "no-grace" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"
    name     = "ScreenSaverGracePeriod"
    type     = "sz"
    value    = "5"
    severity = "low"
    rationale = {
      en = "Five seconds to wave the screen saver away, then the lock holds."
      sv = "Inom fem sekunder går det att avbryta skärmsläckaren; sedan gäller låset."
    }
    references = [
      "Windows policy \"MSS: (ScreenSaverGracePeriod) The time in seconds before the screen saver grace period expires\"",
    ]
  }

  setting "power_setting" "password-on-wake" {
    power    = "password-on-wake"
    mains    = 1
    battery  = 1
    severity = "medium"
    rationale = {
      en = "A client that was asleep asks who wakes it, on mains power and on battery."
      sv = "En klient som har sovit frågar vem som väcker den, på nätström och på batteri."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Require a password when a computer wakes (plugged in)\"",
      "DISA STIG for Windows 10: V-220821, CCI-002038",
      "DISA STIG for Windows 10: V-220822, CCI-002038",
    ]
  }

  setting "registry_value" "lock-on-card-removal" {
    when     = input.lock_on_card_removal
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"
    name     = "ScRemoveOption"
    type     = "sz"
    value    = "1"
    severity = "medium"
    rationale = {
      en = "Whoever takes the card leaves. On workstations shared by several cards the sessions differ: then the input is false."
      sv = "Den som tar sitt kort går. På arbetsplatser som delas av flera kort fungerar det annorlunda: då sätts indata lock_on_card_removal till nej (false)."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Interactive logon: Smart card removal behavior\"",
      "DISA STIG for Windows 10: V-220924, CCI-000366",
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
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prevent enabling lock screen camera\"",
      "DISA STIG for Windows 10: V-220792, CCI-000381",
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
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prevent enabling lock screen slide show\"",
      "DISA STIG for Windows 10: V-220794, CCI-000381",
    ]
  }

  setting "registry_value" "no-notifications-when-locked" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "DisableLockScreenAppNotifications"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "A message about a patient is not for the corridor to read."
      sv = "Ett meddelande om en patient är inte till för korridoren."
    }
    references = [
      "Windows policy \"Turn off app notifications on the lock screen\"",
    ]
  }

  setting "registry_value" "no-toasts-when-locked" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Windows\\CurrentVersion\\PushNotifications"
    name     = "NoToastApplicationNotificationOnLockScreen"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "The same for the messages that slide in; they are kept for whoever unlocks."
      sv = "Meddelanden som glider in väntar tills någon låser upp."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn off toast notifications on the lock screen\"",
    ]
  }

  setting "registry_value" "no-network-choice" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "DontDisplayNetworkSelectionUI"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Before logon nobody moves the client to another network, such as one of his own with a server that looks like the hospital's."
      sv = "Före inloggning flyttar ingen klienten till ett annat nät, till exempel ett eget med en server som liknar sjukhusets."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Do not display network selection UI\"",
      "DISA STIG for Windows 10: V-220819, CCI-000381",
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
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Enumerate local users on domain-joined computers\"",
      "DISA STIG for Windows 10: V-220820, CCI-000381",
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
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn on convenience PIN sign-in\"",
      "DISA STIG for Windows 10: V-220870, CCI-000381",
    ]
  }

  setting "registry_value" "no-picture-password" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "BlockDomainPicturePassword"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Gestures on a picture are seen across the room, and stay on the glass."
      sv = "Gester på en bild syns tvärs över rummet och sitter kvar som spår på glaset."
    }
    references = [
      "Windows policy \"Turn off picture password sign-in\"",
    ]
  }

  setting "registry_value" "password-warning" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"
    name     = "PasswordExpiryWarning"
    type     = "dword"
    value    = 14
    severity = "low"
    rationale = {
      en = "Two weeks in which to change a password by day, instead of being stopped by it on a night shift."
      sv = "Två veckor att byta lösenord på dagtid, i stället för att stoppas av det på ett nattpass."
    }
    references = [
      "Windows policy \"Interactive logon: Prompt user to change password before expiration\"",
    ]
  }

  setting "registry_value" "secure-attention" {
    when     = input.secure_attention
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "DisableCAD"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Only Windows answers to Ctrl+Alt+Del, so a program that paints a logon screen is found out."
      sv = "Bara Windows svarar på Ctrl+Alt+Del, så ett program som målar upp en inloggningsbild avslöjas."
    }
    references = [
      "Windows policy \"Interactive logon: Do not require CTRL+ALT+DEL\"",
    ]
  }

  setting "registry_value" "no-automatic-logon" {
    when     = !input.automatic_logon
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"
    name     = "AutoAdminLogon"
    type     = "sz"
    value    = "0"
    severity = "high"
    rationale = {
      en = "Nobody is logged on by switching the client on, and no password for it lies in the registry."
      sv = "Ingen loggas in genom att klienten slås på, och inget lösenord för det ligger i registret."
    }
    references = [
      "Windows policy \"MSS: (AutoAdminLogon) Enable Automatic Logon\"",
    ]
  }

  setting "registry_value" "notice-title" {
    when     = input.notice != null
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "LegalNoticeCaption"
    type     = "sz"
    value    = try(input.notice.title, "")
    severity = "low"
    rationale = {
      en = "The title of the notice before logon."
      sv = "Rubriken säger vad meddelandet före inloggning gäller."
    }
    references = [
      "Windows policy \"Interactive logon: Message title for users attempting to log on\"",
    ]
  }

  setting "registry_value" "notice-text" {
    when     = input.notice != null
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "LegalNoticeText"
    type     = "sz"
    value    = try(input.notice.text, "")
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
