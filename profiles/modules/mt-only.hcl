# Only programs of medical products are installed, and only they run. The default rules are those of the NSA's list for Windows 10, by their own ids, so
# that an import or a comparison finds them.
module "mt-only" {
  version = "1.0.0"
  method  = "mt-only"
  title = {
    en = "Only medical-product programs"
    sv = "Bara medicintekniska program"
  }
  summary = {
    en = "Two questions are answered here. Which programs are installed: the list of Windows is compared with what the image's products state, and anything else fails the check. Which programs may run: AppLocker lets everyone start what lies in Windows and Program Files, where only administrators and installers write, and nothing that lies where users can write. What a product keeps there is allowed by its manufacturer's signature, else by its hash, never by its place. The same rules exist as an audit twin that stops nothing and writes down what it would have stopped: begin with it. Where the hospital has compiled a code-integrity policy on Windows, it is put in place too. What Windows brings along and no product needs is switched off."
    sv = "Här besvaras två frågor. Vilka program som är installerade: Windows lista jämförs med vad avbildens produkter anger, och allt annat underkänns. Vilka program som får köras: AppLocker låter alla starta det som ligger i Windows och Program Files, där bara administratörer och installationsprogram skriver, och inget som ligger där användare kan skriva. Det en produkt har där tillåts genom tillverkarens signatur, annars genom sin hash, aldrig genom sin plats. Samma regler finns i ett granskande läge som inte stoppar något men loggar vad som skulle ha stoppats: börja med det. Har sjukhuset kompilerat en kodintegritetspolicy i Windows läggs även den på plats. Det som Windows har med sig och ingen produkt behöver stängs av."
  }
  breaks = [
    {
      en = "Programs that install or update themselves into a user's profile or ProgramData, and unpack helpers into a temporary folder: their makers must sign them, or each file is allowed by its hash."
      sv = "Program som installerar eller uppdaterar sig i en användares profil eller i ProgramData, och packar upp hjälpprogram i en tillfällig mapp: tillverkaren måste signera dem, annars tillåts varje fil genom sin hash."
    },
    {
      en = "An update of a product whose files are allowed by hash: new files, new rules."
      sv = "En uppdatering av en produkt vars filer tillåts genom hash: nya filer, nya regler."
    },
    {
      en = "Scripts outside Windows and Program Files do not run, and PowerShell runs in its constrained language for users: logon scripts from a share need a signature that is allowed here."
      sv = "Skript utanför Windows och Program Files körs inte, och PowerShell kör i sitt begränsade språk för användare: inloggningsskript från en delning behöver en signatur som tillåts här."
    },
    {
      en = "Rules for libraries cost time when programs start; they can be left out."
      sv = "Regler för bibliotek kostar tid när program startar; de kan utelämnas."
    },
    {
      en = "Rules do not hold for services that run as the system, and administrators may run everything but the browsers and mail programs named here: allow-listing is no fence against administrators."
      sv = "Reglerna gäller inte tjänster som kör som systemet, och administratörer får köra allt utom de webbläsare och e-postprogram som nämns här: tillåtelselistning är inget skydd mot administratörer."
    },
    {
      en = "A writable folder that a product states gets its permissions on the client's first boot; it has to be there by then, so the product is in the base or the folder is made before."
      sv = "En skrivbar mapp som en produkt anger får sina behörigheter vid klientens första start; den måste finnas då, så produkten ligger i basen eller mappen skapas i förväg."
    },
    {
      en = "What is checked is that AppLocker is configured. That a running client enforces it is another observation, which is not built yet."
      sv = "Det som kontrolleras är att AppLocker är konfigurerat. Om en klient i drift verkligen upprätthåller reglerna kontrolleras inte ännu."
    },
  ]
  severity_source = {
    en = "The project's own judgement: critical where foreign programs would run, high where a known way round stays open, medium where something needless is installed, low for order."
    sv = "Projektets egen bedömning: kritisk där främmande program skulle köras, hög där en känd väg runt förblir öppen, medel där något onödigt är installerat, låg för ordning."
  }
  builds = ">= 14393"
  references = [
    "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    "NIST SP 800-53 CM-7(5), CM-10, CM-11, SI-7",
    "Microsoft Learn, \"AppLocker\" and \"AppLocker XSD\"",
  ]
  capabilities = [
    "CNFS",
    "MLDP",
    "SAHD",
    "CSUP",
  ]

  input "mode" {
    type    = string
    default = "enforce"
    description = {
      en = "\"enforce\", or \"audit\": the twin with the same rules, which stops nothing and logs what it would have stopped."
      sv = "\"enforce\" (upprätthåll) eller \"audit\": samma regler, som inte stoppar något men loggar vad som skulle ha stoppats."
    }
    validation {
      condition = contains(["enforce", "audit"], input.mode)
      error_message = {
        en = "Write enforce or audit."
        sv = "Skriv enforce eller audit."
      }
    }
    validation {
      condition = length([for l in needs.code_locations : l if try(l.user_writable, false) == true && !can(regex("=", l.publisher)) && l.hash == null]) == 0
      error_message = {
        en = "A product keeps unsigned programs where users can write, and states no hash: they cannot be allowed without letting everything run that lies there. Ask the manufacturer for a signature, for the hash that AppLocker computes of each file (Get-AppLockerFileInformation), or for another folder."
        sv = "En produkt har osignerade program där användare kan skriva och anger ingen hash: de kan inte tillåtas utan att allt som ligger där får köras. Be tillverkaren om en signatur, om den hash som AppLocker beräknar för varje fil (Get-AppLockerFileInformation) eller om en annan mapp."
      }
    }
  }

  input "libraries" {
    type    = bool
    default = true
    description = {
      en = "Whether rules hold for libraries (DLL) too."
      sv = "Om reglerna även gäller bibliotek (DLL)."
    }
  }

  input "administrators_browse" {
    type    = bool
    default = false
    description = {
      en = "Whether administrators may start browsers and mail programs."
      sv = "Om administratörer får starta webbläsare och e-postprogram."
    }
  }

  input "agent" {
    type = object({
      publisher = optional(string)
      hash      = optional(string)
      file_name = optional(string, "wmguest.exe")
    })
    default  = null
    nullable = true
    description = {
      en = "The agent and validator of wmclient, where it does not lie in Program Files: by its signer, or by its AppLocker hash. null: no rule of its own."
      sv = "wmclients agent och validerare, där den inte ligger i Program Files: genom signatur eller AppLocker-hash. Inget angivet (null): ingen egen regel."
    }
    validation {
      condition = input.agent == null ? true : input.agent.publisher != null || input.agent.hash != null
      error_message = {
        en = "Give the agent's publisher or its hash."
        sv = "Ange agentens utgivare eller dess hash."
      }
    }
  }

  input "files" {
    type = map(object({
      collection = string
      hash       = string
      file_name  = string
      length     = optional(number)
    }))
    default = {}
    description = {
      en = "More files to allow, by a short name: collection (Exe, Dll, Script, Msi), AppLocker hash, file name, length in bytes. They belong to one version of a product."
      sv = "Fler filer att tillåta, med ett kort namn: samling (Exe, Dll, Script, Msi), AppLocker-hash, filnamn, längd i byte. De hör till en version av en produkt."
    }
  }

  input "publishers" {
    type = map(object({
      publisher   = string
      product     = optional(string, "*")
      collections = optional(list(string), ["Exe", "Dll", "Script"])
    }))
    default = {}
    description = {
      en = "More signers to allow, by a short name. Everything that they signed then runs, wherever it lies."
      sv = "Fler utgivare att tillåta, med ett kort namn. Allt som de har signerat får då köras, var det än ligger."
    }
  }

  input "wdac" {
    type = object({
      guid    = optional(string)
      enforce = object({ source = string, sha256 = string })
      audit   = object({ source = string, sha256 = string })
    })
    default  = null
    nullable = true
    description = {
      en = "A compiled code-integrity policy and its audit twin, as files of the profile tree with their SHA-256; the policy's id for builds from 1903 on. Before 1903 a client has room for one."
      sv = "En kompilerad kodintegritetspolicy i upprätthållande och i granskande form, som filer i profilträdet med SHA-256; policyns id för byggen från 1903. Före 1903 har en klient plats för en."
    }
  }

  input "packages" {
    type = map(object({
      code    = string
      version = string
      source  = string
      sha256  = string
    }))
    default = {}
    description = {
      en = "Windows Installer packages that the client installs at first boot, by a short name: product code, product version, and the package as a file of the profile tree with its SHA-256. What they install is accepted as installed."
      sv = "Windows Installer-paket som klienten installerar vid första start, med ett kort namn: produktkod, produktversion och paketet som fil i profilträdet med SHA-256. Det de installerar godtas som installerat."
    }
  }

  input "programs" {
    type    = list(string)
    default = []
    description = {
      en = "Names of installed programs to accept beside those of the products, with * for any text: redistributables, drivers, the client of ConfigMgr."
      sv = "Namn på installerade program att godta utöver produkternas, med * för valfri text: körtidsbibliotek, drivrutiner, ConfigMgr-klienten."
    }
  }

  input "leftovers" {
    type    = bool
    default = true
    description = {
      en = "Whether what Windows brings along and no product needs is switched off."
      sv = "Om det som Windows har med sig och ingen produkt behöver stängs av."
    }
  }

  input "open_folders" {
    type    = bool
    default = true
    description = {
      en = "Whether users get the right to write to the folders that products state (writable_folders)."
      sv = "Om användare får rätt att skriva i de mappar som produkterna anger (writable_folders)."
    }
    validation {
      condition = !input.open_folders || length([for f in needs.writable_folders : f.path if !can(regex("(?i)^C:\\\\Users\\\\", f.path)) && (!can(regex("^[Cc]:(\\\\[^\\\\/:*?\"<>|%~]*[^\\\\/:*?\"<>|%~. ])+\\\\?$", f.path)) || can(regex("(?i)^C:\\\\((Windows|Windows\\.old|Users|Documents and Settings|Recovery|PerfLogs|Boot|System Volume Information|\\$.*)(\\\\|$)|(ProgramData|Program Files|Program Files \\(x86\\))\\\\?($|\\\\(Microsoft|Windows|Package Cache|Common Files|Internet Explorer|ModifiableWindowsApps|USO|SoftwareDistribution|Start Menu|Desktop|Documents|Templates|Application Data|ssh|regid)))", f.path)))]) == 0
      error_message = {
        en = "A product states a writable folder that is not its own: on another volume than C:, a root, a folder of Windows, or Program Files, ProgramData or a maker's common folder as a whole; or the path is not written out. On another volume nothing can be set here: the image is the system volume. Ask the manufacturer for the one folder that it writes to, or set open_folders to false."
        sv = "En produkt anger en skrivbar mapp som inte är dess egen: på en annan volym än C:, en rot, en mapp i Windows, eller hela Program Files, ProgramData eller en gemensam mapp; eller så är sökvägen inte utskriven. På en annan volym kan inget ställas in här: avbilden är systemvolymen. Be tillverkaren ange den enda mapp som produkten skriver i, eller sätt open_folders till false."
      }
    }
  }

  input "folder_users" {
    type    = list(string)
    default = ["S-1-5-32-545"]
    description = {
      en = "The SIDs of those who may change what lies in the products' writable folders: all users of the client, or a group of the hospital's."
      sv = "SID för dem som får ändra det som ligger i produkternas skrivbara mappar: alla klientens användare, eller en grupp hos sjukhuset."
    }
    validation {
      condition = length(input.folder_users) > 0 && length([for sid in input.folder_users : sid if !can(regex("^S-1-5-(32-545|11|21-[0-9]+-[0-9]+-[0-9]+-[0-9]+)$", sid)) || can(regex("-(501|514)$", sid))]) == 0
      error_message = {
        en = "Name users (S-1-5-32-545), authenticated users (S-1-5-11), or accounts and groups of a domain or the client (S-1-5-21-...), never everyone, anonymous users or guests."
        sv = "Ange användare (S-1-5-32-545), autentiserade användare (S-1-5-11) eller konton och grupper i en domän eller på klienten (S-1-5-21-...), aldrig alla, anonyma eller gäster."
      }
    }
  }

  locals {
    everyone         = "S-1-1-0"
    administrators   = "S-1-5-32-544"
    code_collections = input.libraries ? ["Exe", "Dll", "Script"] : ["Exe", "Script"]
    microsoft        = "O=MICROSOFT CORPORATION, L=REDMOND, S=WASHINGTON, C=US"
    below_windows = [
      "%SYSTEM32%\\catroot2\\*",
      "%SYSTEM32%\\com\\dmp\\*",
      "%SYSTEM32%\\FxsTmp\\*",
      "%SYSTEM32%\\spool\\drivers\\color\\*",
      "%SYSTEM32%\\spool\\PRINTERS\\*",
      "%SYSTEM32%\\spool\\SERVERS\\*",
      "%SYSTEM32%\\Tasks\\*",
      "%WINDIR%\\Debug\\*",
      "%WINDIR%\\PCHEALTH\\ERRORREP\\*",
      "%WINDIR%\\Registration\\*",
      "%WINDIR%\\SysWOW64\\com\\dmp\\*",
      "%WINDIR%\\SysWOW64\\FxsTmp\\*",
      "%WINDIR%\\SysWOW64\\Tasks\\*",
      "%WINDIR%\\Tasks\\*",
      "%WINDIR%\\Temp\\*",
      "%WINDIR%\\tracing\\*",
    ]
    program_files = "(?i)^([A-Z]:\\\\Program Files( \\(x86\\))?|%ProgramFiles(\\(x86\\))?%)(\\\\|$)"
    # A place below Program Files that a product opens to its users is taken out of the rule for Program Files.
    opened = distinct(concat(
      [for l in needs.code_locations : "%PROGRAMFILES%\\${trim(regexreplace(l.path, local.program_files, ""), "\\")}\\*" if try(l.user_writable, false) == true && can(regex(local.program_files, l.path))],
      [for f in needs.writable_folders : "%PROGRAMFILES%\\${trim(regexreplace(f.path, local.program_files, ""), "\\")}\\*" if can(regex(local.program_files, f.path))],
    ))
    # A folder of the product's own: written out, below ProgramData, Program Files or the root of the system volume, and none that Windows or others share.
    written_out    = "^[Cc]:(\\\\[^\\\\/:*?\"<>|%~]*[^\\\\/:*?\"<>|%~. ])+\\\\?$"
    shared_folders = "(?i)^C:\\\\((Windows|Windows\\.old|Users|Documents and Settings|Recovery|PerfLogs|Boot|System Volume Information|\\$.*)(\\\\|$)|(ProgramData|Program Files|Program Files \\(x86\\))\\\\?($|\\\\(Microsoft|Windows|Package Cache|Common Files|Internet Explorer|ModifiableWindowsApps|USO|SoftwareDistribution|Start Menu|Desktop|Documents|Templates|Application Data|ssh|regid)))"
    # What lies in a profile belongs to its user anyway, and needs nothing.
    own_folders = { for f in needs.writable_folders : f.key => trimsuffix(f.path, "\\") if can(regex(local.written_out, f.path)) && !can(regex(local.shared_folders, f.path)) }
    # What the rule for Program Files does not cover needs one of its own.
    uncovered = { for l in needs.code_locations : l.key => l if try(l.user_writable, false) == true || !can(regex(local.program_files, l.path)) }
    signed = merge(
      { for key, l in local.uncovered : key => { publisher = l.publisher, product = "*", collections = ["Exe", "Dll", "Script"] } if can(regex("=", l.publisher)) },
      input.publishers,
    )
    signed_rules = { for r in flatten([for key, p in local.signed : [for c in p.collections : { id = "${key}-${lower(c)}", collection = c, publisher = upper(p.publisher), product = upper(p.product), name = key }]]) : r.id => r if input.libraries || r.collection != "Dll" }
    # A hash that a product states is taken for the one that AppLocker computes: for programs and libraries the Authenticode hash.
    hashed = merge(
      { for key, l in local.uncovered : key => { collection = lookup(local.collection_of, lower(try(regex("\\.([A-Za-z0-9]+)$", l.path)[0], "exe")), "Exe"), hash = l.hash, file_name = reverse(split("\\", l.path))[0], length = null } if !can(regex("=", l.publisher)) && l.hash != null },
      input.files,
      input.agent == null ? {} : input.agent.hash == null ? {} : { wmclient-agent = { collection = "Exe", hash = input.agent.hash, file_name = input.agent.file_name, length = null } },
    )
    collection_of  = { exe = "Exe", com = "Exe", scr = "Exe", dll = "Dll", ocx = "Dll", ps1 = "Script", bat = "Script", cmd = "Script", vbs = "Script", js = "Script", msi = "Msi", msp = "Msi", mst = "Msi" }
    hosts          = [for h in needs.script_hosts : lower(h.value)]
    features       = [for f in needs.features : lower(f.value)]
    services       = [for s in needs.services : lower(s.value)]
    inbox_programs = base.build_number >= 19044 ? ["Microsoft Edge", "Microsoft Edge Update"] : []
    program_names  = concat([for p in needs.programs : "${p.name}*" if p.product_code == null], local.inbox_programs, input.programs)
    program_codes  = distinct(concat([for p in needs.programs : p.product_code if p.product_code != null], [for p in values(input.packages) : p.code]))
  }

  # Modes. Packaged apps, installers, programs, libraries and scripts, each collection by itself.

  setting "applocker_collection" "exe" {
    collection = "Exe"
    mode       = input.mode
    severity   = "critical"
    rationale = {
      en = "Programs run by rule only. Everything below hangs on this."
      sv = "Program körs bara enligt regel. Alla regler för program bygger på detta."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_collection" "script" {
    collection = "Script"
    mode       = input.mode
    severity   = "critical"
    rationale = {
      en = "A script is a program that needs no installation."
      sv = "Ett skript är ett program som inte behöver installeras."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_collection" "msi" {
    collection = "Msi"
    mode       = input.mode
    severity   = "high"
    rationale = {
      en = "An installer package brings whatever its maker wants."
      sv = "Ett installationspaket för med sig vad dess tillverkare vill."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_collection" "appx" {
    collection = "Appx"
    mode       = input.mode
    severity   = "medium"
    rationale = {
      en = "Packaged apps have no place on LTSC, but Windows itself still uses some."
      sv = "Paketerade appar hör inte hemma på LTSC, men Windows självt använder några."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_collection" "dll" {
    collection = "Dll"
    mode       = input.libraries ? input.mode : "off"
    severity   = "high"
    rationale = {
      en = "A library runs inside a program that is allowed. Without rules for libraries a planted one needs no program of its own."
      sv = "Ett bibliotek körs inne i ett program som är tillåtet. Utan regler för bibliotek räcker det att någon lägger dit ett: inget eget program behövs."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  # What everyone may run: Windows and Program Files, less what users can write to

  setting "applocker_rule" "exe-windows" {
    collection   = "Exe"
    name         = "Everyone: programs in Windows"
    action       = "allow"
    id           = "afd4074c-4b47-4b55-bb6d-f35ea215408b"
    user         = local.everyone
    path         = "%WINDIR%\\*"
    except_paths = local.below_windows
    severity     = "critical"
    rationale = {
      en = "Windows' own programs, but for the folders in it where every user can put files: those are left out one by one."
      sv = "Windows egna program, utom de mappar där varje användare kan lägga filer: de undantas en för en."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "exe-program-files" {
    collection   = "Exe"
    name         = "Everyone: programs in Program Files"
    action       = "allow"
    id           = "1712f2de-e1b6-4d3d-85a9-a7da49b796c1"
    user         = local.everyone
    path         = "%PROGRAMFILES%\\*"
    except_paths = length(local.opened) > 0 ? local.opened : null
    severity     = "critical"
    rationale = {
      en = "What an administrator installed. Users cannot write there; places that a product opens to them are left out."
      sv = "Det en administratör har installerat. Användare kan inte skriva där; platser som en produkt öppnar för dem undantas."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "exe-administrators" {
    collection = "Exe"
    name       = "Administrators: all programs"
    action     = "allow"
    id         = "f301f291-10d9-4423-8f9c-a78afe9d4ea5"
    user       = local.administrators
    path       = "*"
    severity   = "medium"
    rationale = {
      en = "Administrators install and repair products, and can put files anywhere anyway. What they start by mistake is the price."
      sv = "Administratörer installerar och reparerar produkter och kan ändå lägga filer var som helst. Priset är det de startar av misstag."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "dll-windows" {
    collection   = "Dll"
    name         = "Everyone: libraries in Windows"
    action       = "allow"
    id           = "7ca2deae-991c-4e26-b688-98137f9cc777"
    user         = local.everyone
    path         = "%WINDIR%\\*"
    except_paths = local.below_windows
    when         = input.libraries
    severity     = "high"
    rationale = {
      en = "The libraries of Windows, with the same folders left out."
      sv = "Windows bibliotek, med samma mappar undantagna."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "dll-program-files" {
    collection   = "Dll"
    name         = "Everyone: libraries in Program Files"
    action       = "allow"
    id           = "f36fbeba-ab50-48c0-9361-41af365d82ce"
    user         = local.everyone
    path         = "%PROGRAMFILES%\\*"
    except_paths = length(local.opened) > 0 ? local.opened : null
    when         = input.libraries
    severity     = "high"
    rationale = {
      en = "The libraries that came with installed programs."
      sv = "De bibliotek som kom med installerade program."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "dll-administrators" {
    collection = "Dll"
    name       = "Administrators: all libraries"
    action     = "allow"
    id         = "1d04fdc7-5e29-45b1-a0d7-f7e9293774f8"
    user       = local.administrators
    path       = "*"
    when       = input.libraries
    severity   = "medium"
    rationale = {
      en = "An administrator's installer loads libraries from where it was unpacked."
      sv = "En administratörs installationsprogram laddar bibliotek därifrån det packades upp."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "script-windows" {
    collection   = "Script"
    name         = "Everyone: scripts in Windows"
    action       = "allow"
    id           = "8f42d1d3-5f29-469d-8f37-6f01f6c3b2f4"
    user         = local.everyone
    path         = "%WINDIR%\\*"
    except_paths = local.below_windows
    severity     = "critical"
    rationale = {
      en = "Scripts that Windows brings along, such as those of its own administration tools."
      sv = "Skript som Windows har med sig, till exempel de egna administrationsverktygens."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "script-program-files" {
    collection   = "Script"
    name         = "Everyone: scripts in Program Files"
    action       = "allow"
    id           = "4a4170c6-feb8-44f6-bebf-78a319f197fe"
    user         = local.everyone
    path         = "%PROGRAMFILES%\\*"
    except_paths = length(local.opened) > 0 ? local.opened : null
    severity     = "critical"
    rationale = {
      en = "Scripts that were installed together with a program."
      sv = "Skript som installerades tillsammans med ett program."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "script-administrators" {
    collection = "Script"
    name       = "Administrators: all scripts"
    action     = "allow"
    id         = "ed97d0cb-15ff-430f-b82c-8d7832957725"
    user       = local.administrators
    path       = "*"
    severity   = "medium"
    rationale = {
      en = "Administrators repair and set up with scripts, and most of those are unsigned."
      sv = "Administratörer reparerar och ställer in med skript, och de flesta av dem är osignerade."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "msi-windows" {
    collection = "Msi"
    name       = "Everyone: packages that Windows keeps"
    action     = "allow"
    id         = "0b075828-da4a-41fc-b3b4-9ac83ad18add"
    user       = local.everyone
    path       = "%WINDIR%\\Installer\\*"
    severity   = "medium"
    rationale = {
      en = "Windows keeps the packages of installed programs there, for repair and removal. Only the installer service writes to that folder."
      sv = "Windows sparar installerade programs paket där, för reparation och borttagning. Bara installationstjänsten skriver i mappen."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "msi-administrators" {
    collection = "Msi"
    name       = "Administrators: all packages"
    action     = "allow"
    id         = "4833728f-cf7e-4797-a847-c979e29b597a"
    user       = local.administrators
    path       = "*"
    severity   = "medium"
    rationale = {
      en = "Somebody must be able to install a product."
      sv = "Någon måste kunna installera en produkt."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "appx-signed" {
    collection  = "Appx"
    name        = "Everyone: signed packaged apps"
    action      = "allow"
    id          = "a9e18c21-ff8f-43cf-b9fc-db40eed693ba"
    user        = local.everyone
    publisher   = "*"
    product     = "*"
    binary      = "*"
    min_version = "0.0.0.0"
    severity    = "low"
    rationale = {
      en = "Parts of Windows' shell are packaged apps; without this rule the start menu and logon fail. Nobody can add apps where the Store is off."
      sv = "Delar av Windows skrivbord är paketerade appar; utan denna regel slutar startmenyn och inloggningen fungera. Ingen kan lägga till appar där butiken är avstängd."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  # What the products need beyond that

  setting "applocker_rule" "signed" {
    for_each   = local.signed_rules
    collection = each.value.collection
    name       = "Signed by the maker of ${each.value.name}"
    action     = "allow"
    user       = local.everyone
    publisher  = each.value.publisher
    product    = each.value.product
    binary     = "*"
    severity   = "high"
    rationale = {
      en = "The product keeps programs where a path cannot be trusted. Its manufacturer's signature can: whatever they signed runs, nothing else does."
      sv = "Produkten har program där en sökväg inte går att lita på. Tillverkarens signatur går att lita på: det de har signerat körs, inget annat."
    }
    references = [
      "Microsoft Learn, \"Understanding the publisher rule condition in AppLocker\"",
    ]
  }

  setting "applocker_rule" "hashed" {
    for_each    = { for key, f in local.hashed : key => f if input.libraries || f.collection != "Dll" }
    collection  = each.value.collection
    name        = "File of ${each.key}: ${each.value.file_name}"
    action      = "allow"
    user        = local.everyone
    hash        = each.value.hash
    file_name   = each.value.file_name
    file_length = each.value.length
    severity    = "high"
    rationale = {
      en = "Nobody signed this file, so the file itself is allowed, in this version. An update of the product needs a new rule."
      sv = "Ingen har signerat filen, så själva filen tillåts, i denna version. En uppdatering av produkten behöver en ny regel."
    }
    references = [
      "Microsoft Learn, \"Understanding the file hash rule condition in AppLocker\"",
    ]
  }

  setting "applocker_rule" "agent" {
    collection = "Exe"
    name       = "wmclient agent and validator"
    action     = "allow"
    user       = local.everyone
    publisher  = upper(coalesce(try(input.agent.publisher, null), "O=NOBODY"))
    product    = "*"
    binary     = upper(try(input.agent.file_name, "wmguest.exe"))
    when       = try(input.agent.publisher, null) != null
    severity   = "medium"
    rationale = {
      en = "The client's own agent applies and checks these settings, wherever it was put."
      sv = "Klientens egen agent verkställer och kontrollerar inställningarna, var den än lagts."
    }
    references = [
      "NIST SP 800-53 CM-7(5)",
      "Microsoft Learn, \"Understanding the publisher rule condition in AppLocker\"",
    ]
  }

  # Ways round

  setting "applocker_rule" "deny-writable" {
    for_each   = { for r in flatten([for c in local.code_collections : [for p in ["MachineKeys", "Tasks_Migrated"] : { id = "${lower(c)}-${lower(p)}", collection = c, path = p == "MachineKeys" ? "%SYSTEM32%\\Microsoft\\Crypto\\RSA\\MachineKeys\\*" : "%SYSTEM32%\\Tasks_Migrated\\*" }]]) : r.id => r }
    collection = each.value.collection
    name       = "Nobody: ${each.value.path}"
    action     = "deny"
    user       = local.everyone
    path       = each.value.path
    severity   = "high"
    rationale = {
      en = "Two more folders below Windows that every user can write to: keys of the machine, and tasks left behind by an upgrade. Nothing that runs belongs there, not for administrators either."
      sv = "Ytterligare två mappar under Windows där varje användare kan skriva: maskinens nycklar, och aktiviteter som en uppgradering lämnat kvar. Inget som körs hör hemma där, inte heller för administratörer."
    }
    references = [
      "Microsoft Learn, \"Understanding AppLocker default rules\" (folders with write permission for users)",
    ]
  }

  setting "applocker_rule" "deny-tools" {
    for_each   = [for t in ["ADDINPROCESS.EXE", "ADDINPROCESS32.EXE", "ADDINUTIL.EXE", "ASPNET_COMPILER.EXE", "INFDEFAULTINSTALL.EXE", "MICROSOFT.WORKFLOW.COMPILER.EXE", "MSBUILD.EXE", "MSHTA.EXE", "RUNSCRIPTHELPER.EXE"] : t if !contains(local.hosts, lower(t)) && !contains(local.hosts, lower(trimsuffix(t, ".EXE")))]
    collection = "Exe"
    name       = "Nobody: ${each.value}"
    action     = "deny"
    user       = local.everyone
    publisher  = local.microsoft
    product    = "*"
    binary     = each.value
    severity   = "high"
    rationale = {
      en = "Programs of Windows that run other people's code without being asked what it is: with them a rule for programs is no rule. A script host that a product states as needed is left alone."
      sv = "Program i Windows som kör andras kod utan att fråga vad den är: med dem är en programregel ingen regel. En skriptvärd som en produkt anger att den behöver lämnas i fred."
    }
    references = [
      "Microsoft Learn, \"Microsoft recommended block rules\"",
    ]
  }

  setting "applocker_rule" "no-internet-explorer-for-administrators" {
    collection = "Exe"
    name       = "Administrators: no Internet Explorer"
    action     = "deny"
    id         = "187ae870-255e-42d7-8ef9-9a8434a70716"
    user       = local.administrators
    publisher  = local.microsoft
    product    = "WINDOWS® INTERNET EXPLORER"
    binary     = "IEXPLORE.EXE"
    when       = !input.administrators_browse
    severity   = "medium"
    rationale = {
      en = "An administrator who opens a page or a mail in Internet Explorer lends its author the whole client."
      sv = "En administratör som öppnar en sida eller ett brev i Internet Explorer lånar ut hela klienten till dess upphovsman."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "no-outlook-for-administrators" {
    collection = "Exe"
    name       = "Administrators: no Outlook"
    action     = "deny"
    id         = "230ebde7-123f-4f56-9caf-a412e5265300"
    user       = local.administrators
    publisher  = local.microsoft
    product    = "MICROSOFT OFFICE OUTLOOK"
    binary     = "OUTLOOK.EXE"
    when       = !input.administrators_browse
    severity   = "medium"
    rationale = {
      en = "An administrator who opens a page or a mail in Outlook lends its author the whole client."
      sv = "En administratör som öppnar en sida eller ett brev i Outlook lånar ut hela klienten till dess upphovsman."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "no-thunderbird-for-administrators" {
    collection = "Exe"
    name       = "Administrators: no Thunderbird"
    action     = "deny"
    id         = "54d44e7f-44b7-4d8d-961e-6d9c47e03196"
    user       = local.administrators
    publisher  = "O=MOZILLA MESSAGING INC., L=MOUNTAIN VIEW, S=CALIFORNIA, C=US"
    product    = "THUNDERBIRD"
    binary     = "thunderbird.exe"
    when       = !input.administrators_browse
    severity   = "medium"
    rationale = {
      en = "An administrator who opens a page or a mail in Thunderbird lends its author the whole client."
      sv = "En administratör som öppnar en sida eller ett brev i Thunderbird lånar ut hela klienten till dess upphovsman."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "no-chrome-for-administrators" {
    collection = "Exe"
    name       = "Administrators: no Chrome"
    action     = "deny"
    id         = "97bca7b1-6ff4-40a5-a1fe-e8e8535f6e1e"
    user       = local.administrators
    publisher  = "O=GOOGLE INC, L=MOUNTAIN VIEW, S=CALIFORNIA, C=US"
    product    = "GOOGLE CHROME"
    binary     = "chrome.exe"
    when       = !input.administrators_browse
    severity   = "medium"
    rationale = {
      en = "An administrator who opens a page or a mail in Chrome lends its author the whole client."
      sv = "En administratör som öppnar en sida eller ett brev i Chrome lånar ut hela klienten till dess upphovsman."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "no-firefox-for-administrators" {
    collection = "Exe"
    name       = "Administrators: no Firefox"
    action     = "deny"
    id         = "980f805b-bc66-43c7-95c4-90ef50fe5b04"
    user       = local.administrators
    publisher  = "O=MOZILLA CORPORATION, L=MOUNTAIN VIEW, S=CALIFORNIA, C=US"
    product    = "FIREFOX"
    binary     = "firefox.exe"
    when       = !input.administrators_browse
    severity   = "medium"
    rationale = {
      en = "An administrator who opens a page or a mail in Firefox lends its author the whole client."
      sv = "En administratör som öppnar en sida eller ett brev i Firefox lånar ut hela klienten till dess upphovsman."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "no-opera-for-administrators" {
    collection = "Exe"
    name       = "Administrators: no Opera"
    action     = "deny"
    id         = "a88c9192-bbed-4dfe-b435-d0ca25f6576e"
    user       = local.administrators
    publisher  = "O=OPERA SOFTWARE ASA, S=OSLO, C=NO"
    product    = "OPERA"
    binary     = "opera.exe"
    when       = !input.administrators_browse
    severity   = "medium"
    rationale = {
      en = "An administrator who opens a page or a mail in Opera lends its author the whole client."
      sv = "En administratör som öppnar en sida eller ett brev i Opera lånar ut hela klienten till dess upphovsman."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "no-safari-for-administrators" {
    collection = "Exe"
    name       = "Administrators: no Safari"
    action     = "deny"
    id         = "f53c8fc8-d0dd-43c4-b874-57f31ba6f4aa"
    user       = local.administrators
    publisher  = "O=APPLE INC., L=CUPERTINO, S=CALIFORNIA, C=US"
    product    = "SAFARI"
    binary     = "Safari.exe"
    when       = !input.administrators_browse
    severity   = "medium"
    rationale = {
      en = "An administrator who opens a page or a mail in Safari lends its author the whole client."
      sv = "En administratör som öppnar en sida eller ett brev i Safari lånar ut hela klienten till dess upphovsman."
    }
    references = [
      "NSA host baseline for Windows 10, 1607, AppLocker (enforced)",
    ]
  }

  setting "applocker_rule" "no-edge-for-administrators" {
    collection = "Exe"
    name       = "Administrators: no Microsoft Edge"
    action     = "deny"
    user       = local.administrators
    publisher  = local.microsoft
    product    = "MICROSOFT EDGE"
    binary     = "MSEDGE.EXE"
    when       = !input.administrators_browse
    builds     = ">= 19044"
    severity   = "medium"
    rationale = {
      en = "An administrator who opens a page or a mail in Microsoft Edge lends its author the whole client."
      sv = "En administratör som öppnar en sida eller ett brev i Microsoft Edge lånar ut hela klienten till dess upphovsman."
    }
    references = [
      "NIST SP 800-53 AC-6, CM-7(5)",
    ]
  }

  # Code integrity: beside AppLocker, for programs and drivers, and not for users only

  setting "wdac_policy" "code-integrity" {
    when     = input.wdac != null
    format   = base.build_number < 18362 ? "single" : "multiple"
    guid     = base.build_number < 18362 ? "" : try(input.wdac.guid, "")
    source   = input.mode == "enforce" ? try(input.wdac.enforce.source, "") : try(input.wdac.audit.source, "")
    sha256   = input.mode == "enforce" ? try(input.wdac.enforce.sha256, "") : try(input.wdac.audit.sha256, "")
    severity = "high"
    rationale = {
      en = "AppLocker is a rule for users; code integrity is one for the kernel. The policy was compiled by the hospital on Windows and is placed unread; in audit mode its twin is."
      sv = "AppLocker reglerar vad användare startar; kodintegritet reglerar även kärnan. Policyn har sjukhuset kompilerat i Windows, och den läggs på plats utan att läsas här; i granskande läge läggs policyns granskande form på plats."
    }
    references = [
      "Microsoft Learn, \"Deploy Windows Defender Application Control policies\"",
    ]
  }

  # Where a product's users write: the folder is opened to them, and nothing runs from there but by signature or hash

  setting "file_permission" "product-folders" {
    for_each = local.own_folders
    when     = input.open_folders
    path     = each.value
    sddl     = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)${join("", [for sid in input.folder_users : "(A;OICI;0x1301bf;;;${sid})"])}"
    severity = "medium"
    rationale = {
      en = "The product's own folder, and no other, may be changed by its users, who then need no administrator's rights for their work. No rule by path lets programs run from it."
      sv = "Produktens egen mapp, och ingen annan, får ändras av dess användare, som då inte behöver administratörsbehörighet i arbetet. Ingen regel med sökväg låter program köras därifrån."
    }
    references = [
      "NIST SP 800-53 AC-3, AC-6",
      "Microsoft Learn, \"File Access Rights Constants\"",
    ]
  }

  setting "msi_package" "packages" {
    for_each = input.packages
    code     = each.value.code
    version  = each.value.version
    source   = each.value.source
    sha256   = each.value.sha256
    severity = "medium"
    rationale = {
      en = "What is installed comes from a file that somebody looked at, and no other: a package with another digest is not installed."
      sv = "Det som installeras kommer ur en fil som någon har granskat, och ingen annan: ett paket med en annan kontrollsumma installeras inte."
    }
    references = [
      "NIST SP 800-53 CM-11, SI-7",
    ]
  }

  # What is installed

  setting "program_allowlist" "installed" {
    codes    = length(local.program_codes) > 0 ? local.program_codes : null
    names    = length(local.program_names) > 0 ? local.program_names : null
    nothing  = length(local.program_codes) + length(local.program_names) == 0
    severity = "high"
    rationale = {
      en = "A program that nobody stated is a program that nobody validated together with the product, and nobody patches."
      sv = "Ett program som ingen har angett är ett program som ingen har validerat tillsammans med produkten, och som ingen uppdaterar."
    }
    references = [
      "NIST SP 800-53 CM-7(5), CM-11",
    ]
  }

  # What Windows brings along

  setting "service" "leftover-services" {
    for_each = { for s in ["MapsBroker", "RetailDemo", "WMPNetworkSvc", "WalletService", "XblAuthManager", "XblGameSave", "XboxNetApiSvc", "wisvc"] : s => s if !contains(local.services, lower(s)) }
    name     = each.value
    start    = "disabled"
    optional = true
    stricter = "stopped"
    when     = input.leftovers
    severity = "low"
    rationale = {
      en = "Games, maps, a wallet, the demonstration mode of shops and the testers' programme are no part of a medical product's computer."
      sv = "Spel, kartor, plånboken, butikernas demonstrationsläge och programmet för provversioner hör inte hemma på en dator med en medicinteknisk produkt."
    }
    references = [
      "Microsoft Learn, guidance on disabling system services (per-service advice)",
    ]
  }

  setting "service" "leftover-services-1809" {
    for_each = { for s in ["PushToInstall", "XboxGipSvc"] : s => s if !contains(local.services, lower(s)) }
    name     = each.value
    start    = "disabled"
    optional = true
    stricter = "stopped"
    when     = input.leftovers
    builds   = ">= 17763"
    severity = "low"
    rationale = {
      en = "Builds from 1809 on add accessories of games and apps pushed from a phone."
      sv = "Från bygge 17763 (1809) tillkommer speltillbehör och appar som skickas från en telefon."
    }
    references = [
      "Microsoft Learn, guidance on disabling system services (per-service advice)",
    ]
  }

  setting "scheduled_task" "leftover-tasks" {
    for_each = ["\\Microsoft\\Windows\\Maps\\MapsToastTask", "\\Microsoft\\Windows\\Maps\\MapsUpdateTask", "\\Microsoft\\Windows\\Shell\\FamilySafetyMonitor", "\\Microsoft\\Windows\\Shell\\FamilySafetyRefreshTask", "\\Microsoft\\Windows\\Windows Media Sharing\\UpdateLibrary", "\\Microsoft\\XblGameSave\\XblGameSaveTask"]
    path     = each.value
    state    = "disabled"
    optional = true
    stricter = "disabled"
    when     = input.leftovers
    severity = "low"
    rationale = {
      en = "Tasks that belong to maps, games, family protection and the music library start programs that nobody asked for."
      sv = "Aktiviteter som hör till kartor, spel, familjeskydd och musikbibliotek startar program som ingen bett om."
    }
    references = [
      "NIST SP 800-53 CM-7",
    ]
  }

  setting "scheduled_task" "leftover-tasks-1607" {
    for_each = ["\\Microsoft\\Windows\\RetailDemo\\CleanupOfflineContent", "\\Microsoft\\XblGameSave\\XblGameSaveTaskLogon"]
    path     = each.value
    state    = "disabled"
    optional = true
    stricter = "disabled"
    when     = input.leftovers
    builds   = "^14393"
    severity = "low"
    rationale = {
      en = "Build 1607 has two more of them."
      sv = "Bygge 14393 (1607) har ytterligare två sådana aktiviteter."
    }
    references = [
      "NIST SP 800-53 CM-7",
    ]
  }

  setting "optional_feature" "leftover-features" {
    for_each = { for s in ["WindowsMediaPlayer", "WorkFolders-Client"] : s => s if !contains(local.features, lower(s)) }
    name     = each.value
    state    = "disabled"
    optional = true
    stricter = "disabled"
    when     = input.leftovers
    severity = "low"
    rationale = {
      en = "A player that opens whatever comes along, and a synchronisation of documents, unless a product states that it needs them."
      sv = "En spelare som öppnar vad som än kommer, och en synkronisering av dokument, om inte en produkt anger att den behöver dem."
    }
    references = [
      "NIST SP 800-53 CM-7",
    ]
  }

  setting "registry_value" "no-onedrive-setup" {
    key      = "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run"
    name     = "OneDriveSetup"
    ensure   = "absent"
    when     = input.leftovers
    severity = "medium"
    rationale = {
      en = "Each new user would otherwise get OneDrive installed into the profile, where users can write and no rule allows it to run."
      sv = "Varje ny användare skulle annars få OneDrive installerat i profilen, där användare kan skriva och ingen regel låter det köras."
    }
    references = [
      "NIST SP 800-53 CM-7, CM-11",
    ]
  }

  # What stands beside the plan

  setting "registry_exclusive" "no-other-rules" {
    for_each = ["Appx", "Dll", "Exe", "Msi", "Script"]
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\SrpV2\\${each.value}"
    holds    = "keys"
    severity = "critical"
    rationale = {
      en = "One rule too many lets a program run, however good the others are. Those that the image has are known; any other is named."
      sv = "En regel för mycket räcker för att ett program ska få köras, hur bra de andra än är. Avbildens regler är kända; varje annan nämns vid namn."
    }
    references = [
      "NIST SP 800-53 CM-7(5)",
    ]
  }
}
