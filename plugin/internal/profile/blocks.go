package profile

import "github.com/hashicorp/hcl/v2"

// The structs of this file are the language's grammar, as gohcl decodes it. What a setting's kind adds is decoded later, from Body.

type fileBlocks struct {
	Bases    []*baseBlock    `hcl:"base,block"`
	Modules  []*moduleBlock  `hcl:"module,block"`
	Products []*productBlock `hcl:"product,block"`
	Images   []*imageBlock   `hcl:"image,block"`
}

type baseBlock struct {
	Name      string         `hcl:"name,label"`
	NameRange hcl.Range      `hcl:"name,label_range"`
	DefRange  hcl.Range      `hcl:",def_range"`
	EditionID *hcl.Attribute `hcl:"edition_id"`
	Build     *hcl.Attribute `hcl:"build"`
	Arch      *hcl.Attribute `hcl:"arch"`
	Channel   *hcl.Attribute `hcl:"channel"`
	Languages *hcl.Attribute `hcl:"languages"`
	Features  *hcl.Attribute `hcl:"features,optional"`

	Servicing []*servicingBlock `hcl:"servicing,block"`
}

// servicingBlock is how a base is made from another on Windows.
type servicingBlock struct {
	DefRange     hcl.Range      `hcl:",def_range"`
	Parent       *hcl.Attribute `hcl:"parent"`
	ParentSHA256 *hcl.Attribute `hcl:"parent_sha256,optional"`
	RecordSHA256 *hcl.Attribute `hcl:"record_sha256,optional"`
	Capabilities *hcl.Attribute `hcl:"capabilities,optional"`
	Drivers      *hcl.Attribute `hcl:"drivers,optional"`

	Packages []*packageBlock `hcl:"package,block"`
}

// packageBlock is a file that DISM adds.
type packageBlock struct {
	File      string         `hcl:"file,label"`
	FileRange hcl.Range      `hcl:"file,label_range"`
	DefRange  hcl.Range      `hcl:",def_range"`
	SHA256    *hcl.Attribute `hcl:"sha256"`
}

type moduleBlock struct {
	Name         string          `hcl:"name,label"`
	NameRange    hcl.Range       `hcl:"name,label_range"`
	DefRange     hcl.Range       `hcl:",def_range"`
	Version      *hcl.Attribute  `hcl:"version"`
	Method       *hcl.Attribute  `hcl:"method"`
	Title        *hcl.Attribute  `hcl:"title"`
	Summary      *hcl.Attribute  `hcl:"summary,optional"`
	Breaks       *hcl.Attribute  `hcl:"breaks,optional"`
	Source       *hcl.Attribute  `hcl:"severity_source,optional"`
	Builds       *hcl.Attribute  `hcl:"builds,optional"`
	Capabilities *hcl.Attribute  `hcl:"capabilities,optional"`
	References   *hcl.Attribute  `hcl:"references,optional"`
	Requires     *hcl.Attribute  `hcl:"requires,optional"`
	Inputs       []*inputBlock   `hcl:"input,block"`
	Locals       *localsBlock    `hcl:"locals,block"`
	Settings     []*settingBlock `hcl:"setting,block"`
	Flows        []*flowBlock    `hcl:"flow,block"`
	NotManaged   []*leaveBlock   `hcl:"not_managed,block"`
	Deviations   []*deviateBlock `hcl:"deviation,block"`
}

// flowBlock is traffic that a module needs.
type flowBlock struct {
	Label      string         `hcl:"label,label"`
	LabelRange hcl.Range      `hcl:"label,label_range"`
	DefRange   hcl.Range      `hcl:",def_range"`
	When       *hcl.Attribute `hcl:"when,optional"`
	Direction  *hcl.Attribute `hcl:"direction"`
	Protocol   *hcl.Attribute `hcl:"protocol"`
	Ports      *hcl.Attribute `hcl:"ports,optional"`
	Peers      *hcl.Attribute `hcl:"peers,optional"`
	Program    *hcl.Attribute `hcl:"program,optional"`
	Reason     *hcl.Attribute `hcl:"reason"`
}

// deviateBlock is a place that is set to something else than some list wants.
type deviateBlock struct {
	Location      string         `hcl:"location,label"`
	LocationRange hcl.Range      `hcl:"location,label_range"`
	DefRange      hcl.Range      `hcl:",def_range"`
	Values        *hcl.Attribute `hcl:"values"`
	Reason        *hcl.Attribute `hcl:"reason"`
}

// leaveBlock is a place that a module leaves alone.
type leaveBlock struct {
	Location      string         `hcl:"location,label"`
	LocationRange hcl.Range      `hcl:"location,label_range"`
	DefRange      hcl.Range      `hcl:",def_range"`
	Reason        *hcl.Attribute `hcl:"reason"`
}

type inputBlock struct {
	Name        string             `hcl:"name,label"`
	NameRange   hcl.Range          `hcl:"name,label_range"`
	DefRange    hcl.Range          `hcl:",def_range"`
	Type        *hcl.Attribute     `hcl:"type"`
	Default     *hcl.Attribute     `hcl:"default,optional"`
	Nullable    *hcl.Attribute     `hcl:"nullable,optional"`
	Description *hcl.Attribute     `hcl:"description"`
	Validations []*validationBlock `hcl:"validation,block"`
}

type validationBlock struct {
	DefRange     hcl.Range      `hcl:",def_range"`
	Condition    *hcl.Attribute `hcl:"condition"`
	ErrorMessage *hcl.Attribute `hcl:"error_message"`
}

type localsBlock struct {
	Attributes hcl.Attributes `hcl:",remain"`
}

type settingBlock struct {
	Kind       string           `hcl:"kind,label"`
	KindRange  hcl.Range        `hcl:"kind,label_range"`
	Label      string           `hcl:"label,label"`
	LabelRange hcl.Range        `hcl:"label,label_range"`
	DefRange   hcl.Range        `hcl:",def_range"`
	When       *hcl.Attribute   `hcl:"when,optional"`
	ForEach    *hcl.Attribute   `hcl:"for_each,optional"`
	Until      *hcl.Attribute   `hcl:"until,optional"`
	Builds     *hcl.Attribute   `hcl:"builds,optional"`
	Severity   *hcl.Attribute   `hcl:"severity"`
	Source     *hcl.Attribute   `hcl:"severity_source,optional"`
	Title      *hcl.Attribute   `hcl:"title,optional"`
	Rationale  *hcl.Attribute   `hcl:"rationale"`
	References *hcl.Attribute   `hcl:"references,optional"`
	Overrides  []*overrideBlock `hcl:"override,block"`
	Body       hcl.Body         `hcl:",remain"`
}

// overrideBlock stands in a setting, or with the winner as its label in an image.
type overrideBlock struct {
	DefRange hcl.Range      `hcl:",def_range"`
	Over     *hcl.Attribute `hcl:"over"`
	Reason   *hcl.Attribute `hcl:"reason"`
}

type productBlock struct {
	Name         string            `hcl:"name,label"`
	NameRange    hcl.Range         `hcl:"name,label_range"`
	DefRange     hcl.Range         `hcl:",def_range"`
	Manufacturer *hcl.Attribute    `hcl:"manufacturer"`
	Version      *hcl.Attribute    `hcl:"version"`
	SupportUntil *hcl.Attribute    `hcl:"support_until,optional"`
	CE           *ceBlock          `hcl:"ce,block"`
	Environment  *environmentBlock `hcl:"environment,block"`
}

type ceBlock struct {
	DefRange   hcl.Range      `hcl:",def_range"`
	Regulation *hcl.Attribute `hcl:"regulation"`
	Class      *hcl.Attribute `hcl:"class"`
}

type environmentBlock struct {
	DefRange hcl.Range      `hcl:",def_range"`
	Builds   *hcl.Attribute `hcl:"builds"`
	Needs    *factsBlock    `hcl:"needs,block"`
	Forbids  *factsBlock    `hcl:"forbids,block"`
	Evidence *hcl.Attribute `hcl:"evidence,optional"`
}

type factsBlock struct {
	DefRange   hcl.Range      `hcl:",def_range"`
	Attributes hcl.Attributes `hcl:",remain"`
}

type imageBlock struct {
	Name          string                `hcl:"name,label"`
	NameRange     hcl.Range             `hcl:"name,label_range"`
	DefRange      hcl.Range             `hcl:",def_range"`
	Version       *hcl.Attribute        `hcl:"version"`
	Released      *hcl.Attribute        `hcl:"released"`
	RequiredUntil *hcl.Attribute        `hcl:"required_until,optional"`
	Base          *hcl.Attribute        `hcl:"base,optional"` // required where the image is like no other
	Like          *hcl.Attribute        `hcl:"like,optional"`
	Unobservable  *hcl.Attribute        `hcl:"allow_unobservable,optional"`
	Class         *classBlock           `hcl:"class,block"`
	Management    *managementBlock      `hcl:"management,block"`
	FirstBoot     *firstBootBlock       `hcl:"first_boot,block"`
	Modules       []*imageModuleBlock   `hcl:"module,block"`
	Products      []*imageProductBlock  `hcl:"product,block"`
	Exceptions    []*exceptionBlock     `hcl:"exception,block"`
	Overrides     []*imageOverrideBlock `hcl:"override,block"`
	Facts         []*factBlock          `hcl:"fact,block"`
}

// factBlock is a fact that a person states.
type factBlock struct {
	Name      string         `hcl:"name,label"`
	NameRange hcl.Range      `hcl:"name,label_range"`
	DefRange  hcl.Range      `hcl:",def_range"`
	Value     *hcl.Attribute `hcl:"value"`
	StatedBy  *hcl.Attribute `hcl:"stated_by"`
}

type classBlock struct {
	DefRange hcl.Range      `hcl:",def_range"`
	Type     *hcl.Attribute `hcl:"type"`
	Groups   *hcl.Attribute `hcl:"groups"`
}

type managementBlock struct {
	DefRange   hcl.Range     `hcl:",def_range"`
	WinRMHTTPS []*winrmBlock `hcl:"winrm_https,block"`
	Local      []*emptyBlock `hcl:"local,block"`
	None       []*emptyBlock `hcl:"none,block"`
}

// firstBootBlock has the image carry the agent.
type firstBootBlock struct {
	DefRange hcl.Range      `hcl:",def_range"`
	Keep     *hcl.Attribute `hcl:"keep"` // no default: whether a service with all rights stays is said aloud
}

type winrmBlock struct {
	DefRange hcl.Range      `hcl:",def_range"`
	From     *hcl.Attribute `hcl:"from"`
}

type emptyBlock struct {
	DefRange hcl.Range `hcl:",def_range"`
}

type imageModuleBlock struct {
	Name      string         `hcl:"name,label"`
	NameRange hcl.Range      `hcl:"name,label_range"`
	DefRange  hcl.Range      `hcl:",def_range"`
	Version   *hcl.Attribute `hcl:"version"`
	Inputs    *hcl.Attribute `hcl:"inputs,optional"`
}

type imageProductBlock struct {
	Name      string         `hcl:"name,label"`
	NameRange hcl.Range      `hcl:"name,label_range"`
	DefRange  hcl.Range      `hcl:",def_range"`
	Version   *hcl.Attribute `hcl:"version"`
}

type exceptionBlock struct {
	Setting      string         `hcl:"setting,label"`
	SettingRange hcl.Range      `hcl:"setting,label_range"`
	DefRange     hcl.Range      `hcl:",def_range"`
	Skip         *hcl.Attribute `hcl:"skip,optional"`
	Value        *hcl.Attribute `hcl:"value,optional"`
	Reason       *hcl.Attribute `hcl:"reason"`
	Compensating *hcl.Attribute `hcl:"compensating"`
	Owner        *hcl.Attribute `hcl:"owner"`
	ApprovedBy   *hcl.Attribute `hcl:"approved_by"`
	Expires      *hcl.Attribute `hcl:"expires"`
	from         string         // the image that it was inherited from
}

type imageOverrideBlock struct {
	Winner      string         `hcl:"winner,label"`
	WinnerRange hcl.Range      `hcl:"winner,label_range"`
	DefRange    hcl.Range      `hcl:",def_range"`
	Over        *hcl.Attribute `hcl:"over"`
	Reason      *hcl.Attribute `hcl:"reason"`
	from        string         // the image that it was inherited from
}
