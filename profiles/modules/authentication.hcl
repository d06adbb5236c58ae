# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "authentication" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Logon over the network and membership of a domain"
    sv = "Inloggning över nätet och medlemskap i en domän"
  }
  summary = {
    en = "How this client proves to others who it is, and what it tells those who have not proved anything. NTLM only in its second version and with strong session keys, Kerberos with AES only, a signed and sealed channel to the domain controller, and no lists of accounts or shares for strangers."
    sv = "Hur klienten visar för andra vem den är, och vad den berättar för den som inte visat något. NTLM bara i andra versionen och med starka sessionsnycklar, Kerberos bara med AES, en signerad och krypterad kanal till domänkontrollanten, och inga listor över konton eller delningar för främlingar."
  }
  breaks = [
    {
      en = "Modalities, film printers and file servers that answer with LM or NTLM version 1, or cannot use 128-bit session keys."
      sv = "Modaliteter, filmskrivare och filservrar som svarar med LM eller NTLM version 1, eller inte klarar sessionsnycklar på 128 bitar."
    },
    {
      en = "Servers and service accounts that have keys for Kerberos with RC4 or DES only, for instance because their password is older than the domain's AES."
      sv = "Servrar och tjänstekonton som bara har nycklar för Kerberos med RC4 eller DES, till exempel för att lösenordet är äldre än domänens AES."
    },
    {
      en = "Products that log a service on over the network with a local account that has no password."
      sv = "Produkter som loggar in en tjänst över nätet med ett lokalt konto utan lösenord."
    },
  ]
  severity_source = {
    en = "The project's own judgement: after what an attacker gains where the setting is missing."
    sv = "Projektets egen bedömning: efter vad en angripare vinner där inställningen saknas."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 IA-2, IA-3, IA-5, SC-8"]
  capabilities = ["AUTH", "PAUT", "NAUT", "SAHD"]

  input "audit_ntlm" {
    type    = bool
    default = true
    description = {
      en = "Whether NTLM, sent and received, is noted in NTLM/Operational, so that a hospital knows who still needs it before it forbids it. Nothing is refused."
      sv = "Om NTLM, skickad och mottagen, noteras i NTLM/Operational, så att ett sjukhus vet vem som ännu behöver den innan den förbjuds. Inget nekas."
    }
  }

  input "private_accounts" {
    type    = bool
    default = false
    description = {
      en = "Whether a private Microsoft account may be added and used for logon."
      sv = "Om ett privat Microsoft-konto får läggas till och användas för inloggning."
    }
  }

  setting "registry_value" "no-lm-hash" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "NoLMHash"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "Hashes of the LAN Manager kind are broken in minutes."
      sv = "Hashvärden av LAN Manager-typ knäcks på några minuter."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network security: Do not store LAN Manager hash value on next password change\"",
      "DISA STIG for Windows 10: V-220937, CCI-000196, CCI-004062",
    ]
  }

  setting "registry_value" "ntlmv2-only" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "LmCompatibilityLevel"
    type     = "dword"
    value    = 5
    stricter = "higher"
    severity = "high"
    rationale = {
      en = "Only NTLM version 2 is sent and accepted; older answers can be computed backwards."
      sv = "Bara NTLM version 2 skickas och godtas; äldre svar går att räkna baklänges."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network security: LAN Manager authentication level\"",
      "DISA STIG for Windows 10: V-220938, CCI-000366",
    ]
  }

  setting "registry_value" "ntlm-client-session" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0"
    name     = "NTLMMinClientSec"
    type     = "dword"
    value    = 537395200
    severity = "medium"
    rationale = {
      en = "As a client it insists on version 2 and 128-bit keys for the session (0x20080000); a server that offers less is refused instead of being talked to in whispers that anybody can hear."
      sv = "Som klient kräver den version 2 och 128 bitars nycklar för sessionen (0x20080000); en server som erbjuder mindre avvisas i stället för att samtalet går att avlyssna."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network security: Minimum session security for NTLM SSP based (including secure RPC) clients\"",
      "DISA STIG for Windows 10: V-220940, CCI-000366",
    ]
  }

  setting "registry_value" "ntlm-server-session" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0"
    name     = "NTLMMinServerSec"
    type     = "dword"
    value    = 537395200
    severity = "medium"
    rationale = {
      en = "As a server it asks the same of whoever calls, management tools included. An old peer is turned away at once, with an event."
      sv = "Som server kräver den detsamma av den som anropar, även förvaltningsverktyg. En gammal motpart avvisas direkt, med en händelse."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network security: Minimum session security for NTLM SSP based (including secure RPC) servers\"",
      "DISA STIG for Windows 10: V-220941, CCI-000366",
    ]
  }

  setting "registry_value" "no-null-fallback" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0"
    name     = "allownullsessionfallback"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "A service that runs as the system does not fall back to a session without identity, in which nothing is signed."
      sv = "En tjänst som kör som systemet faller inte tillbaka till en session utan identitet, där inget signeras."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network security: Allow LocalSystem NULL session fallback\"",
      "DISA STIG for Windows 10: V-220934, CCI-000366",
    ]
  }

  setting "registry_value" "system-uses-its-name" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "UseMachineId"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Services that run as the system show the computer's account when they speak NTLM, not nobody; servers can then say what this client may do."
      sv = "Tjänster som kör som systemet visar datorns konto när de använder NTLM, inte ingen; servrar kan då avgöra vad just den klienten får."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network security: Allow Local System to use computer identity for NTLM\"",
    ]
  }

  setting "registry_value" "no-online-identity" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\pku2u"
    name     = "AllowOnlineID"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Another computer is not let in on the word of a cloud account; who may enter is decided by the hospital's own directory."
      sv = "En annan dator släpps inte in med hjälp av ett molnkonto; vem som får komma in avgörs av sjukhusets egen katalog."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network security: Allow PKU2U authentication requests to this computer to use online identities\"",
      "DISA STIG for Windows 10: V-220935, CCI-000366",
    ]
  }

  setting "registry_value" "audit-ntlm-in" {
    when     = input.audit_ntlm
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0"
    name     = "AuditReceivingNTLMTraffic"
    type     = "dword"
    value    = 2
    severity = "low"
    rationale = {
      en = "Each logon with NTLM that this client receives is noted, with the account and the caller."
      sv = "Varje inloggning med NTLM som klienten tar emot noteras, med konto och avsändare."
    }
    references = [
      "Windows policy \"Network security: Restrict NTLM: Audit Incoming NTLM Traffic\"",
    ]
  }

  setting "registry_value" "audit-ntlm-out" {
    when     = input.audit_ntlm
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\MSV1_0"
    name     = "RestrictSendingNTLMTraffic"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Each server that is spoken to with NTLM is noted by name: the list of peers to talk to before NTLM ends. The value 1 audits and refuses nothing."
      sv = "Varje server som tilltalas med NTLM noteras med namn: listan över de motparter som måste rättas innan NTLM stängs. Värdet 1 granskar och nekar ingenting."
    }
    references = [
      "Windows policy \"Network security: Restrict NTLM: Outgoing NTLM traffic to remote servers\"",
    ]
  }

  setting "registry_value" "kerberos-aes" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Kerberos\\Parameters"
    name     = "SupportedEncryptionTypes"
    type     = "dword"
    value    = 2147483640
    severity = "medium"
    rationale = {
      en = "Tickets use AES and what comes after it, not RC4 or DES, whose tickets can be cracked offline. Accounts whose password was set before the domain knew AES must set it anew."
      sv = "Biljetter använder AES och det som kommer efter, inte RC4 eller DES vars biljetter kan knäckas i efterhand. Konton med lösenord från tiden före domänens AES måste byta det."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network security: Configure encryption types allowed for Kerberos\"",
      "DISA STIG for Windows 10: V-220936, CCI-000803",
    ]
  }

  setting "registry_value" "kerberos-device-certificate" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Kerberos\\Parameters"
    name     = "DevicePKInitEnabled"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "A computer that has a certificate proves itself with it instead of its password. Without one it does as before."
      sv = "En dator som har ett certifikat visar vem den är med det i stället för lösenordet. Utan certifikat används lösenordet som förut."
    }
    references = [
      "Windows policy \"Support device authentication using certificate\"",
      "DISA STIG for Windows 10: V-220818, CCI-000366",
    ]
  }

  setting "registry_value" "no-blank-passwords" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "LimitBlankPasswordUse"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "Accounts without a password work at the keyboard only."
      sv = "Konton utan lösenord fungerar bara vid tangentbordet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Accounts: Limit local account use of blank passwords to console logon only\"",
      "DISA STIG for Windows 10: V-220910, CCI-000366",
    ]
  }

  setting "registry_value" "no-anonymous-accounts" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "RestrictAnonymousSAM"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Nobody should list accounts without logging on."
      sv = "Ingen ska kunna lista konton utan att logga in."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network access: Do not allow anonymous enumeration of SAM accounts\"",
      "DISA STIG for Windows 10: V-220929, CCI-000366",
    ]
  }

  setting "registry_value" "no-anonymous-shares" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "RestrictAnonymous"
    type     = "dword"
    value    = 1
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "Nobody should list shares without logging on."
      sv = "Ingen ska kunna lista delningar utan att logga in."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network access: Do not allow anonymous enumeration of SAM accounts and shares\"",
      "DISA STIG for Windows 10: V-220930, CCI-001090",
    ]
  }

  setting "registry_value" "anonymous-is-not-everyone" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "EveryoneIncludesAnonymous"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "What a folder grants to everyone is not granted to those who did not say who they are."
      sv = "Det som en mapp ger alla ges inte till den som inte sagt vem den är."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network access: Let Everyone permissions apply to anonymous users\"",
      "DISA STIG for Windows 10: V-220931, CCI-000366",
    ]
  }

  setting "registry_value" "only-administrators-ask-sam" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "RestrictRemoteSAM"
    type     = "sz"
    value    = "O:BAG:BAD:(A;;RC;;;BA)"
    severity = "medium"
    rationale = {
      en = "Only administrators may ask this client over the network who its local accounts and administrators are; otherwise any account in the domain can map where to go next. Inventory tools must log on as administrators."
      sv = "Bara administratörer får fråga klienten över nätet om dess lokala konton och administratörer; annars kan vilket domänkonto som helst kartlägga nästa steg. Inventeringsverktyg måste logga in som administratörer."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network access: Restrict clients allowed to make remote calls to SAM\"",
      "DISA STIG for Windows 10: V-220933, CCI-002235",
    ]
  }

  setting "registry_value" "local-users-as-themselves" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa"
    name     = "ForceGuest"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Whoever logs on over the network with a local account has that account's rights and is logged by that name, not as a guest."
      sv = "Den som loggar in över nätet med ett lokalt konto får kontots rättigheter och loggas med det namnet, inte som gäst."
    }
    references = [
      "Windows policy \"Network access: Sharing and security model for local accounts\"",
    ]
  }

  setting "registry_value" "ldap-signing" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\LDAP"
    name     = "LDAPClientIntegrity"
    type     = "dword"
    value    = 1
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "Questions to the directory are signed where the server can, so that answers, such as group memberships, cannot be changed on the way. 1 asks for signing, it does not break with servers that lack it."
      sv = "Frågor till katalogen signeras där servern kan, så att svar, till exempel gruppmedlemskap, inte kan ändras på vägen. 1 ber om signering men bryter inte med servrar som saknar den."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Network security: LDAP client signing requirements\"",
      "DISA STIG for Windows 10: V-220939, CCI-000366",
    ]
  }

  # The secure channel to the domain controller. None of these does anything outside a domain.

  setting "registry_value" "channel-always-protected" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Netlogon\\Parameters"
    name     = "RequireSignOrSeal"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "The channel over which passwords are checked is signed or encrypted, or there is none; only domain controllers older than any in use cannot."
      sv = "Kanalen där lösenord kontrolleras är signerad eller krypterad, eller så finns ingen; bara domänkontrollanter som är för gamla för att vara i bruk klarar det inte."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Domain member: Digitally encrypt or sign secure channel data (always)\"",
      "DISA STIG for Windows 10: V-220914, CCI-002418, CCI-002421",
    ]
  }

  setting "registry_value" "channel-encrypted" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Netlogon\\Parameters"
    name     = "SealSecureChannel"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "All that goes through the channel is encrypted where the controller can, not the passwords alone."
      sv = "Allt i kanalen krypteras där kontrollanten kan, inte bara lösenorden."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Domain member: Digitally encrypt secure channel data (when possible)\"",
      "DISA STIG for Windows 10: V-220915, CCI-002418, CCI-002421",
    ]
  }

  setting "registry_value" "channel-signed" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Netlogon\\Parameters"
    name     = "SignSecureChannel"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "What is not encrypted is at least signed, so that a change on the way is seen."
      sv = "Det som inte krypteras signeras åtminstone, så att en ändring på vägen syns."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Domain member: Digitally sign secure channel data (when possible)\"",
      "DISA STIG for Windows 10: V-220916, CCI-002418, CCI-002421",
    ]
  }

  setting "registry_value" "channel-strong-key" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Netlogon\\Parameters"
    name     = "RequireStrongKey"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "The channel's key has 128 bits; a shorter one is within reach of a patient listener."
      sv = "Kanalens nyckel har 128 bitar; en kortare kan en tålmodig avlyssnare räkna fram."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Domain member: Require strong (Windows 2000 or later) session key\"",
      "DISA STIG for Windows 10: V-220919, CCI-002418, CCI-002421",
    ]
  }

  setting "registry_value" "machine-password-changes" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Netlogon\\Parameters"
    name     = "DisablePasswordChange"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "The computer changes its own password in the domain. A virtual client that is reset to an old state at each start loses its place in the domain and needs an exception."
      sv = "Datorn byter sitt eget lösenord i domänen. En virtuell klient som återställs till ett gammalt läge vid varje start förlorar sin plats i domänen och behöver ett undantag."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Domain member: Disable machine account password changes\"",
      "DISA STIG for Windows 10: V-220917, CCI-000366",
    ]
  }

  setting "registry_value" "machine-password-age" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Netlogon\\Parameters"
    name     = "MaximumPasswordAge"
    type     = "dword"
    value    = 30
    stricter = "lower"
    severity = "low"
    rationale = {
      en = "Every thirty days, so that a copied disk is of no use for long."
      sv = "Var trettionde dag, så att en kopierad disk inte är till nytta länge."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "Windows policy \"Domain member: Maximum machine account password age\"",
      "DISA STIG for Windows 10: V-220918, CCI-000366",
    ]
  }

  # Other ways to log on

  setting "registry_value" "private-accounts-optional" {
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "MSAOptional"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Apps from the shop take the account of the workplace; none of them may insist on a private one."
      sv = "Appar från butiken tar arbetsplatsens konto; ingen av dem får kräva ett privat."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow Microsoft accounts to be optional\"",
      "DISA STIG for Windows 10: V-220825, CCI-000366",
    ]
  }

  setting "registry_value" "no-private-accounts" {
    when     = !input.private_accounts
    key      = "HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Policies\\System"
    name     = "NoConnectedUser"
    type     = "dword"
    value    = 3
    severity = "medium"
    rationale = {
      en = "Nobody logs on with, or adds, a private Microsoft account: its password, its synchronisation and its recovery are out of the hospital's hands."
      sv = "Ingen loggar in med, eller lägger till, ett privat Microsoft-konto: dess lösenord, synkronisering och återställning är utom sjukhusets kontroll."
    }
    references = [
      "Windows policy \"Accounts: Block Microsoft accounts\"",
    ]
  }

  setting "registry_value" "no-private-accounts-in-apps" {
    when     = !input.private_accounts
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\MicrosoftAccount"
    name     = "DisableUserAuth"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Apps and services do not log on with a private account either."
      sv = "Inte heller appar och tjänster loggar in med ett privat konto."
    }
    references = [
      "Windows policy \"Block all consumer Microsoft account user authentication\"",
    ]
  }

  setting "registry_value" "hello-needs-tpm" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\PassportForWork"
    name     = "RequireSecurityDevice"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Where Windows Hello for Business is used, its key lies in the TPM and cannot be copied with the disk. A computer without TPM cannot enrol."
      sv = "Där Windows Hello för företag används ligger nyckeln i TPM och kan inte kopieras med disken. En dator utan TPM kan inte ansluta."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Use a hardware security device\"",
      "DISA STIG for Windows 10: V-220846, CCI-000366",
    ]
  }

  setting "registry_value" "hello-pin-length" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\PassportForWork\\PINComplexity"
    name     = "MinimumPINLength"
    type     = "dword"
    value    = 6
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "A PIN of the workplace has six digits at least; four are guessed by looking over a shoulder once."
      sv = "En PIN för arbetsplatsen har minst sex siffror; fyra snappas upp med en blick över axeln."
    }
    references = [
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Minimum PIN length\"",
    ]
  }

  setting "registry_value" "faces-not-photographs" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Biometrics\\FacialFeatures"
    name     = "EnhancedAntiSpoofing"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "A photograph of a colleague must not open the session. Cameras without the means for it can no longer be used for logon."
      sv = "Ett fotografi av en kollega ska inte öppna sessionen. Kameror som saknar stöd kan inte längre användas för inloggning."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Configure enhanced anti-spoofing\"",
      "DISA STIG for Windows 10: V-220830, CCI-000366",
    ]
  }
}
