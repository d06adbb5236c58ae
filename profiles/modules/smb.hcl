# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "smb" {
  version = "1.1.0"
  method  = "policies"
  title = {
    en = "File sharing (SMB)"
    sv = "Fildelning (SMB)"
  }
  summary = {
    en = "Files reach and leave this client signed, with a peer that has a name, and never by version 1 of the protocol. What the hospital distributes from its domain controllers is taken only from a server that has proved to be one."
    sv = "Filer når och lämnar klienten signerade, med en motpart som har ett namn, och aldrig med protokollets version 1. Det som sjukhuset delar ut från domänkontrollanter tas bara emot från en server som visat att den är en."
  }
  breaks = [
    {
      en = "Modalities, film printers and archives that know version 1 only, or cannot sign. They need a firewall rule for that one peer and exceptions on the client side: client-require-signing, or for version 1 no-smb1-client, client-without-smb1 and smb1-feature together. Windows comes without version 1 from 17763 on: there the exception of smb1-feature says value = \"enabled\"."
      sv = "Modaliteter, filmskrivare och arkiv som bara kan version 1, eller inte kan signera. De kräver en brandväggsregel för just den motparten och undantag på klientsidan: client-require-signing, eller för version 1 no-smb1-client, client-without-smb1 och smb1-feature tillsammans. Från 17763 levereras Windows utan version 1: där anger undantaget för smb1-feature value = \"enabled\"."
    },
    {
      en = "Network disks that let everybody in as guest."
      sv = "Nätverkslagring (NAS) som släpper in alla som gäst."
    },
    {
      en = "Peers that reach shares of this client by an alias it does not know."
      sv = "Motparter som når klientens delningar via ett alias som den inte känner till."
    },
  ]
  severity_source = {
    en = "The project's own judgement: critical where worms came in, high where traffic can be changed, medium where somebody gets to know more than needed."
    sv = "Projektets egen bedömning: kritisk där maskar har kommit in, hög där trafik kan ändras, medel där någon får veta mer än nödvändigt."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 SC-8, IA-3"]
  capabilities = ["TXIG", "TXCF", "SAHD"]

  setting "registry_value" "client-require-signing" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanWorkstation\\Parameters"
    name     = "RequireSecuritySignature"
    type     = "dword"
    value    = 1
    stricter = "higher"
    severity = "high"
    rationale = {
      en = "Unsigned traffic to file servers can be changed on its way. Old modalities that cannot sign need an exception and a firewall rule for that peer alone."
      sv = "Osignerad trafik till filservrar kan ändras på vägen. Äldre modaliteter som inte kan signera kräver ett undantag och en brandväggsregel för bara den motparten."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Microsoft network client: Digitally sign communications (always)\"",
      "DISA STIG for Windows 10: V-220925, CCI-002418, CCI-002421",
    ]
  }

  setting "registry_value" "client-offer-signing" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanWorkstation\\Parameters"
    name     = "EnableSecuritySignature"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Where an exception lifts the duty to sign, the client still signs with every server that can."
      sv = "Där ett undantag lyfter kravet på signering signerar klienten ändå med varje server som kan."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Microsoft network client: Digitally sign communications (if server agrees)\"",
    ]
  }

  setting "registry_value" "server-require-signing" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanManServer\\Parameters"
    name     = "RequireSecuritySignature"
    type     = "dword"
    value    = 1
    stricter = "higher"
    severity = "high"
    rationale = {
      en = "Unsigned traffic to shares of this client can be changed on its way."
      sv = "Osignerad trafik till klientens delningar kan ändras på vägen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Microsoft network server: Digitally sign communications (always)\"",
      "DISA STIG for Windows 10: V-220927, CCI-002418, CCI-002421",
    ]
  }

  setting "registry_value" "server-offer-signing" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanManServer\\Parameters"
    name     = "EnableSecuritySignature"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "The same for those who fetch files here: signing is agreed on wherever the peer can."
      sv = "Även med den som hämtar filer härifrån avtalas signering överallt där motparten kan."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Microsoft network server: Digitally sign communications (if client agrees)\"",
    ]
  }

  setting "registry_value" "no-plaintext-password" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanWorkstation\\Parameters"
    name     = "EnablePlainTextPassword"
    type     = "dword"
    value    = 0
    severity = "high"
    rationale = {
      en = "Servers must not be able to ask for the password in clear."
      sv = "Servrar ska inte kunna be om lösenordet i klartext."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Microsoft network client: Send unencrypted password to third-party SMB servers\"",
      "DISA STIG for Windows 10: V-220926, CCI-000197",
    ]
  }

  setting "registry_value" "no-guest" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\LanmanWorkstation"
    name     = "AllowInsecureGuestAuth"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Guest access to a share has neither signing nor encryption."
      sv = "Gäståtkomst till en delning har varken signering eller kryptering."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Enable insecure guest logons\"",
      "DISA STIG for Windows 10: V-220802, CCI-000366",
    ]
  }

  setting "registry_value" "no-null-sessions" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanManServer\\Parameters"
    name     = "RestrictNullSessAccess"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Nobody should list shares and pipes without logging on."
      sv = "Ingen ska kunna lista delningar och namngivna pipes utan att logga in."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network access: Restrict anonymous access to Named Pipes and Shares\"",
      "DISA STIG for Windows 10: V-220932, CCI-001090",
    ]
  }

  setting "registry_value" "no-null-session-shares" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanManServer\\Parameters"
    name     = "NullSessionShares"
    ensure   = "absent"
    severity = "medium"
    rationale = {
      en = "No share is excepted from that; a list left by an old product would be."
      sv = "Ingen delning undantas från det; en lista som en gammal produkt lämnat skulle vara ett undantag."
    }
    references = [
      "Windows policy \"Network access: Shares that can be accessed anonymously\"",
    ]
  }

  setting "registry_value" "domain-logon-share" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\NetworkProvider\\HardenedPaths"
    name     = "\\\\*\\NETLOGON"
    type     = "sz"
    value    = "RequireMutualAuthentication=1,RequireIntegrity=1"
    severity = "high"
    rationale = {
      en = "Logon scripts run as whoever logs on. They are taken from a server only that proved to be the domain controller, and unchanged."
      sv = "Inloggningsskript körs som den som loggar in. De hämtas bara från en server som visat att den är domänkontrollanten, och oförändrade."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Hardened UNC Paths\"",
    ]
  }

  setting "registry_value" "domain-policy-share" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\NetworkProvider\\HardenedPaths"
    name     = "\\\\*\\SYSVOL"
    type     = "sz"
    value    = "RequireMutualAuthentication=1,RequireIntegrity=1"
    severity = "high"
    rationale = {
      en = "Policies of the domain run as the system: whoever can pose as a domain controller owns the client (MS15-011)."
      sv = "Domänens policyer körs som systemet: den som kan utge sig för domänkontrollant äger klienten (MS15-011)."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Hardened UNC Paths\"",
    ]
  }

  setting "registry_value" "server-name-check" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanManServer\\Parameters"
    name     = "SmbServerNameHardeningLevel"
    type     = "dword"
    value    = 1
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "A session that was meant for another server and is relayed here is refused where the peer says whom it meant. 1 accepts those that say nothing."
      sv = "En session som var avsedd för en annan server och vidarebefordras hit avvisas där motparten säger vem den menade. 1 godtar dem som inget säger."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Microsoft network server: Server SPN target name validation level\"",
    ]
  }

  setting "registry_value" "idle-sessions-end" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanManServer\\Parameters"
    name     = "AutoDisconnect"
    type     = "dword"
    value    = 15
    severity = "low"
    rationale = {
      en = "A session that nobody uses for a quarter of an hour is put down; it comes back by itself when a file is opened."
      sv = "En session som ingen använder på en kvart läggs ned; den kommer tillbaka av sig själv när en fil öppnas."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Microsoft network server: Amount of idle time required before suspending session\"",
    ]
  }

  setting "registry_value" "sessions-end-with-logon-hours" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanManServer\\Parameters"
    name     = "enableforcedlogoff"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Who may only be logged on at certain hours is cut off from shares when they are over."
      sv = "Den som bara får vara inloggad vissa tider kopplas från delningar när tiden är slut."
    }
    references = [
      "Windows policy \"Microsoft network server: Disconnect clients when logon hours expire\"",
    ]
  }

  setting "registry_value" "no-smb1-server" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanManServer\\Parameters"
    name     = "SMB1"
    type     = "dword"
    value    = 0
    severity = "critical"
    rationale = {
      en = "Version 1 of SMB has holes that worms have used against hospitals."
      sv = "SMB version 1 har sårbarheter som maskar har utnyttjat mot sjukhus."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
    ]
  }

  setting "service" "no-smb1-client" {
    name     = "mrxsmb10"
    start    = "disabled"
    optional = true
    stricter = "stopped"
    severity = "critical"
    rationale = {
      en = "The client side of SMB version 1. Later bases come without the driver."
      sv = "Inte heller som klient ska datorn tala SMB version 1. Senare baser saknar drivrutinen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure SMB v1 client driver\"",
    ]
  }

  setting "registry_value" "client-without-smb1" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanWorkstation"
    name     = "DependOnService"
    type     = "multi_sz"
    value    = ["Bowser", "MRxSmb20", "NSI"]
    severity = "medium"
    rationale = {
      en = "The workstation service waits for the driver of version 1 where a base has it; once that is disabled, it must no longer wait, or no share at all can be reached. Whoever excepts the driver excepts this too."
      sv = "Arbetsstationstjänsten väntar på drivrutinen för version 1 där basen har den; när den är avstängd får tjänsten inte vänta längre, annars nås ingen delning alls. Den som undantar drivrutinen undantar även detta."
    }
    references = [
      "Windows policy \"Configure SMB v1 client (extra setting needed for pre-Win8.1/2012R2)\"",
      "Microsoft Learn, how to detect, enable and disable SMB version 1",
    ]
  }

  setting "optional_feature" "smb1-feature" {
    name     = "SMB1Protocol"
    state    = "disabled"
    optional = true
    stricter = "disabled"
    severity = "medium"
    rationale = {
      en = "What is not there cannot be turned on again by an installer. Builds from 17763 on come without it; 14393 has it."
      sv = "Det som inte finns kan ett installationsprogram inte slå på igen. Byggen från 17763 levereras utan; 14393 har det."
    }
    references = [
      "Microsoft Learn, SMB version 1 is not installed by default",
    ]
  }

  not_managed "reg:HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanManServer\\Parameters!EncryptData" {
    reason = {
      en = "Shares of this client do not force encryption: version 2 peers, many modalities among them, would be shut out, and signing protects against change."
      sv = "Klientens delningar tvingar inte fram kryptering: motparter med version 2, däribland många modaliteter, skulle stängas ute, och signering skyddar mot ändring."
    }
  }
}
