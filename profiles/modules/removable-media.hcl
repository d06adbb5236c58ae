# What comes in through a port of the computer: programs that start by themselves, storage, devices, and buses that read memory.
# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "removable-media" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Removable media, USB and DMA"
    sv = "Flyttbara medier, USB och DMA"
  }
  summary = {
    en = "Nothing starts by itself from a disc or stick, and nothing is started from one by hand. Buses that read the computer's memory past the processor are closed. A hospital may go further: storage read-only or not at all, and on builds from 19044 on only those USB devices that the image's products declare, by manufacturer and product number, beside keyboards, mice and card readers."
    sv = "Ingenting startar av sig självt från en skiva eller ett USB-minne, och ingenting går att starta därifrån för hand. Anslutningar som läser datorns minne förbi processorn (DMA) är stängda. Ett sjukhus kan gå längre: lagring endast för läsning eller inte alls, och från bygge 19044 bara de USB-enheter som avbildens produkter anger, med tillverkar- och produktnummer, utöver tangentbord, möss och kortläsare."
  }
  breaks = [
    {
      en = "Frame grabbers and cameras on FireWire (the closed class is that of SBP-2 storage; other FireWire devices go on working) and anything on Thunderbolt."
      sv = "Lagring på FireWire (SBP-2), och allt på Thunderbolt. Bildinsamlingskort och kameror på FireWire fungerar, om de inte använder SBP-2."
    },
    {
      en = "Exports to a stick, and updates that a service engineer starts from one, where storage is restricted."
      sv = "Export till ett USB-minne, och uppdateringar som en servicetekniker startar från ett sådant, där lagring är begränsad."
    },
    {
      en = "A dongle or camera that nobody declared, where only declared USB devices are let in; also the same device with another product number after a repair."
      sv = "En hårdvarunyckel (dongel) eller kamera som ingen har angett, där bara angivna USB-enheter släpps in; även samma enhet med ett annat produktnummer efter en reparation."
    },
  ]
  severity_source = {
    en = "The project's own judgement: what runs foreign code or reads memory is high, what only moves data is medium."
    sv = "Projektets egen bedömning: det som kör främmande kod eller läser minnet är högt, det som bara flyttar data är medel."
  }
  builds = ">= 14393"
  references = [
    "NIST SP 800-53 MP-7, CM-7, SC-41",
  ]
  capabilities = [
    "MLDP",
    "SAHD",
    "NAUT",
  ]

  input "storage" {
    type    = string
    default = "no-execute"
    description = {
      en = "Storage on USB, and discs: \"allow\", \"no-execute\" (nothing is started from it), \"read-only\" or \"deny\"."
      sv = "Lagring på USB, och skivor: \"allow\" (tillåt), \"no-execute\" (inget startas därifrån), \"read-only\" (endast läsning) eller \"deny\" (neka)."
    }
    validation {
      condition = contains(["allow", "no-execute", "read-only", "deny"], input.storage)
      error_message = {
        en = "Write allow, no-execute, read-only or deny."
        sv = "Skriv allow, no-execute, read-only eller deny."
      }
    }
    validation {
      condition = !contains(["read-only", "deny"], input.storage) || length([for u in needs.usb : u if u.kind == "storage"]) == 0
      error_message = {
        en = "A product needs USB storage, and the image closes it. Windows cannot tell one stick from another here: write no-execute, and let only the declared devices in with usb = \"listed\" on build 19044."
        sv = "En produkt behöver USB-lagring, och avbilden stänger den. Windows kan inte skilja ett USB-minne från ett annat här: skriv no-execute, och släpp bara in de angivna enheterna med usb = \"listed\" på bygge 19044."
      }
    }
  }

  input "phones" {
    type    = bool
    default = false
    description = {
      en = "Whether files may be written to phones, cameras and players that are connected."
      sv = "Om filer får skrivas till telefoner, kameror och spelare som ansluts."
    }
  }

  input "usb" {
    type    = string
    default = "any"
    description = {
      en = "USB devices: \"any\", or \"listed\" for those that products declare, those below, and keyboards, mice, hubs and card readers."
      sv = "USB-enheter: \"any\" (alla), eller \"listed\" för dem som produkter anger, dem i usb_devices, samt tangentbord, möss, hubbar och kortläsare."
    }
    validation {
      condition = contains(["any", "listed"], input.usb)
      error_message = {
        en = "Write any or listed."
        sv = "Skriv any eller listed."
      }
    }
    validation {
      condition = input.usb == "any" || base.build_number == 0 || base.build_number >= 19044
      error_message = {
        en = "A list of USB devices needs build 19044: before, Windows lets a denial of all removable devices beat every allowance. Use the input storage on older builds."
        sv = "En lista över USB-enheter kräver bygge 19044: tidigare låter Windows ett nej till alla flyttbara enheter gå före varje ja. Använd indata storage på äldre byggen."
      }
    }
    validation {
      condition = input.usb == "any" || length([for u in needs.usb : u if u.pid == null && u.instance == null]) == 0
      error_message = {
        en = "A product declares a USB device without its product number (pid), and Windows knows devices by both numbers only. Ask the manufacturer for it."
        sv = "En produkt anger en USB-enhet utan produktnummer (pid), och Windows känner enheter bara med båda numren. Fråga tillverkaren efter det."
      }
    }
  }

  input "usb_devices" {
    type    = list(string)
    default = []
    description = {
      en = "Further hardware ids, such as \"USB\\\\VID_0BDA&PID_0165\". A stick needs the id of its disk too, which the device manager shows (\"USBSTOR\\\\...\")."
      sv = "Ytterligare maskinvaru-id, som \"USB\\\\VID_0BDA&PID_0165\". Ett USB-minne behöver även id för sin disk, som Enhetshanteraren visar (\"USBSTOR\\\\...\")."
    }
  }

  input "allow_thunderbolt" {
    type    = bool
    default = false
    description = {
      en = "Leave Thunderbolt open on builds before 19044, for a product that needs it."
      sv = "Lämna Thunderbolt öppet på byggen före 19044, för en produkt som behöver det."
    }
  }

  input "allow_sbp2" {
    type    = bool
    default = false
    description = {
      en = "Leave storage on FireWire (SBP-2) open, for a product that needs it."
      sv = "Lämna lagring på FireWire (SBP-2) öppen, för en produkt som behöver den."
    }
  }

  locals {
    denied = {
      allow        = null
      "no-execute" = ["execute"]
      "read-only"  = ["write", "execute"]
      deny         = ["read", "write", "execute"]
    }
    listed_ids       = distinct(concat([for u in needs.usb : upper("USB\\VID_${u.vid}&PID_${u.pid}") if u.vid != null && u.pid != null && u.instance == null], input.usb_devices))
    listed_instances = distinct([for u in needs.usb : u.instance if u.instance != null])
  }

  setting "registry_value" "no-autoplay" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoDriveTypeAutoRun"
    type     = "dword"
    value    = 255
    severity = "high"
    rationale = {
      en = "What lies on a stick must not start when the stick is connected; 255 is every sort of drive."
      sv = "Det som ligger på ett USB-minne ska inte starta när minnet ansluts; 255 är alla sorters enheter."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn off Autoplay\"",
      "DISA STIG for Windows 10: V-220829, CCI-001764",
    ]
  }

  setting "registry_value" "no-autorun" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoAutorun"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "Commands in a file autorun.inf are not run."
      sv = "Kommandon i filen autorun.inf på ett medium körs inte."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Set the default behavior for AutoRun\"",
      "DISA STIG for Windows 10: V-220828, CCI-001764",
    ]
  }

  setting "registry_value" "no-autoplay-for-devices" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Explorer"
    name     = "NoAutoplayfornonVolume"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Cameras and phones start nothing either."
      sv = "Kameror och telefoner startar inte heller något."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Disallow Autoplay for non-volume devices\"",
      "DISA STIG for Windows 10: V-220827, CCI-001764",
    ]
  }

  setting "registry_value" "dma-only-with-remapping" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Kernel DMA Protection"
    name     = "DeviceEnumerationPolicy"
    type     = "dword"
    value    = 0
    builds   = ">= 17763"
    severity = "high"
    rationale = {
      en = "An external device that reads memory at will is started only where the hardware keeps it to its own part."
      sv = "En yttre enhet som fritt läser minnet startas bara där hårdvaran håller den till sin egen del."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1809 and 21H2",
      "Windows policy \"Enumeration policy for external devices incompatible with Kernel DMA Protection\"",
    ]
  }

  setting "device_installation" "no-sbp2" {
    when         = !input.allow_sbp2
    deny_classes = ["{d48179be-ec20-11d1-b6b8-00c04fa372a7}"]
    retroactive  = true
    severity     = "medium"
    rationale = {
      en = "Storage on FireWire reads the computer's memory without asking the processor, keys and patient data with it. Devices that are there already stop too."
      sv = "Lagring på FireWire läser datorns minne utan att fråga processorn, och därmed nycklar och patientdata. Även enheter som redan finns slutar fungera."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "Windows policy \"Prevent installation of devices using drivers that match these device setup classes\"",
    ]
  }

  setting "device_installation" "no-thunderbolt" {
    when        = !input.allow_thunderbolt
    builds      = "< 19000"
    deny_ids    = ["PCI\\CC_0C0A"]
    retroactive = true
    severity    = "medium"
    rationale = {
      en = "Thunderbolt reads the computer's memory too. From 21H2 on the baseline leaves that to the hardware's own protection."
      sv = "Även Thunderbolt läser datorns minne. Från 21H2 överlåter baslinjen det åt hårdvarans eget skydd."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "Windows policy \"Prevent installation of devices that match any of these device IDs\"",
    ]
  }

  setting "removable_storage" "sticks" {
    when     = input.storage != "allow"
    class    = "removable-disk"
    deny     = coalesce(local.denied[input.storage], [])
    severity = "medium"
    rationale = {
      en = "Sticks and disks on USB carry malware in and patient data out. What is denied is the input's to say."
      sv = "Minnen och diskar på USB för in skadlig kod och för ut patientdata. Vad som nekas anges med indata."
    }
    references = [
      "Windows policy \"Removable Disks: Deny execute access\"",
      "NIST SP 800-53 MP-7",
    ]
  }

  setting "removable_storage" "discs" {
    when     = input.storage != "allow"
    class    = "cd-dvd"
    deny     = input.storage == "read-only" ? ["write", "execute"] : coalesce(local.denied[input.storage], [])
    severity = "medium"
    rationale = {
      en = "Discs with images from other hospitals may be read, but nothing on them is started."
      sv = "Skivor med bilder från andra sjukhus får läsas, men inget på dem startas."
    }
    references = [
      "Windows policy \"CD and DVD: Deny execute access\"",
      "NIST SP 800-53 MP-7",
    ]
  }

  setting "removable_storage" "phones" {
    when     = !input.phones
    class    = "wpd"
    deny     = input.storage == "deny" ? ["read", "write"] : ["write"]
    severity = "medium"
    rationale = {
      en = "A phone on a free port is a store that nobody counts."
      sv = "En telefon i en ledig port är också ett lagringsmedium, fast ingen tänker på den så."
    }
    references = [
      "Windows policy \"WPD Devices: Deny write access\"",
      "NIST SP 800-53 MP-7",
    ]
  }

  setting "device_installation" "only-listed-usb" {
    when            = input.usb == "listed"
    deny_removable  = true
    layered         = true
    allow_ids       = length(local.listed_ids) > 0 ? local.listed_ids : null
    allow_instances = length(local.listed_instances) > 0 ? local.listed_instances : null
    allow_classes   = ["{36fc9e60-c465-11cf-8056-444553540000}", "{4d36e96b-e325-11ce-bfc1-08002be10318}", "{4d36e96f-e325-11ce-bfc1-08002be10318}", "{50dd5230-ba8a-11d1-bf5d-0000f805f530}", "{745a17a0-74d3-11d0-b6fe-00a0c90f57da}"]
    severity        = "medium"
    rationale = {
      en = "Only what a product declares can be connected, by the numbers of its manufacturer, beside hubs, keyboards, mice, card readers and their like. An allowance of something narrower beats the denial of all that can be removed."
      sv = "Bara det en produkt anger kan anslutas, med tillverkarens nummer, utöver hubbar, tangentbord, möss, kortläsare och liknande. Ett ja till något smalare går före nejet till allt flyttbart."
    }
    references = [
      "Windows policy \"Prevent installation of removable devices\"",
      "Windows policy \"Apply layered order of evaluation for Allow and Prevent device installation policies across all device match criteria\"",
    ]
  }

  setting "registry_exclusive" "no-other-devices" {
    for_each = input.usb == "listed" ? ["AllowDeviceClasses", "AllowDeviceIDs", "AllowInstanceIDs"] : []
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeviceInstall\\Restrictions\\${each.value}"
    severity = "medium"
    rationale = {
      en = "Windows takes every entry of these lists, whatever its number. One that no setting has lets in a device that no product declares."
      sv = "Windows läser varje post i listorna, oavsett nummer. En post som ingen inställning har släpper in en enhet som ingen produkt anger."
    }
    references = [
      "NIST SP 800-53 CM-6, MP-7",
    ]
  }
}
