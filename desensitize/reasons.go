package desensitize

import (
	"errors"

	"github.com/yumen-data/yumen"
)

// addAll adds the reasons inside err, or err itself.
func (r *reasons) addAll(place string, err error) {
	var e *yumen.Error
	if !errors.As(err, &e) || len(e.Reasons) == 0 {
		r.addError("step", place, err)
		return
	}
	for _, reason := range e.Reasons {
		reason.Place = place + " " + reason.Place
		*r = append(*r, reason)
	}
}

// reasons collects what is wrong, so that a person can mend all of it at once.
type reasons []yumen.Reason

func (r *reasons) add(rule, place, en, zh string) {
	*r = append(*r, yumen.Reason{Rule: rule, Place: place, Msg: yumen.Text{EN: en, ZH: zh}})
}

func (r *reasons) addError(rule, place string, err error) {
	e := yumen.AsError(err)
	*r = append(*r, yumen.Reason{Rule: rule, Place: place, Msg: e.Msg, Fix: e.Fix})
}

func (r *reasons) refuse(en, zh string) error {
	return yumen.Refuse(yumen.KindInvalid, yumen.Text{EN: en, ZH: zh}, *r)
}
