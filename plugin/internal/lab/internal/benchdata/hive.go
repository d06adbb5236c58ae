package main

import (
	"fmt"
	"os"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/regf"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secdesc"
)

// epoch is the one time in the hive: 2021-11-16, in units of 100 ns since 1601.
const epoch = regf.FileTime(132_815_000_000_000_000)

// writeHive writes a hive shaped like a SOFTWARE hive: 295,000 keys with two to three values each, 91 MB.
func writeHive(path string) error {
	sd, err := secdesc.FromSDDL("O:BAG:SYD:PAI(A;CI;KR;;;BU)(A;CI;KA;;;BA)(A;CI;KA;;;SY)(A;CIIO;KA;;;CO)(A;CI;KR;;;AC)")
	if err != nil {
		return err
	}
	h, err := regf.New(`\SystemRoot\System32\Config\SOFTWARE`, sd, epoch)
	if err != nil {
		return err
	}
	text := regf.StringData(`%SystemRoot%\system32\some\path\that\is\rather\long\component.dll`)
	for class := range 295 * 200 {
		for sub := range 4 {
			key := fmt.Sprintf(`Classes\CLSID%d\{%08X-0000-0000-C000-000000000046}\Sub%d`, class/200, class%200*7919, sub)
			if err := fill(h, key, text, sub); err != nil {
				return err
			}
		}
	}
	b, err := h.Bytes(epoch)
	if err != nil {
		return err
	}
	return os.WriteFile(path, b, 0o644)
}

func fill(h *regf.Hive, key string, text []byte, sub int) error {
	if _, err := h.SetValue(key, "", regf.ExpandSZ, text, epoch); err != nil {
		return err
	}
	if _, err := h.SetValue(key, "ThreadingModel", regf.SZ, text[:12], epoch); err != nil {
		return err
	}
	if sub%2 != 0 {
		return nil
	}
	_, err := h.SetValue(key, "Flags", regf.DWord, regf.DWordData(uint32(sub)), epoch)
	return err
}
