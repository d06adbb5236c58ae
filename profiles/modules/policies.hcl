# A modest choice out of the baselines: what nearly every client can have. Values are the baselines', words our own.
module "policies" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Local policies"
    sv = "Lokala policyer"
  }
  builds = ">= 14393"
  capabilities = [
    "AUTH",
    "AUDT",
    "PAUT",
    "SAHD",
  ]

  setting "registry_value" "no-lm-hash" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "NoLMHash"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "Hashes of the LAN Manager kind are broken in minutes."
      sv = "Hashvärden av LAN Manager-typ knäcks på några minuter."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "ntlmv2-only" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "LmCompatibilityLevel"
    type     = "dword"
    value    = 5
    stricter = "higher"
    severity = "high"
    rationale = {
      en = "Only NTLM version 2 is sent and accepted; older answers can be computed backwards."
      sv = "Bara NTLM version 2 skickas och godtas; äldre svar går att räkna baklänges."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-blank-passwords" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "LimitBlankPasswordUse"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "Accounts without a password work at the keyboard only."
      sv = "Konton utan lösenord fungerar bara vid tangentbordet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-anonymous-accounts" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "RestrictAnonymousSAM"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Nobody should list accounts without logging on."
      sv = "Ingen ska kunna lista konton utan att logga in."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-anonymous-shares" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "RestrictAnonymous"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Nobody should list shares without logging on."
      sv = "Ingen ska kunna lista delningar utan att logga in."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "audit-subcategories" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "SCENoApplyLegacyAuditPolicy"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "The finer audit categories must win over the old ones, or events are missing."
      sv = "De finare granskningskategorierna måste gälla före de gamla, annars saknas händelser."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-clear-passwords-in-memory" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\WDigest"
    name     = "UseLogonCredential"
    type     = "dword"
    value    = 0
    severity = "high"
    rationale = {
      en = "Digest logon would keep the password in memory in clear."
      sv = "Digest-inloggning skulle hålla lösenordet i klartext i minnet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "early-launch" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Policies\\EarlyLaunch"
    name     = "DriverLoadPolicy"
    type     = "dword"
    value    = 3
    severity = "medium"
    rationale = {
      en = "Drivers known to be bad are not loaded, unless Windows cannot start without them."
      sv = "Drivrutiner som är kända som skadliga laddas inte, om inte Windows kräver dem för att starta."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
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
    ]
  }

  setting "registry_value" "no-restart-sign-on" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "DisableAutomaticRestartSignOn"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Windows would keep the user's secret to log on again after a restart."
      sv = "Windows skulle annars behålla användarens hemlighet för att logga in igen efter omstart."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-autorun" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoAutorun"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "A medium that is inserted must not start programs."
      sv = "Ett medium som sätts in ska inte starta program."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-autoplay" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoDriveTypeAutoRun"
    type     = "dword"
    value    = 255
    stricter = "higher"
    severity = "high"
    rationale = {
      en = "Automatic play is off for all kinds of drives."
      sv = "Automatisk uppspelning är av för alla slags enheter."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-autoplay-of-devices" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Explorer"
    name     = "NoAutoplayfornonVolume"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Cameras and telephones must not start programs either."
      sv = "Kameror och telefoner ska inte heller starta program."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

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
    ]
  }

  setting "registry_value" "application-log-size" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\EventLog\\Application"
    name     = "MaxSize"
    type     = "dword"
    value    = 32768
    stricter = "higher"
    severity = "low"
    rationale = {
      en = "Room (KiB) for what happened since somebody last looked."
      sv = "Plats (KiB) för vad som hänt sedan någon senast tittade."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "security-log-size" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\EventLog\\Security"
    name     = "MaxSize"
    type     = "dword"
    value    = 196608
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "Room (KiB) for weeks of logons. A full log is overwritten: the client must stay available."
      sv = "Plats (KiB) för veckor av inloggningar. En full logg skrivs över: klienten måste vara tillgänglig."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "system-log-size" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\EventLog\\System"
    name     = "MaxSize"
    type     = "dword"
    value    = 32768
    stricter = "higher"
    severity = "low"
    rationale = {
      en = "Room (KiB) for what happened since somebody last looked."
      sv = "Plats (KiB) för vad som hänt sedan någon senast tittade."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "log-script-blocks" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell\\ScriptBlockLogging"
    name     = "EnableScriptBlockLogging"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "What scripts did can be read afterwards."
      sv = "Det går att läsa i efterhand vad skript har gjort."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-remote-assistance" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fAllowToGetHelp"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Vendors come in by the agreed path, not by invitations from a user."
      sv = "Leverantörer kommer in den avtalade vägen, inte på inbjudan från en användare."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "rdp-encryption" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "MinEncryptionLevel"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "Where remote desktop is used, it is encrypted with the full key length."
      sv = "Där fjärrskrivbord används krypteras det med full nyckellängd."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "rpc-needs-logon" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Rpc"
    name     = "RestrictRemoteClients"
    type     = "dword"
    value    = 1
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "Remote procedure calls need a logon."
      sv = "Fjärranrop kräver inloggning."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "winrm-service-no-basic" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Service"
    name     = "AllowBasic"
    type     = "dword"
    value    = 0
    severity = "high"
    rationale = {
      en = "Basic logon sends the password."
      sv = "Grundläggande inloggning skickar lösenordet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "winrm-service-no-plaintext" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Service"
    name     = "AllowUnencryptedTraffic"
    type     = "dword"
    value    = 0
    severity = "high"
    rationale = {
      en = "Management runs over HTTPS, or encrypted by the logon, or not at all."
      sv = "Förvaltning sker över HTTPS, eller krypterad genom inloggningen, eller inte alls."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "winrm-client-no-basic" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Client"
    name     = "AllowBasic"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Basic logon sends the password."
      sv = "Grundläggande inloggning skickar lösenordet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-llmnr" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\DNSClient"
    name     = "EnableMulticast"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Names are asked from the DNS server, not from whoever answers first on the network."
      sv = "Namn frågas från DNS-servern, inte från den som svarar först på nätet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2",
    ]
  }
}
