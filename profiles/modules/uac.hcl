# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "uac" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Rights of programs and of installations"
    sv = "Rättigheter för program och installationer"
  }
  summary = {
    en = "Programs run with the rights of a plain user until somebody agrees to more, at a place that programs cannot reach, and local accounts have no administrator's rights over the network. Packages are not installed with the system's rights just because a user starts them."
    sv = "Program kör med en vanlig användares rättigheter tills någon godkänner mer, på en plats som program inte når, och lokala konton har inga administratörsrättigheter över nätet. Paket installeras inte med systemets rättigheter bara för att en användare startar dem."
  }
  breaks = [
    {
      en = "A service engineer who logs on as a standard user is no longer asked for an administrator's password: he must log on as one."
      sv = "En servicetekniker som loggar in som vanlig användare får inte längre frågan om ett administratörslösenord: den som behöver rättigheterna måste logga in som administratör."
    },
    {
      en = "Vendors' tools that manage the client over the network with a local administrator."
      sv = "Leverantörers verktyg som förvaltar klienten över nätet med en lokal administratör."
    },
    {
      en = "Programs that expect to write into their own folder: what they write is redirected to the user, and the next user does not see it. Give the folder permissions (file_permission) instead."
      sv = "Program som räknar med att skriva i sin egen mapp: det de skriver omdirigeras till användaren och syns inte för nästa. Ge mappen behörigheter (file_permission) i stället."
    },
  ]
  severity_source = {
    en = "The project's own judgement: critical where every program becomes the system, less where somebody still has to agree."
    sv = "Projektets egen bedömning: kritisk där varje program blir systemet, lägre där någon ändå måste godkänna."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 AC-6, CM-11"]
  capabilities = ["AUTH", "SAHD", "CNFS"]

  input "users_may_elevate" {
    type    = bool
    default = false
    description = {
      en = "Whether a standard user may type an administrator's password to start a program with more rights. False refuses without asking."
      sv = "Om en vanlig användare får skriva en administratörs lösenord för att starta ett program med fler rättigheter. Nej (false) nekar utan att fråga."
    }
  }

  setting "registry_value" "uac-on" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "EnableLUA"
    type     = "dword"
    value    = 1
    severity = "critical"
    rationale = {
      en = "Without account control every program of an administrator has all rights."
      sv = "Utan kontokontroll har varje program som en administratör startar alla rättigheter."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"User Account Control: Run all administrators in Admin Approval Mode\"",
      "DISA STIG for Windows 10: V-220950, CCI-002038",
    ]
  }

  setting "registry_value" "uac-ask-on-secure-desktop" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "ConsentPromptBehaviorAdmin"
    type     = "dword"
    value    = 2
    severity = "medium"
    rationale = {
      en = "Administrators confirm where no program can press the button for them."
      sv = "Administratörer bekräftar där inget program kan trycka på knappen åt dem."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"User Account Control: Behavior of the elevation prompt for administrators in Admin Approval Mode\"",
      "DISA STIG for Windows 10: V-220945, CCI-001084",
    ]
  }

  setting "registry_value" "uac-users-refused" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "ConsentPromptBehaviorUser"
    type     = "dword"
    value    = input.users_may_elevate ? 1 : 0
    severity = "medium"
    rationale = {
      en = "A user who is asked for an administrator's password learns to type it, also where a program only looks like Windows. Refusing is silent: say so to service staff."
      sv = "En användare som får frågan om ett administratörslösenord lär sig skriva det, även där ett program bara liknar Windows. Nekandet är tyst: tala om det för servicepersonal."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"User Account Control: Behavior of the elevation prompt for standard users\"",
      "DISA STIG for Windows 10: V-220947, CCI-002038",
    ]
  }

  setting "registry_value" "uac-secure-desktop" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "PromptOnSecureDesktop"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "The question is shown on a desktop of its own, where no other program can draw or click. Remote help does not see it."
      sv = "Frågan visas på ett eget skrivbord, där inget annat program kan rita eller klicka. Fjärrhjälp ser den inte."
    }
    references = [
      "Windows policy \"User Account Control: Switch to the secure desktop when prompting for elevation\"",
    ]
  }

  setting "registry_value" "uac-filter-administrator" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "FilterAdministratorToken"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "The built-in administrator is asked like any other."
      sv = "Den inbyggda administratören tillfrågas som alla andra."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"User Account Control: Admin Approval Mode for the Built-in Administrator account\"",
      "DISA STIG for Windows 10: V-220944, CCI-002038",
    ]
  }

  setting "registry_value" "uac-installers" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "EnableInstallerDetection"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Installers that do not say what rights they want are recognised and lead to a question, instead of failing half way."
      sv = "Installationsprogram som inte anger vilka rättigheter de vill ha känns igen och leder till en fråga, i stället för att misslyckas halvvägs."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"User Account Control: Detect application installations and prompt for elevation\"",
      "DISA STIG for Windows 10: V-220948, CCI-001084",
    ]
  }

  setting "registry_value" "uac-secure-places" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "EnableSecureUIAPaths"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Programs that may operate other programs' windows, such as reading aids, must lie where users cannot replace them."
      sv = "Program som får styra andra programs fönster, som läshjälpmedel, måste ligga där användare inte kan byta ut dem."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"User Account Control: Only elevate UIAccess applications that are installed in secure locations\"",
      "DISA STIG for Windows 10: V-220949, CCI-001084",
    ]
  }

  setting "registry_value" "uac-no-way-round" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "EnableUIADesktopToggle"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Not even reading aids may move the question to the ordinary desktop; a remote helper cannot answer it for the user."
      sv = "Inte ens läshjälpmedel får flytta frågan till det vanliga skrivbordet; en fjärrhjälpare kan inte svara åt användaren."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "Windows policy \"User Account Control: Allow UIAccess applications to prompt for elevation without using the secure desktop\"",
    ]
  }

  setting "registry_value" "uac-redirect-writes" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "EnableVirtualization"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "An old program that writes to a protected place gets a copy of its own for each user and goes on working, rather than being run as administrator."
      sv = "Ett gammalt program som skriver på en skyddad plats får en egen kopia per användare och fortsätter fungera, i stället för att köras som administratör."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"User Account Control: Virtualize file and registry write failures to per-user locations\"",
      "DISA STIG for Windows 10: V-220951, CCI-001084",
    ]
  }

  setting "registry_value" "remote-uac" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "LocalAccountTokenFilterPolicy"
    type     = "dword"
    value    = 0
    severity = "high"
    rationale = {
      en = "A local account that is stolen on one client must not be administrator over the network on the next."
      sv = "Ett lokalt konto som stulits på en klient ska inte vara administratör över nätet på nästa."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Apply UAC restrictions to local accounts on network logons\"",
      "DISA STIG for Windows 10: V-220799, CCI-001084",
    ]
  }

  setting "registry_value" "no-list-of-administrators" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\CredUI"
    name     = "EnumerateAdministrators"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "The question does not list who is administrator; the name has to be known, as the password has."
      sv = "Frågan räknar inte upp vilka som är administratörer; namnet måste man kunna, precis som lösenordet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Enumerate administrator accounts on elevation\"",
      "DISA STIG for Windows 10: V-220832, CCI-001084",
    ]
  }

  setting "registry_value" "no-other-user-bat" {
    key      = "HKLM\\SOFTWARE\\Classes\\batfile\\shell\\runasuser"
    name     = "SuppressionPolicy"
    type     = "dword"
    value    = 4096
    severity = "low"
    rationale = {
      en = "Batch files are not offered \"as different user\" in the menu: with another person's card or password nearby it is an invitation to borrow rights."
      sv = "Batchfiler erbjuds inte \"som annan användare\" i menyn: med någon annans kort eller lösenord i närheten vore det en inbjudan att låna rättigheter."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220801, CCI-000381",
    ]
  }

  setting "registry_value" "no-other-user-cmd" {
    key      = "HKLM\\SOFTWARE\\Classes\\cmdfile\\shell\\runasuser"
    name     = "SuppressionPolicy"
    type     = "dword"
    value    = 4096
    severity = "low"
    rationale = {
      en = "The same menu item for command scripts; one way left open would be enough."
      sv = "Inte heller kommandoskript: ett enda kvarlämnat menyval räcker."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220801, CCI-000381",
    ]
  }

  setting "registry_value" "no-other-user-exe" {
    key      = "HKLM\\SOFTWARE\\Classes\\exefile\\shell\\runasuser"
    name     = "SuppressionPolicy"
    type     = "dword"
    value    = 4096
    severity = "low"
    rationale = {
      en = "Programs are not started as somebody else from the menu; that keeps the log of who did what true."
      sv = "Program startas inte som någon annan från menyn; då stämmer loggen över vem som gjort vad."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220801, CCI-000381",
    ]
  }

  setting "registry_value" "no-other-user-msc" {
    key      = "HKLM\\SOFTWARE\\Classes\\mscfile\\shell\\runasuser"
    name     = "SuppressionPolicy"
    type     = "dword"
    value    = 4096
    severity = "low"
    rationale = {
      en = "Management consoles are the tools that a borrowed account is borrowed for; they are not started as somebody else from the menu."
      sv = "Förvaltningskonsoler är de verktyg som ett konto lånas för; de startas inte som någon annan från menyn."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220801, CCI-000381",
    ]
  }

  setting "registry_value" "safe-mode-for-administrators" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "SafeModeBlockNonAdmins"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "In safe mode much of the protection does not start. A user who can restart the client does not get in there."
      sv = "I felsäkert läge startar mycket av skyddet inte. En användare som kan starta om klienten kommer inte in där."
    }
    references = [
      "Microsoft Learn, restricting safe mode to administrators",
    ]
  }

  # Windows Installer

  setting "registry_value" "no-elevated-installs" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Installer"
    name     = "AlwaysInstallElevated"
    type     = "dword"
    value    = 0
    severity = "critical"
    rationale = {
      en = "Packages would be installed with the rights of the system, whoever starts them."
      sv = "Paket skulle annars installeras med systemets rättigheter, vem som än startar dem."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Always install with elevated privileges\"",
      "DISA STIG for Windows 10: V-220857, CCI-001812, CCI-003980",
    ]
  }

  setting "registry_value" "no-user-install-control" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Installer"
    name     = "EnableUserControl"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Users should not change the options of installations that run with higher rights."
      sv = "Användare ska inte ändra val i installationer som körs med högre rättigheter."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow user control over installs\"",
      "DISA STIG for Windows 10: V-220856, CCI-001812, CCI-003980",
    ]
  }

  setting "registry_value" "no-silent-web-installs" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Installer"
    name     = "SafeForScripting"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "A web page that starts an installation makes Windows ask first."
      sv = "En webbsida som startar en installation får Windows att fråga först."
    }
    references = [
      "Windows policy \"Prevent Internet Explorer security prompt for Windows Installer scripts\"",
      "DISA STIG for Windows 10: V-220858, CCI-000366",
    ]
  }

  not_managed "reg:HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System!ValidateAdminCodeSignatures" {
    reason = {
      en = "Programs that ask for more rights need not be signed: many medical products and their installers are not, and who may run at all is decided by the module mt-only."
      sv = "Program som ber om fler rättigheter behöver inte vara signerade: många medicintekniska produkter och deras installationsprogram är det inte, och vad som alls får köras avgörs av modulen mt-only."
    }
  }
}
