package contract

import (
	"maps"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract/pack"
)

// DefaultKind is the agreement of a pack that a contract is which does not say.
const DefaultKind = "contract"

// Around is what is looked at beside a contract and the rules: the contract that it lies under, and what else is known.
type Around struct {
	Umbrella *yumen.SignedContract // nil where there is none of that name
	Today    yumen.Day
	// Holds reports whether an organisation has a credential of that name that has not ended.
	Holds func(org, credential string) bool
}

// Agree returns who has to sign a contract by the packs in force, and every reason of theirs not to sign it. Where no
// pack has kinds of agreements, or the kind is for the data authority alone, nobody else has to: it returns none.
func Agree(c *yumen.Contract, packs []pack.Pack, a Around) ([]yumen.Signer, []yumen.Reason) {
	kind := c.Kind
	if kind == "" {
		kind = DefaultKind
	}
	k := agreeing{contract: c, around: a}
	known := map[string]bool{}
	var offices []string
	for i := range packs {
		for name := range packs[i].Agreements {
			known[name] = true
		}
		g, ok := packs[i].Agreements[kind]
		if !ok {
			continue
		}
		for _, o := range g.Signers {
			if !slices.Contains(offices, o) {
				offices = append(offices, o)
			}
		}
		k.rules(&packs[i], kind, &g)
	}
	if offices == nil && (len(known) > 0 || c.Kind != "") {
		k.add("agreement.kind", "kind", yumen.Say("the rules of the place have no agreement called %s", "本地规则中没有名为 %s 的协议类型", kind),
			yumen.Say("there are: %s", "可用：%s", strings.Join(slices.Sorted(maps.Keys(known)), ", ")))
	}
	if offices == nil && c.Within != "" {
		k.add("agreement.within", "within", yumen.Say("by the rules of the place it lies under no other", "按本地规则，该合同不在其他协议之下"),
			yumen.Say("remove it", "请删除"))
	}
	out, missing := signers(c, offices)
	for _, o := range missing {
		k.add("agreement.signer", "parties", yumen.Say("the rules want %s to sign, and no organisation is named for it",
			"规则要求 %s 签署，合同未指明对应机构", o), yumen.Say("name it under parties", "请在 parties 中写明"))
	}
	k.consent(offices)
	if len(out) == 1 && out[0].Office == officeBureau {
		out = nil
	}
	return out, k.reasons
}

type agreeing struct {
	contract *yumen.Contract
	around   Around
	reasons  []yumen.Reason
	umbrella bool // a pack wants one
}

func (k *agreeing) add(rule, place string, msg, fix yumen.Text) {
	k.reasons = append(k.reasons, yumen.Reason{Rule: rule, Place: place, Msg: msg, Fix: fix})
}

// rules checks what one pack says of the kind.
func (k *agreeing) rules(p *pack.Pack, kind string, g *pack.Agreement) {
	k.reasons = append(k.reasons, CheckTerm(k.contract, p, kind)...)
	for _, name := range g.Attach {
		if !slices.ContainsFunc(k.contract.Attachments, func(a yumen.Attachment) bool { return a.Name == name }) {
			k.add("agreement.attachment", "attachments", yumen.Say("%s has to be attached (%s)", "须附 %s（%s）", name, pack.Cite(g.Article)),
				yumen.Say("write {name: %s, digest: sha256:…} under attachments", "请在 attachments 下写 {name: %s, digest: sha256:…}",
					name))
		}
	}
	for _, need := range g.PartyNeeds {
		if org := k.contract.Parties.Operator; k.around.Holds == nil || !k.around.Holds(org, need) {
			k.add("agreement.needs", "parties.operator", yumen.Say("%s has to have the credential %s (%s)", "%s 须具备资质“%s”（%s）", org,
				need, pack.Cite(g.Article)), yumen.Say("have it entered for the organisation, with its last day",
				"请为该机构登记该资质及其末日"))
		}
	}
	if framed := slices.ContainsFunc(slices.Collect(maps.Values(p.Agreements)),
		func(other pack.Agreement) bool { return other.Within == kind }); k.contract.Frame() && !framed {
		k.add("agreement.data", "datasets", yumen.Say("an agreement of the kind %s grants data", "%s 类协议须写明授权的数据", kind),
			yumen.Text{})
	}
	switch {
	case g.Within != "":
		k.within(g.Within)
	case k.contract.Within != "":
		k.add("agreement.within", "within", yumen.Say("by the rules of the place it lies under no other", "按本地规则，该合同不在其他协议之下"),
			yumen.Say("remove it", "请删除"))
	}
}

// within checks that the umbrella agreement is in force, is of the kind, covers the term and is the same operator's.
func (k *agreeing) within(kind string) {
	c, u := k.contract, k.around.Umbrella
	k.umbrella = true
	refuse := func(msg, fix yumen.Text) { k.add("agreement.within", "within", msg, fix) }
	switch {
	case c.Within == "":
		refuse(yumen.Say("it lies under an agreement of the kind %s, which it has to name", "该合同须在 %s 之下，并指明其名称", kind),
			yumen.Say("write within: NAME", "请写 within: 名称"))
	case u == nil || u.Kind != kind || u.Parties.Operator != c.Parties.Operator:
		refuse(yumen.Say("%s has no agreement %s of the kind %s", "%[1]s 没有名为 %[2]s 的 %[3]s 协议", c.Parties.Operator, c.Within, kind),
			yumen.Text{})
	case u.Stopped() != nil:
		refuse(yumen.Say("%s is not in force", "%s 未生效", c.Within), yumen.Say("wait until it is", "请待其生效"))
	case k.around.Today > u.Valid.Until:
		refuse(yumen.Say("%s is over", "%s 已到期", c.Within), yumen.Text{})
	case !Covers(&u.Contract, c):
		refuse(yumen.Say("%s runs from %s to %s and does not cover the term", "%s 的有效期为 %s 至 %s，不能覆盖合同期限", c.Within,
			u.Valid.From, u.Valid.Until), yumen.Say("let the contract run within it", "请将合同期限置于其中"))
	}
}

// Covers reports whether an umbrella agreement holds for the whole term of a contract under it.
func Covers(umbrella, c *yumen.Contract) bool {
	return umbrella.Valid.From <= c.Valid.From && c.Valid.Until <= umbrella.Valid.Until
}

// consent refuses what would put a contract in force over data to which neither its provider nor the data authority
// ever agreed: where neither signs, the umbrella agreement has to name the provider.
func (k *agreeing) consent(offices []string) {
	c, u := k.contract, k.around.Umbrella
	if offices == nil || slices.Contains(offices, officeProvider) || slices.Contains(offices, officeBureau) {
		return
	}
	for _, org := range c.Parties.Providers {
		if !k.umbrella || u == nil || !slices.Contains(u.Parties.Providers, org) {
			k.add("agreement.consent", "parties.providers",
				yumen.Say("neither %s nor the data authority signs it, and no agreement above names %s as provider",
					"%s 与主管部门均不签署，且上位协议未将 %s 列为提供方", org, org),
				yumen.Say("have the umbrella agreement name its providers", "请在上位协议中列明提供方"))
		}
	}
}
