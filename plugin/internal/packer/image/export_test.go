package image

// Provision is what runs provisioners; a whole build would need a base.
var Provision = provision
