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
	ContractSuspend   Action = "contract.suspend"
	PackShow          Action = "pack.show"
	PackSign          Action = "pack.sign"
	CaseShow          Action = "case.show"
	CaseShowAll       Action = "case.show-all"
	CaseAct           Action = "case.act"
	OfficeShow        Action = "office.show"
	OfficeAppoint     Action = "office.appoint"
	ReportShow        Action = "report.show"
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
	TenantShowAll     Action = "tenant.show-all"
	TokenCreate       Action = "token.create"
	TokenIssue        Action = "token.issue"
	TokenList         Action = "token.list"
	TokenListAll      Action = "token.list-all"
	TokenRevoke       Action = "token.revoke"
	TokenRevokeAny    Action = "token.revoke-any"
	AuditTail         Action = "audit.tail"
	AuditExport       Action = "audit.export"
	AuditVerify       Action = "audit.verify"
	AuditDetails      Action = "audit.details"
)

// actions lists every action, in the order of docs/roles.md.
var actions = []Action{
	CatalogShow, CatalogRegister, CatalogImport, CatalogPublish, CatalogProfile, Desensitize, DesensitizeBack,
	DesensitizeTrace, DesensitizeList, KeyCreate, KeyRotate, KeyDestroy, KeyList, ContractShow, ContractBudget,
	ContractSign, ContractTerminate, ContractSuspend, PackShow, PackSign, CaseShow, CaseShowAll, CaseAct,
	OfficeShow, OfficeAppoint, ReportShow, JobShow, JobSubmit, JobFindings, JobLogs, JobResume, ReviewList,
	ReviewShow, ReviewPreview, ReviewVote, ReviewReturn, ReviewReject, ReviewRelease, ReleaseGet, ObjectDestroy,
	PersonShow, PersonAdd, PersonDisable, PersonEnable, RoleGrant, RoleWithdraw, OrgShow, OrgContacts, OrgAdd,
	OrgChange, TenantShowAll, TokenCreate, TokenIssue, TokenList, TokenListAll, TokenRevoke, TokenRevokeAny, AuditTail,
	AuditVerify, AuditDetails, AuditExport,
}

// MachineMay reports whether the domain's own machine may do something without any person.
func MachineMay(act Action) error {
	if act == JobResume || act == AuditVerify {
		return nil
	}
	return yumen.Errorf(yumen.KindDenied, "a person has to be named for %s", "%s 须指明操作人", act).
		ToFix("name who does it, or use a token", "请指明操作人，或使用令牌")
}

// Actions returns every action.
func Actions() []Action { return slices.Clone(actions) }

func who(a yumen.Actor) yumen.Text {
	if a.Name == "" {
		return yumen.Say("somebody without a name", "未具名者")
	}
	return yumen.Say("%s (%s)", "%s（%s）", a.Name, strings.Join(roleNames(a.Roles), ", "))
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
