// Package sqlsession is what a person asks in SQL under a contract, the same through every door: which questions there
// are, what becomes of one whose result is held, what was asked before, the settings of a session, the tables of schema
// yumen, what the catalog shows, and how each refusal is worded.
//
// It knows no protocol: columns have the types of PostgreSQL, and a door writes them in its own way. It has no grammar
// and decides nothing: it finds out what kind a statement is by its words, and asks package api.
package sqlsession

import (
	"context"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Session is what one person asks under one contract. It is used by one goroutine at a time.
type Session struct {
	Domain     api.Domain
	Statements api.StatementUseCases
	By         api.Principal
	Contract   string
	Settings   Settings

	sight *sight     // what the catalog shows, as it was last looked up
	leave func()     // what is kept warm; nil where nothing is
	ahead *askedRows // whose rows it holds beyond those that were read
}

// Fork returns a session for one call beside others: it begins with the same settings and changes none of the other's.
func (s *Session) Fork() *Session {
	out := *s
	out.Settings = s.Settings.Clone()
	return &out
}

// View is what the catalog shows to the session.
func (s *Session) View(ctx context.Context) (api.CatalogView, error) {
	see, err := s.see(ctx)
	if err != nil {
		return api.CatalogView{}, err
	}
	return see.CatalogView, nil
}

// LastCost takes over what the last answer of a fork cost.
func (s *Session) LastCost(of *Session) {
	const name = "yumen.last_cost"
	s.Settings.values[name] = of.Settings.Get(name)
}

// Enter refuses a contract that is not one of the person's organisation, or not in force. Where it does not, the
// session has to be left.
func (s *Session) Enter(ctx context.Context) error {
	if s.Contract == "" {
		return Coded("3D000", yumen.Errorf(yumen.KindInvalid, "no database is named", "未指明数据库").
			ToFix("give the contract to work under as the database", "数据库名请填所依据的合同").Then("contract.list", ""))
	}
	c, err := s.Domain.Contract(ctx, s.By, s.Contract)
	switch {
	case yumen.KindOf(err) == yumen.KindNotFound && err != nil:
		return Coded("3D000", err)
	case err != nil:
		return err
	case s.By.Person.Org != c.Parties.Operator && s.By.Person.Org != c.Parties.Applicant:
		return Coded("42501", yumen.Errorf(yumen.KindDenied, "contract %s is not one of your organisation",
			"合同 %s 并非贵单位所签", s.Contract).Then("contract.list", ""))
	}
	if err := standing(&c); err != nil {
		return err
	}
	s.leave, err = s.Statements.HoldReader(ctx, s.By, s.Contract)
	if yumen.KindOf(err) == yumen.KindDenied {
		return nil // a token may have no scope for releases
	}
	return err
}

// Leave gives back what is kept for the session.
func (s *Session) Leave() {
	if s.leave != nil {
		s.leave()
	}
}

// standing refuses a contract under which nothing can be asked: it was terminated or suspended, has not begun, or is
// over.
func standing(c *yumen.SignedContract) error {
	why, today := yumen.Text{}, yumen.DayOf(time.Now())
	switch stopped := c.Stopped(); {
	case stopped != nil:
		why = stopped.Msg
	case today < c.Valid.From:
		why = yumen.Say("it begins on %s; today is %s", "合同自 %s 起生效，今日为 %s", c.Valid.From, today)
	case today > c.Valid.Until:
		why = yumen.Say("it ended on %s; today is %s", "合同已于 %s 到期，今日为 %s", c.Valid.Until, today)
	default:
		return nil
	}
	return Coded(CodeEnded, yumen.Errorf(yumen.KindDenied, "contract %s is not in force: %s", "合同 %s 不在有效期内：%s",
		c.Name, why).Then("contract.list", ""))
}

// InForce refuses to go on under a contract that has ended.
func (s *Session) InForce(ctx context.Context) error {
	c, err := s.Domain.Contract(ctx, s.By, s.Contract)
	if err != nil {
		return err
	}
	return standing(&c)
}

// Over says why the session cannot go on: its contract is not in force any more, or the person may not see it, since
// their token was revoked or they have left. It may be called at any time.
func (s *Session) Over(ctx context.Context) error {
	err := s.InForce(ctx)
	if err == nil || CodeOf(err) == CodeEnded {
		return err
	}
	if yumen.KindOf(err) == yumen.KindDenied {
		return Coded(CodeEnded, err)
	}
	return nil // it says nothing of the person or the contract
}

// UnlessShutOut says of a refusal that the session is over where the person may not even see the contract any more:
// their token was revoked, or they have left.
func (s *Session) UnlessShutOut(ctx context.Context, err error) error {
	if err == nil || yumen.KindOf(err) != yumen.KindDenied || CodeOf(err) == CodeEnded {
		return err
	}
	if _, now := s.Domain.Contract(ctx, s.By, s.Contract); yumen.KindOf(now) == yumen.KindDenied && now != nil {
		return Coded(CodeEnded, now)
	}
	return err
}
