# The readme has Windows line ends and a byte order mark, so that the Notepad of every base shows it right.
module "client-notice" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "Notice about the client"
    sv = "Upplysning om klienten"
  }
  summary = {
    en = "Two text files on the client, which every user can read: what the client is and that it must not be changed, and which image, base and products it was made from. Nothing is known to break: no program reads or writes the files."
    sv = "Två textfiler på klienten, som alla användare kan läsa: vad klienten är och att den inte får ändras, och vilken avbild, bas och vilka produkter den är gjord av. Modulen slår veterligen inte ut något: inget program läser eller skriver filerna."
  }
  severity_source = {
    en = "The project's own judgement: the files inform; they protect nothing."
    sv = "Projektets egen bedömning: filerna upplyser; de skyddar ingenting."
  }
  builds = ">= 14393"
  capabilities = [
    "SGUD",
  ]

  input "contact" {
    type    = string
    default = "the medical engineering department"
    description = {
      en = "Whom to call, as text for the client's users."
      sv = "Vem som ska kontaktas, som text till klientens användare."
    }
  }

  setting "file" "readme" {
    path     = "C:\\ProgramData\\wmclient\\README.txt"
    source   = "files/client-readme.txt"
    sha256   = "23aaebe9fa94783a29476f89ed79e3016b47492f3559ec582bb0aab6c1cddd33"
    severity = "low"
    rationale = {
      en = "Whoever examines the client learns what it is and that it must not be changed."
      sv = "Den som undersöker klienten får veta vad den är och att den inte får ändras."
    }
    references = [
      "NIST SP 800-53 CM-8, PL-4",
    ]
  }

  setting "file" "about" {
    path = "C:\\ProgramData\\wmclient\\ABOUT.txt"
    content = join("\n", concat(
      ["Image ${image.name} ${image.version}", "Base ${base.edition_id} ${base.build}"],
      [for name in sort(keys(products)) : "Product ${name} ${products[name].version}"],
      ["Contact ${input.contact}", ""],
    ))
    newline  = "crlf"
    severity = "low"
    rationale = {
      en = "Whoever stands at the client sees which image, base and products it was made from, and who answers questions."
      sv = "Den som står vid klienten ser vilken avbild, bas och vilka produkter den är gjord av, och vem som svarar på frågor."
    }
    references = [
      "NIST SP 800-53 CM-8",
    ]
  }
}
