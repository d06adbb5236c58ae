# The firewall rows of the published baselines, as they are: what the module firewall adds for a medical client is not here. Both can be
# selected; where firewall or offline want less, they say so with an override.
module "firewall-baseline" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Firewall, as in the baselines"
    sv = "Brandvägg, som i baslinjerna"
  }
  summary = {
    en = "The firewall part of the published security baselines: on for every kind of network, closed from outside, with a log of what was let through and what was not. It is the floor; a client of type WM takes the module firewall with it."
    sv = "Brandväggsdelen i de publicerade säkerhetsbaslinjerna: på för alla slags nät, stängd utifrån, med en logg över vad som släpptes igenom och inte. Det är lägsta nivån; en klient av typen WM har dessutom modulen firewall."
  }
  breaks = [
    {
      en = "On public networks, programs that rely on rules made when they were installed."
      sv = "I offentliga nätverk: program som förlitar sig på regler som gjordes när de installerades."
    },
    {
      en = "Discovery by broadcast, since unicast answers to it are not let in."
      sv = "Sökning med rundsändning (broadcast och multicast), eftersom svaren inte släpps in."
    },
  ]
  severity_source = {
    en = "The project's own judgement: what opens or closes the client as a whole is critical, what only records is low."
    sv = "Projektets egen bedömning: det som öppnar eller stänger hela klienten är kritiskt, det som bara loggar är lågt."
  }
  builds = ">= 14393"
  references = [
    "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    "NSA host baseline for Windows 10, 1607",
    "NIST SP 800-53 SC-7",
  ]
  capabilities = [
    "CONN",
    "NAUT",
    "AUDT",
  ]

  locals {
    policy   = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall"
    profiles = ["DomainProfile", "PrivateProfile", "PublicProfile"]
  }

  setting "registry_value" "policy-version" {
    key      = local.policy
    name     = "PolicyVersion"
    type     = "dword"
    value    = 538
    severity = "low"
    rationale = {
      en = "The form in which the policy is written: 2.26. Windows reads a policy that says no version by older rules."
      sv = "Den form som policyn är skriven i: 2.26. En policy utan version läser Windows enligt äldre regler."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "registry_value" "on" {
    for_each = local.profiles
    key      = "${local.policy}\\${each.value}"
    name     = "EnableFirewall"
    type     = "dword"
    value    = 1
    severity = "critical"
    rationale = {
      en = "The firewall is on, on every kind of network. A client that is moved to another network stays closed."
      sv = "Brandväggen är på, på alla slags nät. En klient som flyttas till ett annat nät förblir stängd."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Windows Defender Firewall: Protect all network connections\"",
    ]
  }

  setting "registry_value" "block-inbound" {
    for_each = local.profiles
    key      = "${local.policy}\\${each.value}"
    name     = "DefaultInboundAction"
    type     = "dword"
    value    = 1
    severity = "critical"
    rationale = {
      en = "What no rule lets in is blocked."
      sv = "Det som ingen regel släpper in blockeras."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 SC-7(5)",
    ]
  }

  setting "registry_value" "outbound" {
    for_each = local.profiles
    key      = "${local.policy}\\${each.value}"
    name     = "DefaultOutboundAction"
    type     = "dword"
    value    = 0
    stricter = "higher"
    severity = "low"
    rationale = {
      en = "What the baselines ask for: the client may begin connections. The modules firewall and offline replace it where only declared flows may go out."
      sv = "Vad baslinjerna begär: klienten får påbörja förbindelser. Modulerna firewall och offline ersätter det där bara angivna flöden får gå ut."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "registry_value" "no-notifications" {
    for_each = local.profiles
    key      = "${local.policy}\\${each.value}"
    name     = "DisableNotifications"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "A user cannot decide on a rule; a question in the middle of an examination only disturbs."
      sv = "En användare kan inte besluta om en regel; en fråga mitt i en undersökning bara stör."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "log-dropped" {
    for_each = local.profiles
    key      = "${local.policy}\\${each.value}\\Logging"
    name     = "LogDroppedPackets"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "A flow that nobody declared shows in the log before somebody searches for it for a day."
      sv = "Ett flöde som ingen har angett syns i loggen innan någon söker efter det en hel dag."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-12",
    ]
  }

  setting "registry_value" "log-allowed" {
    for_each = local.profiles
    key      = "${local.policy}\\${each.value}\\Logging"
    name     = "LogSuccessfulConnections"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Which peers the client really talks to: the evidence for its list of flows."
      sv = "Vilka motparter klienten verkligen talar med: underlaget för dess lista över flöden."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-12",
    ]
  }

  setting "registry_value" "log-size" {
    for_each = local.profiles
    key      = "${local.policy}\\${each.value}\\Logging"
    name     = "LogFileSize"
    type     = "dword"
    value    = 16384
    stricter = "higher"
    severity = "low"
    rationale = {
      en = "Room (KiB) for some days of connections; Windows keeps one old file beside it."
      sv = "Plats (KiB) för några dagars förbindelser; Windows sparar en gammal fil bredvid."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "registry_value" "no-unicast-answers" {
    for_each = local.profiles
    key      = "${local.policy}\\${each.value}"
    name     = "DisableUnicastResponsesToMulticastBroadcast"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Answers to the client's own broadcasts come from anybody. The NSA's list closes this, Microsoft's leaves it open; discovery of printers and modalities by broadcast stops working."
      sv = "Svar på klientens egna rundsändningar kommer från vem som helst. NSA:s lista stänger detta, Microsofts lämnar det öppet. Sökning efter skrivare och modaliteter med rundsändning slutar fungera."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Windows Defender Firewall: Prohibit unicast response to multicast or broadcast requests\"",
    ]
  }

  setting "registry_value" "no-local-rules-on-public-networks" {
    key      = "${local.policy}\\PublicProfile"
    name     = "AllowLocalPolicyMerge"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "On an unknown network only the rules of the policy count, not those that installers made."
      sv = "På ett okänt nät gäller bara policyns regler, inte de som installationsprogram har gjort."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "registry_value" "no-local-ipsec-rules-on-public-networks" {
    key      = "${local.policy}\\PublicProfile"
    name     = "AllowLocalIPsecPolicyMerge"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "On an unknown network a local connection security rule must not make traffic count as authenticated."
      sv = "På ett okänt nät ska ingen lokal anslutningssäkerhetsregel få trafik att räknas som autentiserad."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
    ]
  }
}
