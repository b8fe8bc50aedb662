package access

import (
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
)

// Action is something a person can ask for.
type Action string

// The actions.
const (
	CatalogShow       Action = "catalog.show"
	CatalogRegister   Action = "catalog.register"
	CatalogImport     Action = "catalog.import"
	CatalogPublish    Action = "catalog.publish"
	CatalogProfile    Action = "catalog.profile"
	Desensitize       Action = "desensitize"
	DesensitizeBack   Action = "desensitize.reverse"
	DesensitizeTrace  Action = "desensitize.trace"
	DesensitizeList   Action = "desensitize.list"
	KeyCreate         Action = "key.create"
	KeyRotate         Action = "key.rotate"
	KeyDestroy        Action = "key.destroy"
	KeyList           Action = "key.list"
	ContractShow      Action = "contract.show"
	ContractBudget    Action = "contract.budget"
	ContractSign      Action = "contract.sign"
	ContractTerminate Action = "contract.terminate"
	JobShow           Action = "job.show"
	JobSubmit         Action = "job.submit"
	JobFindings       Action = "job.findings"
	JobLogs           Action = "job.logs"
	JobResume         Action = "job.resume"
	ReviewList        Action = "review.list"
	ReviewShow        Action = "review.show"
	ReviewPreview     Action = "review.preview"
	ReviewVote        Action = "review.vote"
	ReviewReturn      Action = "review.return"
	ReviewReject      Action = "review.reject"
	ReviewRelease     Action = "review.release"
	ReleaseGet        Action = "release.get"
	ObjectDestroy     Action = "object.destroy"
	PersonShow        Action = "person.show"
	PersonAdd         Action = "person.add"
	PersonDisable     Action = "person.disable"
	PersonEnable      Action = "person.enable"
	RoleGrant         Action = "role.grant"
	RoleWithdraw      Action = "role.withdraw"
	OrgShow           Action = "org.show"
	OrgContacts       Action = "org.contacts"
	OrgAdd            Action = "org.add"
	OrgChange         Action = "org.change"
	TokenCreate       Action = "token.create"
	TokenIssue        Action = "token.issue"
	TokenList         Action = "token.list"
	TokenListAll      Action = "token.list-all"
	TokenRevoke       Action = "token.revoke"
	TokenRevokeAny    Action = "token.revoke-any"
	AuditTail         Action = "audit.tail"
	AuditExport       Action = "audit.export"
	AuditVerify       Action = "audit.verify"
)

// rule is one line of the table: who may, and why so.
type rule struct {
	action Action
	roles  []yumen.Role
	why    yumen.Text
}

var (
	submitters = []yumen.Role{yumen.RoleOperator, yumen.RoleApplicant, yumen.RoleAnalyst}
	reviewers  = []yumen.Role{yumen.RoleReviewer}
	overseers  = []yumen.Role{yumen.RoleRegulator, yumen.RoleAdmin}
)

// table is everything that roles decide. What is not in it is denied.
var table = []rule{
	{CatalogShow, yumen.Roles, yumen.Say("the catalog says which data there is, to everyone of the domain and to nobody else", "目录说明有哪些数据，仅供本域人员查看")},
	{CatalogRegister, []yumen.Role{yumen.RoleProvider}, yumen.Say("the provider answers for what a dataset says of itself", "数据集的描述由提供方负责")},
	{CatalogImport, []yumen.Role{yumen.RoleProvider}, yumen.Say("raw data comes in only through the one who holds it by law", "原始数据只能由依法持有者导入")},
	{CatalogPublish, []yumen.Role{yumen.RoleProvider}, yumen.Say("the provider decides when a version is fit for use", "版本何时可用由提供方决定")},
	{CatalogProfile, []yumen.Role{yumen.RoleProvider}, yumen.Say("statistics of raw columns are for the one who classifies them", "原始列的统计只供负责分类分级者使用")},
	{Desensitize, []yumen.Role{yumen.RoleProvider}, yumen.Say("who may have a key applied to values of their own choosing can test guesses against pseudonyms", "能以自选的值使用密钥者，可据此猜测验证假名")},
	{DesensitizeBack, []yumen.Role{yumen.RoleProvider}, yumen.Say("turning pseudonyms back is for the one who had the values", "还原假名只能由原值持有者进行")},
	{DesensitizeTrace, []yumen.Role{yumen.RoleProvider, yumen.RoleRegulator}, yumen.Say("whose copy leaked is a question of the one who gave it out, and of the authority", "泄露副本溯源由发放者与主管部门进行")},
	{DesensitizeList, []yumen.Role{yumen.RoleProvider, yumen.RoleOperator, yumen.RoleReviewer, yumen.RoleRegulator}, yumen.Say("records hold names and numbers, and are made to be shown", "脱敏记录只含名称与数字，供查验")},
	{KeyCreate, []yumen.Role{yumen.RoleAdmin}, yumen.Say("who manages keys sees no data, and who has data does not manage keys", "管密钥者不见数据，持数据者不管密钥")},
	{KeyRotate, []yumen.Role{yumen.RoleAdmin}, yumen.Say("as for creating one", "与创建相同")},
	{KeyDestroy, []yumen.Role{yumen.RoleAdmin}, yumen.Say("as for creating one; the reason is recorded", "与创建相同，并记录原因")},
	{KeyList, []yumen.Role{yumen.RoleAdmin, yumen.RoleProvider, yumen.RoleRegulator}, yumen.Say("ids and dates: for those who name keys in profiles, and for those who oversee", "标识与日期：供方案编写者与监督者查阅")},
	{ContractShow, yumen.Roles, yumen.Say("who may use which data for what is open to everyone of the domain", "谁可将何种数据用于何种用途，对本域人员公开")},
	{ContractBudget, []yumen.Role{yumen.RoleProvider, yumen.RoleOperator, yumen.RoleApplicant, yumen.RoleAnalyst, yumen.RoleReviewer, yumen.RoleRegulator}, yumen.Say("what has left is for those who ask, those whose data it is and those who answer for it", "已出域情况供使用方、提供方及对出域负责者查看")},
	{ContractSign, []yumen.Role{yumen.RoleRegulator}, yumen.Say("an authorised operation is authorised by the data authority", "授权运营由公共数据主管部门授权")},
	{ContractTerminate, []yumen.Role{yumen.RoleRegulator}, yumen.Say("who signs can end it at any time", "签署者可随时终止")},
	{JobShow, yumen.Roles, yumen.Say("that a job exists is no secret in the domain; who sees more of it stands below", "任务的存在对本域人员公开；可见内容见下文")},
	{JobSubmit, submitters, yumen.Say("those a contract is for; which contract, the contract says", "合同的使用方；能用哪份合同由合同规定")},
	{JobFindings, []yumen.Role{yumen.RoleReviewer, yumen.RoleRegulator}, yumen.Say("what checks found counts people in a result that has not left", "检查结论涉及尚未出域结果中的人数")},
	{JobLogs, []yumen.Role{yumen.RoleReviewer, yumen.RoleRegulator, yumen.RoleAdmin}, yumen.Say("entries say which checks a held result did not pass", "条目载有暂存结果未通过的检查")},
	{JobResume, yumen.Roles, yumen.Say("a job goes on as it would have without the interruption; a timer may ask for it, too", "任务按未中断时的方式继续；定时任务也可执行")},
	{ReviewList, reviewers, yumen.Say("what waits for review is known to reviewers only", "待审内容仅审核员可知")},
	{ReviewShow, reviewers, yumen.Say("findings point at cells of a result that has not left", "检查结论指向尚未出域结果中的单元格")},
	{ReviewPreview, reviewers, yumen.Say("a held result is read by those who decide about it, and by nobody else", "待审结果只由裁决者阅读")},
	{ReviewVote, reviewers, yumen.Say("release is a decision of people appointed for it", "是否出域由指定人员裁决")},
	{ReviewReturn, reviewers, yumen.Say("part of the same decision", "属同一裁决")},
	{ReviewReject, reviewers, yumen.Say("part of the same decision", "属同一裁决")},
	{ReviewRelease, reviewers, yumen.Say("the last look before it leaves", "出域前的最后确认")},
	{ReleaseGet, []yumen.Role{yumen.RoleOperator, yumen.RoleApplicant, yumen.RoleAnalyst, yumen.RoleRegulator, yumen.RoleReviewer}, yumen.Say("those it was released to, and those who answer for the release", "接收者及对出域负责者")},
	{ObjectDestroy, []yumen.Role{yumen.RoleProvider, yumen.RoleOperator}, yumen.Say("a version is destroyed by its provider, results by the operator of their contract; the log says so", "版本由其提供方销毁，结果由合同运营方销毁，均记入日志")},
	{PersonShow, yumen.Roles, yumen.Say("who belongs to the domain, and may do what, is open to everyone of it", "域内人员及其职责对本域人员公开")},
	{PersonAdd, overseers, yumen.Say("people are entered by those who appoint them", "人员由任命者登记")},
	{PersonDisable, overseers, yumen.Say("somebody who left does nothing any more, at once", "离职人员立即不得再操作")},
	{PersonEnable, overseers, yumen.Say("as for giving the roles that the person has", "与授予其角色相同")},
	{RoleGrant, overseers, yumen.Say("a regulator gives the roles that see data or decide about it, an administrator the others; nobody to themselves", "接触数据或作出裁决的角色由主管部门授予，其余由运维授予；不得授予自己")},
	{RoleWithdraw, overseers, yumen.Say("to take a role away never lets anybody see more", "收回角色不会扩大任何人的权限")},
	{OrgShow, yumen.Roles, yumen.Say("which organisations take part is open to everyone of the domain", "参与机构对本域人员公开")},
	{OrgContacts, overseers, yumen.Say("contacts are personal data of those who are asked", "联系方式属个人信息")},
	{OrgAdd, overseers, yumen.Say("an organisation is entered with what it may act by", "登记机构及其资质")},
	{OrgChange, overseers, yumen.Say("as for entering it", "与登记相同")},
	{TokenCreate, yumen.Roles, yumen.Say("everyone can have credentials of their own, for no more than their roles allow", "人人可有自己的凭据，权限不超出其角色")},
	{TokenIssue, overseers, yumen.Say("somebody new gets a first token, for a day, from whoever appoints people of their roles", "新人的首个令牌有效一天，由任命其角色者签发")},
	{TokenList, yumen.Roles, yumen.Say("everyone sees which credentials they have", "人人可见自己的凭据")},
	{TokenListAll, overseers, yumen.Say("who can come in is for those who keep the platform running and those who oversee", "何人可进入供运维与监督者查阅")},
	{TokenRevoke, yumen.Roles, yumen.Say("a credential that may be known to others is ended at once", "可能泄露的凭据应立即终止")},
	{TokenRevokeAny, overseers, yumen.Say("those of somebody who left, too", "离职人员的凭据亦然")},
	{AuditTail, []yumen.Role{yumen.RoleRegulator, yumen.RoleAdmin}, yumen.Say("who did what: for the authority, and for keeping the platform running", "操作记录供主管部门监督与平台运维")},
	{AuditVerify, yumen.Roles, yumen.Say("evidence that only insiders can check proves nothing; a timer may ask for it, too", "仅内部人员可验的证据不足为凭；定时任务也可执行")},
	{AuditExport, []yumen.Role{yumen.RoleRegulator, yumen.RoleAdmin}, yumen.Say("the same entries as a file", "同上，以文件形式")},
}

// May reports whether an actor may do something: nil, or an error of kind denied that says which roles may. An action
// that is not in the table is denied to everyone.
func May(a yumen.Actor, act Action) error {
	i := slices.IndexFunc(table, func(r rule) bool { return r.action == act })
	if i < 0 {
		return yumen.Errorf(yumen.KindDenied, "nobody may do %q", "任何人不得执行 %q", string(act))
	}
	r := table[i]
	if a.Has(r.roles...) {
		return nil
	}
	return yumen.Errorf(yumen.KindDenied, "%s may not do %s: it takes the role %s", "%s 无权执行 %s：需要角色 %s", who(a), act, orList(r.roles)).
		ToFix("%s", "%s", r.why)
}

// MachineMay reports whether the domain's own machine may do something without any person.
func MachineMay(act Action) error {
	if act == JobResume || act == AuditVerify {
		return nil
	}
	return yumen.Errorf(yumen.KindDenied, "a person has to be named for %s", "%s 须指明操作人", act)
}

// Actions returns every action, in the order of the table.
func Actions() []Action {
	out := make([]Action, len(table))
	for i, r := range table {
		out[i] = r.action
	}
	return out
}

func who(a yumen.Actor) yumen.Text {
	if a.Name == "" {
		return yumen.Say("somebody without a name", "未具名者")
	}
	roles := make([]string, len(a.Roles))
	for i, r := range a.Roles {
		roles[i] = string(r)
	}
	return yumen.Say("%s (%s)", "%s（%s）", a.Name, strings.Join(roles, ", "))
}

func orList(roles []yumen.Role) yumen.Text {
	en, zh := "", ""
	for i, r := range roles {
		switch {
		case i == 0:
		case i == len(roles)-1:
			en, zh = en+" or ", zh+" 或 "
		default:
			en, zh = en+", ", zh+"、"
		}
		en, zh = en+string(r), zh+string(r)
	}
	return yumen.Text{EN: en, ZH: zh}
}
