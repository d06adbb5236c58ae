package secpolicy

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// usersKey holds one key for each local account, named by its RID in hexadecimal.
const usersKey = accountKey + `\Users`

// Account is a local account.
type Account struct {
	RID      uint32
	Name     string // in the language in which Windows was set up, unless somebody renamed it
	Disabled bool
}

// FindAccount reads a local account from a SAM hive; an error that wraps ErrAbsent where there is none with that RID.
func FindAccount(sam *regf.Hive, rid uint32) (Account, error) {
	if sam.Find(usersKey) == nil {
		return Account{}, notMade(usersKey)
	}
	key := fmt.Sprintf(`%s\%08X`, usersKey, rid)
	if sam.Find(key) == nil {
		return Account{}, fmt.Errorf("account %d: %w", rid, ErrAbsent)
	}
	f, err := record(sam, key, "F")
	if err != nil {
		return Account{}, err
	}
	v, err := record(sam, key, "V")
	if err != nil {
		return Account{}, err
	}
	a := Account{RID: rid}
	if a.Disabled, err = parseAccountFlags(f, rid); err != nil {
		return Account{}, layoutError(key, "value F: %v", err)
	}
	if a.Name, err = parseAccountName(v); err != nil {
		return Account{}, layoutError(key, "value V: %v", err)
	}
	return a, nil
}

// AccountRIDs lists the RIDs of the local accounts, in the hive's order, which is ascending.
func AccountRIDs(sam *regf.Hive) ([]uint32, error) {
	users := sam.Find(usersKey)
	if users == nil {
		return nil, notMade(usersKey)
	}
	var rids []uint32
	for k := range users.Subkeys() {
		if strings.EqualFold(k.Name(), "Names") {
			continue
		}
		rid, err := strconv.ParseUint(k.Name(), 16, 32)
		if err != nil || len(k.Name()) != 8 {
			return nil, layoutError(usersKey, "the key %q is no RID", k.Name())
		}
		rids = append(rids, uint32(rid))
	}
	return rids, nil
}

// accountDisabled is the flag of a disabled account (USER_ACCOUNT_DISABLED, [MS-SAMR] 2.2.1.12).
const accountDisabled = 0x0001

// parseAccountFlags reads the fixed record of an account and returns whether it is disabled. Behind its 80 bytes later Windows may keep
// more; that the record names the account's own RID where it must shows that the part before has the known form.
func parseAccountFlags(b []byte, rid uint32) (bool, error) {
	const size = 80
	if len(b) < size {
		return false, fmt.Errorf("an account record of %d bytes, at least %d are known", len(b), size)
	}
	if err := samRevision(b); err != nil {
		return false, err
	}
	if got := u32(b, 0x30); got != rid {
		return false, fmt.Errorf("the record is that of account %d", got)
	}
	return u16(b, 0x38)&accountDisabled != 0, nil
}

// parseAccountName reads the name from the variable record of an account: a table of 17 fields, each with place and length, of which
// the second is the name.
func parseAccountName(b []byte) (string, error) {
	const head, name = 0xcc, 0x0c
	data, err := field(b, name, head)
	if err != nil {
		return "", err
	}
	if len(data) == 0 || len(data)%2 != 0 {
		return "", fmt.Errorf("an account name of %d bytes", len(data))
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		if units[i] = binary.LittleEndian.Uint16(data[2*i:]); units[i] == 0 {
			return "", fmt.Errorf("a zero in an account name")
		}
	}
	return upcase.String(units), nil
}
