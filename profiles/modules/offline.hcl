# What Windows itself would do on the internet. That nothing else gets there is the firewall module's work, which this one requires.
module "offline" {
  version = "1.0.0"
  method  = "no-internet"
  title = {
    en = "No internet access"
    sv = "Ingen internetåtkomst"
  }
  builds = ">= 14393"
  capabilities = [
    "SAHD",
    "NAUT",
    "CONN",
  ]
  requires = {
    firewall = "^1.0"
  }

  input "sjunet" {
    type    = bool
    default = false
    description = {
      en = "Access to Sjunet, the Swedish health-care network."
      sv = "Åtkomst till Sjunet, sjukvårdens nät."
    }
  }

  setting "registry_value" "no-ncsi-probe" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\NetworkConnectivityStatusIndicator"
    name     = "NoActiveProbe"
    type     = "dword"
    value    = 1
    when     = !input.sjunet
    severity = "medium"
    rationale = {
      en = "Windows asks servers on the internet whether it is connected. On a client without internet the question only leaves traces in firewall logs and delays the network icon."
      sv = "Windows frågar servrar på internet om det finns förbindelse. På en klient utan internet ger frågan bara spår i brandväggsloggar och en fördröjd nätverksikon."
    }
    references = [
      "Windows policy \"Turn off Windows Network Connectivity Status Indicator active tests\"",
    ]
  }

  setting "registry_value" "no-update-from-internet" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate"
    name     = "DoNotConnectToWindowsUpdateInternetLocations"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Updates come from the provider, after validation together with the product, never from the internet."
      sv = "Uppdateringar kommer från vårdgivaren, efter validering tillsammans med produkten, aldrig från internet."
    }
    references = [
      "Windows policy \"Do not connect to any Windows Update Internet locations\"",
    ]
  }

  setting "registry_value" "no-web-services" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\Explorer"
    name     = "NoWebServices"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Explorer would offer to order prints and publish files on the internet."
      sv = "Utforskaren skulle annars erbjuda att beställa utskrifter och publicera filer på internet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-consumer-features" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\CloudContent"
    name     = "DisableWindowsConsumerFeatures"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Windows would fetch suggested programs. Only programs for the medical product belong on the client."
      sv = "Windows skulle annars hämta föreslagna program. Bara den medicintekniska produktens program hör hemma på klienten."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
    ]
  }

  setting "registry_value" "no-device-metadata" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\Device Metadata"
    name     = "PreventDeviceMetadataFromNetwork"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Pictures and descriptions of devices are fetched from the internet when hardware is connected."
      sv = "Bilder och beskrivningar av enheter hämtas från internet när maskinvara ansluts."
    }
    references = [
      "Windows policy \"Prevent device metadata retrieval from the Internet\"",
    ]
  }

  setting "registry_value" "no-telemetry" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection"
    name     = "AllowTelemetry"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "medium"
    rationale = {
      en = "Diagnostic data may hold personal data and leaves the provider. Level 0 is honoured by Enterprise editions."
      sv = "Diagnostikdata kan innehålla personuppgifter och lämnar vårdgivaren. Nivå 0 respekteras av Enterprise-utgåvorna."
    }
    references = [
      "Windows policy \"Allow Diagnostic Data\"",
    ]
  }

  setting "registry_value" "no-defender-cloud" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Spynet"
    name     = "SpynetReporting"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "A documented deviation from the baseline, which wants 2: without internet the cloud cannot be reached, and with Sjunet nothing may be reported out of the provider."
      sv = "En dokumenterad avvikelse från baslinjen, som vill ha 2: utan internet nås inte molnet, och med Sjunet får inget rapporteras ut från vårdgivaren."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2 (deviates)",
    ]
  }

  setting "registry_value" "no-defender-samples" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows Defender\\Spynet"
    name     = "SubmitSamplesConsent"
    type     = "dword"
    value    = 2
    severity = "high"
    rationale = {
      en = "A suspected file may hold patient data. Samples are never sent. A documented deviation from the baseline, which wants 1."
      sv = "En misstänkt fil kan innehålla patientdata. Filer skickas aldrig. En dokumenterad avvikelse från baslinjen, som vill ha 1."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2 (deviates)",
    ]
  }
}
