// Package contract reads contracts, compares them with the catalog and decides whether a job may start under one.
// docs/contract.md describes the file.
//
// It does not look into SQL text: which columns a query uses how is derived in query, from what Uses says is allowed.
// It does not judge results (egress) and does not know who may sign (access).
package contract

import (
	"regexp"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
	"github.com/yumen-data/yumen/internal/uses"
)

var (
	contractName = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,62}$`)
	classes      = []yumen.ReleaseClass{yumen.ClassDP, yumen.ClassAggregate, yumen.ClassRows, yumen.ClassOpaque}
	engines      = []yumen.Engine{yumen.EngineSQL, yumen.EngineWasm}
)

// Parse reads a contract written in YAML, with the defaults that yumen.Contract documents for what is not written. The
// error is a *yumen.Error of kind invalid with every reason, each with its place as file:line:column.
func Parse(file string, b []byte) (yumen.Contract, error) {
	c := defaults()
	r := reader{strictyaml.Parse(file, b, &c)}
	r.contract(&c)
	if err := r.Err(); err != nil {
		return yumen.Contract{}, err
	}
	if r.Has("budget") {
		c.Budget = Budget(c.Budget)
	}
	return c, nil
}

func defaults() yumen.Contract {
	return yumen.Contract{
		Engines: slices.Clone(engines),
		Risk: yumen.Risk{
			K: 10, Dominance: yumen.Dominance{N: 2, Share: 0.9}, PRatio: 0.1, Rounding: 5, MaxRows: 5000,
			MaxBytes: 16 << 20,
		},
		Quotas: yumen.Quotas{JobsPerDay: 100, Wall: yumen.Duration(60e9), Memory: 2 << 30},
		Review: yumen.ReviewRule{Reviewers: 1, Independent: true},
	}
}

type reader struct{ *strictyaml.Doc }

func (r reader) contract(c *yumen.Contract) {
	switch {
	case c.Name == "":
		r.Missing("contract")
	case !contractName.MatchString(c.Name):
		r.refuse("name", yumen.Say("a contract's name is a lower-case letter, then up to 62 lower-case letters, digits, - and _", "合同名称应以小写字母开头，后接至多 62 个小写字母、数字、- 或 _"), "contract")
	}
	r.agreed(c)
	r.say(c.Title.IsZero(), "title")
	r.say(c.Purpose.IsZero(), "purpose")
	if c.Kind != "" && !r.Has("datasets") { // an umbrella agreement
		r.providers(c.Parties.Providers)
		r.say(strings.TrimSpace(c.Parties.Operator) == "", "parties", "operator")
		r.validity(c.Valid)
		return
	}
	r.parties(&c.Parties)
	r.validity(c.Valid)
	listed(r, c.Classes, classes, "classes")
	listed(r, c.Engines, engines, "engines")
	r.datasets(c.Datasets)
	r.risk(c.Risk)
	r.budget(c)
	r.quotas(c)
	r.automatic(c)
}

// automatic checks how many results may leave without people.
func (r reader) automatic(c *yumen.Contract) {
	n := c.Review.Automatic
	switch {
	case n < 0:
		r.refuse("automatic", yumen.Say("automatic is a number of results, 0 or more", "automatic 为结果个数，应不小于 0"),
			"review", "automatic")
	case n > 0 && !slices.Contains(c.Classes, yumen.ClassAggregate):
		r.refuse("automatic", yumen.Say("automatic is about class aggregate, which the contract does not allow; results of class dp leave without people anyway, those of rows and opaque never",
			"automatic 仅适用于 aggregate 类，而合同不允许该类；dp 类结果本就无需人员审核，rows 与 opaque 类结果一律须经人员审核"), "review", "automatic")
	}
}

func (r reader) refuse(rule string, msg yumen.Text, path ...any) {
	r.Refuse(rule, msg, yumen.Text{}, path...)
}

func (r reader) say(empty bool, path ...any) {
	if empty {
		r.Missing(path...)
	}
}

// agreed checks which agreement of the rules a contract is, and what is attached to it.
func (r reader) agreed(c *yumen.Contract) {
	for _, word := range []struct{ is, key string }{{c.Kind, "kind"}, {c.Within, "within"}} {
		if word.is != "" && !contractName.MatchString(word.is) {
			r.refuse("name", yumen.Say("it is a lower-case letter, then lower-case letters, digits, - and _",
				"应以小写字母开头，后接小写字母、数字、- 或 _"), word.key)
		}
	}
	for office, org := range c.Parties.Offices {
		r.say(strings.TrimSpace(org) == "", "parties", "offices", office)
	}
	for i, a := range c.Attachments {
		r.say(strings.TrimSpace(a.Name) == "", "attachments", i, "name")
		if _, err := yumen.ParseDigest(string(a.Digest)); err != nil {
			r.refuse("digest", yumen.Say("it is the digest of the document, sha256: and 64 hexadecimal digits",
				"应为文件的摘要值：sha256: 加 64 位十六进制数"), "attachments", i, "digest")
		}
		if slices.ContainsFunc(c.Attachments[:i], func(b yumen.Attachment) bool { return b.Name == a.Name }) {
			r.refuse("duplicate", yumen.Say("%s stands here a second time", "%s 重复出现", a.Name), "attachments", i, "name")
		}
	}
}

func (r reader) parties(p *yumen.Parties) {
	r.say(len(p.Providers) == 0, "parties", "providers")
	r.providers(p.Providers)
	r.say(strings.TrimSpace(p.Operator) == "", "parties", "operator")
	r.say(strings.TrimSpace(p.Applicant) == "", "parties", "applicant")
}

func (r reader) providers(list []string) {
	for i, org := range list {
		r.say(strings.TrimSpace(org) == "", "parties", "providers", i)
		if slices.Index(list, org) < i {
			r.refuse("duplicate", yumen.Say("this provider stands here a second time", "此提供方重复出现"), "parties",
				"providers", i)
		}
	}
}

func (r reader) validity(v yumen.Validity) {
	r.say(v.From == "", "valid", "from")
	r.say(v.Until == "", "valid", "until")
	if v.From > v.Until && v.Until != "" {
		r.refuse("validity", yumen.Say("the contract ends before it begins", "合同的结束日期早于开始日期"), "valid", "until")
	}
}

// listed checks a list of words that must each be one of a few, once.
func listed[T ~string](r reader, list, known []T, key string) {
	r.say(len(list) == 0, key)
	for i, v := range list {
		if strictyaml.OneOf(r.Doc, v, known, key, i) && slices.Index(list, v) < i {
			r.refuse("duplicate", yumen.Say("%s stands here a second time", "%s 重复出现", v), key, i)
		}
	}
}

func (r reader) datasets(list []yumen.ContractDataset) {
	r.say(len(list) == 0, "datasets")
	seen := map[string]bool{}
	for i, d := range list {
		r.Name(d.Dataset, "datasets", i, "dataset")
		if seen[d.Dataset] {
			r.refuse("duplicate", yumen.Say("dataset %q stands here a second time", "数据集 %q 重复出现", d.Dataset),
				"datasets", i, "dataset")
		}
		seen[d.Dataset] = true
		r.say(len(d.Columns) == 0, "datasets", i, "columns")
		r.columns(d.Columns, "datasets", i, "columns")
	}
}

func (r reader) columns(list []yumen.GrantedColumn, path ...any) {
	seen := map[string]bool{}
	for i, c := range list {
		at := func(steps ...any) []any { return append(append(slices.Clip(path), i), steps...) }
		r.Name(c.Name, at("name")...)
		if seen[c.Name] {
			r.refuse("duplicate", yumen.Say("column %q stands here a second time", "列 %q 重复出现", c.Name), at("name")...)
		}
		seen[c.Name] = true
		r.say(len(c.Uses) == 0, at("uses")...)
		r.uses(c.Uses, at("uses")...)
	}
}

func (r reader) uses(list []yumen.Constraint, path ...any) {
	seen := map[yumen.Use]bool{}
	for i, u := range list {
		at := func(steps ...any) []any { return append(append(slices.Clip(path), i, string(u.Use)), steps...) }
		if seen[u.Use] {
			r.refuse("duplicate", yumen.Say("the use %s stands here a second time", "用法 %s 重复出现", u.Use), at()...)
		}
		seen[u.Use] = true
		for _, p := range uses.Check(u) {
			r.Refuse(p.Rule, p.Msg, p.Fix, at(p.Path()...)...)
		}
	}
	if seen[yumen.UseDeny] && len(seen) > 1 {
		r.refuse("constraint.deny",
			yumen.Say("deny stands alone: with it the other uses mean nothing", "deny 须单独出现：有它则其他用法均无效"), path...)
	}
}
