# User rights lie in the SECURITY hive, which is not edited offline: they are set at first boot.
module "deny-network-logon" {
  version = "1.0.0"
  method  = "remote-access"
  title = {
    en = "No network logon for local accounts"
    sv = "Ingen nätinloggning för lokala konton"
  }
  builds = ">= 14393"
  capabilities = [
    "AUTH",
    "PAUT",
    "RMOT",
  ]

  setting "user_right" "deny-network-logon" {
    right = "SeDenyNetworkLogonRight"
    sids = [
      "S-1-5-113",
      "S-1-5-32-546",
    ]
    severity = "high"
    rationale = {
      en = "Local accounts and guests do not log on over the network, so that one stolen password does not open the next client."
      sv = "Lokala konton och gäster loggar inte in över nätet, så att ett stulet lösenord inte öppnar nästa klient."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "user_right" "deny-remote-desktop" {
    right = "SeDenyRemoteInteractiveLogonRight"
    sids = [
      "S-1-5-113",
      "S-1-5-32-546",
    ]
    severity = "high"
    rationale = {
      en = "The same for remote desktop. A vendor that comes in with a local account needs an exception."
      sv = "Detsamma för fjärrskrivbord. En leverantör som kommer in med ett lokalt konto kräver ett undantag."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }
}
