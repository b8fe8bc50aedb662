package duck

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/intake"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// importer carries out one import: the provider's files become the table raw, raw is checked against the catalog entry,
// its units are numbered, and what is stored is written from it.
type importer struct {
	in      sandbox.Env
	spec    task.ImportSpec
	e       *engine
	sources []string
	// version, identifiers and units are files in the work folder.
	version, identifiers, units string
	stored, apart               []yumen.Column
}

// importFiles checks a provider's files against the catalog entry and stores them: OutVersion is zstd Parquet with
// yumen.UnitColumn first, clustered by it, rows of one unit in the order of the files; OutIdentifiers has
// yumen.UnitColumn and the columns that lie apart, for the same rows in the same order; OutUnits is the new dictionary
// (key VARCHAR, unit BIGINT), empty where rows are numbered instead. If any row is bad nothing is written and the
// answer lists the bad rows. The same files, dictionary, earlier version and engine give the same bytes; without an
// earlier version they differ by the salt.
func importFiles(ctx context.Context, in sandbox.Env) error {
	file := func(name string) string { return filepath.Join(in.Work(), name+".parquet") }
	m := &importer{in: in, version: file("version"), identifiers: file("identifiers"), units: file("units")}
	if err := in.Spec(&m.spec); err != nil {
		return err
	}
	m.stored, m.apart = m.spec.Dataset.Layout()
	if err := m.start(ctx); err != nil {
		return err
	}
	defer m.e.close()
	answer, err := m.run(ctx)
	if err != nil {
		return err
	}
	if answer.BadTotal == 0 {
		if err := m.send(); err != nil {
			return err
		}
	}
	return in.Answer(answer)
}

// byRow reports whether rows are numbered, as units of their own or as nobody's.
func (m *importer) byRow() bool { return m.spec.Dataset.Unit.ByRow() }

// start opens the engine, which may read the sources, the dictionary and what was stored earlier, and write the files.
func (m *importer) start(ctx context.Context) (err error) {
	for n := 1; n <= max(1, m.spec.Files); n++ {
		p, ok := m.in.Input(task.SourceName(n))
		if !ok {
			return missingInput(task.SourceName(n))
		}
		m.sources = append(m.sources, p)
	}
	if _, ok := m.spec.Dataset.Column(m.spec.Dataset.Unit.Column); !ok && !m.byRow() {
		return yumen.Errorf(yumen.KindInvalid, "the dataset has no column for the key of its privacy unit",
			"数据集没有隐私单位键所在的列")
	}
	files := append([]string{m.version, m.identifiers, m.units}, m.sources...)
	for _, name := range []string{task.InUnits, task.InEarlier, task.InEarlierIdentifiers} {
		if p, ok := m.in.Input(name); ok {
			files = append(files, p)
		}
	}
	m.e, err = open(ctx, m.in, files...)
	return err
}

func (m *importer) run(ctx context.Context) (task.ImportAnswer, error) {
	var answer task.ImportAnswer
	if m.spec.Stored {
		return m.separate(ctx)
	}
	load := m.loadText
	if m.spec.Format == yumen.FormatParquet {
		load = m.loadParquet
	}
	if err := load(ctx); err != nil {
		return answer, err
	}
	if err := m.check(ctx, &answer); err != nil || answer.BadTotal > 0 {
		return answer, err
	}
	if answer.Rows == 0 {
		return answer, yumen.Errorf(yumen.KindInvalid, "the files hold no rows", "文件中没有数据行")
	}
	row := "raw." + identifier(intake.RowColumn)
	if m.byRow() {
		if !m.spec.Dataset.Reference() {
			answer.Units, answer.NewUnits = answer.Rows, answer.Rows
		}
		return answer, failure(ctx, m.write(ctx, row, "raw", row))
	}
	if err := m.number(ctx, &answer); err != nil {
		return answer, failure(ctx, err)
	}
	if err := m.write(ctx, "units.unit", "raw JOIN units ON "+m.keySQL()+" = units.key",
		"units.unit, "+row); err != nil {
		return answer, failure(ctx, err)
	}
	return answer, failure(ctx,
		m.e.exec(ctx, "COPY (SELECT key, unit FROM units ORDER BY unit) TO "+toParquet(m.units, "")))
}

// loadText makes raw from CSV or NDJSON. The engine pulls batches from the reader on a thread of its own.
func (m *importer) loadText(ctx context.Context) error {
	var cols []intake.Column
	for _, c := range m.spec.Dataset.Columns {
		cols = append(cols, intake.Column{Name: c.Name, Header: c.InFiles(), Type: c.Type})
	}
	reader, err := intake.New(ctx, m.sources, cols, intake.Options{
		Format: m.spec.Format, CSV: m.spec.CSV, MaxBytes: int64(m.in.Limits().Scratch), Progress: m.in.Progress,
	})
	if err != nil {
		return err
	}
	defer reader.Release()
	release, err := m.e.arrow.RegisterView(reader, "incoming")
	if err != nil {
		return unavailable()
	}
	defer release()
	err = m.e.exec(ctx, "CREATE TABLE raw AS SELECT * FROM incoming")
	if reader.Err() != nil {
		return failure(ctx, reader.Err())
	}
	return failure(ctx, err)
}

// keySQL is the text under which a unit is looked up. Resident ids and credit codes are compared without regard to case
// and surrounding space.
func (m *importer) keySQL() string {
	col := "raw." + identifier(m.spec.Dataset.Unit.Column)
	key := "CAST(" + col + " AS VARCHAR)"
	if c, _ := m.spec.Dataset.Column(m.spec.Dataset.Unit.Column); c.Type == yumen.TypeText {
		key = "trim(" + col + ", " + literal(" \t\u3000\u00a0") + ")"
		if kind := m.spec.Dataset.Unit.Kind; kind == "person" || kind == "organisation" {
			key = "upper(" + key + ")"
		}
	}
	return key
}

// number gives every unit key of raw that the dictionary lacks the next integers. They follow the order of a hash that
// is salted with the files themselves: the same files give the same numbers, but a number discloses nothing of its key
// to anyone who does not hold those files.
func (m *importer) number(ctx context.Context, answer *task.ImportAnswer) error {
	salt, err := saltOf(m.sources)
	if err != nil {
		return err
	}
	if err := m.loadDictionary(ctx); err != nil {
		return err
	}
	if err := m.e.exec(ctx, `CREATE TABLE keys AS SELECT DISTINCT `+m.keySQL()+` AS key FROM raw;
		CREATE TABLE fresh AS SELECT key, (SELECT coalesce(max(unit), 0) FROM units)
			+ row_number() OVER (ORDER BY sha256('`+salt+`' || key), key) AS unit
		FROM keys WHERE key NOT IN (SELECT key FROM units);
		INSERT INTO units SELECT key, unit FROM fresh`); err != nil {
		return err
	}
	answer.Units, answer.NewUnits, err = m.e.twoCounts(ctx,
		"SELECT (SELECT count(*) FROM keys), (SELECT count(*) FROM fresh)")
	return err
}

// loadDictionary makes the table units of the dictionary so far, after making sure that it is a numbering: keys and
// numbers each once, none missing.
func (m *importer) loadDictionary(ctx context.Context) error {
	known := "SELECT NULL::VARCHAR AS key, NULL::BIGINT AS unit WHERE false"
	if p, ok := m.in.Input(task.InUnits); ok {
		known = "SELECT key::VARCHAR AS key, unit::BIGINT AS unit FROM " + parquet(p)
	}
	if err := m.e.exec(ctx, "CREATE TABLE units AS "+known); err != nil {
		return corruptDictionary(ctx, err)
	}
	bad, _, err := m.e.twoCounts(ctx, `SELECT count(*) FILTER (WHERE keys <> n OR units <> n OR least <> 1 OR greatest <> n), 0 FROM (
		SELECT count(*) AS n, count(DISTINCT key) AS keys, count(DISTINCT unit) AS units, min(unit) AS least, max(unit) AS greatest FROM units) WHERE n > 0`)
	if err == nil && bad > 0 {
		err = corruptDictionary(ctx, nil)
	}
	return err
}

func corruptDictionary(ctx context.Context, err error) error {
	if ctx.Err() != nil || outOfMemoryError(err) {
		return err
	}
	return yumen.Errorf(yumen.KindCorrupt, "the unit dictionary is damaged", "隐私单位字典已损坏")
}

// send copies the files to the control plane.
func (m *importer) send() error {
	if err := copyFile(m.in.Output(task.OutVersion), m.version); err != nil {
		return err
	}
	if len(m.apart) > 0 {
		if err := copyFile(m.in.Output(task.OutIdentifiers), m.identifiers); err != nil {
			return err
		}
	}
	if m.byRow() || m.spec.Stored {
		return nil
	}
	return copyFile(m.in.Output(task.OutUnits), m.units)
}

func copyFile(w io.Writer, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fileError(err)
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return fileError(err)
}

// saltOf hashes the files under a prefix of its own, so that the salt is not the digest that receipts show.
func saltOf(files []string) (string, error) {
	h := sha256.New()
	h.Write([]byte("yumen unit numbering v1\n"))
	for _, f := range files {
		if err := copyFile(h, f); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// twoCounts runs a statement that answers with two integers.
func (e *engine) twoCounts(ctx context.Context, sql string) (a, b int64, err error) {
	batch, err := e.one(ctx, sql)
	if err != nil {
		return 0, 0, err
	}
	defer batch.Release()
	a, _ = integerAtColumn(batch, 0, 0)
	b, _ = integerAtColumn(batch, 1, 0)
	return a, b, nil
}

func integerAtColumn(batch arrow.RecordBatch, column, row int) (int64, bool) {
	if a, ok := batch.Column(column).(*array.Int64); ok {
		return a.Value(row), true
	}
	return integerAt(batch.Column(column), row)
}

// hasMagic reports whether a file begins with what every file of its format begins with.
func hasMagic(path, magic string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, len(magic))
	_, err = io.ReadFull(f, head)
	return err == nil && bytes.Equal(head, []byte(magic))
}
