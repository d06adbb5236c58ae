# Installs a Windows in Hyper-V without a person, hardens and validates it over WinRM, and exports the machine.
#   packer init builds/hyperv.pkr.hcl
#   packer build -var image=profiles/images/radiology-viewer.hcl -var iso=windows.iso builds/hyperv.pkr.hcl
# with the password in the environment: PKR_VAR_password. It needs xorriso (or mkisofs) for the CD and a user who may use Hyper-V.
#
# Only its syntax was checked: its plugin runs on Windows alone. What the build's account and listener leave behind is not removed: the machine is for trials,
# not for clients.

packer {
  required_plugins {
    wmclient = {
      source  = "github.com/mt-eklient/wmclient"
      version = ">= 0.1.0"
    }
    hyperv = {
      source  = "github.com/hashicorp/hyperv"
      version = ">= 1.1.0"
    }
  }
}

variable "image" {
  type        = string
  description = "Path of the image profile."
}

variable "password" {
  type        = string
  sensitive   = true
  description = "Password of the build's account: at least 14 characters with small letters, capitals and digits."
}

variable "wim" {
  type        = string
  default     = ""
  description = "The image.wim that wmclient built, below 4 GiB; empty installs what the medium brings."
}

variable "image_path" {
  type        = string
  default     = "E:\\image.wim"
  description = "Where Windows PE finds that WIM: the second CD."
}

variable "image_index" {
  type        = number
  default     = 1
  description = "Number of the image in the medium's install.wim."
}

variable "language" {
  type        = string
  default     = ""
  description = "Language of Windows: sv-SE or en-US; empty takes the first of the base."
}

variable "licence_channel" {
  type        = string
  default     = "volume"
  description = "Licence channel of the medium: volume, oem or evaluation."
}

variable "product_key" {
  type        = string
  sensitive   = true
  default     = ""
  description = "Product key, where the medium needs one."
}

variable "firmware" {
  type        = string
  default     = "uefi"
  description = "uefi or bios."
}

variable "out" {
  type        = string
  default     = "out"
  description = "Folder for the findings, and for the machine where it becomes files."
}

variable "iso" {
  type        = string
  description = "The medium of Windows: path or address of the ISO image."
}

variable "iso_checksum" {
  type        = string
  default     = "none"
  description = "Its checksum, as Packer takes it: sha256:..."
}

variable "switch" {
  type        = string
  default     = "Default Switch"
  description = "Virtual switch, which should be internal: everybody on it reaches the machine's WinRM."
}

data "wmclient-unattend" "this" {
  image           = var.image
  password        = var.password
  language        = var.language
  firmware        = var.firmware
  image_index     = var.image_index
  image_path      = var.wim == "" ? "" : var.image_path
  licence_channel = var.licence_channel
  product_key     = var.product_key
}

locals {
  name = trimsuffix(basename(var.image), ".hcl")
}

source "hyperv-iso" "online" {
  iso_url            = var.iso
  iso_checksum       = var.iso_checksum
  generation         = var.firmware == "uefi" ? 2 : 1
  enable_secure_boot = var.firmware == "uefi"
  switch_name        = var.switch
  cpus               = 2
  memory             = 4096
  disk_size          = 65536
  headless           = true

  # The medium asks for a key before it starts.
  boot_wait    = "1s"
  boot_command = ["<spacebar><wait1s><spacebar><wait1s><spacebar>"]

  cd_label   = "WMCLIENT"
  cd_content = data.wmclient-unattend.this.cd_content
  cd_files   = var.wim == "" ? [] : [var.wim]

  communicator   = "winrm"
  winrm_username = data.wmclient-unattend.this.username
  winrm_password = var.password
  winrm_port     = data.wmclient-unattend.this.port
  winrm_use_ssl  = true
  winrm_use_ntlm = true
  winrm_insecure = true # Packer's own communicator pins nothing; the provisioners do
  winrm_timeout  = "4h"

  disable_shutdown = true # the last provisioner does it: after stage seal nobody gets in any more
  shutdown_timeout = "30m"

  output_directory = "${var.out}/${local.name}-hyperv"
  vm_name          = local.name
}

build {
  name    = local.name
  sources = ["source.hyperv-iso.online"]

  provisioner "wmclient-harden" {
    image           = var.image
    certificate_pem = data.wmclient-unattend.this.certificate_pem
    leave_findings  = true
    logs            = "${var.out}/logs"
  }

  provisioner "wmclient-validate" {
    image           = var.image
    certificate_pem = data.wmclient-unattend.this.certificate_pem
    output          = var.out
  }
  # The door closes last. The agent judges every setting once more before the machine goes down.
  provisioner "wmclient-harden" {
    image           = var.image
    stages          = ["seal"]
    certificate_pem = data.wmclient-unattend.this.certificate_pem
    logs            = "${var.out}/logs"
    shut_down       = true
  }
}
