# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "remote-services" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Services that answer the network"
    sv = "Tjänster som svarar på nätet"
  }
  summary = {
    en = "Remote desktop, remote management (WinRM), remote calls (RPC, DCOM) and remote assistance: how they have to be used where they are used. Whether remote desktop is open at all is for remote-access to say. Nobody is let in without having logged on, nothing goes in clear, and an assistant from outside is not called in by a user."
    sv = "Fjärrskrivbord, fjärrförvaltning (WinRM), fjärranrop (RPC, DCOM) och fjärrhjälp: hur de måste användas där de används. Om fjärrskrivbord alls är öppet bestäms av remote-access. Ingen släpps in utan inloggning, inget går i klartext, och en hjälpare utifrån kallas inte in av en användare."
  }
  breaks = [
    {
      en = "Products that move files through a redirected drive of a remote session: give redirect_drives = true."
      sv = "Produkter som flyttar filer genom en omdirigerad enhet i en fjärrsession: ange redirect_drives = true."
    },
    {
      en = "Management tools that speak WinRM with Basic or Digest logon or in clear, Packer's default among them; the plan moves those values to the last stage."
      sv = "Förvaltningsverktyg som talar WinRM med Basic- eller Digest-inloggning eller i klartext, bland annat Packer om inget annat anges; planen lägger de värdena i sista steget."
    },
    {
      en = "Old laboratory and OPC links over DCOM that call without integrity; updates from March 2023 on enforce the same whatever is set here."
      sv = "Gamla laboratorie- och OPC-länkar över DCOM som anropar utan integritetsskydd; uppdateringar från mars 2023 tvingar fram detsamma oavsett vad som sätts här."
    },
    {
      en = "Programs that call RPC services of this client over the network without logging on."
      sv = "Program som anropar klientens RPC-tjänster över nätet utan inloggning."
    },
    {
      en = "Backup programs that read the registry over the network as backup operators: give their account the administrators' group, or except the setting."
      sv = "Säkerhetskopiering som läser registret över nätet med kontot i gruppen Ansvariga för säkerhetskopiering: lägg kontot i administratörsgruppen, eller gör ett undantag."
    },
  ]
  severity_source = {
    en = "The project's own judgement: high where a password or a session is given away, medium where somebody inside gets further."
    sv = "Projektets egen bedömning: hög där ett lösenord eller en session lämnas ut, medel där någon som redan är inne kommer vidare."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 AC-17, SC-8"]
  capabilities = ["RMOT", "NAUT", "PAUT", "TXCF", "SAHD"]

  input "redirect_drives" {
    type    = bool
    default = false
    description = {
      en = "Whether drives of the person's own computer appear in a remote session. The module virtual-client decides it for products that state it: give both the same."
      sv = "Om enheter i personens egen dator syns i en fjärrsession. Modulen virtual-client bestämmer det för produkter som anger det: ge båda samma."
    }
  }

  input "dcom_integrity" {
    type    = bool
    default = true
    description = {
      en = "Whether DCOM servers of this client refuse calls without integrity (CVE-2021-26414), on clients without the updates of 2023 too."
      sv = "Om klientens DCOM-servrar nekar anrop utan integritetsskydd (CVE-2021-26414), även på klienter utan 2023 års uppdateringar."
    }
  }

  input "save_passwords" {
    type    = bool
    default = false
    description = {
      en = "Whether the remote desktop client may keep passwords."
      sv = "Om fjärrskrivbordsklienten får spara lösenord."
    }
  }

  # Remote desktop

  setting "registry_value" "rdp-encryption" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "MinEncryptionLevel"
    type     = "dword"
    value    = 3
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "Where remote desktop is used, it is encrypted with the full key length."
      sv = "Där fjärrskrivbord används krypteras det med full nyckellängd."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Set client connection encryption level\"",
      "DISA STIG for Windows 10: V-220852, CCI-000068, CCI-002890",
    ]
  }

  setting "registry_value" "rdp-tls" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "SecurityLayer"
    type     = "dword"
    value    = 2
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "The session runs inside TLS, so that the client has to show a certificate and nobody can sit between."
      sv = "Sessionen skyddas med TLS, så att klienten måste visa ett certifikat och ingen kan sitta emellan."
    }
    references = [
      "Windows policy \"Require use of specific security layer for remote (RDP) connections\"",
    ]
  }

  setting "registry_value" "rdp-logon-first" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "UserAuthentication"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "Whoever connects proves himself before a session is made for him: holes in what draws the logon screen (BlueKeep) are out of a stranger's reach."
      sv = "Den som ansluter visar vem det är innan en session skapas: sårbarheter i inloggningsskärmen (som BlueKeep) är då utom räckhåll för en främling."
    }
    references = [
      "Windows policy \"Require user authentication for remote connections by using Network Level Authentication\"",
    ]
  }

  setting "registry_value" "rdp-asks" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fPromptForPassword"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "A saved password does not open the session; a laptop left open in the vendor's car would."
      sv = "Ett sparat lösenord öppnar inte sessionen; en öppen bärbar dator i leverantörens bil skulle göra det."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Always prompt for password upon connection\"",
      "DISA STIG for Windows 10: V-220850, CCI-002038",
    ]
  }

  setting "registry_value" "rdp-rpc" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fEncryptRPCTraffic"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "The calls by which sessions are managed are signed and encrypted; tools that cannot are refused."
      sv = "Anropen som styr sessioner signeras och krypteras; verktyg som inte kan nekas."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Require secure RPC communication\"",
      "DISA STIG for Windows 10: V-220851, CCI-001453",
    ]
  }

  setting "registry_value" "rdp-no-saved-passwords" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "DisablePasswordSaving"
    type     = "dword"
    value    = input.save_passwords ? 0 : 1
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "From this client to servers the same holds: the password is typed, not kept on a computer that many share."
      sv = "Från klienten till servrar gäller detsamma: lösenordet skrivs, det sparas inte på en dator som många delar."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Do not allow passwords to be saved\"",
      "DISA STIG for Windows 10: V-220848, CCI-002038",
    ]
  }

  setting "registry_value" "rdp-no-drives" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fDisableCdm"
    type     = "dword"
    value    = input.redirect_drives ? 0 : 1
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "The disks of whoever connects do not appear here, and with them neither malware nor a way out for studies."
      sv = "Den anslutandes diskar syns inte här, och därmed varken skadlig kod eller en väg ut för undersökningar."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Do not allow drive redirection\"",
      "DISA STIG for Windows 10: V-220849, CCI-001090",
    ]
  }

  setting "registry_value" "rdp-temporary-deleted" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "DeleteTempDirsOnExit"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Temporary files of a session go with it, patient data in them too."
      sv = "En sessions tillfälliga filer försvinner med den, även patientdata i dem."
    }
    references = [
      "Windows policy \"Do not delete temp folders upon exit\"",
    ]
  }

  setting "registry_value" "rdp-temporary-apart" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "PerSessionTempDir"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "Each session has temporary files of its own, which others do not see."
      sv = "Varje session har egna tillfälliga filer som andra inte ser."
    }
    references = [
      "Windows policy \"Do not use temporary folders per session\"",
    ]
  }

  # Remote assistance

  setting "registry_value" "no-remote-assistance" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fAllowToGetHelp"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Vendors come in by the agreed path, not by invitations from a user."
      sv = "Leverantörer kommer in den avtalade vägen, inte på inbjudan från en användare."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Configure Solicited Remote Assistance\"",
      "DISA STIG for Windows 10: V-220823, CCI-001090",
    ]
  }

  setting "registry_value" "no-unasked-assistance" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fAllowUnsolicited"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Nor does anybody offer himself: help that pops up unasked is how impostors begin."
      sv = "Ingen erbjuder sig heller: hjälp som dyker upp objuden är så bedragare börjar."
    }
    references = [
      "Windows policy \"Configure Offer Remote Assistance\"",
    ]
  }

  setting "registry_value" "assistance-no-control" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fAllowFullControl"
    ensure   = "absent"
    severity = "low"
    rationale = {
      en = "With assistance off, its old permission to take over the keyboard is removed, so that turning it on again does not bring it back."
      sv = "När fjärrhjälpen är av tas dess gamla rätt att ta över tangentbordet bort, så att den inte följer med om hjälpen slås på igen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Configure Solicited Remote Assistance\"",
    ]
  }

  setting "registry_value" "assistance-no-ticket-time" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "MaxTicketExpiry"
    ensure   = "absent"
    severity = "low"
    rationale = {
      en = "No lifetime for invitations is left behind either: one that was days long would count again."
      sv = "Ingen giltighetstid för inbjudningar lämnas heller kvar: en på flera dagar skulle börja gälla igen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Configure Solicited Remote Assistance\"",
    ]
  }

  setting "registry_value" "assistance-no-ticket-unit" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "MaxTicketExpiryUnits"
    ensure   = "absent"
    severity = "low"
    rationale = {
      en = "The unit of that lifetime goes with it; alone it would turn a number into days."
      sv = "Enheten för den tiden tas också bort; ensam skulle den göra ett tal till dagar."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Configure Solicited Remote Assistance\"",
    ]
  }

  setting "registry_value" "assistance-no-mail" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services"
    name     = "fUseMailto"
    ensure   = "absent"
    severity = "low"
    rationale = {
      en = "Invitations by mail would leave the hospital with a key to the client in them."
      sv = "Inbjudningar per e-post skulle lämna sjukhuset med en nyckel till klienten i sig."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Configure Solicited Remote Assistance\"",
    ]
  }

  # Remote management (WinRM)

  setting "registry_value" "winrm-service-no-basic" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Service"
    name     = "AllowBasic"
    type     = "dword"
    value    = 0
    severity = "high"
    rationale = {
      en = "Basic logon sends the password."
      sv = "Grundläggande inloggning skickar lösenordet."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow Basic authentication\"",
      "DISA STIG for Windows 10: V-220865, CCI-000877",
    ]
  }

  setting "registry_value" "winrm-service-no-plaintext" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Service"
    name     = "AllowUnencryptedTraffic"
    type     = "dword"
    value    = 0
    severity = "high"
    rationale = {
      en = "Management runs over HTTPS, or encrypted by the logon, or not at all."
      sv = "Förvaltning sker över HTTPS, eller krypterad genom inloggningen, eller inte alls."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow unencrypted traffic\"",
      "DISA STIG for Windows 10: V-220866, CCI-002890, CCI-003123",
    ]
  }

  setting "registry_value" "winrm-service-no-runas" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Service"
    name     = "DisableRunAs"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "No plug-in of the service keeps a password in order to run as somebody else."
      sv = "Inget insticksprogram i tjänsten sparar ett lösenord för att köra som någon annan."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Disallow WinRM from storing RunAs credentials\"",
      "DISA STIG for Windows 10: V-220867, CCI-002038",
    ]
  }

  setting "registry_value" "winrm-service-no-credssp" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Service"
    name     = "AllowCredSSP"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Nobody leaves a whole password on this client in order to go on from it to the next server."
      sv = "Ingen lämnar ett helt lösenord på klienten för att gå vidare därifrån till nästa server."
    }
    references = [
      "Windows policy \"Allow CredSSP authentication\"",
    ]
  }

  setting "registry_value" "winrm-service-no-compatibility" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Service"
    name     = "HttpCompatibilityListener"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "No listener of version 1 on port 80, which firewalls let through as if it were the web."
      sv = "Ingen lyssnare enligt version 1 på port 80, som brandväggar släpper igenom som om den vore webben."
    }
    references = [
      "Windows policy \"Turn On Compatibility HTTP Listener\"",
    ]
  }

  setting "registry_value" "winrm-client-no-basic" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Client"
    name     = "AllowBasic"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Basic logon sends the password to the server that this client manages or reports to."
      sv = "Grundläggande inloggning skickar lösenordet till den server som klienten förvaltar eller rapporterar till."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow Basic authentication\"",
      "DISA STIG for Windows 10: V-220862, CCI-000877",
    ]
  }

  setting "registry_value" "winrm-client-no-digest" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Client"
    name     = "AllowDigest"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Digest can be cracked offline from what a listener hears."
      sv = "Digest kan knäckas i efterhand ur det en avlyssnare hör."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Disallow Digest authentication\"",
      "DISA STIG for Windows 10: V-220868, CCI-000877",
    ]
  }

  setting "registry_value" "winrm-client-no-plaintext" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Client"
    name     = "AllowUnencryptedTraffic"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "What this client sends, events to a collector included, is encrypted or not sent."
      sv = "Det klienten skickar, även händelser till en insamlare, är krypterat eller skickas inte."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Allow unencrypted traffic\"",
      "DISA STIG for Windows 10: V-220863, CCI-002890, CCI-003123",
    ]
  }

  setting "registry_value" "winrm-client-no-credssp" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Client"
    name     = "AllowCredSSP"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "A server that is managed from here does not get the administrator's password in clear."
      sv = "En server som förvaltas härifrån får inte administratörens lösenord i klartext."
    }
    references = [
      "Windows policy \"Allow CredSSP authentication\"",
    ]
  }

  # Remote procedure calls

  setting "registry_value" "rpc-needs-logon" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Rpc"
    name     = "RestrictRemoteClients"
    type     = "dword"
    value    = 1
    stricter = "higher"
    severity = "medium"
    rationale = {
      en = "Remote procedure calls need a logon."
      sv = "Fjärranrop kräver inloggning."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Restrict Unauthenticated RPC clients\"",
      "DISA STIG for Windows 10: V-220824, CCI-001967",
    ]
  }

  setting "registry_value" "rpc-asks-logged-on" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Rpc"
    name     = "EnableAuthEpResolution"
    type     = "dword"
    value    = 1
    severity = "low"
    rationale = {
      en = "When this client asks another where a service listens, it does so logged on, so that the other may demand it too."
      sv = "När klienten frågar en annan var en tjänst lyssnar gör den det inloggad, så att även den andra kan kräva det."
    }
    references = [
      "Windows policy \"Enable RPC Endpoint Mapper Client Authentication\"",
    ]
  }

  setting "registry_value" "dcom-integrity" {
    when     = input.dcom_integrity
    key      = "HKLM\\SOFTWARE\\Microsoft\\Ole\\AppCompat"
    name     = "RequireIntegrityActivationAuthenticationLevel"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Calls that start a DCOM server must be protected against change on the way. Analysers and OPC links from before 2021 may not do that."
      sv = "Anrop som startar en DCOM-server måste vara skyddade mot ändring på vägen. Analysinstrument och OPC-länkar från tiden före 2021 klarar det kanske inte."
    }
    references = [
      "Microsoft support article KB5004442",
    ]
  }

  # Old services that nobody should wake

  setting "optional_feature" "no-web-server" {
    name     = "IIS-WebServerRole"
    state    = "disabled"
    optional = true
    stricter = "disabled"
    severity = "medium"
    rationale = {
      en = "A web server on a client is one more door with a lock of its own. A product that needs it says so in needs.features, and the plan then asks for an exception."
      sv = "En webbserver på en klient är ännu en väg in, med ett eget lås. En produkt som behöver den anger det i needs.features, och planen begär då ett undantag."
    }
    references = [
      "NIST SP 800-53 CM-7",
    ]
  }

  setting "optional_feature" "no-web-core" {
    name     = "IIS-HostableWebCore"
    state    = "disabled"
    optional = true
    stricter = "disabled"
    severity = "medium"
    rationale = {
      en = "The same engine inside another program, which no list of services shows."
      sv = "Webbserverns motor kan också köras inuti ett annat program, där den inte syns i någon lista över tjänster."
    }
    references = [
      "NIST SP 800-53 CM-7",
    ]
  }

  setting "optional_feature" "no-telnet" {
    name     = "TelnetClient"
    state    = "disabled"
    optional = true
    stricter = "disabled"
    severity = "medium"
    rationale = {
      en = "Telnet sends the password of the analyser or switch it reaches in clear; service staff have better tools with them."
      sv = "Telnet skickar lösenordet till analysinstrumentet eller switchen i klartext; servicepersonal har bättre verktyg med sig."
    }
    references = [
      "NIST SP 800-53 CM-7",
    ]
  }

  setting "optional_feature" "no-tftp" {
    name     = "TFTP"
    state    = "disabled"
    optional = true
    stricter = "disabled"
    severity = "medium"
    rationale = {
      en = "TFTP has no logon at all, and is how malware fetches its next part. Products that load firmware into devices with it need an exception."
      sv = "TFTP har ingen inloggning alls, och skadlig kod hämtar gärna sin nästa del med det. Produkter som laddar fast programvara i enheter med det behöver ett undantag."
    }
    references = [
      "NIST SP 800-53 CM-7",
    ]
  }

  setting "optional_feature" "no-simple-tcp" {
    name     = "SimpleTCP"
    state    = "disabled"
    optional = true
    stricter = "disabled"
    severity = "medium"
    rationale = {
      en = "Echo, daytime and their like answer everybody, and are good for flooding others only."
      sv = "Tjänster som echo och daytime svarar vem som helst och duger bara till att dränka andra i trafik."
    }
    references = [
      "NIST SP 800-53 CM-7",
    ]
  }

  setting "optional_feature" "no-snmp" {
    name     = "SNMP"
    state    = "disabled"
    optional = true
    stricter = "disabled"
    severity = "medium"
    rationale = {
      en = "The old SNMP agent gives its answers for a word sent in clear. Monitoring has other ways; builds from 17763 on carry it as a capability, not as this feature."
      sv = "Den gamla SNMP-agenten svarar mot ett ord i klartext. Övervakning har andra sätt; byggen från 17763 har den som funktion på begäran, inte som denna."
    }
    references = [
      "NIST SP 800-53 CM-7",
    ]
  }

  not_managed "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Terminal Services!fDenyTSConnections" {
    reason = {
      en = "Whether remote desktop is open is decided by the module remote-access, with an exception that names an owner; here is only how it is protected."
      sv = "Om fjärrskrivbord är öppet bestäms av modulen remote-access, med ett undantag som har en ägare; här står bara hur det skyddas."
    }
  }

  not_managed "reg:HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WinRM\\Service!AllowAutoConfig" {
    reason = {
      en = "Whether WinRM listens follows from the management path that the image declares, not from a policy."
      sv = "Om WinRM lyssnar följer av den förvaltningsväg som avbilden anger, inte av en policy."
    }
  }
}
