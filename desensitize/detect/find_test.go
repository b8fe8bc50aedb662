package detect

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen/internal/chinaid"
	"github.com/yumen-data/yumen/internal/uses"
)

func TestFind(t *testing.T) {
	tests := []struct {
		column, cell string
		want         []string // type:text[:form]
	}{
		// check digits
		{"", "11010519491231002X", []string{"resident_id:11010519491231002X"}},
		{"", "110105194912310021", nil},
		{"", "110105491231002", []string{"resident_id:110105491231002"}},
		{"", "91350100M000100Y43", []string{"credit_code:91350100M000100Y43"}},
		{"", "91350100M000100Y4", []string{"credit_code:91350100M000100Y4:no_check_digit"}},
		{"", "11010519491231002", []string{"resident_id:11010519491231002:no_check_digit"}},
		{"", "M000100Y-4", []string{"org_code:M000100Y-4"}},
		{"", "M000100Y-5", nil},
		{"", "M000100Y4", nil},
		{"组织机构代码", "M000100Y4", []string{"org_code:M000100Y4"}},
		{"", "M000100Y-4-1", nil},
		{"", "LSVAM4187C2184847", []string{"vin:LSVAM4187C2184847"}},
		{"", "LSVAM4180C2184847", nil},
		{"车架号", "LSVAM4180C2184847", []string{"vin:LSVAM4180C2184847"}},
		{"", "490154203237518", nil}, // an equipment identity of a body that no longer issues them
		{"", "356938035643809", []string{"imei:356938035643809"}},
		{"", "356938035643808", nil},
		// disguises
		{"", "１１０１０５１９４９１２３１００２Ｘ", []string{"resident_id:１１０１０５１９４９１２３１００２Ｘ"}},
		{"", "一一〇一〇五一九四九一二三一〇〇二X", []string{"resident_id:一一〇一〇五一九四九一二三一〇〇二X:numerals"}},
		{"", "手机壹叁捌零零壹叁捌零零零", []string{"mobile:壹叁捌零零壹叁捌零零零:numerals"}},
		{"", "X20013219491501011", []string{"resident_id:X20013219491501011:reversed"}},
		{"", "MTEwMTA1MTk0OTEyMzEwMDJY", []string{"resident_id:MTEwMTA1MTk0OTEyMzEwMDJY:base64"}},
		{"", "313130313035313934393132333130303258", []string{"resident_id:313130313035313934393132333130303258:hex"}},
		{"", "110105 19491231 002X", []string{"resident_id:110105 19491231 002X"}},
		// parts of something longer
		{"", "1fa81974486b30d19675793343d81a1a7cc403a1", nil},
		{"", "a216b778-1641-4064-708b-5b88981324a5", nil},
		{"", "订单号13800138000", nil},
		{"", "手机13800138000", []string{"mobile:13800138000"}},
		// phones
		{"", "0571-87654321转803", []string{"phone:0571-87654321转803"}},
		{"", "（010）62345678", []string{"phone:（010）62345678"}},
		{"", "400-810-1234", []string{"phone:400-810-1234"}},
		{"", "021-6234 5678", []string{"phone:021-6234 5678"}},
		{"", "87654321", nil},
		{"", "办公电话 87654321", []string{"phone:87654321"}},
		{"", "0123-4567890", nil},
		// documents
		{"", "E12345678", []string{"passport:E12345678"}},
		{"", "货号E12345678", nil},
		{"", "EA1234567", []string{"passport:EA1234567"}},
		{"", "D1234567", nil},
		{"护照", "D1234567", []string{"passport:D1234567"}},
		{"", "H1234567890", []string{"travel_permit:H1234567890"}},
		{"", "12345678", nil},
		{"台胞证", "12345678", []string{"travel_permit:12345678"}},
		{"", "京A12345", []string{"plate:京A12345"}},
		{"", "粤B·D12345停放", []string{"plate:粤B·D12345"}},
		{"", "沪A1234警", []string{"plate:沪A1234警"}},
		{"", "京A座1203", nil},
		// names
		{"", "张伟", []string{"name:张伟"}},
		{"", "张 伟", []string{"name:张 伟"}},
		{"", "欧阳秀英", []string{"name:欧阳秀英"}},
		{"", "买买提·艾力", []string{"name:买买提·艾力"}},
		{"", "高血压", nil},
		{"姓名", "贾骞", []string{"name:贾骞"}},
		{"姓名", "平平", []string{"name:平平"}},
		{"", "患者张伟，男，45岁", []string{"name:张伟"}},
		{"", "联系人：诸葛翠花电话未填", []string{"name:诸葛翠花"}},
		{"", "李秀英女士来访", []string{"name:李秀英"}},
		{"", "和平饭店", nil},
		// addresses
		{"", "浙江省杭州市西湖区文三路138号", []string{"address:浙江省杭州市西湖区文三路138号"}},
		{"", "家住河北省石家庄市正定县仓前街道余杭塘路401号3栋2单元1201室，独居", []string{"address:河北省石家庄市正定县仓前街道余杭塘路401号3栋2单元1201室"}},
		{"", "北京市教育局", nil},
		{"", "地铁2号线", nil},
		// network
		{"", "发至 zhang.wei@mail.gov.cn。", []string{"email:zhang.wei@mail.gov.cn"}},
		{"", "a@b", nil},
		{"", "10.0.0.1:8080", []string{"ip:10.0.0.1"}},
		{"", "版本 10.20.30.40", nil},
		{"", "1.2.3.4.5", nil},
		{"", "256.1.1.1", nil},
		{"", "来源：2001:db8::8a2e:370:7334", []string{"ip:2001:db8::8a2e:370:7334"}},
		{"", "12:30:45", nil},
		{"", "MAC：00:1A:2b:3C:4d:5E", []string{"mac:00:1A:2b:3C:4d:5E"}},
		{"", "001a.2b3c.4d5e", []string{"mac:001a.2b3c.4d5e"}},
		{"", "20-24-01-01-12-30", nil},
		// places
		{"", "30.2741,120.1551", []string{"gps:30.2741,120.1551"}},
		{"", "12.345, 67.891", nil},
		{"", `31°13'49"N 121°28'25"E`, []string{`gps:31°13'49"N 121°28'25"E`}},
		{"纬度", "30.274112", []string{"gps:30.274112"}},
		{"", "30.274112", nil},
		// secrets
		{"", "AKIAIOSFODNN7EXAMPLE", []string{"secret:AKIAIOSFODNN7EXAMPLE"}},
		{"", "password: hunter22", []string{"secret:hunter22"}},
		{"", "密码：Ab12cd34", []string{"secret:Ab12cd34"}},
		{"", "密码已修改", nil},
		{"", "-----BEGIN RSA PRIVATE KEY-----\nMIIEow==\n",
			[]string{"secret:-----BEGIN RSA PRIVATE KEY-----\nMIIEow==\n"}},
		// dates
		{"出生日期", "1990-01-31", []string{"birth_date:1990-01-31"}},
		{"", "出生于1990年1月31日", []string{"birth_date:1990年1月31日"}},
		{"出生日期", "1990-02-31", nil},
		{"出生日期", "1890-01-31", nil},
		{"入院日期", "1990-01-31", nil},
		// several
		{"", "张伟，手机13800138000，身份证11010519491231002X",
			[]string{"mobile:13800138000", "resident_id:11010519491231002X"}},
		// bad input
		{"", "", nil},
		{"", "\xff\xfe13800138000\xff", []string{"mobile:13800138000"}},
		{"", strings.Repeat("\xe4", 100), nil},
	}
	d := New()
	for _, tt := range tests {
		var got []string
		for _, f := range d.Find(tt.cell, HintOf(tt.column)) {
			s := string(f.Type) + ":" + tt.cell[f.Start:f.End]
			if f.Form != Plain {
				s += ":" + string(f.Form)
			}
			got = append(got, s)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q in column %q (-want +got):\n%s", tt.cell, tt.column, diff)
		}
	}
}

func TestHintOf(t *testing.T) {
	tests := []struct {
		column string
		want   []Type
	}{
		{"手机号", []Type{Mobile}},
		{"mobilePhone", []Type{Mobile, Phone}},
		{"recipient", nil},
		{"hotel", nil},
		{"IP地址", []Type{IP}},
		{"家庭地址", []Type{Address}},
		{"mac_address", []Type{MAC}},
		{"email_address", []Type{Email}},
		{"company_name", nil},
		{"patient_name", []Type{Name}},
		{"公司名称", nil},
		{"", nil},
	}
	for _, tt := range tests {
		var got []Type
		h := HintOf(tt.column)
		for i, a := range Types {
			if h.has(place(i)) {
				got = append(got, a.Type)
			}
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.column, diff)
		}
	}
}

func TestJoined(t *testing.T) {
	tests := []struct {
		a, b string
		want Type
	}{
		{"110105", "19491231002X", ResidentID},
		{"11010519491231", "002X", ResidentID},
		{"110105", "194912310021", ""},
		{"138", "00138000", Mobile},
		{"13", "800138000", ""},
		{"abc", "13800138", ""},
		{"", "", ""},
	}
	for _, tt := range tests {
		if got, ok := Joined(tt.a, tt.b); got != tt.want || ok != (tt.want != "") {
			t.Errorf("Joined(%q, %q) = %q, %v, want %q", tt.a, tt.b, got, ok, tt.want)
		}
	}
}

// TestTypesMatchTheirPlaces holds that places and table agree, that scores have an order, and that masks exist.
func TestTypesMatchTheirPlaces(t *testing.T) {
	if len(Types) != int(types) || Types[birthDate].Type != BirthDate || Types[residentID].Type != ResidentID ||
		Types[gps].Type != GPS {
		t.Fatal("the places do not follow the table")
	}
	for _, a := range Types {
		if a.Alone > a.Known || a.Known < Threshold || a.Known > 1 || len(a.Words) == 0 {
			t.Errorf("%s: alone %v, known %v, %d words", a.Type, a.Alone, a.Known, len(a.Words))
		}
		if !slices.Contains(uses.Techniques, a.Preset) {
			t.Errorf("%s: there is no mask %s", a.Type, a.Preset)
		}
		for _, w := range a.Words {
			if w != strings.ToLower(w) {
				t.Errorf("%s: the word %q is not in lower case", a.Type, w)
			}
		}
	}
	for i := range concepts {
		if p := concepts[i].preset; p != "" && !slices.Contains(uses.Techniques, p) {
			t.Errorf("%s: there is no mask %s", concepts[i].title, p)
		}
	}
	for _, kind := range []string{chinaid.TypeResidentID, chinaid.TypeCreditCode, chinaid.TypeBankCard,
		chinaid.TypeMobile} {
		if _, ok := Lookup(Type(kind)); !ok {
			t.Errorf("no type %s", kind)
		}
	}
}

// TestLongCell reads cells of 4 MB, made to look like the beginning of something over and over. A search that is not
// one pass would not come to its end.
func TestLongCell(t *testing.T) {
	if testing.Short() {
		t.Skip("some seconds of long cells")
	}
	d := New()
	for _, unit := range []string{"13800138000 ", "张伟,", "a", "1", "路1号", "1.2.3.4 ", "ab:", "a@b.cn ", "AKIA", "°",
		"一", "=", "京A1", "12-"} {
		cell := strings.Repeat(unit, 4<<20/len(unit))
		last := 0
		for _, f := range d.Find(cell, 0) {
			if f.Start < last || f.End > len(cell) {
				t.Fatalf("%q repeated: find at %d to %d after %d", unit, f.Start, f.End, last)
			}
			last = f.End
		}
	}
}
