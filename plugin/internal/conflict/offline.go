package conflict

import (
	"fmt"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/environment"
)

// internet: the firewall stops what is not named, and "the internet" is not a name.
func internet(j *judge) {
	hits := settingsOf(j.walls("out"))
	for _, p := range j.products() {
		if f := p.Environment.Needs.Internet; says(j, p, "needs.internet", f, true, hits) {
			j.add(Block, p, f.Range, hits, fmt.Sprintf("The product %q needs the internet, and %s whatever is not named.", p.Name, does(hits, "stop")), "Ask the manufacturer for the endpoints, and state them as flows.")
		}
	}
}

// services tells only of services that nobody speaks of: package plan refuses a setting that disables one which a product states that it
// needs, and package profile warns where a product file says "unknown".
func services(j *judge) {
	hits := j.of("service-disabled")
	for _, p := range j.products() {
		if list := p.Environment.Needs.Services; list.State == environment.Unstated {
			j.silent(p, "needs.services", list.State, list.Range, hits)
		}
	}
}
