package fpe

import (
	"crypto/aes"
	"crypto/cipher"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm4"
	"pgregory.net/rapid"

	"github.com/yumen-data/yumen/internal/chinaid"
)

var through = time.Date(2025, 12, 31, 0, 0, 0, 0, time.UTC)

func block(t testing.TB) cipher.Block {
	b, err := sm4.NewCipher([]byte("0123456789abcdef"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func must[C any](c C, err error) C {
	if err != nil {
		panic(err)
	}
	return c
}

func drawResident(t *rapid.T) string {
	day := firstBirth.AddDate(0, 0, rapid.IntRange(0, daysSince1900(through)).Draw(t, "day"))
	issued := rapid.Custom(func(t *rapid.T) string {
		switch rapid.SampledFrom([]byte("008809")).Draw(t, "kind") {
		case '8':
			return rapid.SampledFrom([]string{"810000", "820000", "830000"}).Draw(t, "permit")
		case '9':
			return fmt.Sprintf("9%d%03d", rapid.SampledFrom(chinaid.Provinces).Draw(t, "province"),
				rapid.IntRange(0, 999).Draw(t, "nation"))
		}
		return fmt.Sprintf("%d%04d", rapid.SampledFrom(chinaid.Provinces[:mainland]).Draw(t, "province"),
			rapid.IntRange(100, 9999).Draw(t, "county"))
	}).Draw(t, "issued")
	first17 := fmt.Sprintf("%s%s%03d", issued, day.Format("20060102"), rapid.IntRange(0, 999).Draw(t, "sequence"))
	return first17 + string(chinaid.ResidentIDCheck(first17))
}

func drawCredit(t *rapid.T) string {
	chars := []rune(chinaid.CreditAlphabet)
	provinces := append([]int{10}, chinaid.Provinces...)
	first17 := "91" + fmt.Sprintf("%d%04d", rapid.SampledFrom(provinces).Draw(t, "province"),
		rapid.IntRange(0, 9999).Draw(t, "district"))
	first17 += rapid.StringOfN(rapid.SampledFrom(chars), 8, 8, -1).Draw(t, "body")
	if rapid.Bool().Draw(t, "sound") {
		first17 += string(chinaid.OrganisationCheck(first17[8:]))
	} else {
		first17 += string(rapid.SampledFrom(chars).Draw(t, "check"))
	}
	return first17 + string(chinaid.CreditCodeCheck(first17))
}

func drawCard(t *rapid.T) string {
	s := "622202" + rapid.StringOfN(rapid.SampledFrom([]rune(Digits)), 9, 12, -1).Draw(t, "account")
	return s + string(chinaid.LuhnCheck(s))
}

func drawMobile(t *rapid.T) string {
	return "138" + rapid.StringOfN(rapid.SampledFrom([]rune(Digits)), 8, 8, -1).Draw(t, "number")
}

// Every cipher: decrypt∘encrypt is the identity, the result has a valid check digit, and what is to be kept is kept.
func TestIdentifiers(t *testing.T) {
	b := block(t)
	context := []byte("hospital/patient")
	for _, c := range []struct {
		name   string
		cipher Cipher
		draw   func(*rapid.T) string
		valid  func(string) bool
		kept   func(string) string
	}{
		{"resident id", must(NewResidentID(b, KeepNothing, through, context)), drawResident, chinaid.ResidentID, nil},
		{"resident id, region", must(NewResidentID(b, KeepRegion, through, context)), drawResident, chinaid.ResidentID,
			func(s string) string { return s[:6] }},
		{"resident id, birth year", must(NewResidentID(b, KeepYear, through, context)), drawResident,
			chinaid.ResidentID,
			func(s string) string { return s[6:10] }},
		{"credit code", must(NewCreditCode(b, KeepNothing, context)), drawCredit, chinaid.CreditCode,
			func(s string) string { return s[:2] }},
		{"credit code, region", must(NewCreditCode(b, KeepRegion, context)), drawCredit, chinaid.CreditCode,
			func(s string) string { return s[:8] }},
		{"bank card", must(NewBankCard(b, context)), drawCard, chinaid.BankCard,
			func(s string) string { return s[:6] }},
		{"mobile", must(NewMobile(b, context)), drawMobile, chinaid.Mobile, func(s string) string { return s[:3] }},
	} {
		t.Run(c.name, func(t *testing.T) {
			same, n := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				s := c.draw(t)
				out, err := c.cipher.Encrypt(nil, s)
				if err != nil {
					t.Fatalf("%s: %v", s, err)
				}
				if !c.valid(string(out)) {
					t.Fatalf("%s → %s is not valid", s, out)
				}
				if c.kept != nil && c.kept(s) != c.kept(string(out)) {
					t.Fatalf("%s → %s does not keep what it should", s, out)
				}
				back, err := c.cipher.Decrypt(nil, string(out))
				if err != nil || string(back) != s {
					t.Fatalf("%s → %s → %s, %v", s, out, back, err)
				}
				n++
				if string(out) == s {
					same++
				}
			})
			if same > n/10 {
				t.Errorf("%d of %d values stayed as they were", same, n)
			}
		})
	}
}

func TestSoundCreditCodesStaySound(t *testing.T) {
	c := must(NewCreditCode(block(t), KeepNothing, nil))
	rapid.Check(t, func(t *rapid.T) {
		s := drawCredit(t)
		out, err := c.Encrypt(nil, s)
		if err != nil {
			t.Fatal(err)
		}
		was, is := chinaid.OrganisationCheck(s[8:16]) == s[16], chinaid.OrganisationCheck(string(out[8:16])) == out[16]
		if was != is {
			t.Fatalf("%s → %s", s, out)
		}
	})
}

func TestForms(t *testing.T) {
	c := must(NewResidentID(block(t), KeepRegion, through, nil))
	want := string(must(c.Encrypt(nil, "11010519491231002X")))
	for _, s := range []string{"11010519491231002x", "110105 19491231 002X", "１１０１０５１９４９１２３１００２Ｘ"} {
		if got := string(must(c.Encrypt(nil, s))); got != want {
			t.Errorf("%s → %s, want %s", s, got, want)
		}
	}
	m := must(NewMobile(block(t), nil))
	want = string(must(m.Encrypt(nil, "13812345678")))
	for _, s := range []string{"138-1234-5678", "+86 138 1234 5678", "008613812345678", "8613812345678"} {
		if got := string(must(m.Encrypt(nil, s))); got != want {
			t.Errorf("%s → %s, want %s", s, got, want)
		}
	}
}

func TestUnfit(t *testing.T) {
	b := block(t)
	for name, c := range map[string]Cipher{
		"resident id": must(NewResidentID(b, KeepNothing, through, nil)),
		"credit code": must(NewCreditCode(b, KeepNothing, nil)),
		"bank card":   must(NewBankCard(b, nil)),
		"mobile":      must(NewMobile(b, nil)),
		"digits":      must(NewText(b, Digits, nil)),
	} {
		for _, s := range []string{"", "1", "12345", "身份证", "11010519491231002Y", "110105194912310021", "\xff\xfe",
			"110105190002290017"} {
			if name == "digits" && len(s) == 18 && s != "11010519491231002Y" {
				continue
			}
			if name == "digits" && s == "11010519491231002Y" {
				continue
			}
			out, err := c.Encrypt([]byte("kept"), s)
			if err != ErrUnfit || string(out) != "kept" {
				t.Errorf("%s(%q) = %q, %v", name, s, out, err)
			}
		}
	}
	if _, err := NewResidentID(b, "both", through, nil); err == nil {
		t.Error("an unknown part to keep was taken")
	}
}

func TestText(t *testing.T) {
	b := must(aes.NewCipher(make([]byte, 32)))
	c := must(NewText(b, Digits+Upper, []byte("a")))
	other := must(NewText(b, Digits+Upper, []byte("b")))
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOfN(rapid.SampledFrom([]rune(Digits+Upper+"-病 ")), 12, 40, -1).Draw(t, "s")
		out, err := c.Encrypt(nil, s)
		if err == ErrUnfit {
			return
		}
		back, err := c.Decrypt(nil, string(out))
		if err != nil || string(back) != s {
			t.Fatalf("%q → %q → %q", s, out, back)
		}
		if again, _ := other.Encrypt(nil, s); string(again) == string(out) {
			t.Fatal("another context gives the same")
		}
	})
}

// FF1 over the encryption of single blocks as the baseline: it needs eleven of them for a card number.
func BenchmarkFF1(b *testing.B) {
	for _, alg := range []string{"AES-256", "SM4"} {
		blk := must(aes.NewCipher(make([]byte, 32)))
		if alg == "SM4" {
			blk = must(sm4.NewCipher(make([]byte, 16)))
		}
		run := func(name string, c Cipher, s string) {
			b.Run(alg+"/"+name, func(b *testing.B) {
				since := cpuTime()
				var buf []byte
				for b.Loop() {
					var err error
					if buf, err = c.Encrypt(buf[:0], s); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N)/(cpuTime()-since).Seconds(), "values/s") // of processor time
			})
		}
		run("baseline: eleven block encryptions", blocks{blk}, "6222021234567890128")
		run("bank card", must(NewBankCard(blk, nil)), "6222021234567890128")
		run("resident id", must(NewResidentID(blk, KeepNothing, through, nil)), "11010519491231002X")
		run("credit code", must(NewCreditCode(blk, KeepRegion, nil)), "91350100M000100Y43")
		run("mobile", must(NewMobile(blk, nil)), "13812345678")
		run("alphanumeric, 40 characters", must(NewText(blk, Digits+Upper, nil)),
			"0123456789ABCDEFGHIJ0123456789ABCDEFGHIJ")
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

type blocks struct{ cipher.Block }

func (c blocks) Encrypt(dst []byte, s string) ([]byte, error) {
	var x [16]byte
	copy(x[:], s)
	for range 11 {
		c.Block.Encrypt(x[:], x[:])
	}
	return append(dst, x[:]...), nil
}

func (c blocks) Decrypt(dst []byte, s string) ([]byte, error) { return c.Encrypt(dst, s) }
