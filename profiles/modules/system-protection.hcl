# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "system-protection" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Protection of the system itself"
    sv = "Skydd av systemet självt"
  }
  summary = {
    en = "What guards the kernel: which drivers start first, memory that only the hypervisor may change, credentials in a room of their own, and limits for code that was smuggled in. Most of it is invisible until a driver is too old for it; frame grabbers and dongles are the usual ones."
    sv = "Det som vaktar kärnan: vilka drivrutiner som startar först, minne som bara hypervisorn får ändra, inloggningsuppgifter i ett eget utrymme, och hinder för insmugglad kod. Det mesta märks inte förrän en drivrutin är för gammal; bildinsamlingskort och hårdvarunycklar (donglar) är de vanligaste."
  }
  breaks = [
    {
      en = "Kernel drivers that are not made for HVCI do not load with hvci = \"locked\" or \"unlocked\"; the device then does not work, or Windows stops at start. With \"locked\" only somebody at the keyboard can turn it off again."
      sv = "Drivrutiner i kärnan som inte är gjorda för HVCI laddas inte med hvci = \"locked\" eller \"unlocked\"; enheten fungerar då inte, eller så stannar Windows vid start. Med \"locked\" kan bara någon vid tangentbordet stänga av det."
    },
    {
      en = "Other hypervisors on the client (VMware Workstation, VirtualBox in older versions) do not run beside virtualisation-based security."
      sv = "Andra hypervisorer på klienten (VMware Workstation, VirtualBox i äldre versioner) fungerar inte bredvid virtualiseringsbaserad säkerhet."
    },
    {
      en = "Credential Guard: logon by NTLM version 1, MS-CHAPv2 without a certificate (wireless, VPN) and Kerberos with unconstrained delegation or DES no longer use the logged-on user's password."
      sv = "Credential Guard: inloggning med NTLM version 1, MS-CHAPv2 utan certifikat (trådlöst, VPN) och Kerberos med obegränsad delegering eller DES använder inte längre den inloggades lösenord."
    },
    {
      en = "On build 14393, fonts that a program loads from elsewhere than the fonts folder are blocked; some report and label programs bring their own."
      sv = "På bygge 14393 blockeras teckensnitt som ett program läser in från annan plats än teckensnittsmappen; vissa rapport- och etikettprogram har egna."
    },
    {
      en = "From build 17763 on the client has one file of mitigations: a product or a hospital that brings its own sets mitigations to false."
      sv = "Från bygge 17763 har klienten en enda fil med skydd mot sårbarheter: en produkt eller ett sjukhus med en egen fil sätter indata mitigations till nej (false)."
    },
  ]
  severity_source = {
    en = "The project's own judgement: after how deep an intruder gets: the kernel is high, a single process medium."
    sv = "Projektets egen bedömning: efter hur djupt en inkräktare kommer: kärnan är hög, en enskild process medel."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 SI-7, SI-16, SC-39"]
  capabilities = ["SAHD", "MLDP", "CNFS"]

  input "hvci" {
    type    = string
    default = "locked"
    description = {
      en = "Code in the kernel is checked by the hypervisor (HVCI): \"locked\" (as the baseline has it: a setting in the firmware keeps it on), \"unlocked\" (can be turned off by policy again, the wise choice while drivers are tried) or \"off\"."
      sv = "Kod i kärnan kontrolleras av hypervisorn (HVCI): \"locked\" (som baslinjen har det: en inställning i den fasta programvaran håller den på), \"unlocked\" (kan stängas av igen med policy, klokt medan drivrutiner provas) eller \"off\"."
    }
    validation {
      condition = contains(["locked", "unlocked", "off"], input.hvci)
      error_message = {
        en = "Write locked, unlocked or off."
        sv = "Skriv locked, unlocked eller off."
      }
    }
  }

  input "credential_guard" {
    type    = string
    default = "locked"
    description = {
      en = "Credentials are kept where the kernel cannot read them (Credential Guard; Enterprise, LTSB and LTSC editions in a domain): \"locked\", \"unlocked\" or \"off\"."
      sv = "Inloggningsuppgifter förvaras där kärnan inte kan läsa dem (Credential Guard; Enterprise-, LTSB- och LTSC-utgåvor i en domän): \"locked\", \"unlocked\" eller \"off\"."
    }
    validation {
      condition = contains(["locked", "unlocked", "off"], input.credential_guard)
      error_message = {
        en = "Write locked, unlocked or off."
        sv = "Skriv locked, unlocked eller off."
      }
    }
  }

  input "mitigations" {
    type    = bool
    default = true
    description = {
      en = "Whether the mitigations against exploits that Windows has on by itself are written down for all programs (from 1709 on). False leaves a file of the hospital's own in charge."
      sv = "Om de skydd mot sårbarheter som Windows har på från början skrivs fast för alla program (från 1709). Nej (false) överlåter det till en egen fil hos sjukhuset."
    }
  }

  input "small_dumps" {
    type    = bool
    default = true
    description = {
      en = "Whether a stop of Windows leaves a small dump only. False leaves the base's choice, a dump of the kernel's memory or more, which may hold patient data."
      sv = "Om ett stopp i Windows bara lämnar en liten dump. Nej (false) behåller basens val, en dump av kärnans minne eller mer, som kan innehålla patientdata."
    }
  }

  locals {
    vbs   = input.hvci != "off" || input.credential_guard != "off"
    modes = { locked = 1, unlocked = 2, off = 0 }
  }

  deviation "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceGuard!HypervisorEnforcedCodeIntegrity" {
    values = ["dword:1"]
    reason = {
      en = "NSA wants code integrity without the lock in the firmware (2), Microsoft with it (1). Microsoft's is taken; the input hvci of system-protection gives NSA's, and off where a driver cannot bear it."
      sv = "NSA vill ha kodintegritet utan låset i den fasta programvaran (2), Microsoft med (1). Microsofts gäller; indata hvci i system-protection ger NSA:s, och av där en drivrutin inte tål det."
    }
  }

  # Start

  setting "registry_value" "early-launch" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Policies\\EarlyLaunch"
    name     = "DriverLoadPolicy"
    type     = "dword"
    value    = 3
    severity = "medium"
    rationale = {
      en = "Drivers known to be bad are not loaded, unless Windows cannot start without them."
      sv = "Drivrutiner som är kända som skadliga laddas inte, om inte Windows kräver dem för att starta."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "Windows policy \"Boot-Start Driver Initialization Policy\"",
      "DISA STIG for Windows 10: V-220813, CCI-000366",
    ]
  }

  setting "registry_value" "vbs" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceGuard"
    name     = "EnableVirtualizationBasedSecurity"
    type     = "dword"
    value    = local.vbs ? 1 : 0
    stricter = "higher"
    severity = "high"
    rationale = {
      en = "A small system beside Windows, which even its kernel cannot read, guards what follows. It needs virtualisation, UEFI and Secure Boot; without them Windows starts as before."
      sv = "Ett litet system bredvid Windows, som inte ens dess kärna kan läsa, vaktar de skydd som bygger på virtualisering. Det kräver virtualisering, UEFI och Secure Boot; utan dem startar Windows som förut."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn On Virtualization Based Security\"",
      "DISA STIG for Windows 10: V-220811, CCI-000366",
    ]
  }

  setting "registry_value" "vbs-platform" {
    when     = local.vbs
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceGuard"
    name     = "RequirePlatformSecurityFeatures"
    type     = "dword"
    value    = base.build_number == 14393 ? 3 : 1
    severity = "medium"
    rationale = {
      en = "Secure Boot is demanded before the guard is trusted, on build 14393 protection against DMA too (3); hardware without an IOMMU then stays without the guard on that build."
      sv = "Secure Boot krävs innan vakten är att lita på, på bygge 14393 även skydd mot DMA (3); hårdvara utan IOMMU blir då utan vakten på det bygget."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn On Virtualization Based Security\"",
      "DISA STIG for Windows 10: V-220811, CCI-000366",
    ]
  }

  setting "registry_value" "hvci" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceGuard"
    name     = "HypervisorEnforcedCodeIntegrity"
    type     = "dword"
    value    = local.modes[input.hvci]
    severity = "high"
    rationale = {
      en = "Nothing runs in the kernel that was not signed and checked. Drivers that write code into memory, as some frame grabbers and dongles do, stop working: ask the manufacturer whether they are ready."
      sv = "Inget körs i kärnan som inte signerats och kontrollerats. Drivrutiner som skriver kod i minnet, som de för vissa bildinsamlingskort och hårdvarunycklar, slutar fungera: fråga tillverkaren om de är klara."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn On Virtualization Based Security\"",
      "DISA STIG for Windows 10: V-252903, CCI-000366",
    ]
  }

  setting "registry_value" "hvci-memory-table" {
    when     = input.hvci != "off"
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceGuard"
    name     = "HVCIMATRequired"
    type     = "dword"
    value    = base.build_number >= 19041 ? 1 : 0
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "From 21H2 on the firmware must say which of its memory is code (UEFI MAT), or HVCI stays off; before, older firmware is tolerated."
      sv = "Från 21H2 måste den fasta programvaran säga vilket av dess minne som är kod (UEFI MAT), annars förblir HVCI av; tidigare godtas äldre."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Turn On Virtualization Based Security\"",
    ]
  }

  setting "registry_value" "credential-guard" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceGuard"
    name     = "LsaCfgFlags"
    type     = "dword"
    value    = local.modes[input.credential_guard]
    severity = "high"
    rationale = {
      en = "Hashes and tickets of domain users lie where not even an administrator of the client can fetch them. Editions without Credential Guard ignore the value."
      sv = "Hashvärden och biljetter för domänanvändare ligger där inte ens klientens administratör kan hämta dem. Utgåvor utan Credential Guard bortser från värdet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn On Virtualization Based Security\"",
      "DISA STIG for Windows 10: V-220812, CCI-000366",
    ]
  }

  setting "registry_value" "secure-launch" {
    when     = local.vbs
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceGuard"
    name     = "ConfigureSystemGuardLaunch"
    type     = "dword"
    value    = 1
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "Where the processor can, Windows is measured anew after the firmware, which then need not be trusted. Other computers ignore it."
      sv = "Där processorn klarar det mäts Windows på nytt efter den fasta programvaran, som då inte behöver vara betrodd. Andra datorer bortser från det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Turn On Virtualization Based Security\"",
    ]
  }

  setting "registry_value" "vulnerable-drivers" {
    when     = input.hvci != "off"
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\CI\\Config"
    name     = "VulnerableDriverBlocklistEnable"
    type     = "dword"
    value    = 1
    builds   = ">= 19041"
    severity = "medium"
    rationale = {
      en = "Drivers that are signed and known to let anybody into the kernel are refused. It works together with HVCI."
      sv = "Drivrutiner som är signerade men kända för att släppa in vem som helst i kärnan nekas. Verkar tillsammans med HVCI."
    }
    references = [
      "Microsoft Learn, Microsoft recommended driver block rules",
    ]
  }

  # Memory and objects

  setting "registry_value" "exception-chains" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\kernel"
    name     = "DisableExceptionChainValidation"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Old 32-bit programs are checked for the commonest trick of taking over their error handling (SEHOP). Very old copy protections may not start."
      sv = "Gamla 32-bitarsprogram kontrolleras mot det vanligaste sättet att kapa deras felhantering (SEHOP). Mycket gamla kopieringsskydd kan låta bli att starta."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Enable Structured Exception Handling Overwrite Protection (SEHOP)\"",
    ]
  }

  setting "registry_value" "objects-protected" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"
    name     = "ProtectionMode"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Shared objects of the system, such as symbolic links, may be changed by those only who made them."
      sv = "Systemets delade objekt, som symboliska länkar, får bara ändras av dem som skapat dem."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"System objects: Strengthen default permissions of internal system objects (e.g. Symbolic Links)\"",
      "DISA STIG for Windows 10: V-220943, CCI-000366",
    ]
  }

  setting "registry_value" "one-case-for-names" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Kernel"
    name     = "ObCaseInsensitive"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "A file \"Update.exe\" beside \"update.exe\" cannot deceive programs of other subsystems."
      sv = "En fil \"Update.exe\" bredvid \"update.exe\" kan inte lura program från andra delsystem."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"System objects: Require case insensitivity for non-Windows subsystems\"",
    ]
  }

  setting "registry_value" "safe-library-search" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager"
    name     = "SafeDllSearchMode"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Libraries are looked for in Windows' folders before the current one, which may be a stick or a share full of studies."
      sv = "Bibliotek söks i Windows mappar före den aktuella mappen, som kan vara ett USB-minne eller en delning full av undersökningar."
    }
    references = [
      "Windows policy \"MSS: (SafeDllSearchMode) Enable Safe DLL search mode\"",
    ]
  }

  setting "registry_value" "foreign-fonts" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\MitigationOptions"
    name     = "MitigationOptions_FontBocking"
    type     = "sz"
    value    = "1000000000000"
    builds   = "^14393"
    severity = "medium"
    rationale = {
      en = "On this build fonts are read in the kernel, where a prepared one takes over the client; those outside the fonts folder are blocked. Later builds read them in a process of their own."
      sv = "På detta bygge läses teckensnitt i kärnan, där ett preparerat tar över klienten; de utanför teckensnittsmappen blockeras. Senare byggen läser dem i en egen process."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Untrusted Font Blocking\"",
    ]
  }

  setting "registry_value" "exploit-protection-stays" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender Security Center\\App and Browser protection"
    name     = "DisallowExploitProtectionOverride"
    type     = "dword"
    value    = 1
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "Nobody turns the protection of single programs off by hand in the security window; where a product needs that, it stands in the image."
      sv = "Ingen stänger av skyddet för enskilda program för hand i säkerhetsfönstret; där en produkt behöver det står det i avbilden."
    }
    references = [
      "Windows policy \"Prevent users from modifying settings\"",
    ]
  }

  setting "registry_value" "small-dumps" {
    when     = input.small_dumps
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\CrashControl"
    name     = "CrashDumpEnabled"
    type     = "dword"
    value    = 3
    severity = "low"
    rationale = {
      en = "A stop leaves 256 KB that name the driver, not a copy of memory with a patient's images in it. For a hard case give false and guard the file."
      sv = "Ett stopp lämnar 256 kB som pekar ut drivrutinen, inte en kopia av minnet med en patients bilder. Ange nej (false) i ett svårt fall och skydda filen."
    }
    references = [
      "Microsoft Learn, CrashDumpEnabled",
    ]
  }

  # Policies are put back

  setting "registry_value" "policies-in-background" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Group Policy\\{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"
    name     = "NoBackgroundPolicy"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Registry policies are also applied while somebody works, not at the next start, which on a ward may be months away."
      sv = "Registerpolicyer tillämpas även medan någon arbetar, inte vid nästa start, som på en avdelning kan dröja månader."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Configure registry policy processing\"",
    ]
  }

  setting "registry_value" "policies-again" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Group Policy\\{35378EAC-683F-11D2-A89A-00C04FBBCFA2}"
    name     = "NoGPOListChanges"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "They are written again at each refresh although nothing changed, so that what somebody turned off by hand does not stay off."
      sv = "De skrivs om vid varje uppdatering även om inget ändrats, så att det någon stängt av för hand inte förblir av."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Configure registry policy processing\"",
      "DISA STIG for Windows 10: V-220814, CCI-000366",
    ]
  }

  setting "registry_value" "policies-not-turned-off" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "DisableBkGndGroupPolicy"
    ensure   = "absent"
    severity = "low"
    rationale = {
      en = "The older switch that stops all refreshing while somebody is logged on is taken out; tools for quiet procedures leave it behind."
      sv = "Den äldre brytaren som stoppar all uppdatering medan någon är inloggad tas bort; verktyg för ostörda ingrepp lämnar den kvar."
    }
    references = [
      "Windows policy \"Turn off background refresh of Group Policy\"",
    ]
  }

  not_managed "reg:HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management!FeatureSettingsOverride" {
    reason = {
      en = "The switches for Spectre and its relatives stay as Windows sets them for the processor at hand: forcing more costs image performance that the manufacturer measured without it."
      sv = "Brytarna för Spectre och dess släktingar lämnas som Windows sätter dem för den aktuella processorn: att tvinga fram mer kostar bildprestanda som tillverkaren mätt utan det."
    }
  }

  not_managed "reg:HKLM\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management!ClearPageFileAtShutdown" {
    reason = {
      en = "Emptying the page file makes each shutdown minutes longer, and a technician cuts the power; encryption of the disk protects it instead."
      sv = "Att tömma växlingsfilen gör varje avstängning minuter längre, och en tekniker bryter strömmen; diskkryptering skyddar den i stället."
    }
  }

  setting "exploit_protection" "system-mitigations" {
    when     = input.mitigations
    builds   = ">= 17763"
    content  = <<-EOT
    <?xml version="1.0" encoding="UTF-8"?>
    <MitigationPolicy>
      <SystemConfig>
        <DEP Enable="true"/>
        <ASLR BottomUp="true" HighEntropy="true"/>
        <ControlFlowGuard Enable="true"/>
        <SEHOP Enable="true"/>
        <Heap TerminateOnError="true"/>
      </SystemConfig>
    </MitigationPolicy>
    EOT
    severity = "medium"
    rationale = {
      en = "Data is not run as code, memory is laid out anew at each start, calls and error handling are checked, a broken heap ends the program. Windows starts with these on; written down, no installer and no hand turns them off unseen. Single programs are not named: a product that cannot bear one of them needs a file of its own."
      sv = "Data körs inte som kod, minnet läggs ut på nytt vid varje start, anrop och felhantering kontrolleras, en trasig heap avslutar programmet. Windows har dem på från början; när de är fastskrivna kan inget installationsprogram och ingen hand slå av dem osett. Enskilda program nämns inte: en produkt som inte tål något av dem behöver en egen fil."
    }
    references = [
      "NIST SP 800-53 SI-16",
      "Windows policy \"Use a common set of exploit protection settings\"",
      "Microsoft Learn, \"Customize exploit protection\"",
    ]
  }
}
