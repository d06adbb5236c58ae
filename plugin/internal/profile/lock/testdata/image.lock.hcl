# Written by "wmclient lock". It pins what the image is built from; commit it, do not edit it.
engine_format = 1

base "ltsc" {
  sha256     = "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
  size       = 17179869184
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  image      = "2"
}

base "ltsc" {
  sha256     = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
  size       = 17179869184
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  image      = "2"
}

module "offline" {
  version = "1.0.0"
  digest  = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
}

module "screen" {
  version = "1.2.0"
  digest  = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
}

file "files/$${odd} \"name\".txt" {
  sha256 = "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
}
