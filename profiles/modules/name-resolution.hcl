# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "name-resolution" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Names and neighbours on the network"
    sv = "Namn och grannar på nätet"
  }
  summary = {
    en = "Names are asked from the DNS server and nobody else, routes come from the router, and the client neither draws maps of its neighbours nor joins networks that happen to be near. What answers first on a hospital's network is not always what it says it is."
    sv = "Namn frågas från DNS-servern och ingen annan, vägar kommer från routern, och klienten kartlägger inte sina grannar och ansluter inte till nät som råkar finnas i närheten. Den som svarar först på ett sjukhusnät är inte alltid den som den utger sig för att vara."
  }
  breaks = [
    {
      en = "Devices that are found by a short name without DNS: film printers, analysers and disks on the same segment. Give them a name in DNS, or an entry in the hosts file."
      sv = "Enheter som hittas med kort namn utan DNS: filmskrivare, analysinstrument och diskar på samma segment. Ge dem ett namn i DNS eller en rad i hosts-filen."
    },
    {
      en = "Printers and wireless displays that announce themselves by multicast DNS."
      sv = "Skrivare och trådlösa skärmar som annonserar sig med multicast-DNS."
    },
    {
      en = "A modality on a network card of its own while the client is also in the domain over wireless: only one wireless network at a time, and none beside the wire."
      sv = "En modalitet på eget nätverkskort medan klienten också är i domänen trådlöst: bara ett trådlöst nät i taget, och inget vid sidan av kabeln."
    },
  ]
  severity_source = {
    en = "The project's own judgement: what hands over a password hash to whoever answers is high; what only tells or takes a detour is lower."
    sv = "Projektets egen bedömning: det som ger en lösenordshash åt den som svarar är högt; det som bara berättar något eller tar en omväg är lägre."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 SC-7, SC-20, CM-7"]
  capabilities = ["NAUT", "SAHD", "TXIG"]

  input "multicast_dns" {
    type    = bool
    default = false
    description = {
      en = "Whether multicast DNS may be asked and answered (builds from 17763 on), for printers and displays that are found by it."
      sv = "Om multicast-DNS får frågas och besvaras (bygge 17763 och senare), för skrivare och skärmar som hittas så."
    }
  }

  input "proxy_discovery" {
    type    = bool
    default = false
    description = {
      en = "Whether services may look for a proxy by WPAD. The proxy is better told than found."
      sv = "Om tjänster får söka en proxy med WPAD. Det är bättre att ange proxyn än att söka den."
    }
  }

  setting "registry_value" "no-llmnr" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\DNSClient"
    name     = "EnableMulticast"
    type     = "dword"
    value    = 0
    severity = "high"
    rationale = {
      en = "Names are asked from the DNS server, not from whoever answers first on the network."
      sv = "Namn frågas från DNS-servern, inte från den som svarar först på nätet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2",
      "Windows policy \"Turn off multicast name resolution\"",
    ]
  }

  setting "registry_value" "netbios-asks-no-neighbours" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Netbt\\Parameters"
    name     = "NodeType"
    type     = "dword"
    value    = 2
    severity = "high"
    rationale = {
      en = "NetBIOS names are asked from a WINS server or not at all (P-node); a broadcast is answered by anybody, and with a hash of the user's password as the reward."
      sv = "NetBIOS-namn frågas från en WINS-server eller inte alls (P-node); en rundsändning kan vem som helst besvara, och få ett hashvärde av användarens lösenord för besväret."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2",
      "Windows policy \"NetBT NodeType configuration\"",
    ]
  }

  setting "registry_value" "netbios-keeps-its-name" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Netbt\\Parameters"
    name     = "NoNameReleaseOnDemand"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "A stranger cannot make the client give up its NetBIOS name and take it over."
      sv = "En främling kan inte få klienten att släppa sitt NetBIOS-namn och sedan ta över det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"MSS: (NoNameReleaseOnDemand) Allow the computer to ignore NetBIOS name release requests except from WINS servers\"",
      "DISA STIG for Windows 10: V-220798, CCI-002385",
    ]
  }

  setting "registry_value" "no-lmhosts" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Netbt\\Parameters"
    name     = "EnableLMHOSTS"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "A forgotten lmhosts file, in which a name can be pinned to any address, is not read."
      sv = "En bortglömd lmhosts-fil, där ett namn kan bindas till vilken adress som helst, läses inte."
    }
    references = [
      "Microsoft Learn, NetBT parameters",
    ]
  }

  setting "registry_value" "multicast-dns" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Dnscache\\Parameters"
    name     = "EnableMDNS"
    type     = "dword"
    value    = input.multicast_dns ? 1 : 0
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "Names in .local are answered by whoever likes to. Product and printer discovery by multicast ends, unless the input says otherwise."
      sv = "Namn i .local besvaras av den som vill. Upptäckt av produkter och skrivare med multicast upphör, om inte indata säger annat."
    }
    references = [
      "Microsoft Networking Blog, mDNS in the enterprise",
    ]
  }

  setting "registry_value" "no-parallel-questions" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\DNSClient"
    name     = "DisableSmartNameResolution"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "A name is asked on one network after the other, not on all at once: a question about a server inside is not sent out over a vendor's tunnel as well."
      sv = "Ett namn frågas på ett nät i taget, inte på alla samtidigt: en fråga om en intern server skickas inte också ut genom en leverantörs tunnel."
    }
    references = [
      "Windows policy \"Turn off smart multi-homed name resolution\"",
    ]
  }

  setting "registry_value" "no-proxy-discovery" {
    when     = !input.proxy_discovery
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\WinHttp"
    name     = "DisableWpad"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Services do not ask the network for a proxy: whoever answers sits in the middle of all they fetch."
      sv = "Tjänster frågar inte nätet efter en proxy: den som svarar kan läsa och ändra allt de hämtar."
    }
    references = [
      "Microsoft Learn, disable HTTP proxy features",
    ]
  }

  # Packets

  setting "registry_value" "no-source-routing" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters"
    name     = "DisableIPSourceRouting"
    type     = "dword"
    value    = 2
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "A sender may not say by which way the answer returns; that is used to get round a firewall."
      sv = "En avsändare får inte bestämma vilken väg svaret tar; det används för att gå runt en brandvägg."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"MSS: (DisableIPSourceRouting) IP source routing protection level\"",
      "DISA STIG for Windows 10: V-220796, CCI-000366",
    ]
  }

  setting "registry_value" "no-source-routing-ipv6" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip6\\Parameters"
    name     = "DisableIPSourceRouting"
    type     = "dword"
    value    = 2
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "The same for IPv6, which is on even where nobody planned it."
      sv = "Inte heller över IPv6, som är på även där ingen har planerat det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"MSS: (DisableIPSourceRoutingIPv6) IP source routing protection level\"",
      "DISA STIG for Windows 10: V-220795, CCI-000366",
    ]
  }

  setting "registry_value" "no-redirects" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters"
    name     = "EnableICMPRedirect"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "A message from a neighbour does not change the way to a server. Routes that a network really needs are set, not overheard."
      sv = "Ett meddelande från en granne ändrar inte vägen till en server. Vägar som ett nät verkligen behöver ställs in av någon."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"MSS: (EnableICMPRedirect) Allow ICMP redirects to override OSPF generated routes\"",
      "DISA STIG for Windows 10: V-220797, CCI-000366",
    ]
  }

  # Networks beside the hospital's own

  setting "registry_value" "no-foreign-networks" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WcmSvc\\GroupPolicy"
    name     = "fBlockNonDomain"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "While the client is on the domain's network it joins no other, so that it never becomes the bridge between the ward and a visitor's hot spot."
      sv = "Så länge klienten är på domänens nät ansluter den inte till något annat, så att den aldrig blir bron mellan avdelningen och en besökares surfzon."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prohibit connection to non-domain networks when connected to domain authenticated network\"",
      "DISA STIG for Windows 10: V-220807, CCI-000366",
    ]
  }

  setting "registry_value" "one-network-at-a-time" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WcmSvc\\GroupPolicy"
    name     = "fMinimizeConnections"
    type     = "dword"
    value    = base.build_number >= 18362 ? 3 : 1
    severity = "medium"
    rationale = {
      en = "With the cable in, wireless is put down (3); builds before 18362 have no such choice and get 1, which still lets a user connect by hand. A second wired card for a modality is not touched."
      sv = "Med kabeln i kopplas det trådlösa ned (3); byggen före 18362 saknar det valet och får 1, som ännu låter en användare ansluta för hand. Ett andra trådbundet kort för en modalitet berörs inte."
    }
    references = [
      "Windows policy \"Minimize the number of simultaneous connections to the Internet or a Windows Domain\"",
    ]
  }

  setting "registry_value" "no-open-hotspots" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\WcmSvc\\wifinetworkmanager\\config"
    name     = "AutoConnectAllowedOEM"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "The client does not join open wireless networks by itself, nor those that a contact shared."
      sv = "Klienten ansluter inte själv till öppna trådlösa nät, och inte till sådana som en kontakt delat."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow Windows to automatically connect to suggested open hotspots, to networks shared by contacts, and to hotspots offering paid services\"",
      "DISA STIG for Windows 10: V-220808, CCI-000366",
    ]
  }

  setting "registry_value" "no-hotspot-logon" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\HotspotAuthentication"
    name     = "Enabled"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "It does not log itself on to paying hot spots either."
      sv = "Klienten loggar inte heller in sig själv på betalda surfzoner."
    }
    references = [
      "Windows policy \"Enable Hotspot Authentication\"",
    ]
  }

  setting "registry_value" "no-connection-sharing" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Network Connections"
    name     = "NC_ShowSharedAccessUI"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Users cannot make the client a router for others (Internet Connection Sharing), with a DHCP server of its own on the ward's network."
      sv = "Användare kan inte göra klienten till router åt andra (delning av internetanslutning), med en egen DHCP-server på avdelningens nät."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prohibit use of Internet Connection Sharing on your DNS domain network\"",
      "DISA STIG for Windows 10: V-220803, CCI-000381",
    ]
  }

  setting "registry_value" "no-bridge" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Network Connections"
    name     = "NC_AllowNetBridge_NLA"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Two network cards, one to the modality and one to the hospital, are not joined into one network."
      sv = "Två nätverkskort, ett mot modaliteten och ett mot sjukhuset, slås inte ihop till ett nät."
    }
    references = [
      "Windows policy \"Prohibit installation and configuration of Network Bridge on your DNS domain network\"",
    ]
  }

  setting "registry_value" "location-by-administrators" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Network Connections"
    name     = "NC_StdDomainUserSetLocation"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Calling a network \"private\" opens the firewall; that takes an administrator."
      sv = "Att kalla ett nätverk \"privat\" öppnar brandväggen mer; det kräver en administratör."
    }
    references = [
      "Windows policy \"Require domain users to elevate when setting a network's location\"",
    ]
  }

  # Maps of the neighbourhood

  setting "registry_value" "no-network-map" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\LLTD"
    name     = "EnableLLTDIO"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "The client does not go round asking its neighbours for a picture of the network."
      sv = "Klienten går inte runt och frågar grannarna efter en bild av nätet."
    }
    references = [
      "Windows policy \"Turn on Mapper I/O (LLTDIO) driver\"",
    ]
  }

  setting "registry_value" "not-on-the-map" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\LLTD"
    name     = "EnableRspndr"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "It does not answer those that draw one, with its name and its place."
      sv = "Klienten svarar inte heller med namn och plats när andra kartlägger nätet."
    }
    references = [
      "Windows policy \"Turn on Responder (RSPNDR) driver\"",
    ]
  }

  setting "registry_value" "no-peer-networks" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Peernet"
    name     = "Disabled"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Peer-to-peer names and groups of Windows are off; no medical product is known to us that uses them."
      sv = "Windows namn och grupper för nät mellan jämlika datorer (peer-to-peer) är av; ingen känd medicinteknisk produkt använder dem."
    }
    references = [
      "Windows policy \"Turn off Microsoft Peer-to-Peer Networking Services\"",
    ]
  }

  setting "registry_value" "no-connect-now" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WCN\\Registrars"
    name     = "EnableRegistrars"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "Wireless keys are not handed to, or taken from, devices by Windows Connect Now."
      sv = "Trådlösa nycklar lämnas inte till, eller tas från, enheter med Windows Connect Now."
    }
    references = [
      "Windows policy \"Configuration of wireless settings using Windows Connect Now\"",
    ]
  }

  setting "registry_value" "no-connect-now-wizard" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WCN\\UI"
    name     = "DisableWcnUi"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Nor does a wizard offer it to users."
      sv = "Inte heller guiden för Windows Connect Now får startas."
    }
    references = [
      "Windows policy \"Prohibit access of the Windows Connect Now wizards\"",
    ]
  }
}
