package access

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/xdg-go/scram"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

// kept are people and credentials in memory.
type kept struct {
	people map[string]yumen.Actor
	tokens map[string]Credential
	failed error
}

func (k *kept) Find(_ context.Context, name string) (yumen.Actor, error) {
	if p, ok := k.people[name]; ok {
		return p, k.failed
	}
	return yumen.Actor{}, yumen.Errorf(yumen.KindDenied, "no %s", "没有 %s", name)
}

func (k *kept) Credential(_ context.Context, id string) (Credential, error) {
	if c, ok := k.tokens[id]; ok {
		return c, k.failed
	}
	return Credential{}, yumen.Errorf(yumen.KindNotFound, "no %s", "没有 %s", id)
}

func (k *kept) Credentialed(context.Context) (bool, error) { return len(k.tokens) > 0, k.failed }

// issued returns records with one person and a token of theirs.
func issued(t *testing.T) (*kept, Credential, string) {
	t.Helper()
	c, token, err := NewCredential(api.Token{Person: "ana", Method: api.MethodToken, Scopes: []api.Scope{api.ScopeJobs},
		Expires: noon.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	return &kept{people: map[string]yumen.Actor{"ana": {Name: "ana", Org: "lab",
		Roles: []yumen.Role{yumen.RoleAnalyst}}},
		tokens: map[string]Credential{c.ID: c}}, c, token
}

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

// Duty 142 (XX19.1): whoever asks has shown who they are.
func TestAuthenticate(t *testing.T) {
	k, c, token := issued(t)
	by, err := NewAuthenticator(k, LocalUntilCredentials, at(noon)).Authenticate(t.Context(), token)
	if err != nil || by.Person.Name != "ana" || !by.Person.Has(yumen.RoleAnalyst) || by.Person.Asserted ||
		by.Method != api.MethodToken ||
		by.Credential != c.ID || !by.Has(api.ScopeJobs) || by.Has(api.ScopeReviews) {
		t.Errorf("%+v %v", by, err)
	}
}

// Whatever is not the whole token of a credential that counts is refused. Only its holder learns why.
func TestWrongTokens(t *testing.T) {
	k, c, token := issued(t)
	_, other, err := NewCredential(api.Token{})
	if err != nil {
		t.Fatal(err)
	}
	secret := token[len("yumen_")+13:]
	// the last character of 32 bytes in base64 has two bits that decode to nothing
	i := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", secret[42])
	second := token[:len(token)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[i^1])
	wrong := []string{"", "yumen_", token[:len(token)-1], token + "A", token + " ", " " + token, strings.ToUpper(token),
		second, other,
		"yumen_" + c.ID + "_", "yumen_" + c.ID + "_" + other[len("yumen_")+13:], "yumen__" + secret, c.ID, secret,
		"yumen_" + other[6:18] + "_" + secret, "yumen_../../etc/pw_" + secret, token + "\x00",
		strings.Repeat("A", 1<<20)}
	for i := range token {
		b := []byte(token)
		b[i] ^= 1
		wrong = append(wrong, string(b))
	}
	a := NewAuthenticator(k, LocalAsserted, at(noon))
	said := map[string]bool{}
	for i, w := range wrong {
		by, err := a.Authenticate(api.WithSource(t.Context(), strconv.Itoa(i)), w)
		if yumen.KindOf(err) != yumen.KindDenied || by.Person.Name != "" || by.Method != "" {
			t.Errorf("%.80q: %+v %v", w, by, err)
		}
		if err != nil && w != "" && strings.Contains(err.Error(), w) {
			t.Errorf("the error repeats %.80q", w)
		}
		said[yumen.AsError(err).Error()] = true
	}
	if len(said) != 1 {
		t.Errorf("wrong tokens are told apart: %v", said)
	}
	for what, change := range map[string]func(*Credential){
		"expired": func(c *Credential) { c.Expires = noon },
		"revoked": func(c *Credential) { c.Revoked = &api.TokenRevoked{At: noon} }} {
		d := c
		change(&d)
		k.tokens[c.ID] = d
		if _, err := a.Authenticate(t.Context(), token); yumen.KindOf(err) != yumen.KindDenied ||
			!strings.Contains(err.Error(), what) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := a.Authenticate(t.Context(), "yumen_"+c.ID+"_"+other[19:]); err == nil ||
			strings.Contains(err.Error(), what) {
			t.Errorf("somebody without the secret learns that it is %s: %v", what, err)
		}
	}
}

// A principal that was authenticated counts no more once its token does not, or its person has left.
func TestPrincipalsAreAskedForAgain(t *testing.T) {
	k, c, token := issued(t)
	now := noon
	a := NewAuthenticator(k, LocalOff, func() time.Time { return now })
	by, err := a.Authenticate(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	by.Person.Roles = yumen.Roles // as somebody says
	if person, err := a.Now(t.Context(), by); err != nil || person.Has(yumen.RoleAdmin) {
		t.Errorf("%v %v", person, err)
	}
	broken := errors.New("the disk is gone")
	for what, change := range map[string]func(){
		"expired": func() { now = c.Expires }, "left": func() { delete(k.people, "ana") },
		"removed":           func() { delete(k.tokens, c.ID) },
		"of another method": func() { by.Method = api.MethodOIDC },
		"of another person": func() { by.Person.Name = "bob" },
		"unknown":           func() { k.failed = broken }} {
		k2, by2, now2 := &kept{people: map[string]yumen.Actor{"ana": k.people["ana"], "bob": {Name: "bob"}},
			tokens: map[string]Credential{c.ID: c}}, by, now
		k.people, k.tokens, k.failed = k2.people, k2.tokens, nil
		change()
		if person, err := a.Now(t.Context(), by); err == nil || what == "unknown" != errors.Is(err, broken) {
			t.Errorf("%s: %v %v", what, person, err)
		}
		by, now = by2, now2
		k.people = map[string]yumen.Actor{"ana": {Name: "ana"}}
	}
}

// Whom the caller names is answered until there are credentials, or as the settings say, and always stands as asserted.
func TestLocalIdentities(t *testing.T) {
	with, _, _ := issued(t)
	none := &kept{people: with.people}
	for _, c := range []struct {
		local   LocalIdentities
		records *kept
		ok      bool
	}{{LocalUntilCredentials, none, true}, {LocalUntilCredentials, with, false}, {LocalAsserted, none, true},
		{LocalAsserted, with, true},
		{LocalOff, none, false}, {LocalOff, with, false}, {"nonsense", none, false},
		{LocalUntilCredentials, &kept{people: with.people, failed: errors.New("gone")}, false}} {
		by, err := NewAuthenticator(c.records, c.local, at(noon)).Asserted(t.Context(), "ana")
		if (err == nil) != c.ok || c.ok && (!by.Person.Asserted || by.Authenticated()) {
			t.Errorf("%q: %+v %v", c.local, by, err)
		}
	}
	if _, err := NewAuthenticator(with, LocalAsserted, at(noon)).Asserted(t.Context(), "system"); err == nil {
		t.Error("somebody is the system")
	}
}

// The verifier is one that PostgreSQL's own protocol accepts the token by, and nothing else.
func TestSCRAM(t *testing.T) {
	_, c, token := issued(t)
	stored := parseSCRAM(t, c.SCRAM)
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return stored, nil })
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{token: true, token + "x": false, "": false} {
		client, err := scram.SHA256.NewClient(c.ID, password, "")
		if err != nil {
			t.Fatal(err)
		}
		cc, sc := client.NewConversation(), server.NewConversation()
		msg := ""
		for !sc.Done() {
			if msg, err = cc.Step(msg); err != nil {
				break
			}
			if msg, err = sc.Step(msg); err != nil {
				break
			}
		}
		if (err == nil && sc.Valid()) != want {
			t.Errorf("%q: %v", password, err)
		}
	}
	if strings.Contains(c.SCRAM, token) || bytes.Contains([]byte(c.SHA256), []byte(token)) {
		t.Error("the secret is kept")
	}
}

func parseSCRAM(t *testing.T, v string) scram.StoredCredentials {
	t.Helper()
	parts := strings.FieldsFunc(v, func(r rune) bool { return r == '$' || r == ':' })
	if len(parts) != 5 || parts[0] != "SCRAM-SHA-256" {
		t.Fatalf("%q", v)
	}
	iters, err := strconv.Atoi(parts[1])
	raw := make([][]byte, 3)
	for i := range raw {
		var err1 error
		raw[i], err1 = base64.StdEncoding.DecodeString(parts[i+2])
		err = errors.Join(err, err1)
	}
	if err != nil || iters < 4096 || len(raw[0]) != 16 {
		t.Fatalf("%q: %v", v, err)
	}
	return scram.StoredCredentials{KeyFactors: scram.KeyFactors{Salt: string(raw[0]), Iters: iters}, StoredKey: raw[1],
		ServerKey: raw[2]}
}

// Nobody gives roles to themselves, and an administrator none of those that see data or decide about it.
func TestMayAppoint(t *testing.T) {
	admin := yumen.Actor{Name: "adm", Roles: []yumen.Role{yumen.RoleAdmin}}
	regulator := yumen.Actor{Name: "reg", Roles: []yumen.Role{yumen.RoleRegulator}}
	both := yumen.Actor{Name: "both", Roles: []yumen.Role{yumen.RoleAdmin, yumen.RoleRegulator}}
	for _, r := range yumen.Roles {
		seesData := r == yumen.RoleProvider || r == yumen.RoleReviewer || r == yumen.RoleRegulator
		for _, c := range []struct {
			by   yumen.Actor
			want bool
		}{{admin, !seesData}, {regulator, seesData}, {both, true},
			{yumen.Actor{Name: "x", Roles: []yumen.Role{r}}, r == yumen.RoleAdmin || r == yumen.RoleRegulator},
			{yumen.Actor{}, false}} {
			if err := MayAppoint(c.by, "new", r); (err == nil) != c.want {
				t.Errorf("%v appoints a %s: %v", c.by.Roles, r, err)
			}
			if err := MayAppoint(c.by, c.by.Name, r); yumen.KindOf(err) != yumen.KindDenied {
				t.Errorf("%v appoints themselves %s: %v", c.by.Roles, r, err)
			}
		}
	}
	if err := MayAppoint(admin, "new", yumen.RoleAnalyst, yumen.RoleReviewer); err == nil {
		t.Error("one of two roles is enough")
	}
}

// A first credential is handed out by a second person: of the roles that a regulator gives by a regulator, of others by
// an administrator or a regulator. Only where everybody who could appointed the person, one of them does.
func TestMayHandOver(t *testing.T) {
	adm := yumen.Actor{Name: "adm", Roles: []yumen.Role{yumen.RoleAdmin}}
	adm2 := yumen.Actor{Name: "adm2", Roles: []yumen.Role{yumen.RoleAdmin}}
	reg := yumen.Actor{Name: "reg", Roles: []yumen.Role{yumen.RoleRegulator}}
	reg2 := yumen.Actor{Name: "reg2", Roles: []yumen.Role{yumen.RoleRegulator}}
	analyst := yumen.Actor{Name: "new", Roles: []yumen.Role{yumen.RoleAnalyst}}
	both := yumen.Actor{Name: "new", Roles: []yumen.Role{yumen.RoleAnalyst, yumen.RoleReviewer}}
	for what, c := range map[string]struct {
		h    Handover
		want string // the rules that refuse it
	}{
		"imported":           {Handover{adm, analyst, nil, []yumen.Actor{adm, reg}}, ""},
		"entered by another": {Handover{adm, analyst, []string{"adm2"}, []yumen.Actor{adm, adm2}}, ""},
		"entered by them": {Handover{adm, analyst, []string{"adm"}, []yumen.Actor{adm, reg}},
			"handover.appointer"},
		"entered by them, by another": {Handover{reg, analyst, []string{"adm"}, []yumen.Actor{adm, reg}}, ""},
		"entered by them, nobody else": {Handover{adm, analyst, []string{"adm"}, []yumen.Actor{adm, {Name: "x",
			Roles: []yumen.Role{yumen.RoleReviewer}}}}, ""},
		"nobody else but the person": {Handover{adm, yumen.Actor{Name: "adm2", Roles: adm2.Roles}, []string{"adm"},
			[]yumen.Actor{adm, adm2}}, ""},
		"of both appointers": {Handover{reg, both, []string{"adm"}, []yumen.Actor{adm, reg}}, ""},
		"of both, by an administrator": {Handover{adm, both, []string{"reg"}, []yumen.Actor{adm, reg}},
			"handover.role"},
		"of both, by the one regulator": {Handover{reg, both, []string{"adm", "reg"}, []yumen.Actor{adm, reg}}, ""},
		"of both, by one of two": {Handover{reg, both, []string{"reg"}, []yumen.Actor{adm, reg, reg2}},
			"handover.appointer"},
		"to themselves": {Handover{adm, adm, nil, []yumen.Actor{adm, reg}}, "handover.self"},
		"by an analyst": {Handover{analyst, adm, []string{"new"}, []yumen.Actor{adm, reg}},
			"handover.role handover.appointer"},
	} {
		err := MayHandOver(c.h)
		var rules []string
		if err != nil {
			for _, r := range yumen.AsError(err).Reasons {
				rules = append(rules, r.Rule)
			}
		}
		if got := strings.Join(rules, " "); got != c.want || err != nil && yumen.KindOf(err) != yumen.KindDenied {
			t.Errorf("%s: %q, %v", what, got, err)
		}
	}
}

// Roles have their article.
func TestArticles(t *testing.T) {
	want := []string{"a provider", "an operator", "an applicant", "an analyst", "a reviewer", "a regulator", "an admin"}
	for i, r := range yumen.Roles {
		if got := indefinite(r); got.EN != want[i] || got.ZH != string(r) {
			t.Errorf("%+v, want %s", got, want[i])
		}
	}
}
