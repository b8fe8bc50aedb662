package rest_test

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/yumen-data/yumen/gateway/wire"
)

// One person who uses many keys has the oldest forgotten, and takes none from anybody else.
func TestKeysOfOnePerson(t *testing.T) {
	tt := listen(t, small())
	submit := func(person, key string) string {
		status, body := tt.ask(person, "POST", "/v1/jobs", strings.NewReader(job), wire.HeaderKey, key)
		if status != 200 {
			t.Fatalf("%s: %d %s", key, status, body)
		}
		return body
	}
	others := submit("b", "k-0")
	first := submit("a", "k-0")
	for i := range 1000 {
		submit("a", fmt.Sprintf("k-%d", i+1))
	}
	if submit("a", "k-0") == first {
		t.Error("the oldest key is still remembered")
	}
	n := tt.domain.submitted.Load()
	if submit("a", "k-1000"); tt.domain.submitted.Load() != n || submit("b", "k-0") != others {
		t.Error("a key was forgotten")
	}
}

// What was refused for a limit may be asked again with the same key.
func TestLimitsAreNotRemembered(t *testing.T) {
	tt := listen(t, small())
	begin := func(key string) (int, string) {
		body := fmt.Sprintf(`{"uploads":[%q],"acquired":"2026-01-01"}`, tt.upload("a", "x\n1\n").ID)
		return tt.ask("a", "POST", "/v1/datasets/d/versions", strings.NewReader(body), wire.HeaderKey, key)
	}
	if status, body := begin("k-1"); status != 202 {
		t.Fatalf("%d %s", status, body)
	}
	<-tt.domain.imported
	again := `{"quick":true}`
	if status, body := tt.ask("a", "POST", "/v1/upkeep/verifications", strings.NewReader(again), wire.HeaderKey,
		"k-2"); status != 429 {
		t.Fatalf("more than one's half: %d %s", status, body)
	}
	close(tt.domain.hold)
	for range 100 {
		status, body := tt.ask("a", "POST", "/v1/upkeep/verifications", strings.NewReader(again), wire.HeaderKey, "k-2")
		if status == 202 {
			return
		}
		if status != 429 {
			t.Fatalf("%d %s", status, body)
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the refusal is remembered")
}

// Files that are still arriving count as their sender's, and those of a call that is refused are let go of.
func TestSpoolOfOnePerson(t *testing.T) {
	l := small()
	l.Grace = 20 * time.Second
	tt := listen(t, l)
	c, err := net.Dial("tcp", tt.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /v1/uploads HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer token-of-a\r\nContent-Type: application/octet-stream\r\nContent-Length: 250000\r\n\r\n")
	if _, err := c.Write(make([]byte, 200_000)); err != nil {
		t.Fatal(err)
	}
	send := func(person string) (int, string) {
		return tt.ask(person, "POST", "/v1/uploads", bytes.NewReader(make([]byte, 100_000)), "Content-Type",
			"application/octet-stream")
	}
	until := func(person string, want int) {
		t.Helper()
		for range 200 {
			if status, _ := send(person); status == want {
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
		t.Errorf("%s is never answered %d", person, want)
	}
	until("a", 429)
	if status, body := send("b"); status != 200 {
		t.Errorf("another person: %d %s", status, body)
	}
	_ = c.Close()

	tt = listen(t, small())
	for range 5 {
		up := tt.upload("a", strings.Repeat("x", 200_000))
		body := fmt.Sprintf(`{"acquired":"2026-01-01","hierarchies":[{"name":"h","upload":%q}]}`, up.ID)
		if status, body := tt.ask("a", "POST", "/v1/datasets/d/versions", strings.NewReader(body)); status != 400 {
			t.Errorf("an import without files: %d %s", status, body)
		}
	}
}
