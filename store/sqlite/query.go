package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/store"
)

// clause is a part of a statement with its arguments.
type clause struct {
	text strings.Builder
	args []any
}

func (c *clause) add(text string, args ...any) {
	c.text.WriteString(text)
	c.args = append(c.args, args...)
}

// Select returns a page of records. Each state is read by an index of its own, in order and no further than the page,
// and the pages of all states are merged.
func (s *Store) Select(ctx context.Context, q store.Query) (store.Page, error) {
	order := "id"
	if q.Order == store.ByUpdated {
		order = "updated, id"
	}
	limit := -1 // none
	if q.Limit > 0 {
		limit = q.Limit + 1 // one more tells whether there is a next page
	}
	var c clause
	for i, from := range sources(q) {
		if i > 0 {
			c.add(" UNION ALL ")
		}
		c.add("SELECT * FROM (SELECT id, rev, body, salt, updated FROM "+from.text.String(), from.args...)
		if err := c.after(q); err != nil {
			return store.Page{}, err
		}
		c.add(" ORDER BY "+order+" LIMIT ?)", limit)
	}
	c.add(" ORDER BY "+order+" LIMIT ?", limit)
	rows, err := s.read.QueryContext(ctx, c.text.String(), c.args...)
	if err != nil {
		return store.Page{}, s.wrap("read state", err)
	}
	return s.page(rows, q)
}

// after begins a page where the one before ended.
func (c *clause) after(q store.Query) error {
	switch {
	case q.After == "":
	case q.Order == store.ByID:
		c.add(" AND id > ?", q.After)
	default:
		ms, id, _ := strings.Cut(q.After, " ")
		updated, err := strconv.ParseInt(ms, 10, 64)
		if err != nil {
			return yumen.Errorf(yumen.KindInvalid, "not the place of a page", "不是有效的分页位置").Because(err)
		}
		c.add(" AND (updated, id) > (?, ?)", updated, id)
	}
	return nil
}

func (s *Store) page(rows *sql.Rows, q store.Query) (p store.Page, err error) {
	defer func() { err = errors.Join(err, rows.Close()) }()
	var updated sql.NullInt64
	for rows.Next() {
		if q.Limit > 0 && len(p.Records) == q.Limit {
			p.Next = p.Records[q.Limit-1].ID
			if q.Order == store.ByUpdated {
				p.Next = strconv.FormatInt(updated.Int64, 10) + " " + p.Next
			}
			return p, nil
		}
		r := store.Record{Kind: q.Kind}
		if err := rows.Scan(&r.ID, &r.Rev, (*[]byte)(&r.Body), &r.Salt, &updated); err != nil {
			return p, s.wrap("read state", err)
		}
		p.Records = append(p.Records, r)
	}
	return p, s.wrap("read state", rows.Err())
}

// Count returns how many records a query finds on all pages.
func (s *Store) Count(ctx context.Context, q store.Query) (int, error) {
	var c clause
	c.add("SELECT 0")
	for _, from := range sources(q) {
		c.add(" + (SELECT count(*) FROM "+from.text.String()+")", from.args...)
	}
	var n int
	err := s.read.QueryRowContext(ctx, c.text.String(), c.args...).Scan(&n)
	return n, s.wrap("count state", err)
}

// index names the index that serves a query in one state; the planner, which knows no statistics, would read a whole
// kind.
func index(q store.Query, state yumen.State) string {
	switch {
	case q.Order == store.ByUpdated && state != "":
		return " INDEXED BY record_state_updated"
	case q.Order == store.ByUpdated:
		return " INDEXED BY record_updated"
	case q.Submitter != "":
		return " INDEXED BY record_submitter"
	case q.Contract != "":
		return " INDEXED BY record_contract"
	case state != "":
		return " INDEXED BY record_state"
	}
	return "" // the primary key
}

// sources are the table with the conditions of a query, once for each state that it asks for.
func sources(q store.Query) []clause {
	states := slices.Compact(slices.Sorted(slices.Values(q.States)))
	if len(states) == 0 {
		states = []yumen.State{""} // any, or none
	}
	out := make([]clause, len(states))
	for i, st := range states {
		c := &out[i]
		c.add("record"+index(q, st)+" WHERE kind = ?", q.Kind)
		if st != "" {
			c.add(" AND state = ?", st)
		}
		if q.Contract != "" {
			c.add(" AND contract = ?", q.Contract)
		}
		if q.Submitter != "" {
			c.add(" AND submitter = ?", q.Submitter)
		}
		if q.Order == store.ByUpdated {
			c.add(" AND updated IS NOT NULL")
		}
		if q.Prefix == "" {
			continue
		}
		c.add(" AND id >= ?", q.Prefix)
		if end := successor(q.Prefix); end != "" {
			c.add(" AND id < ?", end)
		}
	}
	return out
}

// successor returns the least text that is greater than every text with the prefix, in the order of code points, which
// is that of the bytes of UTF-8; it is empty where there is none.
func successor(prefix string) string {
	rs := []rune(prefix)
	for i := len(rs) - 1; i >= 0; i-- {
		switch next := rs[i] + 1; {
		case next == 0xD800: // surrogates are no text
			return string(rs[:i]) + "\uE000"
		case next <= 0x10FFFF:
			return string(rs[:i]) + string(next)
		}
	}
	return ""
}

// Revisions returns the revisions of the records named.
func (s *Store) Revisions(ctx context.Context, of []store.Record) (revs []int64, err error) {
	names := make([][2]string, len(of))
	for i, r := range of {
		names[i] = [2]string{string(r.Kind), r.ID}
	}
	list, err := json.Marshal(names)
	if err != nil {
		return nil, err
	}
	rows, err := s.read.QueryContext(ctx, `SELECT coalesce(r.rev, 0) FROM json_each(?) AS n
		LEFT JOIN record AS r ON r.kind = n.value ->> 0 AND r.id = n.value ->> 1 ORDER BY n.key`, string(list))
	if err != nil {
		return nil, s.wrap("read revisions", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var rev int64
		if err := rows.Scan(&rev); err != nil {
			return nil, s.wrap("read revisions", err)
		}
		revs = append(revs, rev)
	}
	return revs, s.wrap("read revisions", rows.Err())
}
