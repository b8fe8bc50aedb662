package technique

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// Replace puts a fixed value in the place of others.
type Replace struct {
	With   string   `yaml:"with" en:"the value written, of the column's type" zh:"写入的值，须符合列类型"`
	Values []string `yaml:"values" en:"only these values are replaced; all if absent" zh:"只替换这些值；缺省全部替换"`
}

func (*Replace) about() About {
	return About{
		Title: yumen.Text{EN: "replacement", ZH: "替换"},
		Term:  yumen.Text{EN: "suppression by a fixed value", ZH: "抑制技术：以固定值替换"},
		Types: "all", Scope: CellScope, Inside: true, Reversible: irreversible,
		Preserves: yumen.Text{EN: "type, which cells are null", ZH: "类型与空值位置"},
		Leaks: yumen.Text{EN: "that there was a value; with values, that it was one of them",
			ZH: "该处有值；若限定取值，则其属于限定之列"},
	}
}

func (r *Replace) bind(b *Binding) (Stage, error) {
	if len(b.Detectors) > 0 {
		return b.texts(func(int, string) (TextFunc, error) {
			return always(func(dst []byte, _ string) []byte { return append(dst, r.With...) }), nil
		})
	}
	only := map[string]bool{}
	for _, v := range r.Values {
		only[v] = true
	}
	return b.cells(func(i int) (Change, arrow.DataType, error) {
		a, err := arrowio.NewAppender(b.kind(i))
		if err != nil {
			return nil, nil, err
		}
		if !a.Append(r.With) {
			return nil, nil, yumen.Errorf(yumen.KindInvalid, "the value written is not of type %s", "写入的值不是 %s 类型",
				b.kind(i))
		}
		return replaceBy(a.Builder().NewArray(), only), b.Schema.Field(i).Type, nil
	})
}

// replaceBy writes the one cell of with where the value is among only, or everywhere but at nulls.
func replaceBy(with arrow.Array, only map[string]bool) Change {
	return func(mem memory.Allocator, in arrow.Array) (arrow.Array, Tally, error) {
		both, err := array.Concatenate([]arrow.Array{in, with}, mem)
		if err != nil {
			return nil, Tally{}, err
		}
		defer both.Release()
		rows := allRows(in.Len())
		var n Tally
		var buf []byte
		written := string(arrowio.AppendCell(nil, with, 0))
		for i := range rows {
			if in.IsNull(i) {
				continue
			}
			buf = arrowio.AppendCell(buf[:0], in, i)
			if len(only) == 0 || only[string(buf)] {
				rows[i] = in.Len()
				if string(buf) != written {
					n.Cells++
				}
			}
		}
		out, err := take(mem, both, rows)
		return out, n, err
	}
}
