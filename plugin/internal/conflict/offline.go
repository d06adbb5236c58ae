package conflict

import "fmt"

// internet: the firewall stops what is not named, and "the internet" is not a name.
func internet(j *judge) {
	hits := settingsOf(j.walls("out"))
	for _, p := range j.products() {
		if f := p.Environment.Needs.Internet; says(j, p, "needs.internet", f, true, hits) {
			j.add(Block, p, f.Range, hits, fmt.Sprintf("The product %q needs the internet, and %s whatever is not named.", p.Name, does(hits, "stop")), "Ask the manufacturer for the endpoints, and state them as flows.")
		}
	}
}
