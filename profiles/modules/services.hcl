module "services" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Unneeded services"
    sv = "Onödiga tjänster"
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
      sv = "En tjänst som ingen behöver kan bara göra skada. Att basen saknar den är i sin ordning."
    }
    references = [
      "Microsoft Learn, guidance on disabling system services (per-service advice)",
    ]
  }
}
