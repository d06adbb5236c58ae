# The wall itself, and the doors that the image's products and modules ask for. Rules are policy rules, because rules that are made on the
# client do not count here.
module "firewall" {
  version = "1.1.0"
  method  = "separation"
  title = {
    en = "Firewall"
    sv = "Brandvägg"
  }
  summary = {
    en = "Everything is closed from outside, on all kinds of networks, and rules that programs make on the client do not count. What the image's products and modules declare as flows is opened, for the addresses that the image names. Roles such as \"the image archive\" are mapped to addresses with the input peers; a product's flow without an address stops the plan, a module's flow without one stays closed."
    sv = "Allt är stängt utifrån, på alla slags nät, och regler som program gör på klienten gäller inte. Det som avbildens produkter och moduler anger som flöden öppnas, för de adresser som avbilden nämner. Roller som \"bildarkivet\" översätts till adresser med indata peers; en produkts flöde utan adress stoppar planen, en moduls flöde utan adress förblir stängt."
  }
  breaks = [
    {
      en = "Programs that open the firewall for themselves when they are installed: their rules are ignored. What they need must stand in the product's flows."
      sv = "Program som öppnar brandväggen när de installeras: deras regler gäller inte. Det de behöver ska stå bland produktens flöden."
    },
    {
      en = "Windows' own inbound rules, such as those for ping, file sharing and discovery of printers. Address assignment, name resolution and ICMP are opened again below."
      sv = "Windows egna inkommande regler, som de för ping, fildelning och sökning efter skrivare. Adresstilldelning, namnuppslagning och ICMP öppnar modulen igen med egna flöden."
    },
    {
      en = "A flow to a name: the firewall knows addresses only, so a peer that is a host name stays closed until the input peers says its addresses."
      sv = "Ett flöde till ett namn: brandväggen känner bara adresser, så en motpart som är ett värdnamn förblir stängd tills indata peers anger dess adresser."
    },
  ]
  severity_source = {
    en = "The project's own judgement: what opens or closes the client as a whole is critical, what only records is low."
    sv = "Projektets egen bedömning: det som öppnar eller stänger hela klienten är kritiskt, det som bara loggar är lågt."
  }
  builds = ">= 14393"
  references = [
    "NIST SP 800-53 SC-7, SC-7(5)",
    "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
  ]
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
      sv = "Blockera det som klienten själv påbörjar, utom de angivna flödena."
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

  input "peers" {
    type    = map(list(string))
    default = {}
    description = {
      en = "Addresses of the peers that products and modules name by role or host name; also by a flow's key, which then holds for that flow alone."
      sv = "Adresser till de motparter som produkter och moduler nämner med roll eller värdnamn; även med ett flödes nyckel, som då gäller bara det flödet."
    }
    validation {
      condition = length([for f in needs.flows : f if f.direction != null && f.protocol != null && !contains(keys(input.peers), f.key) && length([for p in f.peers : p if contains(keys(input.peers), p) || contains(["any", "localsubnet", "dns", "dhcp", "wins", "defaultgateway"], lower(p)) || can(regex("^[0-9.]+(/[0-9.]+)?(-[0-9.]+)?$|^[0-9a-fA-F]*:[0-9a-fA-F:./-]*$", p))]) == 0]) == 0
      error_message = {
        en = "A product's flow names its peer by a role, or names none, and the image does not say which addresses that is. Give the role its addresses in peers, or name the flow there by its key."
        sv = "En produkts flöde nämner sin motpart med en roll, eller inte alls, och avbilden anger inte vilka adresser det är. Ge rollen dess adresser i peers, eller nämn flödet där med dess nyckel."
      }
    }
  }

  input "local_rules" {
    type    = bool
    default = false
    description = {
      en = "Whether rules made on the client count on domain and private networks too. On public networks they never do."
      sv = "Om regler som gjorts på klienten gäller i domännätverk och privata nätverk. I offentliga nätverk gör de aldrig det."
    }
  }

  input "icmp" {
    type    = bool
    default = true
    description = {
      en = "Let ICMP in: without it, large packets can get lost without a word and IPv6 finds no neighbours. It also answers ping, since a rule here cannot tell the types apart."
      sv = "Släpp in ICMP: utan det kan stora paket försvinna utan besked, och IPv6 hittar inga grannar. Då besvaras även ping, eftersom en regel här inte skiljer på typerna."
    }
  }

  input "domain_controllers" {
    type    = list(string)
    default = []
    description = {
      en = "Domain controllers, where the client is a member of a domain and outbound traffic is blocked."
      sv = "Domänkontrollanter, där klienten är med i en domän och utgående trafik är blockerad."
    }
  }

  input "time_servers" {
    type    = list(string)
    default = []
    description = {
      en = "Time servers that the client may ask over NTP."
      sv = "Tidsservrar som klienten får fråga över NTP."
    }
  }

  input "management_peers" {
    type    = list(string)
    default = []
    description = {
      en = "Networks that manage the client over WinRM and HTTPS. Empty: no such rule."
      sv = "Nät som klienten förvaltas från, med WinRM över HTTPS. Tomt: ingen sådan regel."
    }
  }

  locals {
    profiles = ["DomainProfile", "PrivateProfile", "PublicProfile"]
    svchost  = "%SystemRoot%\\System32\\svchost.exe"

    # Each declared flow with its peers as addresses. A peer is one already, or the input says which it is; anything else falls away.
    addressed = {
      for key, f in flows : key => {
        direction = f.direction
        protocol  = f.protocol
        ports     = f.ports
        program   = f.program == null ? "" : f.program
        reason    = replace(f.reason_en, "|", "/")
        any       = contains(f.peers, "any") && !contains(keys(input.peers), key)
        peers = contains(keys(input.peers), key) ? input.peers[key] : distinct(flatten([
          for p in f.peers : contains(keys(input.peers), p) ? input.peers[p] : [
            for a in [p] : a if contains(["localsubnet", "dns", "dhcp", "wins", "defaultgateway"], lower(a)) || can(regex("^[0-9.]+(/[0-9.]+)?(-[0-9.]+)?$|^[0-9a-fA-F]*:[0-9a-fA-F:./-]*$", a))
          ]
        ]))
      }
    }
  }

  flow "dhcp" {
    direction = "out"
    protocol  = "udp"
    ports     = ["67"]
    peers     = ["any"]
    program   = local.svchost
    reason = {
      en = "The client asks for an address. It does not know yet whom it asks, so the peer is anybody."
      sv = "Klienten frågar efter en adress. Den vet ännu inte vem den frågar, så motparten är vem som helst."
    }
  }

  flow "dhcp-answer" {
    direction = "in"
    protocol  = "udp"
    ports     = ["68"]
    peers     = ["any"]
    program   = local.svchost
    reason = {
      en = "The answer to a question for an address, which may come as a broadcast."
      sv = "Svaret på en fråga efter en adress, som kan komma till alla på nätet."
    }
  }

  flow "dhcpv6" {
    direction = "out"
    protocol  = "udp"
    ports     = ["547"]
    peers     = ["any"]
    program   = local.svchost
    reason = {
      en = "The client asks for an IPv6 address."
      sv = "Klienten frågar efter en IPv6-adress."
    }
  }

  flow "dhcpv6-answer" {
    direction = "in"
    protocol  = "udp"
    ports     = ["546"]
    peers     = ["any"]
    program   = local.svchost
    reason = {
      en = "The answer to a question for an IPv6 address."
      sv = "Svaret på en fråga efter en IPv6-adress."
    }
  }

  flow "dns" {
    direction = "out"
    protocol  = "udp"
    ports     = ["53"]
    peers     = ["DNS"]
    reason = {
      en = "Names are asked of the name servers that the client is given, and of no others."
      sv = "Namn frågas hos de namnservrar som klienten har fått, och inte hos några andra."
    }
  }

  flow "dns-long" {
    direction = "out"
    protocol  = "tcp"
    ports     = ["53"]
    peers     = ["DNS"]
    reason = {
      en = "Long answers from the name servers come over TCP."
      sv = "Långa svar från namnservrarna kommer över TCP."
    }
  }

  flow "icmp" {
    when      = input.icmp
    direction = "in"
    protocol  = "icmpv4"
    peers     = ["any"]
    reason = {
      en = "A router says that a packet was too large."
      sv = "En router meddelar att ett paket var för stort."
    }
  }

  flow "icmp-out" {
    when      = input.icmp
    direction = "out"
    protocol  = "icmpv4"
    peers     = ["any"]
    reason = {
      en = "The client looks whether a peer answers, as domain members do before they fetch policies."
      sv = "Klienten ser efter om en motpart svarar, som domänmedlemmar gör innan de hämtar policyer."
    }
  }

  flow "icmpv6" {
    when      = input.icmp
    direction = "in"
    protocol  = "icmpv6"
    peers     = ["any"]
    reason = {
      en = "IPv6 finds neighbours and routers with ICMP alone."
      sv = "IPv6 hittar grannar och routrar enbart med ICMP."
    }
  }

  flow "icmpv6-out" {
    when      = input.icmp
    direction = "out"
    protocol  = "icmpv6"
    peers     = ["any"]
    reason = {
      en = "The client tells its neighbours which addresses it has."
      sv = "Klienten talar om för grannarna vilka adresser den har."
    }
  }

  flow "domain" {
    when      = length(input.domain_controllers) > 0
    direction = "out"
    protocol  = "tcp"
    ports     = ["53", "88", "135", "389", "445", "464", "636", "3268-3269", "49152-65535"]
    peers     = input.domain_controllers
    reason = {
      en = "Logon, policies and directory of the domain: Kerberos, LDAP, SMB and RPC."
      sv = "Domänens inloggning, policyer och katalog: Kerberos, LDAP, SMB och RPC."
    }
  }

  flow "domain-datagrams" {
    when      = length(input.domain_controllers) > 0
    direction = "out"
    protocol  = "udp"
    ports     = ["53", "88", "123", "389", "464"]
    peers     = input.domain_controllers
    reason = {
      en = "Name, time, and the search for a domain controller."
      sv = "Namn, tid och sökning efter en domänkontrollant."
    }
  }

  flow "time" {
    when      = length(input.time_servers) > 0
    direction = "out"
    protocol  = "udp"
    ports     = ["123"]
    peers     = input.time_servers
    reason = {
      en = "The clock. DICOM stamps, Kerberos, TLS and audit all rely on it."
      sv = "Klockan. Tidsstämplar i DICOM, Kerberos, TLS och granskningsloggar bygger alla på den."
    }
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
      sv = "Brandväggen är det enda skydd mot nätet som klienten själv har med sig."
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
      sv = "Vad klienten själv får påbörja: allt (0), eller bara angivna flöden (1)."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
    override {
      over   = ["firewall-baseline/outbound"]
      reason = "The baseline lets everything out; a client that may begin only what is declared is stricter."
    }
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
      sv = "Trafik som en produkt behöver men som ingen har angett syns i loggen."
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
      sv = "Plats (KiB) för några dagars kastade paket."
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

  setting "registry_value" "no-local-ipsec-rules-on-public-networks" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\PublicProfile"
    name     = "AllowLocalIPsecPolicyMerge"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "A connection security rule made on the client could let traffic pass as authenticated."
      sv = "En anslutningssäkerhetsregel som gjorts på klienten kan få trafik att räknas som autentiserad."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "firewall_profile" "no-local-rules" {
    for_each          = input.local_rules ? [] : ["domain", "private"]
    profile           = each.value
    allow_local_rules = false
    severity          = "high"
    rationale = {
      en = "A rule that an installer made opens the client without anybody having decided it. What products need is lifted into policy rules below, and everything else stays closed."
      sv = "En regel som ett installationsprogram har gjort öppnar klienten utan att någon har beslutat det. Det produkterna behöver får i stället egna policyregler, och allt annat förblir stängt."
    }
    references = [
      "Windows policy \"Windows Defender Firewall: Apply local firewall rules\"",
      "NIST SP 800-53 SC-7(5)",
    ]
  }

  setting "firewall_rule" "declared" {
    for_each         = { for key, f in local.addressed : key => f if f.any || length(f.peers) > 0 }
    id               = "wmclient-declared-${each.key}"
    name             = "wmclient: ${each.key}"
    description      = each.value.reason
    direction        = each.value.direction
    action           = "allow"
    protocol         = each.value.protocol
    program          = each.value.program
    local_ports      = each.value.direction == "in" && length(each.value.ports) > 0 ? each.value.ports : null
    remote_ports     = each.value.direction == "out" && length(each.value.ports) > 0 ? each.value.ports : null
    remote_addresses = each.value.any ? null : each.value.peers
    severity         = "medium"
    rationale = {
      en = "A flow that a product or module of the image declares, with its own reason in the rule. Without the rule it would be blocked, and the product with it."
      sv = "Ett flöde som en produkt eller modul i avbilden anger, med sitt eget skäl i regeln. Utan regeln blockeras det, och produkten med det."
    }
    references = [
      "NIST SP 800-53 SC-7(5)",
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
      sv = "Den enda vägen in för förvaltning av klienten, för de namngivna motparterna."
    }
    references = [
      "NIST SP 800-53 AC-17, SC-7(5)",
      "Microsoft Learn, \"Installation and configuration for Windows Remote Management\" (port 5986)",
    ]
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
    references = [
      "NIST SP 800-53 CA-3, SC-7(5)",
    ]
  }

  # What stands beside the plan

  setting "registry_exclusive" "no-other-rules" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\FirewallRules"
    severity = "high"
    rationale = {
      en = "A rule that no setting of the image asks for opens the client while every rule of the image is in place. On a client in a domain its policy writes into the same list, and this setting names those rules too."
      sv = "En regel som ingen inställning i avbilden begär öppnar klienten, fast alla avbildens regler är på plats. På en klient i en domän skriver domänens policy i samma lista, och den här inställningen nämner även de reglerna."
    }
    references = [
      "NIST SP 800-53 CM-6, SC-7(5)",
    ]
  }

  setting "registry_exclusive" "no-other-ipsec-rules" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\ConSecRules"
    severity = "medium"
    rationale = {
      en = "A rule about IPsec can let a peer around the rules that block, or keep the medical systems from the client. This image brings none; those of a domain are allowed by their names (also)."
      sv = "En regel om IPsec kan släppa en motpart förbi reglerna som stoppar, eller stänga ute de medicinska systemen. Avbilden har ingen; domänens egna tillåts vid namn (also)."
    }
    references = [
      "NIST SP 800-53 CM-6, SC-7",
    ]
  }
}
