# Every row of Microsoft's lists for Internet Explorer 11 (1607, 1809, 21H2) and of the NSA's for 1607. Within one build they never differ; between
# builds they differ in the TLS versions only. A row that only some lists have is set on every build: where it is not read it does no harm.
# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "internet-explorer" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Internet Explorer's engine"
    sv = "Internet Explorers motor"
  }
  summary = {
    en = "Nobody should browse with Internet Explorer any more, but its engine is part of every Windows 10 LTSB and LTSC: help viewers (.chm), embedded browser controls in medical products, reports and worklists shown as web pages, older web clients, the preview of documents, and every program that lets Windows fetch an address for it. An attack through any of them meets the same zones. This module closes what a page may do in each zone, decides for all users at once, lets nobody bypass a certificate error, and takes the browser itself away unless a product needs it. A product that shows pages from a server names that server in an input, so that it gets what it needs while the rest stays closed."
    sv = "Ingen ska längre surfa med Internet Explorer, men motorn är en del av varje Windows 10 LTSB och LTSC: hjälpfönster (.chm), inbäddade webbläsarkontroller i medicintekniska produkter, svar och arbetslistor som visas som webbsidor, äldre webbklienter, förhandsvisning av dokument och varje program som låter Windows hämta en adress åt sig. Ett angrepp genom något av dem möter samma zoner. Modulen stänger det en sida får göra i varje zon, bestämmer för alla användare på en gång, låter ingen gå förbi ett certifikatfel och tar bort själva webbläsaren om ingen produkt behöver den. En produkt som visar sidor från en server anger servern i indata, så att den får det den behöver medan resten förblir stängt."
  }
  breaks = [
    {
      en = "A web client that installs its ActiveX control from a page: install the control in the image. Controls marked unsafe cannot be scripted in any zone."
      sv = "En webbklient som installerar sin ActiveX-kontroll från en sida: installera kontrollen i avbilden. Kontroller som är märkta som osäkra kan inte styras i någon zon."
    },
    {
      en = "A product's page from a server that is in no list falls into the internet zone: no pop-ups of its own, no fonts, no .NET components, no drag and drop, no automatic logon. Name the server in trusted_sites or intranet_sites."
      sv = "En produkts sida från en server som inte finns i någon lista hamnar i internetzonen: inga egna popup-fönster, inga teckensnitt, inga .NET-komponenter, inget dra och släpp, ingen automatisk inloggning. Ange servern i trusted_sites eller intranet_sites."
    },
    {
      en = "Pages with a self-signed or expired certificate cannot be opened: put the certificate's issuer into the image's store."
      sv = "Sidor med självsignerat eller utgånget certifikat går inte att öppna: lägg certifikatets utfärdare i avbildens certifikatlager."
    },
    {
      en = "Java applets: never in the local and internet zones, and with high safety only on named servers."
      sv = "Java-appletar: aldrig i den lokala zonen och internetzonen, och bara med hög säkerhet på angivna servrar."
    },
    {
      en = "32-bit controls and toolbars in the browser itself, which runs 64-bit and in enhanced protected mode. Browser controls embedded in a product are processes of the product, which this does not touch."
      sv = "32-bitarskontroller och verktygsfält i själva webbläsaren, som kör 64-bitars och i utökat skyddat läge. Webbläsarkontroller inbäddade i en produkt körs i produktens process, som inte berörs."
    },
    {
      en = "Products started as iexplore.exe, unless standalone_browser is true. Programs that embed the engine go on working."
      sv = "Produkter som startas som iexplore.exe, om inte indata standalone_browser är ja (true). Program som bäddar in motorn fungerar som förut."
    },
    {
      en = "Help and pages opened from a network share: they are no longer the provider's own."
      sv = "Hjälp och sidor som öppnas från en delning på nätet: de räknas inte längre som vårdgivarens egna."
    },
  ]
  severity_source = {
    en = "The project's own judgement: critical and high where a page can bring or drive code or win a logon, medium where it crosses a border between sites or misleads about one, low where it disturbs or leaves a trace."
    sv = "Projektets egen bedömning: kritisk och hög där en sida kan föra in eller styra kod eller komma åt en inloggning, medel där den går över gränsen mellan webbplatser eller vilseleder om en, låg där den stör eller lämnar spår."
  }
  builds = ">= 14393"
  capabilities = [
    "MLDP",
    "SAHD",
    "TXCF",
    "TXIG",
  ]
  references = [
    "Microsoft security baselines for Windows 10, Internet Explorer 11: 1607, 1809 and 21H2",
    "NSA host baseline for Windows 10, Internet Explorer 11: 1607",
    "DISA STIG for Internet Explorer 11",
  ]

  input "trusted_sites" {
    type    = list(string)
    default = []
    description = {
      en = "Servers whose pages a product shows in an embedded browser, as https://host, for the trusted zone (2): scripts, fonts and file downloads work. https only, since whoever answers in the server's name gets the same rights."
      sv = "Servrar vars sidor en produkt visar i en inbäddad webbläsare, som https://värd, för zonen för betrodda platser (2): skript, teckensnitt och filhämtning fungerar. Bara https, eftersom den som svarar i serverns namn får samma rättigheter."
    }
    validation {
      condition = length([for s in input.trusted_sites : s if !can(regex("^https://(\\*\\.)?[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*$", s)) || can(regex("^https://\\*\\.[A-Za-z0-9-]+$", s))]) == 0
      error_message = {
        en = "Each site is https:// and the name or address of one server, without port and path. A star may stand for one name before a domain of at least two parts."
        sv = "Varje plats är https:// och namn eller adress på en server, utan port och sökväg. En stjärna får stå för ett namn före en domän med minst två delar."
      }
    }
  }

  input "intranet_sites" {
    type    = list(string)
    default = []
    description = {
      en = "Servers of the provider, as http://host or https://host, for the intranet zone (1). Windows logs the user on to them by itself: none that others can answer for."
      sv = "Vårdgivarens egna servrar, som http://värd eller https://värd, för intranätzonen (1). Windows loggar själv in användaren på dem: ingen som andra kan svara för."
    }
    validation {
      condition = length([for s in input.intranet_sites : s if !can(regex("^https?://[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)*$", s))]) == 0
      error_message = {
        en = "Each site is http:// or https:// and the name or address of one server, without port, path and stars."
        sv = "Varje plats är http:// eller https:// och namn eller adress på en server, utan port, sökväg och stjärnor."
      }
    }
  }

  input "embedding_programs" {
    type    = list(string)
    default = []
    description = {
      en = "File names of programs that embed the engine, for example viewer.exe, to which the engine's own protections (file types, zone borders, windows) apply as well. Only where the manufacturer has tested it."
      sv = "Filnamn på program som bäddar in motorn, till exempel viewer.exe, som motorns egna skydd (filtyper, zongränser, fönster) också ska gälla för. Bara där tillverkaren har provat det."
    }
    validation {
      condition = length([for p in input.embedding_programs : p if !can(regex("^[^\\\\/:*?\"<>|]+\\.[eE][xX][eE]$", p)) || contains(["explorer.exe", "iexplore.exe"], lower(p))]) == 0
      error_message = {
        en = "Each program is a file name that ends in .exe, without a path. explorer.exe and iexplore.exe are always there."
        sv = "Varje program är ett filnamn som slutar på .exe, utan sökväg. explorer.exe och iexplore.exe finns alltid med."
      }
    }
  }

  input "standalone_browser" {
    type    = bool
    default = false
    description = {
      en = "Leave Internet Explorer as a browser of its own. Only for a product that is started in it."
      sv = "Låt Internet Explorer finnas kvar som egen webbläsare. Bara för en produkt som startas i den."
    }
  }

  input "minimum_tls" {
    type     = string
    default  = null
    nullable = true
    description = {
      en = "The lowest version of TLS that the engine offers: 1.0, 1.1 or 1.2. Null takes Microsoft's baseline for the build (1.0 for 14393, 1.1 for later ones); the STIG wants 1.2."
      sv = "Den lägsta version av TLS som motorn erbjuder: 1.0, 1.1 eller 1.2. Null följer Microsofts baslinje för bygget (1.0 för 14393, 1.1 för senare); STIG vill ha 1.2."
    }
    validation {
      condition = input.minimum_tls == null || contains(["1.0", "1.1", "1.2"], coalesce(input.minimum_tls, "1.2"))
      error_message = {
        en = "The version is 1.0, 1.1 or 1.2. The engine does not know 1.3 on these builds."
        sv = "Versionen är 1.0, 1.1 eller 1.2. Motorn kan inte 1.3 på dessa byggen."
      }
    }
  }

  locals {
    internet_settings = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CurrentVersion\\Internet Settings"

    zones = {
      local      = "0"
      intranet   = "1"
      trusted    = "2"
      internet   = "3"
      restricted = "4"
    }


    processes = concat(["(Reserved)", "explorer.exe", "iexplore.exe"], input.embedding_programs)

    minimum_tls = coalesce(input.minimum_tls, base.build_number == 14393 ? "1.0" : "1.1")

    # Bits: 128 is TLS 1.0, 512 is 1.1, 2048 is 1.2.
    tls_bits = { "1.0" = 2688, "1.1" = 2560, "1.2" = 2048 }
  }

  setting "registry_value" "no-standalone-browser" {
    when     = !input.standalone_browser
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Main"
    name     = "NotifyDisableIEOptions"
    type     = "dword"
    value    = 0
    severity = "high"
    title = {
      en = "Internet Explorer as a browser"
      sv = "Internet Explorer som webbläsare"
    }
    rationale = {
      en = "A browser that gets no new features and that no site is made for any more invites to what the client is not for. 0 closes it without a notice; the engine stays for the programs that embed it. Builds without the updates of 2021 do not read the value."
      sv = "En webbläsare som inte får nya funktioner och som inga webbplatser längre görs för lockar till det klienten inte är till för. 0 stänger den utan meddelande; motorn finns kvar för de program som bäddar in den. Byggen utan uppdateringarna från 2021 läser inte värdet."
    }
    references = [
      "Windows policy \"Disable Internet Explorer 11 as a standalone browser\"",
      "NIST SP 800-53 CM-7",
    ]
  }

  setting "registry_value" "site-list" {
    when     = length(input.trusted_sites) + length(input.intranet_sites) > 0
    key      = local.internet_settings
    name     = "ListBox_Support_ZoneMapKey"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "The list of sites by zone"
      sv = "Listan över webbplatser per zon"
    }
    rationale = {
      en = "The engine takes the policy's list only where this says that there is one."
      sv = "Motorn läser policyns lista bara där detta värde säger att det finns en."
    }
    references = [
      "Windows policy \"Site to Zone Assignment List\"",
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "registry_value" "trusted-site" {
    for_each = input.trusted_sites
    key      = "${local.internet_settings}\\ZoneMapKey"
    name     = each.value
    type     = "sz"
    value    = "2"
    severity = "medium"
    title = {
      en = "Sites in the trusted zone"
      sv = "Webbplatser i zonen för betrodda platser"
    }
    rationale = {
      en = "The product shows this server's pages. In the trusted zone they work, and the internet zone can stay closed for all others."
      sv = "Produkten visar sidor från den här servern. I zonen för betrodda platser fungerar de, och internetzonen kan vara stängd för alla andra."
    }
    references = [
      "Windows policy \"Site to Zone Assignment List\"",
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "registry_value" "intranet-site" {
    for_each = input.intranet_sites
    key      = "${local.internet_settings}\\ZoneMapKey"
    name     = each.value
    type     = "sz"
    value    = "1"
    severity = "medium"
    title = {
      en = "Sites in the intranet zone"
      sv = "Webbplatser i intranätzonen"
    }
    rationale = {
      en = "A server of the provider that knows the user by the logon of Windows. Named one by one, so that no other server is taken for one of these."
      sv = "En av vårdgivarens servrar som känner igen användaren genom inloggningen i Windows. Angivna en och en, så att ingen annan server tas för en av dem."
    }
    references = [
      "Windows policy \"Site to Zone Assignment List\"",
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "registry_value" "tls-versions" {
    key      = local.internet_settings
    name     = "SecureProtocols"
    type     = "dword"
    value    = local.tls_bits[local.minimum_tls]
    severity = "high"
    title = {
      en = "Versions of TLS that the engine offers"
      sv = "TLS-versioner som motorn erbjuder"
    }
    rationale = {
      en = "SSL 2.0 and 3.0 never; TLS 1.0 only where the build's baseline still has it (2688), otherwise 1.1 and 1.2 (2560), or 1.2 alone (2048). Windows as a whole has the last word: a version that the module tls closes is closed here too."
      sv = "SSL 2.0 och 3.0 aldrig; TLS 1.0 bara där byggets baslinje fortfarande har det (2688), annars 1.1 och 1.2 (2560), eller bara 1.2 (2048). Windows som helhet har sista ordet: en version som modulen tls stänger är stängd även här."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607 (2688), 1809 and 21H2 (2560)",
      "NSA host baseline for Windows 10, 1607 (2688)",
      "Windows policy \"Turn off encryption support\"",
      "DISA STIG for Internet Explorer 11: V-250540 (2048)",
      "NIST SP 800-53 SC-8",
    ]
  }

  setting "registry_value" "java-permissions" {
    for_each = {
      internet   = 0
      restricted = 0
      trusted    = 65536
      intranet   = 65536
      local      = 0
    }
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.key]}"
    name     = "1C00"
    type     = "dword"
    value    = each.value
    severity = "high"
    title = {
      en = "Java in web pages"
      sv = "Java i webbsidor"
    }
    rationale = {
      en = "Applets left their sandbox more often than any other content of a page, and old Java lives on beside old medical products. Off for pages from outside and from the disk; high safety (65536) where the provider's own servers are."
      sv = "Appletar har tagit sig ur sin sandlåda oftare än något annat innehåll i en sida, och gammal Java lever kvar bredvid gamla medicintekniska produkter. Av för sidor utifrån och från disken; hög säkerhet (65536) där vårdgivarens egna servrar finns."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Java permissions\"",
      "DISA STIG for Internet Explorer 11: V-223020, V-223061, V-223030, V-223028, V-223085",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-signed-activex-download" {
    for_each = ["internet", "restricted", "trusted", "intranet", "local"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1001"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "high"
    title = {
      en = "Downloading signed ActiveX controls"
      sv = "Hämtning av signerade ActiveX-kontroller"
    }
    rationale = {
      en = "A page may offer a signed control, which then runs with the user's whole rights; a signature tells who wrote it, not that it is harmless. What a product needs is installed in the image, never by a page, and so no zone is let off."
      sv = "En sida kan erbjuda en signerad kontroll, som sedan körs med användarens alla rättigheter; en signatur säger vem som skrev den, inte att den är ofarlig. Det en produkt behöver installeras i avbilden, aldrig av en sida, och därför är ingen zon undantagen."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Download signed ActiveX controls\"",
      "DISA STIG for Internet Explorer 11: V-223017, V-223051",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-unsigned-activex-download" {
    for_each = ["internet", "restricted", "trusted", "intranet", "local"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1004"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "critical"
    title = {
      en = "Downloading unsigned ActiveX controls"
      sv = "Hämtning av osignerade ActiveX-kontroller"
    }
    rationale = {
      en = "Native code from a page, by nobody in particular. Attacks through documents that embed the engine (2021) came this way, and closing it in every zone was the advice."
      sv = "Maskinkod från en sida, av vem som helst. Angrepp genom dokument som bäddar in motorn (2021) kom den här vägen, och rådet var att stänga den i alla zoner."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Download unsigned ActiveX controls\"",
      "DISA STIG for Internet Explorer 11: V-223018, V-223054",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-activex" {
    for_each = ["restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1200"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "high"
    title = {
      en = "ActiveX controls and plug-ins"
      sv = "ActiveX-kontroller och insticksprogram"
    }
    rationale = {
      en = "A site that somebody has named as dangerous may start no control, not even one that Windows itself brings: each has its own holes."
      sv = "En webbplats som någon har pekat ut som farlig får inte starta någon kontroll, inte ens en som följer med Windows: var och en har sina egna hål."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Run ActiveX controls and plugins\"",
      "DISA STIG for Internet Explorer 11: V-223058",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-unsafe-activex" {
    for_each = ["internet", "restricted", "trusted", "intranet"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1201"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "critical"
    title = {
      en = "ActiveX controls not marked as safe"
      sv = "ActiveX-kontroller som inte är märkta som säkra"
    }
    rationale = {
      en = "A control that its author did not mean for web pages can read and write files and start programs. A page that may script one, on whatever server it lies, owns the session."
      sv = "En kontroll som inte är gjord för webbsidor kan läsa och skriva filer och starta program. En sida som får styra en sådan, på vilken server den än ligger, äger sessionen."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Initialize and script ActiveX controls not marked as safe\"",
      "DISA STIG for Internet Explorer 11: V-223019, V-223057, V-223045, V-223046",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-browser-control-scripting" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1206"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "Scripts that drive a browser control"
      sv = "Skript som styr en webbläsarkontroll"
    }
    rationale = {
      en = "A page could open a second browser inside itself and steer it by script, past what its own frame may do."
      sv = "En sida kunde öppna en andra webbläsare inuti sig själv och styra den med skript, förbi vad dess egen ram får göra."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow scripting of Internet Explorer WebBrowser controls\"",
      "DISA STIG for Internet Explorer 11: V-223129, V-223137",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-scriptlets" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1209"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "Scriptlets"
      sv = "Skriptkomponenter"
    }
    rationale = {
      en = "A scriptlet is a page that acts as a component of another page: code from one site in the place of code from another."
      sv = "En skriptkomponent är en sida som uppträder som en del av en annan sida: kod från en webbplats på platsen för en annans."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow scriptlets\"",
      "DISA STIG for Internet Explorer 11: V-223083, V-223146",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "activex-by-approved-sites-only" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "120b"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "ActiveX controls for approved sites only"
      sv = "ActiveX-kontroller bara för godkända webbplatser"
    }
    rationale = {
      en = "A control that one site installed could be started without a question by every other. With 3 only the site that it was meant for may do so."
      sv = "En kontroll som en webbplats installerat kunde annars startas utan fråga av alla andra. Med 3 får bara den webbplats som den är avsedd för göra det."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow only approved domains to use ActiveX controls without prompt\"",
      "DISA STIG for Internet Explorer 11: V-223134, V-223140",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "tdc-by-approved-sites-only" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "120c"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "Tabular Data Control for approved sites only"
      sv = "Tabulär datakontroll bara för godkända webbplatser"
    }
    rationale = {
      en = "A forgotten control that reads tables from other addresses; exploits have used it to run code and to fetch what a page should not see."
      sv = "En bortglömd kontroll som läser tabeller från andra adresser; angrepp har använt den för att köra kod och hämta det en sida inte ska se."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow only approved domains to use the TDC ActiveX control\"",
      "DISA STIG for Internet Explorer 11: V-223050, V-223052",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-active-scripting" {
    for_each = ["restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1400"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "high"
    title = {
      en = "Active scripting"
      sv = "Aktiva skript"
    }
    rationale = {
      en = "Nearly every attack from a page begins with script. A site in the restricted zone is shown without it."
      sv = "Nästan varje angrepp från en sida börjar med skript. En webbplats i den begränsade zonen visas utan."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow active scripting\"",
      "DISA STIG for Internet Explorer 11: V-223068",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-applet-scripting" {
    for_each = ["restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1402"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "Scripts that drive Java applets"
      sv = "Skript som styr Java-appletar"
    }
    rationale = {
      en = "Scripts that call into an applet join the holes of both."
      sv = "När skript anropar en applet läggs bådas sårbarheter ihop."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Scripting of Java applets\"",
      "DISA STIG for Internet Explorer 11: V-223121",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-safe-activex-scripting" {
    for_each = ["restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1405"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "Scripts that drive ActiveX controls marked as safe"
      sv = "Skript som styr ActiveX-kontroller märkta som säkra"
    }
    rationale = {
      en = "Safe is what the author of a control called it. Many such controls were used in attacks before they were blocked one by one."
      sv = "Säker är vad kontrollens upphovsman har kallat den. Många sådana kontroller användes i angrepp innan de spärrades en efter en."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Script ActiveX controls marked safe for scripting\"",
      "DISA STIG for Internet Explorer 11: V-223059",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-cross-domain-data" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1406"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "high"
    title = {
      en = "Data sources of other domains"
      sv = "Datakällor i andra domäner"
    }
    rationale = {
      en = "With a user's logon a page could read databases and documents of another server, a patient list for instance, and send them home."
      sv = "Med användarens inloggning kunde en sida läsa databaser och dokument på en annan server, till exempel en patientlista, och skicka hem dem."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Access data sources across domains\"",
      "DISA STIG for Internet Explorer 11: V-223021, V-223062",
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "registry_value" "no-clipboard-by-script" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1407"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "The clipboard from scripts"
      sv = "Urklipp från skript"
    }
    rationale = {
      en = "Staff copy personal identity numbers between programs; a script that may read the clipboard reads them without a click."
      sv = "Personal kopierar personnummer mellan program; ett skript som får läsa urklipp läser dem utan ett klick."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow cut, copy or paste operations from the clipboard via script\"",
      "DISA STIG for Internet Explorer 11: V-223026, V-223069",
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "registry_value" "cross-site-scripting-filter" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1409"
    type     = "dword"
    value    = 0
    severity = "low"
    title = {
      en = "Cross-site scripting filter"
      sv = "Filter mot skript från andra webbplatser"
    }
    rationale = {
      en = "Stops a link from making an honest server hand back a hostile script. 0 is on."
      sv = "Hindrar att en länk får en ärlig server att lämna tillbaka ett fientligt skript. 0 är på."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn on Cross-Site Scripting Filter\"",
      "DISA STIG for Internet Explorer 11: V-223136, V-223141",
      "NIST SP 800-53 SI-10",
    ]
  }

  setting "registry_value" "no-vbscript" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "140C"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "high"
    title = {
      en = "VBScript"
      sv = "VBScript"
    }
    rationale = {
      en = "The engine for VBScript is no longer developed and was a way in for years, also through documents. Builds older than the updates of 2017 do not read the value."
      sv = "Motorn för VBScript utvecklas inte längre och var i åratal en väg in, även genom dokument. Byggen äldre än uppdateringarna 2017 läser inte värdet."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1809 and 21H2",
      "Windows policy \"Allow VBScript to run in Internet Explorer\"",
      "DISA STIG for Internet Explorer 11: V-223053, V-223055",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-font-download" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1604"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "Fonts from web pages"
      sv = "Teckensnitt från webbsidor"
    }
    rationale = {
      en = "Fonts were parsed in the kernel, and a prepared one ran code there. The lists for 1809 and 21H2 no longer ask for it, and parsing has left the kernel since; pages of named servers keep their fonts."
      sv = "Teckensnitt tolkades i kärnan, och ett preparerat körde kod där. Listorna för 1809 och 21H2 kräver det inte längre, och tolkningen har sedan dess flyttats ut ur kärnan; sidor på angivna servrar behåller sina teckensnitt."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow font downloads\"",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-userdata-persistence" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1606"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "low"
    title = {
      en = "Data that pages store"
      sv = "Data som sidor lagrar"
    }
    rationale = {
      en = "Pages could keep data on the disk, outside what history deletes: patient data that nobody knows of."
      sv = "Sidor kunde spara data på disken, utanför det som rensas med historiken: patientdata som ingen känner till."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Userdata persistence\"",
      "DISA STIG for Internet Explorer 11: V-223025, V-223067",
      "NIST SP 800-53 SC-28",
    ]
  }

  setting "registry_value" "no-cross-domain-frames" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1607"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "Windows and frames across domains"
      sv = "Fönster och ramar över domängränser"
    }
    rationale = {
      en = "A page could replace the content of a frame of another site, the box for the password for instance, without the address changing."
      sv = "En sida kunde byta ut innehållet i en annan webbplats ram, till exempel rutan för lösenordet, utan att adressen ändras."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Navigate windows and frames across different domains\"",
      "DISA STIG for Internet Explorer 11: V-223024, V-223066",
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "registry_value" "no-meta-refresh" {
    for_each = ["restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1608"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "low"
    title = {
      en = "Automatic move to another page"
      sv = "Automatisk förflyttning till en annan sida"
    }
    rationale = {
      en = "A page that moves the user on by itself leads from a site that is blocked to one that is not."
      sv = "En sida som själv flyttar användaren vidare leder från en spärrad webbplats till en som inte är det."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow META REFRESH\"",
      "DISA STIG for Internet Explorer 11: V-223063",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-local-path-in-uploads" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "160A"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "low"
    title = {
      en = "Local path in uploads"
      sv = "Lokal sökväg vid uppladdning"
    }
    rationale = {
      en = "With a file its whole path would go to the server: user names, and often the name of a patient's folder."
      sv = "Med filen skulle hela dess sökväg gå till servern: användarnamn, och ofta namnet på en patients mapp."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Include local path when user is uploading files to a server\"",
      "DISA STIG for Internet Explorer 11: V-223130, V-223138",
      "NIST SP 800-53 SC-7",
    ]
  }

  setting "registry_value" "no-file-drag" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1802"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "Dragging and pasting files"
      sv = "Dra och klistra in filer"
    }
    rationale = {
      en = "A page that looks like a picture to drag can be a file that lands in a folder from which it is started later."
      sv = "En sida som ser ut som en bild att dra kan vara en fil som hamnar i en mapp och startas därifrån senare."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow drag and drop or copy and paste files\"",
      "DISA STIG for Internet Explorer 11: V-223022, V-223064",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-file-download" {
    for_each = ["restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1803"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "high"
    title = {
      en = "File downloads"
      sv = "Filhämtning"
    }
    rationale = {
      en = "From a site that is named as dangerous no file comes to the client."
      sv = "Från en webbplats som är utpekad som farlig kommer ingen fil till klienten."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow file downloads\"",
      "DISA STIG for Internet Explorer 11: V-223060",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-programs-in-frames" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1804"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "high"
    title = {
      en = "Programs and files in frames"
      sv = "Program och filer i ramar"
    }
    rationale = {
      en = "A hidden frame could open a file or a program of the client with one click meant for something else."
      sv = "En dold ram kunde öppna en fil eller ett program på klienten med ett klick som var avsett för något annat."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Launching applications and files in an IFRAME\"",
      "DISA STIG for Internet Explorer 11: V-223023, V-223065",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "unsafe-file-warning" {
    for_each = {
      internet   = 1
      restricted = 3
    }
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.key]}"
    name     = "1806"
    type     = "dword"
    value    = each.value
    stricter = "higher"
    severity = "medium"
    title = {
      en = "Opening files that may be unsafe"
      sv = "Öppna filer som kan vara osäkra"
    }
    rationale = {
      en = "A file marked as coming from the internet asks before it runs (1); one from a restricted site does not run (3). The mark is all that tells such a file from one of the product's."
      sv = "En fil märkt som hämtad från internet frågar innan den körs (1); en från en begränsad webbplats körs inte (3). Märket är allt som skiljer en sådan fil från en av produktens."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Show security warning for potentially unsafe files\"",
      "DISA STIG for Internet Explorer 11: V-223132, V-223139",
      "NIST SP 800-53 SI-3",
    ]
  }

  setting "registry_value" "popup-blocker" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "1809"
    type     = "dword"
    value    = 0
    severity = "low"
    title = {
      en = "Pop-up blocker"
      sv = "Spärr mot popup-fönster"
    }
    rationale = {
      en = "Windows that open by themselves cover the one in which somebody works, and imitate those of Windows. 0 is on."
      sv = "Fönster som öppnas av sig själva täcker det som någon arbetar i och efterliknar Windows egna. 0 är på."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Use Pop-up Blocker\"",
      "DISA STIG for Internet Explorer 11: V-223095, V-223096",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "logon-to-servers" {
    for_each = {
      internet   = 65536
      restricted = 196608
    }
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.key]}"
    name     = "1A00"
    type     = "dword"
    value    = each.value
    stricter = "higher"
    severity = "high"
    title = {
      en = "Logon to web servers"
      sv = "Inloggning på webbservrar"
    }
    rationale = {
      en = "Automatic logon hands the password's hash to every server that asks. The internet zone asks the user first (65536); the restricted zone logs on anonymously only (196608)."
      sv = "Automatisk inloggning lämnar lösenordets hashvärde till varje server som frågar. Internetzonen frågar användaren först (65536); den begränsade zonen loggar bara in anonymt (196608)."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Logon options\"",
      "DISA STIG for Internet Explorer 11: V-223027, V-223070",
      "NIST SP 800-53 IA-2",
    ]
  }

  setting "registry_value" "no-behaviors" {
    for_each = ["restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "2000"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "Binary and script behaviours"
      sv = "Binära beteenden och skriptbeteenden"
    }
    rationale = {
      en = "Behaviours attach compiled code to parts of a page, out of reach of what stops script."
      sv = "Beteenden fäster kompilerad kod vid delar av en sida, utom räckhåll för det som stoppar skript."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow binary and script behaviors\"",
      "DISA STIG for Internet Explorer 11: V-223099",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-signed-dotnet" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "2001"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "Signed .NET components of pages"
      sv = "Signerade .NET-komponenter i sidor"
    }
    rationale = {
      en = "Programs for .NET that a page brings along would run in the browser; only programs installed with a product run on the client."
      sv = ".NET-program som en sida har med sig skulle köras i webbläsaren; på klienten körs bara program som installerats med en produkt."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Run .NET Framework-reliant components signed with Authenticode\"",
      "DISA STIG for Internet Explorer 11: V-223145, V-223120",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-unsigned-dotnet" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "2004"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "high"
    title = {
      en = "Unsigned .NET components of pages"
      sv = "Osignerade .NET-komponenter i sidor"
    }
    rationale = {
      en = "The same without anybody who answers for the code."
      sv = "Utan signatur finns inte ens någon som svarar för koden."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Run .NET Framework-reliant components not signed with Authenticode\"",
      "DISA STIG for Internet Explorer 11: V-223144, V-223119",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-rise-from-lower-zones" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "2101"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "Navigation from zones with fewer rights"
      sv = "Navigering från zoner med färre rättigheter"
    }
    rationale = {
      en = "A page could open the next one in a zone that allows more, and go on there."
      sv = "En sida kunde öppna nästa i en zon som tillåter mer och fortsätta där."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Web sites in less privileged Web content zones can navigate into this zone\"",
      "DISA STIG for Internet Explorer 11: V-223097, V-223098",
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "registry_value" "no-unbounded-windows" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "2102"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "low"
    title = {
      en = "Windows without limits of size and place"
      sv = "Fönster utan gräns för storlek och plats"
    }
    rationale = {
      en = "A window without frame or address that covers the screen can look like the logon of Windows, or hide an alarm of a product."
      sv = "Ett fönster utan ram och adress som täcker skärmen kan se ut som Windows inloggning, eller dölja ett larm från en produkt."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow script-initiated windows without size or position constraints\"",
      "DISA STIG for Internet Explorer 11: V-223081, V-223082",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-status-bar-by-script" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "2103"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "low"
    title = {
      en = "The status bar from scripts"
      sv = "Statusfältet från skript"
    }
    rationale = {
      en = "The status bar shows where a link leads. A script that writes there can say otherwise."
      sv = "Statusfältet visar vart en länk leder. Ett skript som skriver där kan säga något annat."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow updates to status bar via script\"",
      "DISA STIG for Internet Explorer 11: V-223143, V-223147",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-download-prompt-by-page" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "2200"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "low"
    title = {
      en = "Download questions that a page begins"
      sv = "Hämtningsfrågor som en sida börjar"
    }
    rationale = {
      en = "A page could put the question to save a file before the user again and again until one click says yes."
      sv = "En sida kunde ställa frågan om att spara en fil gång på gång tills ett klick säger ja."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Automatic prompting for file downloads\"",
      "DISA STIG for Internet Explorer 11: V-223084, V-223100",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "smartscreen-scan" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "2301"
    type     = "dword"
    value    = 0
    severity = "medium"
    title = {
      en = "SmartScreen check of addresses and files"
      sv = "SmartScreen-kontroll av adresser och filer"
    }
    rationale = {
      en = "Asks Microsoft whether an address or file is known to be hostile. A client without internet gets no answer and works on; one with internet is warned. 0 is on."
      sv = "Frågar Microsoft om en adress eller fil är känd som fientlig. En klient utan internet får inget svar och arbetar vidare; en med internet varnas. 0 är på."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn on SmartScreen Filter scan\"",
      "DISA STIG for Internet Explorer 11: V-223043, V-223044",
      "NIST SP 800-53 SI-3",
    ]
  }

  setting "registry_value" "no-xaml" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "2402"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    title = {
      en = "XAML files"
      sv = "XAML-filer"
    }
    rationale = {
      en = "A page as XAML brings a whole programming framework into the browser, with its own holes, and nobody makes such pages any more."
      sv = "En sida i XAML för med sig ett helt programramverk in i webbläsaren, med egna hål, och ingen gör längre sådana sidor."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow loading of XAML files\"",
      "DISA STIG for Internet Explorer 11: V-223091, V-223092",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "protected-mode" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "2500"
    type     = "dword"
    value    = 0
    severity = "high"
    title = {
      en = "Protected mode"
      sv = "Skyddat läge"
    }
    rationale = {
      en = "The process that shows the page may hardly write anywhere, so that code which breaks out of the page stays in a narrow room. 0 is on."
      sv = "Processen som visar sidan får knappt skriva någonstans, så att kod som bryter sig ut ur sidan stannar i ett trångt rum. 0 är på."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn on Protected Mode\"",
      "DISA STIG for Internet Explorer 11: V-223093, V-223094",
      "NIST SP 800-53 SC-39",
    ]
  }

  setting "registry_value" "no-drag-within-window" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "2708"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "low"
    title = {
      en = "Dragging content of other domains within a window"
      sv = "Dra innehåll från andra domäner inom ett fönster"
    }
    rationale = {
      en = "Content of one site dragged over a hidden frame of another becomes input there without the user knowing."
      sv = "Innehåll från en webbplats som dras över en dold ram från en annan blir indata där utan att användaren vet om det."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Enable dragging of content from different domains within a window\"",
      "DISA STIG for Internet Explorer 11: V-223032, V-223036",
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "registry_value" "no-drag-across-windows" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "2709"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "low"
    title = {
      en = "Dragging content of other domains across windows"
      sv = "Dra innehåll från andra domäner mellan fönster"
    }
    rationale = {
      en = "The same between two windows: a text of the medical record system dragged over a foreign page would be given to it."
      sv = "Detsamma mellan två fönster: en text ur journalsystemet som dras över en främmande sida skulle lämnas till den."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Enable dragging of content from different domains across windows\"",
      "DISA STIG for Internet Explorer 11: V-223149, V-223033",
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "registry_value" "scan-activex" {
    for_each = ["internet", "restricted", "trusted", "intranet", "local"]
    key      = "${local.internet_settings}\\Zones\\${local.zones[each.value]}"
    name     = "270C"
    type     = "dword"
    value    = 0
    severity = "medium"
    title = {
      en = "Antivirus check of ActiveX controls"
      sv = "Antiviruskontroll av ActiveX-kontroller"
    }
    rationale = {
      en = "A control is shown to the antivirus before it starts, in every zone: also a control that came with a product can be driven by a hostile page. 0 means that the check is not left out."
      sv = "En kontroll visas för antivirus innan den startar, i alla zoner: även en kontroll som följt med en produkt kan styras av en fientlig sida. 0 betyder att kontrollen inte hoppas över."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Don't run antimalware programs against ActiveX controls\"",
      "DISA STIG for Internet Explorer 11: V-223037, V-223038, V-223031, V-223029, V-223086",
      "NIST SP 800-53 SI-3",
    ]
  }

  setting "registry_value" "lockdown-java" {
    for_each = ["local", "intranet", "trusted", "restricted"]
    key      = "${local.internet_settings}\\Lockdown_Zones\\${local.zones[each.value]}"
    name     = "1C00"
    type     = "dword"
    value    = 0
    severity = "medium"
    title = {
      en = "Java in locked-down zones"
      sv = "Java i låsta zoner"
    }
    rationale = {
      en = "When a page opened from the disk is locked down, the locked twin of its zone counts. Java is off in each: an applet in a saved page would otherwise run as the client's own."
      sv = "När en sida som öppnats från disken låses ner gäller zonens låsta tvilling. Java är av i alla: en applet i en sparad sida skulle annars köras som klientens egen."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Java permissions (locked-down zones)\"",
      "DISA STIG for Internet Explorer 11: V-223087, V-223088, V-223089, V-223090",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "lockdown-smartscreen" {
    for_each = ["internet", "restricted"]
    key      = "${local.internet_settings}\\Lockdown_Zones\\${local.zones[each.value]}"
    name     = "2301"
    type     = "dword"
    value    = 0
    severity = "low"
    title = {
      en = "SmartScreen in locked-down zones"
      sv = "SmartScreen i låsta zoner"
    }
    rationale = {
      en = "The check of addresses and files must not be lost because a page was locked down. 0 is on."
      sv = "Kontrollen av adresser och filer ska inte gå förlorad för att en sida låsts ner. 0 är på."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11",
      "Windows policy \"Turn on SmartScreen Filter scan (locked-down zones)\"",
      "NIST SP 800-53 SI-3",
    ]
  }

  setting "registry_value" "mk-protocol" {
    for_each = local.processes
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\FEATURE_DISABLE_MK_PROTOCOL"
    name     = each.value
    type     = "sz"
    value    = "1"
    severity = "medium"
    title = {
      en = "MK protocol"
      sv = "MK-protokollet"
    }
    rationale = {
      en = "An address that begins with mk: reads pages out of help files, and has been used to run script of one place with the rights of another."
      sv = "En adress som börjar med mk: läser sidor ur hjälpfiler och har använts för att köra skript från ett ställe med ett annats rättigheter."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"MK Protocol Security Restriction: Internet Explorer Processes\"",
      "DISA STIG for Internet Explorer 11: V-223107, V-223108, V-223109",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "mime-handling" {
    for_each = local.processes
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\FEATURE_MIME_HANDLING"
    name     = each.value
    type     = "sz"
    value    = "1"
    severity = "medium"
    title = {
      en = "Consistent types of files"
      sv = "Överensstämmande filtyper"
    }
    rationale = {
      en = "What a server calls a text must not be run as a program because its name ends in .exe: name, declared type and content have to agree."
      sv = "Det en server kallar text får inte köras som program för att namnet slutar på .exe: namn, angiven typ och innehåll måste stämma överens."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Consistent Mime Handling: Internet Explorer Processes\"",
      "DISA STIG for Internet Explorer 11: V-223101, V-223102, V-223103",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "mime-sniffing" {
    for_each = local.processes
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\FEATURE_MIME_SNIFFING"
    name     = each.value
    type     = "sz"
    value    = "1"
    severity = "medium"
    title = {
      en = "Guessing the type of a file"
      sv = "Gissning av filtyp"
    }
    rationale = {
      en = "A file declared as harmless must not be promoted to something that runs because its first bytes look so, a picture with script in it for instance."
      sv = "En fil som angetts som ofarlig får inte bli något som körs för att dess första byte ser ut så, till exempel en bild med skript i."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Mime Sniffing Safety Feature: Internet Explorer Processes\"",
      "DISA STIG for Internet Explorer 11: V-223104, V-223105, V-223106",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "restrict-activex-install" {
    for_each = local.processes
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\FEATURE_RESTRICT_ACTIVEXINSTALL"
    name     = each.value
    type     = "sz"
    value    = "1"
    severity = "high"
    title = {
      en = "Questions about installing controls"
      sv = "Frågor om att installera kontroller"
    }
    rationale = {
      en = "No page may bring up the question whether to install a control: users answer yes to get on with their work."
      sv = "Ingen sida får ställa frågan om att installera en kontroll: användare svarar ja för att komma vidare i arbetet."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Restrict ActiveX Install: Internet Explorer Processes\"",
      "DISA STIG for Internet Explorer 11: V-223142, V-223034, V-223035",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "restrict-file-download" {
    for_each = local.processes
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\FEATURE_RESTRICT_FILEDOWNLOAD"
    name     = each.value
    type     = "sz"
    value    = "1"
    severity = "medium"
    title = {
      en = "Downloads without a click"
      sv = "Hämtning utan klick"
    }
    rationale = {
      en = "A download begins with a click of the user, not with a script."
      sv = "En hämtning börjar med ett klick av användaren, inte med ett skript."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Restrict File Download: Internet Explorer Processes\"",
      "DISA STIG for Internet Explorer 11: V-223113, V-223114, V-223115",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "notification-bar" {
    for_each = local.processes
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\FEATURE_SECURITYBAND"
    name     = each.value
    type     = "sz"
    value    = "1"
    severity = "low"
    title = {
      en = "The notification bar"
      sv = "Meddelandefältet"
    }
    rationale = {
      en = "What was blocked is said in a bar at the window's edge. Without it a product's page simply stays white, and nobody knows why."
      sv = "Det som spärrats syns i ett fält vid fönstrets kant. Utan det förblir en produkts sida bara vit, och ingen vet varför."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Notification Bar: Internet Explorer Processes\"",
      "DISA STIG for Internet Explorer 11: V-223131, V-223133, V-223135",
      "NIST SP 800-53 SI-11",
    ]
  }

  setting "registry_value" "window-restrictions" {
    for_each = local.processes
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\FEATURE_WINDOW_RESTRICTIONS"
    name     = each.value
    type     = "sz"
    value    = "1"
    severity = "low"
    title = {
      en = "Limits for windows of scripts"
      sv = "Gränser för skriptens fönster"
    }
    rationale = {
      en = "Scripts may not open windows without a title and status bar, or off the screen."
      sv = "Skript får inte öppna fönster utan namnlist och statusfält, eller utanför skärmen."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Scripted Window Security Restrictions: Internet Explorer Processes\"",
      "DISA STIG for Internet Explorer 11: V-223116, V-223117, V-223118",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "zone-elevation" {
    for_each = local.processes
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Main\\FeatureControl\\FEATURE_ZONE_ELEVATION"
    name     = each.value
    type     = "sz"
    value    = "1"
    severity = "high"
    title = {
      en = "Rise into a zone with more rights"
      sv = "Steg till en zon med fler rättigheter"
    }
    rationale = {
      en = "A page from outside must not open a file of the client's disk, which would then run with the rights of the local zone."
      sv = "En sida utifrån får inte öppna en fil på klientens disk, som då skulle köras med den lokala zonens rättigheter."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Protection From Zone Elevation: Internet Explorer Processes\"",
      "DISA STIG for Internet Explorer 11: V-223110, V-223111, V-223112",
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "registry_value" "block-outdated-activex" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Ext"
    name     = "VersionCheckEnabled"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "Outdated ActiveX controls"
      sv = "Föråldrade ActiveX-kontroller"
    }
    rationale = {
      en = "Controls with known holes, old Java first of all, do not start from pages outside the provider."
      sv = "Kontroller med kända hål, främst gammal Java, startar inte från sidor utanför vårdgivaren."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn off blocking of outdated ActiveX controls for Internet Explorer\"",
      "DISA STIG for Internet Explorer 11: V-223049",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "no-run-this-time" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Ext"
    name     = "RunThisTimeEnabled"
    type     = "dword"
    value    = 0
    severity = "medium"
    title = {
      en = "\"Run this time\" for outdated controls"
      sv = "\"Kör den här gången\" för föråldrade kontroller"
    }
    rationale = {
      en = "The button beside the block would let everybody around it, every time."
      sv = "Knappen bredvid spärren skulle låta alla gå förbi den, varje gång."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Remove \"Run this time\" button for outdated ActiveX controls in Internet Explorer\"",
      "DISA STIG for Internet Explorer 11: V-223048",
      "NIST SP 800-53 SC-18",
    ]
  }

  setting "registry_value" "check-signatures" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Download"
    name     = "CheckExeSignatures"
    type     = "sz"
    value    = "yes"
    severity = "medium"
    title = {
      en = "Signatures of downloaded programs"
      sv = "Signaturer på hämtade program"
    }
    rationale = {
      en = "Before a downloaded program starts, its user sees who signed it, or that nobody did."
      sv = "Innan ett hämtat program startar ser användaren vem som signerat det, eller att ingen gjort det."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Check for signatures on downloaded programs\"",
      "DISA STIG for Internet Explorer 11: V-223079",
      "NIST SP 800-53 SI-7",
    ]
  }

  setting "registry_value" "no-invalid-signatures" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Download"
    name     = "RunInvalidSignatures"
    type     = "dword"
    value    = 0
    severity = "high"
    title = {
      en = "Programs with an invalid signature"
      sv = "Program med ogiltig signatur"
    }
    rationale = {
      en = "An invalid signature means that the program was changed after it was signed."
      sv = "En ogiltig signatur betyder att programmet ändrats efter att det signerats."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow software to run or install even if the signature is invalid\"",
      "DISA STIG for Internet Explorer 11: V-223076",
      "NIST SP 800-53 SI-7",
    ]
  }

  setting "registry_value" "no-feed-attachments" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Feeds"
    name     = "DisableEnclosureDownload"
    type     = "dword"
    value    = 1
    severity = "low"
    title = {
      en = "Attachments of feeds"
      sv = "Bilagor i webbflöden"
    }
    rationale = {
      en = "Feeds would fetch files in the background that nobody asked for."
      sv = "Webbflöden skulle hämta filer i bakgrunden som ingen bett om."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "Windows policy \"Prevent downloading of enclosures\"",
      "NIST SP 800-53 CM-7",
      "DISA STIG for Windows 10: V-220853, CCI-000366",
    ]
  }

  setting "registry_value" "no-basic-logon-for-feeds" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Feeds"
    name     = "AllowBasicAuthInClear"
    type     = "dword"
    value    = 0
    severity = "medium"
    title = {
      en = "Passwords of feeds in clear"
      sv = "Lösenord för webbflöden i klartext"
    }
    rationale = {
      en = "A feed's password would cross the network in clear, and it is often the user's own."
      sv = "Ett webbflödes lösenord skulle gå över nätet i klartext, och det är ofta användarens eget."
    }
    references = [
      "Windows policy \"Turn on Basic feed authentication over HTTP\"",
      "NIST SP 800-53 IA-5",
      "DISA STIG for Windows 10: V-220854, CCI-000381",
    ]
  }

  setting "registry_value" "enhanced-protected-mode" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Main"
    name     = "Isolation"
    type     = "sz"
    value    = "PMEM"
    severity = "medium"
    title = {
      en = "Enhanced protected mode"
      sv = "Utökat skyddat läge"
    }
    rationale = {
      en = "The page's process is shut into a container that can reach neither the user's documents nor the local network."
      sv = "Sidans process stängs in i en behållare som varken når användarens dokument eller det lokala nätet."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn on Enhanced Protected Mode\"",
      "DISA STIG for Internet Explorer 11: V-223150",
      "NIST SP 800-53 SC-39",
    ]
  }

  setting "registry_value" "enhanced-protected-mode-64-bit" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Main"
    name     = "Isolation64Bit"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "64-bit processes for pages"
      sv = "64-bitarsprocesser för sidor"
    }
    rationale = {
      en = "Places in memory are hard to guess in a 64-bit process, which most exploits have to do. 32-bit controls do not load in it."
      sv = "Minnesadresser är svåra att gissa i en 64-bitarsprocess, vilket de flesta angrepp måste göra. 32-bitarskontroller laddas inte i den."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn on 64-bit tab processes when running in Enhanced Protected Mode on 64-bit versions of Windows\"",
      "DISA STIG for Internet Explorer 11: V-223077",
      "NIST SP 800-53 SC-39",
    ]
  }

  setting "registry_value" "no-controls-around-protected-mode" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Main"
    name     = "DisableEPMCompat"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "Controls that cannot run in enhanced protected mode"
      sv = "Kontroller som inte klarar utökat skyddat läge"
    }
    rationale = {
      en = "Users would be asked to leave the protection for a control that does not work in it, and would say yes."
      sv = "Användare skulle få frågan om att lämna skyddet för en kontroll som inte fungerar i det, och svara ja."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Do not allow ActiveX controls to run in Protected Mode when Enhanced Protected Mode is enabled\"",
      "DISA STIG for Internet Explorer 11: V-223148",
      "NIST SP 800-53 SC-39",
    ]
  }

  setting "registry_value" "smartscreen-on" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\PhishingFilter"
    name     = "EnabledV9"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "SmartScreen"
      sv = "SmartScreen"
    }
    rationale = {
      en = "Decided here, not by the user. Without internet the question goes unanswered and nothing is lost."
      sv = "Bestäms här, inte av användaren. Utan internet blir frågan obesvarad och inget går förlorat."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prevent managing SmartScreen Filter\"",
      "DISA STIG for Internet Explorer 11: V-223125",
      "NIST SP 800-53 SI-3",
    ]
  }

  setting "registry_value" "no-smartscreen-bypass" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\PhishingFilter"
    name     = "PreventOverride"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "Bypassing SmartScreen"
      sv = "Gå förbi SmartScreen"
    }
    rationale = {
      en = "A warning about a known hostile address is final: the client has no errand there."
      sv = "En varning om en känd fientlig adress är slutgiltig: klienten har inget ärende dit."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prevent bypassing SmartScreen Filter warnings\"",
      "DISA STIG for Internet Explorer 11: V-223039",
      "NIST SP 800-53 SI-3",
    ]
  }

  setting "registry_value" "no-smartscreen-bypass-for-files" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\PhishingFilter"
    name     = "PreventOverrideAppRepUnknown"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "Bypassing SmartScreen for rare files"
      sv = "Gå förbi SmartScreen för ovanliga filer"
    }
    rationale = {
      en = "A program that nobody else has fetched is what an attack made for one hospital looks like."
      sv = "Ett program som ingen annan har hämtat är så ett angrepp gjort för ett enda sjukhus ser ut."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prevent bypassing SmartScreen Filter warnings about files that are not commonly downloaded from the Internet\"",
      "DISA STIG for Internet Explorer 11: V-223040",
      "NIST SP 800-53 SI-3",
    ]
  }

  setting "registry_value" "no-crash-detection" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Restrictions"
    name     = "NoCrashDetection"
    type     = "dword"
    value    = 1
    severity = "low"
    title = {
      en = "Crash detection"
      sv = "Kraschdetektering"
    }
    rationale = {
      en = "It would offer users to switch off add-ons after a crash, those of a product among them, and report the crash."
      sv = "Den skulle efter en krasch erbjuda användare att stänga av tillägg, även en produkts, och rapportera kraschen."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn off Crash Detection\"",
      "DISA STIG for Internet Explorer 11: V-223123",
      "NIST SP 800-53 CM-7",
    ]
  }

  setting "registry_value" "security-check" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Security"
    name     = "DisableSecuritySettingsCheck"
    type     = "dword"
    value    = 0
    severity = "low"
    title = {
      en = "Warning about weakened settings"
      sv = "Varning för försvagade inställningar"
    }
    rationale = {
      en = "The engine says so when a zone's settings have become dangerous, after an installation for instance."
      sv = "Motorn säger till när en zons inställningar har blivit farliga, till exempel efter en installation."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn off the Security Settings Check feature\"",
      "DISA STIG for Internet Explorer 11: V-223075",
      "NIST SP 800-53 CM-6",
    ]
  }

  setting "registry_value" "no-activex-by-users" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Security\\ActiveX"
    name     = "BlockNonAdminActiveXInstall"
    type     = "dword"
    value    = 1
    severity = "high"
    title = {
      en = "ActiveX controls installed by users"
      sv = "ActiveX-kontroller installerade av användare"
    }
    rationale = {
      en = "A user could install a control into the own profile, past the rule that only the image brings programs."
      sv = "En användare kunde installera en kontroll i sin egen profil, förbi regeln att bara avbilden för med sig program."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prevent per-user installation of ActiveX controls\"",
      "DISA STIG for Internet Explorer 11: V-223041",
      "NIST SP 800-53 CM-11",
    ]
  }

  setting "registry_value" "activex-by-installer-service" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\AxInstaller"
    name     = "OnlyUseAXISForActiveXInstall"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "ActiveX installer service"
      sv = "Installationstjänsten för ActiveX"
    }
    rationale = {
      en = "Controls come through the installer service, from places that an administrator approved, or not at all. The image approves none."
      sv = "Kontroller kommer genom installationstjänsten, från ställen som en administratör godkänt, eller inte alls. Avbilden godkänner inga."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11",
      "Windows policy \"Specify use of ActiveX Installer Service for installation of ActiveX controls\"",
      "NIST SP 800-53 CM-11",
    ]
  }

  setting "registry_value" "no-zone-changes-by-users" {
    key      = "${local.internet_settings}"
    name     = "Security_options_edit"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "Changes of zone settings by users"
      sv = "Användares ändringar av zoninställningar"
    }
    rationale = {
      en = "One user who loosens a zone to make a page work loosens it for every page after it."
      sv = "En användare som lättar på en zon för att få en sida att fungera gör det för alla sidor därefter."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Security Zones: Do not allow users to change policies\"",
      "DISA STIG for Internet Explorer 11: V-223073",
      "NIST SP 800-53 CM-5",
    ]
  }

  setting "registry_value" "no-sites-by-users" {
    key      = "${local.internet_settings}"
    name     = "Security_zones_map_edit"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "Sites put into zones by users"
      sv = "Webbplatser som användare lägger i zoner"
    }
    rationale = {
      en = "A site in the trusted zone may do more; which ones are there is decided with the product (inputs of this module), not at the desk."
      sv = "En webbplats i zonen för betrodda platser får göra mer; vilka som finns där bestäms med produkten (modulens indata), inte vid skrivbordet."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Security Zones: Do not allow users to add/delete sites\"",
      "DISA STIG for Internet Explorer 11: V-223072",
      "NIST SP 800-53 CM-5",
    ]
  }

  setting "registry_value" "machine-settings-only" {
    key      = "${local.internet_settings}"
    name     = "Security_HKLM_only"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "One set of zones for all users"
      sv = "En uppsättning zoner för alla användare"
    }
    rationale = {
      en = "Only the machine's zones count, so that a value written into a user's profile changes nothing."
      sv = "Bara maskinens zoner gäller, så att ett värde som skrivits i en användares profil inte ändrar något."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Security Zones: Use only machine settings\"",
      "DISA STIG for Internet Explorer 11: V-223074",
      "NIST SP 800-53 CM-6",
    ]
  }

  setting "registry_value" "check-server-revocation" {
    key      = "${local.internet_settings}"
    name     = "CertificateRevocation"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "Revocation of server certificates"
      sv = "Spärrkontroll av servercertifikat"
    }
    rationale = {
      en = "A server certificate whose key was stolen is refused, if its revocation list can be reached: on an isolated client that takes a declared flow."
      sv = "Ett servercertifikat vars nyckel stulits avvisas, om spärrlistan går att nå: på en isolerad klient krävs ett angivet flöde."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Check for server certificate revocation\"",
      "DISA STIG for Internet Explorer 11: V-223078",
      "NIST SP 800-53 SC-17",
    ]
  }

  setting "registry_value" "no-certificate-bypass" {
    key      = "${local.internet_settings}"
    name     = "PreventIgnoreCertErrors"
    type     = "dword"
    value    = 1
    severity = "high"
    title = {
      en = "Bypassing certificate errors"
      sv = "Gå förbi certifikatfel"
    }
    rationale = {
      en = "Whoever sits between client and server shows a false certificate; users who may go on hand over their password. A product's own certificate belongs in the image's store."
      sv = "Den som sitter mellan klient och server visar ett falskt certifikat; användare som får gå vidare lämnar ut sitt lösenord. En produkts eget certifikat hör hemma i avbildens certifikatlager."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prevent ignoring certificate errors\"",
      "DISA STIG for Internet Explorer 11: V-223042",
      "NIST SP 800-53 SC-23",
    ]
  }

  setting "registry_value" "warn-of-wrong-address" {
    key      = "${local.internet_settings}"
    name     = "WarnOnBadCertRecving"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "Warning of a certificate for another address"
      sv = "Varning för certifikat med annan adress"
    }
    rationale = {
      en = "A certificate made out to another name is the mark of a server that is not the one meant."
      sv = "Ett certifikat utställt på ett annat namn är kännetecknet på en server som inte är den avsedda."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn on certificate address mismatch warning\"",
      "DISA STIG for Internet Explorer 11: V-223015",
      "NIST SP 800-53 SC-23",
    ]
  }

  setting "registry_value" "no-ssl3-fallback" {
    key      = "${local.internet_settings}"
    name     = "EnableSSL3Fallback"
    type     = "dword"
    value    = 0
    severity = "high"
    title = {
      en = "Fallback to SSL 3.0"
      sv = "Återgång till SSL 3.0"
    }
    rationale = {
      en = "Somebody on the line could make both ends agree on SSL 3.0 and then read session cookies (POODLE)."
      sv = "Någon på linjen kunde få båda ändar att enas om SSL 3.0 och sedan läsa sessionskakor (POODLE)."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow fallback to SSL 3.0 (Internet Explorer)\"",
      "DISA STIG for Internet Explorer 11: V-250541",
      "NIST SP 800-53 SC-8",
    ]
  }

  setting "registry_value" "no-unc-as-intranet" {
    key      = "${local.internet_settings}\\ZoneMap"
    name     = "UNCAsIntranet"
    type     = "dword"
    value    = 0
    severity = "medium"
    title = {
      en = "Network paths as intranet"
      sv = "Nätverkssökvägar som intranät"
    }
    rationale = {
      en = "A page on any share would count as the provider's own, with automatic logon, and so would a share that an attacker names in a link."
      sv = "En sida på vilken delning som helst skulle räknas som vårdgivarens egen, med automatisk inloggning, även en delning som en angripare anger i en länk."
    }
    references = [
      "Microsoft security baseline for Internet Explorer 11, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Intranet Sites: Include all network paths (UNCs)\"",
      "DISA STIG for Internet Explorer 11: V-223080",
      "NIST SP 800-53 AC-4",
    ]
  }

  setting "registry_value" "keep-history-setting" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Control Panel"
    name     = "History"
    type     = "dword"
    value    = 1
    severity = "low"
    title = {
      en = "Change of the history's length"
      sv = "Ändring av historikens längd"
    }
    rationale = {
      en = "Users do not shorten the trace that an investigation of an incident needs."
      sv = "Användare kortar inte det spår som en incidentutredning behöver."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Disable \"Configuring History\"\"",
      "DISA STIG for Internet Explorer 11: V-223071",
      "NIST SP 800-53 AU-11",
    ]
  }

  setting "registry_value" "history-days" {
    key      = "${local.internet_settings}\\Url History"
    name     = "DaysToKeep"
    type     = "dword"
    value    = 40
    severity = "low"
    title = {
      en = "Days of history"
      sv = "Dagar av historik"
    }
    rationale = {
      en = "Forty days of visited addresses reach from an incident to its discovery. They are personal data, and of patients where a product puts names into addresses: such a product needs an exception."
      sv = "Fyrtio dagar av besökta adresser räcker från en incident till dess upptäckt. De är personuppgifter, och kan röra patienter där en produkt skriver namn i adresser: en sådan produkt kräver ett undantag."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Disable \"Configuring History\": days to keep pages in history\"",
      "DISA STIG for Internet Explorer 11: V-223071",
      "NIST SP 800-53 AU-11",
    ]
  }

  setting "registry_value" "no-history-cleaning" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Privacy"
    name     = "CleanHistory"
    type     = "dword"
    value    = 0
    severity = "low"
    title = {
      en = "Deletion of visited addresses"
      sv = "Borttagning av besökta adresser"
    }
    rationale = {
      en = "Whoever misused the client would wipe the trace first."
      sv = "Den som missbrukat klienten skulle först sopa bort spåret."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prevent deleting websites that the user has visited\"",
      "DISA STIG for Internet Explorer 11: V-223127",
      "NIST SP 800-53 AU-9",
    ]
  }

  setting "registry_value" "keep-history-on-exit" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Privacy"
    name     = "ClearBrowsingHistoryOnExit"
    type     = "dword"
    value    = 0
    severity = "low"
    title = {
      en = "History when the browser ends"
      sv = "Historiken när webbläsaren avslutas"
    }
    rationale = {
      en = "The same for deletion that happens by itself. On a shared session privacy may weigh more: that is decided by an exception, not by chance."
      sv = "Detsamma för borttagning som sker av sig själv. I en delad session kan integriteten väga tyngre: det avgörs med ett undantag, inte av en slump."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow deleting browsing history on exit\"",
      "DISA STIG for Internet Explorer 11: V-223126",
      "NIST SP 800-53 AU-9",
    ]
  }

  setting "registry_value" "no-inprivate" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\Privacy"
    name     = "EnableInPrivateBrowsing"
    type     = "dword"
    value    = 0
    severity = "low"
    title = {
      en = "InPrivate windows"
      sv = "InPrivate-fönster"
    }
    rationale = {
      en = "A window that leaves no trace has no use on a work client."
      sv = "Ett fönster som inte lämnar spår har ingen uppgift på en arbetsklient."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn off InPrivate Browsing\"",
      "DISA STIG for Internet Explorer 11: V-223128",
      "NIST SP 800-53 AU-12",
    ]
  }

  setting "registry_value" "no-form-suggestions" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Internet Explorer\\Main"
    name     = "Use FormSuggest"
    type     = "sz"
    value    = "no"
    severity = "medium"
    title = {
      en = "Suggestions in forms"
      sv = "Förslag i formulär"
    }
    rationale = {
      en = "The browser would remember what was typed in a form and offer it to the next person: the personal identity number of the patient before."
      sv = "Webbläsaren skulle minnas vad som skrivits i ett formulär och erbjuda det åt nästa person: den förra patientens personnummer."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Disable AutoComplete for forms\"",
      "DISA STIG for Internet Explorer 11: V-223122",
      "NIST SP 800-53 SC-28",
    ]
  }

  setting "registry_value" "no-form-suggestion-setting" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Internet Explorer\\Control Panel"
    name     = "FormSuggest"
    type     = "dword"
    value    = 1
    severity = "low"
    title = {
      en = "Change of suggestions in forms"
      sv = "Ändring av förslag i formulär"
    }
    rationale = {
      en = "The choice of suggestions is greyed out for users."
      sv = "Valet av förslag är låst för användare."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Disable AutoComplete for forms (lock)\"",
      "NIST SP 800-53 CM-5",
    ]
  }

  setting "registry_value" "no-saved-passwords" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Internet Explorer\\Main"
    name     = "FormSuggest Passwords"
    type     = "sz"
    value    = "no"
    severity = "high"
    title = {
      en = "Saved passwords"
      sv = "Sparade lösenord"
    }
    rationale = {
      en = "A password saved in a shared session lets the next person act as the first, and malware reads the store in one call."
      sv = "Ett lösenord sparat i en delad session låter nästa person agera som den första, och skadlig kod läser lagret med ett anrop."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn on the auto-complete feature for user names and passwords on forms\"",
      "DISA STIG for Internet Explorer 11: V-223124",
      "NIST SP 800-53 IA-5",
    ]
  }

  setting "registry_value" "no-question-to-save-passwords" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Internet Explorer\\Main"
    name     = "FormSuggest PW Ask"
    type     = "sz"
    value    = "no"
    severity = "low"
    title = {
      en = "Question whether to save a password"
      sv = "Fråga om att spara lösenord"
    }
    rationale = {
      en = "Not even the question is put."
      sv = "Inte ens frågan ställs."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn on the auto-complete feature for user names and passwords on forms: prompt me to save passwords\"",
      "DISA STIG for Internet Explorer 11: V-223124",
      "NIST SP 800-53 IA-5",
    ]
  }

  setting "registry_value" "no-password-setting" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Internet Explorer\\Control Panel"
    name     = "FormSuggest Passwords"
    type     = "dword"
    value    = 1
    severity = "low"
    title = {
      en = "Change of saved passwords"
      sv = "Ändring av sparade lösenord"
    }
    rationale = {
      en = "The choice of saved passwords is greyed out for users."
      sv = "Valet av sparade lösenord är låst för användare."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn on the auto-complete feature for user names and passwords on forms (lock)\"",
      "NIST SP 800-53 CM-5",
    ]
  }

  setting "registry_value" "no-developer-tools" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Internet Explorer\\IEDevTools"
    name     = "Disabled"
    type     = "dword"
    value    = 1
    severity = "medium"
    title = {
      en = "Developer tools"
      sv = "Utvecklarverktyg"
    }
    rationale = {
      en = "On a kiosk or shared session the tools let anybody change a product's page, read its tokens and reach the file dialogue behind it."
      sv = "I en kiosk eller delad session låter verktygen vem som helst ändra en produkts sida, läsa dess sessionsnycklar och nå fildialogen bakom den."
    }
    references = [
      "Windows policy \"Turn off Developer Tools\"",
      "DISA STIG for Internet Explorer 11: V-223056",
      "NIST SP 800-53 CM-7",
    ]
  }

  setting "registry_value" "check-publisher-revocation" {
    key      = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\WinTrust\\Trust Providers\\Software Publishing"
    name     = "State"
    type     = "dword"
    value    = 146432
    severity = "medium"
    title = {
      en = "Revocation of publishers' certificates"
      sv = "Spärrkontroll av utgivarcertifikat"
    }
    rationale = {
      en = "A publisher whose signing key was stolen is no longer believed. 146432 (0x23C00) is what Windows starts with; installers that slow programs on isolated clients often change it."
      sv = "En utgivare vars signeringsnyckel stulits blir inte längre trodd. 146432 (0x23C00) är Windows utgångsläge; installationsprogram på isolerade klienter ändrar det ofta för att snabba upp programstart."
    }
    references = [
      "DISA STIG for Internet Explorer 11: V-223016",
      "NIST SP 800-53 SC-17",
    ]
  }
}
