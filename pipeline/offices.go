package pipeline

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/contract/cases"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// An office is held in three ways. The bureau are the people with role regulator. Who provides, operates or uses follows
// from what a case is about, and where that says nothing, from whom it is addressed to. All others are appointed: an
// organisation, or people of it.

// addressed says who has to do with a case because of what it is about, and to which organisations it was addressed.
type addressed struct {
	yumen.Parties
	to map[string]string // office -> organisation
}

// moving are the offices that another organisation holds in each case.
var moving = []string{"provider", "operator", "applicant", "user"}

// ofSubject are the organisations that hold an office in a case because of what it is about.
func (p *addressed) ofSubject(office string) []string {
	switch office {
	case "provider":
		return p.Providers
	case "operator":
		return nonEmpty(p.Operator)
	case "applicant", "user":
		return nonEmpty(p.Applicant)
	}
	return nil
}

func nonEmpty(s string) []string {
	if s == "" {
		return nil
	}
	return []string{s}
}

// holds reports whether somebody holds an office in a case. Appointments count where the case does not say itself who does.
func holds(by yumen.Actor, office string, p *addressed, holders []api.OfficeHolder) bool {
	switch orgs := p.ofSubject(office); {
	case by.Org == "":
		return false
	case office == "bureau":
		return by.Has(yumen.RoleRegulator)
	case len(orgs) > 0:
		return slices.Contains(orgs, by.Org) && (office != "provider" || by.Has(yumen.RoleProvider))
	}
	return slices.ContainsFunc(holders, func(h api.OfficeHolder) bool {
		return p.appoints(office, h) && h.Org == by.Org && (len(h.People) == 0 || slices.Contains(h.People, by.Name))
	})
}

// appoints reports whether an appointment counts for an office in a case.
func (p *addressed) appoints(office string, h api.OfficeHolder) bool {
	to := p.to[office]
	return h.Office == office && h.Ended.IsZero() && (to == "" || to == h.Org)
}

// address settles which organisations hold the offices that decide a case. One that another holds in each case is settled
// for good; where several organisations hold it, the opener names one.
func (c *caseNow) address(to map[string]string) error {
	p := &c.addressed
	p.to = map[string]string{}
	for office, org := range to {
		p.to[office] = org
	}
	var rs []yumen.Reason
	for _, office := range c.Offices() {
		var orgs []string
		for _, h := range c.holders {
			if p.appoints(office, h) {
				orgs = append(orgs, h.Org)
			}
		}
		switch decides := c.Decides(office); {
		case office == "bureau" || len(p.ofSubject(office)) > 0:
		case len(orgs) == 0 && (decides || p.to[office] != ""):
			rs = append(rs, yumen.Reason{Rule: "case.office", Place: office, Msg: yumen.Say(
				"nobody is %s in this case: name what it is about, or have the office appointed",
				"该办件中没有“%s”：请指明所涉事项，或由主管部门确定该职责机构", office)})
		case len(orgs) > 1 && decides:
			rs = append(rs, yumen.Reason{Rule: "case.office", Place: office, Msg: yumen.Say(
				"several organisations are %s: name the one that the case is addressed to", "有多个机构为“%s”：请指明承办机构", office)})
		case len(orgs) == 1 && slices.Contains(moving, office):
			p.to[office] = orgs[0]
		}
	}
	for office := range to {
		if !slices.Contains(c.Offices(), office) {
			rs = append(rs, yumen.Reason{Rule: "case.office", Place: office, Msg: yumen.Say(
				"%s has nothing to do with such a case", "该类办件与“%s”无关", office)})
		}
	}
	return yumen.Refuse(yumen.KindInvalid, yumen.Say("the case is not opened", "办件未受理"), rs)
}

// rolesOf are the roles by which somebody opens a case for an office, before anything says who holds it.
var rolesOf = map[string][]yumen.Role{"provider": {yumen.RoleProvider}, "operator": {yumen.RoleOperator},
	"applicant": {yumen.RoleApplicant, yumen.RoleAnalyst}, "user": {yumen.RoleApplicant, yumen.RoleAnalyst}}

// mayOpenFor refuses an office that somebody does not hold.
func (s *Service) mayOpenFor(ctx context.Context, by yumen.Actor, office string, p *addressed) error {
	if office == "" {
		return nil
	}
	holders, err := s.Offices(ctx)
	if err != nil {
		return err
	}
	if holds(by, office, p, holders) || len(p.ofSubject(office)) == 0 && by.Has(rolesOf[office]...) {
		return nil
	}
	return notOfOffice(by, office)
}

func notOfOffice(by yumen.Actor, office string) error {
	return yumen.Errorf(yumen.KindDenied, "%s does not act for office %s here", "%s 在此不代表 %s", by.Name, office).
		ToFix("see who holds which office", "请查看各机构职责").Then("office.list", "")
}

// actsAs says for which office somebody acts in a case: the one that they name, or the only one that they hold which has
// to do with it; who opened the case, for none.
func actsAs(by yumen.Actor, office string, c *caseNow) (cases.By, error) {
	as := cases.By{Name: by.Name, Org: by.Org, Office: office}
	if office != "" {
		if !holds(by, office, &c.addressed, c.holders) {
			return as, notOfOffice(by, office)
		}
		return as, nil
	}
	var held []string
	for _, o := range c.Offices() {
		if holds(by, o, &c.addressed, c.holders) {
			held = append(held, o)
		}
	}
	switch {
	case len(held) == 1:
		as.Office = held[0]
	case len(held) > 1:
		return as, yumen.Errorf(yumen.KindInvalid, "%s holds several offices in this case", "%s 在该办件中承担多项职责", by.Name).At("office").
			ToFix("name the one for which you act: %s", "请指明以何职责办理：%s", strings.Join(held, ", "))
	}
	return as, nil
}

// partiesOf says who has to do with what a case is about, which the actor has to know of.
func (s *Service) partiesOf(ctx context.Context, by yumen.Actor, subject string) (p yumen.Parties, err error) {
	kind, name, ok := strings.Cut(subject, ":")
	switch {
	case subject == "":
		return p, nil
	case !ok || name == "":
		return p, badSubject()
	}
	switch kind {
	case "dataset":
		_, err = s.Dataset(ctx, name)
	case "contract":
		_, err = s.KnownContract(ctx, by, name)
	case "job":
		_, err = s.knownJob(ctx, by, name)
	case "release":
		var r journal.Versioned[ReleaseRecord]
		if r, err = journal.Load[ReleaseRecord](ctx, s.state, store.Release, name); err == nil {
			if _, known := s.KnownContract(ctx, by, r.V.Contract); known != nil {
				err = store.Missing(store.Release, name)
			}
		}
	default:
		return p, badSubject()
	}
	if err != nil {
		return p, err
	}
	return s.partiesOfRecord(ctx, subject)
}

func badSubject() error {
	return yumen.Errorf(yumen.KindInvalid, "this names nothing that a case is about", "所涉事项格式不正确").At("subject").
		ToFix("write dataset:NAME, contract:NAME, release:NAME or job:ID", "请写 dataset:名称、contract:名称、release:名称或 job:编号")
}

// partiesOfRecord is partiesOf for a case that was opened.
func (s *Service) partiesOfRecord(ctx context.Context, subject string) (yumen.Parties, error) {
	kind, name, _ := strings.Cut(subject, ":")
	switch kind {
	case "dataset":
		d, err := s.Dataset(ctx, name)
		return yumen.Parties{Providers: nonEmpty(d.Provider)}, err
	case "job":
		j, err := journal.Load[yumen.Job](ctx, s.state, store.Job, name)
		if err != nil {
			return yumen.Parties{}, err
		}
		name = j.V.Spec.Contract
	case "release":
		r, err := journal.Load[ReleaseRecord](ctx, s.state, store.Release, name)
		if err != nil {
			return yumen.Parties{}, err
		}
		name = r.V.Contract
	case "contract":
	default:
		return yumen.Parties{}, nil
	}
	c, err := journal.Find[yumen.SignedContract](ctx, s.state, store.Contract, name)
	return c.V.Parties, err
}

// officeName is what packs call offices.
var officeName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Offices returns who holds which office by appointment, ended ones included.
func (s *Service) Offices(ctx context.Context) ([]api.OfficeHolder, error) {
	return journal.List[api.OfficeHolder](ctx, s.state, store.Office, "")
}

// KnownOffices are the appointments of organisations that somebody may know of. Who it is within them know their own.
func (s *Service) KnownOffices(ctx context.Context, by yumen.Actor) ([]api.OfficeHolder, error) {
	all, err := s.Offices(ctx)
	if err != nil || s.answersForAll(by) {
		return all, err
	}
	known, err := s.orgsKnownTo(ctx, by)
	all = slices.DeleteFunc(all, func(h api.OfficeHolder) bool { return !known[h.Org] })
	for i := range all {
		if all[i].Org != by.Org {
			all[i].People = nil
		}
	}
	return all, err
}

// officeSeen binds a step to the appointment by which somebody acts: whoever left the office decides nothing.
func (s *Service) officeSeen(ctx context.Context, as cases.By) ([]store.Record, error) {
	seen, err := s.personSeen(ctx, as.Name)
	if err != nil || as.Office == "" {
		return seen, err
	}
	h, err := journal.Find[api.OfficeHolder](ctx, s.state, store.Office, officeID(as.Office, as.Org))
	return append(seen, store.Record{Kind: store.Office, ID: officeID(as.Office, as.Org), Rev: h.Rev}), err
}

func officeID(office, org string) string { return office + "/" + org }

// AppointOffice gives an office to an organisation, or to people of it. Nobody appoints themselves.
func (s *Service) AppointOffice(ctx context.Context, by yumen.Actor, n api.Appointment) (api.OfficeHolder, error) {
	o := api.OfficeHolder{Appointment: n}
	if _, err := s.Org(ctx, o.Org); err != nil {
		return o, err
	}
	for _, name := range o.People {
		p, err := s.Person(ctx, name)
		switch {
		case err != nil:
			return o, err
		case p.Org != o.Org:
			return o, yumen.Errorf(yumen.KindInvalid, "%s is not of %s", "%s 不属于 %s", name, o.Org).At("people")
		case name == by.Name:
			return o, appointsThemselves()
		}
	}
	if len(o.People) == 0 && o.Org == by.Org {
		return o, appointsThemselves()
	}
	if !officeName.MatchString(o.Office) || o.Office == "bureau" {
		return o, yumen.Errorf(yumen.KindInvalid, "this office is not appointed", "该职责不由任命产生").At("office").
			ToFix("the bureau are the regulators; others are called by lower-case letters as in the pack",
				"主管部门即具有 regulator 角色者；其他职责使用规则包中的代号")
	}
	old, err := journal.Find[api.OfficeHolder](ctx, s.state, store.Office, officeID(o.Office, o.Org))
	if err != nil {
		return o, err
	}
	slices.Sort(o.People)
	o.Since, o.By, o.Ended = s.now(), by.Name, time.Time{}
	return s.putOffice(ctx, by, yumen.ActionOfficeAppoint, old.Rev, o)
}

func appointsThemselves() error {
	return yumen.Errorf(yumen.KindDenied, "nobody appoints themselves, or their own organisation as a whole", "不得任命自己或本机构全体人员").
		ToFix("have another regulator do it, or name other people", "请由其他主管部门人员办理，或指明其他人员")
}

// DismissOffice takes an office from an organisation. What it decided stays.
func (s *Service) DismissOffice(ctx context.Context, by yumen.Actor, office, org string) (api.OfficeHolder, error) {
	old, err := journal.Load[api.OfficeHolder](ctx, s.state, store.Office, officeID(office, org))
	if err != nil || !old.V.Ended.IsZero() {
		return old.V, err
	}
	old.V.Ended = s.now()
	return s.putOffice(ctx, by, yumen.ActionOfficeDismiss, old.Rev, old.V)
}

func (s *Service) putOffice(ctx context.Context, by yumen.Actor, act yumen.AuditAction, rev int64,
	o api.OfficeHolder) (api.OfficeHolder, error) {
	record, err := journal.Put(store.Office, officeID(o.Office, o.Org), rev, o)
	if err != nil {
		return o, err
	}
	e := s.entry(by, act, o.Org)
	e.Details = map[string]string{"office": o.Office, "people": strings.Join(o.People, " ")}
	return o, s.journal.Commit(ctx, journal.Step{Entries: []yumen.Entry{e}, Records: []store.Record{record}})
}
