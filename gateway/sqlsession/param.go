package sqlsession

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// types reads values as PostgreSQL writes them. It is only read.
var types = pgtype.NewMap()

// Given is the value that a client gave for a parameter, as it sent it.
type Given struct {
	OID    uint32 // its type; 0 where the client does not say
	Format int16
	Value  []byte // nil for NULL
}

func wrongParam(n int, en, zh string, args ...any) error {
	return Coded("22P02", yumen.Errorf(yumen.KindInvalid, "parameter $%d: "+en, "参数 $%d："+zh,
		append([]any{n}, args...)...))
}

// forData is the value as a question about data takes it: of the type that its client says it has. It never becomes a
// part of the text.
func (g Given) forData(n int) (yumen.Param, error) {
	if g.Value == nil {
		return yumen.Param{}, Coded("22004", yumen.Errorf(yumen.KindInvalid,
			"parameter $%d is NULL, which no condition of a question holds for", "参数 $%d 为 NULL，查询条件不会对其成立", n).
			ToFix("give a value, or write IS NULL in the text", "请给出值，或在语句中写 IS NULL"))
	}
	p, ok := paramByType(g.OID, g.Format, g.Value)
	switch {
	case !ok:
		return p, wrongParam(n, "the value is not one of its type", "值不符合其类型")
	case p.Type == "":
		return p, wrongParam(n,
			"values of type %d are not taken; cast it to a number, a date, a timestamp, a boolean or text",
			"不接受类型 %d 的值；请转换为数值、日期、时间戳、布尔或文本", g.OID)
	case !utf8.ValidString(p.Value) || strings.ContainsRune(p.Value, 0):
		return p, wrongParam(n, "the value is no text in UTF-8", "值不是 UTF-8 文本")
	}
	return p, nil
}

// forCatalog is the value as the catalog takes it: in PostgreSQL's text format.
func (g Given) forCatalog(n int) (api.CatalogParam, error) {
	out := api.CatalogParam{OID: g.OID}
	if g.Value == nil {
		return out, nil
	}
	text := string(g.Value)
	if g.Format == 1 {
		const oidOID = 26
		of := g
		if g.OID == oidOID {
			of.OID = OIDInt4
		}
		p, err := of.forData(n)
		if err != nil {
			return out, err
		}
		text = p.Value
	}
	if !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
		return out, wrongParam(n, "the value is no text in UTF-8", "值不是 UTF-8 文本")
	}
	out.Text = &text
	return out, nil
}

// allForData are the values of all parameters.
func allForData(all []Given) ([]yumen.Param, error) {
	out := make([]yumen.Param, len(all))
	for i, g := range all {
		var err error
		if out[i], err = g.forData(i + 1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// paramByType reads a value of a type; a Type of "" says that the type is none that questions have.
func paramByType(oid uint32, format int16, value []byte) (yumen.Param, bool) {
	switch oid {
	case 0, OIDUnknown, OIDText, OIDVarchar, OIDBpchar, 19, 18: // name and "char" are written as text, too
		return yumen.Param{Type: yumen.TypeText, Value: string(value)}, true
	case OIDBool:
		return scanned(oid, format, value,
			func(v bool) (yumen.Type, string) { return yumen.TypeBoolean, strconv.FormatBool(v) })
	case OIDInt2, OIDInt4, OIDInt8:
		return scanned(oid, format, value, func(v int64) (yumen.Type, string) {
			return yumen.TypeInteger, strconv.FormatInt(v, 10)
		})
	case OIDFloat4, OIDFloat8:
		return scanned(oid, format, value, func(v float64) (yumen.Type, string) {
			return yumen.TypeDouble, strconv.FormatFloat(v, 'g', -1, 64)
		})
	case OIDNumeric:
		return scanned(oid, format, value, decimalOf)
	case OIDDate:
		return scanned(oid, format, value, func(v pgtype.Date) (yumen.Type, string) {
			return yumen.TypeDate, onlyFinite(v.Valid, v.InfinityModifier, v.Time.Format(time.DateOnly))
		})
	case OIDTimestamp:
		return scanned(oid, format, value, func(v pgtype.Timestamp) (yumen.Type, string) {
			return yumen.TypeTimestamp,
				onlyFinite(v.Valid, v.InfinityModifier, v.Time.Format("2006-01-02 15:04:05.999999"))
		})
	case OIDTimestamptz:
		return scanned(oid, format, value, func(v pgtype.Timestamptz) (yumen.Type, string) {
			return yumen.TypeTimestamp, onlyFinite(v.Valid, v.InfinityModifier,
				v.Time.UTC().Format("2006-01-02 15:04:05.999999"))
		})
	}
	return yumen.Param{}, true
}

func scanned[T any](oid uint32, format int16, value []byte, write func(T) (yumen.Type, string)) (yumen.Param, bool) {
	var v T
	if types.Scan(oid, format, value, &v) != nil {
		return yumen.Param{}, false
	}
	t, text := write(v)
	return yumen.Param{Type: t, Value: text}, text != ""
}

func onlyFinite(valid bool, m pgtype.InfinityModifier, text string) string {
	if !valid || m != pgtype.Finite {
		return ""
	}
	return text
}

// decimalOf writes a number with as many digits as it has.
func decimalOf(v pgtype.Numeric) (yumen.Type, string) {
	const most = 38
	if !v.Valid || v.NaN || v.InfinityModifier != pgtype.Finite || v.Exp < -most || v.Exp > most {
		return yumen.TypeText, ""
	}
	scale := max(0, -int(v.Exp))
	n := new(big.Int).Set(v.Int)
	if v.Exp > 0 {
		n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(v.Exp)), nil))
	}
	digits := len(new(big.Int).Abs(n).String())
	if width := max(digits, scale+1); width <= most {
		text := new(big.Rat).SetFrac(n,
			new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil)).FloatString(scale)
		return yumen.Type(fmt.Sprintf("decimal(%d,%d)", width, scale)), text
	}
	return yumen.TypeText, ""
}
