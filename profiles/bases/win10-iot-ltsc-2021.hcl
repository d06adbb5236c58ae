# Windows 10 IoT Enterprise LTSC 2021, the medium of the release.
base "win10-iot-ltsc-2021" {
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  arch       = "amd64"
  channel    = "LTSC"
  languages = [
    "sv-SE",
    "en-US",
  ]
}
