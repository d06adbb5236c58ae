# Installs a Windows in vSphere without a person, hardens and validates it over WinRM, and makes a template of it.
#   packer init builds/vsphere.pkr.hcl
#   packer build -var image=profiles/images/radiology-viewer.hcl -var-file=site.pkrvars.hcl builds/vsphere.pkr.hcl
# with the passwords in the environment: PKR_VAR_password, PKR_VAR_vcenter_password. It needs xorriso (or mkisofs) for the CD.
#
# Only its syntax was checked. What the build's account and listener leave behind is not removed: the machine is for trials, not for clients.

packer {
  required_plugins {
    wmclient = {
      source  = "github.com/mt-eklient/wmclient"
      version = ">= 0.1.0"
    }
    vsphere = {
      source  = "github.com/hashicorp/vsphere"
      version = ">= 1.4.0"
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

variable "vcenter" {
  type        = string
  description = "Name of the vCenter server."
}

variable "vcenter_username" {
  type        = string
  description = "Account on it."
}

variable "vcenter_password" {
  type        = string
  sensitive   = true
  description = "Its password."
}

variable "datacenter" {
  type        = string
  description = "Datacenter."
}

variable "cluster" {
  type        = string
  description = "Cluster."
}

variable "datastore" {
  type        = string
  description = "Datastore of the machine."
}

variable "network" {
  type        = string
  description = "Port group, which should be a network of builds: everybody on it reaches the machine's WinRM."
}

variable "iso_path" {
  type        = string
  description = "The medium of Windows on a datastore: [datastore] folder/windows.iso"
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

source "vsphere-iso" "online" {
  vcenter_server = var.vcenter
  username       = var.vcenter_username
  password       = var.vcenter_password
  datacenter     = var.datacenter
  cluster        = var.cluster
  datastore      = var.datastore

  vm_name       = local.name
  guest_os_type = "windows9_64Guest"
  firmware      = var.firmware == "uefi" ? "efi-secure" : "bios"
  CPUs          = 2
  RAM           = 4096
  iso_paths     = [var.iso_path]

  # Windows has drivers of its own for these.
  disk_controller_type = ["lsilogic-sas"]
  storage {
    disk_size             = 65536
    disk_thin_provisioned = true
  }
  network_adapters {
    network      = var.network
    network_card = "e1000e"
  }

  # The medium asks for a key before it starts.
  boot_wait    = "3s"
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

  convert_to_template = true
}

build {
  name    = local.name
  sources = ["source.vsphere-iso.online"]

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
