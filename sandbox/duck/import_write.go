package duck

import (
	"context"
	"encoding/hex"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// write writes the version and, where columns lie apart, the identifiers beside it: the same rows in the same order,
// each with its unit. From names the rows as raw. One thread writes, so that row groups fall the same way each time.
func (m *importer) write(ctx context.Context, unit, from, order string) error {
	type file struct {
		path, earlier, stream string
		columns               []yumen.Column
	}
	files := []file{{m.version, task.InEarlier, task.OutVersion, m.stored}}
	if len(m.apart) > 0 {
		files = append(files, file{m.identifiers, task.InEarlierIdentifiers, task.OutIdentifiers, m.apart})
	}
	for _, f := range files {
		salt, err := m.chooseSalt(ctx, f.earlier, f.stream)
		if err != nil {
			return err
		}
		cols := []string{unit + " AS " + identifier(yumen.UnitColumn)}
		for _, c := range f.columns {
			cols = append(cols, "raw."+identifier(c.Name))
		}
		if err := m.e.exec(ctx, "COPY (SELECT "+strings.Join(cols, ", ")+" FROM "+from+" ORDER BY "+order+") TO "+
			toParquet(f.path, ", KV_METADATA {"+literal(saltKey)+": "+literal(salt)+"}")); err != nil {
			return err
		}
	}
	return nil
}

// toParquet names the file and how it is written. The row group size is DuckDB's own default, one group a thread's
// work.
func toParquet(path, more string) string {
	return literal(path) + " (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880" + more + ")"
}

// saltKey names the salt in a file's metadata.
const saltKey = "yumen.salt"

// chooseSalt settles the salt of a file. Its digest stands in jobs, in receipts and in the log, and anyone who knows
// all rows but one must not be able to try out the last. All versions of a dataset have the same, so that the same rows
// are noticed. The identifiers have another one: it is not in the file that jobs read.
func (m *importer) chooseSalt(ctx context.Context, earlier, stream string) (string, error) {
	random := m.in.Salt(stream)
	salt := hex.EncodeToString(random[:])
	p, ok := m.in.Input(earlier)
	if !ok {
		return salt, nil
	}
	batch, err := m.e.one(ctx,
		"SELECT coalesce(max(decode(value)), "+literal(salt)+") FROM parquet_kv_metadata("+literal(p)+
			") WHERE decode(key) = "+literal(saltKey))
	if err != nil {
		return "", err
	}
	defer batch.Release()
	if text, ok := batch.Column(0).(*array.String); ok && len(text.Value(0)) == len(salt) {
		salt = strings.Clone(text.Value(0))
	}
	return salt, nil
}

// separate writes a version that was stored before identifiers lay apart as it is stored now. The key of its privacy
// unit is left out, so the dictionary must have it.
func (m *importer) separate(ctx context.Context) (answer task.ImportAnswer, err error) {
	if !hasMagic(m.sources[0], "PAR1") {
		return answer, corruptVersion(m.spec.Dataset.Name)
	}
	unit := "raw." + identifier(yumen.UnitColumn)
	from := "read_parquet(" + literal(m.sources[0]) + ", file_row_number = true) AS raw"
	if !m.byRow() {
		if err := m.loadDictionary(ctx); err != nil {
			return answer, err
		}
		var lacking int64
		if lacking, answer.Units, err = m.e.twoCounts(ctx,
			"SELECT count(*) FILTER (WHERE units.key IS DISTINCT FROM "+m.keySQL()+
				"), count(DISTINCT "+unit+") FROM "+from+" LEFT JOIN units ON units.unit = "+unit); err != nil {
			return answer, failure(ctx, err)
		}
		if lacking > 0 {
			return answer, yumen.Errorf(yumen.KindCorrupt,
				"the dictionary of units does not hold the units of this version as they are stored in it",
				"隐私单位字典与该版本中存储的单位不一致").At(m.spec.Dataset.Name).ToFix("restore the home from a backup", "请从备份恢复主目录")
		}
	}
	if answer.Rows, _, err = m.e.twoCounts(ctx, "SELECT count(*), 0 FROM "+from); err != nil {
		return answer, failure(ctx, err)
	}
	return answer, failure(ctx, m.write(ctx, unit, from, "raw.file_row_number"))
}
