# Written by "wmclient lock". It pins what the image is built from; commit it, do not edit it.
engine_format = 1

base "win10-ltsc-2019" {
  sha256     = "9fe0ccae38f8ae22fe5aac6db4dd87d59d311b72ebbad5288c09ae79d2ed666a"
  size       = 592546
  edition_id = "EnterpriseS"
  build      = "17763.107"
  image      = "1"
}

module "firewall" {
  version = "1.0.0"
  digest  = "e8c5b19166409b66e62b98cccefb4f116a760807dbf8dd3e948b4312ad7a45a0"
}

module "lock-screen" {
  version = "1.0.0"
  digest  = "44a3f5183f7522539951b7a6f961f4e7e38fdd5162fc66d5ac44be6d0b40aef5"
}

module "offline" {
  version = "1.0.0"
  digest  = "ad0805c72bbc49ed5e15a3df33da453f6ad685753363456d1a78947524a01c3a"
}

module "policies" {
  version = "1.0.0"
  digest  = "f3189f5af07b32b402cc92465f7ebcc6230b18572f584a0a8d5cb63d0a8684f3"
}

module "services" {
  version = "1.0.0"
  digest  = "719347bbcbfcd4bf862d3825b3eb3674c3c99cfda31158306f823d5a41abac91"
}

module "smb" {
  version = "1.0.0"
  digest  = "f7b8d84e904dca885ac4931eaa72860435d19958f657978119a88fc45e7f7b5b"
}
