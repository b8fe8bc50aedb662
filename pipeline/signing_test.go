package pipeline_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/keyring"
	"github.com/yumen-data/yumen/pipeline"
)

// kinds is a pack with the three kinds of agreements.
const kinds = `pack: {id: cn-place, revision: 1, title: 试验办法, status: in_force, scope: [operation], source: none}
valid: {from: 2025-01-01, until: null}
offices: {bureau: 主管部门, provider: 提供单位, operator: 运营主体, applicant: 应用主体}
agreements:
  sharing_grant: {signers: [provider, applicant]}
  data_use: {signers: [provider, applicant, bureau], attach: [安全保密协议]}
  umbrella: {signers: [bureau, operator]}
  service: {within: umbrella, signers: [operator, applicant]}
cases: {objection: {opened_by: [person], to: bureau, clock: {law: 5wd, from: accepted}}}
`

var (
	applicant1 = yumen.Actor{Name: "ap", Org: "lab", Roles: []yumen.Role{yumen.RoleApplicant}}
	operator1  = yumen.Actor{Name: "op", Org: "lab", Roles: []yumen.Role{yumen.RoleOperator}}
	outsider   = yumen.Actor{Name: "out", Org: "other", Roles: []yumen.Role{yumen.RoleProvider, yumen.RoleApplicant,
		yumen.RoleOperator}}
)

// agreed is the agreement of the tests as one of the kinds.
func agreed(name, more string) []byte {
	return []byte(strings.Replace(agreement, "contract: study", "contract: "+name+"\n"+more, 1))
}

func withKinds(t *testing.T, change func(*pipeline.Config)) (*domain, *pipeline.Service) {
	t.Helper()
	d := newDomain(t)
	kms, err1 := keyring.OpenLocal(d.path("master"))
	ring, err2 := keyring.Open(d.path("ring"), kms)
	s, done := d.mustOpenWith(calm(), func(c *pipeline.Config) {
		c.Keys = ring
		c.People = people{"ap": applicant1, "op": operator1, "out": outsider}
		if change != nil {
			change(c)
		}
	})
	t.Cleanup(done)
	prepare(t, s, d.dir)
	_, err3 := s.SignPack(t.Context(), regulator, "p.yaml", []byte(kinds), false)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return d, s
}

const secrecy = "kind: data_use\nattachments: [{name: 安全保密协议, digest: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08}]"

// A contract is in force once provider, applicant and bureau have signed the same terms, and only then; what does not count
// is refused and in the log.
//
// Duty 129 (SJZ17.1): the parties sign, and what has to be attached is.
func TestSignedByAll(t *testing.T) {
	d, s := withKinds(t, nil)
	text := agreed("joint", secrecy)
	sign := func(by yumen.Actor, text []byte) (yumen.SignedContract, error) {
		return s.Sign(t.Context(), by, "c.yaml", text)
	}
	job := moduleJob
	job.Contract = "joint"
	submitted := func() yumen.Job {
		j, err := s.Submit(t.Context(), analyst, job, []byte("module"))
		if err == nil {
			j, err = s.Drive(t.Context(), reviewer1, j.ID)
		}
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	for by, c := range map[string]struct {
		text []byte
		rule string
	}{
		"without what has to be attached": {agreed("joint", "kind: data_use"), "agreement.attachment"},
		"of no kind there is":             {agreed("joint", "kind: rental"), "agreement.kind"},
		"of no kind":                      {agreed("joint", ""), "agreement.kind"},
	} {
		if _, err := sign(regulator, c.text); err == nil {
			t.Errorf("%s: signed", by)
		} else {
			wantReason(t, err, c.rule)
		}
	}
	_, err := sign(outsider, text)
	wantReason(t, err, "signature.not-party")
	first, err := sign(applicant1, text)
	if err != nil || len(first.Missing()) != 2 || first.Revision != 1 {
		t.Fatalf("%+v, %v", first.Signing, err)
	}
	if j := submitted(); j.State != yumen.StateRejected || j.Error.Reasons[0].Rule != "contract.unsigned" {
		t.Errorf("before all have signed: %s, %+v", j.State, j.Error)
	}
	_, err = sign(applicant1, text)
	wantReason(t, err, "signature.second")
	_, err = sign(provider, agreed("joint", secrecy+"\nreview: {reviewers: 3}"))
	wantReason(t, err, "signature.other-terms")
	if _, err = sign(outsider, text); yumen.KindOf(err) != yumen.KindConflict || strings.Contains(err.Error(), "sha256") {
		t.Errorf("a stranger: %v", err)
	}
	gone := yumen.Actor{Name: "gone", Org: "hospital", Roles: provider.Roles}
	if _, err := sign(gone, text); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("somebody who left: %v", err)
	}
	moved := yumen.Actor{Name: "ap", Org: "hospital", Roles: provider.Roles}
	if _, err := sign(moved, text); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("somebody of another organisation: %v", err)
	}
	_, err1 := sign(regulator, append([]byte("# the same terms\n"), text...))
	last, err2 := sign(provider, text)
	if err := errors.Join(err1, err2); err != nil || last.Stopped() != nil || !contract.Verify(&last) {
		t.Fatalf("%+v, %v", last.Signing, err)
	}
	if len(last.Signatures) != 3 || slices.Equal(last.Signatures[0].Pub, last.Signatures[1].Pub) {
		t.Errorf("%+v", last.Signatures)
	}
	refused := d.logged(yumen.ActionContractRefuse)
	if len(refused) != 6 || refused[1].Details["rules"] != "signature.second" || refused[1].Digests["terms"] != last.Terms {
		t.Errorf("%d refusals in the log: %+v", len(refused), refused)
	}
	if n := len(d.logged(yumen.ActionContractSign)); n != 1+3 { // with that of the study
		t.Errorf("%d signatures in the log", n)
	}
	held := submitted()
	if held.State != yumen.StateInReview {
		t.Fatalf("%s, %+v", held.State, held.Error)
	}
	stricter := agreed("joint", secrecy+"\nreview: {reviewers: 2}")
	for _, by := range []yumen.Actor{provider, regulator, applicant1} {
		if _, err := s.Vote(t.Context(), reviewer1, held.ID, "sha256:00", yumen.DecisionApprove, "x"); err == nil ||
			strings.Contains(err.Error(), "amended") {
			t.Errorf("before it is amended: %v", err)
		}
		if _, err := sign(by, stricter); err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.Vote(t.Context(), reviewer1, held.ID, string(held.Artifact), yumen.DecisionApprove, "fine")
	wantReason(t, err, "contract.amended")
	if j := submitted(); j.State != yumen.StateInReview || j.ContractDigest != yumen.DigestOf(stricter) {
		t.Errorf("under the new terms: %s", j.State)
	}
}

// A signature is taken back before the last; then nothing waits, and the name is free for the same parties.
func TestWithdrawSignature(t *testing.T) {
	d, s := withKinds(t, nil)
	text := agreed("grant", "kind: sharing_grant")
	if _, err := s.Sign(t.Context(), provider, "c.yaml", text); err != nil {
		t.Fatal(err)
	}
	if _, err := s.WithdrawSignature(t.Context(), applicant1, "grant"); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("that of another party: %v", err)
	}
	if _, err := s.WithdrawSignature(t.Context(), outsider, "grant"); yumen.KindOf(err) != yumen.KindNotFound {
		t.Errorf("by a stranger: %v", err)
	}
	c, err := s.WithdrawSignature(t.Context(), provider, "grant")
	if err != nil || !c.Withdrawn || c.Stopped() == nil {
		t.Fatalf("%+v, %v", c.Signing, err)
	}
	other := agreed("grant", "kind: sharing_grant\nreview: {reviewers: 2}")
	_, err1 := s.Sign(t.Context(), applicant1, "c.yaml", other)
	c, err2 := s.Sign(t.Context(), provider, "c.yaml", other)
	if err := errors.Join(err1, err2); err != nil || c.Stopped() != nil || c.Revision != 2 {
		t.Errorf("%+v, %v", c.Signing, err)
	}
	if _, err := s.WithdrawSignature(t.Context(), provider, "grant"); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("once it is in force: %v", err)
	}
	if n := len(d.logged(yumen.ActionContractWithdraw)); n != 1 {
		t.Errorf("%d withdrawals in the log", n)
	}
}

const frame = `contract: frame
kind: umbrella
title: Operation
purpose: to operate
parties: {providers: [hospital], operator: lab}
valid: {from: 2024-01-01, until: 2060-12-31}
`

// A service agreement lies under an umbrella agreement in force, for its term, with its provider, and stops with it.
//
// Duty 117 (SJZ10.2): there is an agreement above contracts.
func TestUmbrella(t *testing.T) {
	_, s := withKinds(t, nil)
	sign := func(by yumen.Actor, text string) (yumen.SignedContract, error) {
		return s.Sign(t.Context(), by, "c.yaml", []byte(text))
	}
	service := strings.Replace(string(agreed("service", "kind: service\nwithin: frame")), "{from: 2020-01-01, until: 2099-12-31}",
		"{from: 2025-01-01, until: 2059-12-31}", 1)
	both := func(text string, by ...yumen.Actor) {
		t.Helper()
		for _, a := range by {
			if _, err := sign(a, text); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, err := sign(operator1, service)
	wantReason(t, err, "agreement.within")
	both(frame, operator1)
	_, err = sign(operator1, service)
	wantReason(t, err, "agreement.within")
	both(frame, regulator)
	for text, rule := range map[string]string{
		strings.Replace(service, "within: frame\n", "", 1):                                     "agreement.within",
		strings.Replace(service, "2059-12-31", "2061-01-01", 1):                                "agreement.within",
		strings.Replace(service, "providers: [hospital]", "providers: [hospital, archive]", 1): "agreement.consent",
	} {
		_, err = sign(operator1, text)
		wantReason(t, err, rule)
	}
	both(service, operator1, applicant1)
	c, err := s.Contract(t.Context(), "service")
	if err != nil || c.Stopped() != nil {
		t.Fatalf("%+v, %v", c.Stopped(), err)
	}
	_, err = sign(operator1, strings.Replace(frame, "2060-12-31", "2058-12-31", 1))
	wantReason(t, err, "agreement.covers")
	if _, err := s.SuspendContract(t.Context(), regulator, "frame", "an incident"); err != nil {
		t.Fatal(err)
	}
	if c, err = s.Contract(t.Context(), "service"); err != nil || c.Suspended == nil || c.Suspended.Within != "frame" {
		t.Errorf("under a suspended umbrella: %+v, %v", c.Suspended, err)
	}
	if _, err := s.ResumeContract(t.Context(), regulator, "service", "x"); yumen.KindOf(err) != yumen.KindConflict {
		t.Errorf("resumed alone: %v", err)
	}
	if _, err := s.ResumeContract(t.Context(), regulator, "frame", "over"); err != nil {
		t.Fatal(err)
	}
	if c, err = s.Contract(t.Context(), "service"); err != nil || c.Stopped() != nil {
		t.Errorf("once the umbrella goes on: %+v, %v", c.Stopped(), err)
	}
	job := moduleJob
	job.Contract = "frame"
	j, err := s.Submit(t.Context(), analyst, job, []byte("module"))
	if err == nil {
		j, err = s.Drive(t.Context(), reviewer1, j.ID)
	}
	if err != nil || j.State != yumen.StateRejected || j.Error.Reasons[0].Rule != "contract.frame" {
		t.Errorf("a job under the umbrella: %s, %+v, %v", j.State, j.Error, err)
	}
	if _, err := s.Terminate(t.Context(), regulator, "frame"); err != nil {
		t.Fatal(err)
	}
	if c, err = s.Contract(t.Context(), "service"); err != nil || !c.Terminated {
		t.Errorf("under a terminated umbrella: %v", err)
	}
}

// Two sides that sign at the same moment both count.
func TestSignAtOnce(t *testing.T) {
	_, s := withKinds(t, nil)
	text := agreed("grant", "kind: sharing_grant")
	errs := make(chan error)
	for _, by := range []yumen.Actor{provider, applicant1} {
		go func() {
			_, err := s.Sign(t.Context(), by, "c.yaml", text)
			errs <- err
		}()
	}
	if err := errors.Join(<-errs, <-errs); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Contract(t.Context(), "grant"); err != nil || c.Stopped() != nil || !contract.Verify(&c) {
		t.Errorf("%+v, %v", c.Signing, err)
	}
}
