# Windows 10 Enterprise 2016 LTSB, the medium of the release. Its regular support has ended.
base "win10-ltsb-2016" {
  edition_id = "EnterpriseS"
  build      = "14393.0"
  arch       = "amd64"
  channel    = "LTSB"
  languages = [
    "sv-SE",
    "en-US",
  ]
}
