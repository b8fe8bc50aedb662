package access

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/xdg-go/scram"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Exchange is one login by SCRAM-SHA-256 (RFC 7677) with a token as the password. The user is PERSON/TOKEN or TOKEN
// alone, the token by its public id, because the verifier has to be known before the proof arrives.
type Exchange struct {
	auth         *Authenticator
	credential   Credential
	known        bool
	begun        bool // the client's first message was taken
	conversation *scram.ServerConversation
}

// Exchange begins a login of a user over a connection whose server certificate has the digest endpoint (RFC 5929, tls-
// server-end-point); nil where it has none, and then the client is not offered to bind to it. Of a user who does not
// exist no more is seen than of a wrong token: the exchange goes the same way, to the same refusal.
func (a *Authenticator) Exchange(ctx context.Context, user string, endpoint []byte) (*Exchange, error) {
	person, id, both := strings.Cut(user, "/")
	if !both {
		id = user
	}
	c, err := a.records.Credential(ctx, id)
	if err != nil && yumen.KindOf(err) != yumen.KindNotFound {
		return nil, err
	}
	x := &Exchange{auth: a, credential: c, known: err == nil && (!both || c.Person == person)}
	stored, err := storedOf(c.SCRAM)
	if err != nil {
		x.known = false
		stored = nobody(id)
	}
	server, err := scram.SHA256.NewServer(func(string) (scram.StoredCredentials, error) { return stored, nil })
	if err != nil {
		return nil, err
	}
	x.conversation = server.NewConversation()
	if endpoint != nil {
		x.conversation = server.NewConversationWithChannelBinding(scram.ChannelBinding{
			Type: scram.ChannelBindingTLSServerEndpoint, Data: endpoint})
	}
	return x, nil
}

// Step takes a message of the client and returns the server's. What is wrong with the proof is said by Finish.
func (x *Exchange) Step(message string) (string, error) {
	out, err := x.conversation.Step(message)
	first := !x.begun
	x.begun = true
	if err != nil && (first || !x.conversation.Done()) || x.conversation.AuthzID() != "" { // nobody acts for another
		return "", yumen.Errorf(yumen.KindInvalid, "this is no message of SCRAM-SHA-256", "该消息不符合 SCRAM-SHA-256")
	}
	return out, nil
}

// Finish returns the principal whose token it was, or kind denied; kind limit where too many logins of the source
// failed.
func (x *Exchange) Finish(ctx context.Context) (api.Principal, error) {
	a := x.auth
	if !x.known || !x.conversation.Valid() {
		if err := a.failed.allow(ctx); err != nil {
			return api.Principal{}, err
		}
		a.failed.count(ctx, func(f *Failures) { f.Wrong++ })
		return api.Principal{}, yumen.Errorf(yumen.KindDenied, "user and token do not belong together", "用户名与令牌不匹配").
			ToFix("give PERSON/TOKEN-ID as the user and the whole token as the password",
				"用户名请填 人员/令牌编号，密码请填完整令牌").Then("token.list", "")
	}
	return a.principal(ctx, x.credential)
}

// Form of a verifier as PostgreSQL stores it: SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey.
var verifierForm = regexp.MustCompile(`^SCRAM-SHA-256\$(\d+):([^$:]+)\$([^$:]+):([^$:]+)$`)

// storedOf reads a verifier.
func storedOf(verifier string) (scram.StoredCredentials, error) {
	var out scram.StoredCredentials
	m := verifierForm.FindStringSubmatch(verifier)
	if m == nil {
		return out, errors.New("no verifier")
	}
	iterations, err := strconv.Atoi(m[1])
	salt, err1 := base64.StdEncoding.DecodeString(m[2])
	stored, err2 := base64.StdEncoding.DecodeString(m[3])
	server, err3 := base64.StdEncoding.DecodeString(m[4])
	out = scram.StoredCredentials{KeyFactors: scram.KeyFactors{Salt: string(salt), Iters: iterations},
		StoredKey: stored,
		ServerKey: server}
	return out, errors.Join(err, err1, err2, err3)
}

// unknownKey makes the salts of tokens that do not exist, so that one who asks twice is told the same.
var unknownKey = sync.OnceValue(func() []byte {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return key
})

// nobody are stored credentials that no proof fits, the same each time for the same token.
func nobody(id string) scram.StoredCredentials {
	part := func(of string) []byte {
		h := hmac.New(sha256.New, unknownKey())
		h.Write([]byte(of + "\x00" + id))
		return h.Sum(nil)
	}
	return scram.StoredCredentials{KeyFactors: scram.KeyFactors{Salt: string(part("salt")[:16]),
		Iters: scramIterations},
		StoredKey: part("stored"), ServerKey: part("server")}
}
