# Microsoft Defender as the baselines want it. Part of the catalogue `policies`; the module `protection` decides whether Defender protects this client
# at all and narrows what a product needs, and `offline` keeps it from the cloud: both say so with overrides.
module "defender-baseline" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Microsoft Defender"
    sv = "Microsoft Defender"
  }
  summary = {
    en = "Defender watches files, downloads, scripts and what programs do, scans what is plugged in, and blocks the ways in which documents and mail most often start foreign code. Users and local administrators cannot loosen it, nor add exclusions of their own. The values are those of the baselines of Microsoft and NSA for these builds, and what follows from them."
    sv = "Defender bevakar filer, nedladdningar, skript och vad program gör, genomsöker det som ansluts och blockerar de vägar där dokument och e-post oftast startar främmande kod. Användare och lokala administratörer kan inte lätta på skyddet eller lägga till egna undantag. Värdena är de som baslinjerna från Microsoft och NSA har för dessa byggen, och det som följer av dem."
  }
  breaks = [
    {
      en = "Programs that read and write many files, such as image stores and databases, become slower until their folders are excluded: the product states them, and the module protection carries them over."
      sv = "Program som läser och skriver många filer, till exempel bildlager och databaser, blir långsammare tills deras mappar undantas: produkten anger dem och modulen protection för över dem."
    },
    {
      en = "Macros of Office that start other programs or write programs, and scripts that hide what they do: some vendors' reports and installers are made so."
      sv = "Makron i Office som startar andra program eller skriver program, och skript som döljer vad de gör: en del leverantörers rapporter och installationsprogram är gjorda så."
    },
    {
      en = "Unsigned programs started from a USB stick, such as a service engineer's tools."
      sv = "Osignerade program som startas från ett USB-minne, till exempel en serviceteknikers verktyg."
    },
    {
      en = "The cloud values of the baseline assume internet. On a client without it the module offline overrides them."
      sv = "Baslinjens molnvärden förutsätter internet. På en klient utan internet åsidosätter modulen offline dem."
    },
  ]
  severity_source = {
    en = "The project's own judgement: critical where the protection as a whole hangs on it, high where a common way in stays open, medium where one layer is lost, low for order."
    sv = "Projektets egen bedömning: kritisk där hela skyddet hänger på inställningen, hög där en vanlig väg in förblir öppen, medel där ett lager går förlorat, låg för ordning."
  }
  builds = ">= 14393"
  references = [
    "NIST SP 800-53 SI-3, SI-4, SC-44",
  ]
  capabilities = [
    "MLDP",
    "SAHD",
  ]

  input "reduction" {
    type    = string
    default = "block"
    description = {
      en = "Attack surface reduction: \"block\", or \"audit\" while a product is tried, which only notes in the event log what would have been blocked."
      sv = "Minskning av angreppsytan: \"block\" (blockera), eller \"audit\" medan en produkt provas, vilket bara noterar i händelseloggen vad som skulle ha blockerats."
    }
    validation {
      condition = contains(["block", "audit"], input.reduction)
      error_message = {
        en = "Write block or audit."
        sv = "Skriv block eller audit."
      }
    }
  }

  # Watching

  setting "defender_preference" "antivirus" {
    preference = "antivirus"
    value      = "on"
    severity   = "critical"
    rationale = {
      en = "Nobody switches Defender off by a policy left behind. Newer versions ignore the policy that would do so."
      sv = "En kvarglömd policy ska inte hålla Defender avstängt. Nyare versioner bortser från den policyn."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "Windows policy \"Turn off Microsoft Defender Antivirus\"",
    ]
  }

  setting "defender_preference" "real-time" {
    preference = "real_time"
    value      = "on"
    severity   = "critical"
    rationale = {
      en = "Files are looked at when they are opened, before what is in them can run."
      sv = "Filer granskas när de öppnas, innan det som finns i dem kan köras."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2",
      "Windows policy \"Turn off real-time protection\"",
    ]
  }

  setting "defender_preference" "behaviour" {
    preference = "behaviour"
    value      = "on"
    severity   = "high"
    rationale = {
      en = "What a program does shows malicious code that no signature knows yet."
      sv = "Vad ett program gör avslöjar skadlig kod som ingen signatur känner ännu."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "Windows policy \"Turn on behavior monitoring\"",
    ]
  }

  setting "defender_preference" "on-access" {
    preference = "on_access"
    value      = "on"
    severity   = "high"
    rationale = {
      en = "Programs are watched as they start and as they write files."
      sv = "Program bevakas när de startar och när de skriver filer."
    }
    references = [
      "Windows policy \"Monitor file and program activity on your computer\"",
    ]
  }

  setting "defender_preference" "downloads" {
    preference = "downloads"
    value      = "on"
    severity   = "high"
    rationale = {
      en = "What comes in by browser and mail is scanned before anybody opens it."
      sv = "Det som kommer in via webbläsare och e-post genomsöks innan någon öppnar det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2",
      "Windows policy \"Scan all downloaded files and attachments\"",
    ]
  }

  setting "defender_preference" "scripts" {
    preference = "scripts"
    value      = "on"
    severity   = "high"
    rationale = {
      en = "Much malicious code today is a script and never a file."
      sv = "Mycket skadlig kod i dag är ett skript och aldrig en fil."
    }
    references = [
      "Windows policy \"Turn on script scanning\"",
    ]
  }

  setting "defender_preference" "scan-when-enabled" {
    preference = "scan_when_enabled"
    value      = "on"
    severity   = "low"
    rationale = {
      en = "When protection comes back after a pause, running programs are looked at too."
      sv = "När skyddet kommer tillbaka efter ett uppehåll granskas även program som redan kör."
    }
    references = [
      "Windows policy \"Turn on process scanning whenever real-time protection is enabled\"",
    ]
  }

  setting "defender_preference" "routine-action" {
    preference = "routine_action"
    value      = "on"
    severity   = "medium"
    rationale = {
      en = "What is found is dealt with at once; nobody at the client has to decide. A product that forbids this gets it otherwise from the module protection."
      sv = "Det som hittas åtgärdas genast; ingen vid klienten behöver avgöra. En produkt som förbjuder detta får det annorlunda av modulen protection."
    }
    references = [
      "Windows policy \"Turn off routine remediation\"",
    ]
  }

  setting "defender_preference" "unwanted-programs" {
    preference = "unwanted_programs"
    value      = "block"
    severity   = "medium"
    rationale = {
      en = "Advertising, coin miners and bundled installers are no viruses and have no place on the client."
      sv = "Reklamprogram, program som bryter kryptovaluta och medföljande installationsprogram är inga virus men hör inte hemma på klienten."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure detection for potentially unwanted applications\"",
    ]
  }

  # Nobody loosens it on the client

  setting "defender_preference" "no-local-lists" {
    preference = "local_lists"
    value      = "off"
    severity   = "high"
    rationale = {
      en = "Exclusions come from the image, where a reason stands beside each. One added on the client would be a hiding place that nobody knows of."
      sv = "Undantag kommer från avbilden, där ett skäl står vid vart och ett. Ett som lagts till på klienten vore ett gömställe som ingen känner till."
    }
    references = [
      "Windows policy \"Configure local administrator merge behavior for lists\"",
    ]
  }

  setting "defender_preference" "no-local-real-time" {
    preference = "local_real_time"
    value      = "off"
    severity   = "medium"
    rationale = {
      en = "Real-time protection follows the policy, not a setting made on the client."
      sv = "Realtidsskyddet följer policyn, inte en inställning gjord på klienten."
    }
    references = [
      "Windows policy \"Configure local setting override for turn on real-time protection\"",
    ]
  }

  setting "defender_preference" "no-local-behaviour" {
    preference = "local_behaviour"
    value      = "off"
    severity   = "medium"
    rationale = {
      en = "The watch over programs' behaviour follows the policy too."
      sv = "Även bevakningen av programs beteende följer policyn."
    }
    references = [
      "Windows policy \"Configure local setting override for turn on behavior monitoring\"",
    ]
  }

  setting "defender_preference" "no-local-cloud" {
    preference = "local_cloud"
    value      = "off"
    severity   = "medium"
    rationale = {
      en = "Whether anything is reported out of the hospital is decided once, for all clients."
      sv = "Om något rapporteras ut från sjukhuset avgörs en gång, för alla klienter."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "Windows policy \"Configure local setting override for reporting to Microsoft MAPS\"",
    ]
  }

  # What scans look at

  setting "defender_preference" "scan-removable-drives" {
    preference = "scan_removable_drives"
    value      = "on"
    severity   = "high"
    rationale = {
      en = "A USB stick that goes from ward to ward carries more than images."
      sv = "Ett USB-minne som går från avdelning till avdelning bär på mer än bilder."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "Windows policy \"Scan removable drives\"",
    ]
  }

  setting "defender_preference" "scan-mail" {
    preference = "scan_mail"
    value      = "on"
    severity   = "medium"
    rationale = {
      en = "Attachments inside a mail store are looked at as well."
      sv = "Även bilagor inne i ett e-postarkiv granskas."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "Windows policy \"Turn on e-mail scanning\"",
    ]
  }

  setting "defender_preference" "scan-archives" {
    preference = "scan_archives"
    value      = "on"
    severity   = "medium"
    rationale = {
      en = "Malicious code travels in ZIP files."
      sv = "Skadlig kod färdas i ZIP-filer."
    }
    references = [
      "Windows policy \"Scan archive files\"",
    ]
  }

  setting "defender_preference" "scan-packed-programs" {
    preference = "scan_packed_programs"
    value      = "on"
    severity   = "medium"
    rationale = {
      en = "Packed programs hide what they hold from a plain look."
      sv = "Packade program döljer sitt innehåll för en enkel granskning."
    }
    references = [
      "Windows policy \"Scan packed executables\"",
    ]
  }

  setting "defender_preference" "heuristics" {
    preference = "heuristics"
    value      = "on"
    severity   = "medium"
    rationale = {
      en = "Resemblance to known malicious code counts as a find."
      sv = "Likhet med känd skadlig kod räknas som en upptäckt."
    }
    references = [
      "Windows policy \"Turn on heuristics\"",
    ]
  }

  setting "defender_preference" "scan-day" {
    preference = "scan_day"
    value      = "every-day"
    severity   = "low"
    rationale = {
      en = "A short scan each day finds what came in before its signature."
      sv = "En kort genomsökning varje dag hittar det som kom in före sin signatur."
    }
    references = [
      "Windows policy \"Specify the day of the week to run a scheduled scan\"",
    ]
  }

  setting "defender_preference" "scan-type" {
    preference = "scan_type"
    value      = "quick"
    severity   = "low"
    rationale = {
      en = "The daily scan looks where malicious code starts from and leaves the image stores alone."
      sv = "Den dagliga genomsökningen tittar där skadlig kod startar och lämnar bildlagren i fred."
    }
    references = [
      "Windows policy \"Specify the scan type to use for a scheduled scan\"",
    ]
  }

  setting "defender_preference" "signatures-before-scan" {
    preference = "signatures_before_scan"
    value      = "on"
    severity   = "low"
    rationale = {
      en = "A scan with yesterday's signatures finds yesterday's threats."
      sv = "En genomsökning med gårdagens signaturer hittar gårdagens hot."
    }
    references = [
      "Windows policy \"Check for the latest virus and spyware security intelligence before running a scheduled scan\"",
    ]
  }

  # Signatures

  setting "defender_preference" "signature-overdue" {
    preference = "signature_overdue_days"
    value      = "7"
    severity   = "medium"
    rationale = {
      en = "After a week without new signatures the client says that something is wrong."
      sv = "Efter en vecka utan nya signaturer säger klienten till att något är fel."
    }
    references = [
      "Windows policy \"Define the number of days before virus security intelligence is considered out of date\"",
    ]
  }

  setting "defender_preference" "spyware-overdue" {
    preference = "spyware_overdue_days"
    value      = "7"
    severity   = "medium"
    rationale = {
      en = "The same for signatures of spyware, which old builds keep apart."
      sv = "Klienten säger till även om gamla signaturer mot spionprogram, som äldre byggen håller isär."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Define the number of days before spyware security intelligence is considered out of date\"",
    ]
  }

  setting "defender_preference" "signature-day" {
    preference = "signature_day"
    value      = "every-day"
    severity   = "medium"
    rationale = {
      en = "New signatures are looked for each day."
      sv = "Nya signaturer söks varje dag."
    }
    references = [
      "Windows policy \"Specify the day of the week to check for security intelligence updates\"",
    ]
  }

  # Cloud. A client without internet gets these from the module offline or protection, which override them.

  setting "defender_preference" "cloud" {
    preference = "cloud"
    value      = "advanced"
    severity   = "medium"
    rationale = {
      en = "Files that nobody has seen before are asked about. What is reported can name files and their paths: on a client with patient data the hospital decides whether it wants that."
      sv = "Frågor ställs om filer som ingen har sett förut. Det som rapporteras kan nämna filer och deras sökvägar: på en klient med patientdata avgör sjukhuset om det vill det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "Windows policy \"Join Microsoft MAPS\"",
    ]
  }

  setting "defender_preference" "samples" {
    preference = "samples"
    value      = "safe"
    severity   = "medium"
    rationale = {
      en = "Only files that hold no personal data by their type, such as programs, are sent without a question."
      sv = "Bara filer som genom sin typ inte innehåller personuppgifter, till exempel program, skickas utan fråga."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "Windows policy \"Send file samples when further analysis is required\"",
    ]
  }

  setting "defender_preference" "block-at-first-sight" {
    preference = "block_at_first_sight"
    value      = "on"
    severity   = "medium"
    rationale = {
      en = "An unknown program waits for the cloud's answer before it runs."
      sv = "Ett okänt program väntar på molnets svar innan det körs."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2",
      "Windows policy \"Configure the 'Block at First Sight' feature\"",
    ]
  }

  setting "defender_preference" "cloud-level" {
    preference = "cloud_level"
    value      = "high"
    builds     = ">= 17763"
    severity   = "low"
    rationale = {
      en = "What the cloud doubts is blocked. Builds before 1703 do not know the value."
      sv = "Det som molnet tvekar om blockeras. Byggen före 1703 känner inte värdet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2",
      "Windows policy \"Select cloud protection level\"",
    ]
  }

  setting "defender_preference" "network-protection" {
    preference = "network_protection"
    value      = "block"
    builds     = ">= 17763"
    severity   = "medium"
    rationale = {
      en = "No program reaches addresses that are known to be malicious, not just the browser."
      sv = "Inget program når adresser som är kända som skadliga, inte bara webbläsaren."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Prevent users and apps from accessing dangerous websites\"",
    ]
  }

  # Attack surface reduction: ways in that documents, mail and scripts use

  setting "asr_rule" "office-injection" {
    rule     = "office_injection"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "high"
    rationale = {
      en = "A document has no business inside another program's memory."
      sv = "Ett Officedokument har inget att göra i ett annat programs minne."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "office-programs" {
    rule     = "office_programs"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "high"
    rationale = {
      en = "A document that writes a program to the disk is the first half of an attack."
      sv = "Ett dokument som skriver ett program till disken är första halvan av ett angrepp."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "office-child-processes" {
    rule     = "office_child_processes"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "high"
    rationale = {
      en = "A document that starts PowerShell is nearly always malicious."
      sv = "Ett dokument som startar PowerShell är nästan alltid skadligt."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "office-macro-calls" {
    rule     = "office_macro_calls"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "high"
    rationale = {
      en = "Macros that call into Windows directly run code that no scan sees."
      sv = "Makron som anropar Windows direkt kör kod som ingen genomsökning ser."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "outlook-child-processes" {
    rule     = "outlook_child_processes"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "A mail that makes the mail program start others exploits a fault in it."
      sv = "Ett brev som får e-postprogrammet att starta andra program utnyttjar ett fel i det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "adobe-child-processes" {
    rule     = "adobe_child_processes"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "The same for documents in Adobe Reader."
      sv = "Ett dokument i Adobe Reader har inget skäl att starta andra program."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "obfuscated-scripts" {
    rule     = "obfuscated_scripts"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "high"
    rationale = {
      en = "A script that hides what it does has a reason for it."
      sv = "Ett skript som döljer vad det gör har ett skäl till det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "downloaded-programs" {
    rule     = "downloaded_programs_by_scripts"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "high"
    rationale = {
      en = "A script that starts what it has just fetched is the second half of an attack."
      sv = "Ett skript som startar det som det nyss hämtat är andra halvan av ett angrepp."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "mail-programs" {
    rule     = "mail_programs"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "high"
    rationale = {
      en = "Programs that come by mail do not run."
      sv = "Program som kommer med e-post körs inte."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "credential-theft" {
    rule     = "credential_theft"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "critical"
    rationale = {
      en = "Programs cannot read passwords out of the memory of the logon service. What asks without need is refused and goes on working."
      sv = "Program kan inte läsa lösenord ur inloggningstjänstens minne. Det som frågar utan behov nekas och fortsätter fungera."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "usb-programs" {
    rule     = "usb_programs"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "high"
    rationale = {
      en = "Unsigned programs on a stick do not start. Signed tools of a service engineer do."
      sv = "Osignerade program på ett USB-minne startar inte. En serviceteknikers signerade verktyg gör det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "ransomware" {
    rule     = "ransomware"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "high"
    rationale = {
      en = "Programs that behave like ransomware are stopped. In part this asks the cloud; without it the rule sees less."
      sv = "Program som beter sig som utpressningsprogram stoppas. Delvis frågas molnet; utan det ser regeln mindre."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "wmi-persistence" {
    rule     = "wmi_persistence"
    mode     = input.reduction
    builds   = ">= 18362"
    severity = "medium"
    rationale = {
      en = "Malicious code lodges itself in WMI events, where no file shows it. Builds before 1903 do not know the rule."
      sv = "Skadlig kod nästlar sig in i WMI-händelser, där ingen fil visar den. Byggen före 1903 känner inte regeln."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2",
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  setting "asr_rule" "vulnerable-drivers" {
    rule     = "vulnerable_drivers"
    mode     = input.reduction
    builds   = ">= 17763"
    severity = "high"
    rationale = {
      en = "A signed driver with a known hole is the usual way into the kernel; it is kept from being written to the disk."
      sv = "En signerad drivrutin med ett känt hål är den vanliga vägen in i kärnan; den hindras från att skrivas till disken."
    }
    references = [
      "Windows policy \"Configure Attack Surface Reduction rules\"",
    ]
  }

  not_managed "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\ASR\\Rules!d1e49aac-8f56-4280-b9ba-993a6d77406c" {
    reason = {
      en = "The rule against commands over WMI and PsExec stops the client of ConfigMgr, which works by WMI."
      sv = "Regeln mot kommandon via WMI och PsExec stoppar ConfigMgr-klienten, som arbetar med WMI."
    }
  }

  not_managed "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\ASR\\Rules!01443614-cd74-433a-b99e-2ecdc07bfc25" {
    reason = {
      en = "The rule against programs that are seldom seen asks the cloud how common a program is, and medical software is seldom seen. AppLocker answers the question better."
      sv = "Regeln mot sällan sedda program frågar molnet hur vanligt ett program är, och medicinteknisk programvara är sällsynt. AppLocker besvarar frågan bättre."
    }
  }

  not_managed "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Windows Defender Exploit Guard\\Controlled Folder Access!EnableControlledFolderAccess" {
    reason = {
      en = "Controlled folders guard a user's documents from unknown programs. Patient data lie elsewhere, and each product would need to be listed by hand."
      sv = "Kontrollerade mappar skyddar en användares dokument mot okända program. Patientdata ligger på andra ställen, och varje produkt skulle behöva listas för hand."
    }
  }
}
