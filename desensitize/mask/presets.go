package mask

import "github.com/yumen-data/yumen"

// Presets lists every preset in the order of the documentation.
//
// The resident id hides its last four characters besides the birth date: sequence number and check digit are what, with
// the region, make it unique, and the check digit alone cuts the candidates for a hidden date by eleven.
var Presets = []Preset{
	{"name", yumen.Text{EN: "personal name", ZH: "姓名"},
		yumen.Text{EN: "surname (initials of a Latin name), length", ZH: "姓（外文名为首字母）、字数"}, name},
	{"resident_id", yumen.Text{EN: "resident identity number", ZH: "居民身份证号"},
		yumen.Text{EN: "region code (first 6)", ZH: "前 6 位地址码"}, ends(residentEnds)},
	{"mobile", yumen.Text{EN: "mobile number", ZH: "手机号"},
		yumen.Text{EN: "first 3 and last 4 digits, country code", ZH: "前 3 位、后 4 位、国家码"}, ends(mobileEnds)},
	{"phone", yumen.Text{EN: "landline number", ZH: "固定电话"},
		yumen.Text{EN: "area code and last 2 digits", ZH: "区号与后 2 位"}, phone},
	{"bank_card", yumen.Text{EN: "bank card number", ZH: "银行卡号"},
		yumen.Text{EN: "issuer (first 6) and last 4 digits", ZH: "前 6 位发卡行标识与后 4 位"}, ends(cardEnds)},
	{"email", yumen.Text{EN: "email address", ZH: "电子邮箱"},
		yumen.Text{EN: "first character of the local part, domain", ZH: "首字符与域名"}, email},
	{"address", yumen.Text{EN: "postal address", ZH: "地址"},
		yumen.Text{EN: "province, city, county or district", ZH: "省、市、县（区）"}, address},
	{"credit_code", yumen.Text{EN: "unified social credit code", ZH: "统一社会信用代码"},
		yumen.Text{EN: "registration authority, category, region (first 8)", ZH: "前 8 位登记机关、类别与行政区划"},
		ends(creditEnds)},
	{"plate", yumen.Text{EN: "vehicle plate", ZH: "车牌号"},
		yumen.Text{EN: "province and issuing office (first 2)", ZH: "前 2 位省份与发牌机关"}, ends(plateEnds)},
	{"passport", yumen.Text{EN: "passport or travel permit number", ZH: "护照与通行证号"},
		yumen.Text{EN: "first character (kind of document)", ZH: "首字符（证件种类）"}, ends(passportEnds)},
	{"ip", yumen.Text{EN: "IP address", ZH: "IP 地址"},
		yumen.Text{EN: "first 16 bits (IPv4) or 32 bits (IPv6)", ZH: "前 16 位（IPv4）或前 32 位（IPv6）"}, ip},
	{"gps", yumen.Text{EN: "coordinates", ZH: "经纬度"},
		yumen.Text{EN: "degrees to one decimal (about 11 km)", ZH: "度保留一位小数（约 11 公里）"}, gps},
	{"date_month", yumen.Text{EN: "date, day hidden", ZH: "日期（隐藏日）"},
		yumen.Text{EN: "year and month", ZH: "年与月"}, dateMonth},
	{"generic", yumen.Text{EN: "any text", ZH: "一般文本"},
		yumen.Text{EN: "first and last character of four or more, separators, length", ZH: "四字及以上保留首尾字符、分隔符与字数"},
		ends(genericEnds)},
}

var byName = func() map[string]Preset {
	m := make(map[string]Preset, len(Presets))
	for _, p := range Presets {
		m[p.Name] = p
	}
	return m
}()

// ends makes the write function of a preset that keeps the ends of a value.
func ends(f func(n int) (first, last int)) func([]byte, string) []byte {
	return func(dst []byte, s string) []byte { return keepEnds(dst, s, f) }
}

func residentEnds(n int) (int, int) {
	if n == 18 || n == 15 {
		return 6, 0
	}
	return 0, 0
}

// mobileEnds allows for the country code written as 86 or 0086.
func mobileEnds(n int) (int, int) {
	switch n {
	case 11:
		return 3, 4
	case 13:
		return 5, 4
	case 15:
		return 7, 4
	}
	return 0, 0
}

// cardEnds keeps what PCI DSS 4.0 requirement 3.4.1 allows to be shown, of numbers long enough for it.
func cardEnds(n int) (int, int) {
	if n >= 15 && n <= 19 {
		return 6, 4
	}
	return 0, 0
}

func creditEnds(n int) (int, int) {
	if n == 18 {
		return 8, 0
	}
	return 0, 0
}

func plateEnds(n int) (int, int) {
	if n == 7 || n == 8 {
		return 2, 0
	}
	return 0, 0
}

func passportEnds(n int) (int, int) {
	if n >= 7 && n <= 11 {
		return 1, 0
	}
	return 0, 0
}

func genericEnds(n int) (int, int) {
	if n >= 4 {
		return 1, 1
	}
	return 0, 0
}
