# What protects the client against malicious code: Defender, another product, or allow-listing. It stands beside `defender-baseline` and wins over it where
# a product or the network wants something else; every such place says so.
module "protection" {
  version = "1.0.0"
  method  = "protection"
  title = {
    en = "Protection against malicious code"
    sv = "Skydd mot skadlig kod"
  }
  summary = {
    en = "The image names one of three ways: Defender, another antivirus product, or allow-listing alone where a manufacturer forbids antivirus. With Defender, the exclusions that products state are carried over, each with its document, and the kind refuses those that would open a drive or a folder of users. Where a product does not allow automatic repair, finds are shown and left for people. The image says where signatures come from: the hospital's update server, a share, or nowhere. Without internet nothing is asked of, or sent to, the cloud."
    sv = "Avbilden anger ett av tre sätt: Defender, ett annat antivirusprogram, eller enbart tillåtelselistning där en tillverkare förbjuder antivirus. Med Defender förs de undantag över som produkterna anger, vart och ett med sitt dokument, och de som skulle öppna en disk eller en användares mapp avvisas. Där en produkt inte tillåter automatisk sanering visas fynd och lämnas åt människor. Avbilden anger varifrån signaturer kommer: sjukhusets uppdateringsserver, en delning eller ingenstans. Utan internet frågas inget av molnet, och inget skickas dit."
  }
  breaks = [
    {
      en = "Without antivirus, a USB stick and a macro are stopped by AppLocker alone: use allow-listing together with mt-only in its enforcing mode."
      sv = "Utan antivirus stoppas program på ett USB-minne och makron bara av AppLocker: använd tillåtelselistning tillsammans med mt-only i dess upprätthållande läge."
    },
    {
      en = "The policy that turns Defender off is heeded by the Defender of old media only. Since platform 4.18.2007.8 (August 2020), and so on 19044 from the start, it is ignored: there another product must register with Windows, and real-time protection can be turned off only as long as tamper protection is off. Neither can be seen in an image."
      sv = "Policyn som stänger av Defender följs bara av Defender på gamla medier. Sedan plattform 4.18.2007.8 (augusti 2020), och därmed på 19044 från början, ignoreras den: där måste en annan produkt registrera sig hos Windows, och realtidsskyddet kan bara stängas av så länge manipulationsskyddet är av. Inget av detta syns i en avbild."
    },
    {
      en = "With frozen signatures Defender finds what was known on the day of the image, and reports itself as out of date after a week."
      sv = "Med frysta signaturer hittar Defender det som var känt den dag avbilden gjordes, och anmäler sig som inaktuell efter en vecka."
    },
    {
      en = "Finds that are not repaired by themselves stay until somebody looks: forward Defender's events with monitoring."
      sv = "Fynd som inte saneras av sig själva ligger kvar tills någon tittar: vidarebefordra Defenders händelser med monitoring."
    },
  ]
  severity_source = {
    en = "The project's own judgement: critical where nothing else stops malicious code, high where data could leave the hospital or a hiding place opens, medium where protection ages."
    sv = "Projektets egen bedömning: kritisk där inget annat stoppar skadlig kod, hög där data kan lämna sjukhuset eller ett gömställe öppnas, medel där skyddet åldras."
  }
  builds = ">= 14393"
  references = [
    "NIST SP 800-53 SI-3, SI-7, CM-7",
  ]
  capabilities = [
    "MLDP",
    "SAHD",
    "CSUP",
  ]

  input "regime" {
    type    = string
    default = "defender"
    description = {
      en = "What protects the client: \"defender\", \"third-party\" (another antivirus product, installed with its own settings) or \"allow-listing\" (no antivirus; only known programs run)."
      sv = "Vad som skyddar klienten: \"defender\", \"third-party\" (ett annat antivirusprogram, installerat med egna inställningar) eller \"allow-listing\" (inget antivirus; bara kända program körs)."
    }
    validation {
      condition = contains(["defender", "third-party", "allow-listing"], input.regime)
      error_message = {
        en = "Write defender, third-party or allow-listing: one of them, as two watchers stand in each other's way."
        sv = "Skriv defender, third-party eller allow-listing: ett av dem, eftersom två antivirusprogram står i vägen för varandra."
      }
    }
  }

  input "third_party_code" {
    type     = string
    default  = null
    nullable = true
    description = {
      en = "With \"third-party\": the product code of the other product, or the name of its uninstall key, if it is already in the base. The client is then checked for it. null: it is installed later, and nothing here knows whether it was."
      sv = "Med \"third-party\": det andra programmets produktkod, eller namnet på dess avinstallationsnyckel, om det redan finns i basen. Klienten kontrolleras då för det. Inget angivet (null): det installeras senare, och ingenting här visar om det har skett."
    }
  }

  input "watch" {
    type    = string
    default = "real-time"
    description = {
      en = "With \"defender\": \"real-time\", or \"scheduled\" where a manufacturer allows scans at night only."
      sv = "Med \"defender\": \"real-time\" (realtid), eller \"scheduled\" där en tillverkare bara tillåter genomsökning nattetid."
    }
    validation {
      condition = contains(["real-time", "scheduled"], input.watch)
      error_message = {
        en = "Write real-time or scheduled."
        sv = "Skriv real-time eller scheduled."
      }
    }
  }

  input "repair" {
    type    = string
    default = "products"
    description = {
      en = "What happens with finds: \"products\" (automatic, unless a product of the image states ask or none), \"automatic\" or \"ask\"."
      sv = "Vad som händer med fynd: \"products\" (automatiskt, om inte någon produkt i avbilden anger ask eller none), \"automatic\" eller \"ask\" (fråga)."
    }
    validation {
      condition = contains(["products", "automatic", "ask"], input.repair)
      error_message = {
        en = "Write products, automatic or ask."
        sv = "Skriv products, automatic eller ask."
      }
    }
  }

  input "signatures" {
    type    = string
    default = "wsus"
    description = {
      en = "Where Defender's signatures come from: \"wsus\" (the update server that the module patching names), \"share\" or \"frozen\" (those of the base, for ever)."
      sv = "Varifrån Defenders signaturer kommer: \"wsus\" (uppdateringsservern som modulen patching anger), \"share\" (delning) eller \"frozen\" (de som finns i basen, för alltid)."
    }
    validation {
      condition = contains(["wsus", "share", "frozen"], input.signatures)
      error_message = {
        en = "Write wsus, share or frozen."
        sv = "Skriv wsus, share eller frozen."
      }
    }
    validation {
      condition = input.signatures != "share" || length(input.shares) > 0
      error_message = {
        en = "Name at least one share in shares, such as \\\\server\\share."
        sv = "Ange minst en delning i shares, till exempel \\\\server\\share."
      }
    }
  }

  input "shares" {
    type    = list(string)
    default = []
    description = {
      en = "With \"share\": the shares that hold signatures, in the order in which they are asked."
      sv = "Med \"share\": de delningar som innehåller signaturer, i den ordning de tillfrågas."
    }
  }

  input "share_peers" {
    type    = list(string)
    default = []
    description = {
      en = "With \"share\": the addresses of those servers, for the firewall."
      sv = "Med \"share\": servrarnas adresser, för brandväggen."
    }
  }

  input "cloud" {
    type    = bool
    default = false
    description = {
      en = "Whether Defender asks the manufacturer's cloud and reports to it, as the baseline wants. Never together with offline."
      sv = "Om Defender frågar tillverkarens moln och rapporterar dit, som baslinjen vill. Aldrig tillsammans med offline."
    }
  }

  locals {
    defender  = input.regime == "defender"
    watches   = input.regime == "defender" && input.watch == "real-time"
    forbidden = [for a in needs.av : a.product if a.remediation == "ask" || a.remediation == "none"]
    asks      = input.repair == "ask" || (input.repair == "products" && length(local.forbidden) > 0)
  }

  flow "signatures" {
    direction = "out"
    protocol  = "tcp"
    ports     = ["445"]
    peers     = input.share_peers
    reason = {
      en = "Defender fetches signatures from a share."
      sv = "Defender hämtar signaturer från en delning."
    }
    when = input.regime == "defender" && input.signatures == "share"
  }

  # Defender protects

  setting "defender_preference" "defender" {
    preference = "antivirus"
    value      = "on"
    when       = local.defender
    severity   = "critical"
    rationale = {
      en = "Nothing else protects the client, so no policy that was left behind may turn Defender off."
      sv = "Inget annat skyddar klienten, så ingen kvarglömd policy får stänga av Defender."
    }
    references = [
      "Windows policy \"Turn off Microsoft Defender Antivirus\"",
    ]
  }

  setting "defender_preference" "watch" {
    preference = "real_time"
    value      = "on"
    when       = local.watches
    severity   = "critical"
    rationale = {
      en = "What is opened is looked at before it can run."
      sv = "Det som öppnas granskas innan det kan köras."
    }
    references = [
      "Windows policy \"Turn off real-time protection\"",
    ]
  }

  setting "defender_preference" "watch-scheduled" {
    preference = "real_time"
    value      = "off"
    when       = local.defender && !local.watches
    severity   = "high"
    rationale = {
      en = "The manufacturer allows no watch over each access. Scans at night find what came in, hours later."
      sv = "Tillverkaren tillåter ingen bevakning av varje åtkomst. Nattliga genomsökningar hittar det som kommit in, timmar senare."
    }
    references = [
      "Windows policy \"Turn off real-time protection\"",
    ]
    override {
      over   = ["defender-baseline/real-time"]
      reason = "A product of this image is stated to work without real-time scans only."
    }
  }

  setting "defender_preference" "no-local-lists" {
    preference = "local_lists"
    value      = "off"
    when       = local.defender
    severity   = "high"
    rationale = {
      en = "Only exclusions that a manufacturer asks for and that the image names count."
      sv = "Bara undantag som en tillverkare begär och som avbilden anger gäller."
    }
    references = [
      "Windows policy \"Configure local administrator merge behavior for lists\"",
    ]
  }

  setting "defender_exclusion" "excluded" {
    for_each = { for x in needs.av_exclusions : x.key => x }
    type     = coalesce(each.value.kind, "path")
    value    = each.value.value
    reason   = "${each.value.product}: ${coalesce(each.value.reason, "no reason stated")} (${coalesce(each.value.document, "no document stated")})"
    when     = local.defender
    severity = "high"
    rationale = {
      en = "The manufacturer asks that these files be left out of scans, and the product is validated that way. Each is as narrow as stated, and malicious code that lands there is not found."
      sv = "Tillverkaren begär att dessa filer lämnas utanför genomsökning, och produkten är validerad så. Vart och ett är så snävt som angivet, och skadlig kod som hamnar där hittas inte."
    }
    references = [
      "Windows policies \"Path Exclusions\", \"Process Exclusions\" and \"Extension Exclusions\"",
    ]
  }

  # What happens with finds

  setting "defender_preference" "repair" {
    preference = "routine_action"
    value      = "on"
    when       = local.defender && !local.asks
    severity   = "medium"
    rationale = {
      en = "What is found is put into quarantine at once, from where it can be brought back."
      sv = "Det som hittas sätts i karantän genast, varifrån det kan återställas."
    }
    references = [
      "Windows policy \"Turn off routine remediation\"",
    ]
  }

  setting "defender_preference" "no-repair" {
    preference = "routine_action"
    value      = "off"
    when       = local.defender && local.asks
    severity   = "medium"
    rationale = {
      en = "A product of this image may lose a file that looks suspicious and stop in the middle of an examination: finds are reported, and people decide."
      sv = "En produkt i avbilden kan förlora en fil som ser misstänkt ut och stanna mitt i en undersökning: fynd rapporteras och människor avgör."
    }
    references = [
      "Windows policy \"Turn off routine remediation\"",
    ]
    override {
      over   = ["defender-baseline/routine-action"]
      reason = "A manufacturer does not allow automatic repair, or the image asks for none."
    }
  }

  setting "defender_preference" "quarantine" {
    for_each   = ["threats_low", "threats_moderate", "threats_high", "threats_severe"]
    preference = each.value
    value      = "quarantine"
    when       = local.defender && !local.asks
    severity   = "medium"
    rationale = {
      en = "Quarantine keeps a mistaken find: a file of the product can be brought back, a deleted one cannot."
      sv = "Karantän bevarar ett felaktigt fynd: en fil som hör till produkten kan återställas, en raderad inte."
    }
    references = [
      "Windows policy \"Specify threat alert levels at which default action should not be taken when detected\"",
    ]
  }

  # Signatures

  setting "defender_preference" "signatures-wsus" {
    preference = "signature_sources"
    value      = "InternalDefinitionUpdateServer"
    when       = local.defender && input.signatures == "wsus"
    severity   = "medium"
    rationale = {
      en = "The hospital's update server, and no other place: Microsoft's servers cannot be reached or are not asked."
      sv = "Sjukhusets uppdateringsserver och inget annat ställe: Microsofts servrar kan inte nås eller tillfrågas inte."
    }
    references = [
      "Windows policy \"Define the order of sources for downloading security intelligence updates\"",
    ]
  }

  setting "defender_preference" "signatures-share" {
    preference = "signature_sources"
    value      = "FileShares"
    when       = local.defender && input.signatures == "share"
    severity   = "medium"
    rationale = {
      en = "A share that the hospital fills, and no other place."
      sv = "En delning som sjukhuset fyller, och inget annat ställe."
    }
    references = [
      "Windows policy \"Define the order of sources for downloading security intelligence updates\"",
    ]
  }

  setting "defender_preference" "signature-shares" {
    preference = "signature_shares"
    value      = join("|", input.shares)
    when       = local.defender && input.signatures == "share"
    severity   = "medium"
    rationale = {
      en = "Where those signatures lie."
      sv = "De delningar där signaturerna ligger, i den ordning de tillfrågas."
    }
    references = [
      "Windows policy \"Define file shares for downloading security intelligence updates\"",
    ]
  }

  setting "defender_preference" "signatures-frozen" {
    preference = "signature_sources"
    value      = "InternalDefinitionUpdateServer"
    when       = local.defender && input.signatures == "frozen"
    severity   = "medium"
    rationale = {
      en = "No source answers: Defender asks an update server only, and a frozen client has none. Protection ages with the image; let the freeze end on a date."
      sv = "Ingen källa svarar: Defender frågar bara en uppdateringsserver, och en fryst klient har ingen. Skyddet åldras med avbilden; låt frysningen upphöra ett bestämt datum."
    }
    references = [
      "Windows policy \"Define the order of sources for downloading security intelligence updates\"",
    ]
  }

  setting "defender_preference" "no-signature-day" {
    preference = "signature_day"
    value      = "never"
    when       = local.defender && input.signatures == "frozen"
    severity   = "low"
    rationale = {
      en = "Nothing is looked for that nobody delivers."
      sv = "Defender ska inte söka efter signaturer som ingen levererar."
    }
    references = [
      "Windows policy \"Specify the day of the week to check for security intelligence updates\"",
    ]
    override {
      over   = ["defender-baseline/signature-day"]
      reason = "Signatures are frozen with the validated image."
    }
  }

  setting "defender_preference" "no-signatures-from-microsoft" {
    preference = "signatures_from_microsoft"
    value      = "off"
    when       = local.defender && !input.cloud
    severity   = "low"
    rationale = {
      en = "Signatures come from where the image says, also when that is old."
      sv = "Signaturer kommer därifrån avbilden anger, även när de är gamla."
    }
    references = [
      "Windows policy \"Allow security intelligence updates from Microsoft Update\"",
    ]
  }

  # Cloud

  setting "defender_preference" "no-cloud" {
    preference = "cloud"
    value      = "off"
    when       = local.defender && !input.cloud
    severity   = "medium"
    rationale = {
      en = "Nothing about this client's files is reported out of the hospital. A documented deviation from the baseline, which wants the advanced level."
      sv = "Inget om klientens filer rapporteras ut från sjukhuset. En dokumenterad avvikelse från baslinjen, som vill ha den avancerade nivån."
    }
    references = [
      "Windows policy \"Join Microsoft MAPS\"",
    ]
    override {
      over   = ["defender-baseline/cloud"]
      reason = "The client does not reach the cloud, or the hospital reports nothing to it."
    }
  }

  setting "defender_preference" "no-samples" {
    preference = "samples"
    value      = "never"
    when       = local.defender && !input.cloud
    severity   = "high"
    rationale = {
      en = "A file that looks suspicious may hold patient data: none is ever sent."
      sv = "En fil som ser misstänkt ut kan innehålla patientdata: ingen skickas någonsin."
    }
    references = [
      "Windows policy \"Send file samples when further analysis is required\"",
    ]
    override {
      over   = ["defender-baseline/samples"]
      reason = "Files of a client with patient data stay in the hospital."
    }
  }

  setting "defender_preference" "no-block-at-first-sight" {
    preference = "block_at_first_sight"
    value      = "off"
    when       = local.defender && !input.cloud
    severity   = "low"
    rationale = {
      en = "Programs would wait for an answer that cannot come."
      sv = "Program skulle vänta på ett svar som inte kan komma."
    }
    references = [
      "Windows policy \"Configure the 'Block at First Sight' feature\"",
    ]
    override {
      over   = ["defender-baseline/block-at-first-sight"]
      reason = "The question needs the cloud, which this client does not ask."
    }
  }

  setting "defender_preference" "no-signatures-from-cloud" {
    preference = "signatures_from_cloud"
    value      = "off"
    when       = local.defender && !input.cloud
    severity   = "low"
    rationale = {
      en = "Signatures that come with an answer of the cloud come past the hospital's own source."
      sv = "Signaturer som följer med ett svar från molnet kommer förbi sjukhusets egen källa."
    }
    references = [
      "Windows policy \"Allow real-time security intelligence updates based on reports to Microsoft MAPS\"",
    ]
  }

  # Something else protects

  setting "defender_preference" "defender-off" {
    preference = "antivirus"
    value      = "off"
    when       = !local.defender
    builds     = "< 19044"
    severity   = "high"
    rationale = {
      en = "Two watchers over the same files slow each other down and each takes the other for an attacker; where the manufacturer forbids antivirus there is none. Builds with a newer Defender ignore this policy, so it is not written for them."
      sv = "Två antivirusprogram över samma filer bromsar varandra och tar varandra för angripare; där tillverkaren förbjuder antivirus finns inget. Byggen med nyare Defender ignorerar policyn, så den skrivs inte för dem."
    }
    references = [
      "Windows policy \"Turn off Microsoft Defender Antivirus\"",
    ]
    override {
      over   = ["defender-baseline/antivirus"]
      reason = "Another product or allow-listing protects this client."
    }
  }

  setting "defender_preference" "watch-off" {
    preference = "real_time"
    value      = "off"
    when       = !local.defender
    severity   = "high"
    rationale = {
      en = "The same for the watch over each access, which every build lets a policy turn off as long as tamper protection is off."
      sv = "Även bevakningen av varje åtkomst stängs av, som alla byggen låter en policy stänga av så länge manipulationsskyddet är av."
    }
    references = [
      "Windows policy \"Turn off real-time protection\"",
    ]
    override {
      over   = ["defender-baseline/real-time"]
      reason = "Watching every access is another product's work on this client, or nobody's where the manufacturer forbids it."
    }
  }

  setting "defender_preference" "no-scans" {
    preference = "scan_day"
    value      = "never"
    when       = input.regime == "allow-listing"
    severity   = "medium"
    rationale = {
      en = "Scans at night too count as antivirus for a manufacturer who forbids it."
      sv = "Även nattliga genomsökningar räknas som antivirus för en tillverkare som förbjuder det."
    }
    references = [
      "Windows policy \"Specify the day of the week to run a scheduled scan\"",
    ]
    override {
      over   = ["defender-baseline/scan-day"]
      reason = "Allow-listing protects this client; its manufacturer allows no scans."
    }
  }

  setting "installed_program" "third-party" {
    code     = try(coalesce(input.third_party_code), "")
    when     = input.regime == "third-party" && input.third_party_code != null
    severity = "critical"
    rationale = {
      en = "The product that stands in for Defender must be there, or nothing protects the client."
      sv = "Programmet som ersätter Defender måste finnas där, annars skyddar inget klienten."
    }
    references = [
      "NIST SP 800-53 SI-3",
    ]
  }

  # What stands beside the plan

  setting "registry_exclusive" "no-other-exclusions" {
    for_each = local.defender ? {
      paths      = "Exclusions\\Paths"
      processes  = "Exclusions\\Processes"
      extensions = "Exclusions\\Extensions"
      rules      = "Windows Defender Exploit Guard\\ASR\\ASROnlyExclusions"
    } : {}
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\${each.value}"
    severity = "high"
    rationale = {
      en = "An exclusion that nobody asked for is the first thing that malicious code writes. Those that manufacturers state are known; any other is named."
      sv = "Ett undantag som ingen har begärt är det första skadlig kod skriver. De som tillverkarna anger är kända; varje annat nämns vid namn."
    }
    references = [
      "NIST SP 800-53 CM-6, SI-3",
    ]
  }
}
