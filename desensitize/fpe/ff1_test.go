package fpe

import (
	"bytes"
	"crypto/aes"
	"encoding/hex"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const alnum = "0123456789abcdefghijklmnopqrstuvwxyz"

func numerals(s string) []uint16 {
	x := make([]uint16, len(s))
	for i := range s {
		x[i] = uint16(strings.IndexByte(alnum, s[i]))
	}
	return x
}

func written(x []uint16) string {
	b := make([]byte, len(x))
	for i, d := range x {
		b[i] = alnum[d]
	}
	return string(b)
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func newFF1(t testing.TB, key []byte, radix int) *FF1 {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	f, err := NewFF1(block, radix)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// The nine samples of NIST's "FF1samples" (Cryptographic Standards and Guidelines, examples for SP 800-38G).
func TestNISTSamples(t *testing.T) {
	const (
		aes128 = "2B7E151628AED2A6ABF7158809CF4F3C"
		aes192 = aes128 + "EF4359D8D580AA4F"
		aes256 = aes192 + "7F036D6F04FC6A94"
		tweak  = "39383736353433323130"
		tweak2 = "3737373770717273373737"
	)
	for i, c := range []struct {
		key, tweak string
		radix      int
		in, want   string
	}{
		{aes128, "", 10, "0123456789", "2433477484"},
		{aes128, tweak, 10, "0123456789", "6124200773"},
		{aes128, tweak2, 36, "0123456789abcdefghi", "a9tv40mll9kdu509eum"},
		{aes192, "", 10, "0123456789", "2830668132"},
		{aes192, tweak, 10, "0123456789", "2496655549"},
		{aes192, tweak2, 36, "0123456789abcdefghi", "xbj3kv35jrawxv32ysr"},
		{aes256, "", 10, "0123456789", "6657667009"},
		{aes256, tweak, 10, "0123456789", "1001623463"},
		{aes256, tweak2, 36, "0123456789abcdefghi", "xs8a0azh2avyalyzuwd"},
	} {
		f := newFF1(t, unhex(c.key), c.radix)
		x := numerals(c.in)
		if err := f.Encrypt(x, unhex(c.tweak)); err != nil || written(x) != c.want {
			t.Errorf("sample %d: %s, %v; want %s", i+1, written(x), err, c.want)
		}
		if err := f.Decrypt(x, unhex(c.tweak)); err != nil || written(x) != c.in {
			t.Errorf("sample %d back: %s, %v", i+1, written(x), err)
		}
	}
}

// The halves in 64 bits and the halves of any length give the same, whatever length, radix and tweak.
func TestSmallAndBigAgree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		radix := rapid.IntRange(2, 300).Draw(t, "radix")
		x := rapid.SliceOfN(rapid.Uint16Range(0, uint16(radix-1)), 20, 60).Draw(t, "x")
		tweak := rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "tweak")
		block, _ := aes.NewCipher(make([]byte, 16))
		f, _ := NewFF1(block, radix)
		was := slices.Clone(x)
		if err := f.Encrypt(x, tweak); err != nil {
			t.Fatal(err)
		}
		if f.small {
			other := slices.Clone(was)
			f.feistelBig(other, tweak, false)
			if !slices.Equal(other, x) {
				t.Fatalf("small %v, big %v", x, other)
			}
		}
		if err := f.Decrypt(x, tweak); err != nil || !slices.Equal(x, was) {
			t.Fatalf("decrypt∘encrypt is not the identity: %v", err)
		}
	})
}

func TestDomain(t *testing.T) {
	f := newFF1(t, make([]byte, 16), 10)
	if err := f.Encrypt(make([]uint16, 5), nil); err != ErrDomain {
		t.Error("10^5 values taken:", err)
	}
	if err := f.Encrypt(make([]uint16, 6), nil); err != nil {
		t.Error("10^6 values refused:", err)
	}
	if err := f.Encrypt([]uint16{1, 2, 3, 4, 5, 10}, nil); err != ErrUnfit {
		t.Error("numeral 10 of radix 10 taken:", err)
	}
	block, _ := aes.NewCipher(make([]byte, 16))
	if _, err := NewRanks(block, MinDomain-1); err != ErrDomain {
		t.Error(err)
	}
	for _, radix := range []int{0, 1, 1<<16 + 1} {
		if _, err := NewFF1(block, radix); err == nil {
			t.Errorf("radix %d taken", radix)
		}
	}
}

// The ranks are permuted: 10^6 of them give 10^6 different ones.
func TestRanksArePermuted(t *testing.T) {
	block, _ := aes.NewCipher(bytes.Repeat([]byte{7}, 16))
	r, err := NewRanks(block, MinDomain)
	if err != nil {
		t.Fatal(err)
	}
	seen := make([]bool, MinDomain)
	tweak := []byte("t")
	fixed := 0
	for i := range uint64(MinDomain) {
		c, err := r.Encrypt(i, tweak)
		if err != nil || seen[c] {
			t.Fatal(i, c, err)
		}
		seen[c] = true
		if c == i {
			fixed++
		}
		if i%1000 == 0 {
			if back, err := r.Decrypt(c, tweak); err != nil || back != i {
				t.Fatal(i, c, back, err)
			}
		}
	}
	if fixed > 20 { // 1 expected
		t.Errorf("%d fixed points", fixed)
	}
	if _, err := r.Encrypt(MinDomain, tweak); err != ErrUnfit {
		t.Error(err)
	}
}
