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
  digest  = "cea9385e6c567265ecbcdf5317a3fe90dc19a339301ca249a8a899b9724a67ca"
}

module "authentication" {
  version = "1.0.0"
  digest  = "e72b4eab7610a7b4f8aa841b8f86abd5523b8a837baa34a35bb1bf07ef64d21f"
}

module "bitlocker" {
  version = "1.0.0"
  digest  = "07271db1edea699c8691ba3eb10b864dd7dbd273600a0ed7db2254d0997853b3"
}

module "credential-protection" {
  version = "1.0.0"
  digest  = "2ec7a922410b629062fb8db5dc83bec5d89cc00f4b293dcd80001188486b278a"
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
  digest  = "2cbbb45c4fdd80fe3680519729e7ad7028e79e93a4ac88a7fe9df5c2bee92a8e"
}

module "firewall-baseline" {
  version = "1.0.0"
  digest  = "a31c19d1c443d3638379443445fe498303ef025608920d718885eda960929eab"
}

module "internet-explorer" {
  version = "1.0.0"
  digest  = "b2b6d9c406317222f7f1f159bd0ae8143af91984781ccdb6aba4ec1b59756c0e"
}

module "isolation" {
  version = "1.0.0"
  digest  = "742013986c5c4439c1ecf9aca7ea9c3ae21c9d8f520e6da0935c6155d60dd84b"
}

module "lock-screen" {
  version = "1.1.0"
  digest  = "514047584e0b916d215ad0f74b733ac5df9adf1fd5177e109a79ee3be385815e"
}

module "monitoring" {
  version = "1.0.0"
  digest  = "3518e1a058eb84fd0744bb1c99e49a2a9c25e5db4c9c6fa9cbdbaca80c5a81a8"
}

module "mt-only" {
  version = "1.0.0"
  digest  = "9659afd76585b3256fc8641e5b3bc0c54bf1983decc4eb8ff5d288f4ec9a23c6"
}

module "name-resolution" {
  version = "1.0.0"
  digest  = "2785b7bbba02b01ddf2d5b39ec0aa25efdafb947f085bbf11e9d31fcd3c7412b"
}

module "offline" {
  version = "1.1.0"
  digest  = "dfc5d563056782db27f04f07418dfab0347ad546e59772b4d5450f6d70d6fd48"
}

module "patching" {
  version = "1.0.0"
  digest  = "55ea413a554f93a00a840e62cdc87d16e09edf368f8014a0cedf503a2ba666ac"
}

module "policies" {
  version = "2.0.0"
  digest  = "d849bd126bf24e80e72a22e6e7f06f2188d4af28322e5648e7a3fe77baafeb64"
}

module "powershell" {
  version = "1.0.0"
  digest  = "250200677f939578d3880cbb1f323e587741b45253228c6a5a4229a970956df6"
}

module "printing" {
  version = "1.0.0"
  digest  = "0d888b51bcc189e2dc895d7faa4b964d74dbf4f89cd912d6e1ed609e3445f3f3"
}

module "protection" {
  version = "1.0.0"
  digest  = "9a95b02c300a7093330b74c6055772fde85f568570723712a392d40f7f51d905"
}

module "remote-access" {
  version = "1.0.0"
  digest  = "1bf0677214f565f59cd8e44b00ae96d549323d5425a8462d771e2c3eca3b43d8"
}

module "remote-services" {
  version = "1.0.0"
  digest  = "600cc8059a3f68ce0f528f48da7d1e41596a6c98123c3f9cde363d346967b382"
}

module "removable-media" {
  version = "1.0.0"
  digest  = "ee19788dc7cce6c6bcbc2fdaad35fe0f8efb39f30a689f801c79a48696323d4a"
}

module "services" {
  version = "1.0.0"
  digest  = "d4b2028217021cab90d709e07a667cdbc13224dae5810c631666d267eb2fbb84"
}

module "session" {
  version = "1.0.0"
  digest  = "804911dfdf40607833eecabe0d475e42f68a863c032afa30df986d245e250dfb"
}

module "shell" {
  version = "1.0.0"
  digest  = "0eb5f775be1c45e207204f5719e71c2af3122fbec519e85aeac4a93bbe646028"
}

module "smb" {
  version = "1.1.0"
  digest  = "ca3a56f0ebec2580a36a50bd6b1a69348cd34c0e0496d52015d2d7a5058599f9"
}

module "system-protection" {
  version = "1.0.0"
  digest  = "996e8d971c2f9a3009f677a8a838380cbd32dca8e360b01db2dbcb2605dd8013"
}

module "tls" {
  version = "1.0.0"
  digest  = "17e99094086d269628bfd21e53c344a1d38db4a5722472eda7236ec2f0192764"
}

module "uac" {
  version = "1.0.0"
  digest  = "f0e17d6cfde5a2a608cfd32457477dfd8628bd261aaed967f626215adb4427ca"
}

module "user-rights" {
  version = "1.0.0"
  digest  = "aa652f112f030d6b06bf5220027e4830c7185c80e52ae71b6fa98e2c6bfb882a"
}
