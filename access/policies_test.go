package access

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
)

// The policies that ship are the table of duties, for every set of roles, whoever has them.
func TestDefaultPoliciesAreTheTable(t *testing.T) {
	p := DefaultPolicies()
	may := map[yumen.Role]map[Action]bool{}
	everyone := strings.Fields("catalog.show contract.show pack.show case.show case.act office.show job.show job.resume audit.verify person.show org.show token.create token.list token.revoke")
	for _, r := range yumen.Roles {
		may[r] = map[Action]bool{}
		for _, act := range append(strings.Fields(allowed[r]), everyone...) {
			may[r][Action(act)] = true
		}
		may[r][ContractBudget] = r != yumen.RoleAdmin
	}
	for set := range 1 << len(yumen.Roles) {
		a := yumen.Actor{Name: "x", Org: "y", Asserted: set%3 == 0}
		for i, r := range yumen.Roles {
			if set>>i&1 == 1 {
				a.Roles = append(a.Roles, r)
			}
		}
		for _, act := range Actions() {
			want := slices.ContainsFunc(a.Roles, func(r yumen.Role) bool { return may[r][act] })
			if d := p.Decide(a, act); d.Allowed != want || want != (len(d.Policies) > 0) || len(d.Failed) > 0 {
				t.Errorf("%v, %s: %+v", a.Roles, act, d)
			}
		}
	}
}

// Every policy that ships says why, in both languages.
func TestPoliciesSayWhy(t *testing.T) {
	p := DefaultPolicies()
	if len(p.set) != len(actions) {
		t.Errorf("%d policies for %d actions", len(p.set), len(actions))
	}
	for id, policy := range p.set {
		if n := policy.Annotations(); n["en"] == "" || n["zh"] == "" || !slices.Contains(actions, Action(id)) {
			t.Errorf("%s: %v", id, n)
		}
	}
}

const (
	grants = `@id("give") permit (principal in Role::"regulator", action in [Action::"role.grant", Action::"role.withdraw"], resource);`
	vote   = `@id("vote") permit (principal in Role::"reviewer", action == Action::"review.vote", resource);`
)

func TestPoliciesThatCannotBeUsed(t *testing.T) {
	for text, want := range map[string]string{
		`permit (`: "no policies",
		grants + `permit (principal, action, resource);`: "policy.id",
		grants + grants: "duplicate",
		grants + `@id("a") permit (principal in Role::"revewer", action == Action::"review.vote", resource);`:     "policy.schema",
		grants + `@id("a") permit (principal in Role::"reviewer", action == Action::"review.votes", resource);`:   "policy.schema",
		grants + `@id("a") permit (principal in Role::"reviewer", action, resource) when { principal.rank > 3 };`: "policy.schema",
		grants + `@id("a") permit (principal in Role::"reviewer", action, resource) when { principal.org > 3 };`:  "policy.schema",
		grants + `@id("a") permit (principal in Role::"admin", action == Action::"review.preview", resource);`:    "policy.apart",
		grants + `@id("a") permit (principal in Role::"member", action == Action::"release.get", resource);`:      "policy.apart",
		grants + `@id("a") permit (principal, action, resource) when { principal.asserted };`:                     "policy.apart",
		grants + `@id("a") permit (principal, action == Action::"catalog.show", resource);`:                       "policy.nobody",
		`@id("a") permit (principal in Role::"reviewer", action == Action::"review.vote", resource);`:             "policy.locked",
		"": "policy.locked",
	} {
		p, err := ParsePolicies("p.cedar", []byte(text))
		if p != nil || yumen.KindOf(err) != yumen.KindInvalid || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "p.cedar") {
			t.Errorf("%s\n%v, want %s", text, err, want)
		}
	}
}

// What one policy forbids is denied whatever others permit, and a refusal names all of them.
func TestForbid(t *testing.T) {
	p, err := ParsePolicies("p.cedar", []byte(grants+vote+`@id("known") @en("votes are for people who were authenticated") @zh("表决须经认证")
		forbid (principal, action == Action::"review.vote", resource) when { principal.asserted };
		@id("own house") forbid (principal, action == Action::"review.vote", resource) when { principal.org == "lab" };`))
	if err != nil {
		t.Fatal(err)
	}
	a := yumen.Actor{Name: "v", Org: "bureau", Roles: []yumen.Role{yumen.RoleReviewer}}
	if err := p.May(a, ReviewVote); err != nil {
		t.Error(err)
	}
	a.Asserted, a.Org = true, "lab"
	err = p.May(a, ReviewVote)
	if yumen.KindOf(err) != yumen.KindDenied || !strings.Contains(err.Error(), "known, own house") ||
		!strings.Contains(err.Error(), "authenticated") {
		t.Error(err)
	}
	if err := p.May(a, CatalogShow); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("what nothing permits: %v", err)
	}
}

// A policy that cannot be evaluated denies what it is about: Cedar itself would leave it out, and with it what it
// forbids.
func TestPoliciesThatFailDeny(t *testing.T) {
	p, err := ParsePolicies("p.cedar", []byte(grants+vote+`@id("sum") forbid (principal, action == Action::"review.vote", resource)
		when { 9223372036854775807 + 1 > 0 };`))
	if err != nil {
		t.Fatal(err)
	}
	a := yumen.Actor{Name: "v", Roles: []yumen.Role{yumen.RoleReviewer}}
	if err := p.May(a, ReviewVote); yumen.KindOf(err) != yumen.KindDenied || !strings.Contains(err.Error(), "sum") {
		t.Error(err)
	}
}

// Every decision is logged with all policies that it follows from; other policies count from the moment they are in
// force.
func TestRulesLogDecisions(t *testing.T) {
	var out bytes.Buffer
	r := NewRules(DefaultPolicies(), slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})))
	a := yumen.Actor{Name: "v", Org: "bureau", Roles: []yumen.Role{yumen.RoleReviewer}}
	p, err := ParsePolicies("p.cedar", []byte(grants+vote+`@id("also") permit (principal in Role::"member", action == Action::"review.vote", resource)
		unless { principal in Role::"admin" || principal.asserted };`))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.May(a, CatalogShow); err != nil {
		t.Error(err)
	}
	r.Replace(p)
	if err := r.May(a, CatalogShow); err == nil {
		t.Error("the old ones are in force")
	}
	if err := r.May(a, ReviewVote); err != nil {
		t.Error(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		var e struct {
			Person, Action string
			Allowed        bool
			Policies       []string
		}
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Person != "v" {
			t.Errorf("%s: %v", line, err)
		}
		got = append(got, e.Action+" "+map[bool]string{true: "+", false: "-"}[e.Allowed]+" "+
			strings.Join(e.Policies, ","))
	}
	if want := []string{"catalog.show + catalog.show", "catalog.show - ", "review.vote + also,vote"}; !slices.Equal(got,
		want) {
		t.Errorf("%q", got)
	}
}
