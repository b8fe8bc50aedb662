package access

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/xdg-go/scram"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// loggedIn is how an exchange with a user who has a token ends.
func loggedIn(t *testing.T, a *Authenticator, ctx context.Context, user, token string) error {
	t.Helper()
	x, err := a.Exchange(ctx, user, nil)
	if err != nil {
		return err
	}
	client, err := scram.SHA256.NewClient(user, token, "")
	if err != nil {
		t.Fatal(err)
	}
	c, said := client.NewConversation(), ""
	for range 2 {
		if said, err = c.Step(said); err != nil {
			t.Fatal(err)
		}
		if said, err = x.Step(said); err != nil {
			return err
		}
	}
	_, err = x.Finish(ctx)
	return err
}

// Who shares an address with somebody whose logins fail is not shut out by them.
func TestExchangeOfASourceThatFails(t *testing.T) {
	k, c, token := issued(t)
	a := NewAuthenticator(k, LocalOff, func() time.Time { return noon })
	ctx := api.WithSource(t.Context(), "192.0.2.1")
	for i := range failuresAtOnce {
		if err := loggedIn(t, a, ctx, c.ID, "wrong"); yumen.KindOf(err) != yumen.KindDenied {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if err := loggedIn(t, a, ctx, c.ID, "wrong"); yumen.KindOf(err) != yumen.KindLimit {
		t.Errorf("not locked out: %v", err)
	}
	for _, user := range []string{c.ID, c.Person + "/" + c.ID} {
		if err := loggedIn(t, a, ctx, user, token); err != nil {
			t.Errorf("%q is shut out: %v", user, err)
		}
	}
	if err := loggedIn(t, a, api.WithSource(t.Context(), "192.0.2.2"), "x/"+c.ID, token); yumen.KindOf(err) !=
		yumen.KindDenied {
		t.Errorf("the token of another: %v", err)
	}
}

// The salt of a token tells neither whether there is such a token nor whose it is.
func TestExchangeSalts(t *testing.T) {
	k, c, _ := issued(t)
	a := NewAuthenticator(k, LocalOff, func() time.Time { return noon })
	salt := func(user string) string {
		x, err := a.Exchange(t.Context(), user, nil)
		if err != nil {
			t.Fatal(err)
		}
		said, err := x.Step("n,,n=,r=abcdef")
		if err != nil {
			t.Fatal(err)
		}
		_, s, _ := strings.Cut(said, ",")
		return s
	}
	for _, id := range []string{c.ID, "aaaaaaaaaaaa"} {
		for _, user := range []string{c.Person + "/" + id, "x/" + id, "/" + id, id} {
			if got, want := salt(user), salt(id); got != want {
				t.Errorf("%q: %q, not %q", user, got, want)
			}
		}
	}
	if salt(c.ID) == salt("aaaaaaaaaaaa") {
		t.Error("one salt for two tokens")
	}
}

// A first message that is none, that was led to believe there is no binding, or that wants to be another, ends there.
func TestExchangeRefusesFirstMessages(t *testing.T) {
	k, c, _ := issued(t)
	a := NewAuthenticator(k, LocalOff, func() time.Time { return noon })
	for _, first := range []string{"", "nonsense", "y,,n=,r=abcdef", "p=tls-unique,,n=,r=abcdef", "n,a=x,n=,r=abcdef"} {
		x, err := a.Exchange(t.Context(), c.ID, make([]byte, 32))
		if err != nil {
			t.Fatal(err)
		}
		if said, err := x.Step(first); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("%q: %q %v", first, said, err)
		}
	}
}
