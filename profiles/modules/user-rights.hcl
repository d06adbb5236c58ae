# Who may do what. Rights live in the SECURITY hive: set at first boot. What keeps local accounts off the network is in deny-network-logon, whose lists join.
# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "user-rights" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "User rights"
    sv = "Användarrättigheter"
  }
  summary = {
    en = "Windows decides by some forty rights what an account may do with the whole machine: read its memory, load drivers, clear the log. Most of them belong to nobody or to administrators. The module states each list in full, by SID, so that what an installer adds shows as a deviation."
    sv = "Windows avgör med ett fyrtiotal rättigheter vad ett konto får göra med hela datorn: läsa minnet, ladda drivrutiner, tömma loggen. De flesta hör till ingen eller till administratörer. Modulen anger varje lista fullständigt, med SID, så att det ett installationsprogram lägger till syns som en avvikelse."
  }
  breaks = [
    {
      en = "A database or image server that locks pages in memory needs an exception for lock-memory."
      sv = "En databas eller bildserver som låser sidor i minnet kräver ett undantag för lock-memory."
    },
    {
      en = "A product that debugs or traces other programs as a standard user does not work."
      sv = "En produkt som utan administratörsrättigheter felsöker eller spårar andra program fungerar inte."
    },
    {
      en = "Agents for backup that run under an account of their own lose the rights to back up and restore; let them run as the system."
      sv = "Säkerhetskopieringsagenter med eget konto förlorar rättigheterna att säkerhetskopiera och återställa; låt dem köra som systemet."
    },
    {
      en = "A web server or container host whose accounts must impersonate clients needs them added by a module of its own; the lists join."
      sv = "En webbserver eller containervärd vars konton måste kunna personifiera klienter behöver dem tillagda av en egen modul; listorna sammanfogas."
    },
  ]
  builds = ">= 14393"
  requires = {
    deny-network-logon = "^1.0"
  }
  capabilities = [
    "AUTH",
    "NAUT",
    "PAUT",
    "SAHD",
  ]
  severity_source = {
    en = "The project's own judgement: high where the right alone leads to the whole client, medium where it helps, low where it is mostly a matter of order."
    sv = "Projektets egen bedömning: hög där rättigheten ensam leder till hela klienten, medel där den hjälper till, låg där den mest är en ordningsfråga."
  }

  deviation "right:SeNetworkLogonRight" {
    values = ["[\"S-1-5-32-544\",\"S-1-5-32-555\"]"]
    reason = {
      en = "NSA lets administrators alone in over the network, Microsoft the users of remote desktop too. The group is empty until a vendor's account is named, and then network level authentication needs the right."
      sv = "NSA släpper bara in administratörer över nätet, Microsoft även fjärrskrivbordets användare. Gruppen är tom tills en leverantörs konto anges, och då behöver autentisering på nätnivå rättigheten."
    }
  }

  setting "user_right" "network-logon" {
    right    = "SeNetworkLogonRight"
    sids     = ["S-1-5-32-544", "S-1-5-32-555"]
    severity = "high"
    rationale = {
      en = "Only administrators, and those who may use remote desktop, come in over the network. That group is empty until somebody is put into it, and without it a named vendor account would be turned away by network level authentication."
      sv = "Bara administratörer, och de som får använda fjärrskrivbord, kommer in över nätet. Den gruppen är tom tills någon läggs i den, och utan den skulle ett namngivet leverantörskonto avvisas av autentisering på nätnivå."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NIST SP 800-53 AC-3",
      "DISA STIG for Windows 10: V-220957, CCI-000213",
    ]
  }

  setting "user_right" "local-logon" {
    right    = "SeInteractiveLogonRight"
    sids     = ["S-1-5-32-544", "S-1-5-32-545"]
    severity = "medium"
    rationale = {
      en = "People log on at the keyboard as themselves; guests, services and backup accounts have no business there."
      sv = "Människor loggar in vid tangentbordet som sig själva; gäster, tjänster och säkerhetskopieringskonton har inget där att göra."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220959, CCI-000213",
    ]
  }

  setting "user_right" "deny-local-logon" {
    right    = "SeDenyInteractiveLogonRight"
    sids     = ["S-1-5-32-546"]
    severity = "medium"
    rationale = {
      en = "Guests stay out even if an installer opens the account."
      sv = "Gäster hålls ute även om ett installationsprogram öppnar kontot."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "user_right" "deny-batch-logon" {
    right    = "SeDenyBatchLogonRight"
    sids     = ["S-1-5-32-546"]
    severity = "low"
    rationale = {
      en = "No task runs in the name of a guest."
      sv = "Ingen schemalagd aktivitet körs i en gästs namn."
    }
    references = [
      "Windows policy \"Deny log on as a batch job\"",
    ]
  }

  setting "user_right" "act-as-system" {
    right    = "SeTcbPrivilege"
    nobody   = true
    severity = "critical"
    rationale = {
      en = "Whoever has it becomes any user without a password. Windows' own parts do not need it to be given."
      sv = "Den som har den blir vilken användare som helst utan lösenord. Windows egna delar behöver inte få den tilldelad."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AC-6",
      "DISA STIG for Windows 10: V-220958, CCI-002235",
    ]
  }

  setting "user_right" "debug" {
    right    = "SeDebugPrivilege"
    sids     = ["S-1-5-32-544"]
    severity = "high"
    rationale = {
      en = "A debugger reads the memory of every program, including passwords."
      sv = "Ett felsökningsverktyg läser minnet i varje program, även lösenord."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AC-6",
      "DISA STIG for Windows 10: V-220967, CCI-002235",
    ]
  }

  setting "user_right" "load-driver" {
    right    = "SeLoadDriverPrivilege"
    sids     = ["S-1-5-32-544"]
    severity = "high"
    rationale = {
      en = "A driver runs below everything that protects the client."
      sv = "En drivrutin kör under allt som skyddar klienten."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AC-6",
      "DISA STIG for Windows 10: V-220976, CCI-002235",
    ]
  }

  setting "user_right" "take-ownership" {
    right    = "SeTakeOwnershipPrivilege"
    sids     = ["S-1-5-32-544"]
    severity = "high"
    rationale = {
      en = "Taking ownership goes past the permissions of every file."
      sv = "Att ta över ägarskap går förbi behörigheterna på varje fil."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220983, CCI-002235",
    ]
  }

  setting "user_right" "back-up" {
    right    = "SeBackupPrivilege"
    sids     = ["S-1-5-32-544"]
    severity = "high"
    rationale = {
      en = "To back up means to read every file, whatever its permissions."
      sv = "Att säkerhetskopiera är att läsa varje fil, oavsett behörighet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220960, CCI-002235",
    ]
  }

  setting "user_right" "restore" {
    right    = "SeRestorePrivilege"
    sids     = ["S-1-5-32-544"]
    severity = "high"
    rationale = {
      en = "To restore means to write every file, whatever its permissions."
      sv = "Att återställa är att skriva varje fil, oavsett behörighet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220982, CCI-002235",
    ]
  }

  setting "user_right" "security-log" {
    right    = "SeSecurityPrivilege"
    sids     = ["S-1-5-32-544"]
    severity = "high"
    rationale = {
      en = "Whoever may clear the security log may also clear his traces."
      sv = "Den som får tömma säkerhetsloggen får också sopa igen spåren."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NIST SP 800-53 AU-9",
      "DISA STIG for Windows 10: V-220978, CCI-000162, CCI-000163, CCI-000164, CCI-000171, CCI-001914",
    ]
  }

  setting "user_right" "write-audit-events" {
    right    = "SeAuditPrivilege"
    sids     = ["S-1-5-19", "S-1-5-20"]
    severity = "medium"
    rationale = {
      en = "Only Windows' services write to the security log, so that what stands there can be believed."
      sv = "Bara Windows tjänster skriver i säkerhetsloggen, så att det som står där går att lita på."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "user_right" "impersonate" {
    right    = "SeImpersonatePrivilege"
    sids     = ["S-1-5-32-544", "S-1-5-6", "S-1-5-19", "S-1-5-20"]
    severity = "high"
    rationale = {
      en = "Services act for whoever asks them; a user's program that could do so would become the service."
      sv = "Tjänster agerar för den som frågar dem; en användares program som kunde det skulle få tjänstens rättigheter."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220975, CCI-002235",
    ]
  }

  setting "user_right" "global-objects" {
    right    = "SeCreateGlobalPrivilege"
    sids     = ["S-1-5-32-544", "S-1-5-6", "S-1-5-19", "S-1-5-20"]
    severity = "medium"
    rationale = {
      en = "Objects that all sessions see could be laid out as a trap before a service makes its own."
      sv = "Objekt som alla sessioner ser kan läggas ut som en fälla innan en tjänst skapar sina egna."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220964, CCI-002235",
    ]
  }

  setting "user_right" "create-token" {
    right    = "SeCreateTokenPrivilege"
    nobody   = true
    severity = "critical"
    rationale = {
      en = "A home-made token holds whatever rights its maker wants."
      sv = "En hemgjord åtkomsttoken har de rättigheter som den som gjort den vill."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AC-6",
      "DISA STIG for Windows 10: V-220963, CCI-002235",
    ]
  }

  setting "user_right" "permanent-objects" {
    right    = "SeCreatePermanentPrivilege"
    nobody   = true
    severity = "low"
    rationale = {
      en = "No program on these clients makes objects that outlive it."
      sv = "Inget program på de här klienterna skapar objekt som överlever det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220965, CCI-002235",
    ]
  }

  setting "user_right" "page-file" {
    right    = "SeCreatePagefilePrivilege"
    sids     = ["S-1-5-32-544"]
    severity = "low"
    rationale = {
      en = "A page file in another place may hold patient data where nobody looks after it."
      sv = "En växlingsfil på en annan plats kan innehålla patientdata där ingen tar hand om dem."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220962, CCI-002235",
    ]
  }

  setting "user_right" "symbolic-links" {
    right    = "SeCreateSymbolicLinkPrivilege"
    sids     = ["S-1-5-32-544"]
    severity = "medium"
    rationale = {
      en = "A link in the way leads a privileged program to another file than it thinks."
      sv = "En länk i vägen leder ett privilegierat program till en annan fil än det tror."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220966, CCI-002235",
    ]
  }

  setting "user_right" "delegation" {
    right    = "SeEnableDelegationPrivilege"
    nobody   = true
    severity = "high"
    rationale = {
      en = "A client is no place to decide which accounts may act for others."
      sv = "En klient är inte platsen att avgöra vilka konton som får agera för andra."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220973, CCI-002235",
    ]
  }

  setting "user_right" "remote-shutdown" {
    right    = "SeRemoteShutdownPrivilege"
    sids     = ["S-1-5-32-544"]
    severity = "medium"
    rationale = {
      en = "A client beside a patient is not switched off from somewhere else."
      sv = "En klient bredvid en patient stängs inte av från någon annanstans."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220974, CCI-002235",
    ]
  }

  setting "user_right" "lock-memory" {
    right    = "SeLockMemoryPrivilege"
    nobody   = true
    severity = "medium"
    rationale = {
      en = "A program that keeps memory for itself can starve the others. Some image servers and databases want it, for their own service account."
      sv = "Ett program som behåller minne för sig självt kan svälta ut de andra. Vissa bildservrar och databaser vill ha rättigheten, för sitt eget tjänstekonto."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220977, CCI-002235",
    ]
  }

  setting "user_right" "profile-process" {
    right    = "SeProfileSingleProcessPrivilege"
    sids     = ["S-1-5-32-544"]
    severity = "low"
    rationale = {
      en = "Measuring another program tells what it does and with what."
      sv = "Att mäta ett annat program avslöjar vad det gör och med vad."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220981, CCI-002235",
    ]
  }

  setting "user_right" "volumes" {
    right    = "SeManageVolumePrivilege"
    sids     = ["S-1-5-32-544"]
    severity = "medium"
    rationale = {
      en = "Work on the volume reaches the remains of deleted files."
      sv = "Underhåll av volymen når resterna av raderade filer."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220980, CCI-002235",
    ]
  }

  setting "user_right" "firmware" {
    right    = "SeSystemEnvironmentPrivilege"
    sids     = ["S-1-5-32-544"]
    severity = "high"
    rationale = {
      en = "Firmware variables say from what and how the client starts."
      sv = "Variabler i den fasta programvaran bestämmer från vad och hur klienten startar."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220979, CCI-002235",
    ]
  }

  setting "user_right" "credential-manager" {
    right    = "SeTrustedCredManAccessPrivilege"
    nobody   = true
    severity = "high"
    rationale = {
      en = "Reading the credential manager as a whole is for Winlogon alone."
      sv = "Att läsa hela autentiseringshanteraren är enbart till för Winlogon."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220956, CCI-002235",
    ]
  }

  setting "user_right" "integrity-labels" {
    right    = "SeRelabelPrivilege"
    nobody   = true
    severity = "medium"
    rationale = {
      en = "Nobody raises the integrity level of an object above his own."
      sv = "Ingen höjer ett objekts integritetsnivå över sin egen."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "user_right" "base-priority" {
    right    = "SeIncreaseBasePriorityPrivilege"
    sids     = ["S-1-5-32-544"]
    builds   = "^14393"
    severity = "low"
    rationale = {
      en = "A program that pushes itself forward can stop the picture of another."
      sv = "Ett program som tränger sig före kan stoppa bilden i ett annat."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "user_right" "base-priority-with-window-manager" {
    right    = "SeIncreaseBasePriorityPrivilege"
    sids     = ["S-1-5-32-544", "S-1-5-90-0"]
    builds   = ">= 17763"
    severity = "low"
    rationale = {
      en = "As on 2016; the window manager has had the right of its own since 1709 and draws worse without it."
      sv = "Som på 2016; fönsterhanteraren har rättigheten själv sedan 1709 och ritar sämre utan den."
    }
    references = [
      "Windows policy \"Increase scheduling priority\"",
    ]
  }

  setting "user_right" "system-time" {
    right    = "SeSystemtimePrivilege"
    sids     = ["S-1-5-32-544", "S-1-5-19"]
    severity = "medium"
    rationale = {
      en = "Time stands in every image and every log entry; users do not set it, the time service does."
      sv = "Tiden står i varje bild och varje loggpost; användare ställer den inte, det gör tidstjänsten."
    }
    references = [
      "Windows policy \"Change the system time\"",
      "NIST SP 800-53 AU-8",
    ]
  }

  not_managed "right:SeServiceLogonRight" {
    reason = {
      en = "Installers of medical products give this right to the accounts of their services. A stated list would take it from them, and the product would not start."
      sv = "Installationsprogram för medicintekniska produkter ger rättigheten till sina tjänstekonton. En angiven lista skulle ta den ifrån dem, och produkten skulle inte starta."
    }
  }

  not_managed "right:SeBatchLogonRight" {
    reason = {
      en = "The same for scheduled tasks that a product brings along; who may make tasks is limited elsewhere."
      sv = "Detsamma för schemalagda aktiviteter som en produkt har med sig; vem som får skapa aktiviteter begränsas på annat håll."
    }
  }

  not_managed "right:SeShutdownPrivilege" {
    reason = {
      en = "Whoever stands at the client may shut it down, as the switch on its back lets him anyway; a clean end spares the disk."
      sv = "Den som står vid klienten får stänga av den, som strömbrytaren på baksidan ändå tillåter; ett ordnat avslut skonar disken."
    }
  }
}
