# Separation that the client brings along: who may talk with whom, packet by packet. Physical and virtual separation is the network's; an image
# states it as a fact with the name of who says so, because no computer can see it.
module "isolation" {
  version = "1.0.0"
  method  = "separation"
  title = {
    en = "Separation from the surroundings"
    sv = "Separation från omgivningen"
  }
  summary = {
    en = "The host firewall as segmentation. Only flows to named peers are open, rules and connection security rules made on the client do not count, and networks that the client must never meet are closed in both directions, whatever else is allowed. Named flows can be held to IPsec: without the other side's proof nothing passes. That the client stands on a network of its own, in its own cabinet or as a guest on hosts of its own, is written in the image as fact \"separation\" with who says so; plan and manifest record it, and nothing here proves it."
    sv = "Klientens brandvägg som segmentering. Bara flöden till namngivna motparter är öppna, regler och anslutningssäkerhetsregler som gjorts på klienten gäller inte, och nät som klienten aldrig ska möta är stängda åt båda hållen, vad som än tillåts i övrigt. Namngivna flöden kan kräva IPsec: utan att den andra sidan har bevisat vem den är passerar ingenting. Att klienten står på ett eget nät, i ett eget skåp eller som gäst på egna värdar skrivs i avbilden som fact \"separation\", med uppgift om vem som säger det; plan och manifest antecknar det, och inget här bevisar det."
  }
  breaks = [
    {
      en = "Everything that was reached because it was near: shares, printers and tools on the same network without a declared flow."
      sv = "Allt som gått att nå bara för att det stod på samma nät: delningar, skrivare och verktyg utan ett angivet flöde."
    },
    {
      en = "Flows that are held to IPsec, until the domain has given both sides connection security rules. This module sets none: an authentication method needs a domain or certificates, and a rule without one would only look like protection."
      sv = "Flöden som kräver IPsec, tills domänen har gett båda sidor anslutningssäkerhetsregler (IPsec). Modulen sätter inga: en autentiseringsmetod kräver en domän eller certifikat, och en regel utan den skulle bara likna ett skydd."
    },
    {
      en = "A management network that lies inside a closed network, or is the client's own subnet: a block wins over every allowance."
      sv = "Ett förvaltningsnät som ligger inom ett stängt nät, eller är klientens eget subnät: en blockering går före varje tillåtelse."
    },
  ]
  severity_source = {
    en = "The project's own judgement: what opens a way around the declared flows is high."
    sv = "Projektets egen bedömning: det som öppnar en väg förbi de angivna flödena är högt."
  }
  builds = ">= 14393"
  references = [
    "NIST SP 800-53 SC-7, SC-7(21), SC-8, AC-4",
  ]
  capabilities = [
    "NAUT",
    "CONN",
    "TXCF",
    "TXIG",
    "SAHD",
  ]
  requires = {
    firewall = "^1.1"
  }

  input "closed_networks" {
    type    = list(string)
    default = []
    description = {
      en = "Networks that the client never talks with, in either direction: the office clients, the guests, the internet's side of a router."
      sv = "Nät som klienten aldrig talar med, åt något håll: kontorsklienterna, gästerna, en routers internetsida."
    }
  }

  input "no_neighbours" {
    type    = bool
    default = true
    description = {
      en = "Close file sharing, remote procedure calls, remote desktop and remote management from the client's own subnet. Worms spread sideways, and clients have no business with each other."
      sv = "Stäng fildelning, fjärranrop, fjärrskrivbord och fjärrförvaltning från klientens eget subnät. Maskar sprids sidledes, och klienter har inget med varandra att göra."
    }
  }

  input "authenticated_flows" {
    type = map(object({
      direction = string
      protocol  = string
      ports     = list(string)
      peers     = list(string)
      encrypted = optional(bool, false)
    }))
    default = {}
    description = {
      en = "Flows that pass only when IPsec has authenticated the other side, and encrypted them where that is said. They need connection security rules from the domain."
      sv = "Flöden som passerar bara när IPsec har autentiserat den andra sidan, och krypterat dem där det anges. De kräver anslutningssäkerhetsregler från domänen."
    }
    validation {
      condition = length([for f in values(input.authenticated_flows) : f if !contains(["in", "out"], f.direction) || !contains(["tcp", "udp"], f.protocol) || length(f.ports) == 0 || length(f.peers) == 0]) == 0
      error_message = {
        en = "Each flow needs a direction (in or out), tcp or udp, ports and peers."
        sv = "Varje flöde behöver en riktning (in eller out), tcp eller udp, portar och motparter."
      }
    }
  }

  locals {
    profiles = ["domain", "private", "public"]
  }

  setting "firewall_profile" "no-local-rules" {
    for_each          = local.profiles
    profile           = each.value
    allow_local_rules = false
    severity          = "high"
    rationale = {
      en = "One rule that an installer makes opens the segment. What a product needs is declared, and lifted into the policy by the module firewall."
      sv = "En enda regel som ett installationsprogram gör öppnar segmentet. Det en produkt behöver anges, och lyfts till policyn av modulen firewall."
    }
    references = [
      "Windows policy \"Windows Defender Firewall: Apply local firewall rules\"",
      "NIST SP 800-53 SC-7",
    ]
  }

  setting "firewall_profile" "no-local-ipsec-rules" {
    for_each                = local.profiles
    profile                 = each.value
    allow_local_ipsec_rules = false
    severity                = "high"
    rationale = {
      en = "A connection security rule made on the client could exempt a peer from its proof."
      sv = "En anslutningssäkerhetsregel som gjorts på klienten kan undanta en motpart från kravet att bevisa vem den är."
    }
    references = [
      "Windows policy \"Windows Defender Firewall: Apply local connection security rules\"",
      "NIST SP 800-53 SC-8",
    ]
  }

  setting "firewall_profile" "block-inbound" {
    for_each = local.profiles
    profile  = each.value
    enabled  = true
    inbound  = "block"
    severity = "critical"
    rationale = {
      en = "A segment has a wall all around, also where the client is plugged into another network."
      sv = "Klienten är stängd åt alla håll, även när den ansluts till ett annat nät."
    }
    references = [
      "NIST SP 800-53 SC-7(5)",
    ]
  }

  setting "firewall_rule" "closed-in" {
    when             = length(input.closed_networks) > 0
    id               = "wmclient-closed-in"
    name             = "wmclient: closed networks, in"
    direction        = "in"
    action           = "block"
    remote_addresses = input.closed_networks
    severity         = "high"
    rationale = {
      en = "Nothing comes from a network that the client must never meet, even where another rule would let it in."
      sv = "Ingenting kommer från ett nät som klienten aldrig ska möta, även om en annan regel skulle släppa in det."
    }
    references = [
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "firewall_rule" "closed-out" {
    when             = length(input.closed_networks) > 0
    id               = "wmclient-closed-out"
    name             = "wmclient: closed networks, out"
    direction        = "out"
    action           = "block"
    remote_addresses = input.closed_networks
    severity         = "high"
    rationale = {
      en = "Nothing goes to such a network either."
      sv = "Ingenting går heller till ett sådant nät."
    }
    references = [
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "firewall_rule" "no-neighbours" {
    when             = input.no_neighbours
    id               = "wmclient-no-neighbours"
    name             = "wmclient: no management or file sharing from the own subnet"
    direction        = "in"
    action           = "block"
    protocol         = "tcp"
    local_ports      = ["135", "139", "445", "3389", "5985-5986"]
    remote_addresses = ["LocalSubnet"]
    severity         = "high"
    rationale = {
      en = "A worm or an intruder on the neighbouring client tries these ports first. Management comes from a network of its own; where it does not, the input says so."
      sv = "En mask eller inkräktare på grannklienten provar dessa portar först. Förvaltning kommer från ett eget nät; där den inte gör det anges det med indata."
    }
    references = [
      "NIST SP 800-53 SC-7(21)",
    ]
  }

  setting "firewall_rule" "authenticated" {
    for_each         = input.authenticated_flows
    id               = "wmclient-authenticated-${each.key}"
    name             = "wmclient: ${each.key}, with IPsec"
    direction        = each.value.direction
    action           = "allow"
    protocol         = each.value.protocol
    local_ports      = each.value.direction == "in" ? each.value.ports : null
    remote_ports     = each.value.direction == "out" ? each.value.ports : null
    remote_addresses = each.value.peers
    authentication   = each.value.encrypted ? "encrypted" : "required"
    severity         = "high"
    rationale = {
      en = "An address can be borrowed; a proof cannot. Without connection security rules the flow is closed, not open."
      sv = "En adress kan lånas; det kan inte ett kryptografiskt bevis. Utan anslutningssäkerhetsregler är flödet stängt, inte öppet."
    }
    references = [
      "NIST SP 800-53 SC-8, IA-3",
    ]
  }

  setting "service" "ike-service" {
    when     = length(input.authenticated_flows) > 0
    name     = "IKEEXT"
    start    = "automatic"
    severity = "medium"
    rationale = {
      en = "The service negotiates the keys of IPsec (IKE); without it no flow that is held to IPsec opens."
      sv = "Tjänsten förhandlar nycklarna för IPsec (IKE); utan den öppnas inget flöde som kräver IPsec."
    }
    references = [
      "NIST SP 800-53 SC-8",
    ]
  }

  setting "service" "ipsec-service" {
    when     = length(input.authenticated_flows) > 0
    name     = "PolicyAgent"
    start    = "automatic"
    severity = "medium"
    rationale = {
      en = "The service applies the rules of IPsec to the traffic; without it every flow that is held to IPsec is closed."
      sv = "Tjänsten tillämpar reglerna för IPsec på trafiken; utan den är varje flöde som kräver IPsec stängt."
    }
    references = [
      "NIST SP 800-53 SC-8",
    ]
  }
}
