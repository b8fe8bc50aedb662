package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/xdg-go/scram"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Credential is a token as the domain keeps it: what it allows, and what its secret is recognized by.
type Credential struct {
	api.Token
	// SHA256 is the digest of the whole token. Its 256 random bits need no slow hash (NIST SP 800-63B, section 3.1.2).
	SHA256 yumen.Digest `json:"sha256"`
	// SCRAM is the verifier of the token as a password of PostgreSQL's protocol (RFC 7677), in the form that PostgreSQL
	// stores: SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey.
	SCRAM string `json:"scram"`
	// Made counts the credentials made with it, so that of one that is made and its maker's revocation the second to be
	// written is decided anew.
	Made int `json:"made,omitempty"`
}

// scramIterations is the least that RFC 7677 allows: the password cannot be guessed however fast one tries.
const scramIterations = 4096

// Form of a token: a mark for tools that look for leaked secrets, the public id, the secret.
var tokenForm = regexp.MustCompile(`^yumen_([a-z2-7]{12})_([A-Za-z0-9_-]{43})$`)

// NewCredential returns the credential that a description asks for, with an id of its own, and the token that its
// holder uses. The token is nowhere else.
func NewCredential(t api.Token) (Credential, string, error) {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails
	t.ID = strings.ToLower(rand.Text()[:12])
	token := "yumen_" + t.ID + "_" + base64.RawURLEncoding.EncodeToString(secret[:])
	verifier, err := scramVerifier(token)
	return Credential{Token: t, SHA256: yumen.DigestOf([]byte(token)), SCRAM: verifier}, token, err
}

// scramVerifier returns what a server recognizes the password by.
func scramVerifier(password string) (string, error) {
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // never fails
	client, err := scram.SHA256.NewClient("", password, "")
	if err != nil {
		return "", fmt.Errorf("make a verifier: %w", err)
	}
	stored, err := client.GetStoredCredentialsWithError(scram.KeyFactors{Salt: string(salt[:]), Iters: scramIterations})
	if err != nil {
		return "", fmt.Errorf("make a verifier: %w", err)
	}
	b64 := base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$%d:%s$%s:%s", stored.Iters, b64(salt[:]), b64(stored.StoredKey),
		b64(stored.ServerKey)), nil
}

// tokenID returns the id that a token names, and false where it is none. What follows the id is 32 bytes in their one
// spelling, so that a token has no second form.
func tokenID(token string) (string, bool) {
	m := tokenForm.FindStringSubmatch(token)
	if m == nil {
		return "", false
	}
	_, err := base64.RawURLEncoding.Strict().DecodeString(m[2])
	return m[1], err == nil
}

// proves reports whether a token is the credential's, in a time that does not depend on where they differ.
func (c *Credential) proves(token string) bool {
	sum := sha256.Sum256([]byte(token))
	got := yumen.Digest(fmt.Sprintf("sha256:%x", sum))
	return subtle.ConstantTimeCompare([]byte(got), []byte(c.SHA256)) == 1
}

// Counts refuses a credential that was revoked or has expired, with kind denied.
func (c *Credential) Counts(now time.Time) error {
	switch code := c.Method == api.MethodCode; {
	case c.Revoked != nil && code:
		return yumen.Errorf(yumen.KindDenied, "code %s was used or revoked at %s by %s", "代码 %s 已于 %s 由 %s 使用或撤销", c.ID,
			c.Revoked.At.UTC().Format(time.RFC3339), c.Revoked.By).
			ToFix("ask for another one; where it was not you who used it, somebody came in as you: tell a regulator",
				"请重新申请；若非本人使用，则有人冒用了您的身份，请告知主管部门")
	case c.Revoked != nil:
		return yumen.Errorf(yumen.KindDenied, "token %s was revoked at %s by %s", "令牌 %s 已于 %s 由 %s 撤销", c.ID,
			c.Revoked.At.UTC().Format(time.RFC3339), c.Revoked.By).
			ToFix("use another one; where nobody told you why, ask a regulator who came in as you",
				"请使用其他令牌；若不知缘由，请向主管部门查询是否有人冒用您的身份")
	case !now.Before(c.Expires) && code:
		return yumen.Errorf(yumen.KindDenied, "code %s expired at %s", "代码 %s 已于 %s 过期", c.ID,
			c.Expires.UTC().Format(time.RFC3339)).ToFix("ask for another one", "请重新申请")
	case !now.Before(c.Expires):
		return yumen.Errorf(yumen.KindDenied, "token %s expired at %s", "令牌 %s 已于 %s 过期", c.ID,
			c.Expires.UTC().Format(time.RFC3339)).
			ToFix("make a new one", "请创建新令牌")
	}
	return nil
}
