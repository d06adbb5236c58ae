# No way to the internet: the firewall lets out what is declared, and Windows does not try the rest. Requires the firewall module, whose
# rules are the doors.
# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "offline" {
  version = "1.1.0"
  method  = "no-internet"
  title = {
    en = "No internet access"
    sv = "Ingen internetåtkomst"
  }
  summary = {
    en = "The client has no internet. The firewall blocks everything that the client begins, but for the flows that the image's products and modules declare. Windows' own probes, cloud services, diagnostic data and the remains of the Store are switched off, so that nothing waits for an answer that cannot come and the logs show what is really missing. Sjunet, the Swedish health-care network, is not the internet: with the input sjunet the client asks named resolvers for its names and reaches named endpoints, and the addresses behind which SITHS answers whether a certificate is still valid."
    sv = "Klienten har inget internet. Brandväggen blockerar allt som klienten själv påbörjar, utom de flöden som avbildens produkter och moduler anger. Windows egna kontroller mot internet, molntjänster, diagnostikdata och resterna av butiken är avstängda, så att ingenting väntar på svar som inte kan komma och loggarna visar det som verkligen saknas. Sjunet, vårdens nät, är inte internet: med indata sjunet frågar klienten namngivna namnservrar efter dess namn och når namngivna mottagare, och de adresser där SITHS svarar på om ett certifikat ännu gäller."
  }
  breaks = [
    {
      en = "Smart-card logon with SITHS, unless the endpoints for revocation are given: Windows refuses a certificate that it cannot check."
      sv = "Inloggning med SITHS-kort, om inte adresserna för spärrkontroll anges: Windows avvisar ett certifikat som inte kan kontrolleras."
    },
    {
      en = "Products that check a licence, fetch updates or send diagnostics over the internet without having declared it."
      sv = "Produkter som kontrollerar licens, hämtar uppdateringar eller skickar diagnostik över internet utan att ha angett det."
    },
    {
      en = "Programs signed under a root that the base lacks: roots are no longer fetched, and belong into the base or into the module's certificates."
      sv = "Program vars signatur leder till ett rotcertifikat som basen saknar: rotcertifikat hämtas inte längre utan ska finnas i basen eller läggas in med avbilden."
    },
    {
      en = "Activation over the internet. Volume licences need a key management server on the network, declared as a flow."
      sv = "Aktivering över internet. Volymlicenser behöver en nyckelserver på nätet, angiven som ett flöde."
    },
    {
      en = "Reputation checks of SmartScreen and cloud protection of Defender, which cannot reach their services."
      sv = "SmartScreens ryktekontroll och Defenders molnskydd, som inte når sina tjänster."
    },
  ]
  severity_source = {
    en = "The project's own judgement: what lets data out is high or medium, what only costs time or space is low."
    sv = "Projektets egen bedömning: det som släpper ut data är högt eller medel, det som bara kostar tid eller plats är lågt."
  }
  builds = ">= 14393"
  references = [
    "NIST SP 800-53 SC-7(5), CM-7",
    "Microsoft Learn, \"Manage connections from Windows 10 operating system components to Microsoft services\"",
  ]
  capabilities = [
    "SAHD",
    "NAUT",
    "CONN",
  ]
  requires = {
    firewall = "^1.1"
  }

  input "sjunet" {
    type    = bool
    default = false
    description = {
      en = "Access to Sjunet, the Swedish health-care network."
      sv = "Åtkomst till Sjunet, sjukvårdens nät."
    }
  }

  input "block_outbound" {
    type    = bool
    default = true
    description = {
      en = "Block what the client begins, but for declared flows. Without it, the network has to keep the client from the internet."
      sv = "Blockera det som klienten påbörjar, utom angivna flöden. Utan det måste nätet hålla klienten borta från internet."
    }
  }

  input "sjunet_resolvers" {
    type    = list(string)
    default = []
    description = {
      en = "Name servers that answer for names on Sjunet."
      sv = "Namnservrar som svarar för namn på Sjunet."
    }
    validation {
      condition = length(input.sjunet_resolvers) == 0 || input.sjunet
      error_message = {
        en = "Name servers for Sjunet need sjunet = true."
        sv = "Namnservrar för Sjunet kräver sjunet = true."
      }
    }
  }

  input "sjunet_namespaces" {
    type    = list(string)
    default = [".sjunet.org"]
    description = {
      en = "Names below which those name servers are asked, each with its dot. Names outside Sjunet's own domain that have another address there belong here too."
      sv = "Namn under vilka de namnservrarna frågas, vart och ett med sin punkt. Hit hör även namn utanför Sjunets egen domän som har en annan adress där."
    }
    validation {
      condition = length(input.sjunet_namespaces) > 0
      error_message = {
        en = "Name at least one suffix."
        sv = "Ange minst ett suffix."
      }
    }
  }

  input "sjunet_endpoints" {
    type = map(object({
      addresses = list(string)
      ports     = list(string)
      protocol  = optional(string, "tcp")
    }))
    default = {}
    description = {
      en = "Services on Sjunet that the client may reach, by a short name: addresses and ports."
      sv = "Tjänster på Sjunet som klienten får nå, med ett kort namn: adresser och portar."
    }
    validation {
      condition = input.sjunet || length(input.sjunet_endpoints) == 0
      error_message = {
        en = "Endpoints on Sjunet need sjunet = true."
        sv = "Mottagare på Sjunet kräver sjunet = true."
      }
    }
    validation {
      condition = length([for e in values(input.sjunet_endpoints) : e if length(e.addresses) == 0 || length(e.ports) == 0 || !contains(["tcp", "udp"], e.protocol)]) == 0
      error_message = {
        en = "Each endpoint needs addresses, ports, and tcp or udp."
        sv = "Varje mottagare behöver adresser, portar och tcp eller udp."
      }
    }
  }

  input "hosts" {
    type    = map(string)
    default = {}
    description = {
      en = "Names with their addresses for the hosts file, where a resolver does not know them: endpoints on Sjunet, or peers of a client without DNS. Empty: the base's file stays."
      sv = "Namn med adresser till hosts-filen, där ingen namnserver känner dem: ändpunkter i Sjunet, eller motparter till en klient utan DNS. Tomt: basens fil är kvar."
    }
  }

  input "revocation_addresses" {
    type    = list(string)
    default = []
    description = {
      en = "Addresses behind which SITHS and the products' other CAs answer over HTTP whether a certificate is revoked (CRL, OCSP) and who issued it (AIA). The firewall knows no names, so the addresses behind the names that products state belong here."
      sv = "Adresser där SITHS och produkternas övriga utfärdare svarar över HTTP på om ett certifikat är spärrat (CRL, OCSP) och vem som utfärdat det (AIA). Brandväggen känner inga namn, så adresserna bakom namnen som produkterna anger hör hit."
    }
    validation {
      condition = length(needs.revocation_endpoints) == 0 || length(input.revocation_addresses) > 0 || !input.block_outbound
      error_message = {
        en = "A product needs endpoints for revocation (CRL, OCSP, AIA), and outbound traffic is blocked. Give the addresses behind their names in revocation_addresses."
        sv = "En produkt behöver adresser för spärrkontroll (CRL, OCSP, AIA), och utgående trafik är blockerad. Ange adresserna bakom namnen i revocation_addresses."
      }
    }
    validation {
      condition = length([for e in needs.revocation_endpoints : e if can(regex("^https:", lower(e.value)))]) == 0
      error_message = {
        en = "A product states an endpoint for revocation over https. Windows fetches such answers over http only, on port 80; ask the manufacturer for the right address."
        sv = "En produkt anger en adress för spärrkontroll över https. Windows hämtar sådana svar bara över http, på port 80; fråga tillverkaren efter rätt adress."
      }
    }
  }

  locals {
    revocation_ports = distinct(concat(["80"], flatten([for e in needs.revocation_endpoints : regexall("^http://[^/:]+:([0-9]+)", lower(e.value))])))
  }

  flow "revocation" {
    when      = length(input.revocation_addresses) > 0
    direction = "out"
    protocol  = "tcp"
    ports     = local.revocation_ports
    peers     = input.revocation_addresses
    reason = {
      en = "Whether a SITHS or other certificate is revoked, and who issued it: CRL, OCSP and AIA over HTTP, port 80."
      sv = "Om ett SITHS-certifikat eller annat certifikat är spärrat, och vem som utfärdat det: CRL, OCSP och AIA över HTTP, port 80."
    }
  }

  flow "sjunet-names" {
    when      = length(input.sjunet_resolvers) > 0
    direction = "out"
    protocol  = "udp"
    ports     = ["53"]
    peers     = input.sjunet_resolvers
    reason = {
      en = "Names on Sjunet, whose addresses differ from those on the internet."
      sv = "Namn på Sjunet, vars adresser skiljer sig från dem på internet."
    }
  }

  flow "sjunet-names-long" {
    when      = length(input.sjunet_resolvers) > 0
    direction = "out"
    protocol  = "tcp"
    ports     = ["53"]
    peers     = input.sjunet_resolvers
    reason = {
      en = "Long answers from Sjunet's name servers come over TCP."
      sv = "Långa svar från Sjunets namnservrar kommer över TCP."
    }
  }

  deviation "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection!AllowTelemetry" {
    values = ["dword:0"]
    reason = {
      en = "NSA asks for basic telemetry (1), the least that editions other than Enterprise obey. LTSB and LTSC obey 0, and a client without internet has nobody to send to."
      sv = "NSA begär grundläggande telemetri (1), det minsta som andra utgåvor än Enterprise lyder. LTSB och LTSC lyder 0, och en klient utan internet har ingen att skicka till."
    }
  }

  deviation "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeliveryOptimization!DODownloadMode" {
    values = ["dword:99"]
    reason = {
      en = "NSA lets neighbours of one domain hand updates on (2). Here they come from the one server that the image names (99), and the firewall knows no neighbours."
      sv = "NSA låter grannar i samma domän skicka vidare uppdateringar (2). Här kommer de från den enda server som avbilden anger (99), och brandväggen känner inga grannar."
    }
  }

  setting "firewall_profile" "outbound" {
    for_each = input.block_outbound ? ["domain", "private", "public"] : []
    profile  = each.value
    outbound = "block"
    severity = "critical"
    rationale = {
      en = "What nobody declared does not go out, whatever tries: an update service, a telemetry channel, or a program that should not be there."
      sv = "Det som ingen har angett går inte ut, vad det än är som försöker: en uppdateringstjänst, en telemetrikanal eller ett program som inte ska finnas där."
    }
    references = [
      "Windows policy \"Windows Defender Firewall: Outbound connections\"",
      "NIST SP 800-53 SC-7(5)",
    ]
    override {
      over   = ["firewall/outbound", "firewall-baseline/outbound"]
      reason = "A client without internet begins only what is declared; the baselines let everything out."
    }
  }

  setting "firewall_rule" "sjunet-endpoint" {
    for_each         = input.sjunet_endpoints
    id               = "wmclient-sjunet-${each.key}"
    name             = "wmclient: Sjunet, ${each.key}"
    direction        = "out"
    action           = "allow"
    protocol         = each.value.protocol
    remote_ports     = each.value.ports
    remote_addresses = each.value.addresses
    severity         = "medium"
    rationale = {
      en = "A service on Sjunet that the image names, and no other."
      sv = "En tjänst på Sjunet som avbilden nämner, och ingen annan."
    }
    references = [
      "NIST SP 800-53 SC-7(5)",
    ]
  }

  setting "dns_client" "sjunet-names" {
    when       = length(input.sjunet_resolvers) > 0
    rule       = "wmclient-sjunet"
    namespaces = input.sjunet_namespaces
    servers    = input.sjunet_resolvers
    severity   = "medium"
    rationale = {
      en = "One name has different addresses on Sjunet and on the internet. Asking the wrong server leads the client to an address that it cannot reach, or must not."
      sv = "Ett namn har olika adresser på Sjunet och på internet. Frågas fel server leds klienten till en adress som den inte når, eller inte ska nå."
    }
    references = [
      "Windows policy \"Name Resolution Policy\"",
    ]
  }

  # Probes

  setting "registry_value" "no-ncsi-probe" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\NetworkConnectivityStatusIndicator"
    name     = "NoActiveProbe"
    type     = "dword"
    value    = 1
    when     = !input.sjunet
    severity = "medium"
    rationale = {
      en = "Windows asks servers on the internet whether it is connected. On a client without internet the question only leaves traces in firewall logs and delays the network icon."
      sv = "Windows frågar servrar på internet om det finns förbindelse. På en klient utan internet ger frågan bara spår i brandväggsloggar och en fördröjd nätverksikon."
    }
    references = [
      "Windows policy \"Turn off Windows Network Connectivity Status Indicator active tests\"",
    ]
  }

  setting "registry_value" "no-ncsi-service-probe" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\NlaSvc\\Parameters\\Internet"
    name     = "EnableActiveProbing"
    type     = "dword"
    value    = 0
    when     = !input.sjunet
    severity = "low"
    rationale = {
      en = "The service behind the same question, which reads a value of its own."
      sv = "Tjänsten bakom samma fråga, som läser ett eget värde."
    }
    references = [
      "Microsoft Learn, \"Manage connections from Windows 10 operating system components to Microsoft services\"",
    ]
  }

  setting "registry_value" "no-root-update" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\AuthRoot"
    name     = "DisableRootAutoUpdate"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Windows would fetch new roots from the internet when it meets a certificate it does not know, and waits for that answer. Which CAs the client trusts is decided with the base and the image."
      sv = "Windows skulle annars hämta nya rotcertifikat från internet när ett okänt certifikat dyker upp, och vänta på svaret. Vilka utfärdare klienten litar på avgörs med basen och avbilden."
    }
    references = [
      "Windows policy \"Turn off Automatic Root Certificates Update\"",
    ]
  }

  setting "registry_value" "no-update-from-internet" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate"
    name     = "DoNotConnectToWindowsUpdateInternetLocations"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Updates come from the provider, after validation together with the product, never from the internet."
      sv = "Uppdateringar kommer från vårdgivaren, efter validering tillsammans med produkten, aldrig från internet."
    }
    references = [
      "Windows policy \"Do not connect to any Windows Update Internet locations\"",
    ]
  }

  setting "registry_value" "no-drivers-from-internet" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DriverSearching"
    name     = "SearchOrderConfig"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "A driver from the internet would change a validated client when somebody connects a device."
      sv = "En drivrutin från internet skulle ändra en validerad klient när någon ansluter en enhet."
    }
    references = [
      "Windows policy \"Specify search order for device driver source locations\"",
    ]
  }

  setting "registry_value" "no-device-metadata" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Device Metadata"
    name     = "PreventDeviceMetadataFromNetwork"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Pictures and descriptions of devices are fetched from the internet when hardware is connected."
      sv = "Bilder och beskrivningar av enheter hämtas från internet när maskinvara ansluts."
    }
    references = [
      "Windows policy \"Prevent device metadata retrieval from the Internet\"",
    ]
  }

  setting "registry_value" "no-delivery-optimization" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeliveryOptimization"
    name     = "DODownloadMode"
    type     = "dword"
    value    = 99
    severity = "medium"
    rationale = {
      en = "Windows would look for other computers to share updates with, and ask a service on the internet for them. 99 is the mode without that service. The NSA's list wants 2, sharing within a group, which needs it."
      sv = "Windows skulle annars söka andra datorer att dela uppdateringar med, via en tjänst på internet. 99 är läget utan den tjänsten. NSA:s lista vill ha 2, delning inom en grupp, vilket kräver den."
    }
    references = [
      "Windows policy \"Download Mode\" (Delivery Optimization)",
      "NSA host baseline for Windows 10, 1607 (deviates)",
    ]
  }

  setting "registry_value" "no-teredo" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\TCPIP\\v6Transition"
    name     = "Teredo_State"
    type     = "sz"
    value    = "Disabled"
    severity = "medium"
    rationale = {
      en = "Teredo carries IPv6 inside IPv4, past the rules that know the packets inside only."
      sv = "Teredo bär IPv6 inuti IPv4, förbi regler som bara känner paketen inuti."
    }
    references = [
      "Windows policy \"Set Teredo State\"",
    ]
  }

  setting "registry_value" "no-6to4" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\TCPIP\\v6Transition"
    name     = "6to4_State"
    type     = "sz"
    value    = "Disabled"
    severity = "medium"
    rationale = {
      en = "6to4 carries IPv6 inside IPv4, past the rules that know the packets inside only."
      sv = "6to4 bär IPv6 inuti IPv4, förbi regler som bara känner paketen inuti."
    }
    references = [
      "Windows policy \"Set 6to4 State\"",
    ]
  }

  setting "registry_value" "no-isatap" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\TCPIP\\v6Transition"
    name     = "ISATAP_State"
    type     = "sz"
    value    = "Disabled"
    severity = "medium"
    rationale = {
      en = "ISATAP carries IPv6 inside IPv4, past the rules that know the packets inside only."
      sv = "ISATAP bär IPv6 inuti IPv4, förbi regler som bara känner paketen inuti."
    }
    references = [
      "Windows policy \"Set ISATAP State\"",
    ]
  }

  setting "proxy" "no-proxy" {
    when      = !input.sjunet
    mode      = "none"
    discovery = false
    severity  = "medium"
    rationale = {
      en = "A proxy would be a way to the internet, and a neighbour can answer the question for one."
      sv = "En proxy skulle vara en väg till internet, och en granne kan svara på frågan efter en."
    }
    references = [
      "Windows policy \"Make proxy settings per-machine (rather than per-user)\"",
    ]
  }

  # Cloud

  setting "registry_value" "no-web-services" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoWebServices"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Explorer would offer to order prints and publish files on the internet."
      sv = "Utforskaren skulle annars erbjuda att beställa utskrifter och publicera filer på internet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "DISA STIG for Windows 10: V-220816, CCI-000381",
    ]
  }

  setting "registry_value" "no-internet-open-with" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoInternetOpenWith"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "For a file that no program opens, Windows would ask a service on the internet which program could."
      sv = "För en fil som inget program öppnar skulle Windows fråga en tjänst på internet vilket program som kan."
    }
    references = [
      "Windows policy \"Turn off Internet File Association service\"",
    ]
  }

  setting "registry_value" "no-online-tips" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "AllowOnlineTips"
    type     = "dword"
    value    = 0
    builds   = ">= 17763"
    severity = "low"
    rationale = {
      en = "Settings would fetch tips and help from the internet."
      sv = "Inställningar skulle annars hämta tips och hjälp från internet."
    }
    references = [
      "Windows policy \"Allow Online Tips\"",
    ]
  }

  setting "registry_value" "no-onedrive" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\OneDrive"
    name     = "DisableFileSyncNGSC"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "Files on the client may hold patient data and must not be copied to a store outside the provider."
      sv = "Filer på klienten kan innehålla patientdata och får inte kopieras till en lagringsplats utanför vårdgivaren."
    }
    references = [
      "Windows policy \"Prevent the usage of OneDrive for file storage\"",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "registry_value" "no-settings-sync" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\SettingSync"
    name     = "DisableSettingSync"
    type     = "dword"
    value    = 2
    severity = "medium"
    rationale = {
      en = "Settings and passwords would follow a private account to other computers."
      sv = "Inställningar och lösenord skulle annars följa ett privat konto till andra datorer."
    }
    references = [
      "Windows policy \"Do not sync\"",
    ]
  }

  setting "registry_value" "no-settings-sync-by-users" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\SettingSync"
    name     = "DisableSettingSyncUserOverride"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Nor may a user switch that on."
      sv = "Inte heller en användare får slå på synkroniseringen."
    }
    references = [
      "Windows policy \"Do not sync\"",
    ]
  }

  setting "registry_value" "no-private-accounts" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\MicrosoftAccount"
    name     = "DisableUserAuth"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Programs and services would log on with private accounts."
      sv = "Program och tjänster skulle annars logga in med privata konton."
    }
    references = [
      "Windows policy \"Block all consumer Microsoft account user authentication\"",
    ]
  }

  setting "registry_value" "no-activity-feed" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "EnableActivityFeed"
    type     = "dword"
    value    = 0
    builds   = ">= 17763"
    severity = "low"
    rationale = {
      en = "The timeline keeps titles of documents, in which names of patients stand."
      sv = "Tidslinjen sparar titlar på dokument, där patienters namn kan stå."
    }
    references = [
      "Microsoft Learn, \"Manage connections from Windows 10 operating system components to Microsoft services\"",
    ]
  }

  setting "registry_value" "no-activity-publishing" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "PublishUserActivities"
    type     = "dword"
    value    = 0
    builds   = ">= 17763"
    severity = "low"
    rationale = {
      en = "Programs would add what users do to that timeline."
      sv = "Program skulle annars lägga till det användare gör i tidslinjen."
    }
    references = [
      "Microsoft Learn, \"Manage connections from Windows 10 operating system components to Microsoft services\"",
    ]
  }

  setting "registry_value" "no-activity-upload" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "UploadUserActivities"
    type     = "dword"
    value    = 0
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "The timeline would be copied to the cloud."
      sv = "Tidslinjen skulle annars kopieras till molnet."
    }
    references = [
      "Microsoft Learn, \"Manage connections from Windows 10 operating system components to Microsoft services\"",
    ]
  }

  setting "registry_value" "no-cloud-clipboard" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "AllowCrossDeviceClipboard"
    type     = "dword"
    value    = 0
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "What is copied, a personal number for one, would travel to the user's other devices."
      sv = "Det som kopieras, till exempel ett personnummer, skulle annars följa med till användarens andra enheter."
    }
    references = [
      "Microsoft Learn, \"Manage connections from Windows 10 operating system components to Microsoft services\"",
    ]
  }

  setting "registry_value" "no-font-download" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "EnableFontProviders"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "Fonts would be fetched from the internet."
      sv = "Teckensnitt skulle annars hämtas från internet."
    }
    references = [
      "Windows policy \"Enable Font Providers\"",
    ]
  }

  setting "registry_value" "no-search-in-the-web" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Search"
    name     = "DisableWebSearch"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "What is typed into the search field, a name of a patient for one, would be sent to a search engine."
      sv = "Det som skrivs i sökfältet, till exempel en patients namn, skulle annars skickas till en sökmotor."
    }
    references = [
      "Windows policy \"Do not allow web search\"",
    ]
  }

  setting "registry_value" "no-search-results-from-the-web" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Search"
    name     = "ConnectedSearchUseWeb"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "The same for the results that the search shows."
      sv = "Inte heller visar sökningen träffar från internet."
    }
    references = [
      "Windows policy \"Don't search the web or display web results in Search\"",
    ]
  }

  setting "registry_value" "no-cloud-search" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Search"
    name     = "AllowCloudSearch"
    type     = "dword"
    value    = 0
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "Search would look through cloud accounts."
      sv = "Sökningen skulle annars leta i molnkonton."
    }
    references = [
      "Windows policy \"Allow Cloud Search\"",
    ]
  }

  setting "registry_value" "no-cortana" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Search"
    name     = "AllowCortana"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "The assistant is not part of LTSB and LTSC; should a package bring it, it stays off."
      sv = "Assistenten ingår inte i LTSB och LTSC; om ett paket för in den förblir den avstängd."
    }
    references = [
      "Windows policy \"Allow Cortana\"",
    ]
  }

  setting "registry_value" "no-map-download" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Maps"
    name     = "AutoDownloadAndUpdateMapData"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "Maps would be fetched and renewed."
      sv = "Kartor skulle annars hämtas och förnyas."
    }
    references = [
      "Windows policy \"Turn off Automatic Download and Update of Map Data\"",
    ]
  }

  setting "registry_value" "no-speech-download" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Speech"
    name     = "AllowSpeechModelUpdate"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "Speech models would be fetched."
      sv = "Talmodeller skulle annars hämtas."
    }
    references = [
      "Windows policy \"Allow Automatic Update of Speech Data\"",
    ]
  }

  setting "registry_value" "no-cloud-notifications" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CurrentVersion\\PushNotifications"
    name     = "NoCloudApplicationNotification"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Windows would keep a connection to a notification service on the internet open."
      sv = "Windows skulle annars hålla en förbindelse öppen till en aviseringstjänst på internet."
    }
    references = [
      "Windows policy \"Turn off notifications network usage\"",
    ]
  }

  setting "registry_value" "no-hotspot-sharing" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\WcmSvc\\wifinetworkmanager\\config"
    name     = "AutoConnectAllowedOEM"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "The client would join open wireless networks that others suggest."
      sv = "Klienten skulle annars ansluta till öppna trådlösa nät som andra föreslår."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "DISA STIG for Windows 10: V-220808, CCI-000366",
    ]
  }

  setting "registry_value" "no-http-printing" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers"
    name     = "DisableHTTPPrinting"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Printing to addresses on the internet."
      sv = "Utskrifter skulle annars kunna gå till adresser på internet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220817, CCI-000381",
    ]
  }

  setting "registry_value" "no-printer-driver-download" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers"
    name     = "DisableWebPnPDownload"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Printer drivers would be fetched over HTTP."
      sv = "Skrivardrivrutiner skulle annars hämtas över HTTP."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "DISA STIG for Windows 10: V-220815, CCI-000381",
    ]
  }

  setting "registry_value" "no-defender-cloud" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Spynet"
    name     = "SpynetReporting"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "A documented deviation from the baseline, which wants 2: without internet the cloud cannot be reached, and with Sjunet nothing may be reported out of the provider."
      sv = "En dokumenterad avvikelse från baslinjen, som vill ha 2: utan internet nås inte molnet, och med Sjunet får inget rapporteras ut från vårdgivaren."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2 (deviates)",
    ]
    override {
      over   = ["defender-baseline/cloud"]
      reason = "The cloud that the baseline reports to cannot be reached without internet."
    }
  }

  setting "registry_value" "no-defender-samples" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Spynet"
    name     = "SubmitSamplesConsent"
    type     = "dword"
    value    = 2
    severity = "high"
    rationale = {
      en = "A suspected file may hold patient data. Samples are never sent. A documented deviation from the baseline, which wants 1."
      sv = "En misstänkt fil kan innehålla patientdata. Filer skickas aldrig. En dokumenterad avvikelse från baslinjen, som vill ha 1."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2 (deviates)",
    ]
    override {
      over   = ["defender-baseline/samples"]
      reason = "A suspected file may hold patient data and must not leave the provider."
    }
  }

  setting "registry_value" "no-licence-telemetry" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\CurrentVersion\\Software Protection Platform"
    name     = "NoGenTicket"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "A client that is activated by a key server would still send its activation state to Microsoft."
      sv = "En klient som aktiveras av en nyckelserver skulle ändå skicka sitt aktiveringsläge till Microsoft."
    }
    references = [
      "Windows policy \"Turn off KMS Client Online AVS Validation\"",
    ]
  }

  # Diagnostic data

  setting "registry_value" "no-telemetry" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection"
    name     = "AllowTelemetry"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "medium"
    rationale = {
      en = "Diagnostic data may hold personal data and leaves the provider. Level 0 is honoured by Enterprise editions. The NSA's list wants 1, which still sends."
      sv = "Diagnostikdata kan innehålla personuppgifter och lämnar vårdgivaren. Nivå 0 respekteras av Enterprise-utgåvorna. NSA:s lista vill ha 1, som fortfarande skickar."
    }
    references = [
      "Windows policy \"Allow Diagnostic Data\"",
      "NSA host baseline for Windows 10, 1607 (deviates)",
      "DISA STIG for Windows 10: V-220834, CCI-000366",
    ]
  }

  setting "registry_value" "no-feedback" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection"
    name     = "DoNotShowFeedbackNotifications"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Windows would ask users for their opinion in the middle of their work."
      sv = "Windows skulle annars be användare om synpunkter mitt i arbetet."
    }
    references = [
      "Windows policy \"Do not show feedback notifications\"",
    ]
  }

  setting "registry_value" "no-device-name" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection"
    name     = "AllowDeviceNameInTelemetry"
    type     = "dword"
    value    = 0
    builds   = ">= 17763"
    severity = "low"
    rationale = {
      en = "The client's name tells which ward it stands in."
      sv = "Klientens namn berättar vilken avdelning den står på."
    }
    references = [
      "Windows policy \"Allow device name to be sent in Windows diagnostic data\"",
    ]
  }

  setting "registry_value" "no-error-reports" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Error Reporting"
    name     = "Disabled"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "A crash report holds parts of a program's memory, and with it patient data."
      sv = "En felrapport innehåller delar av ett programs minne, och därmed patientdata."
    }
    references = [
      "Windows policy \"Disable Windows Error Reporting\"",
    ]
  }

  setting "registry_value" "no-customer-experience-programme" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\SQMClient\\Windows"
    name     = "CEIPEnable"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "How programs are used would be collected and sent."
      sv = "Hur program används skulle annars samlas in och skickas."
    }
    references = [
      "Windows policy \"Turn off Windows Customer Experience Improvement Program\"",
    ]
  }

  setting "registry_value" "no-inventory" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\AppCompat"
    name     = "DisableInventory"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "A list of the client's programs and devices would be sent."
      sv = "En förteckning över klientens program och enheter skulle annars skickas."
    }
    references = [
      "Windows policy \"Turn off Inventory Collector\"",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220826, CCI-000381",
    ]
  }

  setting "service" "telemetry-service" {
    name     = "DiagTrack"
    start    = "disabled"
    optional = true
    stricter = "stopped"
    severity = "medium"
    rationale = {
      en = "The service that collects and sends diagnostic data."
      sv = "Tjänsten samlar in och skickar diagnostikdata."
    }
    references = [
      "Microsoft Learn, \"Manage connections from Windows 10 operating system components to Microsoft services\"",
    ]
  }

  setting "service" "push-service" {
    name     = "dmwappushservice"
    start    = "disabled"
    optional = true
    stricter = "stopped"
    severity = "low"
    rationale = {
      en = "Routes messages of device management from mobile networks, which such a client does not have."
      sv = "Förmedlar enhetshanteringens meddelanden från mobilnät, som en sådan klient saknar."
    }
    references = [
      "Microsoft Learn, \"Manage connections from Windows 10 operating system components to Microsoft services\"",
    ]
  }

  # Remains of the Store

  setting "registry_value" "no-consumer-features" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CloudContent"
    name     = "DisableWindowsConsumerFeatures"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Windows would fetch suggested programs. Only programs for the medical product belong on the client."
      sv = "Windows skulle annars hämta föreslagna program. Bara den medicintekniska produktens program hör hemma på klienten."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "DISA STIG for Windows 10: V-220831, CCI-000381",
    ]
  }

  setting "registry_value" "no-store" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsStore"
    name     = "RemoveWindowsStore"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "LTSB and LTSC come without the Store; should a package bring it, it does not start."
      sv = "LTSB och LTSC saknar butiken; om ett paket för in den startar den inte."
    }
    references = [
      "Windows policy \"Turn off the Store application\"",
    ]
  }

  setting "registry_value" "no-store-updates" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsStore"
    name     = "AutoDownload"
    type     = "dword"
    value    = 2
    severity = "low"
    rationale = {
      en = "Package apps would renew themselves past the validation."
      sv = "Appar skulle annars uppdatera sig vid sidan av valideringen."
    }
    references = [
      "Windows policy \"Turn off Automatic Download and Install of updates\"",
    ]
  }

  setting "registry_value" "no-push-to-install" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\PushToInstall"
    name     = "DisablePushToInstall"
    type     = "dword"
    value    = 1
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "Apps could be installed on the client from a phone."
      sv = "Appar skulle annars kunna installeras på klienten från en telefon."
    }
    references = [
      "Windows policy \"Turn off Push To Install service\"",
    ]
  }

  setting "service" "store-install-service" {
    name     = "InstallService"
    start    = "disabled"
    optional = true
    stricter = "stopped"
    builds   = ">= 17763"
    severity = "low"
    rationale = {
      en = "Installs apps of the Store, which is not there."
      sv = "Installerar appar från butiken, som inte finns."
    }
    references = [
      "Microsoft Learn, \"Manage connections from Windows 10 operating system components to Microsoft services\"",
    ]
  }

  setting "hosts_file" "names" {
    when     = length(input.hosts) > 0
    entries  = length(input.hosts) > 0 ? input.hosts : { "localhost.invalid" = "127.0.0.1" }
    severity = "low"
    rationale = {
      en = "The names that the client may need without asking anybody, stated in full: an entry that somebody adds leads programs elsewhere, and shows as a deviation."
      sv = "De namn som klienten kan behöva utan att fråga någon, fullständigt angivna: en post som någon lägger till leder program fel, och syns som en avvikelse."
    }
    references = [
      "NIST SP 800-53 SC-20, CM-6",
    ]
  }
}
