# What is written down, where it goes and by which clock. The audit policy lives in the SECURITY hive: set at first boot.
# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "monitoring" {
  version = "1.0.0"
  method  = "monitoring"
  title = {
    en = "Monitoring"
    sv = "Övervakning"
  }
  summary = {
    en = "On a client that nobody watches, faults and intrusions are found by accident. This module says what Windows records of logons, programs, devices and changes, keeps it long enough, forwards it to a collector if there is one, and has the clock agree with everybody else's. It is built so that a full log never stops the client."
    sv = "På en klient som ingen bevakar upptäcks fel och intrång bara av en slump. Modulen säger vad Windows ska logga om inloggningar, program, enheter och ändringar, ser till att loggarna räcker länge nog och att klockan går rätt, och vidarebefordrar händelserna till en insamlare om det finns en. Den är byggd så att en full logg aldrig stoppar klienten."
  }
  breaks = [
    {
      en = "Command lines that are recorded may hold patient data, and then the log is a patient record to be protected as one."
      sv = "Kommandorader som loggas kan innehålla patientdata. Då innehåller loggen patientuppgifter och ska skyddas därefter."
    },
    {
      en = "A product that starts thousands of short programs an hour fills the security log; raise its size."
      sv = "En produkt som startar tusentals korta program i timmen fyller säkerhetsloggen; höj dess storlek."
    },
    {
      en = "The membership of the event log readers is stated in full where events are forwarded: an agent that reads logs needs to be added."
      sv = "Där händelser vidarebefordras anges medlemmarna i gruppen för läsare av händelseloggar fullständigt: en agent som läser loggar behöver läggas till."
    },
    {
      en = "Users do not notice that a time server cannot be reached, but the clock drifts: Kerberos stops working and DICOM time stamps become wrong."
      sv = "Att en tidsserver inte går att nå märker inga användare, men klockan driver: Kerberos slutar fungera och tidsstämplar i DICOM blir fel."
    },
  ]
  builds = ">= 14393"
  capabilities = [
    "AUDT",
    "SAHD",
  ]
  severity_source = {
    en = "The project's own judgement: high for what an investigation starts from, medium for what it needs, low for what helps to sort."
    sv = "Projektets egen bedömning: hög för det en utredning utgår från, medel för det den behöver, låg för det som hjälper till att sortera."
  }

  input "command_lines" {
    type = string
    description = {
      en = "Whether the security log holds the command line of every program that starts: \"record\" or \"leave-out\". There is no default: some products write a patient's identity into command lines, and then it lies in the log and wherever that is forwarded."
      sv = "Om säkerhetsloggen ska innehålla kommandoraden för varje program som startar: \"record\" eller \"leave-out\". Det finns inget förval: vissa produkter skriver en patients identitet i kommandorader, och då ligger den i loggen och dit den vidarebefordras."
    }
    validation {
      condition = contains(["record", "leave-out"], input.command_lines)
      error_message = {
        en = "Write \"record\" or \"leave-out\". Ask the product's manufacturer what its command lines hold."
        sv = "Skriv \"record\" eller \"leave-out\". Fråga produktens tillverkare vad dess kommandorader innehåller."
      }
    }
  }

  input "log_sizes" {
    type = object({
      application = optional(number, 32768)
      security    = optional(number, 196608)
      system      = optional(number, 32768)
      setup       = optional(number, 32768)
    })
    default = {}
    description = {
      en = "Sizes of the logs in KiB."
      sv = "Loggarnas storlek i KiB."
    }
    validation {
      condition = min(input.log_sizes.application, input.log_sizes.security, input.log_sizes.system, input.log_sizes.setup) >= 1024
      error_message = {
        en = "A log of less than 1024 KiB is overwritten within the hour."
        sv = "En logg på mindre än 1024 KiB skrivs över inom timmen."
      }
    }
  }

  input "collector" {
    type = object({
      name      = string
      port      = optional(number, 5986)
      peers     = list(string)
      issuer_ca = optional(string, "")
    })
    default  = null
    nullable = true
    description = {
      en = "The server that collects events (WEC): its name as in its certificate, its addresses for the firewall, and the thumbprint of the CA of the client's certificate where the client is in no domain. Null: nothing is forwarded."
      sv = "Servern som samlar händelser (WEC): namnet som i dess certifikat, adresserna för brandväggen, och tumavtrycket för den utfärdare (CA) som står bakom klientens certifikat om klienten inte är med i en domän. Null: inget vidarebefordras."
    }
  }

  input "time_servers" {
    type    = list(string)
    default = []
    description = {
      en = "Addresses of the time servers (NTP). Empty: the domain gives the time."
      sv = "Adresser till tidsservrarna (NTP). Tomt: domänen ger tiden."
    }
  }

  input "quiet_disk_warnings" {
    type    = bool
    default = true
    description = {
      en = "Keep the window that warns of a failing disk away from users; the record of it stays."
      sv = "Håll fönstret som varnar för en disk med fel borta från användarna; registreringen av felet är kvar."
    }
  }

  setting "audit_policy" "credential-validation" {
    subcategory = "Credential Validation"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "high"
    rationale = {
      en = "Every password that was tried on a local account, right or wrong."
      sv = "Varje lösenord som provats på ett lokalt konto, rätt eller fel."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-12",
      "DISA STIG for Windows 10: V-220748, CCI-000172",
      "DISA STIG for Windows 10: V-220749, CCI-000172",
    ]
  }

  setting "audit_policy" "user-accounts" {
    subcategory = "User Account Management"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "high"
    rationale = {
      en = "A new account, a reset password, one that was opened again."
      sv = "Ett nytt konto, ett återställt lösenord, ett konto som öppnats igen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-12",
      "DISA STIG for Windows 10: V-220751, CCI-000018, CCI-000172, CCI-001403, CCI-001404, CCI-001405, CCI-002130, CCI-002234",
      "DISA STIG for Windows 10: V-220752, CCI-000018, CCI-000172, CCI-001403, CCI-001404, CCI-001405, CCI-002130, CCI-002234",
    ]
  }

  setting "audit_policy" "security-groups" {
    subcategory = "Security Group Management"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "high"
    rationale = {
      en = "Who was put among the administrators, and by whom."
      sv = "Vem som lagts till bland administratörerna, och av vem."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-12",
      "DISA STIG for Windows 10: V-220750, CCI-000018, CCI-000172, CCI-001403, CCI-001404, CCI-001405, CCI-002130, CCI-002234",
    ]
  }

  setting "audit_policy" "other-account-events" {
    subcategory = "Other Account Management Events"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "low"
    rationale = {
      en = "Someone asked for password hashes or for the password policy."
      sv = "Någon har begärt lösenordshashar eller lösenordspolicyn."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "audit_policy" "plug-and-play" {
    subcategory = "Plug and Play Events"
    events      = ["success"]
    minimum     = true
    severity    = "medium"
    rationale = {
      en = "Which device was plugged in, and when: dongles, cameras, sticks."
      sv = "Vilken enhet som anslutits, och när: hårdvarunycklar, kameror, USB-minnen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-12",
      "DISA STIG for Windows 10: V-220753, CCI-000172, CCI-001814, CCI-003938",
    ]
  }

  setting "audit_policy" "process-creation" {
    subcategory = "Process Creation"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "high"
    rationale = {
      en = "Every program that started, and who started it. Allow-listing is only as good as this record."
      sv = "Varje program som startat, och vem som startade det. Tillåtelselistor är bara så bra som den här loggen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-12",
      "DISA STIG for Windows 10: V-220754, CCI-000172, CCI-001814, CCI-003938",
    ]
  }

  setting "audit_policy" "account-lockout" {
    subcategory = "Account Lockout"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "medium"
    rationale = {
      en = "Guessing shows here, and so does a service with an old password."
      sv = "Försök att gissa lösenord syns här, liksom en tjänst med ett gammalt lösenord."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AC-7",
      "DISA STIG for Windows 10: V-220755, CCI-000172",
    ]
  }

  setting "audit_policy" "group-membership" {
    subcategory = "Group Membership"
    events      = ["success"]
    minimum     = true
    severity    = "low"
    rationale = {
      en = "What groups counted at a logon, also those that came with the domain."
      sv = "Vilka grupper som gällde vid en inloggning, även de som kom med domänen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220756, CCI-000172",
    ]
  }

  setting "audit_policy" "logoff" {
    subcategory = "Logoff"
    events      = ["success"]
    minimum     = true
    severity    = "low"
    rationale = {
      en = "The end of a session, so that its length can be told."
      sv = "Slutet på en session, så att dess längd går att se."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220757, CCI-000067, CCI-000172",
    ]
  }

  setting "audit_policy" "logon" {
    subcategory = "Logon"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "high"
    rationale = {
      en = "Who came in, from where and by which way."
      sv = "Vem som kom in, varifrån och på vilket sätt."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-12",
      "DISA STIG for Windows 10: V-220758, CCI-000067, CCI-000172",
      "DISA STIG for Windows 10: V-220759, CCI-000067, CCI-000172",
    ]
  }

  setting "audit_policy" "special-logon" {
    subcategory = "Special Logon"
    events      = ["success"]
    minimum     = true
    severity    = "medium"
    rationale = {
      en = "A logon that gives an administrator's power."
      sv = "En inloggning som ger en administratörs makt."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220760, CCI-000172",
    ]
  }

  setting "audit_policy" "other-logon-events" {
    subcategory = "Other Logon/Logoff Events"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "low"
    rationale = {
      en = "Locked and unlocked screens, sessions that were taken up again."
      sv = "Låsta och upplåsta skärmar, sessioner som återupptagits."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
    ]
  }

  setting "audit_policy" "file-share" {
    subcategory = "File Share"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "medium"
    rationale = {
      en = "Somebody reached a share of the client; as a rule it has none."
      sv = "Någon har nått en delning på klienten; i regel har den ingen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "DISA STIG for Windows 10: V-220761, CCI-000172",
      "DISA STIG for Windows 10: V-220762, CCI-000172",
    ]
  }

  setting "audit_policy" "detailed-file-share" {
    subcategory = "Detailed File Share"
    events      = ["failure"]
    minimum     = true
    severity    = "low"
    rationale = {
      en = "Access to a file on a share that was refused. Successes would fill the log."
      sv = "Nekad åtkomst till en fil på en delning. Lyckade åtkomster skulle fylla loggen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
    ]
  }

  setting "audit_policy" "other-objects" {
    subcategory = "Other Object Access Events"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "medium"
    rationale = {
      en = "Scheduled tasks that were made or changed: a usual way to stay."
      sv = "Schemalagda aktiviteter som skapats eller ändrats: ett vanligt sätt att stanna kvar."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "DISA STIG for Windows 10: V-220763, CCI-000172",
      "DISA STIG for Windows 10: V-220764, CCI-000172",
    ]
  }

  setting "audit_policy" "removable-storage" {
    subcategory = "Removable Storage"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "medium"
    rationale = {
      en = "What was read from and written to sticks and disks: patient data leave this way too."
      sv = "Vad som lästs från och skrivits till USB-minnen och diskar: även patientdata lämnar klienten den vägen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-12",
      "DISA STIG for Windows 10: V-220765, CCI-000172",
      "DISA STIG for Windows 10: V-220766, CCI-000172",
    ]
  }

  setting "audit_policy" "audit-policy" {
    subcategory = "Audit Policy Change"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "high"
    rationale = {
      en = "Whoever turns the record off leaves this behind."
      sv = "Den som stänger av loggningen lämnar det här efter sig."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-12",
      "DISA STIG for Windows 10: V-220767, CCI-000172",
    ]
  }

  setting "audit_policy" "authentication-policy" {
    subcategory = "Authentication Policy Change"
    events      = ["success"]
    minimum     = true
    severity    = "medium"
    rationale = {
      en = "Rights and rules of logon that were changed."
      sv = "Rättigheter och inloggningsregler som ändrats."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220768, CCI-000172, CCI-002234",
    ]
  }

  setting "audit_policy" "authorization-policy" {
    subcategory = "Authorization Policy Change"
    events      = ["success"]
    minimum     = true
    severity    = "low"
    rationale = {
      en = "Rights given and taken while the client runs."
      sv = "Rättigheter som getts och tagits medan klienten går."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220769, CCI-000172",
    ]
  }

  setting "audit_policy" "firewall-rules" {
    subcategory = "MPSSVC Rule-Level Policy Change"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "medium"
    rationale = {
      en = "A firewall rule that was added, changed or ignored: often an installer's."
      sv = "En brandväggsregel som lagts till, ändrats eller ignorerats: ofta ett installationsprograms."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
    ]
  }

  setting "audit_policy" "other-policy" {
    subcategory = "Other Policy Change Events"
    events      = ["failure"]
    minimum     = true
    severity    = "low"
    rationale = {
      en = "Changes to boot configuration and to cryptographic settings that did not succeed."
      sv = "Misslyckade ändringar av startkonfigurationen och av kryptografiska inställningar."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
    ]
  }

  setting "audit_policy" "privilege-use" {
    subcategory = "Sensitive Privilege Use"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "medium"
    rationale = {
      en = "Debugging, driver loading, taking ownership: rights that lead to the whole machine."
      sv = "Felsökning, laddning av drivrutiner, övertagande av ägarskap: rättigheter som leder till hela datorn."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220770, CCI-000172, CCI-002234",
      "DISA STIG for Windows 10: V-220771, CCI-000172, CCI-002234",
    ]
  }

  setting "audit_policy" "ipsec-driver" {
    subcategory = "IPsec Driver"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "low"
    rationale = {
      en = "Packets that were dropped because they were replayed or changed."
      sv = "Paket som kastats för att de är uppspelade på nytt eller ändrade."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220772, CCI-000172",
    ]
  }

  setting "audit_policy" "other-system" {
    subcategory = "Other System Events"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "medium"
    rationale = {
      en = "The firewall and key operations: start, stop, failure."
      sv = "Brandväggen och nyckeloperationer: start, stopp, fel."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220773, CCI-000172",
      "DISA STIG for Windows 10: V-220774, CCI-000172",
    ]
  }

  setting "audit_policy" "security-state" {
    subcategory = "Security State Change"
    events      = ["success"]
    minimum     = true
    severity    = "medium"
    rationale = {
      en = "Start and stop of the system, and a clock that was set."
      sv = "Start och stopp av systemet, och en klocka som ställts om."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220775, CCI-000172, CCI-002234",
    ]
  }

  setting "audit_policy" "security-extensions" {
    subcategory = "Security System Extension"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "high"
    rationale = {
      en = "A new service, or a new component that handles logons: what malware installs."
      sv = "En ny tjänst, eller en ny komponent som hanterar inloggningar: sådant som skadlig kod installerar."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-12",
    ]
  }

  setting "audit_policy" "integrity" {
    subcategory = "System Integrity"
    events      = ["success", "failure"]
    minimum     = true
    severity    = "high"
    rationale = {
      en = "Code whose signature does not fit, and events that were lost."
      sv = "Kod vars signatur inte stämmer, och händelser som gått förlorade."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-12",
    ]
  }

  setting "registry_value" "subcategories-count" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "SCENoApplyLegacyAuditPolicy"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "The old nine categories of a policy would otherwise overwrite all of the above."
      sv = "Annars skulle de nio gamla kategorierna i en policy skriva över allt ovanstående."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220913, CCI-000169",
    ]
  }

  setting "registry_value" "full-log-stops-nothing" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "CrashOnAuditFail"
    type     = "dword"
    value    = 0
    severity = "high"
    rationale = {
      en = "A client beside a patient must not stop because its log is full: old events are overwritten, and forwarded before that."
      sv = "En klient bredvid en patient får inte stanna för att loggen är full: gamla händelser skrivs över, och vidarebefordras dessförinnan."
    }
    references = [
      "Windows policy \"Audit: Shut down system immediately if unable to log security audits\"",
    ]
  }

  setting "registry_value" "command-lines" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Audit"
    name     = "ProcessCreationIncludeCmdLine_Enabled"
    type     = "dword"
    value    = input.command_lines == "record" ? 1 : 0
    severity = "medium"
    rationale = {
      en = "With command lines an investigation sees what a program was told to do; without them no patient's identity gets into the log by that way. The image decides."
      sv = "Med kommandorader ser en utredning vad ett program blev ombett att göra; utan dem hamnar ingen patients identitet i loggen den vägen. Avbilden avgör."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220809, CCI-000135",
    ]
  }

  setting "event_log" "log-application" {
    log       = "Application"
    size      = input.log_sizes.application
    retention = "overwrite"
    severity  = "low"
    rationale = {
      en = "What products write of themselves, for some weeks."
      sv = "Vad produkterna skriver om sig själva, under några veckor."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "event_log" "log-security" {
    log       = "Security"
    size      = input.log_sizes.security
    retention = "overwrite"
    severity  = "high"
    rationale = {
      en = "With all of the above written, a small log forgets within a day."
      sv = "När allt ovanstående skrivs glömmer en liten logg inom ett dygn."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AU-4",
    ]
  }

  setting "event_log" "log-system" {
    log       = "System"
    size      = input.log_sizes.system
    retention = "overwrite"
    severity  = "low"
    rationale = {
      en = "Drivers, services and disks, for some weeks."
      sv = "Drivrutiner, tjänster och diskar, under några veckor."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "event_log" "log-setup" {
    log       = "Setup"
    size      = input.log_sizes.setup
    retention = "overwrite"
    severity  = "low"
    rationale = {
      en = "Which updates were installed, over the life of the client."
      sv = "Vilka uppdateringar som installerats, under klientens livstid."
    }
    references = [
      "Windows policy \"Specify the maximum log file size (KB)\", Setup",
    ]
  }

  setting "registry_value" "log-tasks" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels\\Microsoft-Windows-TaskScheduler/Operational"
    name     = "Enabled"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "What ran on a schedule, and what failed. Windows leaves this log off, and it is the first that is asked for when a nightly transfer did not happen."
      sv = "Vad som har körts enligt schema och vad som har misslyckats. Windows har loggen avstängd, och den är det första som efterfrågas när en nattlig överföring har uteblivit."
    }
    references = [
      "NIST SP 800-53 AU-2, AU-12",
    ]
  }

  # Health: what a disk, a driver or the clock says of itself, before somebody notices

  setting "registry_value" "log-health" {
    for_each = ["Microsoft-Windows-CodeIntegrity/Operational", "Microsoft-Windows-DriverFrameworks-UserMode/Operational", "Microsoft-Windows-Ntfs/Operational", "Microsoft-Windows-Storage-Storport/Operational", "Microsoft-Windows-Time-Service/Operational"]
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels\\${each.value}"
    name     = "Enabled"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Slow and failing disks, damaged volumes, drivers of devices that were plugged in, code that was refused, and a clock that lost its source leave a trace before the application stops. Most of these logs are on in Windows by itself; that of plugged-in devices is not, and somebody may have turned off any of them."
      sv = "Långsamma diskar och diskar med fel, skadade volymer, drivrutiner till enheter som kopplats in, kod som nekats och en klocka som tappat sin källa lämnar spår innan programmet stannar. De flesta av loggarna är på i Windows från början; den för inkopplade enheter är det inte, och någon kan ha stängt av vilken som helst."
    }
    references = [
      "NIST SP 800-53 AU-2, SI-13",
    ]
  }

  setting "registry_value" "reliability-record" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Reliability Analysis\\WMI"
    name     = "WMIEnable"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Windows keeps a history of crashes, hangs and installations, which the hospital's management reads over WMI: a client that gets worse shows before it fails."
      sv = "Windows för historik över krascher, hängningar och installationer, som sjukhusets förvaltning läser över WMI: en klient som blir sämre syns innan den slutar fungera."
    }
    references = [
      "Windows policy \"Configure Reliability WMI Providers\"",
      "NIST SP 800-53 SI-13",
    ]
  }

  setting "registry_value" "time-of-death" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Reliability"
    name     = "TimeStampEnabled"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Windows writes the time down at intervals while it runs. After a power failure the event that tells of the unexpected stop says when it was, and not only when the client came back."
      sv = "Windows skriver upp tiden med jämna mellanrum medan det är igång. Efter ett strömavbrott säger händelsen om det oväntade stoppet när det skedde, och inte bara när klienten kom tillbaka."
    }
    references = [
      "Windows policy \"Enable Persistent Time Stamp\"",
      "NIST SP 800-53 AU-3, SI-13",
    ]
  }

  setting "registry_value" "time-of-death-interval" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Reliability"
    name     = "TimeStampInterval"
    type     = "dword"
    value    = 300
    severity = "low"
    rationale = {
      en = "Every five minutes: near enough for an investigation, and seldom enough for the disk."
      sv = "Var femte minut: tillräckligt nära för en utredning, och tillräckligt sällan för disken."
    }
    references = [
      "Windows policy \"Enable Persistent Time Stamp\" (seconds)",
    ]
  }

  setting "event_forwarding" "collector" {
    when      = input.collector != null
    server    = "https://${input.collector == null ? "" : input.collector.name}:${input.collector == null ? 5986 : input.collector.port}"
    refresh   = 900
    issuer_ca = input.collector == null ? "" : input.collector.issuer_ca
    severity  = "high"
    rationale = {
      en = "What leaves the client at once cannot be deleted on it. The client begins the connection, over HTTPS, so that no door has to be opened on it."
      sv = "Det som genast lämnar klienten kan inte raderas på den. Klienten påbörjar själv anslutningen, över HTTPS, så att inget behöver öppnas in till den."
    }
    references = [
      "NIST SP 800-53 AU-4(1)",
      "Windows policy \"Configure target Subscription Manager\"",
    ]
  }

  setting "group_membership" "forwarder-reads-logs" {
    when     = input.collector != null
    group    = "S-1-5-32-573"
    members  = ["S-1-5-20"]
    severity = "medium"
    rationale = {
      en = "The forwarder runs as the network service, which may not read the security log unless it belongs to the event log readers."
      sv = "Vidarebefordran körs med kontot Nätverkstjänst, som får läsa säkerhetsloggen bara som medlem i gruppen för läsare av händelseloggar."
    }
    references = [
      "NIST SP 800-53 AU-4(1), AU-9",
      "Microsoft Learn, \"Use Windows Event Forwarding to help with intrusion detection\" (Event Log Readers)",
    ]
  }

  setting "service" "forwarder-runs" {
    when     = input.collector != null
    name     = "WinRM"
    start    = "automatic"
    severity = "medium"
    rationale = {
      en = "Forwarding is a part of this service; that it also answers is for the listener and the firewall to say."
      sv = "Vidarebefordran är en del av den här tjänsten; om den också svarar avgörs av lyssnaren och brandväggen."
    }
    references = [
      "NIST SP 800-53 AU-4(1)",
      "Microsoft Learn, \"Use Windows Event Forwarding to help with intrusion detection\" (WinRM)",
    ]
  }

  setting "service" "time-runs" {
    name     = "W32Time"
    start    = "automatic"
    stricter = "started"
    severity = "medium"
    rationale = {
      en = "Without the time service the clock drifts: log entries and images get the wrong time, and Kerberos tickets are refused."
      sv = "Utan tidstjänsten driver klockan: loggposter och bilder får fel tid, och Kerberosbiljetter avvisas."
    }
    references = [
      "NIST SP 800-53 AU-8",
    ]
  }

  setting "registry_value" "time-source" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\W32Time\\Parameters"
    name     = "Type"
    type     = "sz"
    value    = length(input.time_servers) > 0 ? "NTP" : "NT5DS"
    severity = "medium"
    rationale = {
      en = "The time comes from the servers named, or from the domain; never from the internet."
      sv = "Tiden kommer från de angivna servrarna, eller från domänen; aldrig från internet."
    }
    references = [
      "Windows policy \"Configure Windows NTP Client\"",
      "NIST SP 800-53 AU-8",
    ]
  }

  setting "registry_value" "time-servers" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\W32Time\\Parameters"
    name     = "NtpServer"
    type     = "sz"
    value    = join(" ", [for s in input.time_servers : "${s},0x8"])
    when     = length(input.time_servers) > 0
    severity = "medium"
    rationale = {
      en = "The servers that the hospital keeps, asked in the mode of a client."
      sv = "Servrarna som sjukhuset sköter, tillfrågade i klientläge."
    }
    references = [
      "Windows policy \"Configure Windows NTP Client\"",
    ]
  }

  setting "scheduled_task" "disk-failures" {
    when     = input.quiet_disk_warnings
    path     = "\\Microsoft\\Windows\\DiskDiagnostic\\Microsoft-Windows-DiskDiagnosticResolver"
    state    = "disabled"
    optional = true
    severity = "low"
    rationale = {
      en = "A failing disk is recorded all the same; the window with the warning would cover the image that is being read."
      sv = "Felet hos en disk registreras ändå; varningsfönstret skulle lägga sig framför bilden som granskas."
    }
    references = [
      "NIST SP 800-53 SI-13, MA-6",
    ]
  }

  flow "forwarding" {
    direction = "out"
    protocol  = "tcp"
    ports     = [format("%d", input.collector == null ? 5986 : input.collector.port)]
    peers     = input.collector == null ? [] : input.collector.peers
    when      = input.collector != null
    reason = {
      en = "Events to the collector, over HTTPS."
      sv = "Händelser till insamlaren, över HTTPS."
    }
  }

  flow "time" {
    direction = "out"
    protocol  = "udp"
    ports     = ["123"]
    peers     = input.time_servers
    when      = length(input.time_servers) > 0
    reason = {
      en = "The time, from the servers named."
      sv = "Tiden, från de angivna servrarna."
    }
  }

  not_managed "audit:{0cce9225-69ae-11d9-bed3-505054503030}" {
    reason = {
      en = "Every dropped packet as an event would push all others out of the log; the firewall writes a file of its own."
      sv = "Varje kastat paket som händelse skulle tränga ut alla andra ur loggen; brandväggen skriver en egen fil."
    }
  }

  not_managed "audit:{0cce9223-69ae-11d9-bed3-505054503030}" {
    reason = {
      en = "Opened and closed handles say nothing without lists on the objects, and cost a viewer noticeable time."
      sv = "Öppnade och stängda referenser säger inget utan listor på objekten, och kostar en bildvisare märkbar tid."
    }
  }
}
