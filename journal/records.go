package journal

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
)

// Versioned is a record read back, with the revision to write it under: 0 where there is none yet.
type Versioned[T any] struct {
	V   T
	Rev int64
}

// Put makes the record of v. Rev is the revision that was read, 0 for a new record.
func Put(kind store.Kind, id string, rev int64, v any) (store.Record, error) {
	body, err := json.Marshal(v)
	return store.Record{Kind: kind, ID: id, Rev: rev, Body: body}, err
}

// Load reads a record; it fails with kind not_found where there is none.
func Load[T any](ctx context.Context, st store.State, kind store.Kind, id string) (Versioned[T], error) {
	r, err := st.Get(ctx, kind, id)
	if err != nil {
		return Versioned[T]{}, err
	}
	return Decode[T](r)
}

// Find reads a record that need not be there; the zero value with revision 0 then stands for it.
func Find[T any](ctx context.Context, st store.State, kind store.Kind, id string) (Versioned[T], error) {
	r, err := Load[T](ctx, st, kind, id)
	if err != nil && yumen.KindOf(err) == yumen.KindNotFound {
		return Versioned[T]{}, nil
	}
	return r, err
}

// Decode reads the body of a record.
func Decode[T any](r store.Record) (Versioned[T], error) {
	out := Versioned[T]{Rev: r.Rev}
	if err := json.Unmarshal(r.Body, &out.V); err != nil {
		return out, fmt.Errorf("read %s %s: %w", r.Kind, r.ID, err)
	}
	return out, nil
}

// List reads the records of a kind whose id starts with prefix, ordered by id.
func List[T any](ctx context.Context, st store.State, kind store.Kind, prefix string) ([]T, error) {
	out, _, err := Select[T](ctx, st, store.Query{Kind: kind, Prefix: prefix})
	return out, err
}

// Select reads a page of records, and says where the next one begins: empty where there is none.
func Select[T any](ctx context.Context, st store.State, q store.Query) (vs []T, next string, err error) {
	page, err := st.Select(ctx, q)
	if err != nil {
		return nil, "", err
	}
	vs = make([]T, len(page.Records))
	for i, r := range page.Records {
		v, err := Decode[T](r)
		if err != nil {
			return nil, "", err
		}
		vs[i] = v.V
	}
	return vs, page.Next, nil
}
