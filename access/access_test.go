package access

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/goldentest"
)

func TestStarter(t *testing.T) {
	d, err := Parse("people.yaml", Starter())
	if err != nil {
		t.Fatal(err)
	}
	held := map[yumen.Role]int{}
	orgs := map[string]bool{}
	for _, p := range d.People() {
		for _, r := range p.Roles {
			held[r]++
			if r == yumen.RoleReviewer && orgs[p.Org] {
				t.Errorf("reviewers of one organisation: %s", p.Org)
			}
			if r == yumen.RoleReviewer {
				orgs[p.Org] = true
			}
		}
	}
	for _, r := range yumen.Roles {
		if want := map[bool]int{false: 1, true: 2}[r == yumen.RoleReviewer]; held[r] != want {
			t.Errorf("%d people with the role %s; want %d", held[r], r, want)
		}
	}
	Starter()[0] = 'x'
	if Starter()[0] != '#' {
		t.Error("a caller can change the starter")
	}
}

func TestRefusals(t *testing.T) {
	goldentest.Run(t, "testdata/bad.txtar", func(file string, b []byte) error {
		_, err := Parse(file, b)
		return err
	})
}

func TestFind(t *testing.T) {
	d, err := Parse("p.yaml", []byte("people:\n- {name: 张三, org: a, roles: [reviewer, admin]}\n- {name: li.si, org: b, roles: [analyst]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := d.Find(t.Context(), "张三")
	if diff := cmp.Diff(yumen.Actor{Name: "张三", Org: "a", Roles: []yumen.Role{"reviewer", "admin"}}, got); diff != "" ||
		err != nil {
		t.Errorf("%v %s", err, diff)
	}
	got.Roles[0] = yumen.RoleProvider
	if again, _ := d.Find(t.Context(), "张三"); again.Has(yumen.RoleProvider) {
		t.Error("a caller can give the directory's people other roles")
	}
	for name, want := range map[string]string{
		"lisi":  `nobody here is called "lisi"` + "\n→ did you mean \"li.si\"?",
		"LI.SI": `nobody here is called "LI.SI"` + "\n→ did you mean \"li.si\"?",
		"other": `nobody here is called "other"`,
		"":      "nobody is named: who does this?\n→ name one of 张三, li.si",
	} {
		_, err := d.Find(t.Context(), name)
		if e := yumen.AsError(err); e.Kind != yumen.KindDenied || e.In(yumen.LangEnglish) != want {
			t.Errorf("Find(%q): %s %q", name, e.Kind, e.In(yumen.LangEnglish))
		}
	}
}

// allowed is the table once more, by role, as the design states the duties.
var allowed = map[yumen.Role]string{
	yumen.RoleProvider:  "contract.sign object.destroy catalog.register catalog.import catalog.publish catalog.profile desensitize desensitize.reverse desensitize.trace desensitize.list key.list",
	yumen.RoleOperator:  "contract.sign object.destroy job.submit release.get desensitize.list",
	yumen.RoleApplicant: "contract.sign job.submit release.get",
	yumen.RoleAnalyst:   "job.submit release.get",
	yumen.RoleReviewer:  "job.findings job.logs review.list review.show review.preview review.vote review.return review.reject review.release release.get desensitize.list tenant.show-all",
	yumen.RoleRegulator: "person.add person.disable person.enable role.grant role.withdraw org.contacts org.add org.change token.issue token.list-all token.revoke-any contract.sign contract.terminate contract.suspend pack.sign case.show-all office.appoint report.show job.findings job.logs release.get audit.tail audit.details audit.export desensitize.trace desensitize.list key.list tenant.show-all",
	yumen.RoleAdmin:     "person.add person.disable person.enable role.grant role.withdraw org.contacts org.add org.change token.issue token.list-all token.revoke-any audit.tail audit.details audit.export key.create key.rotate key.destroy key.list tenant.show-all",
}

func TestMay(t *testing.T) {
	check := func(a yumen.Actor, list string) {
		t.Helper()
		if slices.ContainsFunc(a.Roles, func(r yumen.Role) bool { return slices.Contains(yumen.Roles, r) }) {
			list += " catalog.show contract.show pack.show case.show case.act office.show job.show job.resume audit.verify person.show org.show token.create token.list token.revoke"
		}
		if slices.ContainsFunc(a.Roles,
			func(r yumen.Role) bool { return r != yumen.RoleAdmin && slices.Contains(yumen.Roles, r) }) {
			list += " contract.budget"
		}
		for _, act := range Actions() {
			want := strings.Contains(" "+list+" ", " "+string(act)+" ")
			err := DefaultPolicies().May(a, act)
			if (err == nil) != want {
				t.Errorf("%v may %s: %v", a.Roles, act, err)
			}
			var e *yumen.Error
			if err != nil && (!errors.As(err, &e) || e.Kind != yumen.KindDenied || e.Msg.ZH == "" || e.Fix.IsZero()) {
				t.Errorf("%v may %s: %#v", a.Roles, act, err)
			}
		}
	}
	for _, r := range yumen.Roles {
		check(yumen.Actor{Name: "x", Org: "y", Roles: []yumen.Role{r}}, allowed[r])
	}
	check(yumen.Actor{Name: "x", Org: "y", Roles: []yumen.Role{yumen.RoleAdmin, yumen.RoleProvider}},
		allowed[yumen.RoleAdmin]+" "+allowed[yumen.RoleProvider])
	check(yumen.Actor{}, "")
	check(yumen.Actor{Name: "x", Roles: []yumen.Role{"root", "*", ""}}, "")
	for _, act := range []Action{"", "*", "review", "review.vote ", "REVIEW.VOTE"} {
		if err := DefaultPolicies().May(yumen.Actor{Name: "x", Roles: yumen.Roles},
			act); yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("an action that does not exist: %q: %v", act, err)
		}
	}
}

func TestMessage(t *testing.T) {
	if err := DefaultPolicies().May(yumen.Actor{Name: "li.si", Roles: []yumen.Role{"analyst", "admin"}},
		JobSubmit); err != nil {
		t.Error(err)
	}
	e := yumen.AsError(DefaultPolicies().May(yumen.Actor{Name: "li.si", Org: "b",
		Roles: []yumen.Role{"reviewer", "admin"}}, JobSubmit))
	want := yumen.Text{
		EN: "li.si (reviewer, admin) may not do job.submit: it takes the role operator, applicant or analyst (those a contract is for; which contract, the contract says)\n→ have somebody with that role do it, or ask for the role: an admin gives operator, applicant or analyst",
		ZH: "li.si（reviewer, admin） 无权执行 job.submit：需要角色 operator、applicant 或 analyst（合同的使用方；能用哪份合同由合同规定）\n→ 请由具有该角色的人员操作，或申请该角色：operator、applicant 或 analyst 由 admin 授予",
	}
	if diff := cmp.Diff(want, yumen.Text{EN: e.In(yumen.LangEnglish), ZH: e.In(yumen.LangChinese)}); diff != "" {
		t.Error(diff)
	}
}

// docs/roles.md shows the table.
func TestRolesDocument(t *testing.T) {
	goldentest.Part(t, "../docs/roles.md", "access", markdown())
}

func markdown() string {
	var b strings.Builder
	b.WriteString("| action | who may | why | 理由 |\n|---|---|---|---|\n")
	p := DefaultPolicies()
	for _, act := range Actions() {
		roles := p.roles(act)
		why := p.why(p.Decide(yumen.Actor{Roles: roles[:1]}, act).Policies)
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", act,
			strings.ReplaceAll(strings.Trim(fmt.Sprint(roles), "[]"), " ", ", "), why.EN, why.ZH)
	}
	return b.String()
}
