// Package deps keeps the pinned requirements of rooms still being built in go.mod; it goes away when they import them.
package deps

import (
	_ "github.com/Masterminds/semver/v3"
	_ "github.com/Microsoft/go-winio/wim/lzx"
	_ "github.com/agext/levenshtein"
	_ "github.com/fatih/color"
	_ "github.com/google/go-cmp/cmp"
	_ "github.com/gowebpki/jcs"
	_ "github.com/hashicorp/hcl/v2/ext/tryfunc"
	_ "github.com/hashicorp/hcl/v2/gohcl"
	_ "github.com/hashicorp/hcl/v2/hcldec"
	_ "github.com/hashicorp/hcl/v2/hclsimple"
	_ "github.com/hashicorp/hcl/v2/hclwrite"
	_ "github.com/hashicorp/packer-plugin-sdk/plugin"
	_ "github.com/hashicorp/packer-plugin-sdk/template/config"
	_ "github.com/hashicorp/packer-plugin-sdk/version"
	_ "github.com/rogpeppe/go-internal/testscript"
	_ "github.com/schollz/progressbar/v3"
	_ "github.com/spf13/cobra"
	_ "github.com/spf13/cobra/doc"
	_ "github.com/zclconf/go-cty/cty/function/stdlib"
	_ "golang.org/x/sys/unix"
	_ "golang.org/x/term"
	_ "golang.org/x/text/encoding/unicode"
	_ "www.velocidex.com/golang/regparser"
)
