package desensitize

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/vault"
	"github.com/yumen-data/yumen/internal/chinaid"
	"github.com/yumen-data/yumen/keyring"
)

func TestHash(t *testing.T) {
	rows := []string{"张三|1", "张三|2", "∅|3", "李 四|1"}
	hash := func(params string) []string {
		got, _ := desensitized(t, "a:text n:integer", 2, rows, "  - columns: [a, n]\n    hash: {"+params+"}")
		return got
	}
	a := hash("key: k, context: one")
	if diff := cmp.Diff(a, hash("key: k, context: one, algorithm: hmac-sm3, bytes: 16")); diff != "" {
		t.Error("defaults:", diff)
	}
	cell := func(rows []string, r, c int) string { return strings.Split(rows[r], "|")[c] }
	if cell(a, 0, 0) != cell(a, 1, 0) || cell(a, 0, 0) == cell(a, 3, 0) || cell(a, 2, 0) != "∅" ||
		len(cell(a, 0, 0)) != 32 || cell(a, 0, 1) != cell(a, 3, 1) {
		t.Error(a)
	}
	for _, other := range []string{"key: k, context: two", "key: other, context: one",
		"key: k, context: one, algorithm: hmac-sha-256"} {
		if b := hash(other); cell(b, 0, 0) == cell(a, 0, 0) {
			t.Errorf("%s gives the same pseudonyms", other)
		}
	}
	if b := hash("key: k, context: one, normalize: true"); cell(b, 3, 0) == cell(a, 3, 0) ||
		cell(b, 0, 0) != cell(a, 0, 0) {
		t.Error("normalize:", b)
	}
	refused(t, "a:text", "  - columns: [a]\n    hash: {key: k}")
	refused(t, "a:text", "  - columns: [a]\n    hash: {key: k, context: x, bytes: 4}")
	refused(t, "a:text", "  - columns: [a]\n    hash: {key: k, context: x, algorithm: md5}")
	refused(t, "a:text", "  - columns: [a]\n    hash: {context: x}")
	refused(t, "a:text", "  - columns: [a]\n    hash: {context: x, key: nokey}")
}

func TestEncryptAndBack(t *testing.T) {
	for _, mode := range []string{"deterministic", "randomized"} {
		for _, cipher := range []string{"sm4", "aes"} {
			params := "{mode: " + mode + ", cipher: " + cipher + ", key: k, context: c"
			rapid.Check(t, func(rt *rapid.T) {
				var rows []string
				for range rapid.IntRange(1, 5).Draw(rt, "rows") {
					rows = append(rows, rapid.StringOf(rapid.SampledFrom([]rune("张a1 -"))).Draw(rt, "v"))
				}
				rows = append(rows, "same", "same", "∅")
				enc, _ := desensitized(t, "a:text", 2, rows, "  - columns: [a]\n    encrypt: "+params+"}")
				n := len(rows)
				if (enc[n-2] == enc[n-3]) != (mode == "deterministic") || !strings.HasPrefix(enc[n-2], "1.") {
					rt.Fatal(mode, enc)
				}
				back, _ := desensitized(t, "a:text", 3, enc,
					"  - columns: [a]\n    encrypt: "+params+", reverse: true}")
				if diff := cmp.Diff(rows, back); diff != "" {
					rt.Fatal(diff)
				}
			})
		}
	}
}

func TestDecryptionRefusesForgeries(t *testing.T) {
	for _, mode := range []string{"deterministic", "randomized"} {
		enc, _ := desensitized(t, "a:text", 1, []string{"病人"},
			"  - columns: [a]\n    encrypt: {mode: "+mode+", key: k, context: c}")
		s := enc[0]
		forged := []string{s, s[:len(s)-1], "2" + s[1:], "x" + s, "", ".", "1.", "1.AA", "1.!",
			s[:5] + string(s[5]^1) + s[6:]}
		back, rec := desensitized(t, "a:text", 3, forged,
			"  - columns: [a]\n    encrypt: {mode: "+mode+", key: k, context: c, reverse: true}")
		if back[0] != "病人" || rec.Steps[0].Unfit != int64(len(forged)-1) {
			t.Errorf("%s: %v", mode, back)
		}
		for _, other := range []string{"key: k, context: d", "key: other, context: c",
			"key: k, context: c, cipher: aes"} {
			back, _ := desensitized(t, "a:text", 3, []string{s},
				"  - columns: [a]\n    encrypt: {mode: "+mode+", "+other+", reverse: true}")
			if back[0] != "∅" {
				t.Errorf("%s: opens under %s", mode, other)
			}
		}
	}
}

// After a rotation, new values are under the new version and old ones can still be read.
func TestKeyVersions(t *testing.T) {
	old := keyring.Bundle{{ID: "k", Version: 1, Secret: bytes.Repeat([]byte{1}, 32)}}
	both := append(keyring.Bundle{{ID: "k", Version: 2, Secret: bytes.Repeat([]byte{9}, 32)}}, old...)
	run := func(keys keyring.Source, value, steps string) string {
		var buf bytes.Buffer
		if _, err := Run(t.Context(), reader(t, "a:text", 1, value), profile(t, steps), keys, &buf,
			Options{}); err != nil {
			t.Fatal(err)
		}
		return read(t, &buf)[0]
	}
	const enc = "  - columns: [a]\n    encrypt: {mode: deterministic, key: k}"
	const dec = "  - columns: [a]\n    encrypt: {mode: deterministic, key: k, reverse: true}"
	first, second := run(old, "x", enc), run(both, "x", enc)
	if !strings.HasPrefix(second, "2.") || run(both, first, dec) != "x" || run(both, second, dec) != "x" ||
		run(old, second, dec) != "∅" {
		t.Error(first, second)
	}
	var buf bytes.Buffer
	rec, err := Run(t.Context(), reader(t, "a:text", 1, first), profile(t, dec), both, &buf, Options{})
	if err != nil || len(rec.Steps[0].Keys) != 2 || rec.Steps[0].Keys[1].Version != 1 {
		t.Error("the record does not say which version decrypted:", rec, err)
	}
	id := "13812345678"
	c := run(old, id, "  - columns: [a]\n    fpe: {form: mobile, key: k}")
	if run(both, c, "  - columns: [a]\n    fpe: {form: mobile, key: k, reverse: true, version: 1}") != id {
		t.Error("FPE under an old version cannot be read")
	}
	if run(both, c, "  - columns: [a]\n    fpe: {form: mobile, key: k, reverse: true}") == id {
		t.Error("FPE does not depend on the version")
	}
}

func TestFPE(t *testing.T) {
	rows := []string{"11010519491231002X|13812345678|6222021234567890128|A-1234567", "bad|1|2|3", "∅|∅|∅|∅"}
	const columns = "id:text tel:text card:text code:text"
	steps := func(more string) string {
		return "  - columns: [id]\n    fpe: {form: resident_id, keep: region, through: 2024-12-31, key: k, context: h" +
			more + "}\n" +
			"  - columns: [tel]\n    fpe: {form: mobile, key: k" + more +
			"}\n  - columns: [card]\n    fpe: {form: bank_card, key: k, cipher: sm4" + more + "}\n" +
			"  - columns: [code]\n    fpe: {form: alphanumeric, key: k" + more + "}"
	}
	got, rec := desensitized(t, columns, 2, rows, steps(""))
	cells := strings.Split(got[0], "|")
	if !chinaid.ResidentID(cells[0]) || cells[0][:6] != "110105" || !chinaid.Mobile(cells[1]) ||
		!chinaid.BankCard(cells[2]) || cells[3][1] != '-' {
		t.Error(got[0])
	}
	if got[1] != "∅|∅|∅|∅" || got[2] != "∅|∅|∅|∅" || rec.Steps[0].Unfit != 1 {
		t.Error(got, rec.Steps)
	}
	back, _ := desensitized(t, columns, 2, got, steps(", reverse: true"))
	if back[0] != rows[0] {
		t.Error(back[0])
	}
	inside, _ := desensitized(t, "note:text", 2, []string{"电话13812345678。"},
		"  - columns: [note]\n    detectors: [mobile]\n    fpe: {key: k}")
	if want := "电话" + cells[1] + "。"; inside[0] != want {
		t.Errorf("%s, want %s", inside[0], want)
	}
	refused(t, "a:text", "  - columns: [a]\n    fpe: {form: resident_id, key: k}")
	refused(t, "a:text", "  - columns: [a]\n    fpe: {form: resident_id, through: 2999-01-01, key: k}")
	refused(t, "a:text", "  - columns: [a]\n    fpe: {form: bank_card, keep: region, key: k}")
	refused(t, "a:text", "  - columns: [a]\n    fpe: {form: soul, key: k}")
	refused(t, "a:text", "  - columns: [a]\n    fpe: {form: mobile, key: k, version: 1}")
	refused(t, "a:text", "  - columns: [a]\n    fpe: {form: mobile, key: k, version: 7, reverse: true}")
}

func TestTokenize(t *testing.T) {
	key, _ := testKeys.Key(t.Context(), "k", 0)
	path := filepath.Join(t.TempDir(), "vault")
	v, err := vault.Open(path, key)
	if err != nil {
		t.Fatal(err)
	}
	with := func(o *Options) { o.Vault = v }
	rows := []string{"张三|7", "李四|8", "张三|∅"}
	got, _ := desensitized(t, "a:text n:integer", 2, rows, "  - columns: [a, n]\n    tokenize: {context: c}", with)
	if strings.Split(got[0], "|")[0] != strings.Split(got[2], "|")[0] || !strings.HasPrefix(got[1], vault.Prefix) ||
		!strings.HasSuffix(got[2], "∅") {
		t.Error(got)
	}
	// Durable without Close: Run has synced.
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	if v, err = vault.Open(path, key); err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	back, rec := desensitized(t, "a:text n:text", 2, append(got, "tk_unknown|∅"),
		"  - columns: [a, n]\n    tokenize: {context: c, reverse: true}", with)
	if diff := cmp.Diff(append(rows, "∅|∅"), back); diff != "" || rec.Steps[0].Unfit != 1 {
		t.Error(diff)
	}
	refused(t, "a:text", "  - columns: [a]\n    tokenize: {context: c}")
	p := profile(t, "  - columns: [a]\n    tokenize: {context: c}")
	if _, err := Run(t.Context(), reader(t, "a:text", 1, "x"), p, nil, io.Discard,
		Options{Vault: brokenVault{}}); yumen.KindOf(err) != yumen.KindUnavailable {
		t.Error(err)
	}
}

type brokenVault struct{}

func (brokenVault) Token(string, string) (string, error) {
	return "", yumen.Errorf(yumen.KindUnavailable, "gone", "不可用")
}
func (brokenVault) Value(string, string) (string, bool) { return "", false }
func (brokenVault) Sync() error                         { return nil }

func TestSurrogate(t *testing.T) {
	rows := []string{"张三", "李四", "张三", "∅"}
	got, _ := desensitized(t, "a:text", 2, rows, "  - columns: [a]\n    surrogate: {kind: name, key: k}")
	again, _ := desensitized(t, "a:text", 4, rows, "  - columns: [a]\n    surrogate: {kind: name, key: k}")
	if got[0] != got[2] || got[0] == got[1] || got[3] != "∅" || !cmp.Equal(got, again) {
		t.Error(got, again)
	}
	other, _ := desensitized(t, "a:text", 4, rows, "  - columns: [a]\n    surrogate: {kind: name, key: k, context: x}")
	if cmp.Equal(got, other) {
		t.Error("the context makes no difference")
	}
	free, _ := desensitized(t, "a:text", 4, []string{"x", "x", "x", "x"},
		"  - columns: [a]\n    surrogate: {kind: mobile}")
	if free[0] == free[1] && free[1] == free[2] || !chinaid.Mobile(free[0]) {
		t.Error(free)
	}
	note, _ := desensitized(t, "a:text", 4, []string{"打13812345678"},
		"  - columns: [a]\n    detectors: [mobile]\n    surrogate: {}")
	if !strings.HasPrefix(note[0], "打1") || note[0] == "打13812345678" ||
		!chinaid.Mobile(strings.TrimPrefix(note[0], "打")) {
		t.Error(note)
	}
	refused(t, "a:text", "  - columns: [a]\n    surrogate: {kind: soul}")
	refused(t, "a:integer", "  - columns: [a]\n    surrogate: {kind: name}")
}
