module "firewall" {
  version = "1.0.0"
  method  = "separation"
  title = {
    en = "Firewall"
    sv = "Brandvägg"
  }
  builds = ">= 14393"
  capabilities = [
    "CONN",
    "NAUT",
    "SAHD",
  ]

  input "block_outbound" {
    type    = bool
    default = false
    description = {
      en = "Block what the client itself begins, but for the flows declared."
      sv = "Blockera det som klienten själv börjar, utom de angivna flödena."
    }
  }

  input "flows" {
    type = map(object({
      direction = string
      protocol  = string
      ports     = list(string)
      peers     = list(string)
    }))
    default = {}
    description = {
      en = "Flows to allow, by a short name: direction (in, out), protocol (tcp, udp), ports at the receiving end and peers."
      sv = "Flöden att tillåta, med ett kort namn: riktning (in, out), protokoll (tcp, udp), portar hos mottagaren och motparter."
    }
    validation {
      condition = length([for f in values(input.flows) : f if !contains(["in", "out"], f.direction) || length(f.ports) == 0 || length(f.peers) == 0]) == 0
      error_message = {
        en = "Each flow needs a direction (in or out), ports and peers."
        sv = "Varje flöde behöver en riktning (in eller out), portar och motparter."
      }
    }
  }

  input "management_peers" {
    type    = list(string)
    default = []
    description = {
      en = "Networks that manage the client over WinRM and HTTPS. Empty: no such rule."
      sv = "Nät som förvaltar klienten med WinRM över HTTPS. Tomt: ingen sådan regel."
    }
  }

  locals {
    profiles = ["DomainProfile", "PrivateProfile", "PublicProfile"]
  }

  setting "registry_value" "on" {
    for_each = local.profiles
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\${each.value}"
    name     = "EnableFirewall"
    type     = "dword"
    value    = 1
    severity = "critical"
    rationale = {
      en = "The firewall is the separation that the client brings along itself."
      sv = "Brandväggen är den separation som klienten själv har med sig."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "block-inbound" {
    for_each = local.profiles
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\${each.value}"
    name     = "DefaultInboundAction"
    type     = "dword"
    value    = 1
    severity = "critical"
    rationale = {
      en = "What is not declared does not come in."
      sv = "Det som inte är angivet kommer inte in."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "outbound" {
    for_each = local.profiles
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\${each.value}"
    name     = "DefaultOutboundAction"
    type     = "dword"
    value    = input.block_outbound ? 1 : 0
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "What the client may begin itself: everything (0), or only the flows declared (1)."
      sv = "Vad klienten själv får börja: allt (0), eller bara angivna flöden (1)."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-notifications" {
    for_each = local.profiles
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\${each.value}"
    name     = "DisableNotifications"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Users cannot decide on firewall rules; a question to them only disturbs."
      sv = "Användare kan inte besluta om brandväggsregler; en fråga till dem bara stör."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "log-dropped" {
    for_each = local.profiles
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\${each.value}\\Logging"
    name     = "LogDroppedPackets"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "An undeclared dependency of a product shows in the log."
      sv = "Ett oangivet beroende hos en produkt syns i loggen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "log-size" {
    for_each = local.profiles
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\${each.value}\\Logging"
    name     = "LogFileSize"
    type     = "dword"
    value    = 16384
    stricter = "higher"
    severity = "low"
    rationale = {
      en = "Room (KiB) for days of dropped packets."
      sv = "Plats (KiB) för dagar av kastade paket."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-local-rules-on-public-networks" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\PublicProfile"
    name     = "AllowLocalPolicyMerge"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "On an unknown network only the rules of the image count, not those that installers made."
      sv = "På ett okänt nät gäller bara avbildens regler, inte de som installationsprogram har gjort."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "firewall_rule" "winrm" {
    when             = length(input.management_peers) > 0
    id               = "wmclient-winrm-https-in"
    name             = "wmclient: WinRM over HTTPS from the management network"
    direction        = "in"
    action           = "allow"
    protocol         = "tcp"
    local_ports      = ["5986"]
    remote_addresses = input.management_peers
    severity         = "high"
    rationale = {
      en = "The one door by which the client is managed, for the peers named."
      sv = "Den enda dörren för förvaltning av klienten, för de namngivna motparterna."
    }
  }

  setting "firewall_rule" "flow" {
    for_each         = input.flows
    id               = "wmclient-flow-${each.key}"
    name             = "wmclient: ${each.key}"
    direction        = each.value.direction
    action           = "allow"
    protocol         = each.value.protocol
    local_ports      = each.value.direction == "in" ? each.value.ports : null
    remote_ports     = each.value.direction == "out" ? each.value.ports : null
    remote_addresses = each.value.peers
    severity         = "medium"
    rationale = {
      en = "A flow that the product declares. It is a policy rule, so that it counts where local rules do not."
      sv = "Ett flöde som produkten anger. Det är en policyregel och gäller även där lokala regler inte gör det."
    }
  }
}
