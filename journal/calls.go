package journal

import (
	"context"
	"slices"

	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/store"
)

// withCall adds to the first step of a call that has a key a record that it was carried out: the same call cannot be
// carried out once more, whatever becomes of the process.
func (st Step) withCall(ctx context.Context) (Step, *api.Call, error) {
	c := api.CallOf(ctx)
	if c == nil || c.Taken() || len(st.Entries) == 0 {
		return st, nil, nil
	}
	e := st.Entries[0]
	r, err := Put(store.Call, c.ID, 0, api.Carried{Request: c.Request, At: e.At, Action: e.Action, Subject: e.Subject})
	st.Records = append(slices.Clip(st.Records), r)
	return st, c, err
}
