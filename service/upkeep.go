package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// Resume asks again what is due, and drives every job that an interruption left on its way.
func (s *Service) Resume(ctx context.Context, by api.Principal) ([]yumen.Job, error) {
	person, err := s.may(ctx, by, api.ScopeUpkeep, access.JobResume)
	if err != nil {
		return nil, err
	}
	return s.route.Resume(ctx, person)
}

// Destroy destroys a version, a held result or a released file for good.
func (s *Service) Destroy(ctx context.Context, by api.Principal, name, reason string) ([]api.Destroyed, error) {
	person, err := s.may(ctx, by, api.ScopeUpkeep, access.ObjectDestroy)
	if err != nil {
		return nil, err
	}
	return s.route.Destroy(ctx, person, name, reason)
}

// Verify compares records, steps and objects with the log. Whoever may not know how much there is, learns whether it is
// whole.
func (s *Service) Verify(ctx context.Context, by api.Principal, v api.VerifyOptions) (api.Verified, error) {
	person, err := s.may(ctx, by, api.ScopeUpkeep, access.AuditVerify)
	if err != nil {
		return api.Verified{}, err
	}
	if by.Method == api.MethodMachine || s.rules.Permit(person, access.AuditDetails) {
		out, err := s.route.Verify(ctx, v)
		out.Counted = err == nil
		return out, err
	}
	out, err := s.route.Verify(ctx, api.VerifyOptions{Quick: v.Quick})
	if yumen.KindOf(err) == yumen.KindCorrupt && err != nil {
		err = yumen.Errorf(yumen.KindCorrupt, "the domain is not whole: something is not as its log says",
			"本域数据不完整：有内容与日志不符").ToFix("a regulator or an administrator sees what by verifying it themselves",
			"请主管部门或运维自行验证，以查看具体内容")
	}
	return api.Verified{Read: out.Read}, err
}
