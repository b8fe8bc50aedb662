package pipeline

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/contract/cases"
	"github.com/yumen-data/yumen/contract/pack"
	"github.com/yumen-data/yumen/contract/workday"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// caseRecord is a case with all its acts, and the rules by which it is decided to its end, whatever is put in force later.
type caseRecord struct {
	ID      string       `json:"id"`
	Pack    api.CasePack `json:"pack"`
	Rules   []string     `json:"rules"` // the texts of the pack and, where it lies under one, of that
	Subject string       `json:"subject,omitempty"`
	// To are the organisations that the case is addressed to, by office.
	To      map[string]string `json:"to,omitempty"`
	Opening cases.Opening     `json:"opening"`
	Acts    []cases.Act       `json:"acts,omitempty"`
}

// caseNow is a case as it stands, with who is concerned.
type caseNow struct {
	journal.Versioned[caseRecord]
	*cases.Case
	rules     *pack.Pack
	addressed addressed
	holders   []api.OfficeHolder // of offices, by appointment
}

// OpenCase begins a case by the pack in force.
func (s *Service) OpenCase(ctx context.Context, by yumen.Actor, n api.NewCase) (api.OfficeCase, error) {
	rules, r, err := s.rulesFor(ctx, n)
	if err != nil {
		return api.OfficeCase{}, err
	}
	now := caseNow{rules: rules}
	if now.addressed.Parties, err = s.partiesOf(ctx, by, n.Subject); err != nil {
		return api.OfficeCase{}, err
	}
	if err := s.mayOpenFor(ctx, by, n.Office, &now.addressed); err != nil {
		return api.OfficeCase{}, err
	}
	r.ID, r.Subject = s.newID("c-"), n.Subject
	r.Opening = cases.Opening{Type: n.Type, At: s.now(), Event: n.Event, Fields: n.Fields,
		By: cases.By{Name: by.Name, Org: by.Org, Office: n.Office}}
	calendar, err := s.workdays(ctx)
	if err != nil {
		return api.OfficeCase{}, err
	}
	if now.Case, err = cases.New(rules, calendar, r.Opening); err != nil {
		return api.OfficeCase{}, err
	}
	if now.holders, err = s.Offices(ctx); err != nil {
		return api.OfficeCase{}, err
	}
	if err := now.address(n.To); err != nil {
		return api.OfficeCase{}, err
	}
	r.To = now.addressed.to
	now.V = r
	e := s.entry(by, yumen.ActionCaseOpen, r.ID)
	e.Details = map[string]string{"type": n.Type, "pack": r.Pack.ID + "/" + strconv.Itoa(r.Pack.Revision)}
	if n.Office != "" {
		e.Details["office"] = n.Office
	}
	e.Digests = map[string]yumen.Digest{"pack": r.Pack.Digest}
	if err := s.putCase(ctx, e, &now, journal.Step{}); err != nil {
		return api.OfficeCase{}, err
	}
	return s.viewCase(&now)
}

// ActOnCase does one thing in a case, dated now.
func (s *Service) ActOnCase(ctx context.Context, by yumen.Actor, id string, a api.CaseAct) (api.OfficeCase, error) {
	act := cases.Act{Kind: cases.Kind(a.Kind), Step: a.Step, Decision: cases.Decision(a.Decision), Reason: a.Reason, Basis: a.Basis,
		Inside: a.Inside, For: a.For, To: a.To, Event: a.Event, Fields: a.Fields, Result: a.Result}
	if a.Span != "" {
		if err := act.Span.UnmarshalText([]byte(a.Span)); err != nil {
			return api.OfficeCase{}, yumen.Errorf(yumen.KindInvalid, "this is no span of time", "时限格式不正确").At("span").
				ToFix("write 10wd for working days, 30d for days, 2mo for months", "工作日写 10wd，自然日写 30d，月写 2mo")
		}
	}
	if act.Kind == cases.Attach {
		return api.OfficeCase{}, yumen.Errorf(yumen.KindInvalid, "a document is attached with its bytes", "附件须连同内容提交")
	}
	return s.actOn(ctx, by, id, a.Office, act, journal.Step{})
}

// actOn applies an act to a case as it is by then, and writes it: of two at the same time one comes second.
func (s *Service) actOn(ctx context.Context, by yumen.Actor, id, office string, act cases.Act, st journal.Step) (out api.OfficeCase,
	err error) {
	for range maxTries {
		var c caseNow
		if c, err = s.knownCase(ctx, by, id); err != nil {
			return out, err
		}
		if by, err = s.asOfNow(ctx, by); err != nil {
			return out, err
		}
		if act.By, err = actsAs(by, office, &c); err != nil {
			return out, err
		}
		if st.Seen, err = s.officeSeen(ctx, act.By); err != nil {
			return out, err
		}
		act.At = s.now()
		if err = c.Apply(act); err != nil {
			return out, err
		}
		c.V.Acts = c.Acts
		e := s.entry(by, yumen.ActionCaseAct, id)
		e.Details = detailsOf(&act)
		if err = s.putCase(ctx, e, &c, st); !stale(err) {
			if err == nil {
				out, err = s.viewCase(&c)
			}
			return out, err
		}
	}
	return out, err
}

// asOfNow is somebody as they are at this moment, and not when the call began.
func (s *Service) asOfNow(ctx context.Context, by yumen.Actor) (yumen.Actor, error) {
	now, err := s.cfg.People.Find(ctx, by.Name)
	now.Asserted, now.HandedBy = by.Asserted, by.HandedBy
	return now, err
}

// detailsOf is what the log says of an act: never a text of somebody's.
func detailsOf(a *cases.Act) map[string]string {
	d := map[string]string{"kind": string(a.Kind)}
	for key, value := range map[string]string{"office": a.By.Office, "step": a.Step, "decision": string(a.Decision), "for": a.For,
		"to": a.To, "stage": a.Inside} {
		if value != "" {
			d[key] = value
		}
	}
	return d
}

func (s *Service) putCase(ctx context.Context, e yumen.Entry, c *caseNow, st journal.Step) error {
	record, err := journal.Put(store.Case, c.V.ID, c.Rev, c.V)
	if err != nil {
		return err
	}
	if e.Digests == nil {
		e.Digests = map[string]yumen.Digest{}
	}
	if e.Digests["case"], err = digestOfCase(&c.V); err != nil {
		return err
	}
	st.Entries, st.Records = append(slices.Clone(st.Entries), e), append(slices.Clone(st.Records), record)
	return s.journal.Commit(ctx, st)
}

func digestOfCase(r *caseRecord) (yumen.Digest, error) {
	b, err := json.Marshal(r)
	return yumen.DigestOf(b), err
}

// rulesFor finds the pack by which a case is opened: the one that is named, or the one in force that has such cases. Where
// none was ever signed, the default that comes with the program holds.
func (s *Service) rulesFor(ctx context.Context, n api.NewCase) (*pack.Pack, caseRecord, error) {
	signed, err := s.Packs(ctx)
	if err != nil {
		return nil, caseRecord{}, err
	}
	var found []ruling
	for _, r := range s.rulings(signed) {
		_, has := r.rules.Cases[n.Type]
		switch {
		case n.Pack == "" && has && !r.pack.Trial:
			found = append(found, r)
		case n.Pack == r.pack.ID && (len(found) == 0 || !r.pack.Trial): // what is in force goes before a trial
			found = []ruling{r}
		}
	}
	switch {
	case len(found) == 1:
		return found[0].rules, caseRecord{Pack: found[0].pack, Rules: found[0].texts}, nil
	case len(found) > 1:
		var ids []string
		for _, r := range found {
			ids = append(ids, r.pack.ID)
		}
		return nil, caseRecord{}, yumen.Errorf(yumen.KindInvalid, "several packs in force have such cases", "有多个施行中的规则包规定了该类办件").
			At("pack").ToFix("name one: %s", "请指明其一：%s", strings.Join(ids, ", "))
	case len(signed) == 0 && (n.Pack == "" || n.Pack == "default"):
		d, err := pack.Find("default")
		return &d.Pack, caseRecord{Rules: []string{string(d.Text)}, Pack: api.CasePack{ID: d.Head.ID, Revision: d.Head.Revision,
			Title: d.Head.Title, Digest: d.Digest}}, err
	}
	return nil, caseRecord{}, yumen.Errorf(yumen.KindNotFound, "no pack in force has cases of type %q", "施行中的规则包没有“%s”类办件",
		n.Type).ToFix("see which packs are in force, and which cases they have", "请查看施行中的规则包及其办件类型").Then("pack.signed", "")
}

// ruling is a pack as it holds today, under the one that it lies under.
type ruling struct {
	rules *pack.Pack
	pack  api.CasePack
	texts []string
}

// rulings are the last revisions of the packs that hold today, in force and on trial.
func (s *Service) rulings(signed []yumen.SignedPack) (out []ruling) {
	last := map[string]ruling{}
	var ids []string
	for _, one := range signed {
		p, err := pack.Parse(one.ID, []byte(one.Text))
		if err != nil || p.Holds(p.Today(s.now()), one.Trial) != nil {
			continue // what cannot be read opens no case
		}
		id := one.ID
		if one.Trial {
			id += " on trial"
		}
		if _, ok := last[id]; !ok {
			ids = append(ids, id)
		}
		last[id] = ruling{&p, api.CasePack{ID: one.ID, Revision: one.Revision, Title: one.Title, Trial: one.Trial,
			Digest: one.Digest}, []string{one.Text}}
	}
	for _, id := range ids {
		r := last[id]
		if r.rules.Under != nil {
			if upper, ok := last[r.rules.Under.Pack]; ok {
				if stacked, _, err := r.rules.Stack(upper.rules); err == nil {
					r.rules, r.texts = &stacked, append(r.texts, upper.texts[0])
				}
			}
		}
		out = append(out, r)
	}
	return out
}

// rulesOf are those by which a case was opened.
func rulesOf(r *caseRecord) (*pack.Pack, error) {
	p, err := pack.Parse(r.Pack.ID, []byte(r.Rules[0]))
	if err != nil || len(r.Rules) == 1 {
		return &p, err
	}
	upper, err := pack.Parse(p.Under.Pack, []byte(r.Rules[1]))
	if err != nil {
		return nil, err
	}
	stacked, _, err := p.Stack(&upper)
	return &stacked, err
}

// workdays is the calendar of the domain: what comes with the program, and the years that were added.
func (s *Service) workdays(ctx context.Context) (*workday.Calendar, error) {
	cal := workday.Embedded()
	years, err := s.Years(ctx)
	for _, y := range years {
		year, err := workday.Parse(strconv.Itoa(y.Year), []byte(y.Text))
		if err != nil {
			return nil, err
		}
		cal = cal.With(year)
	}
	return cal, err
}

// foldCase makes a case from its record.
func (s *Service) foldCase(ctx context.Context, r journal.Versioned[caseRecord], cal *workday.Calendar) (caseNow, error) {
	c := caseNow{Versioned: r}
	var err error
	if c.rules, err = rulesOf(&r.V); err != nil {
		return c, err
	}
	if c.Case, err = cases.Fold(c.rules, cal, r.V.Opening, r.V.Acts); err != nil {
		return c, yumen.Errorf(yumen.KindCorrupt, "the record of case %s is not as its acts make it", "办件 %s 的记录与其操作不符", r.V.ID).
			Because(err)
	}
	c.addressed.to = r.V.To
	c.addressed.Parties, err = s.partiesOfRecord(ctx, r.V.Subject)
	return c, err
}

// knownCase loads a case that the actor may know of.
func (s *Service) knownCase(ctx context.Context, by yumen.Actor, id string) (caseNow, error) {
	r, err := journal.Load[caseRecord](ctx, s.state, store.Case, id)
	if err != nil {
		return caseNow{}, err
	}
	cal, err := s.workdays(ctx)
	if err != nil {
		return caseNow{}, err
	}
	holders, err := s.Offices(ctx)
	if err != nil {
		return caseNow{}, err
	}
	c, err := s.foldCase(ctx, r, cal)
	if err != nil {
		return caseNow{}, err
	}
	if c.holders = holders; !s.concerned(by, &c) {
		return caseNow{}, store.Missing(store.Case, id)
	}
	return c, nil
}

// OfficeCase returns a case as it stands.
func (s *Service) OfficeCase(ctx context.Context, by yumen.Actor, id string) (api.OfficeCase, error) {
	c, err := s.knownCase(ctx, by, id)
	if err != nil {
		return api.OfficeCase{}, err
	}
	return s.viewCase(&c)
}

// OfficeCases returns the cases that the actor may know of, oldest day first.
func (s *Service) OfficeCases(ctx context.Context, by yumen.Actor) (out []api.OfficeCase, err error) {
	err = s.eachCase(ctx, func(c *caseNow) error {
		if !s.concerned(by, c) {
			return nil
		}
		v, err := s.viewCase(c)
		out = append(out, v)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// eachCase shows every case as it stands, oldest day first.
func (s *Service) eachCase(ctx context.Context, show func(*caseNow) error) error {
	page, err := s.state.Select(ctx, store.Query{Kind: store.Case})
	if err != nil {
		return err
	}
	cal, err := s.workdays(ctx)
	if err != nil {
		return err
	}
	holders, err := s.Offices(ctx)
	if err != nil {
		return err
	}
	for _, record := range page.Records {
		r, err := journal.Decode[caseRecord](record)
		if err != nil {
			return err
		}
		c, err := s.foldCase(ctx, r, cal)
		if err != nil {
			return err
		}
		c.holders = holders
		if err := show(&c); err != nil {
			return err
		}
	}
	return nil
}

// concerned reports whether somebody may know of a case: it is of their organisation, they hold an office that has to do
// with it, or they watch over all.
func (s *Service) concerned(by yumen.Actor, c *caseNow) bool {
	if s.cfg.Rules.Permit(by, access.CaseShowAll) || by.Org != "" && by.Org == c.By.Org {
		return true
	}
	return slices.ContainsFunc(c.Offices(), func(office string) bool { return holds(by, office, &c.addressed, c.holders) })
}
