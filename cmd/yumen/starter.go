package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/cmd/internal/cli"
)

// columnName is what a header has to be to be a name.
var columnName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// datasetName makes a name for a dataset out of the one given, or that of a file.
func datasetName(name, file string) string {
	if name != "" {
		return name
	}
	base, _, _ := strings.Cut(filepath.Base(file), ".")
	base = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(base))
	if columnName.MatchString(base) {
		return base
	}
	return "dataset"
}

// starterDataset is the beginning of a dataset description. It can be registered as it is, and then allows nothing but
// what the provider adds: proposals are for a person to confirm.
func starterDataset(name string, by yumen.Actor, ps []api.ColumnProposal) string {
	var b strings.Builder
	names := columnNames(ps)
	kind, unit := "row", ""
	for i, p := range ps {
		if p.Role == yumen.ColumnRoleUnit && p.Nulls == 0 {
			kind, unit = "person", ", column: "+names[i]
			if p.Type == "credit_code" {
				kind = "organisation"
			}
		}
	}
	fmt.Fprintf(&b, "# Proposed from statistics of %d rows. Read it through, correct it, and state under constraints "+
		"which uses are allowed:\n", rowsOf(ps))
	fmt.Fprintf(&b, "# a column without constraints cannot be used at all. 由 %d 行数据的统计生成，请核对、补充；未写约束的列不得使用。\n",
		rowsOf(ps))
	fmt.Fprintf(&b, "dataset: %s\ntitle: %s\nprovider: %s\n", name, name, yamlText(by.Org))
	fmt.Fprintf(&b, "source: {system: fill in 待填}\nunit: {kind: %s%s}\ncolumns:\n", kind, unit)
	for i, p := range ps {
		fmt.Fprintf(&b, "  # %s 依据：%s\n", cli.OneLine(p.Why.EN), cli.OneLine(p.Why.ZH))
		fmt.Fprintf(&b, "  - name: %s\n", names[i])
		if names[i] != p.Column {
			fmt.Fprintf(&b, "    header: %s\n", yamlText(p.Column))
		}
		role := p.Role
		if role == yumen.ColumnRoleUnit && kind == "row" {
			role = yumen.ColumnRoleIdentifier
		}
		typ := p.Stored
		if p.Type != "" && typ == yumen.TypeInteger {
			typ = yumen.TypeText // a number that names somebody is not one to compute with
		}
		fmt.Fprintf(&b, "    title: %s\n    type: %s\n    role: %s\n    grade: %d\n", yamlText(p.Column), typ, role,
			p.Grade)
		if p.Nulls > 0 {
			b.WriteString("    nullable: true\n")
		}
		if p.Preset != "" && (typ == yumen.TypeText || p.Preset == "date_month" && typ == yumen.TypeDate) {
			fmt.Fprintf(&b, "    constraints:\n      - mask: {technique: %s}\n", p.Preset)
		}
	}
	b.WriteString("sharing: {attribute: conditional, conditions: fill in 待填}\n" +
		"opening: {attribute: never, conditions: fill in 待填}\nupdate: irregular\n")
	return b.String()
}

func rowsOf(ps []api.ColumnProposal) int64 {
	if len(ps) == 0 {
		return 0
	}
	return ps[0].Rows
}

// columnNames are the headers, where they can be names, and numbered ones otherwise.
func columnNames(ps []api.ColumnProposal) []string {
	var out []string
	for i, p := range ps {
		name := strings.ToLower(p.Column)
		if !columnName.MatchString(name) || slices.Contains(out, name) {
			name = "column_" + strconv.Itoa(i+1)
		}
		out = append(out, name)
	}
	return out
}

// yamlText writes a text so that YAML reads it back, whatever stands in it.
func yamlText(s string) string { return strconv.Quote(cli.OneLine(s)) }
