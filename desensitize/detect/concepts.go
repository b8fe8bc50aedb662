package detect

import (
	"strings"

	"github.com/yumen-data/yumen"
)

// concept is what a column may be about without holding identifiers; only its name tells.
type concept struct {
	title  yumen.Text
	role   yumen.ColumnRole
	grade  int
	preset string // of desensitize/mask, or "" where generalization serves better
	words  []string
}

// concepts follow the examples of quasi-identifiers and sensitive attributes in GB/T 37964 and GB/T 35273 annex B; the
// first that fits counts.
var concepts = []concept{
	{yumen.Text{EN: "date of birth", ZH: "出生日期"}, yumen.ColumnRoleQuasi, 3, "date_month", Types[birthDate].Words},
	{yumen.Text{EN: "diagnosis or treatment", ZH: "诊断与诊疗"}, yumen.ColumnRoleSensitive, 4, "",
		[]string{"诊断", "疾病", "病种", "病史", "症状", "用药", "药品", "手术", "过敏", "检验", "检查结果", "残疾", "传染", "diagnosis", "disease",
			"icd", "icd10", "symptom", "drug", "allergy", "surgery", "hiv"}},
	{yumen.Text{EN: "income or property", ZH: "收入与财产"}, yumen.ColumnRoleSensitive, 3, "",
		[]string{"收入", "工资", "薪", "存款", "余额", "负债", "贷款", "房产", "纳税额", "income", "salary", "wage", "balance", "loan",
			"debt", "deposit"}},
	{yumen.Text{EN: "offence or penalty", ZH: "违法与处罚"}, yumen.ColumnRoleSensitive, 4, "",
		[]string{"犯罪", "前科", "刑", "违法", "处罚", "失信", "涉毒", "crime", "criminal", "offence", "offense", "conviction",
			"penalty"}},
	{yumen.Text{EN: "belief or membership", ZH: "信仰与党派"}, yumen.ColumnRoleSensitive, 4, "",
		[]string{"宗教", "信仰", "政治面貌", "党派", "religion", "belief", "political", "party"}},
	{yumen.Text{EN: "social benefit", ZH: "社会救助"}, yumen.ColumnRoleSensitive, 3, "",
		[]string{"低保", "救助", "贫困", "补贴", "特困", "benefit", "welfare", "subsidy"}},
	{yumen.Text{EN: "biometric feature", ZH: "生物特征"}, yumen.ColumnRoleSensitive, 4, "",
		[]string{"指纹", "人脸", "虹膜", "声纹", "基因", "血型", "fingerprint", "face", "iris", "dna", "genotype"}},
	{yumen.Text{EN: "sex", ZH: "性别"}, yumen.ColumnRoleQuasi, 2, "", []string{"性别", "sex", "gender", "xb"}},
	{yumen.Text{EN: "age", ZH: "年龄"}, yumen.ColumnRoleQuasi, 2, "", []string{"年龄", "周岁", "age"}},
	{yumen.Text{EN: "ethnic group", ZH: "民族"}, yumen.ColumnRoleQuasi, 3, "",
		[]string{"民族", "ethnic", "ethnicity", "nation", "race", "mz"}},
	{yumen.Text{EN: "place", ZH: "地区"}, yumen.ColumnRoleQuasi, 2, "",
		[]string{"行政区划", "区划", "省份", "城市", "区县", "街道", "乡镇", "社区", "籍贯", "出生地", "户籍地", "邮编", "邮政编码", "region",
			"district", "province", "city", "county", "town", "zip", "zipcode", "postcode", "hometown", "area"}},
	{yumen.Text{EN: "education", ZH: "学历"}, yumen.ColumnRoleQuasi, 2, "",
		[]string{"学历", "学位", "文化程度", "毕业院校", "education", "degree"}},
	{yumen.Text{EN: "occupation", ZH: "职业"}, yumen.ColumnRoleQuasi, 2, "",
		[]string{"职业", "职务", "职称", "岗位", "工作单位", "occupation", "job", "profession", "employer", "workclass"}},
	{yumen.Text{EN: "marital status", ZH: "婚姻状况"}, yumen.ColumnRoleQuasi, 2, "",
		[]string{"婚姻", "婚否", "marital", "marriage"}},
	{yumen.Text{EN: "nationality", ZH: "国籍"}, yumen.ColumnRoleQuasi, 2, "",
		[]string{"国籍", "nationality", "citizenship", "native-country", "country"}},
	{yumen.Text{EN: "date of an event of a person", ZH: "个人事件日期"}, yumen.ColumnRoleQuasi, 2, "date_month",
		[]string{"入院", "出院", "就诊", "死亡日期", "入学", "结婚日期", "admission", "admitted", "discharge", "discharged", "visited",
			"death"}},
}

// conceptOf returns what the name of a column says it is about, or nil.
func conceptOf(column string) *concept {
	text := strings.ToLower(camelCase.ReplaceAllString(column, "${1}_${2}"))
	for i := range concepts {
		if mentionsAny(text, concepts[i].words) {
			return &concepts[i]
		}
	}
	return nil
}
