# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "printing" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Printing"
    sv = "Utskrift"
  }
  summary = {
    en = "The print service runs as the system and takes drivers from the network: in 2021 that was enough to own a client (PrintNightmare). It goes on printing, for labels, films and reports, but takes drivers from administrators only, answers nobody over the network, and speaks with print servers over authenticated, encrypted calls."
    sv = "Utskriftstjänsten kör som systemet och hämtar drivrutiner från nätet: 2021 räckte det för att äga en klient (PrintNightmare). Den fortsätter skriva ut etiketter, filmer och rapporter, men tar bara drivrutiner från administratörer, svarar ingen över nätet och talar med skrivarservrar med autentiserade, krypterade anrop."
  }
  breaks = [
    {
      en = "Users and programs that add a printer from a server whose driver is not on the client: put drivers of label, film and report printers into the base."
      sv = "Användare och program som lägger till en skrivare från en server vars drivrutin saknas på klienten: lägg in drivrutiner för etikett-, film- och rapportskrivare i basen."
    },
    {
      en = "Print servers without the updates of 2021 and later, and Samba servers that know named pipes only."
      sv = "Skrivarservrar utan uppdateringarna från 2021 och senare, och Samba-servrar som bara kan namngivna pipes."
    },
    {
      en = "Other computers that print to a printer shared by this client: give shares_printers = true."
      sv = "Andra datorer som skriver ut på en skrivare som klienten delar ut: ange shares_printers = true."
    },
  ]
  severity_source = {
    en = "The project's own judgement: critical and high where foreign code runs as the system, medium where data can be read or changed."
    sv = "Projektets egen bedömning: kritisk och hög där främmande kod körs som systemet, medel där data kan läsas eller ändras."
  }
  builds       = ">= 14393"
  references   = ["NIST SP 800-53 CM-7, CM-11"]
  capabilities = ["SAHD", "TXCF", "NAUT"]

  input "shares_printers" {
    type    = bool
    default = false
    description = {
      en = "Whether other computers print by this client."
      sv = "Om andra datorer skriver ut via klienten."
    }
  }

  setting "registry_value" "drivers-by-administrators" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers\\PointAndPrint"
    name     = "RestrictDriverInstallationToAdministrators"
    type     = "dword"
    value    = 1
    severity = "critical"
    rationale = {
      en = "A driver runs as the system; a user, or malware as that user, could bring any. Only administrators add one, with the updates of August 2021 on."
      sv = "En drivrutin kör som systemet; en användare, eller skadlig kod som den, kunde ta med vilken som helst. Bara administratörer lägger till, med uppdateringarna från augusti 2021."
    }
    references = [
      "Microsoft security baseline for Windows 10, 21H2",
      "Windows policy \"Limits print driver installation to Administrators\"",
    ]
  }

  setting "registry_value" "ask-at-installation" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers\\PointAndPrint"
    name     = "NoWarningNoElevationOnInstall"
    type     = "dword"
    value    = 0
    severity = "high"
    rationale = {
      en = "A connection to a new printer that brings a driver asks, and asks an administrator. With 1 the line above would be worth nothing."
      sv = "En anslutning till en ny skrivare med drivrutin frågar, och frågar en administratör. Annars vore kravet på administratörer inget värt."
    }
    references = [
      "Windows policy \"Point and Print Restrictions\"",
    ]
  }

  setting "registry_value" "ask-at-update" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers\\PointAndPrint"
    name     = "UpdatePromptSettings"
    type     = "dword"
    value    = 0
    severity = "high"
    rationale = {
      en = "So does a driver that the server has changed since."
      sv = "Även en drivrutin som servern har ändrat sedan dess leder till frågan."
    }
    references = [
      "Windows policy \"Point and Print Restrictions\"",
    ]
  }

  setting "registry_value" "drivers-of-shared-printers" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Print\\Providers\\LanMan Print Services\\Servers"
    name     = "AddPrinterDrivers"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "The older rule for the same, which also binds power users and old installers."
      sv = "Den äldre regeln för samma sak, som även binder privilegierade användare och gamla installationsprogram."
    }
    references = [
      "Windows policy \"Devices: Prevent users from installing printer drivers\"",
    ]
  }

  setting "registry_value" "packages-only" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers\\PackagePointAndPrint"
    name     = "PackagePointAndPrintOnly"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "From a server only drivers in signed packages are taken; type-3 drivers of old printers without one have to be in the base."
      sv = "Från en server tas bara drivrutiner i signerade paket; gamla skrivares typ 3-drivrutiner utan paket måste finnas i basen."
    }
    references = [
      "Windows policy \"Only use Package Point and print\"",
    ]
  }

  setting "registry_value" "no-kernel-drivers" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers"
    name     = "KMPrintersAreBlocked"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Printer drivers that run inside the kernel, as those of Windows NT did, are not accepted."
      sv = "Skrivardrivrutiner som kör inuti kärnan, som för Windows NT, godtas inte."
    }
    references = [
      "Windows policy \"Disallow installation of printers using kernel-mode drivers\"",
    ]
  }

  setting "registry_value" "no-web-drivers" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers"
    name     = "DisableWebPnPDownload"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "No driver is fetched over HTTP, from the internet or from a page of the printer."
      sv = "Ingen drivrutin hämtas över HTTP, från internet eller från skrivarens egen sida."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn off downloading of print drivers over HTTP\"",
      "DISA STIG for Windows 10: V-220815, CCI-000381",
    ]
  }

  setting "registry_value" "no-web-printing" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers"
    name     = "DisableHTTPPrinting"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "Reports are not sent to a printer over HTTP, where they could be read. Printers that are reached by IPP over HTTP need another port."
      sv = "Utlåtanden skickas inte till en skrivare över HTTP, där de kan läsas. Skrivare som nås med IPP över HTTP behöver en annan port."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
      "Windows policy \"Turn off printing over HTTP\"",
      "DISA STIG for Windows 10: V-220817, CCI-000381",
    ]
  }

  setting "registry_value" "answers-nobody" {
    when     = !input.shares_printers
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers"
    name     = "RegisterSpoolerRemoteRpcEndPoint"
    type     = "dword"
    value    = 2
    stricter = "higher"
    severity = "high"
    rationale = {
      en = "The service prints, but does not listen for others: most of its holes were reached this way. The service has to be restarted before it counts."
      sv = "Tjänsten skriver ut men lyssnar inte på andra: de flesta av dess hål nåddes den vägen. Tjänsten måste startas om innan det gäller."
    }
    references = [
      "Windows policy \"Allow Print Spooler to accept client connections\"",
    ]
  }

  setting "registry_value" "private-calls" {
    key      = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Print"
    name     = "RpcAuthnLevelPrivacyEnabled"
    type     = "dword"
    value    = 1
    severity = "high"
    rationale = {
      en = "Calls to this service must be encrypted (CVE-2021-1678), so that a logon cannot be relayed to it."
      sv = "Anrop till tjänsten måste vara krypterade (CVE-2021-1678), så att en inloggning inte kan vidarebefordras till den."
    }
    references = [
      "Microsoft support article KB4599464",
    ]
  }

  setting "registry_value" "no-redirection-of-files" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers"
    name     = "RedirectionguardPolicy"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "The service does not follow links that a plain user made: they led it to overwrite the system's files. Builds without the update ignore the value."
      sv = "Tjänsten följer inte länkar som en vanlig användare skapat: de lurade den att skriva över systemets filer. Byggen utan uppdateringen bortser från värdet."
    }
    references = [
      "Windows policy \"Configure Redirection Guard\"",
    ]
  }

  setting "registry_value" "no-files-with-drivers" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers"
    name     = "CopyFilesPolicy"
    type     = "dword"
    value    = 1
    severity = "medium"
    rationale = {
      en = "With a printer only colour profiles are copied from the server, no other files beside the driver (CVE-2021-36958)."
      sv = "Med en skrivare kopieras bara färgprofiler från servern, inga andra filer vid sidan av drivrutinen (CVE-2021-36958)."
    }
    references = [
      "Windows policy \"Manage processing of Queue-specific files\"",
    ]
  }

  setting "registry_value" "calls-over-tcp" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers\\RPC"
    name     = "RpcUseNamedPipeProtocol"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Print servers are called over TCP, where the call is encrypted by itself, and not over named pipes. The network must let through the ports."
      sv = "Skrivarservrar anropas över TCP, där anropet krypteras i sig, och inte över namngivna pipes. Nätet måste släppa igenom portarna."
    }
    references = [
      "Windows policy \"Configure RPC connection settings\"",
    ]
  }

  setting "registry_value" "calls-authenticated" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers\\RPC"
    name     = "RpcAuthentication"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "The server has to prove who it is, in the way Windows chooses by default."
      sv = "Servern måste visa vem den är, på det sätt Windows väljer i grundläget."
    }
    references = [
      "Windows policy \"Configure RPC connection settings\"",
    ]
  }

  setting "registry_value" "listener-over-tcp" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers\\RPC"
    name     = "RpcProtocols"
    type     = "dword"
    value    = 5
    severity = "medium"
    rationale = {
      en = "Where the client does listen, it is over TCP only."
      sv = "Där klienten ändå lyssnar gör den det bara över TCP."
    }
    references = [
      "Windows policy \"Configure RPC listener settings\"",
    ]
  }

  setting "registry_value" "listener-authenticated" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers\\RPC"
    name     = "ForceKerberosForRpc"
    type     = "dword"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Callers log on by Kerberos or NTLM, and never not at all."
      sv = "Den som anropar loggar in med Kerberos eller NTLM, aldrig inte alls."
    }
    references = [
      "Windows policy \"Configure RPC listener settings\"",
    ]
  }

  setting "registry_value" "calls-by-the-mapper" {
    key      = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows NT\\Printers\\RPC"
    name     = "RpcTcpPort"
    type     = "dword"
    value    = 0
    severity = "low"
    rationale = {
      en = "The port is given out by the endpoint mapper; a fixed one needs an exception and a firewall rule."
      sv = "Porten delas ut av slutpunktsmapparen; en fast kräver ett undantag och en brandväggsregel."
    }
    references = [
      "Windows policy \"Configure RPC over TCP port\"",
    ]
  }
}
