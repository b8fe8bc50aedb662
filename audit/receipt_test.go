package audit

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
)

var (
	releasedFile = []byte("district,visits\n东城区,120\n西城区,95\n")
	releasedAt   = time.Date(2026, 5, 2, 9, 30, 0, 0, time.UTC)
)

// facts are those of a release that was fixed once and voted on twice.
func facts() ReleaseFacts {
	run, fixed := yumen.DigestOf([]byte("run")), yumen.DigestOf([]byte("fixed"))
	enclave := yumen.EnclaveReport{Role: "sql", Level: yumen.IsolationFull, WallMS: 4711,
		Inputs: []yumen.InputDigest{{Name: "visits", Digest: yumen.DigestOf([]byte("version"))}},
		Probes: []yumen.Probe{{Name: "socket", Blocked: true, Detail: "EPERM"}}}
	check := enclave
	check.Role, check.Level, check.Inputs = "check", yumen.IsolationReduced,
		[]yumen.InputDigest{{Name: "artifact", Digest: run}}
	reviewer := func(n string) yumen.Actor {
		return yumen.Actor{Name: n, Org: "数据局", Roles: []yumen.Role{yumen.RoleReviewer}}
	}
	return ReleaseFacts{
		Domain: "某市公共数据域",
		Release: yumen.Release{Name: "rel-1", Job: "job-1", Artifact: fixed, File: yumen.DigestOf(releasedFile),
			Format: yumen.FormatCSV, Bytes: int64(len(releasedFile)), Rows: 2, By: "rev-a", At: releasedAt},
		Job: &yumen.Job{ID: "job-1", Engine: yumen.EngineSQL, Class: yumen.ClassAggregate,
			Program:   yumen.DigestOf([]byte("select")),
			Spec:      yumen.JobSpec{Purpose: yumen.Text{EN: "beds & <planning>\u2028next", ZH: "床位规划"}},
			Submitter: yumen.Actor{Name: "ana", Org: "研究院"},
			Versions: []yumen.VersionRef{{Dataset: "visits", Digest: yumen.DigestOf([]byte("version")), Seq: 3,
				Acquired: "2026-04-01", Provider: "卫健委", Source: yumen.Source{System: "HIS"}}}},
		Emitted: yumen.DigestOf([]byte("emitted")),
		Contract: &yumen.SignedContract{Contract: yumen.Contract{Name: "c-1"},
			Digest: yumen.DigestOf([]byte("contract")), SignedBy: "reg"},
		Artifact: yumen.Artifact{Digest: fixed, Job: "job-1", Round: 1, Parent: run,
			Evidence: yumen.DigestOf([]byte("evidence")),
			Enclaves: []yumen.EnclaveReport{enclave, check},
			Fixes: []yumen.Fix{{Technique: "suppress", Columns: []string{"visits"},
				Cells: []yumen.Cell{{Row: 3, Column: "visits"}}, Changed: 1987}},
			Findings: []yumen.Finding{{Rule: "threshold.units", Parameter: "k = 10",
				Value: "0 of 2 cells, least 14 units", Verdict: yumen.VerdictPass}},
		},
		Votes: []yumen.Vote{
			{Job: "job-1", Artifact: run, Voter: reviewer("rev-a"), Decision: yumen.DecisionReturn, Reason: "too fine",
				At: releasedAt},
			{Job: "job-1", Artifact: fixed, Voter: reviewer("rev-a"), Decision: yumen.DecisionApprove,
				Reason: "counts are rounded", At: releasedAt},
			{Job: "job-1", Artifact: fixed, Voter: reviewer("rev-b"), Decision: yumen.DecisionApprove, Reason: "fine",
				At: releasedAt},
		},
	}
}

func bodyBytes(t testing.TB) json.RawMessage {
	t.Helper()
	s, err := NewReceiptBody(facts())
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// sealedReceipt makes a log of n entries, a release and some more, and returns the receipt.
func sealedReceipt(t testing.TB, n int) ([]byte, *Log, *Key) {
	t.Helper()
	dir, key := newLog(t, n)
	l, err := Open(dir, key)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	st := bodyBytes(t)
	e, err := ReleaseEntry(yumen.Actor{Name: "rev-a", Org: "数据局"}, st)
	if err != nil {
		t.Fatal(err)
	}
	at, err := l.Append(e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.AppendAll(entry(90), entry(91)); err != nil {
		t.Fatal(err)
	}
	b, err := Seal(l, st, at)
	if err != nil {
		t.Fatal(err)
	}
	return b, l, key
}

func TestReceiptVerifiesOffline(t *testing.T) {
	b, l, key := sealedReceipt(t, 13)
	r, checks, err := VerifyReceipt(b, key.Verifier())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range checks {
		if !c.OK || c.Msg.EN == "" || c.Msg.ZH == "" {
			t.Errorf("check %+v", c)
		}
	}
	if len(checks) != 6 || !r.Verified() || r.Entry().Subject != "job-1" || r.Proof().Index != 13 {
		t.Errorf("%d checks, verified %v, entry %+v at %d", len(checks), r.Verified(), r.Entry(), r.Proof().Index)
	}
	want, _ := NewReceiptBody(facts())
	if diff := cmp.Diff(want, r.Body()); diff != "" {
		t.Error(diff)
	}
	if err := r.VerifyFile(bytes.NewReader(releasedFile)); err != nil {
		t.Error(err)
	}
	if err := r.VerifyFile(bytes.NewReader(append(releasedFile, ' '))); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("another file: %v", err)
	}
	if err := (Receipt{}).VerifyFile(bytes.NewReader(releasedFile)); err == nil {
		t.Error("an unverified receipt vouched for a file")
	}
	if err := l.VerifyConsistency(r.Proof().Checkpoint); err != nil {
		t.Error(err)
	}
	if _, _, err := VerifyReceipt(b, newKey(t).Verifier()); yumen.KindOf(err) != yumen.KindCorrupt {
		t.Errorf("another key: %v", err)
	}
}

func TestReceiptFindsEveryFlippedByte(t *testing.T) {
	b, _, key := sealedReceipt(t, 5)
	for at := range b {
		for _, bit := range []byte{1, 0x20, 0x80} {
			bad := bytes.Clone(b)
			bad[at] ^= bit
			if r, _, err := VerifyReceipt(bad, key.Verifier()); yumen.KindOf(err) != yumen.KindCorrupt || r.Verified() {
				t.Fatalf("byte %d of %d, bit %#x: %v", at, len(b), bit, err)
			}
		}
	}
	for name, bad := range map[string][]byte{
		"empty": {}, "cut": b[:len(b)-1], "twice": append(bytes.Clone(b), b...), "longer": append(bytes.Clone(b), '\n'),
		"second signature": append(bytes.Clone(b), b[bytes.LastIndex(b, []byte("— ")):]...),
	} {
		if _, checks, err := VerifyReceipt(bad, key.Verifier()); yumen.KindOf(err) != yumen.KindCorrupt ||
			len(checks) != 1 || checks[0].OK {
			t.Errorf("%s: %v %v", name, checks, err)
		}
	}
}

// What a holder of the key could sign but must not: each has a good signature and fails a later step.
func TestReceiptStepsFailOneByOne(t *testing.T) {
	b, l, key := sealedReceipt(t, 5)
	text, err := openNote(b, l.verifier, true)
	if err != nil {
		t.Fatal(err)
	}
	foreign, _, _ := sealedReceipt(t, 5)
	_, foreignText, _ := strings.Cut(string(foreign), `"checkpoint": `)
	foreignText, _, _ = strings.Cut(foreignText, "\n")
	_, ownText, _ := strings.Cut(text, `"checkpoint": `)
	ownText, _, _ = strings.Cut(ownText, "\n")
	for _, c := range []struct{ step, old, new string }{
		{"format", text, "hello\n"},
		{"format", ReceiptSchema, "yumen-release-statement/9"},
		{"checkpoint", ownText, foreignText},
		{"inclusion", `"index": 5`, `"index": 4`},
		{"inclusion", `"size": 8`, `"size": 9`},
		{"entry", `"name": "rel-1"`, `"name": "rel-2"`},
		{"statement", `"purpose": {`, `"purpose": { "x": 1,`},
		{"statement", `"seq": 3`, `"seq": 2`},
	} {
		altered := strings.Replace(text, c.old, c.new, 1)
		if altered == text {
			t.Fatalf("%s: nothing to alter", c.old)
		}
		signed, err := sign(altered, key)
		if err != nil {
			t.Fatal(err)
		}
		_, checks, err := VerifyReceipt(signed, key.Verifier())
		if err == nil || checks[len(checks)-1].Name != c.step || checks[len(checks)-1].OK {
			t.Errorf("%s → %s: checks %v, %v", c.old, c.new, checks, err)
		}
	}
}

func TestSealRefusesAnotherEntry(t *testing.T) {
	_, l, _ := sealedReceipt(t, 5)
	if _, err := Seal(l, bodyBytes(t), 4); err == nil {
		t.Error("sealed on an entry that is no release")
	}
	other := facts()
	other.Release.Name = "rel-2"
	s, _ := NewReceiptBody(other)
	b, _ := s.Bytes()
	if _, err := Seal(l, b, 5); err == nil {
		t.Error("sealed another statement on the entry")
	}
	if _, err := Seal(l, bodyBytes(t), 99); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("sealed beyond the end: %v", err)
	}
}

// An entry that announces anything else than what the receipt says must not be sealed.
func TestSealChecksWhatTheEntrySays(t *testing.T) {
	_, l, _ := sealedReceipt(t, 2)
	st, other := bodyBytes(t), yumen.DigestOf([]byte("other"))
	for name, change := range map[string]func(*yumen.Entry){
		"":         func(*yumen.Entry) {},
		"action":   func(e *yumen.Entry) { e.Action = "job.hold" },
		"subject":  func(e *yumen.Entry) { e.Subject = "job-2" },
		"release":  func(e *yumen.Entry) { e.Details["release"] = "rel-2" },
		"file":     func(e *yumen.Entry) { e.Digests["file"] = other },
		"artifact": func(e *yumen.Entry) { e.Digests["artifact"] = other },
		"contract": func(e *yumen.Entry) { e.Digests["contract"] = other },
		"receipt":  func(e *yumen.Entry) { e.Digests["receipt"] = other },
	} {
		e, err := ReleaseEntry(yumen.Actor{Name: "rev-a"}, st)
		if err != nil {
			t.Fatal(err)
		}
		change(&e)
		at, err := l.Append(e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Seal(l, st, at); (err == nil) != (name == "") {
			t.Errorf("entry with another %q: %v", name, err)
		}
	}
}

// A receipt must not carry what would undo the protection it attests to.
func TestReceiptLeavesOutWhatWouldUndoProtection(t *testing.T) {
	b, _, _ := sealedReceipt(t, 2)
	for name, secret := range map[string]string{
		"the artifact before the fix": yumen.DigestOf([]byte("run")).Hex(),
		"the evidence":                yumen.DigestOf([]byte("evidence")).Hex(),
		"a check's value":             "least", "cells changed": `"changed"`, "cells": `"cells"`,
		"run time": `"wall_ms"`,
		"a reason": "counts are rounded", "another's reason": "too fine",
	} {
		if bytes.Contains(b, []byte(secret)) {
			t.Errorf("the receipt says %s", name)
		}
	}
}

func TestLeastIsolation(t *testing.T) {
	level := func(ls ...yumen.IsolationLevel) (es []ReceiptEnclave) {
		for _, l := range ls {
			es = append(es, ReceiptEnclave{Level: l})
		}
		return es
	}
	for _, c := range []struct {
		es   []ReceiptEnclave
		want yumen.IsolationLevel
	}{
		{nil, yumen.IsolationNone}, {level(yumen.IsolationFull, yumen.IsolationFull), yumen.IsolationFull},
		{level(yumen.IsolationFull, yumen.IsolationReduced), yumen.IsolationReduced},
		{level(yumen.IsolationFull, ""), yumen.IsolationNone},
	} {
		if got := leastIsolation(c.es); got != c.want {
			t.Errorf("%v: %s, want %s", c.es, got, c.want)
		}
	}
}
