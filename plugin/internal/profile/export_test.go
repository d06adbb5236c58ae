package profile

// KeysOf gives out keys for entries of one owner, and says how many names it looked at for that.
func KeysOf(owner string, slugs []string) (out []string, tried int) {
	keys := newKeys()
	for _, s := range slugs {
		out = append(out, keys.unique(owner, s))
	}
	return out, keys.tried
}
