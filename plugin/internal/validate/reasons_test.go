package validate_test

import (
	"fmt"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/validate"
)

func TestSwedish(t *testing.T) {
	blind := fmt.Errorf("%s in %s: %w", "user rights", "image.wim image 1", setting.ErrUnobservable).Error()
	for reason, want := range map[string]string{
		`settled at stage seal; until then: right:SeDenyNetworkLogonRight is ["rid:501"]`:              `avgörs i steget seal; till dess: right:SeDenyNetworkLogonRight är ["rid:501"]`,
		`settled at stage first-boot; until then: ` + blind:                                            "avgörs i steget first-boot; till dess: användarrättigheter i image.wim image 1: går inte att se här",
		`reg:HKLM\SOFTWARE\My Key!N is absent`:                                                         `reg:HKLM\SOFTWARE\My Key!N saknas`,
		`reg:HKLM\X!N is sz:what is 100%s here`:                                                        `reg:HKLM\X!N är sz:what is 100%s here`,
		`not managed: an exception leaves the base's state alone; reg:HKLM\X!N is absent`:              `styrs inte: ett undantag låter basens tillstånd vara; reg:HKLM\X!N saknas`,
		`skipped by an exception, but a/b sets the same place; it is as the module wants all the same`: "hoppas över genom ett undantag, men a/b ställer in samma plats; det är ändå som modulen vill ha det",
		"settled at stage first-boot; until then: audit:{0cce9231} is none":                            "avgörs i steget first-boot; till dess: audit:{0cce9231} är inget",
		"expected at least success, observed none":                                                     "väntat minst lyckade, funnet inget",
		"expected disabled, observed sz:disabled":                                                      "väntat avstängd, funnet sz:disabled", // data stays
		"account-name:501 is disabled":                                                                 "account-name:501 är disabled",        // a name stays
		"service Fax is not installed":                                                                 "tjänsten Fax är inte installerad",
		"observe reg:HKLM\\X!N: hive is cut off":                                                       "se efter reg:HKLM\\X!N: hive is cut off",
		"the hive is broken":                                                                           "the hive is broken", // nobody's sentence: it stays whole
		"account policy X in image.wim: why: " + setting.ErrUnobservable.Error():                       "account policy X in image.wim: why: " + setting.ErrUnobservable.Error(),
		"": "",
	} {
		if got := validate.Swedish(reason); got != want {
			t.Errorf("%s\n got %s\nwant %s", reason, got, want)
		}
	}
}
