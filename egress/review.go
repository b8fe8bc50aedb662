package egress

import (
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
)

// Needed returns how many approvals let a result of the class go: what the rule says, at least one, and at least two
// where no guarantee stands behind it (rows, opaque, and any class not known here).
func Needed(rule yumen.ReviewRule, class yumen.ReleaseClass) int {
	switch class {
	case yumen.ClassAggregate, yumen.ClassDP:
		return max(rule.Reviewers, 1)
	}
	return max(rule.Reviewers, 2)
}

// Automatic reports whether a result leaves without people where no check has anything against it: of class dp always,
// because its promise was kept before it was made; of class aggregate where the rule allows for more of them than have
// left so.
func Automatic(rule yumen.ReviewRule, class yumen.ReleaseClass, left int) bool {
	return class == yumen.ClassDP || class == yumen.ClassAggregate && left < rule.Automatic
}

// Tally counts approvals of the artifact by distinct people. It is approved where there are enough and nobody returned
// or rejected it. Votes on another digest do not count: what was read is what leaves.
func Tally(votes []yumen.Vote, artifact yumen.Digest, needed int) (approved bool, approvals int) {
	voters := map[string]bool{}
	opposed := false
	for _, v := range votes {
		switch {
		case v.Artifact != artifact || artifact == "":
		case v.Decision == yumen.DecisionApprove:
			voters[v.Voter.Name] = true
		default:
			opposed = true
		}
	}
	return !opposed && len(voters) >= max(needed, 1), len(voters)
}

// MayVote returns every reason why the voter may not vote on the artifact now, under the contract in force; none means
// that they may.
func MayVote(voter yumen.Actor, job *yumen.Job, a *yumen.Artifact, c *yumen.SignedContract,
	votes []yumen.Vote) []yumen.Reason {
	rs := mayReview(voter, job, c.Review)
	add := func(rule string, msg yumen.Text) { rs = append(rs, yumen.Reason{Rule: rule, Msg: msg}) }
	if why := c.Stopped(); why != nil {
		rs = append(rs, *why)
	}
	if job.ContractDigest != c.Digest {
		add("contract.amended", yumen.Say("the contract was amended since the job was admitted", "任务准入后合同已变更"))
	}
	if job.State != yumen.StateInReview {
		add("vote.state", yumen.Say("the job is not in review but %s", "任务不在审核中，当前为 %s", string(job.State)))
	}
	if a.Job != job.ID || a.Digest != job.Artifact || a.Digest == "" {
		add("vote.artifact", yumen.Say("this is not the result that the job holds now", "这不是任务当前暂存的结果"))
	}
	if a.Verdict != yumen.VerdictPass && a.Verdict != yumen.VerdictReview {
		add(ruleVerdict, yumen.Say("its checks do not let it leave, whatever the votes", "检查结论不允许其出域，表决无法改变"))
	}
	if slices.ContainsFunc(votes,
		func(v yumen.Vote) bool { return v.Artifact == a.Digest && v.Voter.Name == voter.Name }) {
		add("vote.twice", yumen.Say("%s has voted on this result already", "%s 已就此结果表决", voter.Name))
	}
	return rs
}

// ruleVerdict names the reason that checks do not let a result leave.
const ruleVerdict = "vote.verdict"

// Ballot is a decision as it is handed in.
type Ballot struct {
	Digest string // its beginning, of the artifact that was read
	Reason string
	// Objects says that it returns or rejects the result, which may be done whatever checks found.
	Objects bool
	Blind   bool // the voter may know nothing of the result, so a guess at its digest is not answered
}

// minPrefix is how much of a digest must be given to name the artifact that was read.
const minPrefix = 12

// CheckBallot returns every reason why a ballot does not count: those of MayVote, and those that lie in the ballot.
// Without an artifact nothing is held.
func CheckBallot(b Ballot, voter yumen.Actor, job *yumen.Job, a *yumen.Artifact, c *yumen.SignedContract,
	votes []yumen.Vote) []yumen.Reason {
	if a == nil {
		return []yumen.Reason{{Rule: "vote.nothing-held",
			Msg: yumen.Say("job %s holds no result", "任务 %s 没有暂存结果", job.ID)}}
	}
	rs := MayVote(voter, job, a, c, votes)
	if b.Objects {
		rs = slices.DeleteFunc(rs, func(r yumen.Reason) bool { return r.Rule == ruleVerdict })
	}
	if !hasReason(b.Reason) {
		rs = append(rs, yumen.Reason{Rule: "vote.reason", Msg: yumen.Say("a vote needs a reason", "表决必须说明理由")})
	}
	hex := strings.TrimPrefix(b.Digest, "sha256:")
	if !b.Blind && (len(hex) < minPrefix || !strings.HasPrefix(a.Digest.Hex(), hex)) {
		rs = append(rs, yumen.Reason{Rule: "vote.digest",
			Msg: yumen.Say("the digest given is not that of the artifact held now", "给出的摘要不是当前暂存结果的摘要"),
			Fix: yumen.Say("read it again and vote on its digest", "请重新查看后按其摘要表决")})
	}
	return rs
}

func hasReason(text string) bool { return strings.TrimSpace(text) != "" }

// mayReview returns the reasons that lie in who the voter is.
func mayReview(voter yumen.Actor, job *yumen.Job, rule yumen.ReviewRule) []yumen.Reason {
	var rs []yumen.Reason
	add := func(rule string, msg yumen.Text) { rs = append(rs, yumen.Reason{Rule: rule, Msg: msg}) }
	if voter.Name == "" || !voter.Has(yumen.RoleReviewer) {
		add("vote.role", yumen.Say("voting takes the role reviewer", "表决须具有出域审核员（reviewer）角色"))
	}
	if voter.Name == job.Submitter.Name {
		add("vote.own", yumen.Say("nobody reviews what they submitted", "不得审核自己提交的任务"))
	}
	if rule.Authenticated && voter.Asserted {
		add("vote.authenticated",
			yumen.Say("the contract asks for reviewers who were authenticated; %s was named by the caller",
				"合同要求审核员经过身份认证；%s 仅由调用者指明", voter.Name))
	}
	if rule.Independent && voter.Org == job.Submitter.Org {
		add("vote.independent",
			yumen.Say("the contract asks for reviewers from outside the submitter's organisation", "合同要求审核员独立于提交方机构"))
	}
	return rs
}

// Cleared is a result that may leave. Only Clear makes one; release refuses the zero value.
type Cleared struct {
	artifact  yumen.Artifact
	job       string
	ok        bool
	automatic bool
}

// OK reports whether Clear made it.
func (c Cleared) OK() bool { return c.ok }

// Automatic reports whether it leaves without people.
func (c Cleared) Automatic() bool { return c.automatic }

// Artifact returns what may leave.
func (c Cleared) Artifact() yumen.Artifact { return c.artifact }

// Job returns the id of the job it belongs to.
func (c Cleared) Job() string { return c.job }

// Clear decides whether the artifact may leave now, from nothing but the records: the verdict recomputed from its
// findings, the contract in force, and the votes on this very digest by people who may vote, unless it is automatic and
// leaves without them, where its class and the contract have that at all. It fails with kind denied and every reason.
func Clear(job *yumen.Job, a *yumen.Artifact, contract *yumen.SignedContract, votes []yumen.Vote, automatic bool,
	now time.Time) (Cleared, error) {
	rs := slices.Concat(clearArtifact(job, a), MayLeave(job, contract, now))
	automatic = automatic && Automatic(contract.Review, job.Class, 0) && Overall(a.Findings) == yumen.VerdictPass
	if !automatic {
		rs = append(rs, clearVotes(job, a, contract, votes)...)
	}
	if err := yumen.Refuse(yumen.KindDenied, yumen.Say("the result may not leave", "该结果不得出域"), rs); err != nil {
		return Cleared{}, err
	}
	return Cleared{artifact: *a, job: job.ID, ok: true, automatic: automatic}, nil
}

func clearArtifact(job *yumen.Job, a *yumen.Artifact) []yumen.Reason {
	var rs []yumen.Reason
	if job.State != yumen.StateApproved {
		rs = append(rs, yumen.Reason{Rule: "release.state",
			Msg: yumen.Say("the job is not approved but %s", "任务未获批准，当前为 %s", string(job.State))})
	}
	if a.Job != job.ID || a.Digest != job.Artifact || a.Digest == "" {
		rs = append(rs, yumen.Reason{Rule: "release.artifact",
			Msg: yumen.Say("this is not the result that the job holds now", "这不是任务当前暂存的结果")})
	}
	v := Overall(a.Findings)
	if v != a.Verdict || v != yumen.VerdictPass && v != yumen.VerdictReview {
		rs = append(rs, yumen.Reason{Rule: "release.verdict",
			Msg: yumen.Say("its checks do not let it leave: verdict %s", "检查结论不允许出域：%s", string(v))})
	}
	return rs
}

// MayLeave returns every reason why nothing of the job may leave under its contract now, whatever its result and votes.
func MayLeave(job *yumen.Job, c *yumen.SignedContract, now time.Time) []yumen.Reason {
	var rs []yumen.Reason
	add := func(rule string, msg yumen.Text) { rs = append(rs, yumen.Reason{Rule: rule, Msg: msg}) }
	if c.Name != job.Spec.Contract || c.Digest != job.ContractDigest || c.Digest == "" {
		add("release.contract", yumen.Say("this is not the contract that the job was admitted under", "这不是任务准入时所依据的合同"))
	}
	if why := c.Stopped(); why != nil {
		rs = append(rs, *why)
	}
	if today := yumen.DayOf(now); today < c.Valid.From || today > c.Valid.Until {
		add("contract.validity",
			yumen.Say("the contract is valid from %s to %s", "合同有效期为 %s 至 %s", string(c.Valid.From),
				string(c.Valid.Until)))
	}
	if !slices.Contains(c.Classes, job.Class) {
		add("contract.class", yumen.Say("the contract does not allow class %s", "合同不允许 %s 类出域", string(job.Class)))
	}
	return rs
}

// RuleVotes names the reason that there are not enough votes.
const RuleVotes = "release.votes"

// clearVotes counts again, leaving out votes of people who may not vote and votes without a reason.
func clearVotes(job *yumen.Job, a *yumen.Artifact, c *yumen.SignedContract, votes []yumen.Vote) []yumen.Reason {
	needed := Needed(c.Review, job.Class)
	if approved, n := Tally(Counted(job, c.Review, votes), a.Digest, needed); !approved {
		return []yumen.Reason{{Rule: RuleVotes,
			Msg: yumen.Say("%d valid approvals of this digest and no objection are needed, there are %d",
				"须有对此摘要的 %d 个有效赞成且无反对，现有 %d 个", needed, n)}}
	}
	return nil
}

// Counted leaves out approvals that do not count: those of people who may not vote on the job, by the roles and
// organisation that the votes name, and those without a reason. Objections always count.
func Counted(job *yumen.Job, rule yumen.ReviewRule, votes []yumen.Vote) []yumen.Vote {
	var out []yumen.Vote
	for _, v := range votes {
		approves := v.Decision == yumen.DecisionApprove
		if !approves || v.Job == job.ID && hasReason(v.Reason) && len(mayReview(v.Voter, job, rule)) == 0 {
			out = append(out, v)
		}
	}
	return out
}
