package desensitize

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize/detect"
	"github.com/yumen-data/yumen/desensitize/surrogate"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// mockBatch makes up rows for the columns: values of a domain or within bounds where the catalog has them, surrogates
// where the column's name or title says what it holds. Equal seeds give equal rows.
func mockBatch(cols []yumen.Column, rows int, seed uint64) (arrow.RecordBatch, error) {
	fields := make([]arrow.Field, len(cols))
	arrs := make([]arrow.Array, len(cols))
	for i, c := range cols {
		a, err := arrowio.NewAppender(c.Type)
		if err != nil {
			return nil, yumen.AsError(err).At(c.Name)
		}
		r := rand.New(rand.NewPCG(seed, uint64(i)))
		draw := mockColumn(c)
		for row := range rows {
			if c.Nullable && r.IntN(20) == 0 {
				a.Null()
			} else if !a.Append(draw(row, r)) {
				return nil, yumen.Errorf(yumen.KindInvalid, "the catalog's domain or bounds do not fit the type %s",
					"目录中的取值范围与类型 %s 不符", c.Type).At(c.Name)
			}
		}
		fields[i] = arrow.Field{Name: c.Name, Type: a.Builder().Type(), Nullable: true}
		arrs[i] = a.Builder().NewArray()
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), arrs, int64(rows)), nil
}

// mockColumn returns what draws the text of a column's cells.
func mockColumn(c yumen.Column) func(row int, r *rand.Rand) string {
	if len(c.Domain) > 0 {
		return func(_ int, r *rand.Rand) string { return c.Domain[r.IntN(len(c.Domain))] }
	}
	low, high := 0.0, 100.0
	if c.Bounds != nil {
		low, high = c.Bounds.Min, c.Bounds.Max
	}
	number := func(r *rand.Rand) float64 { return low + r.Float64()*(high-low) }
	_, scale, decimal := c.Type.Decimal()
	switch {
	case c.Type == yumen.TypeInteger:
		return func(_ int, r *rand.Rand) string { return strconv.FormatInt(int64(math.Round(number(r))), 10) }
	case decimal:
		return func(_ int, r *rand.Rand) string { return strconv.FormatFloat(number(r), 'f', scale, 64) }
	case c.Type == yumen.TypeDouble:
		return func(_ int, r *rand.Rand) string { return strconv.FormatFloat(number(r), 'f', 3, 64) }
	case c.Type == yumen.TypeBoolean:
		return func(_ int, r *rand.Rand) string { return strconv.FormatBool(r.IntN(2) == 1) }
	case c.Type == yumen.TypeDate:
		return func(_ int, r *rand.Rand) string { return mockDay(r).Format(time.DateOnly) }
	case c.Type == yumen.TypeTimestamp:
		return func(_ int, r *rand.Rand) string {
			return mockDay(r).Add(time.Duration(r.IntN(86400)) * time.Second).Format(time.DateTime)
		}
	}
	return mockText(c)
}

func mockDay(r *rand.Rand) time.Time {
	return time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, r.IntN(5*365))
}

// mockText draws surrogates where the column says what it holds, sentences with some inside for free text, and numbered
// labels otherwise.
func mockText(c yumen.Column) func(row int, r *rand.Rand) string {
	if kind := mockKind(c); kind != "" {
		return func(_ int, r *rand.Rand) string { return mocked(kind, r) }
	}
	if c.Role == yumen.ColumnRoleText {
		return func(_ int, r *rand.Rand) string {
			return fmt.Sprintf("联系人%s，电话%s，住%s。", mocked("name", r), mocked("mobile", r), mocked("address", r))
		}
	}
	label := cmp.Or(c.Title.ZH, c.Name)
	return func(_ int, r *rand.Rand) string { return fmt.Sprintf("%s%d", label, 1+r.IntN(9)) }
}

func mocked(kind string, r *rand.Rand) string {
	b, _ := surrogate.Make(nil, kind, r)
	return string(b)
}

// mockKind finds the kind of surrogate by the words with which detectors know a column.
func mockKind(c yumen.Column) string {
	name := strings.ToLower(c.Name + " " + c.Title.ZH + " " + c.Title.EN)
	for _, a := range detect.Types {
		kind := string(a.Type)
		if kind == "birth_date" {
			kind = "date"
		}
		if slices.Contains(surrogate.Kinds, kind) &&
			slices.ContainsFunc(a.Words, func(w string) bool { return strings.Contains(name, w) }) {
			return kind
		}
	}
	return ""
}
