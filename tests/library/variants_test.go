package library_test

// variant is one way in which a scratch image takes a module.
type variant struct {
	name    string
	inputs  string // lines of the block inputs
	beside  string // other module blocks of the image
	product bool   // with the scratch product
	builds  string // only on this build; every one where empty
	fails   string // the setting that has to fail, since no lab base can meet it
}

// Modules beside the one that is tried, and what the scratch product asks for.
const (
	offlineSITHS = `module "offline" {
  version = ">= 0"
  inputs = {
    sjunet               = true
    sjunet_resolvers     = ["192.0.2.53"]
    revocation_addresses = ["192.0.2.80"]
  }
}
`
	// A display that nobody may lock: nobody knows the password that would open it again.
	unlocked = `exception "lock-screen/inactivity-timeout" {
  skip    = true
  reason  = "The picture is shown all the time."
  owner   = "Scratch"
  approved_by  = "Scratch"
  compensating = "None, since nobody uses it."
  expires = "2099-12-31"
}
exception "lock-screen/screen-saver" {
  skip    = true
  reason  = "The picture is shown all the time, and nobody can unlock it."
  owner   = "Scratch"
  approved_by  = "Scratch"
  compensating = "None, since nobody uses it."
  expires = "2099-12-31"
}
`
	patchingWSUS = `module "patching" {
  version = ">= 0"
  inputs = {
    regime           = "wsus"
    server           = "https://updates.example.org:8531"
    server_addresses = ["10.99.0.8"]
    target_group     = "scratch"
  }
}
`
	resources = `resources = { memory_mb = 8192, processors = 4, disk_gb = 80 }
`
	// The files that write into the tree: "a policy" and "an audit policy".
	wdac = `
wdac = {
  guid    = "00000000-1111-2222-3333-444444444444"
  enforce = { source = "files/enforce.cip", sha256 = "1b551587059622f0d62ffa8a371207104a31c6d59bbe2d6563c5199e51d9f267" }
  audit   = { source = "files/audit.cip", sha256 = "1d429cca15d4049450f09ca0ee4670db11e7123708f2014f3a5b48a50d126bb3" }
}
`
	// A root that was made for the reference of the kinds, and its key thrown away.
	issuer = `certificates = { invented = { store = "ROOT", pem = <<-PEM
-----BEGIN CERTIFICATE-----
MIIBvzCCAWWgAwIBAgIUFbnEH01wFKUbqkIIr7xRmMSpd+MwCgYIKoZIzj0EAwIw
NTERMA8GA1UECgwId21jbGllbnQxIDAeBgNVBAMMF0V4YW1wbGUgcm9vdCAoaW52
ZW50ZWQpMB4XDTI2MTEyMjIxMDQxMFoXDTQ2MTExNzIxMDQxMFowNTERMA8GA1UE
CgwId21jbGllbnQxIDAeBgNVBAMMF0V4YW1wbGUgcm9vdCAoaW52ZW50ZWQpMFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEIk7LnGDewigyNW/Y4pMjgdTvEjqx0jvr
btdUfeUtftKv+MdyDztYg1prK5AQNjGm5BzAaZMnRVEF4nzX6R++yaNTMFEwHQYD
VR0OBBYEFPnk1IC/1Y89NP4ngUp6jnSXlSr8MB8GA1UdIwQYMBaAFPnk1IC/1Y89
NP4ngUp6jnSXlSr8MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIh
AIkywol0idLvSlsuNlPGDPI/K4Zm4HsZUWXuN5yNUOZpAiBuBcRBrwduZcPnE9X4
bpr4M4WW5Pg5kxNgHdJTuLAX/A==
-----END CERTIFICATE-----
PEM
} }
`
	consent = `consent = { scratch-product = { document = "a letter", by = "somebody" } }
tried   = ["camera"]
`
	hash = `"0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF"`
)

// variants are the ways to take a module that its defaults do not show. A module without a line here is taken with its defaults; one that
// cannot be fails the test, which then asks for a line.
var variants = map[string][]variant{
	"account-policy": {
		{name: "defaults"},
		{name: "others", inputs: "minimum_length = 12\nmaximum_age = -1\nlockout_threshold = 5\nadministrator_enabled = true\nguest_name = \"Gast\""},
	},
	"authentication": {{name: "defaults"}, {name: "less", inputs: "audit_ntlm = false\nprivate_accounts = true"}},
	"bitlocker": {
		{name: "defaults"},
		{name: "tpm", inputs: "startup = \"tpm\"\nremovable_writes = \"any\""},
		{name: "pin", inputs: "startup = \"pin\"\nrecovery_in_directory = false"},
		{name: "network", inputs: "startup = \"network\""},
	},
	"credential-protection": {
		{name: "defaults"},
		{name: "protected", inputs: "lsa_protection = \"protect\"\ncached_logons = 2\nlaps = false"},
		{name: "left alone", inputs: "lsa_protection = \"off\""},
	},
	"firewall": {
		{name: "defaults"},
		{name: "all", product: true, beside: offlineSITHS, inputs: `block_outbound     = true
flows              = { archive = { direction = "out", protocol = "tcp", ports = ["104"], peers = ["10.99.0.10"] } }
domain_controllers = ["10.99.0.2"]
time_servers       = ["10.99.0.3"]
management_peers   = ["10.99.0.0/24"]`},
		{name: "local rules", inputs: "local_rules = true\nicmp = false"},
	},
	"internet-explorer": {{name: "defaults"}, {name: "sites", inputs: `trusted_sites = ["https://pacs.example.org"]
embedding_programs = ["pacs.exe"]
intranet_sites = ["https://intranet.example.org"]`}},
	"isolation": {{name: "defaults"}, {name: "all", inputs: `closed_networks = ["10.98.0.0/16"]
authenticated_flows = { archive = { direction = "in", protocol = "tcp", ports = ["104"], peers = ["10.99.0.10"], encrypted = true } }`}},
	"lock-screen": {{name: "defaults"}, {name: "notice", inputs: `notice = { title = "Medical client", text = "Only for work with patients." }
lock_on_card_removal = false
automatic_logon = true
secure_attention = false`}},
	"monitoring": {
		{name: "record", inputs: `command_lines = "record"
time_servers = ["10.99.0.3"]`},
		{name: "collector", inputs: `command_lines = "leave-out"
quiet_disk_warnings = false
collector = { name = "wec.example.org", peers = ["10.99.0.4"] }`},
	},
	"mt-only": {
		{name: "defaults"},
		{name: "audit", product: true, inputs: `mode = "audit"` + wdac},
		{name: "code integrity", inputs: wdac},
		{name: "all", product: true, inputs: `administrators_browse = true
libraries = false
leftovers = false
agent = { publisher = "O=SCRATCH AB, C=SE" }
files = { tool = { collection = "Exe", hash = ` + hash + `, file_name = "tool.exe" } }
publishers = { other = { publisher = "O=OTHER AB, C=SE" } }
programs = ["Other *"]`},
		{name: "package", inputs: `open_folders = false
packages = { tool = { code = "{00000000-1111-2222-3333-444444444444}", version = "1.0.0", source = "files/tool.msi", sha256 = "c0cd5ccfdb563a59366e33e73001b78fdb8cca5a6c48e2f90fffcde44b81f1f6" } }`},
	},
	"name-resolution": {{name: "defaults"}, {name: "found", inputs: "multicast_dns = true\nproxy_discovery = true"}},
	"offline": {
		{name: "defaults"},
		{name: "sjunet", product: true, inputs: `sjunet = true
sjunet_resolvers = ["192.0.2.53"]
sjunet_endpoints = { record = { addresses = ["192.0.2.10"], ports = ["443"] } }
revocation_addresses = ["192.0.2.80"]
hosts = { "record.example.org" = "192.0.2.10" }`},
		{name: "network blocks", inputs: "block_outbound = false"},
	},
	"patching": {
		{name: "frozen", inputs: "regime = \"frozen\"\nfrozen_until = \"2027-06-30\"\nstop_service = true"},
		{name: "serviced base", inputs: "regime = \"serviced-base\"\nrequired_ubr = { \"14393\" = 0, \"17763\" = 107, \"19044\" = 1288 }"},
		{name: "wsus", inputs: "regime = \"wsus\"\nserver = \"https://updates.example.org:8531\"\nserver_addresses = [\"10.99.0.8\"]\ntarget_group = \"scratch\"\nwindow = { day = 1, hour = 2 }"},
		{name: "ring by server", inputs: "regime = \"validated-ring\"\nserver = \"https://updates.example.org:8531\"\nserver_addresses = [\"10.99.0.8\"]\ntarget_group = \"scratch\""},
		{name: "ring by days", inputs: "regime = \"validated-ring\"\ndefer_days = 14"},
	},
	"powershell": {{name: "defaults"}, {name: "all", inputs: `transcripts = "C:\\ProgramData\\Transcripts"
log_modules = true
execution_policy = "RemoteSigned"`}},
	"printing": {{name: "defaults"}, {name: "shared", inputs: "shares_printers = true"}},
	"protection": {
		{name: "defender", product: true, beside: patchingWSUS},
		{name: "defender at night", inputs: "watch = \"scheduled\"\nrepair = \"ask\"\nsignatures = \"share\"\nshares = [\"\\\\\\\\server\\\\signatures\"]\nshare_peers = [\"10.99.0.9\"]"},
		{name: "defender frozen", inputs: "repair = \"automatic\"\nsignatures = \"frozen\""},
		{name: "cloud", inputs: "cloud = true", beside: patchingWSUS},
		{name: "third party", inputs: "regime = \"third-party\""},
		{name: "third party in the base", inputs: "regime = \"third-party\"\nthird_party_code = \"{00000000-1111-2222-3333-444444444444}\"", fails: "protection/third-party"},
		{name: "allow-listing", inputs: "regime = \"allow-listing\"", beside: "module \"mt-only\" {\n  version = \">= 0\"\n}\n"},
	},
	"remote-access": {{name: "defaults"}, {name: "vendors", inputs: `vendors = {
  scratch = { peers = ["10.99.0.20"], purpose = "support", until = "2027-06-30" }
  tool = { direction = "out", ports = ["443"], peers = ["10.99.0.21"], program = "C:\\Program Files\\Scratch\\tool.exe", purpose = "support", until = "2027-06-30" }
}
remote_desktop_users = ["S-1-5-21-1-2-3-1111"]
clipboard_and_drives = true`}},
	"remote-services": {{name: "defaults"}, {name: "looser", inputs: "redirect_drives = true\ndcom_integrity = false\nsave_passwords = true"}},
	"removable-media": {
		{name: "defaults"},
		{name: "deny", inputs: "storage = \"deny\""},
		{name: "read-only", inputs: "storage = \"read-only\"\nallow_thunderbolt = true\nallow_sbp2 = true\nphones = true"},
		{name: "allow", inputs: "storage = \"allow\""},
		{name: "listed", product: true, builds: "19044", inputs: "usb = \"listed\"\nusb_devices = [\"USB\\\\VID_0BDA&PID_0165\"]"},
	},
	"session": {
		{name: "standard", inputs: "notice = { title = \"Medical client\", text = \"Only for work.\" }\nadministrators = [\"rid:500\", \"S-1-5-21-1-2-3-512\"]"},
		{name: "display", inputs: "variant = \"continuous-display\"\ndisplay = { account = \"Display\", program = \"C:\\\\Program Files\\\\Scratch\\\\scratch.exe\" }"},
		{name: "display beside lock-screen", beside: "module \"lock-screen\" {\n  version = \">= 0\"\n}\n" + unlocked, inputs: "variant = \"continuous-display\"\ndisplay = { account = \"Display\" }"},
		{name: "display with desktop", inputs: "variant = \"continuous-display\"\ndisplay = { account = \"Display\" }"},
		{name: "shared", inputs: "variant = \"shared-workstation\""},
		{name: "card", inputs: "variant = \"card-logon\"\ncached_logons = 0\n" + issuer},
		{name: "card for SITHS", inputs: "variant = \"card-logon\"\ncertificate_propagation = false\ncard_required = false"},
	},
	"shell": {{name: "defaults"}, {name: "looser", inputs: "location = true\nspeech_in_cloud = true"}},
	"system-protection": {
		{name: "defaults"},
		{name: "off", inputs: "mitigations = false\nhvci = \"off\"\ncredential_guard = \"off\"\nsmall_dumps = false"},
		{name: "unlocked", inputs: "hvci = \"unlocked\"\ncredential_guard = \"unlocked\""},
	},
	"tls": {{name: "defaults"}, {name: "old peers", inputs: "minimum_version = \"1.0\"\ntriple_des = true"}, {name: "fips", inputs: "minimum_version = \"1.1\"\nfips = true"}},
	"uac": {{name: "defaults"}, {name: "may elevate", inputs: "users_may_elevate = true"}},
	"virtual-client": {
		{name: "vmware", product: true, inputs: "platform = \"vmware\"\n" + resources + consent},
		{name: "citrix", inputs: "platform = \"citrix\"\nredirect = [\"smart-card-reader\", \"usb\", \"camera\", \"microphone\", \"printer\", \"serial\", \"drive\", \"clipboard\"]\nfull_colour = false\n" + resources},
		{name: "hyper-v", inputs: "platform = \"hyper-v\"\nhost_time = true\n" + resources},
	},
}

// ways are the variants of a module.
func (m module) ways() []variant {
	if v, ok := variants[m.name]; ok {
		return v
	}
	return []variant{{name: "defaults"}}
}
