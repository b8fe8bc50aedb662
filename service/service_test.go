package service_test

import (
	"context"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/service"
)

// everybody is a domain in which people are called after the one role that they have, and a regulator r, an analyst a
// and a reviewer v.
type everybody struct{}

func (everybody) Find(ctx context.Context, name string) (yumen.Actor, error) {
	role := yumen.Role(name)
	if r, ok := map[string]yumen.Role{"r": yumen.RoleRegulator, "a": yumen.RoleAnalyst,
		"v": yumen.RoleReviewer}[name]; ok {
		role = r
	}
	if !slices.Contains(yumen.Roles, role) {
		return yumen.Actor{}, yumen.Errorf(yumen.KindDenied, "nobody is called %s", "没有 %s", name)
	}
	return yumen.Actor{Name: name, Org: "bureau", Roles: []yumen.Role{role}}, nil
}

// Credential knows a token t of everyone, and no other.
func (everybody) Credential(_ context.Context, id string) (access.Credential, error) {
	if id != "t" {
		return access.Credential{}, yumen.Errorf(yumen.KindNotFound, "no %s", "没有 %s", id)
	}
	return access.Credential{Token: api.Token{ID: id, Person: "r", Method: api.MethodToken,
		Expires: time.Now().Add(time.Hour)}}, nil
}

func (everybody) Credentialed(context.Context) (bool, error) { return true, nil }

// knowing returns an authenticator over everybody.
func knowing(local access.LocalIdentities) *access.Authenticator {
	return access.NewAuthenticator(everybody{}, local, time.Now)
}

// rules are those that ship.
var rules = access.NewRules(access.DefaultPolicies(), slog.New(slog.DiscardHandler))

// call calls a method of a service for a principal, with nothing else said but a decision where one is asked for.
func call(t *testing.T, m reflect.Value, by api.Principal) error {
	t.Helper()
	in := []reflect.Value{reflect.ValueOf(t.Context()), reflect.ValueOf(by)}
	for k := 2; k < m.Type().NumIn(); k++ {
		v := reflect.Zero(m.Type().In(k))
		if v.Type() == reflect.TypeFor[yumen.Decision]() {
			v = reflect.ValueOf(yumen.DecisionApprove)
		}
		in = append(in, v)
	}
	out := m.Call(in)
	err, _ := out[len(out)-1].Interface().(error)
	return err
}

// Every method asks who it is that asks, reads too, and answers nobody, nobody unauthenticated and no principal outside
// its scopes, before it looks at anything: the service here has no route.
func TestEveryMethodTakesAPrincipal(t *testing.T) {
	s := reflect.ValueOf(service.New(nil, knowing(access.LocalOff), rules, nil))
	context, principal := reflect.TypeFor[context.Context](), reflect.TypeFor[api.Principal]()
	if s.NumMethod() < 30 {
		t.Fatalf("%d methods", s.NumMethod())
	}
	person := yumen.Actor{Name: "everyone", Roles: yumen.Roles}
	for i := range s.NumMethod() {
		name, m := s.Type().Method(i).Name, s.Method(i)
		if m.Type().NumIn() < 2 || m.Type().In(0) != context || m.Type().In(1) != principal {
			t.Errorf("%s takes no principal", name)
			continue
		}
		for what, by := range map[string]api.Principal{"nobody": {Method: api.MethodToken},
			"somebody unknown":             {Person: person},
			"somebody named by the caller": api.Asserted(yumen.Actor{Name: "r"}),
			"a token that nobody has":      {Person: yumen.Actor{Name: "r"}, Method: api.MethodToken, Credential: "u"},
			"no token":                     {Person: yumen.Actor{Name: "r"}, Method: api.MethodToken},
			"somebody else's token":        {Person: yumen.Actor{Name: "a"}, Method: api.MethodToken, Credential: "t"},
			"no scope": {Person: yumen.Actor{Name: "r"}, Method: api.MethodToken, Credential: "t",
				Scopes: []api.Scope{}}} {
			if err := call(t, m, by); yumen.KindOf(err) != yumen.KindDenied {
				t.Errorf("%s answers %s: %v", name, what, err)
			}
		}
	}
}

// asks is what each method asks access for.
var asks = map[string]access.Action{
	"Datasets": access.CatalogShow, "Dataset": access.CatalogShow, "Register": access.CatalogRegister,
	"Publish": access.CatalogPublish,
	"Import":  access.CatalogImport, "ProfileTable": access.CatalogProfile,
	"Contracts": access.ContractShow, "Contract": access.ContractShow, "Ledger": access.ContractBudget,
	"SuspendContract": access.ContractSuspend, "ResumeContract": access.ContractSuspend,
	"CheckContract":     access.ContractShow,
	"Sign":              access.ContractSign,
	"WithdrawSignature": access.ContractSign,
	"Terminate":         access.ContractTerminate,
	"Packs":             access.PackShow, "SignPack": access.PackSign, "Years": access.PackShow, "AddYear": access.PackSign,
	"OpenCase": access.CaseAct, "ActOnCase": access.CaseAct, "AttachToCase": access.CaseAct, "OfficeCase": access.CaseShow,
	"OfficeCases": access.CaseShow, "CaseLog": access.CaseShow, "CaseDocument": access.CaseShow, "Offices": access.OfficeShow,
	"AppointOffice": access.OfficeAppoint, "DismissOffice": access.OfficeAppoint,
	"Indicators": access.ReportShow,
	"Submit":     access.JobSubmit, "Explain": access.JobSubmit, "Watch": access.JobShow, "Job": access.JobShow,
	"Jobs":   access.JobShow,
	"Cancel": access.JobShow, "EndRecurrence": access.JobShow, // and the route, whose job it is
	"Recur": access.JobSubmit, "Recurrences": access.JobShow,
	"Waiting": access.ReviewList, "Case": access.ReviewShow, "Preview": access.ReviewPreview, "Vote": access.ReviewVote,
	"Release": access.ReviewRelease, "Releases": access.ReleaseGet, "Fetch": access.ReleaseGet,
	"CreateKey": access.KeyCreate, "RotateKey": access.KeyRotate, "RotateSealing": access.KeyRotate,
	"DestroyKey": access.KeyDestroy, "Keys": access.KeyList,
	"Desensitize": access.Desensitize, "DryRun": access.Desensitize, "Trace": access.DesensitizeTrace,
	"Desensitizations": access.DesensitizeList, "Desensitization": access.DesensitizeList,
	"People": access.PersonShow, "Person": access.PersonShow, "AddPerson": access.PersonAdd,
	"GrantRole":    access.RoleGrant,
	"WithdrawRole": access.RoleWithdraw, "DisablePerson": access.PersonDisable, "EnablePerson": access.PersonEnable,
	"Orgs": access.OrgShow, "Org": access.OrgShow, "AddOrg": access.OrgAdd, "ChangeOrg": access.OrgChange,
	"CreateToken": access.TokenCreate, "Tokens": access.TokenList, "RevokeToken": access.TokenRevoke,
	"Entries": access.AuditExport, "Resume": access.JobResume, "Verify": access.AuditVerify,
	"Destroy":         access.ObjectDestroy,
	"ReleasedColumns": access.ReleaseGet, "HoldReader": access.ReleaseGet, "OwnJobs": access.JobShow,
	"ChangedJobs": access.JobShow, "ReadRows": access.ReleaseGet, "ReadBatches": access.ReleaseGet,
	"BindParams": access.CatalogShow, "AskCatalog": access.CatalogShow, "AskReleased": access.ReleaseGet,
}

// Whoever lacks the role is refused before anything is looked at, and so is the machine where a person is needed. The
// roles are those that the people of the domain have now, whatever the principal says.
func TestEveryMethodAsksForTheRole(t *testing.T) {
	s := reflect.ValueOf(service.New(nil, knowing(access.LocalAsserted), rules, nil))
	for i := range s.NumMethod() {
		name, m := s.Type().Method(i).Name, s.Method(i)
		act, ok := asks[name]
		if !ok {
			t.Errorf("%s asks for no action of the table", name)
			continue
		}
		for _, r := range yumen.Roles {
			person, err := everybody{}.Find(t.Context(), string(r))
			if err != nil || access.DefaultPolicies().May(person, act) == nil {
				continue
			}
			person.Roles = yumen.Roles // as somebody says, or as it was once
			if err := call(t, m, api.Asserted(person)); yumen.KindOf(err) != yumen.KindDenied {
				t.Errorf("%s answers a %s: %v", name, r, err)
			}
		}
		left := yumen.Actor{Name: "left", Roles: yumen.Roles}
		if err := call(t, m, api.Asserted(left)); yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("%s answers somebody who is not of the domain: %v", name, err)
		}
		if access.MachineMay(act) == nil {
			continue
		}
		if err := call(t, m, api.Machine()); yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("%s answers the machine: %v", name, err)
		}
	}
	if access.MachineMay(access.JobResume) != nil || access.MachineMay(access.AuditVerify) != nil ||
		access.MachineMay(access.JobShow) == nil {
		t.Error("what the machine may is something else")
	}
}

// A profile that turns pseudonyms back takes a role of its own.
func TestTurningBackTakesARole(t *testing.T) {
	s := service.New(nil, knowing(access.LocalAsserted), rules, nil)
	back := api.ProfileFile{Name: "p.yaml",
		Text: []byte("profile: p\nversion: 1\nsteps: [{columns: [a], encrypt: {mode: deterministic, key: k, reverse: true}}]\n")}
	operator := api.Asserted(yumen.Actor{Name: string(yumen.RoleOperator)})
	if _, err := s.DryRun(t.Context(), operator, api.DesensitizeFile{Profile: back},
		1); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("%v", err)
	}
}

// What a door is handed and hands in is made of the vocabulary, of package api and of the standard library: no type of
// the parts behind the service, however deep in a signature.
func TestSignaturesAreMadeOfTheAPI(t *testing.T) {
	seen := map[reflect.Type]bool{}
	var walk func(method string, typ reflect.Type)
	walk = func(method string, typ reflect.Type) {
		if seen[typ] {
			return
		}
		seen[typ] = true
		if rest, ours := strings.CutPrefix(typ.PkgPath(), "github.com/yumen-data/yumen"); ours && rest != "" &&
			rest != "/api" {
			t.Errorf("%s: %s", method, typ)
		} else if !ours && strings.Contains(typ.PkgPath(), ".") {
			t.Errorf("%s: %s is of another module", method, typ)
		}
		switch typ.Kind() {
		case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Chan:
			walk(method, typ.Elem())
		case reflect.Map:
			walk(method, typ.Key())
			walk(method, typ.Elem())
		case reflect.Func:
			for i := range typ.NumIn() {
				walk(method, typ.In(i))
			}
			for i := range typ.NumOut() {
				walk(method, typ.Out(i))
			}
		case reflect.Struct:
			for i := range typ.NumField() {
				if f := typ.Field(i); f.IsExported() || f.Anonymous {
					walk(method, f.Type)
				}
			}
		}
		for i := range typ.NumMethod() {
			if typ.Method(i).IsExported() {
				walk(method, typ.Method(i).Type)
			}
		}
	}
	of := reflect.TypeFor[*service.Service]()
	seen[of] = true
	for i := range of.NumMethod() {
		walk(of.Method(i).Name, of.Method(i).Type)
	}
	for _, want := range []reflect.Type{reflect.TypeFor[api.Record](), reflect.TypeFor[yumen.CSVOptions]()} {
		if !seen[want] {
			t.Errorf("%s is not reached", want)
		}
	}
}
