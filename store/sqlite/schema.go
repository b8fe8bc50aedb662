package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/yumen-data/yumen"
)

// schemaVersion is written to user_version; a file with a newer one is refused rather than guessed at.
const schemaVersion = 4

// searched are the values of the columns that copy what records are searched by.
const searched = `body ->> '$.state', coalesce(body ->> '$.spec.contract', body ->> '$.contract'), body ->> '$.submitter.name',
	CAST(round(unixepoch(body ->> '$.updated', 'subsec') * 1000) AS INTEGER)`

// migrations lead from each version of the schema to the next; a new file goes through all of them.
var migrations = [schemaVersion]string{`
CREATE TABLE record (
	kind    TEXT NOT NULL,
	id      TEXT NOT NULL,
	rev     INTEGER NOT NULL CHECK (rev > 0),
	body    TEXT NOT NULL CHECK (json_valid(body)),
	state   TEXT GENERATED ALWAYS AS (body ->> '$.state') VIRTUAL,
	PRIMARY KEY (kind, id)
) WITHOUT ROWID;
CREATE INDEX record_state ON record (kind, state) WHERE state IS NOT NULL;
CREATE TABLE intent (
	seq     INTEGER PRIMARY KEY AUTOINCREMENT,
	body    TEXT NOT NULL CHECK (json_valid(body))
);
CREATE VIEW job AS SELECT id, state, body ->> '$.spec.contract' AS contract, body ->> '$.submitter.name' AS submitter,
	body ->> '$.artifact' AS artifact, body ->> '$.created' AS created, body ->> '$.updated' AS updated
	FROM record WHERE kind = 'job';
`, `
DROP VIEW job;
ALTER TABLE record RENAME TO record_1;
DROP INDEX record_state;
CREATE TABLE record (
	kind      TEXT NOT NULL,
	id        TEXT NOT NULL,
	rev       INTEGER NOT NULL CHECK (rev > 0),
	-- Copies of what records are searched by. No generated columns: SQLite reads the body even where an index has them.
	state     TEXT CHECK (state IS body ->> '$.state'),
	contract  TEXT CHECK (contract IS coalesce(body ->> '$.spec.contract', body ->> '$.contract')),
	submitter TEXT CHECK (submitter IS body ->> '$.submitter.name'),
	updated   INTEGER, -- in milliseconds
	body      TEXT NOT NULL CHECK (json_valid(body)),
	PRIMARY KEY (kind, id)
) WITHOUT ROWID;
INSERT INTO record (kind, id, rev, body, state, contract, submitter, updated)
	SELECT kind, id, rev, body, ` + searched + ` FROM record_1;
DROP TABLE record_1;
CREATE INDEX record_state ON record (kind, state, id) WHERE state IS NOT NULL;
CREATE INDEX record_state_updated ON record (kind, state, updated, id) WHERE state IS NOT NULL;
CREATE INDEX record_updated ON record (kind, updated, id) WHERE updated IS NOT NULL;
CREATE INDEX record_contract ON record (kind, contract, id) WHERE contract IS NOT NULL;
CREATE INDEX record_submitter ON record (kind, submitter, id) WHERE submitter IS NOT NULL;
CREATE VIEW job AS SELECT id, state, contract, submitter, body ->> '$.artifact' AS artifact,
	body ->> '$.created' AS created, body ->> '$.updated' AS updated FROM record WHERE kind = 'job';
`, `
ALTER TABLE record ADD COLUMN salt TEXT NOT NULL DEFAULT '';
`, `
-- Records of dataset versions name two objects from now on. A program that knows of one would drop the other when it writes such a record.
`}

// migrate brings the schema up to date, in one transaction.
func (s *Store) migrate(ctx context.Context) error {
	if v, err := version(ctx, s.db); err != nil || v == schemaVersion {
		return err
	}
	return s.tx(ctx, durable, func(tx *sql.Tx) error {
		v, err := version(ctx, tx) // another process may have come before
		if err != nil {
			return err
		}
		if v > schemaVersion {
			return newer(v)
		}
		for ; v < schemaVersion; v++ {
			if _, err := tx.ExecContext(ctx, migrations[v]+fmt.Sprintf("PRAGMA user_version = %d;", v+1)); err != nil {
				return err
			}
		}
		return nil
	})
}

func newer(v int) error {
	return yumen.Errorf(yumen.KindConflict, "the state was written by a newer Yumen (schema %d, this one knows %d)",
		"状态库由更新版本的域门写成（结构版本 %d，本程序只认识 %d）", v, schemaVersion).ToFix("use that version", "请使用对应版本")
}

// querier is a database or a transaction in it.
type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func version(ctx context.Context, db querier) (v int, err error) {
	err = db.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v)
	return v, err
}
