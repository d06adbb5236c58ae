# Installs a Windows in QEMU without a person, hardens and validates it over WinRM, and leaves its disk.
#   packer init builds/qemu.pkr.hcl
#   packer build -var image=profiles/images/radiology-viewer.hcl -var iso=windows.iso builds/qemu.pkr.hcl
# with the password in the environment: PKR_VAR_password. It needs xorriso (or mkisofs) for the CD and OVMF for UEFI.
# When it fails: packer build -on-error=abort keeps the machine, and builds/resume.pkr.hcl goes on with it.
#
# `packer validate` takes it with the qemu plugin 1.0.9, and its provisioners, its seal and its end were tried on a lab machine in QEMU (docs/chain.md): no Windows has
# been installed by it yet. The last provisioner takes away what the build leaves, and nobody has seen that on a Windows: hold the captured disk
# against the manifest (wmclient validate --sealed) before it is for anything but trials.

packer {
  required_plugins {
    wmclient = {
      source  = "github.com/mt-eklient/wmclient"
      version = ">= 0.1.0"
    }
    qemu = {
      source  = "github.com/hashicorp/qemu"
      version = ">= 1.0.9"
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

variable "accelerator" {
  type        = string
  default     = "kvm"
  description = "kvm, hvf, whpx or tcg. That /dev/kvm exists does not say that it works; tcg always does, many times slower."
}

variable "port" {
  type        = number
  default     = 55986
  description = "Port of this computer's loopback behind which the machine's WinRM stands; another for each build that runs at the same time."
}

variable "efi_firmware_code" {
  type        = string
  default     = "/usr/share/OVMF/OVMF_CODE.fd"
  description = "OVMF's code, for UEFI."
}

variable "efi_firmware_vars" {
  type        = string
  default     = "/usr/share/OVMF/OVMF_VARS.fd"
  description = "OVMF's variables, for UEFI."
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

source "qemu" "online" {
  iso_url      = var.iso
  iso_checksum = var.iso_checksum
  accelerator  = var.accelerator
  machine_type = "q35"
  cpus         = 2
  memory       = 4096
  disk_size    = "64G"
  format       = "qcow2"
  headless     = true

  # Windows has drivers of its own for these.
  disk_interface = "ide"
  net_device     = "e1000"

  efi_boot          = var.firmware == "uefi"
  efi_firmware_code = var.firmware == "uefi" ? var.efi_firmware_code : null
  efi_firmware_vars = var.firmware == "uefi" ? var.efi_firmware_vars : null

  # On loopback alone, and the machine reaches nothing else. The plugin's own forwarding is on all interfaces.
  qemuargs = [
    ["-netdev", "user,id=user.0,restrict=on,hostfwd=tcp:127.0.0.1:${var.port}-:5986"],
    ["-device", "e1000,netdev=user.0"],
  ]

  # The medium asks for a key before it starts.
  boot_wait    = "3s"
  boot_command = ["<spacebar><wait1s><spacebar><wait1s><spacebar>"]

  cd_label   = "WMCLIENT"
  cd_content = data.wmclient-unattend.this.cd_content
  cd_files   = var.wim == "" ? [] : [var.wim]

  # The provisioners connect by themselves and pin the machine's certificate, which Packer's communicator cannot. Without one the plugin waits until
  # the machine is off, which the last provisioner sees to: after stage seal nobody gets in any more. With one it would end it hard.
  communicator     = "none"
  shutdown_timeout = "30m"

  output_directory = "${var.out}/${local.name}-qemu"
  vm_name          = "${local.name}.qcow2"
}

build {
  name    = local.name
  sources = ["source.qemu.online"]

  provisioner "wmclient-harden" {
    image           = var.image
    host            = "127.0.0.1"
    port            = var.port
    username        = data.wmclient-unattend.this.username
    password        = var.password
    certificate_pem = data.wmclient-unattend.this.certificate_pem
    ready_timeout   = "4h" # Setup runs until then
    leave_findings  = true
    logs            = "${var.out}/logs"
  }

  provisioner "wmclient-validate" {
    image           = var.image
    host            = "127.0.0.1"
    port            = var.port
    username        = data.wmclient-unattend.this.username
    password        = var.password
    certificate_pem = data.wmclient-unattend.this.certificate_pem
    output          = var.out
  }
  # The door closes last. The agent judges every setting once more before the machine goes down.
  provisioner "wmclient-harden" {
    image           = var.image
    host            = "127.0.0.1"
    port            = var.port
    username        = data.wmclient-unattend.this.username
    password        = var.password
    stages          = ["seal"]
    certificate_pem = data.wmclient-unattend.this.certificate_pem
    logs            = "${var.out}/logs"
    shut_down       = true
  }
}
