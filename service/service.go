// Package service implements package api: every use case of a domain, for all doors and the command line. It asks once whether
// the principal may, and returns what they may see.
//
// It runs nothing and writes nothing itself: the route (package pipeline) does.
package service

import (
	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/pipeline"
)

// People is who belongs to the domain now.
type People interface {
	// Find returns the person of that name with their roles, or kind denied.
	Find(name string) (yumen.Actor, error)
}

// Service answers for one domain.
type Service struct {
	route    *pipeline.Service
	people   People
	log      OpenLog
	asserted bool
}

var _ api.Domain = (*Service)(nil)

// New returns the service over the route, the people and the log of a domain. Asserted says that people whom the caller names are
// answered although nobody authenticated them, as on a local home, whose log says so.
func New(route *pipeline.Service, people People, log OpenLog, asserted bool) *Service {
	return &Service{route, people, log, asserted}
}

// may asks whether a principal may do something, and returns who asks with the roles and the organisation that they have at this
// moment: what a principal says of them may be old. It refuses nobody, somebody who is not authenticated, a principal
// outside its scopes, and whose roles do not allow it.
func (s *Service) may(by api.Principal, scope api.Scope, act access.Action) (yumen.Actor, error) {
	if err := s.asks(by, scope); err != nil {
		return yumen.Actor{}, err
	}
	if by.Method == api.MethodMachine {
		return yumen.System, access.MachineMay(act)
	}
	person, err := s.people.Find(by.Person.Name)
	if err != nil {
		return yumen.Actor{}, err
	}
	return person, access.May(person, act)
}

// asks refuses nobody, somebody who is not authenticated, and a principal outside its scopes.
func (s *Service) asks(by api.Principal, scope api.Scope) error {
	if by.Person.Name == "" {
		return yumen.Errorf(yumen.KindDenied, "nobody is named: who asks?", "未指明人员：由谁查询？").
			ToFix("name a person of this domain", "请指明本域人员")
	}
	if !s.asserted && !by.Authenticated() {
		return yumen.Errorf(yumen.KindDenied, "nobody found out whether it is %s who asks", "未核实查询者是否为 %s", by.Person.Name).
			ToFix("come in through a door that authenticates", "请经由有身份认证的入口访问")
	}
	if !by.Has(scope) {
		return yumen.Errorf(yumen.KindDenied, "%s may not ask about %s by this way", "%s 无权以此方式查询 %s", by.Person.Name, string(scope)).
			ToFix("use a token that has the scope", "请使用含该范围的令牌")
	}
	return nil
}
