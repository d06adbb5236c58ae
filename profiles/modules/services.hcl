module "services" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Unneeded services"
    sv = "Onödiga tjänster"
  }
  summary = {
    en = "Windows brings services along that a medical client has no use for: fax, games, maps, phone, sharing of the connection. What does not run cannot be attacked and needs no updates in a hurry. The image may give a list of its own; products that need a service on the list are named when the plan is made."
    sv = "Windows har med sig tjänster som en medicinteknisk klient inte har någon nytta av: fax, spel, kartor, telefoni, delning av anslutningen. Det som inte körs går inte att angripa och behöver inga brådskande uppdateringar. Avbilden kan ange en egen lista; produkter som behöver en tjänst på listan nämns när planen görs."
  }
  breaks = [
    {
      en = "Discovery of devices on the network by SSDP and UPnP, which some printers and network cameras use."
      sv = "Sökning efter enheter på nätet med SSDP och UPnP, som en del skrivare och nätverkskameror använder."
    },
    {
      en = "Tools for management that read the registry from afar: the service for that (RemoteRegistry) does not run."
      sv = "Förvaltningsverktyg som läser registret över nätet: tjänsten för det (RemoteRegistry) körs inte."
    },
  ]
  severity_source = {
    en = "The project's own judgement: what runs without need is one more way in, but seldom the first."
    sv = "Projektets egen bedömning: det som körs i onödan är ännu en väg in, men sällan den första."
  }
  builds = ">= 14393"
  capabilities = [
    "SAHD",
  ]

  input "disable" {
    type = list(string)
    default = [
      "Fax",
      "MapsBroker",
      "PhoneSvc",
      "RemoteRegistry",
      "RetailDemo",
      "SSDPSRV",
      "SharedAccess",
      "WMPNetworkSvc",
      "WalletService",
      "XblAuthManager",
      "XblGameSave",
      "XboxNetApiSvc",
      "icssvc",
      "lfsvc",
      "upnphost",
    ]
    description = {
      en = "Key names of services to disable. Products that need one of them are named when the plan is made."
      sv = "Nyckelnamn på tjänster att stänga av. Produkter som behöver någon av dem nämns när planen görs."
    }
    validation {
      condition = length(input.disable) > 0
      error_message = {
        en = "Name at least one service, or leave the module out."
        sv = "Ange minst en tjänst, eller utelämna modulen."
      }
    }
  }

  setting "service" "disabled" {
    for_each = input.disable
    name     = each.value
    start    = "disabled"
    optional = true
    stricter = "stopped"
    severity = "medium"
    rationale = {
      en = "A service that nobody needs can only do harm. One that the base lacks is fine."
      sv = "En tjänst som ingen behöver kan bara göra skada. Att basen saknar den är inget fel."
    }
    references = [
      "Microsoft Learn, guidance on disabling system services (per-service advice)",
    ]
  }
}
