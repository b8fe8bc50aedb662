package contract

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"pgregory.net/rapid"
)

// keyOf is the signing key of an organisation.
func keyOf(org string) ed25519.PrivateKey {
	seed := yumen.DigestOf([]byte(org))
	return ed25519.NewKeyFromSeed([]byte(seed.Hex())[:ed25519.SeedSize])
}

var three = []yumen.Signer{{Office: officeBureau}, {Office: officeProvider, Org: "health"}, {Office: officeApplicant, Org: "lab"}}

func orgOf(s yumen.Signer) string {
	if s.Org == "" {
		return "bureau"
	}
	return s.Org
}

func termsOf(name string, k int, signers []yumen.Signer) yumen.Revision {
	c := yumen.Contract{Name: name, Kind: "data_use", Risk: yumen.Risk{K: k},
		Parties: yumen.Parties{Providers: []string{"health"}, Operator: "op", Applicant: "lab"},
		Valid:   yumen.Validity{From: "2026-01-01", Until: "2028-12-31"}}
	r, err := NewRevision(c, fmt.Appendf(nil, "k: %d", k), signers)
	if err != nil {
		panic(err)
	}
	return r
}

// signedBy signs what a revision states as somebody of a party.
func signedBy(r *yumen.Revision, s yumen.Signer, person string, at time.Time) yumen.Signature {
	key := keyOf(orgOf(s))
	return yumen.Signature{Signer: s, By: person, ByOrg: orgOf(s), At: at, Pub: key.Public().(ed25519.PublicKey),
		Value: ed25519.Sign(key, Statement(r.Name, &r.Signing))}
}

// put signs terms, as the route does.
func put(c *yumen.SignedContract, r yumen.Revision, s yumen.Signer, person string, at time.Time) error {
	open, err := Open(c, r)
	if err != nil {
		return err
	}
	out, err := Sign(c, open, signedBy(&open, s, person, at))
	if err == nil {
		*c = out
	}
	return err
}

// No order of signing, amending, withdrawing, suspending and terminating makes a contract in force whose present terms
// lack the signature of a party; and terms that all have signed are in force.
func TestInForceOnlyWhenAllSigned(t *testing.T) {
	reached := map[int]int{} // how often a revision was seen in force
	rapid.Check(t, func(t *rapid.T) {
		var c yumen.SignedContract
		at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
		rare := func(what string, n int) bool { return rapid.IntRange(1, n).Draw(t, what) == n }
		for range rapid.IntRange(20, 80).Draw(t, "acts") {
			at = at.Add(time.Hour)
			if rare("back-dated", 20) {
				at = at.Add(-3 * time.Hour)
			}
			who := rapid.SampledFrom(append(slices.Clone(three), yumen.Signer{Office: officeProvider, Org: "lab"})).Draw(t, "who")
			switch rapid.IntRange(0, 20).Draw(t, "act") {
			case 0:
				if out, _, err := Withdraw(&c, []yumen.Signer{who}, at); err == nil {
					c = out
				}
			case 1:
				c.Suspended = &yumen.Suspension{}
			case 2, 3:
				c.Suspended = nil
			case 4:
				if rare("end", 20) {
					c.Terminated, c.Next = true, nil
				}
			default:
				r := termsOf("study", rapid.IntRange(10, 12).Draw(t, "k"), three)
				if w := waits(&c); w != nil && !rare("other terms", 4) {
					r = termsOf("study", w.Risk.K, three)
				}
				if rare("other signers", 8) {
					r.Signers = three[:2]
				}
				_ = put(&c, r, who, orgOf(who)+fmt.Sprint(rapid.IntRange(0, 1).Draw(t, "person")), at)
			}
			if c.Name == "" || c.Stopped() != nil {
				continue
			}
			terms, err := Terms(&c.Contract)
			if err != nil || terms != c.Terms {
				t.Fatalf("in force with terms other than those signed: %v", err)
			}
			if !Verify(&c) {
				t.Fatal("in force and not signed by all")
			}
			for _, p := range three[:2] { // who has to sign whatever the rules say of the third
				i := slices.IndexFunc(c.Signatures, func(x yumen.Signature) bool { return x.Signer == p })
				if i < 0 || !ed25519.Verify(keyOf(orgOf(p)).Public().(ed25519.PublicKey), Statement(c.Name, &c.Signing),
					c.Signatures[i].Value) {
					t.Fatalf("%s did not sign what is in force", p)
				}
			}
			reached[c.Revision]++
		}
	})
	if reached[1] == 0 || reached[2] == 0 {
		t.Errorf("nothing came in force: %v", reached)
	}
}

// Three parties sign in any order, and the contract is in force with the last.
func TestSignInAnyOrder(t *testing.T) {
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		var c yumen.SignedContract
		at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
		for n, i := range order {
			if err := put(&c, termsOf("study", 10, three), three[i], orgOf(three[i]), at); err != nil {
				t.Fatal(err)
			}
			if inForce := c.Stopped() == nil; inForce != (n == 2) || Verify(&c) != (n == 2) {
				t.Errorf("order %v: in force after %d signatures: %t", order, n+1, inForce)
			}
		}
		c.Contract.Risk.K = 3 // behind everybody's back
		if Verify(&c) {
			t.Error("other terms than those signed verify")
		}
	}
}

func ruleOf(err error) string {
	if err == nil {
		return ""
	}
	if rs := yumen.AsError(err).Reasons; len(rs) > 0 {
		return rs[0].Rule
	}
	return string(yumen.KindOf(err))
}

// Signatures that do not count leave the contract as it was.
func TestSignRefuses(t *testing.T) {
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	r := termsOf("study", 10, three)
	first := func() (c yumen.SignedContract) {
		if err := put(&c, r, three[0], "reg", at); err != nil {
			t.Fatal(err)
		}
		return c
	}
	inForce := func() yumen.SignedContract {
		c := first()
		for _, s := range three[1:] {
			if err := put(&c, r, s, orgOf(s), at); err != nil {
				t.Fatal(err)
			}
		}
		return c
	}
	stranger := yumen.Signer{Office: officeApplicant, Org: "other"}
	taken := r
	taken.Contract.Parties.Applicant = "other"
	taken.Terms, _ = Terms(&taken.Contract)
	for name, c := range map[string]struct {
		of   func() yumen.SignedContract
		do   func(c *yumen.SignedContract) error
		rule string
	}{
		"other terms": {first, func(c *yumen.SignedContract) error { return put(c, termsOf("study", 3, three), three[1], "p", at) },
			"signature.other-terms"},
		"back-dated": {first, func(c *yumen.SignedContract) error { return put(c, r, three[1], "p", at.Add(-time.Second)) },
			"signature.back-dated"},
		"after its end": {first, func(c *yumen.SignedContract) error { return put(c, r, three[1], "p", at.AddDate(4, 0, 0)) },
			"contract.expired"},
		"a second": {first, func(c *yumen.SignedContract) error { return put(c, r, three[0], "reg2", at) }, "signature.second"},
		"no party": {first, func(c *yumen.SignedContract) error { return put(c, r, stranger, "p", at) }, "signature.not-party"},
		"other signers": {first, func(c *yumen.SignedContract) error { return put(c, termsOf("study", 10, three[:2]), three[1], "p", at) },
			"signature.other-signers"},
		"one person for two": {first, func(c *yumen.SignedContract) error { return put(c, r, three[1], "reg", at) },
			"signature.same-person"},
		"when all have": {inForce, func(c *yumen.SignedContract) error { return put(c, r, three[1], "p", at) }, "signature.second"},
		"an amendment by others": {inForce, func(c *yumen.SignedContract) error { return put(c, taken, three[0], "reg", at) },
			"amendment.parties"},
		"of other bytes": {first, func(c *yumen.SignedContract) error {
			open, err := Open(c, r)
			x := signedBy(&open, three[1], "p", at)
			x.Value = ed25519.Sign(keyOf("health"), []byte("other bytes"))
			if err == nil {
				_, err = Sign(c, open, x)
			}
			return err
		}, "signature.invalid"},
		"replayed in a later revision": {inForce, func(c *yumen.SignedContract) error {
			x := c.Signatures[1]
			open, err := Open(c, termsOf("study", 12, three))
			if err == nil {
				_, err = Sign(c, open, x)
			}
			return err
		}, "signature.invalid"},
		"once terminated": {inForce, func(c *yumen.SignedContract) error {
			c.Terminated = true
			return put(c, termsOf("study", 12, three), three[0], "reg", at)
		}, "conflict"},
	} {
		got := c.of()
		before := len(got.Signatures)
		if rule := ruleOf(c.do(&got)); rule != c.rule || len(got.Signatures) != before || got.Next != nil {
			t.Errorf("%s: %s, %d signatures", name, rule, len(got.Signatures))
		}
	}
}

// An amendment holds once all have signed it, the present terms meanwhile; who drops out of the rules signs all the same.
func TestAmend(t *testing.T) {
	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	var c yumen.SignedContract
	for _, s := range three {
		if err := put(&c, termsOf("study", 10, three), s, orgOf(s), at); err != nil {
			t.Fatal(err)
		}
	}
	before := c.Digest
	for n, s := range three {
		if err := put(&c, termsOf("study", 5, three[:2]), s, orgOf(s), at.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if amended := c.Risk.K == 5; amended != (n == 2) || (c.Digest != before) != amended || c.Stopped() != nil {
			t.Errorf("after %d signatures k is %d", n+1, c.Risk.K)
		}
	}
	if c.Revision != 2 || !Verify(&c) || c.Next != nil {
		t.Errorf("revision %d", c.Revision)
	}
	if err := put(&c, termsOf("study", 4, three), three[0], "reg", at.Add(2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	out, _, err := Withdraw(&c, three[:1], at.Add(3*time.Hour))
	if err != nil || out.Next != nil || out.Risk.K != 5 || out.Stopped() != nil {
		t.Errorf("withdrawn: %+v, %v", out.Next, err)
	}
	if _, _, err := Withdraw(&out, three[:1], at.Add(3*time.Hour)); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("a signature to terms in force: %v", err)
	}
}

// Terms are the same whatever their text looks like, and others where any value is another.
func TestTerms(t *testing.T) {
	a, b := termsOf("study", 10, three), termsOf("study", 10, three)
	b.Text = "k:   10 # the same"
	if a.Terms != b.Terms || !bytes.Equal(Statement("study", &a.Signing), Statement("study", &b.Signing)) {
		t.Error("the same terms differ by their text")
	}
	for _, change := range []func(*yumen.Contract){
		func(c *yumen.Contract) { c.Risk.K = 9 }, func(c *yumen.Contract) { c.Valid.Until = "2029-01-01" },
		func(c *yumen.Contract) { c.Attachments = []yumen.Attachment{{Name: "x"}} },
		func(c *yumen.Contract) { c.Within = "other" },
		func(c *yumen.Contract) { c.Budget.Epsilon = 2 }, func(c *yumen.Contract) { c.Review.Automatic = 1 },
	} {
		c := a.Contract
		change(&c)
		if terms, err := Terms(&c); err != nil || terms == a.Terms {
			t.Errorf("a change is not in the terms: %v", err)
		}
	}
}
