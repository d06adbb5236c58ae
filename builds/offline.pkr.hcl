# Builds one hardened image offline: no Windows boots for it.
#   packer build -var image=profiles/images/radiology-viewer.hcl -var base=install.wim builds/offline.pkr.hcl

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
  description = "Path of the image profile. The only variable that a build needs besides the base."
}

variable "base" {
  type        = string
  description = "Path of the base: an install.wim, or the .iso of a Windows medium that it is on."
}

variable "base_image" {
  type        = string
  default     = ""
  description = "The image inside the base, by index, name or edition id; empty takes the one that the lock or the profile names."
}

variable "out" {
  type        = string
  default     = "out"
  description = "Folder in which <image>/<version>/ is made."
}

variable "lock" {
  type        = string
  default     = ""
  description = "Path of the lock file; empty takes the one beside the image profile."
}

variable "accept_base" {
  type        = bool
  default     = false
  description = "Build on a base that the lock does not name. The result is not a release."
}

data "wmclient-plan" "this" {
  image            = var.image
  output_directory = var.out
  lock             = var.lock
}

source "wmclient-image" "offline" {
  image            = var.image
  base             = var.base
  base_image       = var.base_image
  output_directory = var.out
  lock             = var.lock
  accept_base      = var.accept_base
}

build {
  # Not from the data source: `packer validate` does not read it, and a name has to be known there.
  name    = trimsuffix(basename(var.image), ".hcl")
  sources = ["source.wmclient-image.offline"]

  post-processor "wmclient-manifest" {
    output = "${data.wmclient-plan.this.directory}.manifest.json"
  }
}
