package yumen

import "slices"

// Party is who takes an arrow of the state chart.
type Party string

// The parties.
const (
	PartySystem    Party = "system"    // the machine, by itself
	PartySubmitter Party = "submitter" // who submitted the job
	PartyReviewer  Party = "reviewer"
)

// Arrow leads a job from one state to another.
type Arrow struct {
	From   State // "" for a job that is new
	To     State
	Action AuditAction // of the log entry
	By     Party
	When   string // where not always
}

// Arrows is the whole state chart of jobs: a step that it does not have is refused. docs/states.md shows it.
var Arrows = []Arrow{
	{"", StateSubmitted, ActionJobSubmit, PartySubmitter, ""},
	{StateSubmitted, StateAdmitted, ActionJobAdmit, PartySystem, ""},
	{StateSubmitted, StateRejected, ActionJobReject, PartySystem, ""},
	{StateSubmitted, StateCancelled, ActionJobCancel, PartySubmitter, ""},
	{StateAdmitted, StatePlanned, ActionJobPlan, PartySystem, ""},
	{StateAdmitted, StateRejected, ActionJobReject, PartySystem, ""},
	{StateAdmitted, StateCancelled, ActionJobCancel, PartySubmitter, ""},
	{StatePlanned, StateRunning, ActionJobRun, PartySystem, ""},
	{StatePlanned, StateRejected, ActionJobReject, PartySystem, "class dp: its account cannot pay any more"},
	{StatePlanned, StateCancelled, ActionJobCancel, PartySubmitter, ""},
	{StateRunning, StateRunning, ActionJobRun, PartySystem, "again, after a crash"},
	{StateRunning, StatePlanned, ActionJobPause, PartySystem,
		"whoever drove it stopped, or the home could not be read or written"},
	{StateRunning, StateHeld, ActionJobHold, PartySystem, ""},
	{StateRunning, StateFailed, ActionJobFail, PartySystem, ""},
	{StateRunning, StateRejected, ActionJobReject, PartySystem, "class dp, again after a crash: as when planned"},
	{StateRunning, StateCancelled, ActionJobCancel, PartySubmitter, ""},
	{StateHeld, StateInReview, ActionJobCheck, PartySystem, "class aggregate, of its result"},
	{StateHeld, StateFixing, ActionJobCheck, PartySystem, ""},
	{StateHeld, StateApproved, ActionJobCheck, PartySystem, "class dp, where checks find nothing"},
	{StateHeld, StateRejected, ActionJobCheck, PartySystem, ""},
	{StateHeld, StateFailed, ActionJobFail, PartySystem, ""},
	{StateHeld, StateCancelled, ActionJobCancel, PartySubmitter, ""},
	{StateHeld, StateProtected, ActionJobCheck, PartySystem, "class aggregate, of its cells"},
	{StateHeld, StatePlanned, ActionJobCheck, PartySystem, "class aggregate, of a figure that rows are compared with"},
	{StateProtected, StateHeld, ActionJobPost, PartySystem, ""},
	{StateProtected, StateFailed, ActionJobFail, PartySystem, ""},
	{StateProtected, StateCancelled, ActionJobCancel, PartySubmitter, ""},
	{StateFixing, StateHeld, ActionJobFix, PartySystem, ""},
	{StateFixing, StateFailed, ActionJobFail, PartySystem, ""},
	{StateFixing, StateCancelled, ActionJobCancel, PartySubmitter, ""},
	{StateInReview, StateApproved, ActionReviewApprove, PartyReviewer, "the last of enough votes"},
	{StateInReview, StateReturned, ActionReviewReturn, PartyReviewer, ""},
	{StateInReview, StateRejected, ActionReviewReject, PartyReviewer, ""},
	{StateInReview, StateCancelled, ActionJobCancel, PartySubmitter, ""},
	{StateApproved, StateReleased, ActionRelease, PartyReviewer, ""},
	{StateApproved, StateReleased, ActionRelease, PartySystem, "class dp"},
	{StateApproved, StateRejected, ActionJobReject, PartySystem, "class dp: its contract has ended meanwhile"},
	{StateApproved, StateInReview, ActionReviewReopen, PartySystem,
		"approvals no longer count when it is to be released, or a result left meanwhile that it must not be put together with"},
	{StateApproved, StateCancelled, ActionJobCancel, PartySubmitter, ""},
}

// CheckArrow refuses, with kind internal, a log entry that moves a job in a way that the state chart does not have.
func CheckArrow(e Entry, submitter string) error {
	for _, a := range Arrows {
		if a.From == e.From && a.To == e.To && a.Action == e.Action && a.By.is(e.Actor, submitter) {
			return nil
		}
	}
	return Errorf(KindInternal, "no arrow %s leads a job from %q to %q", "状态图中没有由 %[2]q 经 %[1]s 到 %[3]q 的路径",
		string(e.Action), string(e.From), string(e.To))
}

// is reports whether an actor can be the party. That a person is a reviewer, access decides.
func (p Party) is(actor, submitter string) bool {
	switch p {
	case PartySystem:
		return actor == System.Name
	case PartySubmitter:
		return actor == submitter
	}
	return actor != System.Name
}

// Final reports whether the job is at its end: no arrow leads on.
func (s State) Final() bool {
	return !slices.ContainsFunc(Arrows, func(a Arrow) bool { return a.From == s })
}
