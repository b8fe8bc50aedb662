package service

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// Lifetimes of tokens.
const (
	lifetime     = 90 * 24 * time.Hour
	longest      = 366 * 24 * time.Hour
	firstCodes   = 24 * time.Hour // of those handed to somebody else
	longestLabel = 80             // characters
)

// CreateToken makes a token for the principal, or a code with which somebody else makes their first one.
func (s *Service) CreateToken(ctx context.Context, by api.Principal, t api.NewToken) (api.IssuedToken, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.TokenCreate)
	if err != nil {
		return api.IssuedToken{}, err
	}
	if t.Person == "" {
		t.Person = person.Name
	}
	if by.Method == api.MethodCode && t.Person != person.Name {
		return api.IssuedToken{},
			yumen.Errorf(yumen.KindDenied, "a one-time code makes a token of %s alone", "一次性代码只能为 %s 创建令牌",
				person.Name).
				ToFix("make that token first, and ask with it", "请先创建该令牌，再以其请求")
	}
	most, may := longest, func() error { return nil }
	if t.Person != person.Name {
		most, may = firstCodes, func() error { return s.mayIssue(ctx, person, t.Person) }
		if err := may(); err != nil {
			return api.IssuedToken{}, err
		}
	}
	if t.Lifetime == 0 {
		t.Lifetime = min(lifetime, most)
	}
	if err := checkToken(by, &t, most); err != nil {
		return api.IssuedToken{}, err
	}
	method := api.MethodToken
	if t.Person != person.Name {
		method = api.MethodCode
	}
	c, token, err := access.NewCredential(api.Token{Person: t.Person, Method: method, Label: t.Label, Scopes: t.Scopes,
		With: by.Credential, Asserted: person.Asserted})
	if err != nil {
		return api.IssuedToken{}, err
	}
	c, err = s.route.CreateCredential(ctx, person, c, t.Lifetime, may)
	if err != nil {
		return api.IssuedToken{}, err
	}
	return api.IssuedToken{Token: c.Token, Secret: token}, nil
}

// mayIssue refuses whoever may not hand a first credential to somebody else. Until a regulator was let in, an
// administrator lets one in, since nobody else can.
func (s *Service) mayIssue(ctx context.Context, by yumen.Actor, name string) error {
	if err := s.rules.May(by, access.TokenIssue); err != nil {
		return err
	}
	person, err := s.auth.Find(ctx, name)
	if err != nil {
		return err
	}
	record, err := s.route.Person(ctx, name)
	if err != nil && yumen.KindOf(err) != yumen.KindNotFound { // of a home that was never used
		return err
	}
	all, err := s.route.Able(ctx, yumen.DayOf(time.Now()))
	if err != nil {
		return err
	}
	may := access.MayHandOver(access.Handover{By: by, To: person, Appointers: record.Appointers, People: all})
	if may == nil || !person.Has(yumen.RoleRegulator) || !by.Has(yumen.RoleAdmin) || by.Name == name {
		return may
	}
	begun, err := s.regulated(ctx)
	if err != nil || !begun {
		return err
	}
	return may
}

// regulated reports whether a regulator was ever let in. A code that was handed to one and not used does not count.
func (s *Service) regulated(ctx context.Context) (bool, error) {
	cs, err := s.route.Credentials(ctx)
	for _, c := range cs {
		person, err := s.auth.Find(ctx, c.Person)
		if err != nil && yumen.KindOf(err) != yumen.KindDenied {
			return false, err
		}
		if person.Has(yumen.RoleRegulator) && c.Method != api.MethodCode {
			return true, nil
		}
	}
	return false, err
}

// checkToken refuses what no token can be, and writes out the scopes: those of the principal at most, so that a token
// of few scopes makes no token of more.
func checkToken(by api.Principal, t *api.NewToken, most time.Duration) error {
	var rs []yumen.Reason
	add := func(rule, place string, msg yumen.Text) {
		rs = append(rs, yumen.Reason{Rule: rule, Place: place, Msg: msg})
	}
	if t.Lifetime < time.Minute || t.Lifetime > most {
		add("token.lifetime", t.Lifetime.String(),
			yumen.Say("it lives for a minute to %s", "有效期为一分钟至 %s", most.String()))
	}
	if utf8.RuneCountInString(t.Label) > longestLabel || strings.ContainsFunc(t.Label, unicode.IsControl) {
		add("token.label", "", yumen.Say("a label is up to %d characters on one line", "标签为一行内至多 %d 个字符", longestLabel))
	}
	if t.Scopes == nil {
		t.Scopes = slices.DeleteFunc(slices.Clone(api.Scopes), func(sc api.Scope) bool { return !by.Has(sc) })
	}
	if len(t.Scopes) == 0 {
		add("token.scopes", "", yumen.Say("a token has a scope at least", "令牌至少须有一个范围"))
	}
	for i, sc := range t.Scopes {
		switch {
		case !slices.Contains(api.Scopes, sc):
			add("token.scopes", string(sc), yumen.Say("there is no such scope", "没有该范围"))
		case !by.Has(sc):
			add("token.scopes", string(sc), yumen.Say("its maker does not have this scope", "签发者没有该范围"))
		case slices.Index(t.Scopes, sc) < i:
			add("duplicate", string(sc), yumen.Say("it is named a second time", "重复出现"))
		}
	}
	return yumen.Refuse(yumen.KindInvalid, yumen.Say("no such token can be made", "无法创建该令牌"), rs)
}

// Tokens returns the principal's own tokens, and everybody's to those who oversee them.
func (s *Service) Tokens(ctx context.Context, by api.Principal) ([]api.Token, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.TokenList)
	if err != nil {
		return nil, err
	}
	all := s.rules.May(person, access.TokenListAll) == nil
	cs, err := s.route.Credentials(ctx)
	out := []api.Token{}
	for _, c := range cs {
		if all || c.Person == person.Name {
			out = append(out, c.Token)
		}
	}
	return out, err
}

// RevokeToken ends a token at once, and all that were made with it.
func (s *Service) RevokeToken(ctx context.Context, by api.Principal, id string) ([]api.Token, error) {
	person, err := s.may(ctx, by, api.ScopeIdentities, access.TokenRevoke)
	if err != nil {
		return nil, err
	}
	c, err := s.route.Credential(ctx, id)
	if yumen.KindOf(err) == yumen.KindNotFound || err == nil && c.Person != person.Name {
		if may := s.rules.May(person, access.TokenRevokeAny); may != nil {
			return nil, yumen.Errorf(yumen.KindDenied, "%s has no token %q", "%s 没有令牌 %q", person.Name, id).
				ToFix("see which there are", "请查看现有令牌").Then("token.list", "").Because(may)
		}
	}
	if err != nil {
		return nil, err
	}
	ended, err := s.route.RevokeCredential(ctx, person, id)
	out := make([]api.Token, len(ended))
	for i, c := range ended {
		out[i] = c.Token
	}
	return out, err
}
