# Who is at the client, and for how long. Locking is lock-screen's: this module never weakens it, and continuous display takes exceptions there for
# what locks. Automatic logon needs none: the variant wins over lock-screen's setting, with its reason.
# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "session" {
  version = "1.0.0"
  method  = "session"
  title = {
    en = "Sessions"
    sv = "Sessioner"
  }
  summary = {
    en = "A workstation that people log on to, a display that is always on, a place that many share and a place with cards want different things from Windows. The image names one of them. Automatic logon exists for continuous display alone, with a secret that the client makes for itself. The way in for emergencies is the built-in administrator, kept in its group."
    sv = "En arbetsstation som människor loggar in på, en skärm som alltid visar, en plats som många delar och en plats med kort vill olika saker av Windows. Avbilden anger en av dem. Automatisk inloggning finns bara för ständig visning, med en hemlighet som klienten skapar själv. Vägen in i ett nödläge är det inbyggda administratörskontot, som ligger kvar i sin grupp."
  }
  breaks = [
    {
      en = "Continuous display together with lock-screen still locks after its time: an exception for lock-screen/inactivity-timeout, with what makes up for it in the room, is the image's to write."
      sv = "En ständig visning låses ändå efter den tid som modulen lock-screen anger: avbilden behöver ett undantag för lock-screen/inactivity-timeout som säger vad i rummet som uppväger det."
    },
    {
      en = "The break-glass account works only where account-policy opens it (administrator_enabled), and its password is not made by this project: LAPS or the hospital's own routine keeps it."
      sv = "Nödkontot fungerar bara där modulen account-policy öppnar det (administrator_enabled). Dess lösenord skapas inte här: det förvaltas med LAPS eller sjukhusets egen rutin."
    },
    {
      en = "Where the card is required and the issuer or its revocation lists cannot be reached, nobody but the break-glass account gets in."
      sv = "Där kort krävs, och utfärdaren eller dess spärrlistor inte går att nå, kommer bara nödkontot in."
    },
    {
      en = "A program in place of the desktop that ends leaves an empty screen; the product must start itself again."
      sv = "Om det program som visas i stället för skrivbordet avslutas blir skärmen tom; produkten måste starta om sig själv."
    },
    {
      en = "In front of a display with a program in the desktop's place an administrator who logs on misses the task manager too; use the computer's management from outside."
      sv = "Där ett program visas i stället för skrivbordet saknar även en administratör som loggar in aktivitetshanteraren; förvalta datorn utifrån."
    },
    {
      en = "Products that keep data in users' profiles lose those that are older than a month on a shared workstation."
      sv = "Produkter som sparar data i användarnas profiler förlorar dem som är äldre än en månad på en delad arbetsplats."
    },
  ]
  builds = ">= 14393"
  capabilities = [
    "ALOF",
    "AUTH",
    "PAUT",
    "SAHD",
  ]
  severity_source = {
    en = "The project's own judgement: high where a stranger at the client gets to patient data or an administrator's session, medium where a trace is lost, low for order and comfort."
    sv = "Projektets egen bedömning: hög där en främling vid klienten når patientdata eller en administratörs session, medel där ett spår går förlorat, låg för ordning och bekvämlighet."
  }

  input "variant" {
    type    = string
    default = "standard"
    description = {
      en = "How people use the client: \"standard\" (one person at a time logs on), \"continuous-display\" (a picture that is always on, under one local account), \"shared-workstation\" (many people, short visits), \"card-logon\" (with a smart card, such as SITHS)."
      sv = "Hur klienten används: \"standard\" (en person i taget loggar in), \"continuous-display\" (en bild som alltid visas, under ett lokalt konto), \"shared-workstation\" (många personer, korta besök), \"card-logon\" (med smartkort, till exempel SITHS)."
    }
    validation {
      condition = contains(["standard", "continuous-display", "shared-workstation", "card-logon"], input.variant)
      error_message = {
        en = "Write \"standard\", \"continuous-display\", \"shared-workstation\" or \"card-logon\"."
        sv = "Skriv \"standard\", \"continuous-display\", \"shared-workstation\" eller \"card-logon\"."
      }
    }
  }

  input "display" {
    type = object({
      account   = string
      program   = optional(string)
      arguments = optional(string, "")
    })
    default  = null
    nullable = true
    description = {
      en = "For continuous display: the local account that is logged on at the start, and the program that takes the place of the desktop (left out: the desktop stays)."
      sv = "För ständig visning: det lokala konto som loggas in vid start, och programmet som tar skrivbordets plats (utelämnat: skrivbordet är kvar)."
    }
    validation {
      condition = (input.display != null) == (input.variant == "continuous-display")
      error_message = {
        en = "The variant \"continuous-display\" needs display, and no other variant has it."
        sv = "Varianten \"continuous-display\" behöver display, och ingen annan variant har det."
      }
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
      en = "A notice to confirm before logon. Null leaves that to the module lock-screen."
      sv = "Ett meddelande att bekräfta före inloggning. Null överlåter det till modulen lock-screen."
    }
    validation {
      condition = input.notice == null || input.variant != "continuous-display"
      error_message = {
        en = "A notice waits for somebody to confirm it, and nobody is there when the display starts by itself. Leave one of the two out."
        sv = "Ett meddelande väntar på att någon bekräftar det, och ingen är där när visningen startar själv. Utelämna det ena."
      }
    }
  }

  input "card_required" {
    type    = bool
    default = true
    description = {
      en = "For card logon: whether the password alone is refused. False keeps a way in when cards or their issuer fail."
      sv = "För kortinloggning: om enbart lösenord nekas. Nej (false) behåller en väg in när kort eller utfärdare inte fungerar."
    }
  }

  input "certificate_propagation" {
    type    = bool
    default = true
    description = {
      en = "Whether Windows copies certificates from cards to users. Some middleware, the SITHS package among it, does that itself and wants this off."
      sv = "Om Windows kopierar certifikat från kort till användare. Viss programvara, bland annat SITHS-paketet, gör det själv och vill ha detta av."
    }
  }

  input "certificates" {
    type = map(object({
      store = optional(string, "CA")
      pem   = string
    }))
    default = {}
    description = {
      en = "Certificates of issuers that card log-on needs, such as those of SITHS, by a short name: the store (\"ROOT\" for the root, \"CA\" for those between, \"SmartCardRoot\") and the certificate as PEM, from the issuer's own page and compared with the thumbprint that the issuer publishes. None is delivered here."
      sv = "Utfärdarcertifikat som kortinloggning behöver, till exempel för SITHS, med ett kort namn: lagret (\"ROOT\" för roten, \"CA\" för mellanliggande, \"SmartCardRoot\") och certifikatet som PEM, hämtat från utfärdarens egen sida och jämfört med det tumavtryck som utfärdaren publicerar. Inget följer med här."
    }
    validation {
      condition = length([for c in values(input.certificates) : c if !contains(["ROOT", "CA", "SmartCardRoot"], c.store)]) == 0
      error_message = {
        en = "Issuers of cards lie in the stores ROOT, CA or SmartCardRoot."
        sv = "Kortens utfärdare ligger i lagren ROOT, CA eller SmartCardRoot."
      }
    }
  }

  input "administrators" {
    type     = list(string)
    default  = null
    nullable = true
    description = {
      en = "The SIDs of the administrators: domain groups, and \"rid:500\" for the built-in account as the break-glass account. Null leaves the group as the base has it."
      sv = "SID för administratörerna: domängrupper, och \"rid:500\" för det inbyggda kontot som nödkonto. Null låter gruppen vara som i basen."
    }
    validation {
      condition = input.administrators == null || contains(coalesce(input.administrators, []), "rid:500")
      error_message = {
        en = "Keep \"rid:500\" in the list: it is the one account that works without domain and network. Whether it is enabled is for account-policy to say."
        sv = "Behåll \"rid:500\" i listan: det är det enda konto som fungerar utan domän och nät. Om det är aktiverat avgörs i account-policy."
      }
    }
  }

  input "cached_logons" {
    type    = number
    default = 10
    description = {
      en = "How many users may log on while the domain cannot be reached, from 0 to 50."
      sv = "Hur många användare som får logga in när domänen inte går att nå, från 0 till 50."
    }
    validation {
      condition = input.cached_logons >= 0 && input.cached_logons <= 50 && floor(input.cached_logons) == input.cached_logons
      error_message = {
        en = "Windows takes a whole number from 0 to 50. With 0 nobody but local accounts gets in when the network is down."
        sv = "Windows tar ett heltal från 0 till 50. Med 0 kommer ingen utom lokala konton in när nätet ligger nere."
      }
    }
  }

  locals {
    display = input.variant == "continuous-display"
    shared  = input.variant == "shared-workstation"
    card    = input.variant == "card-logon"
    kiosk   = local.display && try(input.display.program, null) != null
  }

  setting "registry_value" "no-automatic-logon" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"
    name     = "AutoAdminLogon"
    type     = "sz"
    value    = "0"
    when     = !local.display
    severity = "high"
    rationale = {
      en = "Whoever switches the client on must say who he is."
      sv = "Den som startar klienten måste visa vem det är."
    }
    references = [
      "Windows value \"AutoAdminLogon\"",
    ]
  }

  setting "registry_value" "no-password-in-clear" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"
    name     = "DefaultPassword"
    ensure   = "absent"
    when     = !local.display
    severity = "critical"
    rationale = {
      en = "An installer that sets up automatic logon leaves the password here, readable for every user."
      sv = "Ett installationsprogram som ordnar automatisk inloggning lämnar lösenordet här, läsbart för varje användare."
    }
    references = [
      "NIST SP 800-53 IA-5",
    ]
  }

  setting "autologon" "display-account" {
    when     = local.display
    account  = try(input.display.account, "")
    severity = "high"
    rationale = {
      en = "The picture is there after every restart, under an account that can do nothing else. Its secret is made on the client and known to nobody."
      sv = "Bilden finns efter varje omstart, under ett konto som inte kan något annat. Dess hemlighet skapas på klienten och är okänd för alla."
    }
    references = [
      "NIST SP 800-53 AC-14, IA-5",
      "Microsoft Learn, \"Protecting the Automatic Logon Password\"",
    ]
    override {
      over   = ["lock-screen/no-automatic-logon"]
      reason = "The image chose continuous display: the picture has to come back after a power failure with nobody there, and the secret is the client's own."
    }
  }

  setting "shell" "display-program" {
    when       = local.kiosk
    program    = try(input.display.program, null)
    arguments  = try(input.display.arguments, "")
    applies_to = "new-users"
    severity   = "medium"
    rationale = {
      en = "Only the one program shows: no desktop, no menu, no other files. Administrators whose profile exists keep their desktop."
      sv = "Bara det enda programmet visas: inget skrivbord, ingen meny, inga andra filer. Administratörer vars profil finns behåller sitt skrivbord."
    }
    references = [
      "NIST SP 800-53 AC-6, CM-7",
      "Windows policy \"Custom User Interface\"",
    ]
  }

  setting "power_setting" "display-off" {
    when     = local.display
    power    = "display-off"
    mains    = 0
    severity = "high"
    rationale = {
      en = "A monitor that turns black during a procedure is a risk to the patient. Who may look at it is for the room to say."
      sv = "En skärm som slocknar under ett ingrepp är en patientrisk. Vem som får se den avgörs av rummet."
    }
    references = [
      "Windows policy \"Turn off the display (plugged in)\"",
    ]
  }

  setting "power_setting" "sleep-after" {
    when     = local.display
    power    = "sleep-after"
    mains    = 0
    severity = "medium"
    rationale = {
      en = "A client that sleeps neither shows nor receives anything."
      sv = "En klient som sover varken visar eller tar emot något."
    }
    references = [
      "Windows policy \"Specify the system sleep timeout (plugged in)\"",
    ]
  }

  setting "power_setting" "hibernate-after" {
    when     = local.display
    power    = "hibernate-after"
    mains    = 0
    severity = "medium"
    rationale = {
      en = "Hibernation writes the memory, patients included, to the disk and ends the display."
      sv = "Viloläge skriver minnet, med patienter, till disken och avslutar visningen."
    }
    references = [
      "Windows policy \"Specify the system hibernate timeout (plugged in)\"",
    ]
  }

  setting "registry_value" "no-task-manager" {
    key      = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "DisableTaskMgr"
    type     = "dword"
    value    = 1
    when     = local.kiosk
    severity = "medium"
    rationale = {
      en = "With it, one key combination ends the display or starts another program."
      sv = "Med aktivitetshanteraren räcker en tangentkombination för att avsluta visningen eller starta ett annat program."
    }
    references = [
      "Windows policy on the options of Ctrl+Alt+Del",
    ]
  }

  setting "registry_value" "no-lock-by-users" {
    key      = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "DisableLockWorkstation"
    type     = "dword"
    value    = 1
    when     = local.kiosk
    severity = "medium"
    rationale = {
      en = "Nobody knows the secret of the display account: a locked screen stays locked until the client restarts."
      sv = "Ingen känner till visningskontots hemlighet: en låst skärm förblir låst tills klienten startar om."
    }
    references = [
      "Windows policy on the options of Ctrl+Alt+Del",
    ]
  }

  setting "registry_value" "no-password-change" {
    key      = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "DisableChangePassword"
    type     = "dword"
    value    = 1
    when     = local.kiosk
    severity = "medium"
    rationale = {
      en = "The display account's secret belongs to the client."
      sv = "Visningskontots hemlighet tillhör klienten."
    }
    references = [
      "Windows policy on the options of Ctrl+Alt+Del",
    ]
  }

  setting "registry_value" "no-log-off" {
    key      = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoLogoff"
    type     = "dword"
    value    = 1
    when     = local.kiosk
    severity = "medium"
    rationale = {
      en = "A display that somebody logged off is black until the next restart."
      sv = "En visning som någon loggat ut från är svart till nästa omstart."
    }
    references = [
      "Windows policy on the options of Ctrl+Alt+Del",
    ]
  }

  setting "registry_value" "one-session-at-a-time" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "HideFastUserSwitching"
    type     = "dword"
    value    = local.shared ? 0 : 1
    severity = "low"
    rationale = {
      en = "Sessions that others left open hold memory, locks on studies, and sometimes a patient. A shared workstation keeps switching, because a colleague may not end another's reading."
      sv = "Sessioner som andra lämnat öppna upptar minne, låser undersökningar och visar ibland en patient. På en delad arbetsplats går det ändå att byta användare, eftersom en kollega inte får avsluta en annans granskning."
    }
    references = [
      "Windows policy \"Hide entry points for Fast User Switching\"",
    ]
  }

  setting "registry_value" "remove-old-profiles" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "CleanupProfiles"
    type     = "dword"
    value    = 30
    when     = local.shared
    severity = "low"
    rationale = {
      en = "On a shared workstation hundreds of profiles gather, each with what somebody looked at. Those unused for a month go at the next restart."
      sv = "På en delad arbetsplats samlas hundratals profiler, var och en med spår av vad någon tittat på. De som varit oanvända en månad försvinner vid nästa omstart."
    }
    references = [
      "Windows policy \"Delete user profiles older than a specified number of days on system restart\"",
    ]
  }

  setting "registry_value" "card-required" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "ScForceOption"
    type     = "dword"
    value    = 1
    when     = local.card && input.card_required
    severity = "high"
    rationale = {
      en = "Without the card there is no session; a password that was looked over a shoulder is worth nothing."
      sv = "Utan kort ingen session: ett lösenord som någon sett över axeln är inget värt."
    }
    references = [
      "Windows policy \"Interactive logon: Require Windows Hello for Business or smart card\"",
    ]
  }

  setting "service" "card-reader" {
    when     = local.card
    name     = "SCardSvr"
    start    = "automatic"
    severity = "high"
    rationale = {
      en = "No reader works without it, and the logon screen then shows no card."
      sv = "Ingen läsare fungerar utan den, och inloggningsskärmen visar då inget kort."
    }
    references = [
      "NIST SP 800-53 IA-2(1)",
      "Microsoft Learn, \"Smart Cards for Windows Service\"",
    ]
  }

  setting "service" "card-removal" {
    when     = local.card
    name     = "SCPolicySvc"
    start    = "automatic"
    severity = "high"
    rationale = {
      en = "What happens when the card is taken out (lock-screen says what) is this service's work; it does not run by default."
      sv = "Tjänsten ser till att något händer när kortet tas ur (modulen lock-screen säger vad); Windows startar den inte av sig självt."
    }
    references = [
      "Windows policy \"Interactive logon: Smart card removal behavior\"",
    ]
  }

  setting "service" "certificate-propagation" {
    when     = local.card
    name     = "CertPropSvc"
    start    = input.certificate_propagation ? "manual" : "disabled"
    severity = "medium"
    rationale = {
      en = "Either Windows or the card's middleware hands certificates to users; where both do, programs offer the wrong one."
      sv = "Antingen Windows eller kortets programvara gör certifikaten tillgängliga för användaren; där båda gör det föreslår program fel certifikat."
    }
    references = [
      "NIST SP 800-53 IA-5(2)",
      "Microsoft Learn, \"Certificate Propagation Service\"",
    ]
  }

  setting "registry_value" "cached-logons" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"
    name     = "CachedLogonsCount"
    type     = "sz"
    value    = "${input.cached_logons}"
    severity = "medium"
    rationale = {
      en = "Staff who were here before still get in when the network is down; a stolen client holds no more than these."
      sv = "Personal som varit här förut kommer in när nätet ligger nere; en stulen klient innehåller inte fler än dessa."
    }
    references = [
      "Windows policy \"Interactive logon: Number of previous logons to cache\"",
      "DISA STIG for Windows 10: V-220923, CCI-000366",
    ]
  }

  setting "registry_value" "no-logon-after-restart" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "DisableAutomaticRestartSignOn"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "After a restart for updates nobody is logged on behind the lock screen."
      sv = "Efter en omstart för uppdateringar är ingen inloggad bakom låsskärmen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "DISA STIG for Windows 10: V-220859, CCI-000366",
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
      en = "Says whose client it is before anybody logs on."
      sv = "Säger vem klienten tillhör innan någon loggar in."
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
      en = "What users must know about access being recorded, in the words that the hospital has agreed on."
      sv = "Det användare behöver veta om att åtkomst loggas, med de ord som sjukhuset enats om."
    }
    references = [
      "NIST SP 800-53 AC-8",
    ]
  }

  setting "group_membership" "administrators" {
    when     = input.administrators != null
    group    = "S-1-5-32-544"
    members  = input.administrators
    severity = "critical"
    rationale = {
      en = "Everybody in this group owns the client. What an installer or a helping hand adds shows as a deviation."
      sv = "Alla i den här gruppen äger klienten. Det ett installationsprogram eller en hjälpsam hand lägger till syns som en avvikelse."
    }
    references = [
      "NIST SP 800-53 AC-6",
    ]
  }

  setting "certificate" "issuers" {
    for_each = input.certificates
    store    = each.value.store
    pem      = each.value.pem
    severity = "high"
    rationale = {
      en = "Without its issuers a card is a stranger, and nobody logs on with it. A root is trusted for everything, so the hospital chooses which, keeps it, and takes it out when its issuer says so."
      sv = "Utan sina utfärdare är kortet okänt, och ingen loggar in med det. En rot är betrodd för allt, så sjukhuset väljer vilken, förvaltar den och tar bort den när utfärdaren säger det."
    }
    references = [
      "NIST SP 800-53 IA-5(2), SC-17",
      "Microsoft Learn, \"Certificate Requirements and Enumeration\"",
    ]
  }
}
