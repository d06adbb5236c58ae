package cli

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/conflict"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

//go:generate go run ../../cmd/wmclient docs conflicts --lang en --out ../../../docs/reference
//go:generate go run ../../cmd/wmclient docs conflicts --lang sv --out ../../../docs/reference

// conflictWords are the words of the page about conflicts in one language.
type conflictWords struct {
	file, title, generated, intro, accept, silence string
	name, levels, trigger, way, acceptance         string
	text                                           func(plan.Text) string
}

func conflictPage() map[string]conflictWords {
	return map[string]conflictWords{
		"en": {
			file: "conflicts.md", title: "Conflicts between hardening and medical software",
			generated: "Written by `wmclient docs conflicts` from the rules; change those, not this page.",
			intro: "Each row is a way in which a plan and a product meet. BLOCK stops the image until the setting gives way or somebody accepts the conflict; ASK stops it until somebody answers; " +
				"WARN tells; AUTO says that the plan was narrowed to the product's need, and by which settings. Rows look at what settings write, never at which module wrote it. " +
				"Nothing here was tried on a running Windows.",
			accept:  "Whoever answers for the risk accepts a row at BLOCK or ASK in the image, for all products or for one; it says who, why, what compensates and until when:",
			silence: "What a manufacturer does not state, or calls unknown, never looks better than what is stated: it is one warning a product, `unstated-need`, which needs no acceptance. The way out is to ask, and to write the answer into the product's file.",
			name:    "Row", levels: "Levels", trigger: "What triggers it", way: "The way out", acceptance: "How to accept it",
			text: func(t plan.Text) string { return t.EN },
		},
		"sv": {
			file: "conflicts.sv.md", title: "Konflikter mellan härdning och medicinsk programvara",
			generated: "Skriven av `wmclient docs conflicts` ur reglerna; ändra i dem, inte på den här sidan.",
			intro: "Varje rad är ett sätt på vilket en plan och en produkt möts. BLOCK stoppar avbilden tills inställningen ger vika eller någon godtar konflikten; ASK stoppar den tills någon svarar; " +
				"WARN upplyser; AUTO säger att planen har anpassats efter produktens behov, och med vilka inställningar. Raderna ser på vad inställningar skriver, aldrig på vilken modul som skrev det. " +
				"Inget här är prövat på ett Windows i drift.",
			accept:  "Den som svarar för risken godtar en rad med BLOCK eller ASK i avbilden, för alla produkter eller för en; där står vem, varför, vad som kompenserar och till när:",
			silence: "Det en tillverkare inte anger, eller kallar okänt, ser aldrig bättre ut än det som är angivet: det blir en varning per produkt, `unstated-need`, som inte behöver godtas. Vägen ut är att fråga och skriva svaret i produktens fil.",
			name:    "Rad", levels: "Nivåer", trigger: "Vad som utlöser den", way: "Vägen ut", acceptance: "Så godtas den",
			text: func(t plan.Text) string { return t.SV },
		},
	}
}

// docsConflictsCmd writes the reference of the table of conflicts.
func (a *app) docsConflictsCmd() *cobra.Command {
	var out, lang, format string
	cmd := &cobra.Command{
		Use:   "conflicts",
		Short: "Write a reference of the conflicts between hardening and products in English or Swedish",
		Long: `conflicts writes a page about the rows by which a plan is held against its products: their levels, what triggers them, the way out and how
to accept them. Without --out the page goes to standard output; with it, to conflicts.md or conflicts.sv.md in that folder.
With --format html it is one file for print on A4.`,
		Example: `  wmclient docs conflicts --lang sv > konflikter.md
  wmclient docs conflicts --lang sv --format html > konflikter.html`,
		Args: exactly(0, "only flags"),
	}
	cmd.Flags().StringVar(&out, "out", "", "folder to write into (default: standard output)")
	cmd.Flags().StringVar(&lang, "lang", "en", "language of the page: en or sv")
	cmd.Flags().StringVar(&format, "format", "markdown", "markdown, or html for print")
	cmd.RunE = func(*cobra.Command, []string) error {
		words, ok := conflictPage()[lang]
		if !ok {
			return usageError{fmt.Errorf("--lang is %q; it takes en or sv", lang)}
		}
		return a.writeReference(out, strings.TrimSuffix(words.file, ".md"), format, words.page(conflict.Rows()), printed{lang: lang, version: a.Version})
	}
	return cmd
}

func (w conflictWords) page(rows []conflict.Row) []byte {
	var b bytes.Buffer
	line := func(format string, args ...any) { _, _ = fmt.Fprintf(&b, format+"\n", args...) }
	line("# %s\n\n<!-- %s -->\n\n%s\n\n%s\n", w.title, w.generated, w.intro, w.accept)
	line("```hcl\nexception \"conflict/smb1[my-product]\" {\n  skip         = true\n  reason       = \"...\"\n  compensating = \"...\"\n  owner        = \"...\"\n  approved_by  = \"...\"\n  expires      = \"2027-06-30\"\n}\n```\n")
	line("%s\n", w.silence)
	line("| %s | %s |\n|---|---|", w.name, w.levels)
	for _, r := range rows {
		line("| [%s](#%s): %s | %s |", r.Name, r.Name, escape(w.text(r.Title)), levelText(r.Levels))
	}
	for _, r := range rows {
		line("\n## %s\n\n%s.\n", r.Name, escape(w.text(r.Title)))
		line("- %s: %s\n- %s: %s\n- %s: %s", w.levels, levelText(r.Levels), w.trigger, escape(w.text(r.Trigger)), w.way, escape(w.text(r.WayOut)))
		if stops(r.Levels) {
			line("- %s: `exception \"%s%s[PRODUCT]\"`", w.acceptance, conflict.AcceptPrefix, r.Name)
		}
	}
	return b.Bytes()
}

func levelText(levels []conflict.Level) string {
	var words []string
	for _, one := range conflict.Levels() { // gravest first, however the row lists them
		for _, l := range levels {
			if l == one {
				words = append(words, string(l))
			}
		}
	}
	return strings.Join(words, ", ")
}

func stops(levels []conflict.Level) bool {
	for _, l := range levels {
		if l == conflict.Block || l == conflict.Ask {
			return true
		}
	}
	return false
}
