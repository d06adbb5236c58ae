# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "tls" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Encrypted connections (TLS)"
    sv = "Krypterade förbindelser (TLS)"
  }
  summary = {
    en = "Which versions and ciphers Windows itself, programs on .NET and programs on WinHTTP use when they encrypt. Version 1.2 is the lowest unless the image says otherwise; the broken protocols before TLS and the broken ciphers are off in any case. A product that brings its own library, such as Java or OpenSSL, is not reached by any of this."
    sv = "Vilka versioner och chiffer som Windows självt, program på .NET och program på WinHTTP använder när de krypterar. Version 1.2 är lägst om avbilden inte säger annat; de knäckta protokollen före TLS och de knäckta chiffren är alltid av. En produkt med eget bibliotek, som Java eller OpenSSL, berörs inte."
  }
  breaks = [
    {
      en = "Modalities, archives and licence servers that know TLS 1.0 or 1.1 only: give minimum_version, or better, put a gateway in front of the peer."
      sv = "Modaliteter, arkiv och licensservrar som bara kan TLS 1.0 eller 1.1: ange minimum_version, eller hellre, sätt en gateway framför motparten."
    },
    {
      en = "Programs on .NET 2.0 to 4.5 that name SSL 3.0 or TLS 1.0 in their own code keep doing so, and fail."
      sv = "Program på .NET 2.0 till 4.5 som anger SSL 3.0 eller TLS 1.0 i sin egen kod fortsätter med det, och misslyckas."
    },
    {
      en = "With fips = true: older programs on .NET and DICOM libraries that use MD5 or their own AES."
      sv = "Med fips = true: äldre program på .NET och DICOM-bibliotek som använder MD5 eller egen AES."
    },
  ]
  severity_source = {
    en = "The project's own judgement: high where traffic can be read today, medium where it takes means or luck."
    sv = "Projektets egen bedömning: hög där trafiken går att läsa i dag, medel där det kräver resurser eller tur."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 SC-8, SC-13", "NIST SP 800-52 Rev. 2", "RFC 7568, RFC 8996"]
  capabilities = ["TXCF", "TXIG", "NAUT"]

  input "minimum_version" {
    type    = string
    default = "1.2"
    description = {
      en = "The lowest version of TLS that this client speaks, as client and as server: \"1.0\", \"1.1\" or \"1.2\"."
      sv = "Den lägsta version av TLS som klienten talar, som klient och som server: \"1.0\", \"1.1\" eller \"1.2\"."
    }
    validation {
      condition = contains(["1.0", "1.1", "1.2"], input.minimum_version)
      error_message = {
        en = "Write 1.0, 1.1 or 1.2. Windows 10 has no later version that could be asked for."
        sv = "Skriv 1.0, 1.1 eller 1.2. Windows 10 har ingen senare version att kräva."
      }
    }
  }

  input "triple_des" {
    type    = bool
    default = false
    description = {
      en = "Whether Triple DES may be used, for a peer that has nothing better."
      sv = "Om Triple DES får användas, för en motpart som inte har något bättre."
    }
  }

  input "fips" {
    type    = bool
    default = false
    description = {
      en = "Whether Windows uses cryptography in the ways only that are validated by FIPS 140. Off unless somebody asks for it: many products fail."
      sv = "Om Windows bara använder kryptografi på de sätt som är validerade enligt FIPS 140. Av om ingen begär det: många produkter slutar fungera."
    }
  }

  locals {
    roles = ["Client", "Server"]
    tls10 = input.minimum_version == "1.0"
    tls11 = input.minimum_version != "1.2"
  }

  setting "registry_value" "ssl2" {
    for_each = local.roles
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\SSL 2.0\\${each.value}"
    name     = "Enabled"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "high"
    rationale = {
      en = "A listener can make both sides choose a key he can break; nothing sold in twenty years needs it."
      sv = "En avlyssnare kan få båda sidor att välja en nyckel han kan knäcka; inget som sålts på tjugo år behöver det."
    }
    references = [
      "RFC 6176",
    ]
  }

  setting "registry_value" "ssl2-not-by-default" {
    for_each = local.roles
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\SSL 2.0\\${each.value}"
    name     = "DisabledByDefault"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "A program that asks for \"whatever there is\" does not get SSL 2.0 either."
      sv = "Ett program som ber om \"vad som finns\" får inte SSL 2.0 ändå."
    }
    references = [
      "RFC 6176",
    ]
  }

  setting "registry_value" "ssl3" {
    for_each = local.roles
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\SSL 3.0\\${each.value}"
    name     = "Enabled"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "high"
    rationale = {
      en = "Session cookies can be read byte by byte (POODLE). A modality that knows only this belongs behind a gateway."
      sv = "Sessionskakor går att läsa byte för byte (POODLE). En modalitet som bara kan detta hör hemma bakom en gateway."
    }
    references = [
      "RFC 7568",
    ]
  }

  setting "registry_value" "ssl3-not-by-default" {
    for_each = local.roles
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\SSL 3.0\\${each.value}"
    name     = "DisabledByDefault"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "A program that leaves the choice to Windows is not offered SSL 3.0."
      sv = "Ett program som låter Windows välja erbjuds inte SSL 3.0."
    }
    references = [
      "RFC 7568",
    ]
  }

  setting "registry_value" "tls10" {
    for_each = local.roles
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\${each.value}"
    name     = "Enabled"
    type     = "dword"
    value    = local.tls10 ? 1 : 0
    stricter = "lower"
    severity = "medium"
    rationale = {
      en = "It stands on MD5 and SHA-1 and on ciphers that leak. Old modalities and archives speak nothing else: then the input says so, for the whole client."
      sv = "TLS 1.0 vilar på MD5 och SHA-1 och på chiffer som läcker. Gamla modaliteter och arkiv talar inget annat: då anges det med minimum_version, för hela klienten."
    }
    references = [
      "RFC 8996",
    ]
  }

  setting "registry_value" "tls10-not-by-default" {
    for_each = local.roles
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.0\\${each.value}"
    name     = "DisabledByDefault"
    type     = "dword"
    value    = local.tls10 ? 0 : 1
    severity = "medium"
    rationale = {
      en = "Where TLS 1.0 is off, it is also taken from the list that programs without a wish of their own get."
      sv = "Där TLS 1.0 är av tas den också bort ur listan för program utan eget önskemål."
    }
    references = [
      "RFC 8996",
    ]
  }

  setting "registry_value" "tls11" {
    for_each = local.roles
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.1\\${each.value}"
    name     = "Enabled"
    type     = "dword"
    value    = local.tls11 ? 1 : 0
    stricter = "lower"
    severity = "medium"
    rationale = {
      en = "It lacks authenticated encryption and was withdrawn together with 1.0; hardly a peer knows 1.1 and not 1.2."
      sv = "TLS 1.1 saknar autentiserad kryptering och drogs in tillsammans med 1.0; knappt någon motpart kan 1.1 men inte 1.2."
    }
    references = [
      "RFC 8996",
    ]
  }

  setting "registry_value" "tls11-not-by-default" {
    for_each = local.roles
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.1\\${each.value}"
    name     = "DisabledByDefault"
    type     = "dword"
    value    = local.tls11 ? 0 : 1
    severity = "medium"
    rationale = {
      en = "Where TLS 1.1 is off, Windows does not propose it by itself."
      sv = "Där TLS 1.1 är av föreslår inte Windows den på egen hand."
    }
    references = [
      "RFC 8996",
    ]
  }

  setting "registry_value" "tls12" {
    for_each = local.roles
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\${each.value}"
    name     = "Enabled"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "The version that must work: what a tool or an old hardening script switched off is on again."
      sv = "TLS 1.2 måste fungera: har ett verktyg eller ett gammalt härdningsskript stängt av versionen slås den på igen."
    }
    references = [
      "NIST SP 800-52 Rev. 2",
      "Microsoft Learn, \"Transport Layer Security (TLS) registry settings\"",
    ]
  }

  setting "registry_value" "tls12-not-by-default" {
    for_each = local.roles
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Protocols\\TLS 1.2\\${each.value}"
    name     = "DisabledByDefault"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Programs that leave the choice to Windows get TLS 1.2."
      sv = "Program som låter Windows välja får TLS 1.2."
    }
    references = [
      "NIST SP 800-52 Rev. 2",
      "Microsoft Learn, \"Transport Layer Security (TLS) registry settings\"",
    ]
  }

  setting "registry_value" "no-null-cipher" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Ciphers\\NULL"
    name     = "Enabled"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "high"
    rationale = {
      en = "A connection that claims to be encrypted and is not can be read by everybody on the way."
      sv = "En förbindelse som påstår sig vara krypterad men inte är det kan läsas av alla på vägen."
    }
    references = [
      "NIST SP 800-52 Rev. 2",
    ]
  }

  setting "registry_value" "no-des" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Ciphers\\DES 56/56"
    name     = "Enabled"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "high"
    rationale = {
      en = "56 bits are tried out in a day."
      sv = "56 bitar provas igenom på en dag."
    }
    references = [
      "NIST SP 800-52 Rev. 2",
    ]
  }

  setting "registry_value" "no-rc4-128" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Ciphers\\RC4 128/128"
    name     = "Enabled"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "medium"
    rationale = {
      en = "RC4 leaks the beginning of what it hides whatever the key's length (RFC 7465)."
      sv = "RC4 läcker början av det den döljer oavsett nyckelns längd (RFC 7465)."
    }
    references = [
      "NIST SP 800-52 Rev. 2",
    ]
  }

  setting "registry_value" "no-rc4-64" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Ciphers\\RC4 64/128"
    name     = "Enabled"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "medium"
    rationale = {
      en = "The 64-bit form of RC4, weaker still."
      sv = "RC4 med 64 bitar är ännu svagare."
    }
    references = [
      "NIST SP 800-52 Rev. 2",
    ]
  }

  setting "registry_value" "no-rc4-56" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Ciphers\\RC4 56/128"
    name     = "Enabled"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "medium"
    rationale = {
      en = "The 56-bit form, made for the export rules of the nineties."
      sv = "RC4 med 56 bitar, gjord för nittiotalets exportregler, knäcks med enkla medel."
    }
    references = [
      "NIST SP 800-52 Rev. 2",
    ]
  }

  setting "registry_value" "no-rc4-40" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Ciphers\\RC4 40/128"
    name     = "Enabled"
    type     = "dword"
    value    = 0
    stricter = "lower"
    severity = "medium"
    rationale = {
      en = "The 40-bit form, broken while one waits."
      sv = "RC4 med 40 bitar knäcks medan man väntar."
    }
    references = [
      "NIST SP 800-52 Rev. 2",
    ]
  }

  setting "registry_value" "no-triple-des" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\Ciphers\\Triple DES 168"
    name     = "Enabled"
    type     = "dword"
    value    = input.triple_des ? 4294967295 : 0
    stricter = "lower"
    severity = "medium"
    rationale = {
      en = "Its blocks are so small that long sessions, such as a day of image traffic, repeat themselves (Sweet32). Some archives have nothing better: that is what the input is for."
      sv = "Blocken är så små att långa sessioner, som en dags bildtrafik, upprepar sig (Sweet32). Vissa arkiv har inget bättre: därför finns indata."
    }
    references = [
      "NIST SP 800-52 Rev. 2",
    ]
  }

  setting "registry_value" "server-dh-length" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\KeyExchangeAlgorithms\\Diffie-Hellman"
    name     = "ServerMinKeyBitLength"
    type     = "dword"
    value    = 2048
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "Where this client is the server, keys agreed on by Diffie-Hellman have 2048 bits at least; shorter ones are within reach of states (Logjam)."
      sv = "Där klienten är server har nycklar enligt Diffie-Hellman minst 2048 bitar; kortare nycklar kan en stat knäcka (Logjam)."
    }
    references = [
      "Microsoft security advisory 3174644",
    ]
  }

  setting "registry_value" "client-dh-length" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL\\KeyExchangeAlgorithms\\Diffie-Hellman"
    name     = "ClientMinKeyBitLength"
    type     = "dword"
    value    = 1024
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "As a client it accepts 1024 bits and no less: many devices offer just that, and an exception with 2048 tightens it."
      sv = "Som klient godtar den 1024 bitar men inte mindre: många enheter erbjuder just det, och ett undantag med 2048 skärper det."
    }
    references = [
      "Microsoft security advisory 3174644",
    ]
  }

  setting "registry_value" "client-safe-renegotiation" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"
    name     = "AllowInsecureRenegoClients"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "A peer that renegotiates the old way lets somebody put words in front of the other's (CVE-2009-3555); it is refused."
      sv = "En motpart som omförhandlar på gammalt vis låter någon lägga ord före den andres (CVE-2009-3555); den avvisas."
    }
    references = [
      "RFC 5746",
    ]
  }

  setting "registry_value" "server-safe-renegotiation" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"
    name     = "AllowInsecureRenegoServers"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "The same for those who connect to this client."
      sv = "Även den som ansluter till klienten avvisas om den omförhandlar på gammalt vis."
    }
    references = [
      "RFC 5746",
    ]
  }

  setting "registry_value" "curves" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Cryptography\\Configuration\\SSL\\00010002"
    name     = "EccCurves"
    type     = "multi_sz"
    value    = ["NistP384", "NistP256"]
    severity = "medium"
    rationale = {
      en = "Keys are agreed on over the longest curve first. A peer that knows Curve25519 only finds nothing in common; none is known to us among modalities."
      sv = "Nycklar avtalas med den längsta kurvan först. En motpart som bara kan Curve25519 finner inget gemensamt; bland modaliteter är ingen sådan känd."
    }
    references = [
      "Windows policy \"ECC Curve Order\"",
      "DISA STIG for Windows 10: V-220805, CCI-000803",
    ]
  }

  # .NET: its older versions have lists of protocols of their own, in 64 and in 32 bits

  setting "registry_value" "net4-strong-crypto-64" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319"
    name     = "SchUseStrongCrypto"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "On .NET 4, programs in 64 bits leave RC4 and SSL 3.0 out of what they propose."
      sv = "På .NET 4 utelämnar program i 64 bitar RC4 och SSL 3.0 ur det de föreslår."
    }
    references = [
      "Microsoft Learn, TLS best practices with the .NET Framework",
    ]
  }

  setting "registry_value" "net4-system-tls-64" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\v4.0.30319"
    name     = "SystemDefaultTlsVersions"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "On .NET 4, programs in 64 bits take the versions that Windows has on; without this they stop at TLS 1.0 and fail against peers that no longer have it."
      sv = "På .NET 4 tar program i 64 bitar de versioner som Windows har på; annars stannar de vid TLS 1.0 och misslyckas mot motparter som tagit bort den."
    }
    references = [
      "Microsoft Learn, TLS best practices with the .NET Framework",
    ]
  }

  setting "registry_value" "net2-strong-crypto-64" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\v2.0.50727"
    name     = "SchUseStrongCrypto"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "On .NET 2.0 to 3.5, programs in 64 bits leave RC4 and SSL 3.0 out of what they propose."
      sv = "På .NET 2.0 till 3.5 utelämnar program i 64 bitar RC4 och SSL 3.0 ur det de föreslår."
    }
    references = [
      "Microsoft Learn, TLS best practices with the .NET Framework",
    ]
  }

  setting "registry_value" "net2-system-tls-64" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\.NETFramework\\v2.0.50727"
    name     = "SystemDefaultTlsVersions"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "On .NET 2.0 to 3.5, programs in 64 bits take the versions that Windows has on; without this they stop at TLS 1.0 and fail against peers that no longer have it."
      sv = "På .NET 2.0 till 3.5 tar program i 64 bitar de versioner som Windows har på; annars stannar de vid TLS 1.0 och misslyckas mot motparter som tagit bort den."
    }
    references = [
      "Microsoft Learn, TLS best practices with the .NET Framework",
    ]
  }

  setting "registry_value" "net4-strong-crypto-32" {
    key      = "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\.NETFramework\\v4.0.30319"
    name     = "SchUseStrongCrypto"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "On .NET 4, programs in 32 bits, as most older viewers are, leave RC4 and SSL 3.0 out of what they propose."
      sv = "På .NET 4 utelämnar program i 32 bitar, som de flesta äldre granskningsprogram, RC4 och SSL 3.0 ur det de föreslår."
    }
    references = [
      "Microsoft Learn, TLS best practices with the .NET Framework",
    ]
  }

  setting "registry_value" "net4-system-tls-32" {
    key      = "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\.NETFramework\\v4.0.30319"
    name     = "SystemDefaultTlsVersions"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "On .NET 4, programs in 32 bits, as most older viewers are, take the versions that Windows has on; without this they stop at TLS 1.0 and fail against peers that no longer have it."
      sv = "På .NET 4 tar program i 32 bitar, som de flesta äldre granskningsprogram, de versioner som Windows har på; annars stannar de vid TLS 1.0 och misslyckas mot motparter som tagit bort den."
    }
    references = [
      "Microsoft Learn, TLS best practices with the .NET Framework",
    ]
  }

  setting "registry_value" "net2-strong-crypto-32" {
    key      = "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\.NETFramework\\v2.0.50727"
    name     = "SchUseStrongCrypto"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "On .NET 2.0 to 3.5, programs in 32 bits, as most older viewers are, leave RC4 and SSL 3.0 out of what they propose."
      sv = "På .NET 2.0 till 3.5 utelämnar program i 32 bitar, som de flesta äldre granskningsprogram, RC4 och SSL 3.0 ur det de föreslår."
    }
    references = [
      "Microsoft Learn, TLS best practices with the .NET Framework",
    ]
  }

  setting "registry_value" "net2-system-tls-32" {
    key      = "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\.NETFramework\\v2.0.50727"
    name     = "SystemDefaultTlsVersions"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "On .NET 2.0 to 3.5, programs in 32 bits, as most older viewers are, take the versions that Windows has on; without this they stop at TLS 1.0 and fail against peers that no longer have it."
      sv = "På .NET 2.0 till 3.5 tar program i 32 bitar, som de flesta äldre granskningsprogram, de versioner som Windows har på; annars stannar de vid TLS 1.0 och misslyckas mot motparter som tagit bort den."
    }
    references = [
      "Microsoft Learn, TLS best practices with the .NET Framework",
    ]
  }

  setting "registry_value" "winhttp-versions-64" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\WinHttp"
    name     = "DefaultSecureProtocols"
    type     = "dword"
    value    = local.tls10 ? 2688 : (local.tls11 ? 2560 : 2048)
    severity = "medium"
    rationale = {
      en = "Services that fetch over WinHTTP, updates among them, propose the versions of the input and no older ones (0x800 is TLS 1.2)."
      sv = "Tjänster som hämtar via WinHTTP, bland annat uppdateringar, föreslår versionerna enligt indata och inga äldre (0x800 är TLS 1.2)."
    }
    references = [
      "Microsoft Learn, update to enable TLS 1.1 and TLS 1.2 as default in WinHTTP",
    ]
  }

  setting "registry_value" "winhttp-versions-32" {
    key      = "HKLM\\SOFTWARE\\WOW6432Node\\Microsoft\\Windows\\CurrentVersion\\Internet Settings\\WinHttp"
    name     = "DefaultSecureProtocols"
    type     = "dword"
    value    = local.tls10 ? 2688 : (local.tls11 ? 2560 : 2048)
    severity = "medium"
    rationale = {
      en = "The value that 32-bit programs read when they use WinHTTP."
      sv = "Program i 32 bitar läser ett eget värde när de använder WinHTTP; de föreslår samma versioner."
    }
    references = [
      "Microsoft Learn, update to enable TLS 1.1 and TLS 1.2 as default in WinHTTP",
    ]
  }

  setting "registry_value" "fips" {
    when     = input.fips
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\FIPSAlgorithmPolicy"
    name     = "Enabled"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Somebody asked for validated cryptography. Try each product first: .NET throws an error where it meets anything else."
      sv = "Någon har begärt validerad kryptografi. Prova varje produkt först: .NET ger fel när det möter något annat."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"System cryptography: Use FIPS compliant algorithms for encryption, hashing, and signing\"",
    ]
  }
}
