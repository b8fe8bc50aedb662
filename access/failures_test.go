package access

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// A source with too many failed logins waits before it may fail again; a token that counts is let in. All of it is
// reported together.
func TestFailuresLockOut(t *testing.T) {
	k, c, token := issued(t)
	now := noon
	a := NewAuthenticator(k, LocalOff, func() time.Time { return now })
	var got []Failures
	a.Report(func(f Failures) { got = append(got, f) })
	from := func(s string) context.Context { return api.WithSource(t.Context(), s) }
	for i := range failuresAtOnce {
		if _, err := a.Authenticate(from("192.0.2.1"), "nonsense"); yumen.KindOf(err) != yumen.KindDenied {
			t.Fatalf("%d: %v", i, err)
		}
	}
	for range 3 {
		if _, err := a.Authenticate(from("192.0.2.1"), "nonsense"); yumen.KindOf(err) != yumen.KindLimit {
			t.Errorf("not locked out: %v", err)
		}
		if _, err := a.Authenticate(from("192.0.2.1"), token); err != nil {
			t.Errorf("shut out: %v", err)
		}
	}
	for _, s := range []string{"192.0.2.2", "", "::1"} {
		if _, err := a.Authenticate(from(s), token); err != nil {
			t.Errorf("%q: %v", s, err)
		}
	}
	now = now.Add(failureEvery)
	if _, err := a.Authenticate(from("192.0.2.1"), "nonsense"); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("after waiting: %v", err)
	}
	ended := c
	ended.Expires = now
	k.tokens[c.ID] = ended
	if _, err := a.Authenticate(from("192.0.2.9"), token); yumen.KindOf(err) != yumen.KindDenied {
		t.Error(err)
	}
	if len(got) != 0 {
		t.Errorf("reported one by one: %+v", got)
	}
	_ = a.Close()
	_ = a.Close()
	if want := (Failures{Wrong: failuresAtOnce + 1, Ended: 1, Locked: 3, Sources: 2}); len(got) != 1 || got[0] != want {
		t.Errorf("%+v", got)
	}
}

// A host has as many addresses of IPv6 as it likes in its network: they are one source. So many sources do not fill the
// memory.
func TestSources(t *testing.T) {
	for a, b := range map[string]string{"2001:db8::1": "2001:db8::ffff:1", "::ffff:192.0.2.1": "192.0.2.1",
		"fe80::1%eth0": "fe80::1%eth1"} {
		if api.Network(a) != api.Network(b) {
			t.Errorf("%s and %s", api.Network(a), api.Network(b))
		}
	}
	if api.Network("2001:db8:0:1::1") == api.Network("2001:db8:0:2::1") ||
		api.Network("192.0.2.1") == api.Network("192.0.2.2") {
		t.Error("two networks are one source")
	}
	k, _, _ := issued(t)
	now := noon
	a := NewAuthenticator(k, LocalOff, func() time.Time { return now })
	for i := range sourcesKept + 100 {
		now = now.Add(time.Second)
		_, _ = a.Authenticate(api.WithSource(t.Context(), fmt.Sprint("host ", i)), "nonsense")
	}
	if n := len(a.failed.sources); n > sourcesKept {
		t.Errorf("%d sources are kept", n)
	}
}
