package corpus

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/yumen-data/yumen/desensitize/detect"
	"github.com/yumen-data/yumen/internal/chinaid"
)

var numberDisguises = []Variant{FullWidth, Grouped, Numerals, Base64, Hex, Reversed}

// makers has every type.
var makers = []maker{
	{detect.ResidentID, residentID, []string{"身份证号", "sfzh", "id_card", "证件号码"},
		[]string{"身份证号：%", "持证人证件号码%，已登记", "ID card: %"},
		append([]Variant{NoCheckDigit, Old}, numberDisguises...), true},
	{detect.CreditCode, creditCode, []string{"统一社会信用代码", "纳税人识别号", "credit_code"}, []string{"统一社会信用代码：%", "税号%，开票用"},
		[]Variant{NoCheckDigit, FullWidth, Base64, Hex, Reversed}, true},
	{detect.OrgCode, orgCode, []string{"组织机构代码", "org_code"}, []string{"组织机构代码：%", "该单位组织机构代码为%。"}, nil, true},
	{detect.BankCard, bankCard, []string{"银行卡号", "收款账号", "card_no"}, []string{"请汇至银行卡 %", "账号：%，户名见附件", "card %"},
		[]Variant{FullWidth, Grouped, Numerals, Base64, Hex, Reversed}, true},
	{detect.Mobile, mobile, []string{"手机号", "联系方式", "mobile", "phoneNumber"}, []string{"手机：%", "联系电话%，请回电", "tel %"},
		[]Variant{FullWidth, Grouped, Numerals, Base64, Hex}, true},
	{detect.Phone, phone, []string{"固定电话", "座机", "fax"}, []string{"电话：%", "办公室座机 %", "传真 %"}, []Variant{FullWidth},
		true},
	{detect.Passport, passport, []string{"护照号", "passport_no"}, []string{"护照：%", "passport %", "凭护照%入境"},
		[]Variant{FullWidth}, true},
	{detect.Permit, permit, []string{"通行证号", "港澳通行证", "回乡证"}, []string{"通行证号%", "持回乡证 % 入境"}, []Variant{FullWidth},
		true},
	{detect.Plate, plate, []string{"车牌号", "plate_no"}, []string{"车牌：%", "号牌%，违停"}, nil, true},
	{detect.Name, name, []string{"姓名", "xm", "patient_name", "联系人"},
		[]string{"姓名：%", "患者%，男，45岁", "联系人 %，已通知", "经办人：%"}, nil, true},
	{detect.Address, address, []string{"家庭住址", "户籍地址", "addr"}, []string{"现住%", "家住%，独居", "地址：%", "寄往%"}, nil, true},
	{detect.Email, email, []string{"邮箱", "email"}, []string{"邮箱：%", "请发至 %", "email: %"}, []Variant{FullWidth}, true},
	{detect.IP, ip, []string{"登录IP", "client_ip", "ip"}, []string{"登录IP：%", "来源 %", "from host %"}, nil, true},
	{detect.MAC, mac, []string{"MAC地址", "mac"}, []string{"MAC：%", "网卡 %"}, nil, true},
	{detect.IMEI, imei, []string{"IMEI", "设备识别码"}, []string{"IMEI：%", "设备号%", "手机串号 %"}, nil, true},
	{detect.VIN, vin, []string{"车架号", "vin"}, []string{"车架号：%", "VIN %"}, nil, true},
	{detect.GPS, gps, []string{"坐标", "gps", "location"}, []string{"坐标：%", "定位 %", "gps=%"}, nil, true},
	{detect.Secret, secret, []string{"密钥", "token", "api_key"}, []string{"密钥：%", "token=%", "Authorization: Bearer %"},
		nil, true},
	{detect.BirthDate, birthDate, []string{"出生日期", "生日", "dob", "birth_date"},
		[]string{"出生日期：%", "生于%，出生地不详", "DOB: %", "出生于%"}, nil, false},
}

func (g *generator) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + g.IntN(10)))
	}
	return b.String()
}

func (g *generator) from(alphabet string, n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(alphabet[g.IntN(len(alphabet))])
	}
	return b.String()
}

const (
	hexDigits = "0123456789abcdef"
	upper     = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	mixed     = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
)

var regions = []string{"110105", "120102", "130104", "210102", "310115", "320106", "330106", "340103", "350203",
	"360102", "370202", "410105", "420106", "430102", "440305", "450103", "500103", "510107", "520103", "530102",
	"610113", "650102"}

func (g *generator) day(from, to int) (y, m, d int) {
	return from + g.IntN(to-from), 1 + g.IntN(12), 1 + g.IntN(28)
}

func residentID(g *generator) string {
	y, m, d := g.day(1940, 2020)
	s := pick(g, regions) + fmt.Sprintf("%04d%02d%02d", y, m, d) + g.digits(3)
	return s + string(rune(chinaid.ResidentIDCheck(s)))
}

func oldResidentID(g *generator) string {
	y, m, d := g.day(1930, 1985)
	return pick(g, regions) + fmt.Sprintf("%02d%02d%02d", y%100, m, d) + g.digits(3)
}

func creditCode(g *generator) string {
	org := g.from(chinaid.CreditAlphabet, 7) + g.digits(1)
	org += string(chinaid.OrganisationCheck(org))
	s := pick(g, []string{"91", "92", "12", "51", "93"}) + pick(g, regions) + org
	return s + string(rune(chinaid.CreditCodeCheck(s)))
}

func orgCode(g *generator) string {
	org := g.from(chinaid.CreditAlphabet, 7) + g.digits(1)
	return org + "-" + string(chinaid.OrganisationCheck(org))
}

func bankCard(g *generator) string {
	s := pick(g, []string{"622202", "621700", "622848", "621661", "625900", "436742"})
	if s[0] == '4' {
		s += g.digits(9)
	} else {
		s += g.digits(pick(g, []int{9, 12}))
	}
	return s + string(rune(chinaid.LuhnCheck(s)))
}

func mobile(g *generator) string {
	return "1" + pick(g, []string{"38", "39", "50", "51", "59", "66", "77", "86", "88", "91", "98", "35"}) + g.digits(8)
}

func phone(g *generator) string {
	code := pick(g, []string{"010", "021", "0571", "0755", "0431", "0871", "023", "0512"})
	number := fmt.Sprint(2+g.IntN(7)) + g.digits(7-g.IntN(2)*(len(code)-3))
	switch g.IntN(5) {
	case 0:
		return "(" + code + ")" + number
	case 1:
		return code + " " + number
	case 2:
		return code + "-" + number + "-" + g.digits(3)
	case 3:
		return pick(g, []string{"400-", "800-"}) + g.digits(3) + "-" + g.digits(4)
	}
	return code + "-" + number
}

func passport(g *generator) string {
	if g.IntN(2) == 0 {
		return "E" + g.from("ABCDEFGHJKLMNPQRSTUVWXYZ", 1) + g.digits(7)
	}
	return pick(g, []string{"E", "G"}) + g.digits(8)
}

func permit(g *generator) string {
	switch g.IntN(3) {
	case 0:
		return pick(g, []string{"H", "M"}) + g.digits(pick(g, []int{8, 10}))
	case 1:
		return "C" + g.from(upper, 1) + g.digits(7)
	}
	return pick(g, []string{"C", "W", "L", "T"}) + g.digits(8)
}

func plate(g *generator) string {
	s := pick(g, []string{"京", "沪", "粤", "浙", "苏", "川", "鄂", "新", "黑", "桂"}) + g.from("ABCDEFGH", 1) +
		pick(g, []string{"", "", "·", " "})
	switch g.IntN(4) {
	case 0:
		return s + pick(g, []string{"D", "F"}) + g.digits(5)
	case 1:
		return s + g.digits(4) + pick(g, []string{"学", "警", "挂"})
	}
	return s + g.from("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ", 2) + g.digits(3)
}

func name(g *generator) string {
	surname := pick(g, []string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何",
		"郭", "马", "罗", "梁", "宋", "郑", "谢", "韩",
		"唐", "冯", "于", "董", "程", "曹", "袁", "邓", "许", "傅", "沈", "曾", "彭", "吕", "苏", "卢", "蒋", "蔡", "贾", "丁", "魏", "薛",
		"叶", "余", "潘", "戴", "夏", "钟", "汪", "田", "任",
		"姜", "范", "方", "石", "姚", "谭", "廖", "邹", "熊", "金", "陆", "郝", "孔", "白", "崔", "康", "毛", "邱", "秦", "江", "欧阳", "上官",
		"诸葛", "司马"})
	return surname + pick(g, givenNames)
}

// givenNames are names as they occur, a sixth of them with characters that are rare in names.
var givenNames = strings.Fields("伟 芳 娜 敏 静 丽 强 磊 军 洋 勇 艳 杰 娟 涛 明 超 霞 平 刚 秀英 桂英 秀兰 玉兰 建国 建华 志强 志明 海燕 晓明 晓东 小红 丽华 丽娟 文博 文杰 子轩 子涵 梓涵 雨泽 " +
	"浩然 浩宇 宇轩 欣怡 欣妍 诗涵 一诺 一鸣 俊杰 俊熙 雅静 婷婷 佳怡 佳琪 思远 思雨 天宇 天佑 国强 国栋 永强 永刚 春梅 春燕 冬梅 雪梅 凤英 凤兰 金凤 金龙 玉梅 玉珍 红梅 红霞 爱华 爱民 卫东 卫国 新华 " +
	"学军 学文 立新 立群 振华 振东 少华 少峰 家豪 家明 嘉欣 嘉豪 美玲 美华 慧敏 慧君 淑珍 淑芬 翠花 翠兰 彩霞 彩云 燕 鹏 辉 斌 波 飞 峰 琳 颖 莉 瑶 洁 晨 帆 凯 鑫 彧 骞 翀 垚 淏 玥 笙 鲲 劼 璟雯 沄汐 翊辰 " +
	"奕辰 予安 知夏 清和 望舒 听澜 沐阳 景行 未央 若愚 了凡 三丰 不凡 来娣 招弟 栓柱 二牛 满仓 喜顺 麦收 狗剩 解放 援朝 跃进 拥军")

func address(g *generator) string {
	area := pick(g, []string{"浙江省杭州市西湖区", "北京市朝阳区", "上海市浦东新区", "广东省深圳市南山区", "江苏省南京市鼓楼区", "四川省成都市武侯区", "湖北省武汉市洪山区",
		"陕西省西安市雁塔区",
		"新疆维吾尔自治区乌鲁木齐市天山区", "内蒙古自治区呼伦贝尔市海拉尔区", "河北省石家庄市正定县", "杭州市余杭区", "朝阳区", ""})
	road := pick(g, []string{"文三路", "人民大道", "中山北路", "建设街", "解放东路", "和平里", "仓前街道余杭塘路", "朝阳门外大街", "科技园", "新华村", "柳树屯",
		"东风镇向阳村", "翠苑新村"})
	number := fmt.Sprint(1+g.IntN(500)) + "号"
	tail := pick(g, []string{"", "", fmt.Sprintf("%d栋%d单元%d室", 1+g.IntN(30), 1+g.IntN(4), 101+g.IntN(2500)),
		fmt.Sprintf("%d幢%d室", 1+g.IntN(30), 101+g.IntN(2500)),
		fmt.Sprintf("%d号楼%d层", 1+g.IntN(20), 1+g.IntN(30))})
	return area + road + number + tail
}

func email(g *generator) string {
	local := pick(g, []string{"zhang.wei", "li_na", "wangfang", "user", "a.b", "chen"}) + g.digits(g.IntN(5))
	return local + "@" + pick(g, []string{"qq.com", "163.com", "example.com.cn", "mail.gov.cn", "sub.example.org"})
}

func ip(g *generator) string {
	if g.IntN(4) == 0 {
		return pick(g, []string{"2001:db8:", "fe80:0:", "240e:3b7:", "2408:8000:"}) +
			fmt.Sprintf("%x:%x::%x", g.IntN(65535), 1+g.IntN(65534), 1+g.IntN(65534))
	}
	return fmt.Sprintf("%d.%d.%d.%d", 1+g.IntN(223), g.IntN(256), g.IntN(256), 1+g.IntN(254))
}

func mac(g *generator) string {
	s := g.from(hexDigits, 12)
	if g.IntN(4) == 0 {
		return s[:4] + "." + s[4:8] + "." + s[8:]
	}
	sep := pick(g, []string{":", "-"})
	pairs := []string{s[:2], s[2:4], s[4:6], s[6:8], s[8:10], s[10:]}
	return strings.ToUpper(strings.Join(pairs, sep))
}

func imei(g *generator) string {
	s := pick(g, []string{"35", "86", "01", "99"}) + g.digits(12)
	return s + string(rune(chinaid.LuhnCheck(s)))
}

func vin(g *generator) string {
	s := []byte(pick(g, []string{"LSV", "LFV", "LGW", "LVG", "LBV", "WBA", "JTD"}) +
		g.from("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", 10) + g.digits(4))
	s[8] = vinCheck(s)
	return string(s)
}

// vinCheck computes position 9 of a vehicle identification number (GB 16735-2019).
func vinCheck(s []byte) byte {
	values := map[byte]int{'A': 1, 'B': 2, 'C': 3, 'D': 4, 'E': 5, 'F': 6, 'G': 7, 'H': 8, 'J': 1, 'K': 2, 'L': 3,
		'M': 4, 'N': 5, 'P': 7, 'R': 9,
		'S': 2, 'T': 3, 'U': 4, 'V': 5, 'W': 6, 'X': 7, 'Y': 8, 'Z': 9}
	sum := 0
	for i, w := range [17]int{8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2} {
		v, ok := values[s[i]]
		if !ok {
			v = int(s[i] - '0')
		}
		sum += v * w
	}
	return "0123456789X"[sum%11]
}

func gps(g *generator) string {
	lat, lon := 20+g.Float64()*25, 80+g.Float64()*45
	if g.IntN(6) == 0 {
		return fmt.Sprintf("%d°%02d′%02d″N %d°%02d′%02d″E", int(lat), g.IntN(60), g.IntN(60), int(lon), g.IntN(60),
			g.IntN(60))
	}
	if g.IntN(2) == 0 {
		lat, lon = lon, lat
	}
	places := 4 + g.IntN(3)
	return fmt.Sprintf("%.*f%s%.*f", places, lat, pick(g, []string{",", ", ", " "}), places, lon)
}

func secret(g *generator) string {
	switch g.IntN(5) {
	case 0:
		return "AKIA" + g.from("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)
	case 1:
		return "ghp_" + g.from(mixed, 36)
	case 2:
		return "LTAI" + g.from(mixed, 16)
	case 3:
		return "sk-" + g.from(mixed, 40)
	}
	part := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	return part(`{"alg":"HS256","typ":"JWT"}`) + "." + part(`{"sub":"`+g.digits(8)+`"}`) + "." + g.from(mixed, 43)
}

func birthDate(g *generator) string {
	y, m, d := g.day(1930, 2020)
	return fmt.Sprintf(pick(g, []string{"%04d-%02d-%02d", "%04d%02d%02d", "%d/%d/%d", "%d年%d月%d日", "%d.%d.%d"}), y, m,
		d)
}
