package chinaid

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestFind(t *testing.T) {
	const id, uscc, bank, phone = "11010519491231002X", "91350100M000100Y43", "4111111111111111", "13812345678"
	for _, c := range []struct {
		name, text string
		want       []string // type and the bytes found
	}{
		{"nothing", "", nil},
		{"short", "12345", nil},
		{"words", "a plain sentence without any number", nil},
		{"whole cell", id, []string{"resident_id " + id}},
		{"in Chinese text", "患者" + id + "，电话" + phone + "。", []string{"resident_id " + id, "mobile " + phone}},
		{"in a list", phone + "," + id + ";" + uscc + "|" + bank,
			[]string{"mobile " + phone, "resident_id " + id, "credit_code " + uscc, "bank_card " + bank}},
		{"after letters", "id" + id + " tel" + phone, []string{"resident_id " + id, "mobile " + phone}},
		{"lower case", strings.ToLower(uscc), []string{"credit_code " + strings.ToLower(uscc)}},
		{"full width", "１１０１０５１９４９１２３１００２Ｘ", []string{"resident_id １１０１０５１９４９１２３１００２Ｘ"}},
		{"half and full width", "11010５１9491231002ｘ", []string{"resident_id 11010５１9491231002ｘ"}},
		{"spaces", "4111 1111 1111 1111", []string{"bank_card 4111 1111 1111 1111"}},
		{"dashes", "tel: 138-1234-5678.", []string{"mobile 138-1234-5678"}},
		{"ideographic space", "110105　19491231　002X", []string{"resident_id 110105　19491231　002X"}},
		{"en dash", "110105–19491231–002X", []string{"resident_id 110105–19491231–002X"}},
		{"grouped credit code", "9135 0100 M000 100Y 43", []string{"credit_code 9135 0100 M000 100Y 43"}},
		{"two spaces part numbers", "4111 1111  1111 1111", nil},
		{"country code", "+86 138 1234 5678", []string{"mobile +86 138 1234 5678"}},
		{"country code without plus", "86-13812345678", []string{"mobile 86-13812345678"}},
		{"full-width plus", "＋８６13812345678", []string{"mobile ＋８６13812345678"}},
		{"international prefix", "0086 13812345678", []string{"mobile 0086 13812345678"}},
		{"country code in brackets", "(+86)13812345678", []string{"mobile 13812345678"}},
		{"two phones", phone + " " + phone, []string{"mobile " + phone, "mobile " + phone}},
		{"phone after a date", "2026-01-05 " + phone, []string{"mobile " + phone}},
		{"inside a longer number", "1234567" + id[:17] + "X", nil},
		{"inside 25 digits", "12345674" + "110105194912310" + "02", nil},
		{"digits after it", "13812345678901", nil},
		{"letters after a credit code", uscc + "Z", nil},
		{"letters before a credit code", "USCC" + uscc, []string{"credit_code " + uscc}},
		{"fraction", "0.13812345678", nil},
		{"with a fraction", "13812345678.25", nil},
		{"read as floating point", "13812345678.0", []string{"mobile 13812345678"}},
		{"end of sentence", "call 13812345678. Then", []string{"mobile 13812345678"}},
		{"small numbers side by side", "13 81 23 45 67 8", nil},
		{"time stamp", "2026-01-05 13:45:00.123456", nil},
		{"microseconds", "1767571200000000", nil},
		{"digest", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", nil},
		{"broken UTF-8", "\xff\xfe" + phone + "\xef\xbc", []string{"mobile " + phone}},
		{"stronger overlaps weaker", "13812345678 " + bank, []string{"mobile 13812345678", "bank_card " + bank}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, h := range Find(c.text) {
				got = append(got, h.Type+" "+c.text[h.Start:h.End])
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

// Eighteen digits can satisfy several checks at once; the strongest names it.
func TestPrecedence(t *testing.T) {
	for serial := range 1000 {
		id := resident("62010019900101" +
			string([]byte{byte('0' + serial/100), byte('0' + serial/10%10), byte('0' + serial%10)}))
		if !BankCard(id) {
			continue
		}
		want := []Hit{{TypeResidentID, 0, 18}}
		if d := cmp.Diff(want, Find(id)); d != "" {
			t.Fatal(d)
		}
		return
	}
	t.Fatal("no number that is both a resident id and a card")
}

func TestStrongerHitReplacesOverlappingWeaker(t *testing.T) {
	// The first two groups read as a mobile number; the second begins a card.
	bank := card("621700012345678")
	text := "138-1234-" + bank[:4] + " " + bank[4:8] + " " + bank[8:12] + " " + bank[12:]
	if !Mobile("1381234" + bank[:4]) {
		t.Fatal("the fixture is no mobile number")
	}
	want := []Hit{{TypeBankCard, 9, len(text)}}
	if d := cmp.Diff(want, Find(text)); d != "" {
		t.Error(d)
	}
}

// Whatever way people write an identifier, it is found, and at its place.
func TestFindsWhatPeopleWrite(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{TypeResidentID, TypeCreditCode, TypeBankCard, TypeMobile}).Draw(t, "kind")
		id := map[string]func(*rapid.T) string{
			TypeResidentID: genResident, TypeCreditCode: genCode, TypeBankCard: genCard, TypeMobile: genMobile,
		}[kind](t)
		written := write(t, id)
		before := rapid.SampledFrom([]string{"", "号", "id: ", "（", "a,", "\t"}).Draw(t, "before")
		after := rapid.SampledFrom([]string{"", "号", ", x", "）", ".", "\n"}).Draw(t, "after")
		text := before + written + after
		hits := Find(text)
		if len(hits) != 1 || hits[0].Start != len(before) || hits[0].End != len(before)+len(written) {
			t.Fatalf("Find(%q) = %v", text, hits)
		}
		if strength(hits[0].Type) < strength(kind) { // it may satisfy a stronger check by chance
			t.Fatalf("Find(%q) = %v, want %s", text, hits, kind)
		}
	})
}

func write(t *rapid.T, id string) string {
	wide := rapid.Bool().Draw(t, "wide")
	gap := rapid.SampledFrom([]string{"", " ", "-", "　"}).Draw(t, "gap")
	var b strings.Builder
	for i, r := range id {
		if i > 0 && i%4 == 0 {
			b.WriteString(gap)
		}
		if wide {
			r += 0xFEE0
		}
		b.WriteRune(r)
	}
	return b.String()
}

func FuzzFind(f *testing.F) {
	for _, s := range []string{"", "11010519491231002X", "+86 138 1234 5678", "４１１１ 1111-1111　1111", "\xef\xbc\x90",
		"91350100M000100Y43."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		last := 0
		for _, h := range Find(s) {
			if h.Start < last || h.End <= h.Start || h.End > len(s) {
				t.Fatalf("hit %v out of place in %q", h, s)
			}
			last = h.End
			if id := bare(s[h.Start:h.End]); !valid(h.Type, id) {
				t.Fatalf("hit %v in %q is no %s: %q", h, s, h.Type, id)
			}
		}
	})
}

// bare writes what was found without gaps and in ASCII.
func bare(s string) string {
	var b []byte
	for i := 0; i < len(s); {
		c, width := decode(s, i)
		if c != gap {
			b = append(b, c)
		}
		i += width
	}
	return string(b)
}

func TestFindOfNothingAllocatesNothing(t *testing.T) {
	cells := append(slices.Clone(dullCells), "2026-01-05 13:45:00.123456",
		"no number, but a long sentence with 1234567 in it")
	if n := testing.AllocsPerRun(100, func() {
		for _, s := range cells {
			if Find(s) != nil {
				t.Fatal("a hit")
			}
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

var dullCells = []string{"123456", "滨江区", "2026-01-05", "cardiology", "1234.5678", "a longer piece of text", "J18.9 肺炎",
	""}

func BenchmarkFind(b *testing.B) {
	for name, cells := range map[string][]string{
		"dull":  dullCells,
		"times": {"2026-01-05 13:45:00.123456"},
		"hit":   {"11010519491231002X"},
	} {
		b.Run(name, func(b *testing.B) {
			n := 0
			for b.Loop() {
				Find(cells[n%len(cells)])
				n++
			}
			b.ReportMetric(float64(n)/b.Elapsed().Seconds()/1e6, "Mcells/s")
		})
	}
}
