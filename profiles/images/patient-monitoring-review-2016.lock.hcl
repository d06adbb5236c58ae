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
  digest  = "cbeda6ed77707e24807e532ad67853ed29ddce6174bd66e44b034ae734fb53ec"
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
  digest  = "28dceac33f0313b773b4a3efbd16e8b630c69c7d41a2a20b12ab92f6166d482b"
}

module "firewall" {
  version = "1.1.0"
  digest  = "afc7ad005449526c5372ac2909d90eccaa9b030dc25f6c5076d23bbfd3e7cf9f"
}

module "firewall-baseline" {
  version = "1.0.0"
  digest  = "a97ceaca92372b3a721e99ae0b7c5b9ce3afebd6da7809dad7303000eaad928c"
}

module "internet-explorer" {
  version = "1.0.0"
  digest  = "4b2a2b9b46054a108f7fdfcb42f954c4adf5b9bd7058f07f286f98c796cc0749"
}

module "isolation" {
  version = "1.0.0"
  digest  = "2576ce18f66258fd84f8014739bcefcdc6e3367b29536e7dc1d0069eebc196fe"
}

module "lock-screen" {
  version = "1.1.0"
  digest  = "8eb90d4fdf3fa979b415ae5e6d77b9201c5243c00a7e239cc449c31c6dfac540"
}

module "monitoring" {
  version = "1.0.0"
  digest  = "cf1a37d20315bab8936bb62f1e329203bb406ab8fe9cec28a8163cedded0a355"
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
  digest  = "9656bc6e8b7c34f3441a5da3273226431986b65e599926309516c04291e62ab9"
}

module "patching" {
  version = "1.0.0"
  digest  = "747bd9b416b42527eb2491e4a3e2258c5c09a9f2fd3ebb2b9068597c7a5d1c60"
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

module "remote-access" {
  version = "1.0.0"
  digest  = "8e32b545528751ce38ef28d979d3c2602b5ca8203f36faf70410a0a65dbf4735"
}

module "remote-services" {
  version = "1.0.0"
  digest  = "a4c3254cb3f00780d403ff1c6de7dcc5673d253420ee7715deba55b4799dbc2a"
}

module "removable-media" {
  version = "1.0.0"
  digest  = "c278f66569788158871b7eec609f31c5427b91630477075d8d5bf5639ee5a647"
}

module "services" {
  version = "1.0.0"
  digest  = "719347bbcbfcd4bf862d3825b3eb3674c3c99cfda31158306f823d5a41abac91"
}

module "session" {
  version = "1.0.0"
  digest  = "6b346a3a6e4c98ac3aedc5eaf12801d6cbb846446467532ce97ce6ff84446418"
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
  digest  = "eed675c426dfa1688fb089fc36c86fce85643e23e97e55d00b2c56f1b5567150"
}
