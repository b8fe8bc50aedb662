package mask

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestPresets(t *testing.T) {
	for _, c := range []struct{ preset, in, want string }{
		{"name", "张三", "张*"},
		{"name", "王小明", "王**"},
		{"name", "欧阳娜娜", "欧阳**"},
		{"name", "诸葛亮", "诸葛*"},
		{"name", "张 三", "张 *"},
		{"name", "李", "*"},
		{"name", "阿卜杜拉·买买提", "阿***·***"},
		{"name", "John Smith", "J*** S****"},
		{"name", "Li", "L*"},
		{"name", "J.", "*."},
		{"resident_id", "11010519491231002X", "110105************"},
		{"resident_id", "110105194912310", "110105*********"},
		{"resident_id", "110105 19491231 002X", "110105 ******** ****"},
		{"resident_id", "１１０１０５１９４９１２３１００２Ｘ", "１１０１０５＊＊＊＊＊＊＊＊＊＊＊＊"},
		{"resident_id", "1101051949", "**********"},
		{"mobile", "13812345678", "138****5678"},
		{"mobile", "138-1234-5678", "138-****-5678"},
		{"mobile", "+86 138 1234 5678", "+86 138 **** 5678"},
		{"mobile", "１３８１２３４５６７８", "１３８＊＊＊＊５６７８"},
		{"mobile", "1381234567", "**********"},
		{"phone", "0755-26541234", "0755-******34"},
		{"phone", "01065128888", "010******88"},
		{"phone", "(010) 6512-8888", "(010) ****-**88"},
		{"phone", "+86 755 26541234", "+86 755 ******34"},
		{"phone", "6512-8888转123", "****-**88转***"},
		{"phone", "110", "***"},
		{"bank_card", "6222021234567890123", "622202*********0123"},
		{"bank_card", "6222 0212 3456 7890 123", "6222 02** **** ***0 123"},
		{"bank_card", "12345678", "********"},
		{"email", "zhangsan@example.com", "z***@example.com"},
		{"email", "a@b.cn", "***@b.cn"},
		{"email", "no at sign", "** ** ****"},
		{"address", "广东省深圳市南山区科技园路1号", "广东省深圳市南山区****"},
		{"address", "上海市浦东新区张江路88弄", "上海市浦东新区****"},
		{"address", "内蒙古自治区呼和浩特市新城区中山路", "内蒙古自治区呼和浩特市新城区****"},
		{"address", "恩施土家族苗族自治州利川市都亭街道", "恩施土家族苗族自治州利川市****"},
		{"address", "幸福小区3栋", "****"},
		{"address", "", ""},
		{"credit_code", "91350100M000100Y43", "91350100**********"},
		{"credit_code", "M000100Y4", "*********"},
		{"plate", "粤B12345", "粤B*****"},
		{"plate", "京A·D12345", "京A·******"},
		{"plate", "12345", "*****"},
		{"passport", "E12345678", "E********"},
		{"ip", "192.168.10.5", "192.168.*.*"},
		{"ip", "2001:db8:0:1::5", "2001:db8:*:*::*"},
		{"ip", "hello", "*****"},
		{"gps", "31.230416,121.473701", "31.2*****,121.4*****"},
		{"gps", "N31.2304° E121.4737°", "N31.2***° E121.4***°"},
		{"gps", "31230416", "312*****"},
		{"gps", "31°13'49\" 121°28'25\"", "31°**'**\" 121°**'**\""},
		{"date_month", "1990-03-07", "1990-03-**"},
		{"date_month", "1990/3/7 12:30:59", "1990/3/* **:**:**"},
		{"date_month", "1990年3月7日", "1990年3月*日"},
		{"date_month", "１９９０年１２月０７日", "１９９０年１２月＊＊日"},
		{"date_month", "19900307", "199003**"},
		{"date_month", "7 March 1990", "* March ****"},
		{"generic", "abcdef", "a****f"},
		{"generic", "abc", "***"},
		{"generic", "病历-0042", "病*-***2"},
	} {
		p, ok := Lookup(c.preset)
		if !ok {
			t.Fatalf("no preset %s", c.preset)
		}
		if got := p.String(c.in); got != c.want {
			t.Errorf("%s(%q) = %q, want %q", c.preset, c.in, got, c.want)
		}
	}
}

func TestInvalidUTF8(t *testing.T) {
	for _, p := range Presets {
		if got := p.String("13812345678\xff"); got != "***" {
			t.Errorf("%s lets bytes of another encoding through: %q", p.Name, got)
		}
	}
}

// Whatever the text, a mask stays valid, is idempotent, and never shows a letter or digit that the value did not have
// in the same order.
func TestLaws(t *testing.T) {
	alphabet := []rune("0123456789０１９ABCxyzＸ张欧阳省市区县路·-－ .@:,°年月日*＊+")
	gen := rapid.StringOfN(rapid.SampledFrom(alphabet), 0, 30, -1)
	for _, p := range Presets {
		t.Run(p.Name, rapid.MakeCheck(func(t *rapid.T) {
			s := gen.Draw(t, "s")
			once := p.String(s)
			if !utf8.ValidString(once) {
				t.Fatalf("%q → invalid %q", s, once)
			}
			if twice := p.String(once); twice != once {
				t.Fatalf("%q → %q → %q", s, once, twice)
			}
			if !subsequence(kept(once), s) {
				t.Fatalf("%q → %q shows what was not there", s, once)
			}
		}))
	}
}

func kept(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '*' || r == '＊' {
			return -1
		}
		return r
	}, s)
}

func subsequence(sub, s string) bool {
	rs := []rune(s)
	for _, r := range sub {
		for len(rs) > 0 && rs[0] != r {
			rs = rs[1:]
		}
		if len(rs) == 0 {
			return false
		}
		rs = rs[1:]
	}
	return true
}

func TestEnds(t *testing.T) {
	if got := Ends(6, 4).String("110105194912310021"); got != "110105********0021" {
		t.Error(got)
	}
	if got := Ends(6, 4).String("12345678901"); got != "***********" {
		t.Error("one hidden character is none:", got)
	}
}

func TestLongCell(t *testing.T) {
	s := strings.Repeat("身份证 ", 1<<20) // 10 MB
	for _, p := range Presets {
		if got := p.String(s); len(got) > len(s) {
			t.Errorf("%s: %d bytes from %d", p.Name, len(got), len(s))
		}
	}
}
