package chinaid

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestResidentID(t *testing.T) {
	tomorrow := "110101" + time.Now().AddDate(0, 0, 2).Format("20060102") + "001"
	for s, want := range map[string]bool{
		"11010519491231002X":          true, // the standard's own examples
		"440524188001010014":          false,
		"11010519491231002x":          true,
		"110105194912310021":          false, // check digit
		"11010519491231003X":          false, // transcription
		"990105194912310020":          false, // province
		resident("11010520230229001"): false, // no such day
		resident("11010520240229001"): true,
		resident("11010518991231001"): false, // before 1900
		resident(tomorrow):            false,
		resident("81000019900101001"): true,  // Hong Kong, residence permit
		resident("91115619900101001"): true,  // permanent residence, issued in Beijing
		resident("11000019900101001"): false, // no city
		resident("44190019900101001"): true,  // a city without counties
		"1101051949123100":            false,
		"11010519491231002X0":         false,
		"":                            false,
		"11010519491231 02X":          false,
	} {
		if ResidentID(s) != want {
			t.Errorf("ResidentID(%q) = %v", s, !want)
		}
	}
}

func resident(first17 string) string { return first17 + string(ResidentIDCheck(first17)) }

func TestCreditCode(t *testing.T) {
	if got := CreditCodeCheck("91350100M000100Y4"); got != '3' { // sum 1640, 31 − 1640 mod 31 = 3
		t.Errorf("CreditCodeCheck = %q", got)
	}
	for s, want := range map[string]bool{
		"91350100M000100Y43":      true,
		"91350100m000100y43":      true,
		"91350100M000100Y44":      false,
		"91350100M000100Y34":      false, // transposed
		"91990100M000100Y43":      false, // province
		"9135O100M000100Y43":      false, // letter O
		"91350100M000100Y4":       false,
		"":                        false,
		code("12100000400000000"): true,  // national
		code("0135010040000000A"): false, // authority
		code("91350100MA00000I0"): false, // not in the alphabet
		code("9A350100MA0000010"): false, // kind of organisation
	} {
		if CreditCode(s) != want {
			t.Errorf("CreditCode(%q) = %v", s, !want)
		}
	}
}

func code(first17 string) string { return first17 + string(CreditCodeCheck(first17)) }

func TestOrganisationCheck(t *testing.T) {
	for first8, want := range map[string]byte{
		"D2143569":  'X', // the example of GB 11714
		"d2143569":  0,
		"D214356":   0,
		"D21435690": 0,
		"":          0,
	} {
		if got := OrganisationCheck(first8); got != want {
			t.Errorf("OrganisationCheck(%q) = %q, want %q", first8, got, want)
		}
	}
}

func TestBankCard(t *testing.T) {
	for s, want := range map[string]bool{
		"6222021234567894":         false,
		card("622202123456789"):    true,
		card("6222021234567890"):   true,
		card("622202123456789012"): true,
		"4111111111111111":         true, // the schemes' test numbers
		"5555555555554444":         true,
		"378282246310005":          true,
		"30569309025904":           true,
		"6011111111111117":         true,
		"3530111333300000":         true,
		"4222222222222":            true,
		card("955880020012345678"): true,
		"4111111111111112":         false,
		card("62220212345678"):     false, // too short for the issuer
		card("1710000000000000"):   false, // no issuer; a time in microseconds
		"":                         false,
		"411111111111111a":         false,
	} {
		if BankCard(s) != want {
			t.Errorf("BankCard(%q) = %v", s, !want)
		}
	}
	if got := LuhnCheck("7992739871"); got != '3' { // ISO/IEC 7812-1, the usual example
		t.Errorf("LuhnCheck = %q", got)
	}
}

func card(digits string) string { return digits + string(LuhnCheck(digits)) }

func TestMobile(t *testing.T) {
	for s, want := range map[string]bool{
		"13812345678": true, "19912345678": true, "12812345678": false, "1381234567": false, "138123456789": false,
		"+8613812345678": true, "8613812345678": true, "008613812345678": true, "+8513812345678": false,
		"+13812345678": false,
		"+":            false, "": false, "1381234567a": false, "+008613812345678": false,
	} {
		if Mobile(s) != want {
			t.Errorf("Mobile(%q) = %v", s, !want)
		}
	}
}

func TestChecksOfMalformed(t *testing.T) {
	for _, s := range []string{"", "1", "1234567890123456a", "12345678901234567890"} {
		if c := ResidentIDCheck(s); c != 0 {
			t.Errorf("ResidentIDCheck(%q) = %q", s, c)
		}
	}
	if CreditCodeCheck("9135010OM000100Y4") != 0 || CreditCodeCheck("") != 0 || LuhnCheck("") != 0 ||
		LuhnCheck("12x") != 0 {
		t.Error("a check digit for what has none")
	}
}

// A single wrong digit and a swap of two unlike neighbours is what these check digits are made to catch.
func TestEverySingleErrorIsCaught(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for kind, id := range map[string]string{TypeResidentID: genResident(t), TypeCreditCode: genCode(t)} {
			i := rapid.IntRange(0, 16).Draw(t, "place")
			c := rapid.SampledFrom([]byte("0123456789")).Draw(t, "digit")
			b := []byte(id)
			if b[i] == c {
				continue
			}
			b[i] = c
			if valid(kind, string(b)) {
				t.Fatalf("%s: one changed character passes", kind)
			}
		}
	})
}

func valid(kind, s string) bool {
	return map[string]func(string) bool{
		TypeResidentID: ResidentID, TypeCreditCode: CreditCode, TypeBankCard: BankCard, TypeMobile: Mobile,
	}[kind](s)
}

func genResident(t *rapid.T) string {
	region := rapid.SampledFrom([]string{"110105", "350100", "441900", "653101", "820000"}).Draw(t, "region")
	day := time.Date(1920, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, rapid.IntRange(0, 36000).Draw(t, "day"))
	return resident(region + day.Format("20060102") + rapid.StringMatching(`[0-9]{3}`).Draw(t, "serial"))
}

func genCode(t *rapid.T) string {
	return code(rapid.StringMatching(`9[1-3](35|44|10)[0-9]{4}[0-9A-HJ-NP-RTUW-Y]{9}`).Draw(t, "code"))
}

func genCard(t *rapid.T) string { return card(rapid.StringMatching(`62[0-9]{13,16}`).Draw(t, "card")) }

func genMobile(t *rapid.T) string { return rapid.StringMatching(`1[3-9][0-9]{9}`).Draw(t, "mobile") }

func BenchmarkChecks(b *testing.B) {
	for name, f := range map[string]func() bool{
		TypeResidentID: func() bool { return ResidentID("11010519491231002X") },
		TypeCreditCode: func() bool { return CreditCode("91350100M000100Y43") },
		TypeBankCard:   func() bool { return BankCard("4111111111111111") },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if !f() {
					b.Fatal("a valid number refused")
				}
			}
		})
	}
}
