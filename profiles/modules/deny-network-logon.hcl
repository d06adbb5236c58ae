# User rights lie in the SECURITY hive, which is not edited offline: they are set at first boot.
# Guests and local accounts are both named on all builds: the lists of 2019 and 2021 name local accounts alone, the NSA's guests alone.
module "deny-network-logon" {
  version = "1.0.1"
  method  = "remote-access"
  title = {
    en = "No network logon for local accounts"
    sv = "Ingen nätinloggning för lokala konton"
  }
  summary = {
    en = "Local accounts are for whoever stands at the client. Over the network, people and vendors come with accounts of the domain, which can be taken from them in one place."
    sv = "Lokala konton är för den som står vid klienten. Över nätet kommer personal och leverantörer med konton i domänen, som går att återkalla på ett ställe."
  }
  breaks = [
    {
      en = "A vendor or a scanner that logs on over the network with a local account is turned away, and so is remote management of a client in no domain."
      sv = "En leverantör eller en skanner som loggar in över nätet med ett lokalt konto avvisas, och likaså fjärrförvaltning av en klient utan domän."
    },
    {
      en = "Two parts of a product on two clients that share files with a local account of the same name lose each other."
      sv = "Delar av en produkt på två klienter, som utbyter filer med ett lokalt konto av samma namn, förlorar kontakten."
    },
  ]
  builds = ">= 14393"
  capabilities = [
    "AUTH",
    "PAUT",
    "RMOT",
  ]
  severity_source = {
    en = "The project's own judgement: one stolen local password, the same on many clients, is the usual way from one client to the next."
    sv = "Projektets egen bedömning: ett stulet lokalt lösenord, samma på många klienter, är den vanliga vägen från en klient till nästa."
  }

  setting "user_right" "deny-network-logon" {
    right    = "SeDenyNetworkLogonRight"
    sids     = ["S-1-5-113", "S-1-5-32-546"]
    severity = "high"
    rationale = {
      en = "Local accounts and guests do not log on over the network, so that one stolen password does not open the next client."
      sv = "Lokala konton och gäster loggar inte in över nätet, så att ett stulet lösenord inte öppnar nästa klient."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AC-3",
    ]
  }

  setting "user_right" "deny-remote-desktop" {
    right    = "SeDenyRemoteInteractiveLogonRight"
    sids     = ["S-1-5-113", "S-1-5-32-546"]
    severity = "high"
    rationale = {
      en = "Nor does a stolen local password let anybody in by remote desktop. A vendor that comes in with a local account needs an exception."
      sv = "Inte heller ger ett stulet lokalt lösenord tillträde med fjärrskrivbord. En leverantör som kommer in med ett lokalt konto kräver ett undantag."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AC-17",
    ]
  }
}
