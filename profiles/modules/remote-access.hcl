# A vendor's way in, for installation and for support: declared, limited to its peers, logged, and shut by default. The rules are policy rules of this module itself, one for each vendor: a flow for all of them would join the ports of one with the peers of another.
# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "remote-access" {
  version = "1.0.0"
  method  = "remote-access"
  title = {
    en = "Remote access for vendors"
    sv = "Fjärråtkomst för leverantörer"
  }
  summary = {
    en = "Vendors need to reach what they answer for. They get in as declared in the image: from named addresses, on named ports, for a stated purpose and until a stated day, and what they do there is logged. Without a declaration nothing is open. Remote desktop stays off until an exception opens it; that exception runs out, and from then on neither builds nor validations pass."
    sv = "Leverantörer behöver nå det de ansvarar för. De kommer in som avbilden anger: från namngivna adresser, på namngivna portar, för ett angivet ändamål och till en angiven dag, och det de gör där loggas. Utan angivelse är inget öppet. Fjärrskrivbord är av tills ett undantag öppnar det; undantaget går ut, och därefter godkänns varken byggen eller valideringar."
  }
  breaks = [
    {
      en = "Tools of vendors that connect to a service on the internet do not work on a client without internet; agree on a gateway."
      sv = "Leverantörsverktyg som ansluter till en tjänst på internet fungerar inte på en klient utan internet; kom överens om en gateway."
    },
    {
      en = "A vendor that uses a local account is turned away by deny-network-logon; give its people accounts of their own in the domain."
      sv = "En leverantör som använder ett lokalt konto avvisas av deny-network-logon; ge dess personal egna konton i domänen."
    },
    {
      en = "Without clipboard and drives, log files for support must leave the client another way."
      sv = "Utan urklipp och enheter måste loggfiler till supporten lämna klienten på annat sätt."
    },
    {
      en = "Nothing closes by itself on the day agreed on: the rule goes with the next version of the image."
      sv = "Inget stängs av sig självt på den överenskomna dagen: regeln försvinner med nästa version av avbilden."
    },
  ]
  builds = ">= 14393"
  capabilities = [
    "AUDT",
    "AUTH",
    "CONN",
    "NAUT",
    "RMOT",
  ]
  severity_source = {
    en = "The project's own judgement: high where a stranger comes in, medium where a guest takes too much along, low where a trace is missing."
    sv = "Projektets egen bedömning: hög där en främling kommer in, medel där en inbjuden får med sig för mycket, låg där ett spår saknas."
  }

  input "vendors" {
    type = map(object({
      direction      = optional(string, "in")
      protocol       = optional(string, "tcp")
      ports          = optional(list(string), ["3389"])
      remote_desktop = optional(bool, false)
      peers          = list(string)
      program        = optional(string, "")
      purpose        = string
      until          = string
    }))
    default = {}
    description = {
      en = "Who may come in for installation or support, by a short name: direction (in, or out for a tool of the vendor's that connects by itself), ports, peers, the program where it is a tool, the purpose, and the last day (YYYY-MM-DD). Port 3389 is remote desktop's; remote_desktop = true says so of another."
      sv = "Vilka som får komma in för installation eller support, med ett kort namn: riktning (in, eller out för ett av leverantörens verktyg som ansluter självt), portar, motparter, programmet om det är ett verktyg, ändamålet, och sista dagen (ÅÅÅÅ-MM-DD). Port 3389 är fjärrskrivbordets; remote_desktop = true säger det om en annan."
    }
    validation {
      condition = length([for v in values(input.vendors) : v if !(contains(["in", "out"], v.direction) && length(v.ports) > 0 && length(v.peers) > 0 && v.purpose != "")]) == 0
      error_message = {
        en = "Each vendor needs a direction (in or out), ports, peers and a purpose. An open door for everybody is none that was agreed on."
        sv = "Varje leverantör behöver riktning (in eller out), portar, motparter och ändamål. En väg in som är öppen för alla är inget man har kommit överens om."
      }
    }
    validation {
      condition = length([for v in values(input.vendors) : v if !(length(regexall("^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", v.until)) == 1)]) == 0
      error_message = {
        en = "Each vendor needs the last day of its access, as in \"2027-03-31\"."
        sv = "Varje leverantör behöver en sista dag för sin åtkomst, som i \"2027-03-31\"."
      }
    }
    validation {
      condition = length([for v in values(input.vendors) : v if !(!contains(v.peers, "0.0.0.0/0") && !contains(v.peers, "::/0") && !contains(v.peers, "any") && !contains(v.peers, "*"))]) == 0
      error_message = {
        en = "Name the vendor's jump host or the hospital's gateway, not every address there is."
        sv = "Ange leverantörens hoppserver eller sjukhusets gateway, inte alla adresser som finns."
      }
    }
  }

  input "remote_desktop_users" {
    type    = list(string)
    default = []
    description = {
      en = "The SIDs of the groups or accounts that may use remote desktop besides administrators. Local accounts are kept out by deny-network-logon."
      sv = "SID för de grupper eller konton som får använda fjärrskrivbord utöver administratörer. Lokala konton hålls ute av deny-network-logon."
    }
  }

  input "clipboard_and_drives" {
    type    = bool
    default = false
    description = {
      en = "Whether a remote session may copy text and files from and to the vendor's computer."
      sv = "Om en fjärrsession får kopiera text och filer från och till leverantörens dator."
    }
  }

  locals {
    doors   = { for name, v in input.vendors : name => v if v.direction == "in" }
    desktop = length([for v in values(local.doors) : v if contains(v.ports, "3389") || v.remote_desktop]) > 0
  }

  setting "registry_value" "remote-desktop-off" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fDenyTSConnections"
    type     = "dword"
    value    = 1
    stricter = "higher"
    severity = "high"
    rationale = {
      en = "Remote desktop is off. Opening it takes an exception for this setting, with value 0: the exception has an owner, says what makes up for it, and its expiry stops builds and validations."
      sv = "Fjärrskrivbord är av. Att öppna det kräver ett undantag för den här inställningen, med värdet 0: undantaget har en ägare, säger vad som uppväger det, och när det går ut stoppas byggen och valideringar."
    }
    references = [
      "Windows policy \"Allow users to connect remotely by using Remote Desktop Services\"",
      "NIST SP 800-53 AC-17",
    ]
  }

  setting "registry_value" "no-remote-assistance" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fAllowToGetHelp"
    type     = "dword"
    value    = 0
    severity = "high"
    rationale = {
      en = "Nobody is invited to the screen by a user who was asked to on the telephone."
      sv = "Ingen utomstående bjuds in till skärmen för att en användare blivit ombedd i telefon."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220823, CCI-001090",
    ]
  }

  setting "registry_value" "network-level-authentication" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "UserAuthentication"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "Whoever comes in proves who he is before the client draws a logon screen for him."
      sv = "Den som ansluter visar vem det är innan klienten visar någon inloggningsskärm."
    }
    references = [
      "Windows policy \"Require user authentication for remote connections by using Network Level Authentication\"",
    ]
  }

  setting "registry_value" "tls-only" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "SecurityLayer"
    type     = "dword"
    value    = 2
    severity = "high"
    rationale = {
      en = "The session is wrapped in TLS and the client shows its certificate; the older way lets somebody sit in between."
      sv = "Sessionen skyddas med TLS och klienten visar sitt certifikat; med det äldre sättet kan någon sitta emellan."
    }
    references = [
      "Windows policy \"Require use of specific security layer for remote (RDP) connections\"",
    ]
  }

  setting "registry_value" "encryption-level" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "MinEncryptionLevel"
    type     = "dword"
    value    = 3
    severity = "medium"
    rationale = {
      en = "A peer that can encrypt with short keys only is turned away."
      sv = "En motpart som bara kan kryptera med korta nycklar avvisas."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220852, CCI-000068, CCI-002890",
    ]
  }

  setting "registry_value" "encrypted-rpc" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fEncryptRPCTraffic"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Management calls for the session are encrypted as well."
      sv = "Även styranropen för sessionen krypteras."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220851, CCI-001453",
    ]
  }

  setting "registry_value" "ask-for-password" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fPromptForPassword"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "A password saved on the vendor's computer does not open a session by itself."
      sv = "Ett lösenord som sparats på leverantörens dator öppnar inte en session på egen hand."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220850, CCI-002038",
    ]
  }

  setting "registry_value" "no-drives" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fDisableCdm"
    type     = "dword"
    value    = input.clipboard_and_drives ? 0 : 1
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "Files, patient data and malware alike, do not travel in the session unless the image says so."
      sv = "Filer, både patientdata och skadlig kod, färdas inte i sessionen om inte avbilden säger det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220849, CCI-001090",
    ]
  }

  setting "registry_value" "no-clipboard" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fDisableClip"
    type     = "dword"
    value    = input.clipboard_and_drives ? 0 : 1
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "The clipboard carries patient data out as well as any drive."
      sv = "Urklipp för ut patientdata lika lätt som en ansluten enhet."
    }
    references = [
      "Windows policy \"Do not allow Clipboard redirection\"",
    ]
  }

  setting "registry_value" "no-devices" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fDisablePNPRedir"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Devices of the vendor's computer stay there."
      sv = "Enheter på leverantörens dator stannar där."
    }
    references = [
      "Windows policy \"Do not allow supported Plug and Play device redirection\"",
    ]
  }

  setting "registry_value" "idle-limit" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "MaxIdleTime"
    type     = "dword"
    value    = 900000
    severity = "medium"
    rationale = {
      en = "A session in which nothing happens for a quarter of an hour ends."
      sv = "En session där inget händer på en kvart avslutas."
    }
    references = [
      "Windows policy \"Set time limit for active but idle Remote Desktop Services sessions\"",
      "NIST SP 800-53 AC-12",
    ]
  }

  setting "registry_value" "disconnected-limit" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "MaxDisconnectionTime"
    type     = "dword"
    value    = 60000
    severity = "medium"
    rationale = {
      en = "A session that was left without logging off does not wait for its owner."
      sv = "En session som lämnats utan utloggning ligger inte kvar och väntar på sin ägare."
    }
    references = [
      "Windows policy \"Set time limit for disconnected sessions\"",
    ]
  }

  setting "user_right" "nobody-by-remote-desktop" {
    when     = !local.desktop
    right    = "SeRemoteInteractiveLogonRight"
    nobody   = true
    severity = "medium"
    rationale = {
      en = "While no vendor is declared for it, not even administrators log on that way."
      sv = "Så länge ingen leverantör är angiven för det loggar inte ens administratörer in den vägen."
    }
    references = [
      "NIST SP 800-53 AC-17",
    ]
  }

  setting "user_right" "by-remote-desktop" {
    when     = local.desktop
    right    = "SeRemoteInteractiveLogonRight"
    sids     = ["S-1-5-32-544", "S-1-5-32-555"]
    severity = "medium"
    rationale = {
      en = "Administrators, and those whom the image names."
      sv = "Administratörer, och de som avbilden namnger."
    }
    references = [
      "NIST SP 800-53 AC-17",
    ]
  }

  setting "group_membership" "remote-desktop-users-none" {
    when     = length(input.remote_desktop_users) == 0
    group    = "S-1-5-32-555"
    nobody   = true
    severity = "medium"
    rationale = {
      en = "The group is empty: an installer that adds itself shows."
      sv = "Gruppen är tom: ett konto som ett installationsprogram lägger till syns."
    }
    references = [
      "NIST SP 800-53 AC-6, AC-17",
    ]
  }

  setting "group_membership" "remote-desktop-users" {
    when     = length(input.remote_desktop_users) > 0
    group    = "S-1-5-32-555"
    members  = input.remote_desktop_users
    severity = "medium"
    rationale = {
      en = "Named people of the vendor, in a group of the hospital's, so that leaving it ends the access."
      sv = "Namngivna personer hos leverantören, i en av sjukhusets grupper, så att åtkomsten upphör när de lämnar den."
    }
    references = [
      "NIST SP 800-53 AC-6, AC-17",
    ]
  }

  setting "firewall_rule" "vendor" {
    for_each         = input.vendors
    until            = each.value.until
    id               = "wmclient-vendor-${each.key}"
    name             = "wmclient: ${each.key} until ${each.value.until}"
    description      = "${each.value.purpose}. Agreed until ${each.value.until}."
    direction        = each.value.direction
    action           = "allow"
    protocol         = each.value.protocol
    local_ports      = each.value.direction == "in" ? each.value.ports : null
    remote_ports     = each.value.direction == "out" ? each.value.ports : null
    remote_addresses = each.value.peers
    program          = each.value.program
    severity         = "high"
    rationale = {
      en = "One rule for each vendor, for its peers and ports alone. The day in its name is the one agreed on: from the day after, builds and validations stop. On the client the rule does not go by itself, so the next version of the image leaves it out."
      sv = "En regel för varje leverantör, för bara dess motparter och portar. Dagen i namnet är den överenskomna: från dagen därpå stoppas byggen och valideringar. På klienten försvinner regeln inte av sig själv, så nästa version av avbilden utelämnar den."
    }
    references = [
      "NIST SP 800-53 AC-17",
      "NIST SP 800-53 MA-4",
    ]
  }

  setting "registry_value" "log-connections" {
    when     = length(input.vendors) > 0
    for_each = ["DomainProfile", "PrivateProfile", "PublicProfile"]
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\${each.value}\\Logging"
    name     = "LogSuccessfulConnections"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Connections that the firewall let through are written down, with time and peer."
      sv = "Anslutningar som brandväggen släppt igenom loggas, med tid och motpart."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NIST SP 800-53 MA-4",
    ]
  }

  setting "registry_value" "log-sessions" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels\\Microsoft-Windows-TerminalServices-LocalSessionManager/Operational"
    name     = "MaxSize"
    type     = "dword"
    value    = 16777216
    severity = "low"
    rationale = {
      en = "When each remote session began and ended, and under which account, for months instead of days."
      sv = "När varje fjärrsession började och slutade, och under vilket konto, i månader i stället för dagar."
    }
    references = [
      "NIST SP 800-53 AC-17(1), AU-12",
    ]
  }

  setting "registry_value" "log-connection-attempts" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels\\Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational"
    name     = "MaxSize"
    type     = "dword"
    value    = 16777216
    severity = "low"
    rationale = {
      en = "Where remote desktop was asked for from, also without success. The log is as large as the one of the sessions."
      sv = "Varifrån fjärrskrivbord begärts, även utan framgång. Loggen är lika stor som den för sessionerna."
    }
    references = [
      "NIST SP 800-53 AC-17(1), AU-12",
    ]
  }
}
