package technique

import (
	"errors"

	"github.com/yumen-data/yumen"
)

// Reasons collects what is wrong, so that a person can fix all of it at once.
type Reasons []yumen.Reason

// Add adds a reason.
func (r *Reasons) Add(rule, place, en, zh string) {
	*r = append(*r, yumen.Reason{Rule: rule, Place: place, Msg: yumen.Text{EN: en, ZH: zh}})
}

// AddError adds what an error says as a reason.
func (r *Reasons) AddError(rule, place string, err error) {
	e := yumen.AsError(err)
	*r = append(*r, yumen.Reason{Rule: rule, Place: place, Msg: e.Msg, Fix: e.Fix})
}

// AddAll adds the reasons inside err, or err itself.
func (r *Reasons) AddAll(place string, err error) {
	e, ok := errors.AsType[*yumen.Error](err)
	if !ok || len(e.Reasons) == 0 {
		r.AddError("step", place, err)
		return
	}
	for _, reason := range e.Reasons {
		reason.Place = place + " " + reason.Place
		*r = append(*r, reason)
	}
}

// Refuse makes one error of kind invalid out of all reasons, or nil if there are none.
func (r *Reasons) Refuse(en, zh string) error {
	return yumen.Refuse(yumen.KindInvalid, yumen.Text{EN: en, ZH: zh}, *r)
}
