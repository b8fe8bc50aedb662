package yumen

import "time"

// AuditAction is what an entry of the log says was done. Where access decides about the same thing, it has the same
// name there.
type AuditAction string

// The actions. docs/states.md says which of them lead a job from one state to another.
const (
	ActionDatasetRegister AuditAction = "dataset.register"
	ActionVersionImport   AuditAction = "version.import" // announced; store or refuse follows
	ActionVersionStore    AuditAction = "version.store"
	ActionVersionRefuse   AuditAction = "version.refuse"
	ActionVersionPublish  AuditAction = "version.publish"
	ActionVersionSeparate AuditAction = "version.separate" // identifiers that an earlier release stored in it lie apart now
	ActionCatalogProfile  AuditAction = "catalog.profile"

	ActionContractSign      AuditAction = "contract.sign"
	ActionContractRefuse    AuditAction = "contract.refuse"   // a signature that does not count
	ActionContractWithdraw  AuditAction = "contract.withdraw" // a signature was taken back before the last
	ActionContractTerminate AuditAction = "contract.terminate"
	ActionContractSuspend   AuditAction = "contract.suspend"
	ActionContractResume    AuditAction = "contract.resume"
	ActionPackSign          AuditAction = "pack.sign"
	ActionCalendarAdd       AuditAction = "calendar.add"

	ActionCaseOpen      AuditAction = "case.open"
	ActionCaseAct       AuditAction = "case.act"
	ActionOfficeAppoint AuditAction = "office.appoint"
	ActionOfficeDismiss AuditAction = "office.dismiss"

	ActionJobSubmit     AuditAction = "job.submit"
	ActionJobAdmit      AuditAction = "job.admit"
	ActionJobPlan       AuditAction = "job.plan"
	ActionJobRun        AuditAction = "job.run"
	ActionJobPause      AuditAction = "job.pause" // whoever drove it stopped; the run is no attempt
	ActionJobHold       AuditAction = "job.hold"
	ActionJobCheck      AuditAction = "job.check"
	ActionJobFix        AuditAction = "job.fix"
	ActionJobPost       AuditAction = "job.post"
	ActionJobReject     AuditAction = "job.reject"
	ActionJobFail       AuditAction = "job.fail"
	ActionJobCancel     AuditAction = "job.cancel"
	ActionJobRecur      AuditAction = "job.recur" // it is asked again from time to time
	ActionJobRecurEnd   AuditAction = "job.recur-end"
	ActionBudgetDebit   AuditAction = "budget.debit" // beside the run it pays for
	ActionAnswerHold    AuditAction = "answer.hold"
	ActionReviewPreview AuditAction = "review.preview"
	ActionReviewApprove AuditAction = "review.approve"
	ActionReviewReturn  AuditAction = "review.return"
	ActionReviewReject  AuditAction = "review.reject"
	ActionReviewReopen  AuditAction = "review.reopen" // approvals were struck that no longer count
	ActionRelease       AuditAction = "release"       // the entry that a receipt proves
	ActionReleaseGet    AuditAction = "release.get"

	ActionDesensitizeStart  AuditAction = "desensitize.start" // announced; done or refuse follows
	ActionDesensitizeDone   AuditAction = "desensitize.done"
	ActionDesensitizeRefuse AuditAction = "desensitize.refuse"
	ActionDesensitizeDryRun AuditAction = "desensitize.dry-run"
	ActionDesensitizeTrace  AuditAction = "desensitize.trace"

	ActionKeyCreate  AuditAction = "key.create" // announced; refuse follows where it came to nothing
	ActionKeyRotate  AuditAction = "key.rotate"
	ActionKeyDestroy AuditAction = "key.destroy"
	ActionKeyRefuse  AuditAction = "key.refuse"

	ActionPersonImport  AuditAction = "person.import" // people of people.yaml, when a home is first used
	ActionPersonAdd     AuditAction = "person.add"
	ActionPersonDisable AuditAction = "person.disable"
	ActionPersonEnable  AuditAction = "person.enable"
	ActionPersonLogin   AuditAction = "person.login" // at an OpenID provider, for the first time or with other claims
	ActionLoginRefuse   AuditAction = "login.refuse" // failed logins of a minute together
	ActionRoleGrant     AuditAction = "role.grant"
	ActionRoleWithdraw  AuditAction = "role.withdraw"
	ActionOrgAdd        AuditAction = "org.add"
	ActionOrgChange     AuditAction = "org.change"

	ActionPoliciesLoad AuditAction = "policies.load" // other policies than before are in force

	ActionTokenCreate AuditAction = "token.create"
	ActionTokenRevoke AuditAction = "token.revoke"

	ActionObjectDestroy   AuditAction = "object.destroy" // announced; destroyed follows when it took place
	ActionObjectDestroyed AuditAction = "object.destroyed"

	ActionLogRecovered AuditAction = "log.recovered" // bytes that a crash left behind the last checkpoint were cut off

	ActionServerStart  AuditAction = "server.start"  // with the digests of what is in force
	ActionServerReload AuditAction = "server.reload" // the same, read again

	ActionHomeCreate   AuditAction = "home.create"
	ActionHomeRestore  AuditAction = "home.restore"  // from a backup; details say what became of the original
	ActionHomeRetire   AuditAction = "home.retire"   // the last one: another home replaces this one
	ActionRecordsAdopt AuditAction = "records.adopt" // records from before entries committed to them, as they stood then
)

// OriginalLost is what the detail original of home.restore says where the home that was backed up is gone, so that it
// is not known what it did since.
const OriginalLost = "lost"

// System is the actor of what no person does.
var System = Actor{Name: "system"}

// Entry is one line of the audit log: who did what to which thing, appended before it takes effect. It holds names,
// digests, states and counts; never a data value, an SQL literal or a person's free text.
type Entry struct {
	At      time.Time         `json:"at"`
	Actor   string            `json:"actor"` // name, or that of System
	Org     string            `json:"org,omitempty"`
	Action  AuditAction       `json:"action"`
	Subject string            `json:"subject"` // the job, dataset, contract or release concerned
	From    State             `json:"from,omitempty"`
	To      State             `json:"to,omitempty"`
	Digests map[string]Digest `json:"digests,omitempty"` // artifact, program, contract, version, receipt …
	Details map[string]string `json:"details,omitempty"` // names and numbers
	// Records commits to the records that the step writes, by kind and id, so that one that was written in any other
	// way is recognized. The digests are salted: they disclose nothing of what the records say.
	Records map[string]Digest `json:"records,omitempty"`
	// Asserted says that the actor was named by the caller of a local home, not authenticated.
	Asserted bool `json:"asserted,omitempty"`
	// HandedBy is who handed out the code that the actor's credential goes back to, where somebody did.
	HandedBy string `json:"handed_by,omitempty"`
}
