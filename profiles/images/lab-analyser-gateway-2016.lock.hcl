# Written by "wmclient lock". It pins what the image is built from; commit it, do not edit it.
engine_format = 1

base "win10-ltsb-2016" {
  sha256     = "976704f89cba70b801235c99b1d568cfebdf7b9eaa1196527523124038771ef1"
  size       = 632531
  edition_id = "EnterpriseS"
  build      = "14393.0"
  image      = "1"
}

module "account-policy" {
  version = "1.0.0"
  digest  = "ef9920297cf12ce42ba43554824b0aefe23548bf3ebc68562ada5be73ed81476"
}

module "authentication" {
  version = "1.0.0"
  digest  = "62a56560795300d40f340679da25e49c4bb7596d75e32c17bcb1c579c42976c5"
}

module "bitlocker" {
  version = "1.0.0"
  digest  = "1ab503ceff319edf67b240801d3e7a166e06d4b1054589bafc30a4ebe3e209be"
}

module "credential-protection" {
  version = "1.0.0"
  digest  = "0cde54a7852709ac12d5ea0d11a089c2af113676a0fb7a9072f74c1961b58c6a"
}

module "defender-baseline" {
  version = "1.0.0"
  digest  = "98a31ecb816121850c88c1ad01f754e3aec0f6e02dcdc9c8d3569872c63d3e57"
}

module "deny-network-logon" {
  version = "1.0.1"
  digest  = "4bbdbedd66d023e89296a79375b168654ebbbd0725ce96918ec59d10d7d74b48"
}

module "firewall" {
  version = "1.1.0"
  digest  = "4aa88df0b53f31c8951a21b4894ccd3247630fd0f7b8d7a307f13970369be09c"
}

module "firewall-baseline" {
  version = "1.0.0"
  digest  = "a31c19d1c443d3638379443445fe498303ef025608920d718885eda960929eab"
}

module "internet-explorer" {
  version = "1.0.0"
  digest  = "e452c13bac7284ee85aee273e943ae977aaa08f99879e1f5f586f20e1c1efc8e"
}

module "isolation" {
  version = "1.0.0"
  digest  = "ffb792913931e11b0f6c9d96ba58328653ca08237ef6cbad1aa198d164a983ad"
}

module "lock-screen" {
  version = "1.1.0"
  digest  = "0b2fe29e8b668c92320d0e4aa78a0567269cd20cd76b5f8fc02aba27cfbeb46f"
}

module "monitoring" {
  version = "1.0.0"
  digest  = "eeb9fdd2a96ff68e3d4e5c52fc787e631f06d313995ef204a71985ca9c83b099"
}

module "mt-only" {
  version = "1.0.0"
  digest  = "c8483ccd7b16932b0449fb36aa54c093c8505d40060da5f5cfe5818a1f7ca99a"
}

module "name-resolution" {
  version = "1.0.0"
  digest  = "52512848b09051b7b6c337b042340c39a040ccc8ff725ad7cb6d4afdc99a0353"
}

module "offline" {
  version = "1.1.0"
  digest  = "9e0eb7dc978acef1d03648a428db914b2ebac0408546e2079ffb7d18a8179eb2"
}

module "patching" {
  version = "1.0.0"
  digest  = "c6770601d7eb95f6bf5be0301c7c6251060b0e530b66881e97a2f11ff3f89cac"
}

module "policies" {
  version = "2.0.0"
  digest  = "ae671746e7f1e0240c68b35573ffdb9c676b3ff401f37be896bab1b257f93965"
}

module "powershell" {
  version = "1.0.0"
  digest  = "033b6f63aec2c7ba61c101cee2d58b66eaea9c6b45b3ec26b7fddf1570b80553"
}

module "printing" {
  version = "1.0.0"
  digest  = "a5a453193d9a04eeaba11f6d3d41a79897e0e72a787cc39b4489cea7b4c54a01"
}

module "protection" {
  version = "1.0.0"
  digest  = "e427fe6881f3bfb33800998bf2beaad448a000132a7f87b1fee1459639d50590"
}

module "remote-access" {
  version = "1.0.0"
  digest  = "625e313ba92a96cc83c9ed4b3b8725522101a91f005e8869f00ae386eb1e0a86"
}

module "remote-services" {
  version = "1.0.0"
  digest  = "9fa197bb528ee005f4a066bf8062a0b0fca8ec10f90a5f2de7ebe8469f941a0d"
}

module "removable-media" {
  version = "1.0.0"
  digest  = "cfec35f78c8f775012ad4a07dc4f337a2d38f9d470b6e55b7e4e7a972af85827"
}

module "services" {
  version = "1.0.0"
  digest  = "d4b2028217021cab90d709e07a667cdbc13224dae5810c631666d267eb2fbb84"
}

module "session" {
  version = "1.0.0"
  digest  = "0b1651345523291ed4abb378ab0a447765a72a98032482f8c2e5f9356b162b8b"
}

module "shell" {
  version = "1.0.0"
  digest  = "14cdf72817b31a4d537532b98c665eb5a1ced2c3ff2ed663c50c93585dd01e71"
}

module "smb" {
  version = "1.1.0"
  digest  = "8d4a3729e6a1629cbd703c1dc29f50472a0da687797cbe757b60527a47e6cf7e"
}

module "system-protection" {
  version = "1.0.0"
  digest  = "1d5ef3bec5faf33f707fd2062e6dc06199090c7c6171f22c34dbd7fcb445757a"
}

module "tls" {
  version = "1.0.0"
  digest  = "84a09b8a8f546f5ed1a672744627c311fb3cdf084e62d2930af9faaafb57f94a"
}

module "uac" {
  version = "1.0.0"
  digest  = "7b3ba2549199470e96eaa456d2b4162fcae956a8d6589ad987480db3d4793ac5"
}

module "user-rights" {
  version = "1.0.0"
  digest  = "6675aee252b4a2a8174a1bede24a009cdb05c181a3cfdd49ff8ba632613c39f8"
}
