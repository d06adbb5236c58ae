# Written by "wmclient lock". It pins what the image is built from; commit it, do not edit it.
engine_format = 1

base "win10-iot-ltsc-2021" {
  sha256     = "f36381874290c368308347f6f4738641ea71a813ad7d2999271de2b98c06daba"
  size       = 666870
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  image      = "2"
}

module "client-notice" {
  version = "1.0.0"
  digest  = "3d1d674db97fb32a08de3ea06526d06a7e97b32e2c595e90f95dc218d56601ca"
}

module "deny-network-logon" {
  version = "1.0.0"
  digest  = "3b89ed2ca27ae1f395d2da4671072e7d69e663457cc6461349b25159aa130228"
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

file "files/client-readme.txt" {
  sha256 = "23aaebe9fa94783a29476f89ed79e3016b47492f3559ec582bb0aab6c1cddd33"
}
