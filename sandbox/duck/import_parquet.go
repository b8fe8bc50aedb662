package duck

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/intake"
	"github.com/yumen-data/yumen/internal/suggest"
)

// loadParquet makes raw from Parquet files. A column whose stored type is not the catalog's is converted where no value
// can be lost by it; a value that would not come back the same is a bad cell.
func (m *importer) loadParquet(ctx context.Context) error {
	var selects []string
	var rows int64
	for i, path := range m.sources {
		if !hasMagic(path, "PAR1") {
			return m.corruptFile(i, nil, ctx)
		}
		sql, err := m.parquetSelect(ctx, i, path, rows)
		if err != nil {
			return err
		}
		selects = append(selects, sql)
		n, _, err := m.e.twoCounts(ctx, "SELECT count(*), 0 FROM "+parquet(path))
		if err != nil {
			return m.corruptFile(i, err, ctx)
		}
		rows += n
	}
	for i, sql := range selects {
		verb := "INSERT INTO raw "
		if i == 0 {
			verb = "CREATE TABLE raw AS "
		}
		if err := m.e.exec(ctx, verb+sql); err != nil {
			return m.corruptFile(i, err, ctx)
		}
		m.in.Progress(int64(i+1), int64(len(selects)))
	}
	return nil
}

func (m *importer) corruptFile(i int, err error, ctx context.Context) error {
	if ctx.Err() != nil || outOfMemoryError(err) {
		return failure(ctx, err)
	}
	e := yumen.Errorf(yumen.KindCorrupt, "the file is no Parquet, or it is truncated or damaged",
		"文件不是 Parquet，或被截断、已损坏").
		ToFix("transfer it again, or write it anew", "请重新传输或重新生成")
	if len(m.sources) > 1 {
		e = e.At(fmt.Sprintf("source %d", i+1))
	}
	return e
}

// parquetSelect selects the columns of one file in the catalog's types, with the same columns before them as intake
// gives.
func (m *importer) parquetSelect(ctx context.Context, i int, path string, before int64) (string, error) {
	fields, err := m.parquetFields(ctx, i, path)
	if err != nil {
		return "", err
	}
	var faults, cols []string
	var reasons []yumen.Reason
	for k, c := range m.spec.Dataset.Columns {
		f, ok := fields[strings.ToLower(c.InFiles())]
		if !ok {
			reasons = append(reasons,
				yumen.Reason{Rule: "columns", Place: c.InFiles(),
					Msg: yumen.Say("column %s is missing from the file", "文件缺少列 %s", c.InFiles())})
			continue
		}
		delete(fields, strings.ToLower(c.InFiles()))
		value, lossy, ok := convertColumn(identifier(f.Name), f.Type, c.Type)
		if !ok {
			reasons = append(reasons,
				yumen.Reason{Rule: "type", Place: c.InFiles(),
					Msg: yumen.Say("column %s is stored as %s, which is not %s without loss", "列 %s 存储为 %s，无法无损转换为 %s",
						c.InFiles(), f.Type.Name(), string(c.Type))})
			continue
		}
		cols = append(cols, value+" AS "+identifier(c.Name))
		if lossy != "" {
			faults = append(faults, fmt.Sprintf("WHEN %s THEN %d", lossy, k+1))
		}
	}
	reasons = append(reasons, m.unknownColumns(fields)...)
	if err := yumen.Refuse(yumen.KindInvalid, yumen.Say("the columns of the file do not fit the dataset", "文件的列与数据集不符"),
		reasons); err != nil {
		return "", err
	}
	fault := "0::INTEGER"
	if len(faults) > 0 {
		fault = "(CASE " + strings.Join(faults, " ") + " ELSE 0 END)::INTEGER"
	}
	meta := fmt.Sprintf("file_row_number + %d AS %s, %d::INTEGER AS %s, file_row_number + 1 AS %s, %s AS %s", before+1,
		identifier(intake.RowColumn),
		i+1, identifier(intake.FileColumn), identifier(intake.LineColumn), fault, identifier(intake.FaultColumn))
	return "SELECT " + meta + ", " + strings.Join(cols, ", ") + " FROM read_parquet(" + literal(path) +
		", file_row_number = true)", nil
}

// parquetFields reads the file's columns by lower-case name.
func (m *importer) parquetFields(ctx context.Context, i int, path string) (map[string]arrow.Field, error) {
	reader, err := m.e.query(ctx, "SELECT * FROM "+parquet(path)+" LIMIT 0")
	if err != nil {
		return nil, m.corruptFile(i, err, ctx)
	}
	defer reader.Release()
	fields := map[string]arrow.Field{}
	for _, f := range reader.Schema().Fields() {
		fields[strings.ToLower(f.Name)] = f
	}
	return fields, nil
}

// unknownColumns names what the file has beyond the catalog entry. The names of Parquet columns are a schema, not data.
func (m *importer) unknownColumns(fields map[string]arrow.Field) []yumen.Reason {
	var known []string
	for _, c := range m.spec.Dataset.Columns {
		known = append(known, c.InFiles())
	}
	var reasons []yumen.Reason
	for _, name := range sortedKeys(fields) {
		reasons = append(reasons, yumen.Reason{Rule: "columns", Place: fields[name].Name,
			Msg: yumen.Say("the file has a column that the dataset has not", "文件有数据集之外的列"),
			Fix: suggest.Fix(fields[name].Name, known)})
	}
	return reasons
}

// convertColumn returns the value of a stored column in the catalog's type, and the condition under which a value is
// lost by that, "" where none can be. It reports false where the types have nothing to do with each other.
func convertColumn(name string, from arrow.DataType, to yumen.Type) (value, lossy string, ok bool) {
	target := sqlType(to)
	cast := "TRY_CAST(" + name + " AS " + target + ")"
	roundTrip := func(stored string) string {
		return name + " IS NOT NULL AND TRY_CAST(" + cast + " AS " + stored + ") IS DISTINCT FROM " + name
	}
	_, _, decimal := to.Decimal()
	switch from.ID() {
	case arrow.BOOL:
		return name, "", to == yumen.TypeBoolean
	case arrow.STRING, arrow.LARGE_STRING, arrow.DICTIONARY:
		text := "CAST(" + name + " AS VARCHAR)"
		return text, "contains(" + text + ", chr(0))", to == yumen.TypeText
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.UINT8, arrow.UINT16, arrow.UINT32, arrow.UINT64:
		if to == yumen.TypeText {
			return "CAST(" + name + " AS VARCHAR)", "", true
		}
		return cast, roundTrip(integerSQL(from.ID())), to.Numeric()
	case arrow.FLOAT32, arrow.FLOAT64:
		finite := "NOT isfinite(" + name + ")"
		if to == yumen.TypeDouble {
			return "CASE WHEN isfinite(" + name + ") THEN CAST(" + name + " AS DOUBLE) END", finite, true
		}
		stored := map[arrow.Type]string{arrow.FLOAT32: "FLOAT", arrow.FLOAT64: "DOUBLE"}[from.ID()]
		return cast, finite + " OR " + roundTrip(stored), to == yumen.TypeInteger || decimal
	case arrow.DECIMAL128:
		d := from.(*arrow.Decimal128Type)
		return cast, roundTrip(fmt.Sprintf("DECIMAL(%d,%d)", d.Precision, d.Scale)), to.Numeric()
	case arrow.DATE32:
		return cast, outsideCalendar(name), to == yumen.TypeDate || to == yumen.TypeTimestamp
	case arrow.TIMESTAMP:
		t := from.(*arrow.TimestampType)
		stored := map[arrow.TimeUnit]string{arrow.Second: "TIMESTAMP_S", arrow.Millisecond: "TIMESTAMP_MS",
			arrow.Microsecond: "TIMESTAMP", arrow.Nanosecond: "TIMESTAMP_NS"}[t.Unit]
		return cast, outsideCalendar(name) + " OR " + roundTrip(stored),
			t.TimeZone == "" && (to == yumen.TypeTimestamp || to == yumen.TypeDate)
	}
	return "", "", false
}

// outsideCalendar is the condition that a day or time is infinite or of a year that has no four digits.
func outsideCalendar(name string) string {
	return "NOT isfinite(" + name + ") OR year(" + name + ") NOT BETWEEN 1 AND 9999"
}

func integerSQL(t arrow.Type) string {
	return map[arrow.Type]string{arrow.INT8: "TINYINT", arrow.INT16: "SMALLINT", arrow.INT32: "INTEGER",
		arrow.INT64: "BIGINT",
		arrow.UINT8: "UTINYINT", arrow.UINT16: "USMALLINT", arrow.UINT32: "UINTEGER", arrow.UINT64: "UBIGINT"}[t]
}
