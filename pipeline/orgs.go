package pipeline

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/journal"
	"github.com/yumen-data/yumen/store"
)

// Orgs returns all organisations, ordered by name.
func (s *Service) Orgs(ctx context.Context) ([]api.Org, error) {
	return journal.List[api.Org](ctx, s.state, store.Org, "")
}

// Org returns one of them, or kind not_found.
func (s *Service) Org(ctx context.Context, name string) (api.Org, error) {
	o, err := journal.Load[api.Org](ctx, s.state, store.Org, name)
	return o.V, err
}

// AddOrg enters an organisation.
func (s *Service) AddOrg(ctx context.Context, by yumen.Actor, n api.NewOrg) (api.Org, error) {
	s.naming.Lock()
	defer s.naming.Unlock()
	there, err := journal.Find[api.Org](ctx, s.state, store.Org, n.Name)
	if err == nil && there.Rev > 0 {
		err = yumen.Errorf(yumen.KindConflict, "organisation %q takes part already", "机构“%s”已登记",
			n.Name).Then("org.change", n.Name)
	}
	if err != nil {
		return api.Org{}, err
	}
	if err := s.newOrgName(ctx, n.Name); err != nil {
		return api.Org{}, err
	}
	o := journal.Versioned[api.Org]{V: api.Org{NewOrg: n, Added: s.now(), By: by.Name}}
	return o.V, s.putOrg(ctx, by, yumen.ActionOrgAdd, o, journal.Step{})
}

// newOrgName refuses a name that cannot be told from that of an organisation on record.
func (s *Service) newOrgName(ctx context.Context, name string) error {
	all, err := s.Orgs(ctx)
	if err != nil {
		return err
	}
	there := make([]string, len(all))
	for i, o := range all {
		there[i] = o.Name
	}
	return yumen.Refuse(yumen.KindInvalid, yumen.Say("the organisation cannot be called so", "机构不能使用该名称"),
		access.CheckOrgName(name, access.NamesOf(there...)))
}

// ChangeOrg replaces the contacts and credentials of an organisation.
func (s *Service) ChangeOrg(ctx context.Context, by yumen.Actor, n api.NewOrg) (api.Org, error) {
	o, err := journal.Load[api.Org](ctx, s.state, store.Org, n.Name)
	if err != nil {
		return api.Org{}, err
	}
	o.V.NewOrg = n
	if err := checkOrg(&n); err != nil {
		return api.Org{}, err
	}
	st, err := s.stillGoverned(ctx, o.V)
	if err != nil {
		return api.Org{}, err
	}
	return o.V, s.putOrg(ctx, by, yumen.ActionOrgChange, o, st)
}

// stillGoverned refuses a change of an organisation by which nobody who can act would be administrator or regulator,
// now or before it could be warned of, where somebody would without it; the step is bound to somebody who remains.
func (s *Service) stillGoverned(ctx context.Context, o api.Org) (st journal.Step, err error) {
	now := s.now()
	for _, day := range []yumen.Day{yumen.DayOf(now), soon(now)} {
		before, err := s.Able(ctx, day)
		if err != nil {
			return st, err
		}
		after, err := s.Able(ctx, day, o)
		if err != nil {
			return st, err
		}
		for _, r := range governing {
			has := func(p yumen.Actor) bool { return p.Has(r) }
			if !slices.ContainsFunc(before, has) {
				continue
			}
			i := slices.IndexFunc(after, has) // one of those who could before: no change lets some in and others out
			if i < 0 {
				return st, yumen.Errorf(yumen.KindConflict,
					"by then the credential has expired, and nobody who can act has the role %s on %s",
					"届时资质已到期，%[2]s 将没有可操作的人员具有角色 %[1]s", string(r), string(day)).At(o.Name).
					ToFix("give the role to somebody of another organisation first, or disable people instead; a last day is %d days ahead at least where it leaves nobody",
						"请先将该角色授予其他机构人员，或改为停用人员；若到期后无人可行使该角色，末日须至少在 %d 天之后", api.ExpirySoon)
			}
			seen, err := s.ableSeen(ctx, after[i], r)
			if err != nil {
				return st, err
			}
			if after[i].Org == o.Name {
				seen = seen[:1] // the organisation is what the step writes
			}
			st.Seen = append(st.Seen, seen...)
		}
	}
	return st, nil
}

// putOrg writes an organisation. The log says which credentials it has until when, and how many contacts, not which.
func (s *Service) putOrg(ctx context.Context, by yumen.Actor, act yumen.AuditAction,
	o journal.Versioned[api.Org], st journal.Step) error {
	if err := checkOrg(&o.V.NewOrg); err != nil {
		return err
	}
	p, err := journal.Put(store.Org, o.V.Name, o.Rev, o.V)
	if err != nil {
		return err
	}
	e := s.entry(by, act, o.V.Name)
	e.Details = map[string]string{"contacts": strconv.Itoa(len(o.V.Contacts))}
	for _, c := range o.V.Credentials {
		e.Details["credential "+c.Name] = string(c.Expires)
	}
	st.Entries, st.Records = []yumen.Entry{e}, []store.Record{p}
	return s.journal.Commit(ctx, st)
}

// Bounds of what is known of an organisation.
const (
	orgText  = 200 // characters of a name, a contact or a credential
	orgItems = 20  // contacts, and credentials
)

// checkOrg refuses what cannot be said of an organisation.
func checkOrg(n *api.NewOrg) error {
	var rs []yumen.Reason
	text := func(place, v string) {
		if strings.TrimSpace(v) != v || v == "" || utf8.RuneCountInString(v) > orgText ||
			strings.ContainsFunc(v, unicode.IsControl) {
			rs = append(rs, yumen.Reason{Rule: "text", Place: place,
				Msg: yumen.Say("it is 1 to %d characters on one line, without spaces around", "应为一行内 1 至 %d 个字符，首尾无空格",
					orgText)})
		}
	}
	text("name", n.Name)
	if len(n.Contacts) > orgItems || len(n.Credentials) > orgItems {
		rs = append(rs, yumen.Reason{Rule: "count",
			Msg: yumen.Say("it has up to %d contacts and credentials", "联系方式与资质各至多 %d 项", orgItems)})
	}
	for i, c := range n.Contacts {
		text("contacts "+strconv.Itoa(i+1), c)
	}
	seen := map[string]bool{}
	for i, c := range n.Credentials {
		place := "credentials " + strconv.Itoa(i+1)
		text(place, c.Name)
		if _, err := yumen.ParseDay(string(c.Expires)); err != nil {
			rs = append(rs, yumen.Reason{Rule: "date", Place: place,
				Msg: yumen.Say("its last day is written as 2027-12-31", "末日应写作 2027-12-31")})
		}
		if seen[c.Name] {
			rs = append(rs, yumen.Reason{Rule: "duplicate", Place: place,
				Msg: yumen.Say("it is named a second time", "重复出现")})
		}
		seen[c.Name] = true
	}
	return yumen.Refuse(yumen.KindInvalid, yumen.Say("the organisation cannot be entered so", "无法如此登记该机构"), rs)
}
