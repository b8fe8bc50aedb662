package contract

import (
	"crypto/ed25519"
	"encoding/json"
	"slices"
	"time"

	"github.com/yumen-data/yumen"
)

// Offices whose organisations a contract names itself. Any other stands in its parties.offices.
const (
	officeBureau    = "bureau" // held by whoever is regulator
	officeProvider  = "provider"
	officeOperator  = "operator"
	officeApplicant = "applicant"
	officeUser      = "user" // 数据应用单位, the applicant of a sharing grant
)

// NewRevision puts terms before those who have to sign them.
func NewRevision(c yumen.Contract, text []byte, signers []yumen.Signer) (yumen.Revision, error) {
	terms, err := Terms(&c)
	return yumen.Revision{Contract: c, Digest: yumen.DigestOf(text),
		Signing: yumen.Signing{Terms: terms, Text: string(text), Signers: signers}}, err
}

// Terms is the digest of what a contract says, whatever its text looks like: of its JSON with every default filled in.
func Terms(c *yumen.Contract) (yumen.Digest, error) {
	b, err := json.Marshal(c)
	return yumen.DigestOf(b), err
}

// Statement is what all signers of a revision sign, the same bytes: contract, revision, terms, and who has to sign.
func Statement(name string, s *yumen.Signing) []byte {
	b, err := json.Marshal(struct {
		Form     string         `json:"form"`
		Contract string         `json:"contract"`
		Revision int            `json:"revision"`
		Terms    yumen.Digest   `json:"terms"`
		Signers  []yumen.Signer `json:"signers"`
	}{"contract terms 1", name, s.Revision, s.Terms, s.Signers})
	if err != nil {
		panic(err) // of strings and numbers
	}
	return b
}

// Verify reports whether all have signed the terms of a contract who have to, with signatures over its statement.
func Verify(c *yumen.SignedContract) bool {
	terms, err := Terms(&c.Contract)
	if err != nil || terms != c.Terms || len(c.Missing()) > 0 || len(c.Signers) == 0 {
		return false
	}
	return !slices.ContainsFunc(c.Signatures, func(s yumen.Signature) bool { return !holds(c.Name, &c.Signing, &s) })
}

func holds(name string, s *yumen.Signing, x *yumen.Signature) bool {
	return len(x.Pub) == ed25519.PublicKeySize && ed25519.Verify(x.Pub, Statement(name, s), x.Value)
}

// Open returns the revision that a signature to terms would be under: the one that waits for signatures, where there
// is one, or a new one. Terms other than those that wait are refused with kind conflict.
func Open(old *yumen.SignedContract, r yumen.Revision) (yumen.Revision, error) {
	waiting := waits(old)
	switch {
	case old.Terminated:
		return r, yumen.Errorf(yumen.KindConflict, "contract %s was terminated", "合同 %s 已终止", old.Name).
			ToFix("make a new contract", "请另订合同")
	case waiting != nil && waiting.Terms != r.Terms:
		return r, refuseSignature("signature.other-terms", yumen.Say("other terms of it wait for signatures, %s",
			"该合同另有条款待签署，摘要值为 %s", waiting.Terms), yumen.Say("sign those, or have them withdrawn first", "请签署该条款，或先行撤回"))
	case waiting != nil && !slices.Equal(waiting.Signers, signersOf(old, &r)):
		return r, refuseSignature("signature.other-signers", yumen.Say("by the rules of the place others have to sign by now",
			"按现行规则，签署方已有变化"), yumen.Say("have it withdrawn and begin anew", "请撤回后重新发起"))
	case waiting != nil:
		return *waiting, nil
	case old.Name != "" && !old.Withdrawn && old.Terms == r.Terms:
		return r, refuseSignature("signature.second", yumen.Say("all have signed these terms", "该条款已由各方签署"), yumen.Text{})
	case old.Name != "" && !old.Withdrawn && !samePartners(&old.Contract, &r.Contract):
		return r, refuseSignature("amendment.parties", yumen.Say("an amendment keeps kind, parties and umbrella of the contract",
			"变更合同不得改变其类型、当事方与上位协议"), yumen.Say("make a new contract", "请另订合同"))
	}
	r.Signers = signersOf(old, &r)
	r.Revision = max(old.Revision, 0) + 1
	if old.Name != "" && old.Revision == 0 { // signed by the data authority alone, which was its first
		r.Revision = 2
	}
	r.Signatures, r.Withdrawn = nil, false
	return r, nil
}

// signersOf are those who sign new terms: whom the rules name, and for an amendment whoever signed the present terms.
func signersOf(old *yumen.SignedContract, r *yumen.Revision) []yumen.Signer {
	out := slices.Clone(r.Signers)
	if old.Name == "" || waits(old) != nil && old.Next == nil || old.Withdrawn {
		return out
	}
	before := old.Signers
	if len(before) == 0 {
		before = []yumen.Signer{{Office: officeBureau}}
	}
	for _, s := range before {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// waits returns the revision of a contract that waits for signatures, nil where none does.
func waits(c *yumen.SignedContract) *yumen.Revision {
	switch {
	case c.Next != nil:
		return c.Next
	case c.Name != "" && !c.Withdrawn && len(c.Missing()) > 0:
		return &yumen.Revision{Contract: c.Contract, Signing: c.Signing, Digest: c.Digest}
	}
	return nil
}

func samePartners(a, b *yumen.Contract) bool {
	same := a.Kind == b.Kind || a.Kind == ""
	x, y := a.Parties, b.Parties
	if same = same && a.Within == b.Within && x.Operator == y.Operator && x.Applicant == y.Applicant; !same {
		return false
	}
	for office, org := range x.Offices {
		same = same && y.Offices[office] == org
	}
	xs, ys := slices.Sorted(slices.Values(x.Providers)), slices.Sorted(slices.Values(y.Providers))
	return same && len(x.Offices) == len(y.Offices) && slices.Equal(xs, ys)
}

// Sign adds a signature to a revision that Open returned. With the last one its terms are those of the contract; until
// then what was in force before holds.
func Sign(old *yumen.SignedContract, r yumen.Revision, x yumen.Signature) (yumen.SignedContract, error) {
	last := old.Signed
	for _, s := range r.Signatures {
		if last.Before(s.At) {
			last = s.At
		}
	}
	out := *old
	switch {
	case x.At.Before(last):
		return out, refuseSignature("signature.back-dated", yumen.Say("it is dated before what was signed last",
			"签署时间早于此前的签署"), yumen.Say("signatures are dated when they are made", "签署以实际时间为准"))
	case yumen.DayOf(x.At) > r.Valid.Until:
		return out, refuseSignature("contract.expired", yumen.Say("the contract was to end on %s", "合同应于 %s 到期", r.Valid.Until),
			yumen.Text{})
	case !slices.Contains(r.Signers, x.Signer):
		return out, refuseSignature("signature.not-party", yumen.Say("%s does not sign this contract", "%s 不是该合同的签署方", x.Signer),
			yumen.Text{})
	case !slices.Contains(r.Missing(), x.Signer):
		return out, refuseSignature("signature.second", yumen.Say("%s has signed", "%s 已签署", x.Signer), yumen.Text{})
	case slices.ContainsFunc(r.Signatures, func(s yumen.Signature) bool { return s.By == x.By }):
		return out, refuseSignature("signature.same-person", yumen.Say("%s has signed for another party", "%s 已代表另一方签署", x.By),
			yumen.Say("have somebody else sign for this one", "请由他人代表本方签署"))
	case !holds(r.Name, &r.Signing, &x):
		return out, refuseSignature("signature.invalid", yumen.Say("it is no signature to these terms", "签名与该条款不符"), yumen.Text{})
	}
	r.Signatures = append(slices.Clip(r.Signatures), x)
	if inForce := old.Name != "" && !old.Withdrawn && len(old.Missing()) == 0; inForce && len(r.Missing()) > 0 {
		out.Next = &r
		return out, nil
	}
	out.Contract, out.Signing, out.Digest, out.Next = r.Contract, r.Signing, r.Digest, nil
	out.Signed, out.SignedBy = x.At, x.By
	return out, nil
}

// Withdraw takes a party's signature back before the last is there. Terms that nobody signs any more are withdrawn.
func Withdraw(old *yumen.SignedContract, by []yumen.Signer, at time.Time) (yumen.SignedContract, yumen.Signer, error) {
	out := *old
	r := waits(old)
	if r == nil {
		return out, yumen.Signer{}, yumen.Errorf(yumen.KindConflict, "nothing of contract %s waits for signatures",
			"合同 %s 没有待签署的条款", old.Name).ToFix("one that is in force can be terminated", "已生效的合同请予终止")
	}
	i := slices.IndexFunc(r.Signatures, func(s yumen.Signature) bool { return slices.Contains(by, s.Signer) })
	switch {
	case i < 0:
		return out, yumen.Signer{}, yumen.Errorf(yumen.KindDenied, "there is no signature of yours to take back", "没有可由您撤回的签署").
			ToFix("have the party that signed take it back", "请由签署方撤回")
	case at.Before(r.Signatures[i].At):
		return out, yumen.Signer{}, refuseSignature("signature.back-dated",
			yumen.Say("it is dated before the signature", "撤回时间早于签署"), yumen.Text{})
	}
	who := r.Signatures[i].Signer
	r2 := *r
	r2.Signatures = slices.Delete(slices.Clone(r.Signatures), i, i+1)
	r2.Withdrawn = len(r2.Signatures) == 0
	switch {
	case old.Next == nil:
		out.Signing = r2.Signing
	case r2.Withdrawn:
		out.Next = nil
	default:
		out.Next = &r2
	}
	return out, who, nil
}

// Signers are the parties that sign a contract by the rules of a place, each once, in the order of the rules.
func signers(c *yumen.Contract, offices []string) (out []yumen.Signer, missing []string) {
	for _, office := range offices {
		var orgs []string
		switch office {
		case officeBureau:
			orgs = []string{""}
		case officeProvider:
			orgs = c.Parties.Providers
		case officeOperator:
			orgs = []string{c.Parties.Operator}
		case officeApplicant, officeUser:
			orgs = []string{c.Parties.Applicant}
		default:
			orgs = []string{c.Parties.Offices[office]}
		}
		if len(orgs) == 0 || office != officeBureau && slices.Contains(orgs, "") {
			missing = append(missing, office)
			continue
		}
		for _, org := range orgs {
			if s := (yumen.Signer{Office: office, Org: org}); !slices.Contains(out, s) {
				out = append(out, s)
			}
		}
	}
	return out, missing
}

// SignsFor returns for which of the signers a person may sign: somebody of the organisation with the role that goes
// with the office.
func SignsFor(by yumen.Actor, all []yumen.Signer) (out []yumen.Signer) {
	roles := map[string]yumen.Role{officeBureau: yumen.RoleRegulator, officeProvider: yumen.RoleProvider,
		officeOperator: yumen.RoleOperator, officeApplicant: yumen.RoleApplicant, officeUser: yumen.RoleApplicant}
	for _, s := range all {
		role, named := roles[s.Office]
		if by.Org != "" && (s.Org == "" && s.Office == officeBureau || s.Org == by.Org) && (!named || by.Has(role)) {
			out = append(out, s)
		}
	}
	return out
}

func refuseSignature(rule string, msg, fix yumen.Text) error {
	return yumen.Refuse(yumen.KindDenied, yumen.Say("the contract cannot be signed so", "无法如此签署合同"),
		[]yumen.Reason{{Rule: rule, Place: "contract", Msg: msg, Fix: fix}})
}
