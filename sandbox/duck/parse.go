package duck

import (
	"context"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// maxSQL is the greatest length of SQL text in bytes.
const maxSQL = 1 << 20

// parse answers with the parse tree of SQL text, as json_serialize_sql gives it: syntax errors are fields of the tree.
// Nothing is bound, no file can be opened and no data is there.
func parse(ctx context.Context, in sandbox.Env) error {
	var spec task.ParseSpec
	if err := in.Spec(&spec); err != nil {
		return err
	}
	if err := checkText(spec.SQL); err != nil {
		return err
	}
	e, err := open(ctx, in)
	if err != nil {
		return err
	}
	defer e.close()
	batch, err := e.one(ctx, "SELECT json_serialize_sql(?::VARCHAR)::VARCHAR", spec.SQL)
	if err != nil {
		return unparsable(ctx, err)
	}
	defer batch.Release()
	tree := batch.Column(0).(*array.String).Value(0)
	if !json.Valid([]byte(tree)) { // DuckDB writes a number that no double can hold as a bare Infinity
		return yumen.Errorf(yumen.KindInvalid, "a number in the SQL text is too large", "SQL 文本中有过大的数值")
	}
	return in.Answer(task.ParseAnswer{Tree: json.RawMessage(tree)})
}

func checkText(sql string) error {
	switch {
	case len(sql) > maxSQL:
		return yumen.Errorf(yumen.KindInvalid, "the SQL text is longer than %d bytes", "SQL 文本超过 %d 字节", maxSQL)
	case !utf8.ValidString(sql):
		return yumen.Errorf(yumen.KindInvalid, "the SQL text is not UTF-8", "SQL 文本不是 UTF-8")
	case strings.IndexByte(sql, 0) >= 0:
		return yumen.Errorf(yumen.KindInvalid, "the SQL text contains a NUL character", "SQL 文本含有 NUL 字符")
	}
	return nil
}

// unparsable is for text that the parser does not even refuse properly, such as expressions nested too deeply.
func unparsable(ctx context.Context, err error) error {
	if known := failure(ctx, err); yumen.KindOf(known) != yumen.KindFailed || ctx.Err() != nil {
		return known
	}
	return yumen.Errorf(yumen.KindInvalid,
		"the SQL text cannot be parsed: it is nested too deeply or is no SELECT statement",
		"SQL 文本无法解析：嵌套过深或不是 SELECT 语句")
}
