package access

import (
	"context"
	_ "embed" // policies.cedar
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/cedar-policy/cedar-go"
	"github.com/cedar-policy/cedar-go/x/exp/schema/validate"

	"github.com/yumen-data/yumen"
)

//go:embed policies.cedar
var defaultPolicies []byte

// Policies say who may do what. They do not change.
type Policies struct {
	set    cedar.PolicyMap
	digest yumen.Digest
}

// The entities that policies speak of.
const (
	userType   = cedar.EntityType("User")
	roleType   = cedar.EntityType("Role")
	actionType = cedar.EntityType("Action")
	member     = "member" // the role of whoever has any
)

var domain = cedar.NewEntityUID("Domain", "domain")

// DefaultPolicies returns the policies of a home without any of its own.
var DefaultPolicies = sync.OnceValue(func() *Policies {
	p, err := ParsePolicies("policies.cedar", defaultPolicies)
	if err != nil {
		panic(err) // a test parses them
	}
	return p
})

// Digest returns the digest of the text that the policies were read from.
func (p *Policies) Digest() yumen.Digest { return p.digest }

// ParsePolicies reads policies. It refuses, with kind invalid and every reason, what is not of the schema, what has no
// id, and what would let those who administer the domain see data or held results.
func ParsePolicies(file string, text []byte) (*Policies, error) {
	list, err := cedar.NewPolicyListFromBytes(file, text)
	if err != nil {
		return nil, yumen.Errorf(yumen.KindInvalid, "these are no policies", "策略无法解析").At(file).Because(err)
	}
	p := &Policies{set: cedar.PolicyMap{}, digest: yumen.DigestOf(text)}
	check := validate.New(policySchema())
	var rs []yumen.Reason
	for _, policy := range list {
		at := fmt.Sprintf("%s:%d:%d", file, policy.Position().Line, policy.Position().Column)
		id := cedar.PolicyID(policy.Annotations()["id"])
		switch {
		case id == "":
			rs = append(rs, yumen.Reason{Rule: "policy.id", Place: at,
				Msg: yumen.Say("the policy has no @id, by which decisions name it", "策略缺少 @id，决策记录以其引用策略")})
			continue
		case p.set[id] != nil:
			rs = append(rs, yumen.Reason{Rule: "duplicate", Place: at,
				Msg: yumen.Say("the id %s stands here a second time", "标识 %s 重复出现", string(id))})
			continue
		}
		p.set[id] = policy
		err := check.Policy(string(id), policyTree(policy))
		if err == nil {
			err = checkRoles(policy)
		}
		if err != nil {
			rs = append(rs, yumen.Reason{Rule: "policy.schema", Place: at,
				Msg: yumen.Say("%s", "不符合策略模式：%s", err.Error())})
		}
	}
	if len(rs) == 0 {
		rs = p.apart(file)
	}
	if err := yumen.Refuse(yumen.KindInvalid, yumen.Say("these policies cannot be used", "无法使用这些策略"), rs); err != nil {
		return nil, yumen.AsError(err).At(file)
	}
	return p, nil
}

// disclosing are the actions that show data or held results, or decide about them.
var disclosing = []Action{CatalogImport, CatalogProfile, Desensitize, DesensitizeBack, JobFindings, ReviewList,
	ReviewShow, ReviewPreview,
	ReviewVote, ReviewReturn, ReviewReject, ReviewRelease, ReleaseGet}

// apart returns a reason for each duty that policies do not keep apart: who administers a domain sees no data, who has
// no role does nothing, and somebody gives roles.
func (p *Policies) apart(file string) (rs []yumen.Reason) {
	add := func(rule string, act Action, msg yumen.Text) {
		rs = append(rs, yumen.Reason{Rule: rule, Place: file, Msg: yumen.Say("%s: %s", "%s：%s", string(act), msg)})
	}
	for _, asserted := range []bool{false, true} {
		admin := yumen.Actor{Name: "somebody", Roles: []yumen.Role{yumen.RoleAdmin}, Asserted: asserted}
		for _, act := range disclosing {
			if p.Decide(admin, act).Allowed {
				add("policy.apart", act,
					yumen.Say("an administrator sees no data and no held result", "运维人员不得接触数据与待审结果"))
			}
		}
		for _, act := range actions {
			if p.Decide(yumen.Actor{Name: "somebody", Asserted: asserted}, act).Allowed {
				add("policy.nobody", act, yumen.Say("it is permitted to people without any role", "允许了没有任何角色的人员"))
			}
		}
	}
	for _, act := range []Action{RoleGrant, RoleWithdraw} {
		if len(p.roles(act)) == 0 {
			add("policy.locked", act,
				yumen.Say("no role may do it, so that nobody could mend that", "没有角色可以执行，将无人能够更正"))
		}
	}
	return rs
}

// Decision is what policies say about somebody and an action.
type Decision struct {
	Allowed bool
	// Policies are the ids of all policies that it follows from: those that permit it, or those that forbid it. None
	// where nothing permits it.
	Policies []string
	// Failed are the policies that could not be evaluated. The action is denied then.
	Failed []string
}

// Decide evaluates all policies. What none permits is denied, and so is what one forbids or where one cannot be
// evaluated.
func (p *Policies) Decide(a yumen.Actor, act Action) (d Decision) {
	if !slices.Contains(actions, act) {
		return d
	}
	var roles []cedar.EntityUID
	for _, r := range a.Roles {
		if slices.Contains(yumen.Roles, r) {
			roles = append(roles, cedar.NewEntityUID(roleType, cedar.String(r)), cedar.NewEntityUID(roleType, member))
		}
	}
	user := cedar.NewEntityUID(userType, cedar.String(a.Name))
	entities := cedar.EntityMap{user: {UID: user, Parents: cedar.NewEntityUIDSet(roles...),
		Attributes: cedar.NewRecord(cedar.RecordMap{"org": cedar.String(a.Org),
			"asserted": cedar.Boolean(a.Asserted)})}}
	decision, why := cedar.Authorize(p.set, entities,
		cedar.Request{Principal: user, Action: cedar.NewEntityUID(actionType, cedar.String(act)),
			Resource: domain, Context: cedar.NewRecord(nil)})
	for _, r := range why.Reasons {
		d.Policies = append(d.Policies, string(r.PolicyID))
	}
	for _, e := range why.Errors {
		d.Failed = append(d.Failed, string(e.PolicyID))
	}
	slices.Sort(d.Policies)
	slices.Sort(d.Failed)
	d.Allowed = decision == cedar.Allow && len(d.Failed) == 0
	return d
}

// roles returns the roles each of which alone may do something.
func (p *Policies) roles(act Action) (out []yumen.Role) {
	for _, r := range yumen.Roles {
		if p.Decide(yumen.Actor{Name: "somebody", Roles: []yumen.Role{r}}, act).Allowed {
			out = append(out, r)
		}
	}
	return out
}

// why returns why an action is permitted or forbidden, by the annotations of the policies that say so.
func (p *Policies) why(ids []string) (out yumen.Text) {
	for _, id := range ids {
		notes := p.set[cedar.PolicyID(id)].Annotations()
		if en := string(notes["en"]); en != "" {
			return yumen.Text{EN: en, ZH: string(notes["zh"])}
		}
	}
	return out
}

// May reports whether an actor may do something: nil, or an error of kind denied that says which roles may, and which
// policies forbid it. An action that there is not is denied to everyone.
func (p *Policies) May(a yumen.Actor, act Action) error { return p.refusal(a, act, p.Decide(a, act)) }

func (p *Policies) refusal(a yumen.Actor, act Action, d Decision) error {
	if d.Allowed {
		return nil
	}
	roles := p.roles(act)
	switch {
	case len(d.Failed) > 0:
		return yumen.Errorf(yumen.KindDenied, "%s may not do %s: these policies cannot be evaluated: %s",
			"%s 无权执行 %s：以下策略无法求值：%s",
			who(a), act, strings.Join(d.Failed, ", ")).ToFix("mend policies.cedar", "请修正 policies.cedar")
	case len(d.Policies) > 0:
		return yumen.Errorf(yumen.KindDenied, "%s may not do %s: it is forbidden by the policies %s%s",
			"%s 无权执行 %s：被策略 %s 禁止%s",
			who(a), act, strings.Join(d.Policies, ", "), since(p.why(d.Policies))).
			ToFix("meet what they ask for, or have whoever keeps policies.cedar change them",
				"请满足其要求，或请 policies.cedar 的维护者修改")
	case len(roles) == 0:
		return yumen.Errorf(yumen.KindDenied, "nobody may do %q", "任何人不得执行 %q", string(act)).
			ToFix("no policy permits it; policies.cedar says what there is", "没有策略允许；可执行的操作见 policies.cedar")
	}
	one := p.Decide(yumen.Actor{Name: "somebody", Roles: roles[:1]}, act)
	return yumen.Errorf(yumen.KindDenied, "%s may not do %s: it takes the role %s%s", "%s 无权执行 %s：需要角色 %s%s", who(a),
		act, orList(roles), since(p.why(one.Policies))).
		ToFix("have somebody with that role do it, or ask for the role: %s", "请由具有该角色的人员操作，或申请该角色：%s",
			givers(roles))
}

// since is a reason behind what it is a reason for.
func since(why yumen.Text) yumen.Text {
	if why.IsZero() {
		return why
	}
	return yumen.Say(" (%s)", "（%s）", why)
}

// givers says who gives roles.
func givers(roles []yumen.Role) yumen.Text {
	var en, zh []string
	for _, by := range []yumen.Role{yumen.RoleRegulator, yumen.RoleAdmin} {
		given := slices.DeleteFunc(slices.Clone(roles), func(r yumen.Role) bool { return AppointedBy(r) != by })
		if len(given) == 0 {
			continue
		}
		t := yumen.Say("%s gives %s", "%[2]s 由 %[1]s 授予", indefinite(by), orList(given))
		en, zh = append(en, t.EN), append(zh, t.ZH)
	}
	return yumen.Text{EN: strings.Join(en, ", "), ZH: strings.Join(zh, "，")}
}

// Rules are the policies in force, which can be replaced while others ask.
type Rules struct {
	now atomic.Pointer[Policies]
	log *slog.Logger
}

// NewRules puts policies in force. Every decision is written to log, with all policies that it follows from.
func NewRules(p *Policies, log *slog.Logger) *Rules {
	r := &Rules{log: log}
	r.now.Store(p)
	return r
}

// Replace puts other policies in force.
func (r *Rules) Replace(p *Policies) { r.now.Store(p) }

// Permit reports whether an actor may do something, without a line in the log: for what is asked of every row of a
// list.
func (r *Rules) Permit(a yumen.Actor, act Action) bool { return r.now.Load().Decide(a, act).Allowed }

// May decides whether an actor may do something, as Policies.May does.
func (r *Rules) May(a yumen.Actor, act Action) error {
	p := r.now.Load()
	d := p.Decide(a, act)
	level := slog.LevelInfo
	if d.Allowed {
		level = slog.LevelDebug
	}
	r.log.LogAttrs(context.Background(), level, "decision", slog.String("person", a.Name), slog.String("org", a.Org),
		slog.Bool("asserted", a.Asserted),
		slog.String("action", string(act)), slog.Bool("allowed", d.Allowed), slog.Any("policies", d.Policies),
		slog.Any("failed", d.Failed))
	return p.refusal(a, act, d)
}
