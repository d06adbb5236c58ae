# A client that is a guest: what its manufacturer must have agreed to, what the host must give, and what may be passed through from the seat.
# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "virtual-client" {
  version = "1.0.0"
  method  = "virtual-client"
  title = {
    en = "Virtual client"
    sv = "Virtuell klient"
  }
  summary = {
    en = "A virtual client is validated and risk-managed like a physical one, and needs more: the manufacturer's consent, resources that do not shrink when others log on, pictures that bandwidth does not spoil, and devices at the seat that reach the guest. Consent and the smallest resources are compared with what the image states; each device that is passed through must be named as tried. The channels of Windows' own remote sessions (Hyper-V, remote desktop) are opened for declared devices and closed for all others. VMware's and Citrix's channels are set by their own policies, which this module does not write: it can only ask that somebody has tried them."
    sv = "En virtuell klient valideras och riskhanteras som en fysisk, och behöver mer: tillverkarens medgivande, resurser som inte krymper när andra loggar in, bilder som bandbredden inte förstör, och enheter på arbetsplatsen som når gästen. Medgivande och minsta resurser jämförs med det avbilden anger; varje enhet som leds vidare ska nämnas som provad. Kanalerna i Windows egna fjärrsessioner (Hyper-V, fjärrskrivbord) öppnas för angivna enheter och stängs för alla andra. VMwares och Citrix kanaler styrs av deras egna policyer, som modulen inte skriver: den kan bara kräva att någon har provat dem."
  }
  breaks = [
    {
      en = "Anything that is plugged in at the seat and that nobody declared: sticks, cameras, dictation devices, label printers."
      sv = "Allt som ansluts på arbetsplatsen och som ingen har angett: USB-minnen, kameror, diktafoner, etikettskrivare."
    },
    {
      en = "Copying text between the seat's own computer and the guest, where the clipboard is not declared."
      sv = "Kopiering av text mellan arbetsplatsens egen dator och gästen, där urklipp inte är angivet."
    },
    {
      en = "Bandwidth: full colour in remote sessions needs more of it than the default, and a poor line shows it as delay."
      sv = "Bandbredd: full färg i fjärrsessioner behöver mer av den än standard, och en dålig förbindelse visar det som fördröjning."
    },
  ]
  severity_source = {
    en = "The project's own judgement: a device that carries patient data out is medium, a picture that misleads is high."
    sv = "Projektets egen bedömning: en enhet som för ut patientdata är medel, en bild som vilseleder är högt."
  }
  builds = ">= 14393"
  references = [
    "NIST SP 800-53 SC-7, AC-20, CM-7",
    "Microsoft Learn, Policy CSP - RemoteDesktopServices",
  ]
  capabilities = [
    "SAHD",
    "NAUT",
    "CONN",
  ]

  input "platform" {
    type = string
    description = {
      en = "vmware, citrix or hyper-v."
      sv = "vmware, citrix eller hyper-v."
    }
    validation {
      condition = contains(["vmware", "citrix", "hyper-v"], input.platform)
      error_message = {
        en = "Write vmware, citrix or hyper-v."
        sv = "Skriv vmware, citrix eller hyper-v."
      }
    }
    validation {
      condition = length([for v in needs.virtual : v if v.consent != null && !v.consent]) == 0
      error_message = {
        en = "A product's manufacturer does not agree to its running on a virtual client. Take the product out, use a physical client, or let somebody take the manufacturer's responsibility."
        sv = "En produkts tillverkare medger inte att den körs på en virtuell klient. Ta bort produkten, använd en fysisk klient, eller låt någon överta tillverkarens ansvar."
      }
    }
    validation {
      condition = length([for v in needs.virtual : v if length(v.platforms) > 0 && !contains(v.platforms, input.platform)]) == 0
      error_message = {
        en = "A product's manufacturer names other platforms than this one."
        sv = "En produkts tillverkare anger andra plattformar än denna."
      }
    }
  }

  input "consent" {
    type = map(object({
      document = string
      by       = string
    }))
    default = {}
    description = {
      en = "For each product the manufacturer's consent to running virtually: the document, and who of the hospital has read it."
      sv = "För varje produkt tillverkarens medgivande till virtuell drift: dokumentet, och vem på sjukhuset som har läst det."
    }
    validation {
      condition = length([for name in keys(products) : name if !contains(keys(input.consent), name)]) == 0
      error_message = {
        en = "Name the document with the manufacturer's consent for every product of the image: consent = { \"example-viewer\" = { document = \"...\", by = \"...\" } }."
        sv = "Ange dokumentet med tillverkarens medgivande för varje produkt i avbilden: consent = { \"example-viewer\" = { document = \"...\", by = \"...\" } }."
      }
    }
  }

  input "resources" {
    type = object({
      memory_mb  = number
      processors = number
      disk_gb    = number
    })
    description = {
      en = "What the host reserves for each guest, also when all are logged on. The image cannot see it; somebody states it."
      sv = "Vad värden reserverar för varje gäst, även när alla är inloggade. Avbilden kan inte se det; någon anger det."
    }
    validation {
      condition = input.resources.memory_mb >= 4096 && input.resources.processors >= 2 && input.resources.disk_gb >= 60
      error_message = {
        en = "Windows 10 with a medical product needs 4096 MB, 2 processors and 60 GB at least."
        sv = "Windows 10 med en medicinteknisk produkt behöver minst 4096 MB, 2 processorer och 60 GB."
      }
    }
    validation {
      condition = length([for v in needs.virtual : v if(v.memory_mb != null && try(v.memory_mb, 0) > input.resources.memory_mb) || (v.processors != null && try(v.processors, 0) > input.resources.processors) || (v.disk_gb != null && try(v.disk_gb, 0) > input.resources.disk_gb)]) == 0
      error_message = {
        en = "A product needs more memory, processors or disk than the host reserves."
        sv = "En produkt behöver mer minne, fler processorer eller större disk än värden reserverar."
      }
    }
  }

  input "redirect" {
    type    = list(string)
    default = []
    description = {
      en = "What is passed through beside what products declare: smart-card-reader, usb, camera, microphone, printer, serial, drive, clipboard."
      sv = "Vad som leds vidare utöver det produkter anger: smart-card-reader, usb, camera, microphone, printer, serial, drive, clipboard."
    }
    validation {
      condition = length(setsubtract(input.redirect, ["smart-card-reader", "usb", "camera", "microphone", "printer", "serial", "drive", "clipboard"])) == 0
      error_message = {
        en = "Write smart-card-reader, usb, camera, microphone, printer, serial, drive or clipboard."
        sv = "Skriv smart-card-reader, usb, camera, microphone, printer, serial, drive eller clipboard."
      }
    }
  }

  input "tried" {
    type    = list(string)
    default = []
    description = {
      en = "The names of the devices, as the products declare them, that have been tried on this platform with this product: one by one, since platforms differ."
      sv = "Namnen på de enheter, så som produkterna anger dem, som har provats på plattformen med produkten: en och en, eftersom plattformar skiljer sig åt."
    }
    validation {
      condition = length([for d in needs.redirected_devices : d if !contains(input.tried, d.name)]) == 0
      error_message = {
        en = "A product declares a device that is passed through, and nobody says that it has been tried. Try each one on this platform, and write its name in tried."
        sv = "En produkt anger en enhet som leds vidare, och ingen säger att den har provats. Prova var och en på plattformen, och skriv dess namn i tried."
      }
    }
  }

  input "full_colour" {
    type    = bool
    default = true
    description = {
      en = "Full colour resolution in remote sessions: without it, thin red and blue lines blur, and with them what is marked in a picture."
      sv = "Full färgupplösning i fjärrsessioner: utan den blir tunna röda och blå linjer suddiga, och därmed det som är markerat i en bild."
    }
  }

  input "host_time" {
    type    = bool
    default = false
    description = {
      en = "Take the time from the host. One source only: a guest that asks both the host and a time server jumps between them."
      sv = "Ta tiden från värden. Bara en källa: en gäst som frågar både värden och en tidsserver hoppar mellan dem."
    }
  }

  locals {
    passed = distinct(concat(input.redirect, [for d in needs.redirected_devices : d.kind if d.kind != null]))
    agents = {
      vmware    = ["VMTools"]
      citrix    = ["BrokerAgent"]
      "hyper-v" = ["vmicheartbeat", "vmicshutdown"]
    }
  }

  setting "registry_value" "drives" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fDisableCdm"
    type     = "dword"
    value    = contains(local.passed, "drive") ? 0 : 1
    severity = "high"
    rationale = {
      en = "Drives of the seat's own computer carry patient data out and foreign programs in."
      sv = "Enheter på arbetsplatsens egen dator bär ut patientdata och in främmande program."
    }
    references = [
      "Windows policy \"Do not allow drive redirection\"",
      "DISA STIG for Windows 10: V-220849, CCI-001090",
    ]
  }

  setting "registry_value" "clipboard" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fDisableClip"
    type     = "dword"
    value    = contains(local.passed, "clipboard") ? 0 : 1
    severity = "medium"
    rationale = {
      en = "The clipboard carries text and pictures from the record into any other program."
      sv = "Urklipp bär text och bilder från journalen till vilket annat program som helst."
    }
    references = [
      "Windows policy \"Do not allow Clipboard redirection\"",
    ]
  }

  setting "registry_value" "usb" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fDisablePNPRedir"
    type     = "dword"
    value    = contains(local.passed, "usb") ? 0 : 1
    severity = "medium"
    rationale = {
      en = "USB devices at the seat: only where a product needs one, and after it has been tried."
      sv = "USB-enheter på arbetsplatsen: bara där en produkt behöver en, och efter att den har provats."
    }
    references = [
      "Windows policy \"Do not allow supported Plug and Play device redirection\"",
    ]
  }

  setting "registry_value" "serial" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fDisableCcm"
    type     = "dword"
    value    = contains(local.passed, "serial") ? 0 : 1
    severity = "low"
    rationale = {
      en = "Serial ports at the seat: old instruments and modems."
      sv = "Serieportar på arbetsplatsen: äldre instrument och modem."
    }
    references = [
      "Windows policy \"Do not allow COM port redirection\"",
    ]
  }

  setting "registry_value" "printers" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fDisableCpm"
    type     = "dword"
    value    = contains(local.passed, "printer") ? 0 : 1
    severity = "low"
    rationale = {
      en = "Printers at the seat: a report could come out in another room, or at home."
      sv = "Skrivare på arbetsplatsen: ett svar kan komma ut i ett annat rum, eller hemma."
    }
    references = [
      "Windows policy \"Do not allow client printer redirection\"",
    ]
  }

  setting "registry_value" "microphone" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fDisableAudioCapture"
    type     = "dword"
    value    = contains(local.passed, "microphone") ? 0 : 1
    severity = "low"
    rationale = {
      en = "The seat's microphone hears the room. It is opened for dictation that a product declares."
      sv = "Arbetsplatsens mikrofon hör vad som sägs i rummet. Den öppnas för diktering som en produkt anger."
    }
    references = [
      "Windows policy \"Allow audio recording redirection\"",
    ]
  }

  setting "registry_value" "camera" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fDisableCameraRedir"
    type     = "dword"
    value    = contains(local.passed, "camera") ? 0 : 1
    builds   = ">= 17763"
    severity = "medium"
    rationale = {
      en = "The seat's camera sees the room. It is opened for documentation that a product declares."
      sv = "Arbetsplatsens kamera ser rummet. Den öppnas för dokumentation som en produkt anger."
    }
    references = [
      "Windows policy \"Do not allow video capture redirection\"",
    ]
  }

  setting "registry_value" "smart-card" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fEnableSmartCard"
    type     = "dword"
    value    = contains(local.passed, "smart-card-reader") ? 1 : 0
    severity = "medium"
    rationale = {
      en = "The reader at the seat is needed for log-on and signing in the guest, and for nothing else."
      sv = "Kortläsaren på arbetsplatsen behövs för inloggning och signering i gästen, och inte till något annat."
    }
    references = [
      "Windows policy \"Do not allow smart card device redirection\"",
    ]
  }

  setting "registry_value" "full-colour" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "AVC444ModePreferred"
    type     = "dword"
    value    = 1
    when     = input.full_colour
    severity = "high"
    rationale = {
      en = "Colours at half resolution are fine for text and wrong for pictures that somebody judges."
      sv = "Färger i halv upplösning duger för text men är fel för bilder som någon bedömer."
    }
    references = [
      "Windows policy \"Prioritize H.264/AVC 444 graphics mode for Remote Desktop Connections\"",
    ]
  }

  setting "registry_value" "hardware-graphics" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "bEnumerateHWBeforeSW"
    type     = "dword"
    value    = 1
    when     = length([for v in needs.virtual : v if v.gpu != null && try(v.gpu, false)]) > 0
    severity = "low"
    rationale = {
      en = "A graphics card that the host lends is used, not only the processor."
      sv = "Fjärrsessionen ritas av det grafikkort som värden lånar ut, inte bara av processorn."
    }
    references = [
      "Windows policy \"Use hardware graphics adapters for all Remote Desktop Services sessions\"",
    ]
  }

  setting "registry_value" "host-time" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\W32Time\\TimeProviders\\VMICTimeProvider"
    name     = "Enabled"
    type     = "dword"
    value    = input.host_time ? 1 : 0
    when     = input.platform == "hyper-v"
    severity = "medium"
    rationale = {
      en = "One source of time. DICOM stamps and tickets fail when the clock jumps."
      sv = "En enda tidskälla. När klockan hoppar blir tidsstämplar i DICOM fel och Kerberosbiljetter slutar gälla."
    }
    references = [
      "Microsoft Learn, \"Windows Time service tools and settings\"",
    ]
  }

  setting "power_setting" "no-sleep" {
    power    = "sleep-after"
    mains    = 0
    battery  = 0
    severity = "medium"
    rationale = {
      en = "A guest that sleeps is gone for its user; the host saves power, not the guest."
      sv = "En gäst som sover är borta för sin användare; värden sparar ström, inte gästen."
    }
    references = [
      "Windows policy \"Specify the system sleep timeout (plugged in)\"",
    ]
  }

  setting "service" "agent" {
    for_each = local.agents[input.platform]
    name     = each.value
    start    = each.value == "VMTools" || each.value == "BrokerAgent" ? "automatic" : "manual"
    optional = true
    severity = "medium"
    rationale = {
      en = "The platform's agent in the guest reports its state and passes shutdown on. It is installed with the base or on the client; an image without it is no deviation, but shows as not applicable."
      sv = "Plattformens agent i gästen rapporterar dess tillstånd och förmedlar avstängning. Den installeras med basen eller på klienten; en avbild utan den är ingen avvikelse men visas som ej tillämplig."
    }
    references = [
      "NIST SP 800-53 CM-7",
    ]
  }
}
