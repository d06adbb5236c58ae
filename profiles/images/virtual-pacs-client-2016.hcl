# The virtual PACS client on a base without regular security updates: a virtual client needs no new hardware to move.
image "virtual-pacs-client-2016" {
  like     = "virtual-pacs-client"
  version  = "1.0.0"
  released = "2026-11-01"
  base     = "win10-ltsb-2016"
  # Support with security updates ended on 2026-10-13. The sister exists for clients that cannot move yet.
  required_until = "2027-06-30"

  fact "end-of-support" {
    value     = "Windows 10 Enterprise 2016 LTSB has had no regular security updates since 2026-10-13. Extended updates are not bought. The client moves to the 2021 sister by 2027-06-30."
    stated_by = "Head of client platforms"
  }
}
