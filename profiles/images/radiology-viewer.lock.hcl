# Written by "wmclient lock". It pins what the image is built from; commit it, do not edit it.
engine_format = 1

base "win10-iot-ltsc-2021" {
  sha256     = "efe213e1b7144f8bac67fe6a2595f42b3c67a106862b7c3057d86acb2ec20e59"
  size       = 719456
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  image      = "2"
}

module "account-policy" {
  version = "1.0.0"
  digest  = "ed0265e64e76aa42a749dd9debdb193111213e8afa7722bd603f7d68da404186"
}

module "authentication" {
  version = "1.0.0"
  digest  = "62a56560795300d40f340679da25e49c4bb7596d75e32c17bcb1c579c42976c5"
}

module "bitlocker" {
  version = "1.0.0"
  digest  = "07271db1edea699c8691ba3eb10b864dd7dbd273600a0ed7db2254d0997853b3"
}

module "client-notice" {
  version = "1.0.0"
  digest  = "f1ddc502ce2bbe23b3b077c608ef64e4927a357b8631983328a156aceff88dea"
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
  digest  = "8d19cb413275e41af1e109ad81cace6d9f249b0f7cad11ed9f415e1adbb09a07"
}

module "firewall-baseline" {
  version = "1.0.0"
  digest  = "a31c19d1c443d3638379443445fe498303ef025608920d718885eda960929eab"
}

module "internet-explorer" {
  version = "1.0.0"
  digest  = "d7beadafe69dfd403841e50bad7543c796c81fdb9d60e77cb13277e08b838dc5"
}

module "isolation" {
  version = "1.0.0"
  digest  = "742013986c5c4439c1ecf9aca7ea9c3ae21c9d8f520e6da0935c6155d60dd84b"
}

module "lock-screen" {
  version = "1.1.0"
  digest  = "0b2fe29e8b668c92320d0e4aa78a0567269cd20cd76b5f8fc02aba27cfbeb46f"
}

module "monitoring" {
  version = "1.0.0"
  digest  = "043642d10f0d65fce30f0704bde44ace80c3d92a5309a3c94cc5f21bd4f6063f"
}

module "mt-only" {
  version = "1.0.0"
  digest  = "8340369faa9efec914eb934ecb3f8de600947f209740475d8622fd3f12759001"
}

module "name-resolution" {
  version = "1.0.0"
  digest  = "52512848b09051b7b6c337b042340c39a040ccc8ff725ad7cb6d4afdc99a0353"
}

module "offline" {
  version = "1.1.0"
  digest  = "d6337e7a5289a08aaaed3e3dff4e77cf8a478e1e38370e9dad2dfc0fc7c34aab"
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
  digest  = "7cd18715ad8833664685c9d8540166bd9bb6b85a06a1aa7dac5412f62477f7f9"
}

module "protection" {
  version = "1.0.0"
  digest  = "c1b7869317571871f36985f9b880d028fa254ef14187bbbe095f960a95f26f72"
}

module "remote-access" {
  version = "1.0.0"
  digest  = "5ae102b2153ed23daec16dba402791e27a63e6d20e289852b82cbc25785fc0c7"
}

module "remote-services" {
  version = "1.0.0"
  digest  = "9fa197bb528ee005f4a066bf8062a0b0fca8ec10f90a5f2de7ebe8469f941a0d"
}

module "removable-media" {
  version = "1.0.0"
  digest  = "63e9e1e139cfeb74bda6460e633e3a12604102740fcaf2a0ac5e0e2be5e362a7"
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
  digest  = "9c385757130994d12905cfbbeee0ebafe156e9582cc76001bc61588fddbd6790"
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

file "files/client-readme.txt" {
  sha256 = "23aaebe9fa94783a29476f89ed79e3016b47492f3559ec582bb0aab6c1cddd33"
}
