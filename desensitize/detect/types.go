package detect

import "github.com/yumen-data/yumen"

// Type is a kind of identifier.
type Type string

// The types.
const (
	ResidentID Type = "resident_id"
	CreditCode Type = "credit_code"
	OrgCode    Type = "org_code"
	BankCard   Type = "bank_card"
	Mobile     Type = "mobile"
	Phone      Type = "phone"
	Passport   Type = "passport"
	Permit     Type = "travel_permit"
	Plate      Type = "plate"
	Name       Type = "name"
	Address    Type = "address"
	Email      Type = "email"
	IP         Type = "ip"
	MAC        Type = "mac"
	IMEI       Type = "imei"
	VIN        Type = "vin"
	GPS        Type = "gps"
	Secret     Type = "secret"
	BirthDate  Type = "birth_date"
)

// About describes a type: what is looked for, how sure a find is, and what it calls for.
type About struct {
	Type  Type
	Title yumen.Text
	Form  yumen.Text // what is looked for
	// Alone is the score of a find by its form, Known that of a find which the words around it or the name of its
	// column call what it is. A score is a degree of belief in [0,1] set by hand, not a frequency; docs/detectors.md
	// has those.
	Alone, Known float64
	Words        []string // in lower case, that announce it in a text or name its column
	Role         yumen.ColumnRole
	Grade        int
	Preset       string // of desensitize/mask
}

// Threshold is the score below which nothing is reported.
const Threshold = 0.5

// Types describes every type, in the order of the documentation.
var Types = []About{
	{ResidentID, yumen.Text{EN: "resident identity number", ZH: "居民身份证号"},
		yumen.Text{EN: "18 digits with region, date and check digit (GB 11643); 15 digits of the old form with region and date", ZH: "18 位，校验地址码、日期、校验码（GB 11643）；旧式 15 位，校验地址码与日期"},
		0.98, 0.99, []string{"身份证", "证件号", "公民身份", "身份号", "sfz", "idcard", "id_card", "id card", "id_no", "idno",
			"identity", "resident"}, yumen.ColumnRoleIdentifier, 4, "resident_id"},
	{CreditCode, yumen.Text{EN: "unified social credit code", ZH: "统一社会信用代码"},
		yumen.Text{EN: "18 characters with authority, region and check character (GB 32100)",
			ZH: "18 位，校验登记机关、地区、校验码（GB 32100）"},
		0.97, 0.99, []string{"信用代码", "社会信用", "税号", "纳税人识别", "uscc", "credit_code", "credit code", "tax_no", "taxpayer"},
		yumen.ColumnRoleIdentifier, 2, "credit_code"},
	{OrgCode, yumen.Text{EN: "organisation code", ZH: "组织机构代码"},
		yumen.Text{EN: "8 characters and a check character, with the hyphen or announced (GB 11714)",
			ZH: "8 位加校验码，有连字符或有提示词（GB 11714）"},
		0.6, 0.95, []string{"组织机构代码", "机构代码", "org_code", "orgcode", "organization code", "organisation code"},
		yumen.ColumnRoleIdentifier, 2, "generic"},
	{BankCard, yumen.Text{EN: "bank card number", ZH: "银行卡号"},
		yumen.Text{EN: "13 to 19 digits of a known issuer with check digit (ISO/IEC 7812-1)",
			ZH: "13 至 19 位，校验发卡行标识与校验码（ISO/IEC 7812-1）"},
		0.75, 0.97, []string{"银行卡", "卡号", "账号", "帐号", "账户", "开户", "card", "account", "bank"},
		yumen.ColumnRoleIdentifier, 4, "bank_card"},
	{Mobile, yumen.Text{EN: "mobile number", ZH: "手机号"},
		yumen.Text{EN: "1, 3 to 9, nine digits; with +86, 86 or 0086", ZH: "1、3–9 与 9 位数字；可带 +86、86、0086"},
		0.8, 0.97, []string{"手机", "移动电话", "电话", "联系方式", "mobile", "phone", "cell", "tel", "sjh"},
		yumen.ColumnRoleIdentifier, 3, "mobile"},
	{Phone, yumen.Text{EN: "landline number", ZH: "固定电话"},
		yumen.Text{EN: "area code and 7 or 8 digits, 400 and 800 numbers; without area code where announced",
			ZH: "区号加 7–8 位、400 与 800 号码；有提示词时可无区号"},
		0.75, 0.93, []string{"电话", "座机", "固话", "传真", "总机", "联系方式", "phone", "tel", "fax", "landline"},
		yumen.ColumnRoleIdentifier, 3, "phone"},
	{Passport, yumen.Text{EN: "passport number", ZH: "护照号"},
		yumen.Text{EN: "E or G and 8 digits, E, letter, 7 digits; D, S, P and 7 or 8 digits where announced",
			ZH: "E、G 加 8 位，E 加字母加 7 位；D、S、P 加 7–8 位须有提示词"},
		0.55, 0.95, []string{"护照", "证件号", "passport", "travel document"}, yumen.ColumnRoleIdentifier, 4, "passport"},
	{Permit, yumen.Text{EN: "travel permit number", ZH: "通行证号"},
		yumen.Text{EN: "Hong Kong, Macao, Taiwan: C, W, L, T and 8 digits, H, M and 8 or 10; 8 digits where announced",
			ZH: "港澳台通行证：C、W、L、T 加 8 位，H、M 加 8 或 10 位；8 位数字须有提示词"},
		0.5, 0.95, []string{"通行证", "回乡证", "台胞证", "港澳", "证件号", "permit"}, yumen.ColumnRoleIdentifier, 4, "passport"},
	{Plate, yumen.Text{EN: "vehicle plate", ZH: "车牌号"},
		yumen.Text{EN: "province, office, 5 or 6 characters (GA 36)", ZH: "省份简称、发牌机关与 5–6 位序号（GA 36）"},
		0.85, 0.97, []string{"车牌", "号牌", "车号", "plate", "vehicle_no", "car_no"}, yumen.ColumnRoleIdentifier, 3,
		"plate"},
	{Name, yumen.Text{EN: "personal name", ZH: "姓名"},
		yumen.Text{EN: "surname from a list and one or two characters usual in given names; others where announced",
			ZH: "姓氏表中的姓加一至两个常用名字；其余须有提示词"},
		0.6, 0.9, []string{"姓名", "名字", "联系人", "患者", "户主", "经办人", "负责人", "申请人", "法定代表人", "法人", "收件人", "收货人", "寄件人",
			"监护人", "当事人", "医生", "医师", "职工", "员工", "学生", "家长", "name", "xm", "patient", "contact"},
		yumen.ColumnRoleIdentifier, 3, "name"},
	{Address, yumen.Text{EN: "postal address", ZH: "地址"},
		yumen.Text{EN: "two or more levels from province to room, one of them a street or village and one a number",
			ZH: "省至室的两级以上，含路街村等与门牌号"},
		0.8, 0.95, []string{"地址", "住址", "住所", "居住地", "户籍", "收货", "寄往", "家住", "address", "addr"},
		yumen.ColumnRoleIdentifier, 3, "address"},
	{Email, yumen.Text{EN: "email address", ZH: "电子邮箱"},
		yumen.Text{EN: "local part, @, domain (RFC 5321)", ZH: "本地部分、@、域名（RFC 5321）"},
		0.95, 0.99, []string{"邮箱", "电邮", "email", "e-mail", "mail"}, yumen.ColumnRoleIdentifier, 3, "email"},
	{IP, yumen.Text{EN: "IP address", ZH: "IP 地址"},
		yumen.Text{EN: "IPv4 dotted, IPv6 (RFC 791, RFC 4291), not after a word for version",
			ZH: "IPv4 点分、IPv6（RFC 791、RFC 4291），版本号之后除外"},
		0.8, 0.97, []string{"ip", "地址", "主机", "服务器", "host", "client", "来源"}, yumen.ColumnRoleIdentifier, 2, "ip"},
	{MAC, yumen.Text{EN: "MAC address", ZH: "MAC 地址"},
		yumen.Text{EN: "six pairs of hexadecimal digits with separators (IEEE 802)", ZH: "六组十六进制数，带分隔符（IEEE 802）"},
		0.9, 0.98, []string{"mac", "物理地址", "网卡", "硬件地址"}, yumen.ColumnRoleIdentifier, 2, "generic"},
	{IMEI, yumen.Text{EN: "mobile equipment identity", ZH: "设备识别码"},
		yumen.Text{EN: "15 digits of a reporting body with check digit (3GPP TS 23.003)",
			ZH: "15 位，校验报告机构标识与校验码（3GPP TS 23.003）"},
		0.55, 0.96, []string{"imei", "设备号", "设备识别", "串号", "device"}, yumen.ColumnRoleIdentifier, 2, "generic"},
	{VIN, yumen.Text{EN: "vehicle identification number", ZH: "车辆识别代号"},
		yumen.Text{EN: "17 characters with check digit (GB 16735)", ZH: "17 位，校验检验位（GB 16735）"},
		0.9, 0.98, []string{"vin", "车架号", "车辆识别", "chassis"}, yumen.ColumnRoleIdentifier, 2, "generic"},
	{GPS, yumen.Text{EN: "coordinates", ZH: "经纬度"},
		yumen.Text{EN: "a pair of degrees with four decimals or degrees, minutes, seconds; one where announced",
			ZH: "一对四位小数的度数或度分秒；有提示词时可为单个"},
		0.75, 0.95, []string{"坐标", "经纬", "经度", "纬度", "定位", "gps", "lat", "lng", "lon", "location", "position"},
		yumen.ColumnRoleIdentifier, 3, "gps"},
	{Secret, yumen.Text{EN: "key or token", ZH: "密钥与令牌"},
		yumen.Text{EN: "private keys, JSON web tokens, keys of known services; what follows a word for password",
			ZH: "私钥、JWT、常见服务的密钥；口令类提示词之后的字串"},
		0.95, 0.97, []string{"密码", "口令", "密钥", "令牌", "password", "passwd", "pwd", "secret", "token", "api_key",
			"apikey", "access_key"}, yumen.ColumnRoleIdentifier, 4, "generic"},
	{BirthDate, yumen.Text{EN: "date of birth", ZH: "出生日期"},
		yumen.Text{EN: "a date from 1900 to today, where announced", ZH: "1900 年至今的日期，须有提示词"},
		0, 0.9, []string{"出生", "生日", "birth", "dob", "csrq"}, yumen.ColumnRoleQuasi, 3, "date_month"},
}

// place is the number of a type in Types.
type place uint8

// The places of the types.
const (
	residentID place = iota
	creditCode
	orgCode
	bankCard
	mobile
	phone
	passport
	permit
	plate
	name
	address
	email
	ipAddr
	mac
	imei
	vin
	gps
	secret
	birthDate
	types
)

// Lookup returns the description of a type.
func Lookup(t Type) (About, bool) {
	for _, a := range Types {
		if a.Type == t {
			return a, true
		}
	}
	return About{}, false
}

// Form says in what disguise an identifier was seen. Full-width characters and gaps between groups are no disguise.
type Form string

// The forms.
const (
	Plain        Form = ""
	Numerals     Form = "numerals"       // Chinese numerals
	Reversed     Form = "reversed"       // last character first
	Base64       Form = "base64"         // RFC 4648
	Hex          Form = "hex"            // RFC 4648
	NoCheckDigit Form = "no_check_digit" // the last character is gone
	Split        Form = "split"          // over two columns
)

// Finding is an identifier found in a cell, at the bytes from Start up to End.
type Finding struct {
	Type       Type
	Start, End int
	Score      float64
	Form       Form
}
