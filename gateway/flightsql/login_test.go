package flightsql

import (
	"fmt"
	"testing"
)

// TestLoginsOfOneToken: one token that logs in again and again keeps nobody else out.
func TestLoginsOfOneToken(t *testing.T) {
	d := New(Config{})
	by := func(name string) *login {
		l := &login{own: true, sessions: map[string]*session{}, begun: now()}
		l.by.Person.Name, l.by.Credential = name, "t"
		return l
	}
	for i := range 4 * d.cfg.Limits.Sessions {
		if err := d.enlist(fmt.Sprint("a", i), by("a")); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.enlist("b", by("b")); err != nil || len(d.logins) != d.cfg.Limits.LoginSessions+1 {
		t.Errorf("%d logins, %v", len(d.logins), err)
	}
}
