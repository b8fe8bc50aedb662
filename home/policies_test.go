package home

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/access"
	"github.com/yumen-data/yumen/api"
)

// Policies of the home replace those that ship, for everyone who asks; the log says which are in force from when on.
func TestPoliciesOfTheHome(t *testing.T) {
	dir := made(t)
	h, err := openHomeAt(t, dir, access.LocalAsserted)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, PoliciesFile)
	const own = `@id("give") permit (principal in Role::"regulator", action in [Action::"role.grant", Action::"role.withdraw"], resource);
@id("see") @en("only analysts look") @zh("仅分析师可见") permit (principal in Role::"analyst", action == Action::"catalog.show", resource);
`
	if err := os.WriteFile(file, []byte(own), 0o600); err != nil {
		t.Fatal(err)
	}
	analyst, provider := h.as(t, "analyst"), h.as(t, "provider")
	if _, err := h.Service.Datasets(t.Context(), provider); err != nil ||
		len(h.said(t, yumen.ActionPoliciesLoad)) != 0 {
		t.Errorf("before they are loaded: %v", err)
	}
	if err := reload(t, h); err != nil {
		t.Fatal(err)
	}
	_, err1 := h.Service.Datasets(t.Context(), analyst)
	_, err2 := h.Service.Datasets(t.Context(), provider)
	if err1 != nil || yumen.KindOf(err2) != yumen.KindDenied || !strings.Contains(err2.Error(), "only analysts look") {
		t.Errorf("%v; %v", err1, err2)
	}
	if err := os.WriteFile(file, []byte(own+"permit (principal, action, resource);"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := reload(t, h); yumen.KindOf(err) != yumen.KindInvalid {
		t.Error(err)
	}
	if _, err := h.Service.Datasets(t.Context(), provider); yumen.KindOf(err) != yumen.KindDenied {
		t.Errorf("policies that cannot be used are in force: %v", err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := openHomeAt(t, dir, access.LocalAsserted); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("opened with policies that cannot be used: %v", err)
	}
	if _, err := OpenReader(t.Context(), dir); yumen.KindOf(err) != yumen.KindInvalid {
		t.Errorf("read with policies that cannot be used: %v", err)
	}
	for range 2 {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if h, err = openHomeAt(t, dir, access.LocalAsserted); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Service.Datasets(t.Context(), h.as(t, "provider")); err != nil {
			t.Error(err)
		}
		es := h.said(t, yumen.ActionPoliciesLoad)
		if len(es) != 2 || es[0].Digests["policies"] != yumen.DigestOf([]byte(own)) || es[0].Details["own"] != "true" ||
			es[1].Digests["policies"] != access.DefaultPolicies().Digest() || es[1].Details["own"] != "false" {
			t.Errorf("%+v", es)
		}
		if _, err := h.Service.Verify(t.Context(), api.Machine(), api.VerifyOptions{}); err != nil {
			t.Error(err)
		}
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// reload has a home read its settings and policies again.
func reload(t *testing.T, h *Home) error {
	t.Helper()
	p, err := ReadPolicies(h.Dir)
	if err != nil {
		return err
	}
	return h.Reload(t.Context(), h.Settings, p, nil)
}
