# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "powershell" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "PowerShell and scripts"
    sv = "PowerShell och skript"
  }
  summary = {
    en = "PowerShell is the tool of administrators and of intruders. It stays, but what it runs is noted in full, and the old engine that notes nothing goes. A transcript of everything typed and shown is a choice of its own, because patient data may be in it."
    sv = "PowerShell är administratörers och inkräktares verktyg. Det får vara kvar, men det som körs noteras i sin helhet, och den gamla motorn som inte noterar något tas bort. En avskrift av allt som skrivs och visas är ett eget val, eftersom patientdata kan finnas i den."
  }
  breaks = [
    {
      en = "Vendors' scripts that call PowerShell in version 2 by name."
      sv = "Leverantörers skript som anropar PowerShell version 2 uttryckligen."
    },
    {
      en = "With execution_policy = \"AllSigned\": every script that is not signed, vendors' and the hospital's own. A policy also beats -ExecutionPolicy Bypass on the command line."
      sv = "Med execution_policy = \"AllSigned\": varje skript som inte är signerat, både leverantörers och sjukhusets egna. En policy går också före -ExecutionPolicy Bypass på kommandoraden."
    },
    {
      en = "Passwords and personal numbers that stand in scripts are in the event log too; move them out of the scripts."
      sv = "Lösenord och personnummer som står i skript hamnar också i händelseloggen; flytta ut dem ur skripten."
    },
  ]
  severity_source = {
    en = "The project's own judgement: high where an intruder gets past all notes, medium where notes are missing."
    sv = "Projektets egen bedömning: hög där en inkräktare undgår all loggning, medel där någon loggning saknas."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 AU-12, CM-7"]
  capabilities = ["AUDT", "SAHD", "MLDP"]

  input "transcripts" {
    type     = string
    default  = null
    nullable = true
    description = {
      en = "A folder for transcripts of every session, such as \"C:\\\\ProgramData\\\\Transcripts\" or a share that users can write to and not read. Null makes none: what is shown on the screen, patient data included, is written down."
      sv = "En mapp för avskrifter av varje session, som \"C:\\\\ProgramData\\\\Transcripts\" eller en delning som användare får skriva till men inte läsa. Null gör inga: det som visas på skärmen, även patientdata, skrivs ned."
    }
  }

  input "log_modules" {
    type    = bool
    default = false
    description = {
      en = "Whether each call of a command is noted with its arguments as well (events 4103): many events, and values in clear."
      sv = "Om varje anrop av ett kommando dessutom noteras med sina argument (händelse 4103): många händelser, och värden i klartext."
    }
  }

  input "execution_policy" {
    type     = string
    default  = null
    nullable = true
    description = {
      en = "Which scripts may run: \"AllSigned\", \"RemoteSigned\" or null, which leaves it to the client. It keeps mistakes out, not intruders."
      sv = "Vilka skript som får köras: \"AllSigned\", \"RemoteSigned\" eller null, som låter klienten avgöra. Den håller ute misstag, inte inkräktare."
    }
    validation {
      condition = input.execution_policy == null || contains(["AllSigned", "RemoteSigned"], coalesce(input.execution_policy, "null"))
      error_message = {
        en = "Write AllSigned, RemoteSigned or null."
        sv = "Skriv AllSigned, RemoteSigned eller null."
      }
    }
  }

  setting "registry_value" "log-script-blocks" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell\\ScriptBlockLogging"
    name     = "EnableScriptBlockLogging"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "What scripts did can be read afterwards."
      sv = "Det går att läsa i efterhand vad skript har gjort."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn on PowerShell Script Block Logging\"",
      "DISA STIG for Windows 10: V-220860, CCI-000135",
    ]
  }

  setting "registry_value" "no-start-and-stop-events" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell\\ScriptBlockLogging"
    name     = "EnableScriptBlockInvocationLogging"
    ensure   = "absent"
    severity = "low"
    rationale = {
      en = "Events for each start and stop of a block would drown the text of the blocks, which is what counts, in a log of fixed size."
      sv = "Händelser för varje start och stopp av ett block skulle dränka blockens text, som är det viktiga, i en logg av fast storlek."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "registry_value" "transcripts-on" {
    when     = input.transcripts != null
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell\\Transcription"
    name     = "EnableTranscripting"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "The hospital wants everything that is typed and shown, for inquiries afterwards."
      sv = "Sjukhuset vill ha allt som skrivs och visas, för utredning i efterhand."
    }
    references = [
      "Windows policy \"Turn on PowerShell Transcription\"",
    ]
  }

  setting "registry_value" "transcripts-folder" {
    when     = input.transcripts != null
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell\\Transcription"
    name     = "OutputDirectory"
    type     = "sz"
    value    = coalesce(input.transcripts, "?")
    severity = "medium"
    rationale = {
      en = "One place that is protected and cleared; by default transcripts lie in each user's documents, where he may change them."
      sv = "En plats som skyddas och rensas; annars ligger avskrifterna bland varje användares dokument, där användaren kan ändra dem."
    }
    references = [
      "Windows policy \"Turn on PowerShell Transcription\"",
    ]
  }

  setting "registry_value" "transcripts-with-times" {
    when     = input.transcripts != null
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell\\Transcription"
    name     = "EnableInvocationHeader"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Each command has its time, so that a transcript can be laid beside the other logs."
      sv = "Varje kommando har sin tid, så att en avskrift kan läggas bredvid andra loggar."
    }
    references = [
      "Windows policy \"Turn on PowerShell Transcription\"",
    ]
  }

  setting "registry_value" "log-modules" {
    when     = input.log_modules
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell\\ModuleLogging"
    name     = "EnableModuleLogging"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Calls are noted with their arguments after they have been filled in, which the text of a script does not show."
      sv = "Anrop noteras med ifyllda argument, vilket skriptets text inte visar."
    }
    references = [
      "Windows policy \"Turn on Module Logging\"",
    ]
  }

  setting "registry_value" "log-all-modules" {
    when     = input.log_modules
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell\\ModuleLogging\\ModuleNames"
    name     = "*"
    type     = "sz"
    value    = "*"
    severity = "low"
    rationale = {
      en = "Of all modules, since an intruder picks one that is not on a list."
      sv = "För alla moduler, eftersom en inkräktare väljer en som inte står på listan."
    }
    references = [
      "Windows policy \"Turn on Module Logging\"",
    ]
  }

  setting "registry_value" "scripts-allowed" {
    when     = input.execution_policy != null
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell"
    name     = "EnableScripts"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "The policy for scripts is in force; without this value its choice is ignored."
      sv = "Policyn för skript gäller; utan det här värdet används inte dess val."
    }
    references = [
      "Windows policy \"Turn on Script Execution\"",
    ]
  }

  setting "registry_value" "scripts-which" {
    when     = input.execution_policy != null
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell"
    name     = "ExecutionPolicy"
    type     = "sz"
    value    = coalesce(input.execution_policy, "?")
    severity = "low"
    rationale = {
      en = "Which scripts start by a double click or from a share. It is a rail against mistakes; what may run is decided by mt-only."
      sv = "Vilka skript som startar med dubbelklick eller från en delning. Det är ett räcke mot misstag; vad som får köras avgörs av mt-only."
    }
    references = [
      "Windows policy \"Turn on Script Execution\"",
    ]
  }

  setting "optional_feature" "no-old-engine" {
    name     = "MicrosoftWindowsPowerShellV2Root"
    state    = "disabled"
    optional = true
    stricter = "disabled"
    severity = "high"
    rationale = {
      en = "Version 2 notes nothing and lets no antivirus look in: an intruder asks for it by name."
      sv = "Version 2 noterar ingenting och låter inget antivirus granska skripten: därför är det den versionen en inkräktare startar."
    }
    references = [
      "Microsoft PowerShell Blog, Windows PowerShell 2.0 deprecation",
    ]
  }

  setting "optional_feature" "no-old-engine-core" {
    name     = "MicrosoftWindowsPowerShellV2"
    state    = "disabled"
    optional = true
    stricter = "disabled"
    severity = "high"
    rationale = {
      en = "The engine itself, which stays behind if only its parent feature is taken."
      sv = "Själva motorn är en egen funktion, som blir kvar om bara den överordnade tas bort."
    }
    references = [
      "Microsoft PowerShell Blog, Windows PowerShell 2.0 deprecation",
    ]
  }
}
