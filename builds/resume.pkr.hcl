# Goes on with the hardening of a machine that a failed or cancelled build has left running, at the op where it stopped; or hardens a machine
# that runs already.
#   packer build -var image=profiles/images/radiology-viewer.hcl -var host=192.0.2.7 -var certificate=door.pem builds/resume.pkr.hcl
# with the password in the environment: PKR_VAR_password. A build keeps its machine with `packer build -on-error=abort`.
#
# Tried against the lab (`wmclient lab serve`). Nothing of it has met a real Windows yet.

packer {
  required_plugins {
    wmclient = {
      source  = "github.com/mt-eklient/wmclient"
      version = ">= 0.1.0"
    }
  }
}

variable "image" {
  type        = string
  description = "Path of the image profile, the same as in the build that failed."
}

variable "host" {
  type        = string
  default     = "127.0.0.1"
  description = "Name or address of the machine."
}

variable "port" {
  type        = number
  default     = 5986
  description = "TCP port of its WinRM listener over HTTPS."
}

variable "username" {
  type        = string
  default     = "wmbuild"
  description = "Account of the build on the machine."
}

variable "password" {
  type        = string
  sensitive   = true
  description = "Its password."
}

variable "certificate" {
  type        = string
  default     = ""
  description = "File with the machine's certificate in PEM, which is pinned."
}

variable "ca" {
  type        = string
  default     = ""
  description = "In its place, file with the authority that issued it."
}

variable "stages" {
  type        = list(string)
  default     = ["first-boot", "build"]
  description = "Stages that the agent runs, the same as in the build that failed."
}

variable "agent" {
  type        = string
  default     = ""
  description = "Another wmguest.exe than the one in the plugin."
}

variable "out" {
  type        = string
  default     = "out"
  description = "Folder that the findings go to."
}

source "null" "resume" {
  communicator = "none"
}

locals {
  connection = {
    certificate_pem = var.certificate == "" ? "" : file(abspath(var.certificate))
    ca_pem          = var.ca == "" ? "" : file(abspath(var.ca))
  }
}

build {
  name    = trimsuffix(basename(var.image), ".hcl")
  sources = ["source.null.resume"]

  provisioner "wmclient-harden" {
    image           = var.image
    agent           = var.agent
    stages          = var.stages
    host            = var.host
    port            = var.port
    username        = var.username
    password        = var.password
    certificate_pem = local.connection.certificate_pem
    ca_pem          = local.connection.ca_pem
    leave_findings  = true
  }

  provisioner "wmclient-validate" {
    image           = var.image
    agent           = var.agent
    stages          = var.stages
    host            = var.host
    port            = var.port
    username        = var.username
    password        = var.password
    certificate_pem = local.connection.certificate_pem
    ca_pem          = local.connection.ca_pem
    output          = var.out
  }
}
