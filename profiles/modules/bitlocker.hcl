module "bitlocker" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Encryption of disks (BitLocker)"
    sv = "Kryptering av diskar (BitLocker)"
  }
  summary = {
    en = "How disks are encrypted where they are, with four ways to start: not decided here, by the TPM alone, with a PIN, or with a key from the network. None of it encrypts anything by itself: that is the task sequence's or the management's to do, and these values are what it then finds. Removable storage is written to only where it is encrypted."
    sv = "Hur diskar krypteras där de krypteras, med fyra sätt att starta: inte bestämt här, med TPM ensam, med PIN eller med en nyckel från nätet. Inget av detta krypterar något av sig självt: det gör installationssekvensen eller förvaltningen, och de här värdena är vad den då finner. Flyttbar lagring skrivs bara där den är krypterad."
  }
  breaks = [
    {
      en = "Exports to sticks and disks that are not encrypted with BitLocker, and so to modalities and other hospitals that cannot read it: give removable_writes = \"any\"."
      sv = "Export till USB-minnen och diskar som inte är krypterade med BitLocker, och därmed till modaliteter och andra sjukhus som inte kan läsa det: ange removable_writes = \"any\"."
    },
    {
      en = "startup = \"pin\": nobody restarts the client from afar, and it stays off after a power failure until somebody types the PIN."
      sv = "startup = \"pin\": ingen kan starta om klienten på distans, och efter ett strömavbrott förblir den av tills någon skriver PIN-koden."
    },
    {
      en = "Any encryption: a disk that the service engineer moves to another computer, and a disk copy for support, need the recovery key."
      sv = "All kryptering: en disk som serviceteknikern flyttar till en annan dator, och en diskkopia för support, kräver återställningsnyckeln."
    },
    {
      en = "Devices on Thunderbolt and PCI that are connected while the client is locked start working only after it is unlocked."
      sv = "Enheter på Thunderbolt och PCI som ansluts medan klienten är låst börjar fungera först efter upplåsning."
    },
  ]
  severity_source = {
    en = "The project's own judgement: high where a stolen computer gives away its data, medium where it takes a laboratory."
    sv = "Projektets egen bedömning: hög där en stulen dator lämnar ut sina data, medel där det kräver ett laboratorium."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 SC-28"]
  capabilities = ["STCF", "SAHD", "MLDP"]

  input "startup" {
    type    = string
    default = "undecided"
    description = {
      en = "What unlocks the system disk: \"undecided\" (no value is set), \"tpm\" (by itself), \"pin\" (TPM and PIN) or \"network\" (by itself on the hospital's wired network, with a PIN elsewhere)."
      sv = "Vad som låser upp systemdisken: \"undecided\" (inget värde sätts), \"tpm\" (av sig självt), \"pin\" (TPM och PIN) eller \"network\" (av sig självt på sjukhusets trådbundna nät, med PIN annars)."
    }
    validation {
      condition = contains(["undecided", "tpm", "pin", "network"], input.startup)
      error_message = {
        en = "Write undecided, tpm, pin or network."
        sv = "Skriv undecided, tpm, pin eller network."
      }
    }
  }

  input "recovery_in_directory" {
    type    = bool
    default = true
    description = {
      en = "Whether the recovery key must be in the directory (Active Directory) before encryption begins. For startup \"undecided\" nothing is set."
      sv = "Om återställningsnyckeln måste finnas i katalogen (Active Directory) innan krypteringen börjar. För startup \"undecided\" sätts inget."
    }
  }

  input "removable_writes" {
    type    = string
    default = "encrypted"
    description = {
      en = "Where files may be written: \"encrypted\" (removable disks with BitLocker only) or \"any\"."
      sv = "Var filer får skrivas: \"encrypted\" (bara flyttbara diskar med BitLocker) eller \"any\" (alla)."
    }
    validation {
      condition = contains(["encrypted", "any"], input.removable_writes)
      error_message = {
        en = "Write encrypted or any."
        sv = "Skriv encrypted eller any."
      }
    }
  }

  locals {
    decided = input.startup != "undecided"
    pin     = input.startup == "pin" || input.startup == "network"
  }

  setting "registry_value" "system-disk-cipher" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "EncryptionMethodWithXtsOs"
    type     = "dword"
    value    = 7
    severity = "medium"
    rationale = {
      en = "The system disk is encrypted with XTS-AES 256 (7). It takes effect when a disk is encrypted, not on one that is."
      sv = "Systemdisken krypteras med XTS-AES 256 (7). Det gäller när en disk krypteras, inte för en som redan är det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "Windows policy \"Choose drive encryption method and cipher strength (Windows 10 [Version 1511] and later)\"",
    ]
  }

  setting "registry_value" "fixed-disk-cipher" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "EncryptionMethodWithXtsFdv"
    type     = "dword"
    value    = 7
    severity = "medium"
    rationale = {
      en = "Built-in data disks, where image caches lie, the same."
      sv = "Även inbyggda datadiskar, där bildcacher ligger, krypteras med XTS-AES 256."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "Windows policy \"Choose drive encryption method and cipher strength (Windows 10 [Version 1511] and later)\"",
    ]
  }

  setting "registry_value" "removable-disk-cipher" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "EncryptionMethodWithXtsRdv"
    type     = "dword"
    value    = 4
    severity = "medium"
    rationale = {
      en = "Removable disks use AES-CBC 256 (4), which older Windows can read as well."
      sv = "Flyttbara diskar använder AES-CBC 256 (4), som även äldre Windows kan läsa."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "Windows policy \"Choose drive encryption method and cipher strength (Windows 10 [Version 1511] and later)\"",
    ]
  }

  setting "registry_value" "pin-with-letters" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "UseEnhancedPin"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "A PIN may have letters; where it is used, it is worth more guesses. Keyboards that Windows' start cannot read correctly are a reason to test first."
      sv = "En PIN får ha bokstäver; där den används tål den fler gissningar. Tangentbord som Windows start inte läser rätt är ett skäl att prova först."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "Windows policy \"Allow enhanced PINs for startup\"",
    ]
  }

  setting "registry_value" "pin-length" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "MinimumPIN"
    type     = "dword"
    value    = 7
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "Seven characters at least; the TPM slows guessing down, it does not end it."
      sv = "Minst sju tecken; TPM bromsar gissningar men hindrar dem inte helt."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "Windows policy \"Configure minimum PIN length for startup\"",
    ]
  }

  setting "registry_value" "secure-boot-for-integrity" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "OSAllowSecureBootForIntegrity"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Secure Boot vouches for the start, so that a firmware update does not ask for the recovery key in the middle of a shift."
      sv = "Secure Boot intygar starten, så att en uppdatering av fast programvara inte ber om återställningsnyckeln mitt i ett pass."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "Windows policy \"Allow Secure Boot for integrity validation\"",
    ]
  }

  setting "registry_value" "no-new-dma-while-locked" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "DisableExternalDMAUnderLock"
    type     = "dword"
    value    = 1
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "A device that is plugged in while the client is locked cannot read memory, and with it the disk's key, until somebody logs on."
      sv = "En enhet som ansluts medan klienten är låst kan inte läsa minnet, och därmed diskens nyckel, förrän någon loggar in."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Disable new DMA devices when this computer is locked\"",
    ]
  }

  setting "registry_value" "write-to-encrypted-only" {
    when     = input.removable_writes == "encrypted"
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Policies\\Microsoft\\FVE"
    name     = "RDVDenyWriteAccess"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "A lost stick with exported studies is readable by its finder. Without BitLocker a removable disk can only be read."
      sv = "Ett borttappat USB-minne med exporterade undersökningar kan läsas av den som hittar det. Utan BitLocker går en flyttbar disk bara att läsa."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "Windows policy \"Deny write access to removable drives not protected by BitLocker\"",
    ]
  }

  setting "registry_value" "sticks-of-other-organisations" {
    when     = input.removable_writes == "encrypted"
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "RDVDenyCrossOrg"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "An encrypted stick from another hospital may be written to as well; encrypted is what counts."
      sv = "Även ett krypterat USB-minne från ett annat sjukhus går att skriva till; det viktiga är att det är krypterat."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "Windows policy \"Deny write access to removable drives not protected by BitLocker\"",
    ]
  }

  setting "power_setting" "no-standby" {
    power    = "standby-states"
    mains    = 0
    battery  = 0
    severity = "medium"
    rationale = {
      en = "In standby (S1 to S3) the disk's key stays in memory, where whoever takes the computer can read it. It hibernates or stays on instead."
      sv = "I vänteläge (S1 till S3) ligger diskens nyckel kvar i minnet, där den som tar datorn kan läsa den. Den går i viloläge eller förblir på i stället."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "Windows policy \"Allow standby states (S1-S3) when sleeping (plugged in)\"",
    ]
  }

  # How the system disk starts

  setting "registry_value" "startup-decided" {
    when     = local.decided
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "UseAdvancedStartup"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "The image says how the disk is unlocked; the values below count only with this one."
      sv = "Avbilden säger hur disken låses upp; de övriga värdena om start gäller bara med detta."
    }
    references = [
      "Windows policy \"Require additional authentication at startup\"",
    ]
  }

  setting "registry_value" "startup-needs-tpm" {
    when     = local.decided
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "EnableBDEWithNoTPM"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Without a TPM there is no encryption, rather than one whose key lies on a stick in the drawer."
      sv = "Utan TPM ingen kryptering, hellre än en vars nyckel ligger på ett USB-minne i lådan."
    }
    references = [
      "Windows policy \"Require additional authentication at startup\"",
    ]
  }

  setting "registry_value" "startup-tpm-alone" {
    when     = local.decided
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "UseTPM"
    type     = "dword"
    value    = input.startup == "tpm" ? 1 : 0
    severity = "medium"
    rationale = {
      en = "Whether the TPM alone opens the disk: it must for a client that restarts by itself, it must not where a thief could switch it on and attack what runs."
      sv = "Om TPM ensam öppnar disken: det måste den för en klient som startar om själv, men inte där en tjuv kan slå på den och angripa det som körs."
    }
    references = [
      "Windows policy \"Require additional authentication at startup\"",
    ]
  }

  setting "registry_value" "startup-pin" {
    when     = local.decided
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "UseTPMPIN"
    type     = "dword"
    value    = local.pin ? 1 : 0
    severity = "medium"
    rationale = {
      en = "A PIN that a person types. Network unlock needs it as the way in when the network is down."
      sv = "En PIN som en människa skriver. Upplåsning via nätet behöver den som väg in när nätet ligger nere."
    }
    references = [
      "Windows policy \"Require additional authentication at startup\"",
    ]
  }

  setting "registry_value" "startup-no-key" {
    when     = local.decided
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "UseTPMKey"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "No key on a stick, which stays in the computer in practice."
      sv = "Ingen nyckel på USB-minne: det blir i praktiken sittande kvar i datorn."
    }
    references = [
      "Windows policy \"Require additional authentication at startup\"",
    ]
  }

  setting "registry_value" "startup-no-pin-and-key" {
    when     = local.decided
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "UseTPMKeyPIN"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "Nor PIN and stick together: one lost stick would stop an examination room."
      sv = "Inte heller PIN och USB-minne tillsammans: ett borttappat minne skulle stoppa ett undersökningsrum."
    }
    references = [
      "Windows policy \"Require additional authentication at startup\"",
    ]
  }

  setting "registry_value" "startup-from-network" {
    when     = input.startup == "network"
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "OSManageNKP"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "On its wired network the client fetches its key from the hospital's WDS server and starts unattended; a stolen one does not."
      sv = "På sitt trådbundna nät hämtar klienten nyckeln från sjukhusets WDS-server och startar obevakad; en stulen gör det inte."
    }
    references = [
      "Windows policy \"Allow network unlock at startup\"",
    ]
  }

  setting "registry_value" "recovery" {
    when     = local.decided && input.recovery_in_directory
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "OSRecovery"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "The hospital says how a disk is recovered, so that a broken main board does not cost the patient data of the day."
      sv = "Sjukhuset bestämmer hur en disk återställs, så att ett trasigt moderkort inte kostar dagens patientdata."
    }
    references = [
      "Windows policy \"Choose how BitLocker-protected operating system drives can be recovered\"",
    ]
  }

  setting "registry_value" "recovery-password" {
    when     = local.decided && input.recovery_in_directory
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "OSRecoveryPassword"
    type     = "dword"
    value    = 2
    severity = "medium"
    rationale = {
      en = "A recovery password of 48 digits may be made: it can be read out on the telephone at night."
      sv = "Ett återställningslösenord på 48 siffror får skapas: det kan läsas upp i telefon på natten."
    }
    references = [
      "Windows policy \"Choose how BitLocker-protected operating system drives can be recovered\"",
    ]
  }

  setting "registry_value" "recovery-key" {
    when     = local.decided && input.recovery_in_directory
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "OSRecoveryKey"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "No recovery key as a file: it tends to lie on the same stick as the exports."
      sv = "Ingen återställningsnyckel som fil: den brukar hamna på samma USB-minne som exporterna."
    }
    references = [
      "Windows policy \"Choose how BitLocker-protected operating system drives can be recovered\"",
    ]
  }

  setting "registry_value" "recovery-saved" {
    when     = local.decided && input.recovery_in_directory
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "OSActiveDirectoryBackup"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "The password is kept in the directory."
      sv = "Återställningslösenordet förvaras i katalogen, där det finns kvar när klienten inte gör det."
    }
    references = [
      "Windows policy \"Choose how BitLocker-protected operating system drives can be recovered\"",
    ]
  }

  setting "registry_value" "recovery-what" {
    when     = local.decided && input.recovery_in_directory
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "OSActiveDirectoryInfoToStore"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "The password and the key package, with which a damaged disk can still be read."
      sv = "I katalogen förvaras både lösenordet och nyckelpaketet, med vilket även en skadad disk kan läsas."
    }
    references = [
      "Windows policy \"Choose how BitLocker-protected operating system drives can be recovered\"",
    ]
  }

  setting "registry_value" "recovery-first" {
    when     = local.decided && input.recovery_in_directory
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "OSRequireActiveDirectoryBackup"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "Encryption begins only when that has succeeded; outside the domain's reach it does not begin."
      sv = "Krypteringen börjar först när nyckeln har lagrats i katalogen; utom räckhåll för domänen börjar den inte."
    }
    references = [
      "Windows policy \"Choose how BitLocker-protected operating system drives can be recovered\"",
    ]
  }

  setting "registry_value" "recovery-not-by-users" {
    when     = local.decided && input.recovery_in_directory
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE"
    name     = "OSHideRecoveryPage"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Users are not asked where to put it: on a shared client that would be the wrong person's home folder."
      sv = "Användare får inte frågan var det ska läggas: på en delad klient vore det fel persons hemmapp."
    }
    references = [
      "Windows policy \"Choose how BitLocker-protected operating system drives can be recovered\"",
    ]
  }
}
