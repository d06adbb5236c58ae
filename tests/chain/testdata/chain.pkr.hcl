# The chain: a machine that answers WinRM is booted, hardened, restarted, validated, sealed, and its disk kept. tests/chain fills in the variables.
packer {
  required_plugins {
    wmclient = {
      source  = "github.com/mt-eklient/wmclient"
      version = ">= 0.1.0"
    }
    qemu = {
      source  = "github.com/hashicorp/qemu"
      version = "= 1.0.9"
    }
  }
}

variable "image" { type = string }
variable "agent" { type = string }
variable "disk" { type = string }
variable "kernel" { type = string }
variable "initrd" { type = string }
variable "out" { type = string }
variable "password" {
  type      = string
  sensitive = true
}

source "qemu" "chain" {
  iso_url          = var.disk
  iso_checksum     = "none"
  disk_image       = true
  use_backing_file = false
  format           = "qcow2"
  disk_size        = "3G"
  disk_interface   = "virtio"
  net_device       = "virtio-net"
  accelerator      = "tcg"
  headless         = true
  memory           = 2048
  cpus             = 2
  vm_name          = "captured.qcow2"
  output_directory = "${var.out}/disk"
  skip_compaction  = true
  disk_compression = false
  boot_wait        = "1s"

  communicator   = "winrm"
  winrm_username = "packer"
  winrm_password = var.password
  winrm_port     = 5985
  winrm_timeout  = "6m"

  shutdown_command = "C:\\lab\\close.cmd"
  shutdown_timeout = "6m"

  # The plugin forwards the communicator's port on all interfaces; this is loopback alone, and the machine reaches nothing else.
  qemuargs = [
    ["-kernel", var.kernel],
    ["-initrd", var.initrd],
    ["-append", "root=/dev/vda rw console=ttyS0 quiet net.ifnames=0"],
    ["-netdev", "user,id=user.0,restrict=on,hostfwd=tcp:127.0.0.1:{{ .SSHHostPort }}-:5985"],
    ["-device", "virtio-net,netdev=user.0"],
    ["-serial", "file:${var.out}/serial.log"],
  ]
}

build {
  sources = ["source.qemu.chain"]

  provisioner "wmclient-harden" {
    image          = var.image
    agent          = var.agent
    auth           = "basic"
    plain_loopback = true
    ready_timeout  = "6m"
    logs           = "${var.out}/logs"
    leave_findings = true
  }

  provisioner "wmclient-validate" {
    image          = var.image
    agent          = var.agent
    auth           = "basic"
    plain_loopback = true
    ready_timeout  = "6m"
    output         = "${var.out}/live"
  }

  provisioner "wmclient-harden" {
    image          = var.image
    agent          = var.agent
    stages         = ["seal"]
    auth           = "basic"
    plain_loopback = true
    ready_timeout  = "6m"
    logs           = "${var.out}/logs"
  }
}
