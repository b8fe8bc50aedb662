package rest

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Calls says what is on record of calls that had a key, which is more than a door remembers: a server may have been
// started again since.
type Calls interface {
	// Carried returns what is on record of the call of that id, and whether it was carried out at all.
	Carried(ctx context.Context, id string) (api.Carried, bool, error)
}

// carryOut answers a call that has a key, unless it was carried out before the door was opened: a job that was
// submitted by it is shown, and of anything else it is said that it was done.
func (d *Door) carryOut(w http.ResponseWriter, r *http.Request) {
	if d.cfg.Calls == nil {
		d.mux.ServeHTTP(w, r)
		return
	}
	call, q := api.CallOf(r.Context()), requestOf(r.Context())
	was, done, err := d.cfg.Calls.Carried(r.Context(), call.ID)
	switch {
	case err == nil && !done:
		d.mux.ServeHTTP(w, r)
		return
	case err == nil && was.Request != call.Request:
		err = keyUsed()
	case err == nil && was.Action == yumen.ActionJobSubmit:
		var j api.Job
		if j, err = d.cfg.Domain.Job(r.Context(), q.by, was.Subject); err == nil {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(j.Job) // whoever asked may be gone
			return
		}
	case err == nil:
		err = yumen.Errorf(yumen.KindConflict,
			"this call was carried out at %s, before the server was started again, and is not carried out twice (%s of %s)",
			"该请求已于 %s（服务重新启动之前）执行，不会重复执行（%s，对象 %s）", was.At.UTC().Format(time.RFC3339), string(was.Action),
			was.Subject).
			ToFix("see what has come of it; to do it once more, use another key", "请查看其结果；如需再次执行，请另用一个键")
	}
	writeProblemTo(w, q.problem(err))
}

// keyUsed refuses a key that stands for another call.
func keyUsed() error {
	return yumen.Errorf(yumen.KindConflict, "the key was used for another call", "该键已用于另一请求").
		ToFix("use a new key for each call", "每个请求请使用新的键")
}
