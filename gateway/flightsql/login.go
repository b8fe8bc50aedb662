package flightsql

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight/gen/flight"
	"google.golang.org/grpc/metadata"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/gateway/sqlsession"
)

// Headers of a call.
const (
	headerLogin    = "authorization"
	headerDatabase = "database"
	headerSetting  = "yumen." // what begins so is a setting
)

// login is somebody who has shown who they are: by a token that each call carries, or by a handshake, after which each
// call carries what they were given for it.
type login struct {
	by       api.Principal
	own      bool   // by a handshake: nobody else comes with the same
	database string // what the handshake named
	begun    time.Time
	sessions map[string]*session
}

func header(ctx context.Context, key string) string {
	if v := metadata.ValueFromIncomingContext(ctx, key); len(v) > 0 {
		return v[0]
	}
	return ""
}

func langOf(ctx context.Context) yumen.Lang {
	if header(ctx, headerSetting+"lang") == "zh" {
		return yumen.LangChinese
	}
	return yumen.LangEnglish
}

// settingsOf are the settings that a client asks for in headers.
func settingsOf(ctx context.Context) map[string]string {
	out := map[string]string{}
	m, _ := metadata.FromIncomingContext(ctx)
	for key, v := range m {
		if strings.HasPrefix(key, headerSetting) && len(v) > 0 {
			out[key] = v[0]
		}
	}
	return out
}

func denied(en, zh string) error {
	return sqlsession.Coded("28P01", yumen.Errorf(yumen.KindDenied, en, zh).
		ToFix("log in as PERSON/TOKEN-ID with the whole token as the password, or show the token as a bearer token",
			"请以 人员/令牌编号 登录、以完整令牌为密码，或以 Bearer 令牌访问"))
}

// Handshake lets somebody in who shows a name and a token, and gives them what their calls are to carry.
func (d *Door) Handshake(s flight.FlightService_HandshakeServer) error {
	ctx := s.Context()
	scheme, encoded, _ := strings.Cut(header(ctx, headerLogin), " ")
	raw, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(encoded, "=")) // some clients leave them out
	if err != nil || !strings.EqualFold(scheme, "basic") {
		return denied("a handshake shows a user and a password, as basic authentication does",
			"握手须以 Basic 方式给出用户名与密码")
	}
	user, password, _ := strings.Cut(string(raw), ":")
	by, err := d.proved(ctx, password)
	if err != nil {
		return err
	}
	if person, token, _ := strings.Cut(user, "/"); person != by.Person.Name || token != "" && token != by.Credential {
		d.cfg.Tokens.Failed(ctx)
		return denied("the token is not one of this user", "该令牌不属于此用户")
	}
	given := rand.Text()
	if err := d.enlist(given, &login{by: by, own: true, database: header(ctx, headerDatabase),
		sessions: map[string]*session{}, begun: now()}); err != nil {
		return err
	}
	if err := s.SendHeader(metadata.Pairs(headerLogin, "Bearer "+given)); err != nil {
		return err
	}
	return s.Send(&flight.HandshakeResponse{Payload: []byte(given)})
}

// enlist keeps a login.
func (d *Door) enlist(given string, l *login) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.makeRoom(l.by)
	if len(d.logins) >= 2*d.cfg.Limits.Sessions {
		return tooMany()
	}
	d.logins[sha256.Sum256([]byte(given))] = l
	return nil
}

// makeRoom forgets the oldest login of a token without a session where there are as many as one may have sessions: nobody
// is to keep others out by logging in again and again. The door is locked.
func (d *Door) makeRoom(by api.Principal) {
	var oldest *login
	unused := 0
	for _, l := range d.logins {
		if l.own && len(l.sessions) == 0 && l.by.Person.Name == by.Person.Name && l.by.Credential == by.Credential {
			unused++
			if oldest == nil || l.begun.Before(oldest.begun) {
				oldest = l
			}
		}
	}
	if unused >= d.cfg.Limits.LoginSessions {
		maps.DeleteFunc(d.logins, func(_ [32]byte, l *login) bool { return l == oldest })
	}
}

func tooMany() error {
	return sqlsession.Coded("53300", yumen.Errorf(yumen.KindLimit, "there are too many sessions",
		"会话数已达上限").ToFix("close one that is idle, or try again later", "请关闭空闲会话，或稍后重试"))
}

// proved is the principal whose token it is.
func (d *Door) proved(ctx context.Context, token string) (api.Principal, error) {
	if t := d.cfg.Tenants; t != nil {
		if err := t.Call("", ""); err != nil {
			return api.Principal{}, sqlsession.Coded(sqlsession.CodeQuota, err)
		}
	}
	by, err := d.cfg.Tokens.Authenticate(ctx, token)
	if yumen.KindOf(err) == yumen.KindDenied && err != nil {
		return by, sqlsession.Coded("28P01", err)
	}
	if c := connectionOf(ctx); err == nil && c != nil {
		c.authenticated()
	}
	return by, err
}

// logIn finds out whose a call is.
func (d *Door) logIn(ctx context.Context) (*login, error) {
	scheme, shown, _ := strings.Cut(header(ctx, headerLogin), " ")
	if !strings.EqualFold(scheme, "bearer") || shown == "" {
		return nil, denied("nobody is logged in", "尚未登录")
	}
	key := sha256.Sum256([]byte(shown))
	d.mu.Lock()
	l := d.logins[key]
	d.mu.Unlock()
	if l != nil {
		if c := connectionOf(ctx); c != nil {
			c.authenticated()
		}
		return l, nil
	}
	by, err := d.proved(ctx, shown)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if l = d.logins[key]; l == nil {
		l = &login{by: by, sessions: map[string]*session{}, begun: now()}
		d.logins[key] = l
	}
	return l, nil
}

// session finds the session of a call, and begins it where it is the first. The caller says done when the call is over.
func (d *Door) session(ctx context.Context) (s *session, done func(), err error) {
	l, err := d.logIn(ctx)
	if err != nil {
		return nil, nil, err
	}
	contract, set := cmp.Or(header(ctx, headerDatabase), l.database), settingsOf(ctx)
	key := contract
	if !l.own { // others may come with the same token: what they set in headers keeps them apart
		for _, k := range slices.Sorted(maps.Keys(set)) {
			key += "\x00" + k + "\x00" + set[k]
		}
	}
	if t := d.cfg.Tenants; t != nil {
		if err := t.Call(l.by.Person.Org, contract); err != nil {
			return nil, nil, sqlsession.Coded(sqlsession.CodeQuota, err)
		}
	}
	d.mu.Lock()
	if s = l.sessions[key]; s != nil && s.hasEnded() {
		d.forget(l, key, s)
		s = nil
	}
	d.mu.Unlock()
	if s == nil {
		if s, err = d.begin(ctx, l, key, contract, set); err != nil {
			return nil, nil, err
		}
	}
	if c := connectionOf(ctx); c != nil {
		c.use(s)
	}
	if !s.enter() {
		return nil, nil, ended()
	}
	return s, s.exit, nil
}

// begin begins a session under a contract.
func (d *Door) begin(ctx context.Context, l *login, key, contract string, set map[string]string) (*session, error) {
	s := newSession(d, &sqlsession.Session{Domain: d.cfg.Domain, Statements: d.cfg.Statements, By: l.by,
		Contract: contract, Settings: sqlsession.NewSettings()}, l.own)
	s.leave = s.sql.Leave
	if err := s.admit(ctx, set); err != nil {
		s.leave()
		return nil, s.sql.UnlessShutOut(ctx, err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if other := l.sessions[key]; other != nil { // of a call at the same time
		s.leave()
		return other, nil
	}
	if d.count >= d.cfg.Limits.Sessions || len(l.sessions) >= d.cfg.Limits.LoginSessions {
		s.leave()
		return nil, tooMany()
	}
	d.count++
	l.sessions[key] = s
	return s, nil
}

// admit has the session enter its contract, with the settings that its client asks for.
func (s *session) admit(ctx context.Context, set map[string]string) error {
	if err := s.sql.Enter(ctx); err != nil {
		return err
	}
	if err := s.sql.Settings.Begin(set); err != nil {
		return err
	}
	t := s.door.cfg.Tenants
	if t == nil {
		return nil
	}
	leave, err := t.Connect(s.sql.By.Person.Org, s.sql.Contract)
	if err != nil {
		return sqlsession.Coded("53300", err)
	}
	s.leave = func() { leave(); s.sql.Leave() }
	return nil
}
