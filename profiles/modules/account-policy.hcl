# Rules for passwords and lockout, and the accounts that every Windows has. They live in SAM and SECURITY: set at first boot.
# Rule numbers of DISA's STIG for Windows 10, and CCI, are cited where a public role that applies it (ansible-lockdown/Windows-10-STIG,
# commit 83e475f) shows the number together with the same place and a value that this one meets. tests/library holds the table.
module "account-policy" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Passwords, lockout and built-in accounts"
    sv = "Lösenord, spärr och inbyggda konton"
  }
  summary = {
    en = "Local accounts remain on every client: for service, for emergencies, sometimes for a product. This module says how long their passwords are, when guessing ends, and that the accounts which Windows brings along stay closed. Accounts of the domain follow the domain."
    sv = "Lokala konton finns kvar på varje klient: för service, för nödlägen, ibland för en produkt. Modulen säger hur långa deras lösenord är, efter hur många försök ett konto spärras och att de konton som Windows har med sig förblir stängda. Domänens konton följer domänen."
  }
  breaks = [
    {
      en = "A product whose service or automatic logon uses a local account stops when that account's password expires; set maximum_age to -1 or let the service run as a managed account."
      sv = "En produkt vars tjänst eller automatiska inloggning använder ett lokalt konto stannar när kontots lösenord går ut; sätt maximum_age till -1 eller låt tjänsten köra med ett förvaltat konto."
    },
    {
      en = "An installer that makes a local account with a short password fails from first boot on."
      sv = "Ett installationsprogram som skapar ett lokalt konto med kort lösenord misslyckas från första start."
    },
    {
      en = "With lockout for administrators, whoever guesses can keep the break-glass account locked over the network; deny it network logon."
      sv = "Med spärr även för administratörer kan den som gissar hålla nödkontot spärrat över nätet; neka det nätinloggning."
    },
  ]
  builds = ">= 14393"
  capabilities = [
    "AUTH",
    "PAUT",
    "SAHD",
  ]
  severity_source = {
    en = "The project's own judgement for a client in health care: how far a person or program gets if the setting is missing."
    sv = "Projektets egen bedömning för en klient i vården: hur långt en person eller ett program kommer om inställningen saknas."
  }

  input "minimum_length" {
    type    = number
    default = 14
    description = {
      en = "Characters that a local password must have, from 8 to 14."
      sv = "Antal tecken som ett lokalt lösenord måste ha, från 8 till 14."
    }
    validation {
      condition = input.minimum_length >= 8 && input.minimum_length <= 14 && floor(input.minimum_length) == input.minimum_length
      error_message = {
        en = "The length must be a whole number from 8 to 14, which is as far as the policy of these builds goes."
        sv = "Längden måste vara ett heltal från 8 till 14, som är så långt policyn räcker på dessa byggen."
      }
    }
  }

  input "maximum_age" {
    type    = number
    default = 60
    description = {
      en = "Days after which a local password must be changed; -1 for never, where local accounts belong to services or to automatic logon."
      sv = "Dagar tills ett lokalt lösenord måste bytas; -1 för aldrig, där lokala konton hör till tjänster eller automatisk inloggning."
    }
    validation {
      condition = input.maximum_age == -1 || (input.maximum_age >= 1 && input.maximum_age <= 365)
      error_message = {
        en = "The age must be from 1 to 365 days, or -1 for passwords that never expire."
        sv = "Åldern måste vara från 1 till 365 dagar, eller -1 för lösenord som aldrig går ut."
      }
    }
  }

  input "lockout_threshold" {
    type    = number
    default = 10
    description = {
      en = "Wrong passwords after which a local account is locked, from 3 to 10."
      sv = "Antal felaktiga lösenord innan ett lokalt konto spärras, från 3 till 10."
    }
    validation {
      condition = input.lockout_threshold >= 3 && input.lockout_threshold <= 10 && floor(input.lockout_threshold) == input.lockout_threshold
      error_message = {
        en = "The number must be a whole one from 3 to 10: fewer lock out people who are in a hurry, more help whoever guesses."
        sv = "Antalet måste vara ett heltal från 3 till 10: färre spärrar ut den som har bråttom, fler hjälper den som gissar."
      }
    }
  }

  input "administrator_enabled" {
    type    = bool
    default = false
    description = {
      en = "Whether the built-in administrator may log on. False where another account is the way in for service and emergencies."
      sv = "Om det inbyggda administratörskontot får logga in. Nej (false) där ett annat konto är vägen in för service och nödlägen."
    }
  }

  input "guest_name" {
    type    = string
    default = "Visitor"
    description = {
      en = "What the disabled guest account is called, without characters that differ between keyboards."
      sv = "Vad det inaktiverade gästkontot heter, utan tecken som skiljer sig mellan tangentbord."
    }
  }

  deviation "account-policy:LockoutBadCount" {
    values = ["10"]
    reason = {
      en = "NSA locks an account after three wrong passwords, Microsoft after ten. In care, with gloves on and a patient waiting, three come soon; ten still end guessing."
      sv = "NSA spärrar ett konto efter tre felaktiga lösenord, Microsoft efter tio. I vården, med handskar på och en patient som väntar, är tre felskrivningar snart gjorda; tio stoppar ändå gissningarna."
    }
  }

  deviation "account-policy:LockoutDuration" {
    values = ["15"]
    reason = {
      en = "NSA keeps a locked account locked until an administrator comes, Microsoft for a quarter of an hour. A break-glass account that only an administrator can unlock is no way in at night."
      sv = "NSA håller ett spärrat konto spärrat tills en administratör kommer, Microsoft i en kvart. Ett nödkonto som bara en administratör kan låsa upp är ingen väg in på natten."
    }
  }

  setting "account_policy" "minimum-length" {
    name     = "MinimumPasswordLength"
    value    = input.minimum_length
    severity = "high"
    rationale = {
      en = "Short passwords are tried out in hours. The rule counts for local accounts; those of the domain follow the domain."
      sv = "Korta lösenord går att prova fram på timmar. Regeln gäller lokala konton; domänens konton följer domänen."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 IA-5",
      "DISA STIG for Windows 10: V-220745, CCI-000205, CCI-004066",
    ]
  }

  setting "account_policy" "complexity" {
    name     = "PasswordComplexity"
    value    = 1
    severity = "medium"
    rationale = {
      en = "A password of one kind of characters is among the first that are tried."
      sv = "Ett lösenord med bara en sorts tecken hör till de första som provas."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 IA-5",
      "DISA STIG for Windows 10: V-220746, CCI-000192, CCI-000193, CCI-000194, CCI-001619",
    ]
  }

  setting "account_policy" "history" {
    name     = "PasswordHistorySize"
    value    = 24
    severity = "medium"
    rationale = {
      en = "Otherwise a forced change leads back to the password that just left."
      sv = "Annars leder ett framtvingat byte tillbaka till det lösenord som nyss lämnades."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220742, CCI-004061",
    ]
  }

  setting "account_policy" "no-reversible-encryption" {
    name     = "ClearTextPassword"
    value    = 0
    severity = "high"
    rationale = {
      en = "Passwords kept so that they can be read back are as good as written down."
      sv = "Lösenord som sparas så att de går att läsa tillbaka är så gott som nedskrivna."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "account_policy" "maximum-age" {
    name     = "MaximumPasswordAge"
    value    = input.maximum_age
    severity = "low"
    rationale = {
      en = "A password that got out works no longer than this. An account that nobody types in, for a service or automatic logon, must not run into it: then maximum_age is -1."
      sv = "Ett lösenord som kommit ut fungerar inte längre än så här. Ett konto vars lösenord ingen skriver in, för en tjänst eller automatisk inloggning, får inte drabbas: då sätts maximum_age till -1."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220743, CCI-000199, CCI-004066",
    ]
  }

  setting "account_policy" "minimum-age" {
    name     = "MinimumPasswordAge"
    value    = 1
    severity = "low"
    rationale = {
      en = "Without a day in between, the history is run through in a minute."
      sv = "Utan en dag emellan går historiken att köra igenom på en minut."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220744, CCI-000198, CCI-004066",
    ]
  }

  setting "account_policy" "lockout-threshold" {
    name     = "LockoutBadCount"
    value    = input.lockout_threshold
    severity = "medium"
    rationale = {
      en = "Guessing at the keyboard or over the network ends. Ten tries instead of the three of stricter lists: staff with gloves and in a hurry mistype, and a locked account delays care."
      sv = "Det sätter stopp för gissningar vid tangentbordet eller över nätet. Tio försök i stället för de tre i strängare listor: personal med handskar och bråttom skriver fel, och ett spärrat konto fördröjer vården."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NIST SP 800-53 AC-7",
    ]
  }

  setting "account_policy" "lockout-duration" {
    name     = "LockoutDuration"
    value    = 15
    severity = "medium"
    rationale = {
      en = "After a quarter of an hour the account works again without anybody being called, and guessing stays slow. A lockout that only an administrator ends would let anybody at the keyboard close a client for the night."
      sv = "Efter en kvart fungerar kontot igen utan att någon behöver tillkallas, och gissningarna förblir långsamma. En spärr som bara en administratör häver skulle låta vem som helst vid tangentbordet stänga en klient för natten."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NIST SP 800-53 AC-7",
      "DISA STIG for Windows 10: V-220739, CCI-002238",
    ]
  }

  setting "account_policy" "lockout-counter" {
    name     = "ResetLockoutCount"
    value    = 15
    severity = "low"
    rationale = {
      en = "Wrong passwords are counted over the same quarter of an hour."
      sv = "Felaktiga lösenord räknas under samma kvart."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "NIST SP 800-53 AC-7",
      "DISA STIG for Windows 10: V-220741, CCI-000044, CCI-002238",
    ]
  }

  setting "account_policy" "administrator-lockout" {
    name     = "AllowAdministratorLockout"
    value    = 1
    when     = (base.build_number == 14393 && base.ubr >= 5427) || (base.build_number == 17763 && base.ubr >= 3532) || (base.build_number == 19044 && base.ubr >= 2130) || base.build_number > 19044
    severity = "medium"
    rationale = {
      en = "Otherwise the one account that is on every client can be guessed at for ever. Windows knows the rule since the update of October 2022."
      sv = "Annars går det att gissa hur länge som helst på det konto som finns på varje klient. Windows har regeln sedan uppdateringen i oktober 2022."
    }
    references = [
      "Microsoft KB5020282",
    ]
  }

  setting "account_policy" "no-anonymous-name-lookup" {
    name     = "LSAAnonymousNameLookup"
    value    = 0
    severity = "medium"
    rationale = {
      en = "Who is not logged on should not learn the name behind an account's number."
      sv = "Den som inte är inloggad ska inte få veta namnet bakom ett kontos nummer."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607, 1809 and 21H2",
      "NSA host baseline for Windows 10, 1607",
      "DISA STIG for Windows 10: V-220928, CCI-000366",
    ]
  }

  setting "account_policy" "logon-hours" {
    name     = "ForceLogoffWhenHourExpire"
    value    = 1
    severity = "low"
    rationale = {
      en = "Connections to shares end when an account's permitted hours are over; nobody at the screen is thrown out."
      sv = "Anslutningar till delningar upphör när kontots tillåtna tider är slut; ingen vid skärmen loggas ut."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "local_account" "administrator" {
    rid      = 500
    enabled  = input.administrator_enabled
    severity = "high"
    rationale = {
      en = "The built-in administrator is the first name that is tried, and in safe mode it escapes the lockout."
      sv = "Det inbyggda administratörskontot är det första namn som provas, och i felsäkert läge undgår det spärren."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
    ]
  }

  setting "local_account" "guest" {
    rid      = 501
    enabled  = false
    name     = input.guest_name
    severity = "high"
    rationale = {
      en = "A guest leaves no trace of who it was. The other name only keeps simple tools out."
      sv = "En gäst lämnar inga spår av vem det var. Det andra namnet håller bara enkla verktyg borta."
    }
    references = [
      "Microsoft security baseline for Windows 10, 1607 and 1809",
      "NSA host baseline for Windows 10, 1607",
    ]
  }

  setting "local_account" "default-account" {
    rid      = 503
    enabled  = false
    optional = true
    severity = "low"
    rationale = {
      en = "Windows keeps the account for a purpose that these clients do not have."
      sv = "Windows har kontot för ett ändamål som de här klienterna inte har."
    }
    references = [
      "NIST SP 800-53 AC-2(3), AC-6",
      "Microsoft Learn, \"Local accounts\" (DefaultAccount)",
    ]
  }

  setting "local_account" "application-guard" {
    rid      = 504
    enabled  = false
    optional = true
    builds   = ">= 17763"
    severity = "low"
    rationale = {
      en = "The account belongs to a browser feature that is not in use."
      sv = "Kontot hör till en webbläsarfunktion som inte används."
    }
    references = [
      "NIST SP 800-53 AC-2(3), AC-6",
      "Microsoft Learn, \"Local accounts\" (WDAGUtilityAccount)",
    ]
  }

  not_managed "account-policy:EnableAdminAccount" {
    reason = {
      en = "Written as the account itself (local_account, RID 500), because it may be the way in for emergencies on one client and closed on the next."
      sv = "Skrivs som kontot självt (local_account, RID 500), eftersom det kan vara vägen in i nödlägen på en klient och stängt på nästa."
    }
  }
}
