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
  digest  = "cea9385e6c567265ecbcdf5317a3fe90dc19a339301ca249a8a899b9724a67ca"
}

module "authentication" {
  version = "1.0.0"
  digest  = "ef84464bbf137d76e54a8873d21c876db4fb9e49cf3c544f9363569d923a9c33"
}

module "bitlocker" {
  version = "1.0.0"
  digest  = "4376b466cda76767fb14051813bbcfef017a386ba6eab06215b5418b94288ed1"
}

module "credential-protection" {
  version = "1.0.0"
  digest  = "0d112db4e3c474a88d9e4993692854b0f1f44fcfa2a2e96711f89b4de676fc2d"
}

module "defender-baseline" {
  version = "1.0.0"
  digest  = "9724aca987bd4083b4bfabee5b5973bf88a6154a8ac4f6619a63190f5e1cda99"
}

module "deny-network-logon" {
  version = "1.0.1"
  digest  = "ccaaf57e1b74312810e79ef6b0e620a1c5fc1c466d1c9277288dd1fc0ed6de7e"
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
  digest  = "0bbe5b5a00092d7ac70115ffb0c464b4e5a62d836699183241e3dfa085d3ebda"
}

module "lock-screen" {
  version = "1.1.0"
  digest  = "88ee17ba0b9afbe8d3b9fe713bf64f7ec48ab8ca4536b76ba9ead774d3199335"
}

module "monitoring" {
  version = "1.0.0"
  digest  = "3518e1a058eb84fd0744bb1c99e49a2a9c25e5db4c9c6fa9cbdbaca80c5a81a8"
}

module "mt-only" {
  version = "1.0.0"
  digest  = "5e1afc4ea13da4d055864c39fb719a9e944462e517e18071c45d5e2a78f3ae22"
}

module "name-resolution" {
  version = "1.0.0"
  digest  = "9f501b64ebaf6ef631db46d3c00c55e423c74fa51f78cfe33b3b554232a38fbc"
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
  digest  = "f721e1d7f545e778cd973559cb33c2e0737feeb248ae1207f9900c852e44f2d6"
}

module "powershell" {
  version = "1.0.0"
  digest  = "a025e991b530a1abd99778bce767b951b5c9bb9755c4019ef6a914d81540af9a"
}

module "printing" {
  version = "1.0.0"
  digest  = "26a7b8ec8894a3e393877c73e537847ad9832ede40fecf7a16a11ba385eb11cb"
}

module "protection" {
  version = "1.0.0"
  digest  = "f4103955b580f1d62261113889bfb6a9205a55a8a37029bbf85fa195112b47d6"
}

module "remote-services" {
  version = "1.0.0"
  digest  = "a4c3254cb3f00780d403ff1c6de7dcc5673d253420ee7715deba55b4799dbc2a"
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
  digest  = "f1cc24cb2759b3642ac0cce05694a52da9f2a99cb35118c671c97cee5f5755d0"
}

module "smb" {
  version = "1.1.0"
  digest  = "06db4f35285991c26affe2e6b6049a1067942b9c48e72bc16925c429f92d06ad"
}

module "system-protection" {
  version = "1.0.0"
  digest  = "02f4f3556cfcb98c2ce16b0652bd55ce74c95ffb9e6ac99114e8dda4b180db7b"
}

module "tls" {
  version = "1.0.0"
  digest  = "2a6f309dd246e2674c0c6b0e623aa656f16d0e0c8c597a8eee1fd1156a4fd6f2"
}

module "uac" {
  version = "1.0.0"
  digest  = "c355bb124c6b56454ae2a84ba99dd2de8dcfc43c23dbf0a766ea71008832b578"
}

module "user-rights" {
  version = "1.0.0"
  digest  = "79183fd9285a75923fc1eaa29e5fd616baab1de8d98008b2d40dcc9f1e7a8785"
}

module "virtual-client" {
  version = "1.0.0"
  digest  = "aeb70448709f7cbe312afa57a0c753fee892b24485ef86cdefe5d55b51471392"
}
