// Package kinds is the table of all kinds of settings, one file each.
//
// A new kind is one file with its Spec and one line in All. Everything else (decoding, composing, applying, judging, the reference
// page) goes through the contract in package setting and knows no kind by name.
//
// The package does no I/O of its own and refuses what cannot be judged: a setting that expects nothing, names that Windows would
// read as another place, values that do not fit their type.
package kinds

import "github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"

//go:generate go run ./internal/gendoc ../../../docs/reference/kinds.md

// All returns every kind, sorted by name.
func All() []setting.Kind {
	return []setting.Kind{
		accountPolicyKind(),
		appLockerCollectionKind(),
		appLockerRuleKind(),
		asrRuleKind(),
		auditPolicyKind(),
		autologonKind(),
		certificateKind(),
		defenderExclusionKind(),
		defenderPreferenceKind(),
		deviceInstallationKind(),
		dnsClientKind(),
		eventForwardingKind(),
		eventLogKind(),
		exploitProtectionKind(),
		fileKind(),
		filePermissionKind(),
		firewallProfileKind(),
		firewallRuleKind(),
		groupMembershipKind(),
		hostsFileKind(),
		installedProgramKind(),
		localAccountKind(),
		msiPackageKind(),
		optionalFeatureKind(),
		powerSettingKind(),
		programAllowlistKind(),
		proxyKind(),
		registryExclusiveKind(),
		registryPermissionKind(),
		registryValueKind(),
		removableStorageKind(),
		scheduledTaskKind(),
		screenLockKind(),
		serviceKind(),
		shellKind(),
		userRightKind(),
		wdacPolicyKind(),
		windowsUpdateKind(),
	}
}

// Table returns the table of all kinds. A test keeps All free of what NewTable refuses, so the error cannot occur in a build that
// passed its tests; it is returned for the caller to report.
func Table() (setting.Table, error) { return setting.NewTable(All()...) }
