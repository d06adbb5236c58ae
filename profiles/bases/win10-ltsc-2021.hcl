# Windows 10 Enterprise LTSC 2021, the medium of the release. The IoT edition of the same build is supported five years longer.
base "win10-ltsc-2021" {
  edition_id = "EnterpriseS"
  build      = "19044.1288"
  arch       = "amd64"
  channel    = "LTSC"
  languages = [
    "sv-SE",
    "en-US",
  ]
}
