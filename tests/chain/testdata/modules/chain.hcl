# What the chain has of its own: a package, which is what the agent itself can do in Wine at first boot. The test puts the digest in.
module "chain" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "The chain's own settings"
    sv = "Kedjans egna inställningar"
  }
  summary = {
    en = "A package without files, so that the agent has something to install at first boot. Nothing breaks by it."
    sv = "Ett paket utan filer, så att agenten har något att installera vid första start. Inget slås ut av det."
  }
  severity_source = {
    en = "The project's own judgement: it is for a test."
    sv = "Projektets egen bedömning: det är för ett prov."
  }
  builds = ">= 14393"

  setting "msi_package" "package" {
    code     = "{9A25302D-30C0-39D9-BD6F-21E6EC160475}"
    version  = "1.2.3"
    source   = "files/chain.msi"
    sha256   = "@SHA256@"
    severity = "medium"
    rationale = {
      en = "The agent installs it, once the machine runs."
      sv = "Agenten installerar det när maskinen är igång."
    }
    references = [
      "NIST SP 800-53 CM-11",
    ]
  }
}
