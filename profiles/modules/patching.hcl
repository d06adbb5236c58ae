# Where updates come from, when they are installed, and from which state of the base an image may be built at all.
module "patching" {
  version = "1.0.0"
  method  = "patching"
  title = {
    en = "Updates"
    sv = "Uppdateringar"
  }
  summary = {
    en = "One of four regimes, never two. frozen: the client takes no updates until a day that somebody has to set. serviced-base: the client takes none either, and updates come with a new image, built on a base that has them. wsus: an update server decides. validated-ring: the server's group of clients whose product has been tried with the updates. For each the module can demand how new the base has to be, and the client never restarts while somebody works at it."
    sv = "En av fyra ordningar, aldrig två. frozen: klienten tar inga uppdateringar förrän en dag som någon måste ange. serviced-base: klienten tar inte heller några, och uppdateringarna kommer med en ny avbild, byggd på en bas som har dem. wsus: en uppdateringsserver bestämmer. validated-ring: serverns grupp av klienter vars produkt har provats med uppdateringarna. För alla kan modulen kräva hur ny basen ska vara, och klienten startar aldrig om medan någon arbetar vid den."
  }
  breaks = [
    {
      en = "Remote DCOM with old peers, once a base has the updates of March 2023 or later: the hardening can no longer be switched off."
      sv = "DCOM över nätet mot äldre motparter, när basen har uppdateringarna från mars 2023 eller senare: härdningen går inte längre att stänga av."
    },
    {
      en = "A frozen client keeps every hole that becomes known. It wants isolation and allow-listing beside it."
      sv = "En fryst klient behåller varje sårbarhet som blir känd. Den behöver dessutom isolering och programkontroll."
    },
    {
      en = "Restarts that wait while somebody is logged on: a client that is never logged off stays half updated until its window."
      sv = "Omstarter väntar så länge någon är inloggad: en klient där ingen loggar ut förblir halvt uppdaterad till sitt underhållsfönster."
    },
  ]
  severity_source = {
    en = "The project's own judgement: a client that takes updates from anywhere is critical, one that restarts in a procedure high."
    sv = "Projektets egen bedömning: en klient som tar uppdateringar varifrån som helst är kritiskt, en som startar om mitt i ett ingrepp högt."
  }
  builds = ">= 14393"
  references = [
    "NIST SP 800-53 SI-2, CM-3",
    "IEC 81001-5-1 (security update management)",
  ]
  capabilities = [
    "CSUP",
    "RDMP",
    "SAHD",
  ]

  input "regime" {
    type = string
    description = {
      en = "frozen, serviced-base, wsus or validated-ring."
      sv = "frozen, serviced-base, wsus eller validated-ring."
    }
    validation {
      condition = contains(["frozen", "serviced-base", "wsus", "validated-ring"], input.regime)
      error_message = {
        en = "Write frozen, serviced-base, wsus or validated-ring."
        sv = "Skriv frozen, serviced-base, wsus eller validated-ring."
      }
    }
    validation {
      condition = length([for u in needs.updates : u if u.regime != null && u.regime != "any" && u.regime != input.regime]) == 0
      error_message = {
        en = "A product's manufacturer states another regime of updates. Choose that one, or write an exception for what differs."
        sv = "En produkts tillverkare anger en annan ordning för uppdateringar. Välj den, eller skriv ett undantag för det som skiljer."
      }
    }
  }

  input "frozen_until" {
    type    = string
    default = ""
    description = {
      en = "With frozen: the day, YYYY-MM-DD, on which somebody decides anew. It is written into the image and its evidence; from the day after, builds and validations stop until there is a new day. The client itself goes on: put the day into the asset register too."
      sv = "Med frozen: den dag, ÅÅÅÅ-MM-DD, då någon beslutar på nytt. Den skrivs i avbilden och dess underlag; från dagen därpå stoppas byggen och valideringar tills det finns en ny dag. Klienten själv går vidare: för in dagen även i inventarieregistret."
    }
    validation {
      condition = (input.regime == "frozen") == (input.frozen_until != "")
      error_message = {
        en = "A freeze needs the day on which it ends, and no other regime has one."
        sv = "En frysning behöver den dag då den upphör, och ingen annan ordning har en sådan."
      }
    }
    validation {
      condition = input.frozen_until == "" || can(regex("^20[2-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", input.frozen_until))
      error_message = {
        en = "Write the day as YYYY-MM-DD."
        sv = "Skriv dagen som ÅÅÅÅ-MM-DD."
      }
    }
  }

  input "required_ubr" {
    type    = map(number)
    default = {}
    description = {
      en = "For each build the lowest update revision that a base must have, such as { \"17763\" = 6414, \"19044\" = 5011 }. An older base stops the plan. Which packages a base holds is not known while composing, and is not checked."
      sv = "För varje bygge den lägsta uppdateringsrevision som en bas ska ha, som { \"17763\" = 6414, \"19044\" = 5011 }. En äldre bas stoppar planen. Vilka paket en bas innehåller är inte känt när planen görs, och kontrolleras inte."
    }
    validation {
      condition = base.build_number == 0 || base.ubr >= lookup(input.required_ubr, format("%d", base.build_number), 0)
      error_message = {
        en = "The base is older than the updates that the image requires. Build on a serviced base (docs/patch-month.md), or lower the requirement."
        sv = "Basen är äldre än de uppdateringar som avbilden kräver. Bygg på en uppdaterad bas (docs/patch-month.md), eller sänk kravet."
      }
    }
    validation {
      condition = base.build_number == 0 || input.regime != "serviced-base" || contains(keys(input.required_ubr), format("%d", base.build_number))
      error_message = {
        en = "The regime serviced-base needs the lowest update revision for this base's build in required_ubr: that is how updates reach the client."
        sv = "Ordningen serviced-base kräver lägsta uppdateringsrevision för basens bygge i required_ubr: det är så uppdateringarna når klienten."
      }
    }
  }

  input "server" {
    type    = string
    default = ""
    description = {
      en = "The update server, https://name:port."
      sv = "Uppdateringsservern, https://namn:port."
    }
    validation {
      condition = input.regime != "wsus" || input.server != ""
      error_message = {
        en = "The regime wsus needs a server."
        sv = "Ordningen wsus kräver en server."
      }
    }
    validation {
      condition = !contains(["frozen", "serviced-base"], input.regime) || input.server == ""
      error_message = {
        en = "A client that takes no updates has no update server."
        sv = "En klient som inte tar uppdateringar har ingen uppdateringsserver."
      }
    }
  }

  input "server_addresses" {
    type    = list(string)
    default = []
    description = {
      en = "The addresses behind that name, for the firewall."
      sv = "Adresserna bakom det namnet, för brandväggen."
    }
  }

  input "target_group" {
    type    = string
    default = ""
    description = {
      en = "The server's group of computers that this client belongs to."
      sv = "Den grupp av datorer på servern som klienten hör till."
    }
  }

  input "defer_days" {
    type     = number
    default  = null
    nullable = true
    description = {
      en = "With validated-ring and no server: days to wait with updates from Microsoft."
      sv = "Med validated-ring utan server: dagar att vänta med uppdateringar från Microsoft."
    }
    validation {
      condition = input.regime != "validated-ring" || (input.server != "" && input.target_group != "") || (input.server == "" && input.defer_days != null)
      error_message = {
        en = "A validated ring is a server with a target group, or days to defer without a server."
        sv = "En validerad ring är en server med en grupp, eller dagar att vänta utan server."
      }
    }
  }

  input "window" {
    type = object({
      day  = number
      hour = number
    })
    default  = null
    nullable = true
    description = {
      en = "The maintenance window: day (0 every day, 1 Sunday to 7 Saturday) and hour. Without one, updates are fetched, and installing is left to people."
      sv = "Underhållsfönstret: dag (0 varje dag, 1 söndag till 7 lördag) och timme. Utan fönster hämtas uppdateringar, och installationen görs av människor."
    }
    validation {
      condition = input.window == null || !contains(["frozen", "serviced-base"], input.regime)
      error_message = {
        en = "A client that takes no updates has no window for them."
        sv = "En klient som inte tar uppdateringar har inget fönster för dem."
      }
    }
    validation {
      condition = input.window == null || length([for c in needs.continuous_operation : c if c.value]) == 0
      error_message = {
        en = "A product runs day and night and allows no restart that nobody planned. Leave the window out: people install the updates."
        sv = "En produkt är i drift dygnet runt och tillåter ingen omstart som ingen planerat. Utelämna fönstret: människor installerar uppdateringarna."
      }
    }
  }

  input "active_hours" {
    type    = list(number)
    default = [7, 19]
    description = {
      en = "The first and the last hour in which Windows does not restart by itself: 18 hours at most, 12 on build 14393."
      sv = "Första och sista timmen då Windows inte startar om av sig självt: högst 18 timmar, 12 på bygge 14393."
    }
    validation {
      condition = base.build_number != 14393 || ((input.active_hours[1] - input.active_hours[0] + 24) % 24) <= 12
      error_message = {
        en = "Build 14393 takes 12 active hours at most. Write a shorter span for this base."
        sv = "Bygge 14393 tar högst 12 aktiva timmar. Skriv ett kortare spann för den här basen."
      }
    }
  }

  input "stop_service" {
    type    = bool
    default = false
    description = {
      en = "With frozen or serviced-base: switch the update service off too, for a product that wants it stopped. Installing a single update by hand then needs it on again."
      sv = "Med frozen eller serviced-base: stäng även av uppdateringstjänsten, för en produkt som vill ha den stoppad. Att installera en enstaka uppdatering för hand kräver då att den slås på igen."
    }
    validation {
      condition = !input.stop_service || contains(["frozen", "serviced-base"], input.regime)
      error_message = {
        en = "The update server is reached by that service: leave it running."
        sv = "Uppdateringsservern nås av den tjänsten: låt den vara igång."
      }
    }
  }

  locals {
    still   = contains(["frozen", "serviced-base"], input.regime)
    managed = !local.still && input.server != ""
  }

  flow "update-server" {
    when      = local.managed
    direction = "out"
    protocol  = "tcp"
    ports     = [try(regex("^https://[^/:]+:([0-9]+)", input.server)[0], "443")]
    peers     = input.server_addresses
    reason = {
      en = "Updates and their approvals come from the hospital's own update server."
      sv = "Uppdateringar och deras godkännanden kommer från sjukhusets egen uppdateringsserver."
    }
  }

  setting "windows_update" "regime" {
    until                 = input.frozen_until
    regime                = input.regime
    server                = input.server
    target_group          = input.target_group
    defer_days            = input.defer_days
    no_internet_locations = local.still || local.managed
    exclude_drivers       = local.still ? null : true
    install               = local.still ? "" : (input.window == null ? "download" : "schedule")
    install_day           = try(input.window.day, null)
    install_hour          = try(input.window.hour, null)
    severity              = "critical"
    rationale = {
      en = "One place decides which updates the client gets, and it is not Microsoft's day of publishing: the product is tried with them first."
      sv = "En enda instans avgör vilka uppdateringar klienten får, och när. Det är inte Microsofts publiceringsdag som styr: produkten provas med dem först."
    }
    references = [
      "Windows policy \"Configure Automatic Updates\"",
      "Windows policy \"Specify intranet Microsoft update service location\"",
      "NIST SP 800-53 SI-2",
    ]
  }

  setting "windows_update" "no-restart-while-in-use" {
    no_auto_restart = true
    active_hours    = input.active_hours
    severity        = "high"
    rationale = {
      en = "A restart in the middle of a procedure is a danger to the patient. It waits until nobody is logged on, and never comes within the hours of work."
      sv = "En omstart mitt i ett ingrepp är en fara för patienten. Den väntar tills ingen är inloggad, och kommer aldrig under arbetstid."
    }
    references = [
      "Windows policy \"No auto-restart with logged on users for scheduled automatic updates installations\"",
      "Windows policy \"Turn off auto-restart for updates during active hours\"",
    ]
  }

  setting "windows_update" "no-choice-for-users" {
    no_user_access = true
    severity       = "low"
    rationale = {
      en = "Users can neither fetch updates that nobody has tried nor put off those that somebody has."
      sv = "Användare kan varken hämta uppdateringar som ingen provat eller skjuta upp dem som någon har provat."
    }
    references = [
      "Windows policy \"Remove access to use all Windows Update features\"",
    ]
  }

  setting "registry_value" "maintenance-hour" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Task Scheduler\\Maintenance"
    name     = "Activation Boundary"
    type     = "sz"
    value    = format("2000-01-01T%02d:00:00", try(input.window.hour, 2))
    severity = "low"
    rationale = {
      en = "Windows does its own maintenance, such as scans and clean-up, in the window instead of when it finds the client idle: idle may be between two patients."
      sv = "Windows sköter sitt eget underhåll, som genomsökning och städning, i fönstret i stället för när klienten verkar ledig: ledig kan vara mellan två patienter."
    }
    references = [
      "Windows policy \"Automatic Maintenance Activation Boundary\"",
    ]
  }

  setting "registry_value" "no-wake-for-maintenance" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Task Scheduler\\Maintenance"
    name     = "WakeUp"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "A client that sleeps in a patient's room is not woken at night."
      sv = "En klient som sover i ett patientrum väcks inte på natten."
    }
    references = [
      "Windows policy \"Automatic Maintenance WakeUp Policy\"",
    ]
  }

  setting "service" "update-service" {
    when     = input.stop_service
    name     = "wuauserv"
    start    = "disabled"
    stricter = "stopped"
    severity = "low"
    rationale = {
      en = "A product's manufacturer wants the service stopped, and the client takes no updates by itself."
      sv = "En produkts tillverkare vill ha tjänsten stoppad, och klienten tar inga uppdateringar på egen hand."
    }
    references = [
      "NIST SP 800-53 CM-7",
    ]
  }

  setting "file" "frozen-until" {
    when     = input.regime == "frozen"
    path     = "C:\\ProgramData\\wmclient\\updates-frozen.txt"
    content  = "Updates are frozen until ${input.frozen_until}. Uppdateringar är frysta till och med ${input.frozen_until}.\n"
    newline  = "crlf"
    severity = "medium"
    rationale = {
      en = "Whoever stands at the client can read until when it is frozen, and the evidence of the image shows the same day."
      sv = "Den som står vid klienten kan läsa hur länge den är fryst, och avbildens underlag visar samma dag."
    }
    references = [
      "NIST SP 800-53 SI-2",
    ]
  }
}
