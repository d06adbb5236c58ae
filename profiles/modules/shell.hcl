# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "shell" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Desktop, search and what Windows brings along"
    sv = "Skrivbord, sökning och det som följer med Windows"
  }
  summary = {
    en = "Windows 10 was made for a private person with an account in a cloud. This module takes away what such a person has and a client in care must not: advertising and suggestions, games, voice assistants, synchronised folders, telemetry beyond security, apps from anywhere. It also keeps the protections of the desktop that Windows lets others switch off, and has downloaded programs checked before they start."
    sv = "Windows 10 gjordes för en privatperson med ett konto i ett moln. Modulen tar bort det som en sådan har men som en klient i vården inte ska ha: reklam och förslag, spel, röstassistenter, synkroniserade mappar, telemetri utöver säkerhet, appar varifrån som helst. Den behåller också de skydd i skrivbordet som andra annars får stänga av, och låter nedladdade program kontrolleras innan de startar."
  }
  breaks = [
    {
      en = "A downloaded installer that SmartScreen does not know cannot be started by a user at all; on a client without internet it knows none. Copy installers in by a way that leaves no mark of the zone, such as software distribution."
      sv = "Ett nedladdat installationsprogram som SmartScreen inte känner kan inte alls startas av en användare; på en klient utan internet känner den inga. För in installationsprogram på ett sätt som inte sätter zonmärke, som programdistribution."
    },
    {
      en = "Dictation with Windows' own speech recognition in the cloud."
      sv = "Diktering med Windows egen taligenkänning i molnet."
    },
    {
      en = "Products that find their place by Windows' location service."
      sv = "Produkter som tar reda på var de är med Windows platstjänst."
    },
  ]
  severity_source = {
    en = "The project's own judgement: high where foreign code starts, medium where data leaves, low for what only tempts or disturbs."
    sv = "Projektets egen bedömning: hög där främmande kod startar, medel där data lämnar klienten, låg för det som bara lockar eller stör."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 CM-7"]
  capabilities = ["SAHD", "MPII", "MLDP"]

  input "location" {
    type    = bool
    default = false
    description = {
      en = "Whether Windows' location service is available to programs."
      sv = "Om Windows platstjänst är tillgänglig för program."
    }
  }

  input "speech_in_cloud" {
    type    = bool
    default = false
    description = {
      en = "Whether speech and handwriting may be sent to Microsoft to be recognised."
      sv = "Om tal och handskrift får skickas till Microsoft för igenkänning."
    }
  }

  # Protections of the desktop

  setting "registry_value" "explorer-data-execution" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Explorer"
    name     = "NoDataExecutionPrevention"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Explorer stays protected against data that is run as code. Add-ins in its windows that break with it, old DICOM previewers for instance, are defective."
      sv = "Utforskaren förblir skyddad mot data som körs som kod. Tillägg i dess fönster som inte tål det, som gamla DICOM-förhandsvisare, är trasiga."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "Windows policy \"Turn off Data Execution Prevention for Explorer\"",
      "DISA STIG for Windows 10: V-220837, CCI-002824",
    ]
  }

  setting "registry_value" "explorer-stops-when-corrupted" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Explorer"
    name     = "NoHeapTerminationOnCorruption"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "Explorer stops when its memory is damaged instead of going on with what somebody may have put there."
      sv = "Utforskaren stannar när dess minne är skadat, i stället för att fortsätta med det någon kan ha lagt där."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "Windows policy \"Turn off heap termination on corruption\"",
      "DISA STIG for Windows 10: V-220838, CCI-002385",
    ]
  }

  setting "registry_value" "explorer-protected-protocol" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "PreXPSP2ShellProtocolBehavior"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "A link of the kind shell: opens folders only and starts no program."
      sv = "En länk som börjar med shell: öppnar bara mappar och startar inget program."
    }
    references = [
      "Windows policy \"Turn off shell protocol protected mode\"",
      "DISA STIG for Windows 10: V-220839, CCI-000366",
    ]
  }

  setting "registry_value" "smartscreen" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "EnableSmartScreen"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "A program that came from the network is checked before it starts, by its reputation."
      sv = "Ett program som kommit från nätet kontrolleras innan det startar, efter sitt rykte."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Configure Windows Defender SmartScreen\"",
      "DISA STIG for Windows 10: V-220836, CCI-000381",
    ]
  }

  setting "registry_value" "smartscreen-blocks" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "ShellSmartScreenLevel"
    type     = "sz"
    value    = "Block"
    severity = "high"
    rationale = {
      en = "What is unknown or bad is refused; with a warning only, whoever is in a hurry clicks it away."
      sv = "Det som är okänt eller skadligt nekas; vid bara en varning klickar den stressade vidare."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure Windows Defender SmartScreen\"",
      "DISA STIG for Windows 10: V-220836, CCI-000381",
    ]
  }

  setting "registry_value" "mark-of-the-zone" {
    key      = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Attachments"
    name     = "SaveZoneInformation"
    type     = "dword"
    value    = 2
    severity = "medium"
    rationale = {
      en = "Where a file came from stays written on it; SmartScreen and protected views go by that."
      sv = "Varifrån en fil kom står kvar på den; SmartScreen och skyddade vyer går efter det."
    }
    references = [
      "Windows policy \"Do not preserve zone information in file attachments\"",
      "DISA STIG for Windows 10: V-220955, CCI-000366",
    ]
  }

  setting "registry_value" "attachments-scanned" {
    key      = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Policies\\Attachments"
    name     = "ScanWithAntiVirus"
    type     = "dword"
    value    = 3
    severity = "medium"
    rationale = {
      en = "Attachments are given to the antivirus before they are opened."
      sv = "Bilagor ges till antivirusprogrammet innan de öppnas."
    }
    references = [
      "Windows policy \"Notify antivirus programs when opening attachments\"",
    ]
  }

  setting "registry_value" "no-web-services" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoWebServices"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "No wizards of Explorer that publish files or order prints on the internet."
      sv = "Inga guider i Utforskaren som publicerar filer eller beställer utskrifter på internet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn off Internet download for Web publishing and online ordering wizards\"",
      "DISA STIG for Windows 10: V-220816, CCI-000381",
    ]
  }

  setting "registry_value" "no-store-open-with" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Explorer"
    name     = "NoUseStoreOpenWith"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "An unknown type of file does not lead to the shop for an app."
      sv = "En okänd filtyp leder inte till butiken efter en app."
    }
    references = [
      "Windows policy \"Turn off access to the Store\"",
    ]
  }

  setting "registry_value" "no-start-banner" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoStartBanner"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "No invitation to click beside the start button; a leftover of older desktops that costs nothing to close."
      sv = "Ingen uppmaning att klicka bredvid startknappen; en rest från äldre skrivbord som inte kostar något att stänga."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  # Suggestions and advertising

  setting "registry_value" "no-consumer-features" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CloudContent"
    name     = "DisableWindowsConsumerFeatures"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Windows does not install games and trial apps for a user who logs on for the first time."
      sv = "Windows installerar inte spel och provappar åt en användare som loggar in första gången."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "Windows policy \"Turn off Microsoft consumer experiences\"",
      "DISA STIG for Windows 10: V-220831, CCI-000381",
    ]
  }

  setting "registry_value" "no-tips" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CloudContent"
    name     = "DisableSoftLanding"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "No tips that fly in over an image that somebody is reading."
      sv = "Inga tips som flyger in över en bild som någon granskar."
    }
    references = [
      "Windows policy \"Do not show Windows tips\"",
    ]
  }

  setting "registry_value" "no-suggestions" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Windows\\CloudContent"
    name     = "DisableThirdPartySuggestions"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "No suggestions of other makers' apps on the lock screen and in the start menu."
      sv = "Inga förslag om andra tillverkares appar på låsskärmen och i startmenyn."
    }
    references = [
      "Windows policy \"Do not suggest third-party content in Windows spotlight\"",
      "DISA STIG for Windows 10: V-220872, CCI-000381",
    ]
  }

  setting "registry_value" "no-spotlight" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Windows\\CloudContent"
    name     = "DisableWindowsSpotlightFeatures"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "No pictures and texts that are fetched from the internet to the lock screen."
      sv = "Inga bilder och texter som hämtas från internet till låsskärmen."
    }
    references = [
      "Windows policy \"Turn off all Windows spotlight features\"",
    ]
  }

  setting "registry_value" "no-advertising-id" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\AdvertisingInfo"
    name     = "DisabledByGroupPolicy"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Users have no number by which advertisers know them again."
      sv = "Användare har inget nummer som annonsörer känner igen dem på."
    }
    references = [
      "Windows policy \"Turn off the advertising ID\"",
    ]
  }

  setting "registry_value" "no-news" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Feeds"
    name     = "EnableFeeds"
    type     = "dword"
    value    = 0
    builds   = ">= 19041"
    severity = "low"
    rationale = {
      en = "No news and weather in the task bar, with what comes along."
      sv = "Inga nyheter och inget väder i aktivitetsfältet, med den trafik som följer med."
    }
    references = [
      "Windows policy \"Enable news and interests on the taskbar\"",
    ]
  }

  setting "registry_value" "no-game-recording" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\GameDVR"
    name     = "AllowGameDVR"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "The recorder of games films the screen, and with it patients' images, to a file in the user's videos."
      sv = "Spelinspelaren filmar skärmen, och därmed patienters bilder, till en fil bland användarens videor."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Enables or disables Windows Game Recording and Broadcasting\"",
      "DISA STIG for Windows 10: V-220845, CCI-000381",
    ]
  }

  setting "registry_value" "ink-not-above-lock" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\WindowsInkWorkspace"
    name     = "AllowWindowsInkWorkspace"
    type     = "dword"
    value    = 1
    builds   = ">= 17763"
    severity = "low"
    rationale = {
      en = "The pen's workspace cannot be opened above the lock; after logon it works, for those who sign with it."
      sv = "Pennans arbetsyta kan inte öppnas ovanpå låset; efter inloggning fungerar den för dem som skriver under med den."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Allow Windows Ink Workspace\"",
      "DISA STIG for Windows 10: V-220871, CCI-000381",
    ]
  }

  # Voice, search, place

  setting "registry_value" "no-voice-above-lock" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\AppPrivacy"
    name     = "LetAppsActivateWithVoiceAboveLock"
    type     = "dword"
    value    = 2
    builds   = ">= 18362"
    severity = "medium"
    rationale = {
      en = "Nobody speaks to a locked client and gets an answer."
      sv = "Ingen talar till en låst klient och får svar."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2",
      "Windows policy \"Let Windows apps activate with voice while the system is locked\"",
      "DISA STIG for Windows 10: V-220869, CCI-000056",
    ]
  }

  setting "registry_value" "no-cortana" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Search"
    name     = "AllowCortana"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "The assistant learns from what is said and typed; here that is about patients."
      sv = "Assistenten lär sig av det som sägs och skrivs; här handlar det om patienter."
    }
    references = [
      "Windows policy \"Allow Cortana\"",
    ]
  }

  setting "registry_value" "no-cortana-above-lock" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Search"
    name     = "AllowCortanaAboveLock"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Not above the lock either, whatever a user has agreed to."
      sv = "Assistenten svarar inte heller ovanpå låset, vad en användare än har godkänt."
    }
    references = [
      "Windows policy \"Allow Cortana above lock screen\"",
    ]
  }

  setting "registry_value" "no-place-in-search" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Search"
    name     = "AllowSearchToUseLocation"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "Searches do not carry where the client stands."
      sv = "Sökningar talar inte om var klienten står."
    }
    references = [
      "Windows policy \"Allow search and Cortana to use location\"",
    ]
  }

  setting "registry_value" "no-web-search" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Search"
    name     = "DisableWebSearch"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "A patient's name typed into the start menu is searched for on the client, not sent to a search engine."
      sv = "Ett patientnamn som skrivs i startmenyn söks på klienten, det skickas inte till en sökmotor."
    }
    references = [
      "Windows policy \"Do not allow web search\"",
    ]
  }

  setting "registry_value" "no-web-results" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Search"
    name     = "ConnectedSearchUseWeb"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "The second switch for the same, which later builds read."
      sv = "Senare byggen läser det här värdet för att inte söka på internet."
    }
    references = [
      "Windows policy \"Don't search the web or display web results in Search\"",
    ]
  }

  setting "registry_value" "encrypted-not-indexed" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Search"
    name     = "AllowIndexingEncryptedStoresOrItems"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "The index is not encrypted as the files are; what was kept secret would stand in it in clear."
      sv = "Indexet är inte krypterat som filerna; det som hölls hemligt skulle stå där i klartext."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow indexing of encrypted files\"",
      "DISA STIG for Windows 10: V-220855, CCI-000381",
    ]
  }

  setting "registry_value" "no-input-learning" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\InputPersonalization"
    name     = "AllowInputPersonalization"
    type     = "dword"
    value    = input.speech_in_cloud ? 1 : 0
    stricter = "lower"
    severity = "medium"
    rationale = {
      en = "Speech and handwriting are not sent away to be recognised. Medical dictation with a product of its own is not touched."
      sv = "Tal och handskrift skickas inte bort för igenkänning. Medicinsk diktering med egen produkt berörs inte."
    }
    references = [
      "Windows policy \"Allow users to enable online speech recognition services\"",
    ]
  }

  setting "registry_value" "no-location" {
    when     = !input.location
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\LocationAndSensors"
    name     = "DisableLocation"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Programs do not get to know where the client is."
      sv = "Program får inte veta var klienten är."
    }
    references = [
      "Windows policy \"Turn off location\"",
    ]
  }

  setting "registry_value" "no-find-my-device" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FindMyDevice"
    name     = "AllowFindMyDevice"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "The place of the client is not kept in somebody's private account."
      sv = "Klientens plats förvaras inte i någons privata konto."
    }
    references = [
      "Windows policy \"Turn On/Off Find My Device\"",
    ]
  }

  # What leaves the client

  setting "registry_value" "telemetry-security-only" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection"
    name     = "AllowTelemetry"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "medium"
    rationale = {
      en = "Only what the protection itself needs is sent (0, which the Enterprise and LTSC editions obey); memory dumps of a viewer hold images."
      sv = "Bara det som skyddet själv behöver skickas (0, som Enterprise- och LTSC-utgåvor följer); minnesdumpar av ett granskningsprogram innehåller bilder."
    }
    references = [
      "Windows policy \"Allow Telemetry\"",
      "DISA STIG for Windows 10: V-220834, CCI-000366",
    ]
  }

  setting "registry_value" "no-diagnostic-logs" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection"
    name     = "LimitDiagnosticLogCollection"
    type     = "dword"
    value    = 1
    builds   = ">= 19041"
    severity = "low"
    rationale = {
      en = "Nor are logs added when Microsoft asks for more about an error."
      sv = "Inte heller bifogas loggar när Microsoft vill veta mer om ett fel."
    }
    references = [
      "Windows policy \"Limit Diagnostic Log Collection\"",
    ]
  }

  setting "registry_value" "no-feedback" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection"
    name     = "DoNotShowFeedbackNotifications"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Staff are not asked what they think of Windows."
      sv = "Personalen får inte frågor om vad de tycker om Windows."
    }
    references = [
      "Windows policy \"Do not show feedback notifications\"",
    ]
  }

  setting "registry_value" "no-error-reports" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Windows Error Reporting"
    name     = "Disabled"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "A crash of a medical product is reported to its maker by the hospital, not to Microsoft with a piece of memory. The local report is not made either: ask for a dump where support needs one."
      sv = "En krasch i en medicinteknisk produkt rapporteras av sjukhuset till tillverkaren, inte till Microsoft med en bit minne. Inte heller den lokala rapporten skapas: begär en dump när supporten behöver en."
    }
    references = [
      "Windows policy \"Disable Windows Error Reporting\"",
    ]
  }

  setting "registry_value" "no-inventory" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\AppCompat"
    name     = "DisableInventory"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "No list of installed programs and devices is collected for Microsoft's compatibility data."
      sv = "Ingen lista över installerade program och enheter samlas in till Microsofts kompatibilitetsdata."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn off Inventory Collector\"",
      "DISA STIG for Windows 10: V-220826, CCI-000381",
    ]
  }

  setting "registry_value" "no-onedrive" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\OneDrive"
    name     = "DisableFileSyncNGSC"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Files do not go to a cloud store that a user once logged on to."
      sv = "Filer går inte till en molnlagring som en användare en gång loggat in på."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prevent the usage of OneDrive for file storage\"",
    ]
  }

  setting "registry_value" "no-message-sync" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Messaging"
    name     = "AllowMessageSync"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "Text messages of a telephone are not copied to the client or from it."
      sv = "Textmeddelanden i en telefon kopieras inte till eller från klienten."
    }
    references = [
      "Windows policy \"Allow Message Service Cloud Sync\"",
    ]
  }

  setting "registry_value" "no-peer-downloads" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeliveryOptimization"
    name     = "DODownloadMode"
    type     = "dword"
    value    = 99
    severity = "medium"
    rationale = {
      en = "Updates come from the server that is told, not from clients nearby or from strangers on the internet (99: plain download, no peers, no cloud service)."
      sv = "Uppdateringar kommer från den server som anges, inte från klienter i närheten eller främlingar på internet (99: enkel hämtning, inga motparter, ingen molntjänst)."
    }
    references = [
      "Windows policy \"Download Mode\"",
    ]
  }

  setting "registry_value" "no-previews" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PreviewBuilds"
    name     = "AllowBuildPreview"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Nobody enrols a client for trial versions of Windows."
      sv = "Ingen anmäler en klient till provversioner av Windows."
    }
    references = [
      "Windows policy \"Toggle user control over Insider builds\"",
    ]
  }

  # Copies that travel

  setting "registry_value" "no-clipboard-history" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "AllowClipboardHistory"
    type     = "dword"
    value    = 0
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "The clipboard keeps one thing, not a list that the next person opens with two keys and finds personal numbers in."
      sv = "Urklipp innehåller en sak, inte en lista som nästa person öppnar med två tangenter och hittar personnummer i."
    }
    references = [
      "Windows policy \"Allow Clipboard History\"",
    ]
  }

  setting "registry_value" "no-shared-clipboard" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "AllowCrossDeviceClipboard"
    type     = "dword"
    value    = 0
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "What is copied here cannot be pasted on a private telephone."
      sv = "Det som kopieras här går inte att klistra in på en privat telefon."
    }
    references = [
      "Windows policy \"Allow Clipboard synchronization across devices\"",
    ]
  }

  setting "registry_value" "no-shared-sessions" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "EnableCdp"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Windows does not announce itself to other devices in order to go on there."
      sv = "Windows gör sig inte till känna för andra enheter för att fortsätta där."
    }
    references = [
      "Windows policy \"Continue experiences on this device\"",
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
      en = "No record of which files and studies a person opened, beside the audit log that is meant for it."
      sv = "Ingen förteckning över vilka filer och undersökningar någon öppnat, vid sidan av den logg som är till för det."
    }
    references = [
      "Windows policy \"Enables Activity Feed\"",
    ]
  }

  setting "registry_value" "no-activities-kept" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "PublishUserActivities"
    type     = "dword"
    value    = 0
    builds   = ">= 17763"
    severity = "low"
    rationale = {
      en = "Programs cannot add to such a record either."
      sv = "Program kan inte heller lägga till i en sådan förteckning."
    }
    references = [
      "Windows policy \"Allow publishing of User Activities\"",
    ]
  }

  setting "registry_value" "no-activities-sent" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "UploadUserActivities"
    type     = "dword"
    value    = 0
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "And it goes to no cloud account."
      sv = "En sådan förteckning skickas inte heller till något molnkonto."
    }
    references = [
      "Windows policy \"Allow upload of User Activities\"",
    ]
  }

  setting "registry_value" "no-settings-sync" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\SettingSync"
    name     = "DisableSettingSync"
    type     = "dword"
    value    = 2
    severity = "medium"
    rationale = {
      en = "Passwords, favourites and settings of a private account do not come to the client, nor leave it."
      sv = "Lösenord, favoriter och inställningar i ett privat konto kommer inte till klienten och lämnar den inte."
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
    severity = "medium"
    rationale = {
      en = "Users cannot turn that on again."
      sv = "Användare kan inte slå på det igen."
    }
    references = [
      "Windows policy \"Do not sync\"",
    ]
  }

  setting "registry_value" "no-fonts-from-cloud" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\System"
    name     = "EnableFontProviders"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "Fonts that a document asks for are not fetched from Microsoft."
      sv = "Teckensnitt som ett dokument ber om hämtas inte från Microsoft."
    }
    references = [
      "Windows policy \"Enable Font Providers\"",
    ]
  }

  setting "registry_value" "no-handwriting-reports" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\HandwritingErrorReports"
    name     = "PreventHandwritingErrorReports"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Words that handwriting recognition got wrong, names among them, are not sent for its improvement."
      sv = "Ord som handskriftstolkningen fått fel, även namn, skickas inte för att förbättra den."
    }
    references = [
      "Windows policy \"Turn off handwriting recognition error reporting\"",
    ]
  }

  setting "registry_value" "no-handwriting-samples" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\TabletPC"
    name     = "PreventHandwritingDataSharing"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Nor are samples of a person's hand."
      sv = "Inte heller prov på någons handstil skickas."
    }
    references = [
      "Windows policy \"Turn off handwriting personalization data sharing\"",
    ]
  }

  setting "registry_value" "no-tailored-experiences" {
    key      = "HKCU\\Software\\Policies\\Microsoft\\Windows\\CloudContent"
    name     = "DisableTailoredExperiencesWithDiagnosticData"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "What diagnostics saw of the work is not used for offers."
      sv = "Det som diagnostiken sett av arbetet används inte till erbjudanden."
    }
    references = [
      "Windows policy \"Do not use diagnostic data for tailored experiences\"",
    ]
  }

  setting "registry_value" "no-enhanced-diagnostics" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection"
    name     = "LimitEnhancedDiagnosticDataWindowsAnalytics"
    type     = "dword"
    value    = 1
    builds   = ">= 17763"
    severity = "low"
    rationale = {
      en = "Where somebody raises the level of telemetry for a fault, only the smallest set of that level goes."
      sv = "Där någon höjer telemetrinivån för ett fel går bara nivåns minsta uppsättning."
    }
    references = [
      "Windows policy \"Limit Enhanced diagnostic data to the minimum required by Windows Analytics\"",
    ]
  }

  setting "registry_value" "no-improvement-programme" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\SQMClient\\Windows"
    name     = "CEIPEnable"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "The client takes no part in the programme that counts how Windows is used."
      sv = "Klienten deltar inte i programmet som räknar hur Windows används."
    }
    references = [
      "Windows policy \"Turn off Windows Customer Experience Improvement Program\"",
    ]
  }

  setting "registry_value" "no-troubleshooter-links" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\ScriptedDiagnostics"
    name     = "EnableDiagnostics"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Links that start a troubleshooter start foreign code as well (CVE-2022-30190). Service staff use their own tools."
      sv = "Länkar som startar en felsökare startar också främmande kod (CVE-2022-30190). Servicepersonal använder egna verktyg."
    }
    references = [
      "Windows policy \"Troubleshooting: Allow users to access and run Troubleshooting Wizards\"",
    ]
  }

  setting "registry_value" "no-publishing" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoPublishingWizard"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "No menu item puts a folder on the web."
      sv = "Inget menyval lägger en mapp på webben."
    }
    references = [
      "Windows policy \"Turn off the \"Publish to Web\" task for files and folders\"",
    ]
  }

  setting "registry_value" "no-ordered-prints" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoOnlinePrintsWizard"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "No menu item orders photographs of what lies in a folder."
      sv = "Inget menyval beställer fotografier av det som ligger i en mapp."
    }
    references = [
      "Windows policy \"Turn off the \"Order Prints\" picture task\"",
    ]
  }

  setting "registry_value" "no-internet-open-with" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoInternetOpenWith"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "An unknown file is not described to a web service in order to find a program for it."
      sv = "En okänd fil beskrivs inte för en webbtjänst för att hitta ett program."
    }
    references = [
      "Windows policy \"Turn off Internet File Association service\"",
    ]
  }

  # Apps

  setting "registry_value" "no-developer-apps" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Appx"
    name     = "AllowDevelopmentWithoutDevLicense"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Apps are not loaded from a folder as for development."
      sv = "Appar läses inte in från en mapp som vid utveckling."
    }
    references = [
      "Windows policy \"Allows development of Windows Store apps and installing them from an integrated development environment (IDE)\"",
    ]
  }

  setting "registry_value" "no-sideloading" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Appx"
    name     = "AllowAllTrustedApps"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Apps come from the hospital's management or not at all. A product delivered as an app package needs an exception."
      sv = "Appar kommer från sjukhusets förvaltning eller inte alls. En produkt som levereras som app-paket kräver ett undantag."
    }
    references = [
      "Windows policy \"Allow all trusted apps to install\"",
    ]
  }

  setting "registry_value" "apps-by-administrators" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Appx"
    name     = "BlockNonAdminUserInstall"
    type     = "dword"
    value    = 1
    builds   = ">= 18362"
    severity = "medium"
    rationale = {
      en = "Users do not install app packages for themselves; the door to that stood open to malware in 2021."
      sv = "Användare installerar inte app-paket åt sig själva; den vägen användes av skadlig kod 2021."
    }
    references = [
      "Windows policy \"Prevent non-admin users from installing packaged Windows apps\"",
    ]
  }

  setting "service" "no-xbox-accessories" {
    name     = "XboxGipSvc"
    start    = "disabled"
    optional = true
    stricter = "stopped"
    severity = "low"
    rationale = {
      en = "The service for game controllers: no medical product steers by one."
      sv = "Tjänsten för spelkontroller behövs inte: ingen medicinteknisk produkt styrs med en sådan."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809",
    ]
  }

  setting "service" "no-xbox-logon" {
    name     = "XblAuthManager"
    start    = "disabled"
    optional = true
    stricter = "stopped"
    severity = "low"
    rationale = {
      en = "Logon to a games network has no place here."
      sv = "Inloggning till ett spelnätverk hör inte hemma här."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809",
    ]
  }

  setting "service" "no-xbox-saves" {
    name     = "XblGameSave"
    start    = "disabled"
    optional = true
    stricter = "stopped"
    severity = "low"
    rationale = {
      en = "It would copy what games saved to a cloud."
      sv = "Tjänsten skulle kopiera sparade spel till ett moln."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809",
    ]
  }

  setting "service" "no-xbox-network" {
    name     = "XboxNetApiSvc"
    start    = "disabled"
    optional = true
    stricter = "stopped"
    severity = "low"
    rationale = {
      en = "It opens ways through firewalls for games."
      sv = "Tjänsten öppnar vägar genom brandväggar för spel."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809",
    ]
  }

  # The first Edge. LTSB and LTSC come without it; the values are for a base that has it.

  setting "registry_value" "edge-no-passwords" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\MicrosoftEdge\\Main"
    name     = "FormSuggest Passwords"
    type     = "sz"
    value    = "no"
    builds   = "< 19041"
    severity = "medium"
    rationale = {
      en = "The browser does not keep passwords: on a shared client the next person would be logged on as the last."
      sv = "Webbläsaren sparar inga lösenord: på en delad klient skulle nästa person bli inloggad som den förra."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Configure Password Manager\"",
    ]
  }

  setting "registry_value" "edge-smartscreen" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\MicrosoftEdge\\PhishingFilter"
    name     = "EnabledV9"
    type     = "dword"
    value    = 1
    builds   = "< 19041"
    severity = "medium"
    rationale = {
      en = "Addresses and downloads are checked by SmartScreen."
      sv = "Adresser och nedladdningar kontrolleras av SmartScreen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Configure Windows Defender SmartScreen\"",
    ]
  }

  setting "registry_value" "edge-no-way-round-sites" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\MicrosoftEdge\\PhishingFilter"
    name     = "PreventOverride"
    type     = "dword"
    value    = 1
    builds   = "< 19041"
    severity = "medium"
    rationale = {
      en = "A page that is known to cheat cannot be opened all the same."
      sv = "En sida som är känd för bedrägeri går inte att öppna ändå."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prevent bypassing Windows Defender SmartScreen prompts for sites\"",
    ]
  }

  setting "registry_value" "edge-no-way-round-files" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\MicrosoftEdge\\PhishingFilter"
    name     = "PreventOverrideAppRepUnknown"
    type     = "dword"
    value    = 1
    builds   = "< 19041"
    severity = "medium"
    rationale = {
      en = "Nor a file that nobody knows."
      sv = "Inte heller en fil som ingen känner."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Prevent bypassing Windows Defender SmartScreen prompts for files\"",
    ]
  }

  setting "registry_value" "edge-certificate-errors" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\MicrosoftEdge\\Internet Settings"
    name     = "PreventCertErrorOverrides"
    type     = "dword"
    value    = 1
    builds   = ">= 17763, < 19041"
    severity = "medium"
    rationale = {
      en = "An error in a certificate ends the visit. Internal pages of devices with certificates of their own need them in the store."
      sv = "Ett certifikatfel avslutar besöket. Enheters interna sidor med egna certifikat behöver dem i certifikatlagret."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809",
      "Windows policy \"Prevent certificate error overrides\"",
    ]
  }

  setting "registry_value" "edge-no-private-windows" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\MicrosoftEdge\\Main"
    name     = "AllowInPrivate"
    type     = "dword"
    value    = 0
    builds   = "< 19041"
    severity = "low"
    rationale = {
      en = "What was opened can be found in the history afterwards."
      sv = "Det som öppnats går att hitta i historiken efteråt."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow InPrivate browsing\"",
    ]
  }

  setting "registry_value" "edge-history-stays" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\MicrosoftEdge\\Privacy"
    name     = "ClearBrowsingHistoryOnExit"
    type     = "dword"
    value    = 0
    builds   = "< 19041"
    severity = "low"
    rationale = {
      en = "Closing the browser does not wipe the traces that an inquiry would look for."
      sv = "Att stänga webbläsaren raderar inte de spår som en utredning skulle leta efter."
    }
    references = [
      "Windows policy \"Allow clearing browsing data on exit\"",
    ]
  }

  not_managed "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\AppPrivacy!LetAppsAccessCamera" {
    reason = {
      en = "Cameras for documentation of wounds and microphones for dictation differ from product to product; access is left to the products and the person, not denied for all."
      sv = "Kameror för sårdokumentation och mikrofoner för diktering skiljer sig mellan produkter; åtkomsten överlåts åt produkterna och personen och nekas inte för alla."
    }
  }
}
