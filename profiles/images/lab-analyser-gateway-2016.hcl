# The laboratory gateway on a base without regular security updates: analysers whose drivers end with it.
image "lab-analyser-gateway-2016" {
  like     = "lab-analyser-gateway"
  version  = "1.0.0"
  released = "2026-11-01"
  base     = "win10-ltsb-2016"
  # Support with security updates ended on 2026-10-13. The sister exists for clients that cannot move yet.
  required_until = "2027-06-30"

  fact "end-of-support" {
    value     = "Windows 10 Enterprise 2016 LTSB has had no regular security updates since 2026-10-13. Extended updates are not bought; the client is offline and frozen in any case. The client moves to the 2021 sister by 2027-06-30."
    stated_by = "Head of the laboratory's technology"
  }
}
