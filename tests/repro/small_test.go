package repro

const (
	smallImage  = "small"
	smallOnDesk = "profiles/images/" + smallImage + ".hcl"
)

// small is a tree of profiles that loads in no time, by path.
var small = map[string]string{
	"profiles/bases/lab.hcl": `base "lab-2021" {
  edition_id = "IoTEnterpriseS"
  build      = "19044.1288"
  arch       = "amd64"
  channel    = "LTSC"
  languages  = ["sv-SE", "en-US"]
}
`,
	"profiles/modules/probe.hcl": `module "probe" {
  version = "1.0.0"
  method  = "no-internet"
  title   = { en = "No probe", sv = "Ingen sondering" }
  builds  = ">= 14393"

  input "level" {
    type        = number
    default     = 1
    description = { en = "Level.", sv = "Nivå." }
  }

  setting "registry_value" "level" {
    key       = "HKLM\\SOFTWARE\\Policies\\Test"
    name      = "Level"
    type      = "dword"
    value     = input.level
    stricter  = "higher"
    severity  = "medium"
    rationale = { en = "Because.", sv = "Därför." }
  }

  setting "service" "spooler" {
    name      = "Spooler"
    start     = "disabled"
    stricter  = "stopped"
    severity  = "high"
    rationale = { en = "No printing.", sv = "Ingen utskrift." }
  }

  setting "file" "note" {
    path      = "C:\\Windows\\note.txt"
    source    = "files/note.txt"
    sha256    = "037279912cb60d7be67228853b057cc642443b4ce29b8a5a5bfbb68234b0b962"
    severity  = "low"
    rationale = { en = "A file's bytes stay as they are.", sv = "En fils byte är som de är." }
  }

  setting "file" "text" {
    path      = "C:\\Windows\\text.txt"
    content   = <<-TEXT
      one
      two, in Swedish: två
    TEXT
    severity  = "low"
    rationale = { en = "Line ends of a profile are no content.", sv = "En profils radslut är inget innehåll." }
  }

  setting "user_right" "deny" {
    right     = "SeDenyNetworkLogonRight"
    sids      = ["S-1-5-32-546"]
    severity  = "high"
    rationale = { en = "No guests.", sv = "Inga gäster." }
  }
}
`,
	"profiles/images/small.hcl": `image "small" {
  version  = "1.0.0"
  released = "2026-11-01"
  base     = "lab-2021"

  class {
    type   = "WM"
    groups = [0]
  }

  management {
    local {}
  }

  module "probe" {
    version = "^1.0"
    inputs = {
      level = 2
    }
  }
}
`,
	"profiles/files/note.txt": "a note\n",
}
