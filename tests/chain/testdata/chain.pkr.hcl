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
variable "port" { type = number }
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

  # As builds/qemu.pkr.hcl has it: the provisioners connect by themselves, and the plugin waits until the machine has gone off.
  communicator     = "none"
  shutdown_timeout = "6m"

  # On loopback alone, and the machine reaches nothing else.
  qemuargs = [
    ["-kernel", var.kernel],
    ["-initrd", var.initrd],
    ["-append", "root=/dev/vda rw console=ttyS0 quiet net.ifnames=0"],
    ["-netdev", "user,id=user.0,restrict=on,hostfwd=tcp:127.0.0.1:${var.port}-:5985"],
    ["-device", "virtio-net,netdev=user.0"],
    ["-serial", "file:${var.out}/serial.log"],
    ["-pidfile", "${var.out}/qemu.pid"],
  ]
}

build {
  sources = ["source.qemu.chain"]

  provisioner "wmclient-harden" {
    image          = var.image
    agent          = var.agent
    host           = "127.0.0.1"
    port           = var.port
    username       = "packer"
    password       = var.password
    auth           = "basic"
    plain_loopback = true
    ready_timeout  = "6m"
    logs           = "${var.out}/logs"
    leave_findings = true
  }

  provisioner "wmclient-validate" {
    image          = var.image
    agent          = var.agent
    host           = "127.0.0.1"
    port           = var.port
    username       = "packer"
    password       = var.password
    auth           = "basic"
    plain_loopback = true
    ready_timeout  = "6m"
    output         = "${var.out}/live"
  }

  provisioner "wmclient-harden" {
    image          = var.image
    agent          = var.agent
    stages         = ["seal"]
    host           = "127.0.0.1"
    port           = var.port
    username       = "packer"
    password       = var.password
    auth           = "basic"
    plain_loopback = true
    ready_timeout  = "6m"
    logs           = "${var.out}/logs"
    shut_down      = true
  }
}
