package home

import (
	"context"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/access/oidc"
	"github.com/yumen-data/yumen/api"
	gateway "github.com/yumen-data/yumen/gateway/server"
	"github.com/yumen-data/yumen/internal/durable"
)

// FirstCodeFile is where the one-time code of a home that is new stands.
const FirstCodeFile = "first-code"

// firstCode is how long the code counts.
const firstCode = 15 * time.Minute

// FirstCode writes a one-time code to a file of mode 0600, from which an administrator makes the first token of the
// home, and returns its path. It returns an empty path where somebody has a token already. Codes that were made before
// count no more.
func (h *Home) FirstCode(ctx context.Context) (string, error) {
	path := h.path(FirstCodeFile)
	switch has, err := h.route.Credentialed(ctx); {
	case err != nil:
		return "", err
	case has:
		return "", nil
	}
	all, err := h.route.People(ctx)
	if err != nil {
		return "", err
	}
	i := slices.IndexFunc(all,
		func(p api.Person) bool { return !p.Disabled && slices.Contains(p.Roles, yumen.RoleAdmin) })
	if i < 0 {
		return "", yumen.Errorf(yumen.KindConflict, "nobody has the role admin, so nobody can make the first token",
			"没有人员具有 admin 角色，无法创建首个令牌").
			ToFix("name one in people.yaml before the home is used", "请在主目录首次使用前于 people.yaml 中指定")
	}
	codes, err := h.route.Credentials(ctx)
	if err != nil {
		return "", err
	}
	for _, c := range codes {
		if c.By == yumen.System.Name && c.Counts(time.Now()) == nil {
			if _, err := h.route.RevokeCredential(ctx, yumen.System, c.ID); err != nil {
				return "", err
			}
		}
	}
	c, code, err := access.NewCredential(api.Token{Person: all[i].Name, Method: api.MethodCode, Label: "first start",
		Scopes: api.Scopes})
	if err != nil {
		return "", err
	}
	if _, err := h.route.CreateCredential(ctx, yumen.System, c, firstCode, func() error { return nil }); err != nil {
		return "", err
	}
	return path, durable.Replace(path, []byte(code+"\n"))
}

// Asserts reports whether people without a token may make one by their names alone, as long as nobody has one.
func (h *Home) Asserts() bool { return h.Settings.LocalIdentities != access.LocalOff }

// reportFailures has the log say how many logins failed.
func (h *Home) reportFailures(f access.Failures) {
	_ = h.route.RecordFailures(context.Background(), f) // a log that cannot be written says so at the next step
}

// discover finds the OpenID provider of the settings.
func (h *Home) discover(ctx context.Context) (*oidc.Provider, error) {
	secret := ""
	if file := h.Settings.OIDC.SecretFile; file != "" {
		b, err := os.ReadFile(file)
		if err != nil {
			return nil, yumen.Errorf(yumen.KindUnavailable, "cannot read the secret of the OpenID client",
				"无法读取 OpenID 客户端密钥").At(file).Because(err)
		}
		secret = strings.TrimSpace(string(b))
	}
	trust, err := gateway.Trust(h.Settings.OIDC.CAFile)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSClientConfig = trust
	return oidc.Discover(ctx, h.Settings.OIDC, secret, &http.Client{Timeout: 30 * time.Second, Transport: transport})
}
