package result

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

const (
	maxPreview = 1000 // rows of one page
	maxRunes   = 200  // of one cell
)

// preview answers with a page of rows as text, fit for a terminal or a page: no control characters, no endless cells.
func preview(_ context.Context, in sandbox.Env) error {
	var spec task.PreviewSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	if spec.Offset < 0 || spec.Rows < 1 || spec.Rows > maxPreview {
		return yumen.Errorf(yumen.KindInvalid, "a preview shows 1 to %d rows", "预览行数为 1 至 %d", maxPreview)
	}
	s, err := openInput(in, task.InArtifact)
	if err != nil {
		return err
	}
	defer s.close()
	cols, err := arrowio.TextColumns(s.Schema(), spec.Columns)
	if err != nil {
		return err
	}
	ans := task.PreviewAnswer{Rows: [][]string{}}
	nulls := make([]string, len(cols))
	for i, c := range cols {
		ans.Columns = append(ans.Columns, printable(c.Name))
		nulls[i] = "∅"
		if spec.Suppressed != "" && len(spec.Columns) > 0 && spec.Columns[c.Value].Kind == yumen.ColumnAggregate {
			nulls[i] = spec.Suppressed
		}
	}
	end := spec.Offset + int64(spec.Rows)
	err = s.each(func(b arrow.RecordBatch, before int64) error {
		for row := max(0, spec.Offset-before); row < b.NumRows() && before+row < end; row++ {
			ans.Rows = append(ans.Rows, cells(b, int(row), cols, nulls))
		}
		return nil
	})
	ans.Total = s.Rows()
	if err != nil {
		return err
	}
	return in.Answer(ans)
}

func cells(b arrow.RecordBatch, row int, cols []arrowio.TextColumn, nulls []string) []string {
	out := make([]string, len(cols))
	for i, c := range cols {
		if from := c.Array(b, row); from.IsNull(row) {
			out[i] = nulls[i]
		} else {
			out[i] = printable(string(arrowio.AppendCell(nil, from, row)))
		}
	}
	return out
}

// printable cuts a text and writes what a terminal could take for a command as its code point.
func printable(s string) string {
	var b strings.Builder
	n := 0
	for _, r := range s {
		if n++; n > maxRunes {
			b.WriteRune('…')
			break
		}
		if unicode.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u{%X}`, r)
		}
	}
	return b.String()
}
