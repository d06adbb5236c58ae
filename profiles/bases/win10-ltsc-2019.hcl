# Windows 10 Enterprise LTSC 2019, the refreshed medium of November 2018. The IoT edition has the same edition id: the licence decides.
base "win10-ltsc-2019" {
  edition_id = "EnterpriseS"
  build      = "17763.107"
  arch       = "amd64"
  channel    = "LTSC"
  languages = [
    "sv-SE",
    "en-US",
  ]
}
