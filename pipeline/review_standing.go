package pipeline

import (
	"maps"

	"github.com/yumen-data/yumen"
)

// standing returns the votes as they count now. Each must be what its entry of the log says, because records can be
// written by hand and the log cannot; roles and organisations of the voters are those that they have now.
func (s *Service) standing(votes []yumen.Vote) ([]yumen.Vote, error) {
	out := make([]yumen.Vote, len(votes))
	for i, v := range votes {
		if err := s.checkVote(v); err != nil {
			return nil, err
		}
		now, err := s.cfg.People.Find(v.Voter.Name)
		if err != nil && yumen.KindOf(err) != yumen.KindDenied {
			return nil, err
		}
		out[i] = v
		out[i].Voter.Org, out[i].Voter.Roles = now.Org, now.Roles // none of somebody who has left
	}
	return out, nil
}

// checkVote compares a vote with its entry.
func (s *Service) checkVote(v yumen.Vote) error {
	if v.LogIndex < s.cfg.Log.Size() {
		e, err := s.cfg.Log.Entry(v.LogIndex)
		if err != nil {
			return err
		}
		if says(e, v) {
			return nil
		}
	}
	return yumen.Errorf(yumen.KindCorrupt, "the log has no such vote by %s on job %s, so its record was not written by a vote",
		"日志中没有 %s 对任务 %s 的该次表决，该记录并非由表决产生", v.Voter.Name, v.Job).
		ToFix("restore a backup, or cancel the job and submit it again", "请从备份恢复，或撤回任务后重新提交")
}

// says reports whether an entry is that of the vote.
func says(e yumen.Entry, v yumen.Vote) bool {
	want := map[string]yumen.Digest{"artifact": v.Artifact, "reason": yumen.DigestOf([]byte(v.Reason))}
	return e.Action == decisions[v.Decision].action && e.Actor == v.Voter.Name && e.Org == v.Voter.Org &&
		e.Subject == v.Job && e.At.Equal(v.At) && maps.Equal(e.Digests, want)
}
