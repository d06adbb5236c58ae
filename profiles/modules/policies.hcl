# The catalogue: it sets nothing itself. Where NSA wants another value than Microsoft, the mark says why Microsoft's was taken.
module "policies" {
  version = "2.0.0"
  method  = "policies"
  title = {
    en = "Local policies: the security baseline as one catalogue"
    sv = "Lokala policyer: säkerhetsbaslinjen som en katalog"
  }
  summary = {
    en = "The catalogue of what Microsoft and NSA ask of a Windows 10 client, for the builds 14393, 17763 and 19044 alike: one value for a thing, and another for a build only where the builds differ. It has no settings of its own but brings the modules that do, each about one subject. An image that wants one of them with other inputs names that module beside this one; an image that wants a few of them names those and leaves this one out. Beside it stand internet-explorer and monitoring, which an image chooses for themselves."
    sv = "Katalogen över det som Microsoft och NSA begär av en Windows 10-klient, för byggena 14393, 17763 och 19044 gemensamt: ett värde för en sak, och ett annat för ett bygge bara där byggena skiljer sig. Katalogen har inga egna inställningar utan tar med de moduler som har dem, en för varje ämne. En avbild som vill ha någon av dem med andra indata nämner den modulen bredvid; en avbild som bara vill ha några nämner dem och utelämnar den här. Vid sidan av står internet-explorer och monitoring, som avbilden väljer för sig."
  }
  breaks = [
    {
      en = "What each of its modules says that it breaks; read those that the products' needs touch: smb, tls, authentication, removable-media, printing, system-protection and lock-screen."
      sv = "Det som var och en av modulerna anger; läs de moduler som produkternas behov berör: smb, tls, authentication, removable-media, printing, system-protection och lock-screen."
    },
  ]
  severity_source = {
    en = "Each module of the catalogue says its own."
    sv = "Varje modul i katalogen anger sin egen grund."
  }
  builds     = ">= 14393"
  references = ["Microsoft security baseline for Windows 10, 1607, 1809 and 21H2", "NSA host baseline for Windows 10, 1607"]
  requires = {
    "account-policy"        = "^1.0"
    "authentication"        = "^1.0"
    "bitlocker"             = "^1.0"
    "credential-protection" = "^1.0"
    "defender-baseline"     = "^1.0"
    "firewall-baseline"     = "^1.0"
    "lock-screen"           = "^1.1"
    "name-resolution"       = "^1.0"
    "powershell"            = "^1.0"
    "printing"              = "^1.0"
    "remote-services"       = "^1.0"
    "removable-media"       = "^1.0"
    "shell"                 = "^1.0"
    "smb"                   = "^1.1"
    "system-protection"     = "^1.0"
    "tls"                   = "^1.0"
    "uac"                   = "^1.0"
    "user-rights"           = "^1.0"
  }
  capabilities = ["AUTH", "AUDT", "PAUT", "NAUT", "SAHD", "TXCF", "TXIG", "MLDP"]

  not_managed "reg:HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\FIPSAlgorithmPolicy!Enabled" {
    reason = {
      en = "NSA turns FIPS mode on. Here it stays off unless somebody asks for it (module tls): Microsoft withdrew it from its baselines in 2014, and .NET programs and DICOM libraries fail under it."
      sv = "NSA slår på FIPS-läget. Här är det av om ingen begär det (modulen tls): Microsoft tog bort det ur sina baslinjer 2014, och .NET-program och DICOM-bibliotek slutar fungera."
    }
  }

  not_managed "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DataCollection!AllowTelemetry" {
    reason = {
      en = "NSA allows basic telemetry (1), for editions that obey nothing lower. LTSB and LTSC obey 0, and what a viewer has in memory must not leave the hospital."
      sv = "NSA tillåter grundläggande telemetri (1), för utgåvor som inte lyder lägre. LTSB och LTSC lyder 0, och det ett granskningsprogram har i minnet får inte lämna sjukhuset."
    }
  }

  not_managed "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\DeliveryOptimization!DODownloadMode" {
    reason = {
      en = "NSA lets clients of one domain share updates among themselves (2). A client with medical products takes them from its server alone (99): a neighbour is not a source, and the segment's firewall would refuse it."
      sv = "NSA låter klienter i samma domän dela uppdateringar (2). En klient med medicintekniska produkter hämtar dem bara från sin server (99): en granne är ingen källa, och segmentets brandvägg skulle neka."
    }
  }

  not_managed "reg:HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa!RunAsPPL" {
    reason = {
      en = "Lists that want LSA protected at once do not know the card middleware. Here it is audited first and protected by the input lsa_protection of credential-protection, when nothing is turned away any more."
      sv = "Listor som vill ha LSA skyddad genast känner inte kortprogramvaran. Här granskas först, och skyddet slås på med indata lsa_protection i credential-protection när inget längre avvisas."
    }
  }

  not_managed "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\PowerShell\\Transcription!EnableTranscripting" {
    reason = {
      en = "A transcript writes down what is shown, patients' data included, in files that somebody has to guard. The image chooses it by naming their folder in the module powershell."
      sv = "En avskrift skriver ned det som visas, även patientdata, i filer som någon måste vakta. Avbilden väljer det genom att ange deras mapp i modulen powershell."
    }
  }

  not_managed "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE!UseAdvancedStartup" {
    reason = {
      en = "How a disk is unlocked, alone, by a PIN or from the network, depends on whether anybody is there when the client restarts. The image decides, with the input startup of bitlocker."
      sv = "Hur en disk låses upp, av sig själv, med PIN eller från nätet, beror på om någon är där när klienten startar om. Avbilden avgör, med indata startup i bitlocker."
    }
  }

  not_managed "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\FVE!UseTPMPIN" {
    reason = {
      en = "A PIN at the start keeps a gateway that nobody works at dark after a power failure; it is asked for where the input startup says pin or network."
      sv = "En PIN vid start låter en gateway som ingen arbetar vid förbli släckt efter ett strömavbrott; den krävs där indata startup säger pin eller network."
    }
  }

  not_managed "svc:seclogon" {
    reason = {
      en = "Lists that disable Secondary Logon stop installers and services of medical products that change their account. The menu item for it is taken away by the module uac instead."
      sv = "Listor som stänger av sekundär inloggning stoppar installationsprogram och tjänster i medicintekniska produkter som byter konto. I stället tas menyvalet bort av modulen uac."
    }
  }
}
