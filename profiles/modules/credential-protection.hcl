# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "credential-protection" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Protection of passwords and tickets"
    sv = "Skydd av lösenord och biljetter"
  }
  summary = {
    en = "Whoever takes over one client looks for passwords and tickets of those who logged on there, because they open the next one. This module keeps them out of memory, off the disk and off the wire, and prepares the protection of the process that holds them: first it only audits which plug-ins would be turned away, because card middleware may be among them."
    sv = "Den som tar över en klient letar efter lösenord och biljetter för dem som loggat in där, eftersom de öppnar nästa klient. Modulen håller dem borta från minnet, disken och nätet, och förbereder skyddet av den process som har dem: först granskas bara vilka insticksprogram som skulle avvisas, eftersom kortprogramvara kan vara ett av dem."
  }
  breaks = [
    {
      en = "With lsa_protection = \"protect\": smart-card middleware, password filters and single-sign-on products whose plug-ins for LSA Microsoft has not signed. Whether the middleware for SITHS loads is not known to us: audit first."
      sv = "Med lsa_protection = \"protect\": programvara för smarta kort, lösenordsfilter och produkter för samlad inloggning vars insticksprogram för LSA inte är signerade av Microsoft. Om programvaran för SITHS laddas är inte känt: granska först."
    },
    {
      en = "Scheduled tasks and drive mappings that rely on a password saved by Windows, on build 14393."
      sv = "Schemalagda aktiviteter och enhetsmappningar som bygger på ett lösenord som Windows sparat, på bygge 14393."
    },
    {
      en = "Remote desktop to and from computers without the update of CVE-2018-0886 (May 2018)."
      sv = "Fjärrskrivbord till och från datorer utan uppdateringen för CVE-2018-0886 (maj 2018)."
    },
  ]
  severity_source = {
    en = "The project's own judgement: what gives away a password in clear is high, what makes stealing easier is medium."
    sv = "Projektets egen bedömning: det som lämnar ut ett lösenord i klartext är högt, det som underlättar stöld är medel."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 IA-5, SC-28"]
  capabilities = ["AUTH", "PAUT", "SAHD"]

  input "lsa_protection" {
    type    = string
    default = "audit"
    description = {
      en = "Protection of the process that holds passwords (LSA): \"audit\" notes which plug-ins it would turn away (events 3065 and 3066 of CodeIntegrity/Operational), \"protect\" turns them away, \"off\" leaves the base as it is."
      sv = "Skydd av den process som har lösenorden (LSA): \"audit\" noterar vilka insticksprogram som skulle avvisas (händelse 3065 och 3066 i CodeIntegrity/Operational), \"protect\" avvisar dem, \"off\" låter basen vara."
    }
    validation {
      condition = contains(["audit", "protect", "off"], input.lsa_protection)
      error_message = {
        en = "Write audit, protect or off."
        sv = "Skriv audit, protect eller off."
      }
    }
  }

  input "cached_logons" {
    type    = number
    default = 10
    description = {
      en = "How many earlier users can log on while the domain cannot be reached. The module session has the same input: give both the same number."
      sv = "Hur många tidigare användare som kan logga in när domänen inte nås. Modulen session har samma indata: ge båda samma tal."
    }
    validation {
      condition = input.cached_logons >= 0 && input.cached_logons <= 50 && floor(input.cached_logons) == input.cached_logons
      error_message = {
        en = "Windows takes a whole number from 0 to 50."
        sv = "Windows tar ett heltal från 0 till 50."
      }
    }
  }

  input "laps" {
    type    = bool
    default = true
    description = {
      en = "Whether the password of the local administrator is changed and kept in the directory by LAPS, where its client extension is installed."
      sv = "Om den lokala administratörens lösenord byts och förvaras i katalogen av LAPS, där dess klienttillägg är installerat."
    }
  }

  setting "registry_value" "no-clear-passwords-in-memory" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\WDigest"
    name     = "UseLogonCredential"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "high"
    rationale = {
      en = "Digest logon would keep the password in memory in clear. Old web and mail servers that know Digest only ask again for it."
      sv = "Digest-inloggning skulle hålla lösenordet i klartext i minnet. Gamla webb- och e-postservrar som bara kan Digest frågar om det igen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220800, CCI-000381",
    ]
  }

  setting "registry_value" "lsa-plugin-audit" {
    when     = input.lsa_protection != "off"
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\LSASS.exe"
    name     = "AuditLevel"
    type     = "dword"
    value    = 8
    severity = "medium"
    rationale = {
      en = "Before LSA is protected it must be known what it loads: an event names each plug-in that lacks the signature. Nothing is turned away yet."
      sv = "Innan LSA skyddas måste man veta vad den laddar: en händelse namnger varje insticksprogram som saknar signaturen. Inget avvisas än."
    }
    references = [
      "Microsoft Learn, configuring additional LSA protection",
    ]
  }

  setting "registry_value" "lsa-protection" {
    when     = input.lsa_protection != "off"
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "RunAsPPL"
    type     = "dword"
    value    = input.lsa_protection == "protect" ? 1 : 0
    stricter = "higher"
    severity = "high"
    rationale = {
      en = "A protected LSA lets no other program read its memory, not even an administrator's. Plug-ins without Microsoft's signature stop loading, so it is 0 until the audit is clean."
      sv = "En skyddad LSA låter inget annat program läsa dess minne, inte ens en administratörs. Insticksprogram utan Microsofts signatur slutar laddas, så värdet är 0 tills granskningen är ren."
    }
    references = [
      "Windows policy \"Configures LSASS to run as a protected process\"",
      "NIST SP 800-53 SC-39",
    ]
  }

  setting "registry_value" "no-saved-passwords" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "DisableDomainCreds"
    type     = "dword"
    value    = 1
    builds   = "^14393"
    severity = "medium"
    rationale = {
      en = "Passwords for shares and scheduled tasks are not kept on the disk. Microsoft dropped this from 1809 on, because scheduled tasks with a password of their own fail."
      sv = "Lösenord för delningar och schemalagda aktiviteter sparas inte på disken. Microsoft tog bort detta från 1809, eftersom schemalagda aktiviteter med eget lösenord misslyckas."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network access: Do not allow storage of passwords and credentials for network authentication\"",
    ]
  }

  setting "registry_value" "keep-credentials-at-home" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CredentialsDelegation"
    name     = "AllowProtectedCreds"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "An administrator who helps over remote desktop can leave his password at home (Restricted Admin, Remote Credential Guard), so that a client that has been taken over does not get it."
      sv = "En administratör som hjälper till via fjärrskrivbord kan låta lösenordet stanna hemma (Restricted Admin, Remote Credential Guard), så att en övertagen klient inte får det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Remote host allows delegation of non-exportable credentials\"",
      "DISA STIG for Windows 10: V-220810, CCI-000366",
    ]
  }

  setting "registry_value" "patched-peers-only" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\CredSSP\\Parameters"
    name     = "AllowEncryptionOracle"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "high"
    rationale = {
      en = "The client delegates a password to servers only that have the correction of CVE-2018-0886, and lets in such clients only. A peer without the update of May 2018 cannot be reached by remote desktop."
      sv = "Klienten lämnar ett lösenord bara till servrar som har rättelsen av CVE-2018-0886, och släpper bara in sådana klienter. En motpart utan uppdateringen från maj 2018 nås inte med fjärrskrivbord."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Encryption Oracle Remediation\"",
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
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Sign-in and lock last interactive user automatically after a restart\"",
      "DISA STIG for Windows 10: V-220859, CCI-000366",
    ]
  }

  setting "registry_value" "cached-logons" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Winlogon"
    name     = "CachedLogonsCount"
    type     = "sz"
    value    = "${input.cached_logons}"
    severity = "medium"
    rationale = {
      en = "A stolen disk holds a hash for each user who may log on without the domain; staff who came in before the network failed must still get to the patient. Ten is the compromise."
      sv = "En stulen disk innehåller ett hashvärde för varje användare som får logga in utan domänen; personal som varit inne före ett nätavbrott måste ändå nå patienten. Tio är kompromissen."
    }
    references = [
      "Windows policy \"Interactive logon: Number of previous logons to cache (in case domain controller is not available)\"",
      "DISA STIG for Windows 10: V-220923, CCI-000366",
    ]
  }

  setting "registry_value" "no-reveal" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CredUI"
    name     = "DisablePasswordReveal"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "The eye beside the field shows the password to whoever stands behind; in a ward somebody usually does."
      sv = "Ögat bredvid fältet visar lösenordet för den som står bakom, och på en vårdavdelning står det ofta någon där."
    }
    references = [
      "Windows policy \"Do not display the password reveal button\"",
    ]
  }

  setting "registry_value" "leaked-tokens" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "TokenLeakDetectDelaySecs"
    type     = "dword"
    value    = 30
    stricter = "lower"
    severity = "low"
    rationale = {
      en = "Secrets of a user whose session leaked are wiped from memory half a minute after he logs off."
      sv = "Hemligheter för en användare vars session läckt raderas ur minnet en halv minut efter utloggning."
    }
    references = [
      "Microsoft security advisory 2871997",
    ]
  }

  setting "registry_value" "laps" {
    when     = input.laps
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft Services\\AdmPwd"
    name     = "AdmPwdEnabled"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "One administrator password for all clients opens all of them. LAPS gives each its own and changes it; without its client extension, or outside a domain, the value does nothing."
      sv = "Ett gemensamt administratörslösenord öppnar alla klienter. LAPS ger varje klient ett eget och byter det; utan klienttillägget, eller utanför en domän, gör värdet ingenting."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "Windows policy \"Enable local admin password management\"",
    ]
  }
}
