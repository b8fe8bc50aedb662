// Package service implements package api: every use case of a domain, for all doors and the command line. It asks once
// whether the principal may, and returns what they may see.
//
// It runs nothing and writes nothing itself: the route (package pipeline) does.
package service

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/pipeline"
)

// Service answers for one domain.
type Service struct {
	route *pipeline.Service
	auth  *access.Authenticator
	rules *access.Rules
	log   OpenLog
}

var _ api.Domain = (*Service)(nil)

// New returns the service over the route and the log of a domain, for whoever the authenticator says asks, and what the
// rules let them do.
func New(route *pipeline.Service, auth *access.Authenticator, rules *access.Rules, log OpenLog) *Service {
	return &Service{route, auth, rules, log}
}

// may asks whether a principal may do something, and returns who asks with the roles and the organisation that they
// have at this moment. It refuses whom the authenticator refuses, a principal outside its scopes, and whose roles do
// not allow it.
func (s *Service) may(ctx context.Context, by api.Principal, scope api.Scope, act access.Action) (yumen.Actor, error) {
	person, err := s.auth.Now(ctx, by)
	switch {
	case err != nil:
		return yumen.Actor{}, err
	case !by.Has(scope) && !(by.Method == api.MethodCode && act == access.TokenCreate):
		return yumen.Actor{}, yumen.Errorf(yumen.KindDenied, "%s may not ask about %s by this way", "%s 无权以此方式查询 %s",
			by.Person.Name, string(scope)).
			ToFix("use a token that has the scope", "请使用含该范围的令牌")
	case by.Method == api.MethodCode && act != access.TokenCreate:
		return yumen.Actor{}, yumen.Errorf(yumen.KindDenied, "a one-time code makes a token and nothing else",
			"一次性代码只能用于创建令牌").Then("token.create", "")
	case by.Method == api.MethodMachine:
		return person, access.MachineMay(act)
	}
	return person, s.rules.May(person, act)
}
