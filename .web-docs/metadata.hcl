# What Packer's integrations page shows of this plugin.
integration {
  name        = "wmclient"
  description = "Builds hardened, reproducible Windows 10 LTSB/LTSC reference images for clients that run medical software."
  identifier  = "packer/mt-eklient/wmclient"
  flags       = []
  component {
    type = "builder"
    name = "wmclient-image"
    slug = "image"
  }
  component {
    type = "data-source"
    name = "wmclient-plan"
    slug = "plan"
  }
  component {
    type = "post-processor"
    name = "wmclient-manifest"
    slug = "manifest"
  }
}
