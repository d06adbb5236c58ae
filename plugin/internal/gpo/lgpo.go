package gpo

import (
	"strconv"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
)

// parseLGPO reads the text that LGPO.exe /parse writes: blocks of four lines (Computer or User, key, value name, action), with comments
// and empty lines between and within them.
func parseLGPO(name string, src []byte) (Result, hcl.Diagnostics) {
	all, diags := lines(name, src)
	if diags.HasErrors() {
		return Result{}, diags
	}
	out := Result{Files: []string{name}}
	var block []string
	var begin int
	for i, line := range all {
		if text := strings.TrimSpace(line); (text == "" && len(block) != 2) || strings.HasPrefix(text, ";") {
			continue // an empty line in the place of a name is the default value
		}
		if len(block) == 0 {
			begin = i + 1
			if _, ok := lgpoRoot(strings.TrimSpace(line)); !ok {
				return out, append(diags, fault(Place{File: name, Line: begin}, "Malformed LGPO text", `%.60q stands where a block begins, and a block begins with "Computer" or "User". Write the file anew with LGPO.exe /parse.`, line))
			}
		}
		if block = append(block, strings.TrimRight(line, "\r")); len(block) == 4 {
			diags = append(diags, out.lgpoBlock(Place{File: name, Line: begin}, i+1, block)...)
			block = nil
		}
		if len(diags) >= maxFaults || out.full() {
			return out, diags
		}
	}
	if len(block) > 0 {
		diags = append(diags, fault(Place{File: name, Line: begin}, "Malformed LGPO text", "The last block has %d of its 4 lines: the file is cut off. Write it anew with LGPO.exe /parse.", len(block)))
	}
	if len(out.Items)+len(out.Dropped) == 0 && !diags.HasErrors() {
		diags = append(diags, fault(Place{File: name}, "Empty LGPO text", "The file holds no policy."))
	}
	return out, diags
}

// lgpoRoot knows the first line of a block; a policy for one user or group has no root.
func lgpoRoot(line string) (string, bool) {
	switch {
	case strings.EqualFold(line, "Computer"):
		return rootMachine, true
	case strings.EqualFold(line, "User"):
		return rootUser, true
	}
	return "", len(line) >= len("User:") && strings.EqualFold(line[:len("User:")], "User:")
}

// lgpoBlock takes a block over. A fault is on its last line, which says what is done.
func (r *Result) lgpoBlock(at Place, last int, block []string) hcl.Diagnostics {
	root, _ := lgpoRoot(strings.TrimSpace(block[0]))
	what := strings.Join(block, " | ")
	if root == "" {
		r.drop(at, what, "a policy of one user or group; a module states what holds for all")
		return nil
	}
	key, name := setting.NormalKey(root+strings.TrimSpace(block[1])), block[2]
	verb, data, typed := strings.Cut(strings.TrimLeft(block[3], " \t"), ":")
	verb = strings.ToUpper(strings.TrimSpace(verb))
	if !typed {
		switch verb {
		case "DELETE":
			r.absent(at, key, name)
		case "DELETEALLVALUES", "CLEAR":
			r.clear(at, key, false, "all values of a key are deleted, and a module names the values that it removes: list them")
		case "DELETEKEYS", "DELETEKEY":
			r.clear(at, key+`\`+name, true, "keys are deleted with all below them, and a module names the values that it removes: list them")
		case "CREATEKEY":
			r.drop(at, what, "an empty key is made, and a module states values")
		default:
			return hcl.Diagnostics{fault(Place{File: at.File, Line: last}, "Unknown action", "%.40q is no action of LGPO text. There are DWORD:, QWORD:, SZ:, EXSZ:, MULTISZ:, BINARY:, DELETE, DELETEALLVALUES, DELETEKEYS, CREATEKEY and CLEAR.", block[3])}
		}
		return nil
	}
	v, d := lgpoData(Place{File: at.File, Line: last}, verb, data)
	if d == nil {
		r.value(at, key, name, v)
		return nil
	}
	return hcl.Diagnostics{d}
}

// lgpoNumber reads a decimal number, or a hexadecimal one behind 0x. What begins with 0 otherwise is octal to some readers and is refused.
func lgpoNumber(s string, bits int) (uint64, error) {
	digits, hexadecimal := strings.CutPrefix(strings.ToLower(s), "0x")
	switch {
	case hexadecimal:
		return strconv.ParseUint(digits, 16, bits)
	case len(s) > 1 && s[0] == '0':
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseUint(s, 10, bits)
}

func lgpoData(at Place, verb, data string) (setting.RegistryValue, *hcl.Diagnostic) {
	none := setting.RegistryValue{}
	switch verb {
	case "SZ":
		return setting.SZ(data), nil
	case "EXSZ":
		return setting.ExpandSZ(data), nil
	case "MULTISZ":
		var list []string
		for item := range strings.SplitSeq(data, `\0`) {
			if item != "" {
				list = append(list, item)
			}
		}
		return setting.MultiSZ(list), nil
	case "DWORD", "QWORD":
		bits := map[string]int{"DWORD": 32, "QWORD": 64}[verb]
		n, err := lgpoNumber(strings.TrimSpace(data), bits)
		if err != nil {
			return none, fault(at, "No number", "%.40q is no number of %d bits. Write it as in %s:1 or %s:0x1.", data, bits, verb, verb)
		}
		if bits == 64 {
			return setting.QWord(n), nil
		}
		return setting.DWord(uint32(n)), nil
	case "BINARY":
		raw, err := binary(strings.TrimSpace(data))
		if err != nil {
			return none, fault(at, "Malformed binary data", "%.40q is no even number of hex digits. Write it as in BINARY:0100.", data)
		}
		return setting.RegistryValue{Type: setting.TypeBinary, Data: raw}, nil
	}
	return none, fault(at, "Unknown action", "%.40q is no type of LGPO text. There are DWORD, QWORD, SZ, EXSZ, MULTISZ and BINARY.", verb)
}
