# What the project's own modules do not have: every type of value, values and files that go, a name in two links, and a
# setting that agrees with one of another kind.
module "referee" {
  version = "1.0.0"
  method  = "policies"
  title = {
    en = "For the referees"
    sv = "För domarna"
  }
  builds = ">= 14393"

  locals {
    values = {
      "sz"        = { type = "sz", value = "Åtkomst nekad, 5 € \"\\" }
      "empty"     = { type = "sz", value = "" }
      "expand"    = { type = "expand_sz", value = "%SystemRoot%\\wmclient" }
      "binary"    = { type = "binary", value = "00ff10" }
      "dword"     = { type = "dword", value = "4294967295" }
      "dword-be"  = { type = "dword_be", value = "258" }
      "qword"     = { type = "qword", value = "18446744073709551615" }
      "none"      = { type = "none", value = "ff" }
      "resources" = { type = "resource_list", value = "0000000000000000" }
    }
  }

  setting "registry_value" "type" {
    for_each  = local.values
    key       = "HKLM\\SOFTWARE\\wmclient-referee\\Types"
    name      = each.key
    type      = each.value.type
    value     = each.value.value
    severity  = "low"
    rationale = { en = "Only for tests.", sv = "Bara för prov." }
  }

  setting "registry_value" "multi" {
    key       = "HKLM\\SOFTWARE\\wmclient-referee\\Types"
    name      = "multi"
    type      = "multi_sz"
    value     = ["one", "två"]
    severity  = "low"
    rationale = { en = "Only for tests.", sv = "Bara för prov." }
  }

  setting "registry_value" "big" {
    key       = "HKLM\\SOFTWARE\\wmclient-referee\\Big"
    name      = "big"
    type      = "binary"
    value     = "@BIG@"
    severity  = "low"
    rationale = { en = "Only for tests.", sv = "Bara för prov." }
  }

  setting "registry_value" "default-value" {
    key       = "HKLM\\SOFTWARE\\wmclient-referee\\Default"
    name      = ""
    type      = "sz"
    value     = "default"
    severity  = "low"
    rationale = { en = "Only for tests.", sv = "Bara för prov." }
  }

  setting "registry_value" "gone" {
    key       = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Drivers32"
    name      = "midimapper"
    ensure    = "absent"
    severity  = "low"
    rationale = { en = "Only for tests.", sv = "Bara för prov." }
  }

  setting "registry_value" "never-there" {
    key       = "HKCU\\Software\\wmclient-referee"
    name      = "never"
    ensure    = "absent"
    severity  = "low"
    rationale = { en = "Only for tests.", sv = "Bara för prov." }
  }

  setting "registry_value" "policy-gone" {
    key       = "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows\\WindowsUpdate"
    name      = "WUServer"
    ensure    = "absent"
    severity  = "low"
    rationale = { en = "Only for tests.", sv = "Bara för prov." }
  }

  setting "registry_value" "user-policy-gone" {
    key       = "HKCU\\Software\\Policies\\Microsoft\\Windows\\System"
    name      = "DisableCMD"
    ensure    = "absent"
    severity  = "low"
    rationale = { en = "Only for tests.", sv = "Bara för prov." }
  }

  setting "registry_value" "agrees-with-a-service" {
    key       = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\RemoteRegistry"
    name      = "Start"
    type      = "dword"
    value     = 4
    severity  = "low"
    rationale = { en = "Only for tests.", sv = "Bara för prov." }
  }

  setting "file" "linked" {
    path      = "C:\\Windows\\notepad.exe"
    content   = "both names\n"
    severity  = "low"
    rationale = { en = "Only for tests.", sv = "Bara för prov." }
  }

  setting "file" "file-gone" {
    path      = "C:\\Windows\\hh.exe"
    ensure    = "absent"
    severity  = "low"
    rationale = { en = "Only for tests.", sv = "Bara för prov." }
  }

  setting "file" "deep" {
    path      = "C:\\wmclient\\a\\b\\deep.txt"
    content   = "deep\n"
    severity  = "low"
    rationale = { en = "Only for tests.", sv = "Bara för prov." }
  }
}
