package seal

// PlaceKind says what a Place is, and so how it is taken away.
type PlaceKind string

// The kinds of places.
const (
	PlaceValue       PlaceKind = "value"       // Name in the key At
	PlaceKey         PlaceKind = "key"         // the key At with all below it
	PlaceInactive    PlaceKind = "inactive"    // a firewall rule Name in the key At, which is turned off and stays
	PlaceOnDemand    PlaceKind = "on-demand"   // the start of a service, which becomes 3 (SERVICE_DEMAND_START): as Windows 10 comes
	PlacePath        PlaceKind = "path"        // the file or folder At, with all in it
	PlaceAccount     PlaceKind = "account"     // the local account RID, which is called At
	PlaceProfile     PlaceKind = "profile"     // the profile of the SID At
	PlaceCertificate PlaceKind = "certificate" // with its key, in the machine's store My, by its thumbprint At
	PlaceSecret      PlaceKind = "secret"      // the LSA secret At
	PlaceService     PlaceKind = "service"     // the service At
	PlaceTask        PlaceKind = "task"        // the scheduled task At
	PlaceNextStart   PlaceKind = "next-start"  // what Windows itself takes away when it starts
)

// Place is where a remnant was found.
type Place struct {
	Kind PlaceKind
	At   string
	Name string
	RID  uint32
	Text string // for people; never a secret
}
