package guest

import (
	"fmt"
	"strings"
)

const (
	madeOnClient    = "made-on-client"
	notThatAccounts = "not the account's password"
	autologonFor    = "autologon:"
)

// secretAccount is the account that a secret is made for.
func secretAccount(name string) (string, error) {
	account, ok := strings.CutPrefix(name, autologonFor)
	if !ok || account == "" {
		return "", fmt.Errorf("secret %q: only those for automatic logon are known", name)
	}
	return account, nil
}

// passwordLetters has 64 letters, so that each takes six random bits and none comes more often than another.
const passwordLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

// passwordFrom makes a password of random bytes, one letter of each, as UTF-16 with its terminator. Its end has a letter of each class that a
// complexity rule can ask for.
func passwordFrom(random []byte) []uint16 {
	p := make([]uint16, 0, len(random)+5)
	for _, b := range random {
		p = append(p, uint16(passwordLetters[b%64]))
	}
	return append(p, 'A', 'a', '0', '-', 0)
}
