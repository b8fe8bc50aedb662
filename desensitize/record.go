package desensitize

import (
	"fmt"
	"reflect"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/technique"
	"github.com/yumen-data/yumen/keyring"
)

// Record is the 脱敏记录 of one application of a profile: what was done to which data, by whom, when. It is kept with the
// log. It holds names, parameters, digests and counts, and of keys only id and version.
type Record struct {
	Profile  string       `json:"profile"`
	Version  int          `json:"version"`
	Digest   yumen.Digest `json:"digest"` // of the profile file
	Steps    []RecordStep `json:"steps"`
	Model    *RecordModel `json:"model,omitempty"` // reached after the steps
	Input    yumen.Digest `json:"input,omitempty"`
	Output   yumen.Digest `json:"output"`
	RowsIn   int64        `json:"rows_in"`
	RowsOut  int64        `json:"rows_out"`
	Cells    int64        `json:"cells"` // changed, counted once for each step that changed them
	By       string       `json:"by"`
	Org      string       `json:"org,omitempty"`
	Started  time.Time    `json:"started"`
	Finished time.Time    `json:"finished"`
}

// RecordStep is what one step did.
type RecordStep struct {
	Technique string            `json:"technique"`
	Columns   []string          `json:"columns,omitempty"`
	Detectors []string          `json:"detectors,omitempty"`
	Params    map[string]string `json:"params,omitempty"`
	Keys      []keyring.Ref     `json:"keys,omitempty"`
	Cells     int64             `json:"cells"`           // changed
	Unfit     int64             `json:"unfit,omitempty"` // of these, suppressed because the value did not have the form needed
	Rows      int64             `json:"rows,omitempty"`  // dropped
}

func newRecord(p *Profile, plan []bound, o Options) *Record {
	rec := &Record{Profile: p.Name, Version: p.Version, Digest: p.digest, Input: o.Input, By: o.By.Name, Org: o.By.Org}
	for _, b := range plan {
		n := b.stage.Tally()
		rec.Cells += n.Cells
		if m, ok := b.stage.(*modelStage); ok {
			rec.Model = &m.record
			continue
		}
		rec.Steps = append(rec.Steps, RecordStep{
			Technique: b.name, Columns: b.step.Columns, Detectors: b.step.Detectors, Params: paramValues(b.technique),
			Keys: b.binding.Keys, Cells: n.Cells, Unfit: n.Unfit, Rows: n.Rows,
		})
	}
	return rec
}

// paramValues writes the parameters that were set, but no values to be matched.
func paramValues(t technique.Technique) map[string]string {
	v := reflect.ValueOf(t).Elem()
	params := map[string]string{}
	for i := range v.NumField() {
		f, name := v.Field(i), v.Type().Field(i).Tag.Get("yaml")
		switch {
		case f.IsZero():
		case name == "values": // these may be values of the data
			params[name] = fmt.Sprintf("%d values", f.Len())
		default:
			params[name] = fmt.Sprint(reflect.Indirect(f).Interface())
		}
	}
	return params
}
