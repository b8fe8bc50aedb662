package pipeline

import "github.com/yumen-data/yumen"

// standing returns the votes as they count now: roles and organisations of the voters are those that they have now.
func (s *Service) standing(votes []yumen.Vote) ([]yumen.Vote, error) {
	out := make([]yumen.Vote, len(votes))
	for i, v := range votes {
		now, err := s.cfg.People.Find(v.Voter.Name)
		if err != nil && yumen.KindOf(err) != yumen.KindDenied {
			return nil, err
		}
		out[i] = v
		out[i].Voter.Org, out[i].Voter.Roles = now.Org, now.Roles // none of somebody who has left
	}
	return out, nil
}
