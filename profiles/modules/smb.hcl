module "smb" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "File sharing (SMB)"
    sv = "Fildelning (SMB)"
  }
  builds = ">= 14393"
  capabilities = [
    "TXIG",
    "TXCF",
    "SAHD",
  ]

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
      sv = "Ingen ska kunna lista delningar och rör utan att logga in."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
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
      sv = "SMB version 1 har hål som maskar har utnyttjat mot sjukhus."
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
      sv = "Klientsidan av SMB version 1. Senare baser saknar drivrutinen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
    ]
  }
}
