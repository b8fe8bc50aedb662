package egress

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

var today = time.Date(2026, 5, 2, 9, 0, 0, 0, time.UTC)

func reviewer(name string) yumen.Actor {
	return yumen.Actor{Name: name, Org: "data-bureau", Roles: []yumen.Role{yumen.RoleReviewer}}
}

// reviewCase is an aggregate in review that needs one approval and has it, so that it may leave once approved.
type reviewCase struct {
	job      yumen.Job
	artifact yumen.Artifact
	contract yumen.SignedContract
	votes    []yumen.Vote
	voter    yumen.Actor
	now      time.Time
	// automatic says that it is to leave without people
	automatic bool
}

func newCase() reviewCase {
	a := yumen.Artifact{Digest: yumen.DigestOf([]byte("held")), Job: "job-1", Verdict: yumen.VerdictPass,
		Findings: []yumen.Finding{{Rule: "class", Verdict: yumen.VerdictPass}}}
	c := yumen.SignedContract{Contract: yumen.Contract{Name: "c-1",
		Classes: []yumen.ReleaseClass{yumen.ClassAggregate, yumen.ClassRows},
		Valid:   yumen.Validity{From: "2026-01-01", Until: "2026-05-02"},
		Review:  yumen.ReviewRule{Reviewers: 1, Independent: true}}, Digest: yumen.DigestOf([]byte("contract"))}
	j := yumen.Job{ID: "job-1", Spec: yumen.JobSpec{Contract: "c-1"}, Class: yumen.ClassAggregate,
		State: yumen.StateInReview, Artifact: a.Digest,
		ContractDigest: c.Digest,
		Submitter: yumen.Actor{Name: "ana", Org: "institute",
			Roles: []yumen.Role{yumen.RoleAnalyst, yumen.RoleReviewer}}}
	return reviewCase{job: j, artifact: a, contract: c, now: today, voter: reviewer("rev-b"),
		votes: []yumen.Vote{{Job: j.ID, Artifact: a.Digest, Voter: reviewer("rev-a"), Decision: yumen.DecisionApprove,
			Reason: "rounded and thresholded", At: today}}}
}

func rules(rs []yumen.Reason) string {
	var out []string
	for _, r := range rs {
		out = append(out, r.Rule)
	}
	return strings.Join(out, " ")
}

var voteCases = []struct {
	name   string
	change func(*reviewCase)
	want   string
}{
	{"may vote", func(*reviewCase) {}, ""},
	{"the first vote", func(c *reviewCase) { c.votes = nil }, ""},
	{"no reviewer", func(c *reviewCase) { c.voter.Roles = []yumen.Role{yumen.RoleAdmin} }, "vote.role"},
	{"nobody", func(c *reviewCase) { c.voter = yumen.Actor{Roles: c.voter.Roles} }, "vote.role"},
	{"the submitter, elsewhere employed", func(c *reviewCase) { c.voter = reviewer("ana") }, "vote.own"},
	{"a colleague of the submitter", func(c *reviewCase) { c.voter.Org = "institute" }, "vote.independent"},
	{"a colleague where that is allowed",
		func(c *reviewCase) { c.voter.Org, c.contract.Review.Independent = "institute", false }, ""},
	{"after the contract was terminated", func(c *reviewCase) { c.contract.Terminated = true }, "contract.terminated"},
	{"twice", func(c *reviewCase) { c.voter = reviewer("rev-a") }, "vote.twice"},
	{"again, on a new result", func(c *reviewCase) { c.voter, c.votes[0].Artifact = reviewer("rev-a"), "sha256:old" },
		""},
	{"not in review", func(c *reviewCase) { c.job.State = yumen.StateHeld }, "vote.state"},
	{"an older result", func(c *reviewCase) { c.job.Artifact = yumen.DigestOf([]byte("newer")) }, "vote.artifact"},
	{"another job's result", func(c *reviewCase) { c.artifact.Job = "job-2" }, "vote.artifact"},
	{"blocked", func(c *reviewCase) { c.artifact.Verdict = yumen.VerdictBlock }, "vote.verdict"},
	{"unchecked", func(c *reviewCase) { c.artifact.Verdict = "" }, "vote.verdict"},
	{"everything at once", func(c *reviewCase) {
		c.voter = yumen.Actor{Name: "ana", Org: "institute"}
		c.job.State, c.artifact.Verdict = yumen.StateReleased, yumen.VerdictFail
	}, "vote.role vote.own vote.independent vote.state vote.verdict"},
}

func TestMayVote(t *testing.T) {
	for _, c := range voteCases {
		x := newCase()
		c.change(&x)
		rs := MayVote(x.voter, &x.job, &x.artifact, &x.contract, x.votes)
		if got := rules(rs); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
		for _, r := range rs {
			if r.Msg.EN == "" || r.Msg.ZH == "" || strings.Contains(r.Msg.EN+r.Msg.ZH, "%!") {
				t.Errorf("%s: message %+v", c.name, r.Msg)
			}
		}
	}
}

var clearCases = []struct {
	name   string
	change func(*reviewCase)
	want   string
}{
	{"may leave", func(*reviewCase) {}, ""},
	{"on review", func(c *reviewCase) {
		c.artifact.Verdict = yumen.VerdictReview
		c.artifact.Findings = append(c.artifact.Findings, yumen.Finding{Verdict: yumen.VerdictReview})
	}, ""},
	{"not approved", func(c *reviewCase) { c.job.State = yumen.StateInReview }, "release.state"},
	{"released already", func(c *reviewCase) { c.job.State = yumen.StateReleased }, "release.state"},
	{"another result than the one held", func(c *reviewCase) { c.artifact.Digest = yumen.DigestOf([]byte("x")) },
		"release.artifact release.votes"},
	{"a verdict that its findings do not bear out", func(c *reviewCase) {
		c.artifact.Findings = []yumen.Finding{{Verdict: yumen.VerdictFail}}
	}, "release.verdict"},
	{"never checked", func(c *reviewCase) { c.artifact.Findings = nil }, "release.verdict"},
	{"another contract text", func(c *reviewCase) { c.contract.Digest = yumen.DigestOf([]byte("other")) },
		"release.contract"},
	{"another contract", func(c *reviewCase) { c.contract.Name = "c-2" }, "release.contract"},
	{"terminated", func(c *reviewCase) { c.contract.Terminated = true }, "contract.terminated"},
	{"a day late", func(c *reviewCase) { c.now = today.AddDate(0, 0, 1) }, "contract.validity"},
	{"too early", func(c *reviewCase) { c.now = today.AddDate(-1, 0, 0) }, "contract.validity"},
	{"a class the contract does not have", func(c *reviewCase) { c.job.Class = yumen.ClassOpaque },
		"contract.class release.votes"},
	{"one vote for rows", func(c *reviewCase) { c.job.Class = yumen.ClassRows }, "release.votes"},
	{"two votes for rows", func(c *reviewCase) {
		c.job.Class = yumen.ClassRows
		v := c.votes[0]
		v.Voter = reviewer("rev-b")
		c.votes = append(c.votes, v)
	}, ""},
	{"one person twice", func(c *reviewCase) { c.job.Class = yumen.ClassRows; c.votes = append(c.votes, c.votes[0]) },
		"release.votes"},
	{"nobody voted", func(c *reviewCase) { c.votes = nil }, "release.votes"},
	{"votes on another digest", func(c *reviewCase) { c.votes[0].Artifact = yumen.DigestOf([]byte("before")) },
		"release.votes"},
	{"votes on another job", func(c *reviewCase) { c.votes[0].Job = "job-2" }, "release.votes"},
	{"a vote of the submitter", func(c *reviewCase) { c.votes[0].Voter = reviewer("ana") }, "release.votes"},
	{"a vote of a colleague", func(c *reviewCase) { c.votes[0].Voter.Org = "institute" }, "release.votes"},
	{"a vote of no reviewer", func(c *reviewCase) { c.votes[0].Voter.Roles = nil }, "release.votes"},
	{"a vote without a reason", func(c *reviewCase) { c.votes[0].Reason = " " }, "release.votes"},
	{"a private answer without votes", func(c *reviewCase) {
		c.job.Class, c.contract.Classes, c.votes = yumen.ClassDP, []yumen.ReleaseClass{yumen.ClassDP}, nil
		c.automatic = true
	}, ""},
	{"an aggregate without votes", func(c *reviewCase) {
		c.votes, c.automatic, c.contract.Review.Automatic = nil, true, 1
	}, ""},
	{"an aggregate without votes that people must look at", func(c *reviewCase) {
		c.votes, c.automatic, c.contract.Review.Automatic = nil, true, 1
		c.artifact.Verdict, c.artifact.Findings[0].Verdict = yumen.VerdictReview, yumen.VerdictReview
	}, "release.votes"},
	{"an aggregate without votes, not by itself", func(c *reviewCase) { c.votes, c.contract.Review.Automatic = nil, 1 },
		"release.votes"},
	{"an aggregate without votes under another contract", func(c *reviewCase) { c.votes, c.automatic = nil, true },
		"release.votes"},
	{"rows without votes", func(c *reviewCase) {
		c.votes, c.automatic, c.contract.Review.Automatic, c.job.Class = nil, true, 1, yumen.ClassRows
	}, "release.votes"},
	{"a private answer that people must look at", func(c *reviewCase) {
		c.job.Class, c.contract.Classes, c.votes = yumen.ClassDP, []yumen.ReleaseClass{yumen.ClassDP}, nil
		c.automatic = true
		c.artifact.Verdict, c.artifact.Findings[0].Verdict = yumen.VerdictReview, yumen.VerdictReview
	}, "release.votes"},
	{"a private answer outside the contract",
		func(c *reviewCase) { c.job.Class, c.votes, c.automatic = yumen.ClassDP, nil, true },
		"contract.class"},
	{"an objection", func(c *reviewCase) {
		v := c.votes[0]
		v.Voter, v.Decision = reviewer("rev-b"), yumen.DecisionReject
		c.votes = append(c.votes, v)
	}, "release.votes"},
}

func TestClear(t *testing.T) {
	for _, c := range clearCases {
		x := newCase()
		x.job.State = yumen.StateApproved
		c.change(&x)
		cleared, err := Clear(&x.job, &x.artifact, &x.contract, x.votes, x.automatic, x.now)
		got := ""
		if err != nil {
			if yumen.KindOf(err) != yumen.KindDenied {
				t.Errorf("%s: kind %s", c.name, yumen.KindOf(err))
			}
			got = rules(yumen.AsError(err).Reasons)
		}
		if got != c.want || cleared.OK() != (c.want == "") {
			t.Errorf("%s: %q, want %q; cleared %v", c.name, got, c.want, cleared.OK())
		}
		if cleared.OK() && (cleared.Artifact().Digest != x.artifact.Digest || cleared.Job() != "job-1") {
			t.Errorf("%s: cleared something else", c.name)
		}
	}
	if (Cleared{}).OK() {
		t.Error("the zero value is cleared")
	}
}

func TestAutomatic(t *testing.T) {
	for _, c := range []struct {
		class         yumen.ReleaseClass
		allowed, left int
		want          bool
	}{
		{yumen.ClassDP, 0, 0, true}, {yumen.ClassAggregate, 0, 0, false}, {yumen.ClassAggregate, 2, 1, true},
		{yumen.ClassAggregate, 2, 2, false}, {yumen.ClassAggregate, 2, 3, false}, {yumen.ClassAggregate, -1, 0, false},
		{yumen.ClassRows, 5, 0, false}, {yumen.ClassOpaque, 5, 0, false}, {"", 5, 0, false},
	} {
		if got := Automatic(yumen.ReviewRule{Automatic: c.allowed}, c.class, c.left); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestNeeded(t *testing.T) {
	for _, c := range []struct {
		class     yumen.ReleaseClass
		reviewers int
		want      int
	}{
		{yumen.ClassAggregate, 0, 1}, {yumen.ClassAggregate, 1, 1}, {yumen.ClassAggregate, 3, 3}, {yumen.ClassDP, 1, 1},
		{yumen.ClassRows, 1, 2}, {yumen.ClassOpaque, 0, 2}, {yumen.ClassRows, 3, 3}, {"", 1, 2},
	} {
		if got := Needed(yumen.ReviewRule{Reviewers: c.reviewers}, c.class); got != c.want {
			t.Errorf("%s with %d: %d, want %d", c.class, c.reviewers, got, c.want)
		}
	}
}

// Order and repetition of votes change no tally; a vote on another digest never counts.
func TestTallyLaws(t *testing.T) {
	mine, other := yumen.DigestOf([]byte("a")), yumen.DigestOf([]byte("b"))
	rapid.Check(t, func(t *rapid.T) {
		vote := rapid.Custom(func(t *rapid.T) yumen.Vote {
			return yumen.Vote{Voter: reviewer(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "voter")),
				Artifact: rapid.SampledFrom([]yumen.Digest{mine, other, ""}).Draw(t, "artifact"),
				Decision: rapid.SampledFrom([]yumen.Decision{yumen.DecisionApprove, yumen.DecisionApprove,
					yumen.DecisionReturn, yumen.DecisionReject, ""}).Draw(t, "decision")}
		})
		votes := rapid.SliceOf(vote).Draw(t, "votes")
		needed := rapid.IntRange(0, 3).Draw(t, "needed")
		approved, n := Tally(votes, mine, needed)
		shuffled := rapid.Permutation(append(slices.Clone(votes), votes...)).Draw(t, "shuffled")
		if a, m := Tally(shuffled, mine, needed); a != approved || m != n {
			t.Fatalf("%v %d became %v %d", approved, n, a, m)
		}
		relevant := slices.DeleteFunc(slices.Clone(votes), func(v yumen.Vote) bool { return v.Artifact != mine })
		if a, m := Tally(relevant, mine, needed); a != approved || m != n {
			t.Fatal("votes on another digest counted")
		}
		if approved && (n < 1 ||
			slices.ContainsFunc(relevant, func(v yumen.Vote) bool { return v.Decision != yumen.DecisionApprove })) {
			t.Fatalf("approved with %d approvals of %v", n, relevant)
		}
	})
}
