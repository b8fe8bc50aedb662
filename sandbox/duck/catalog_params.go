package duck

import (
	"encoding/csv"
	"errors"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// parameterOID is the type that a client is to send a parameter in.
func parameterOID(d described) uint32 {
	if d.oid == 0 || registers[d.alias] != "" {
		return 25
	}
	return d.oid
}

// arguments returns the values of parameters as the driver binds them: by the client's type, or by the statement's
// where the client left it open.
func arguments(values []api.CatalogParam, params []described) ([]any, error) {
	if len(values) != len(params) {
		return nil, &refused{"08P01",
			"bind message supplies " + strconv.Itoa(len(values)) + " parameters, but the statement requires " +
				strconv.Itoa(len(params)),
			"绑定消息提供 " + strconv.Itoa(len(values)) + " 个参数，语句需要 " + strconv.Itoa(len(params)) + " 个"}
	}
	out := make([]any, len(values))
	for i, v := range values {
		if v.Text == nil {
			continue
		}
		oid := v.OID
		if oid == 0 || oid == 705 { // unknown
			oid = params[i].oid
		}
		var err error
		if out[i], err = argument(*v.Text, oid); err != nil {
			return nil, &refused{"22P02", "invalid input syntax for parameter $" + strconv.Itoa(i+1),
				"参数 $" + strconv.Itoa(i+1) + " 的格式无效"}
		}
	}
	return out, nil
}

func argument(text string, oid uint32) (any, error) {
	for element, array := range arrayOIDs {
		if array == oid {
			return list(text, element)
		}
	}
	switch oid {
	case 16:
		switch strings.ToLower(text) {
		case "t", "true", "1", "on", "yes":
			return true, nil
		case "f", "false", "0", "off", "no":
			return false, nil
		}
		return nil, errors.New("no boolean")
	case 20:
		return strconv.ParseInt(text, 10, 64)
	case 21:
		v, err := strconv.ParseInt(text, 10, 16)
		return int16(v), err
	case 23:
		v, err := strconv.ParseInt(text, 10, 32)
		return int32(v), err
	case 26, 28:
		v, err := strconv.ParseUint(text, 10, 32)
		return uint32(v), err
	case 700, 701:
		return strconv.ParseFloat(text, 64)
	}
	return text, nil
}

// list reads a parameter of an array type, of one dimension: {1,2} or {"a","b"}.
func list(text string, element uint32) (any, error) {
	if len(text) < 2 || text[0] != '{' || text[len(text)-1] != '}' {
		return nil, errors.New("no array")
	}
	inner := text[1 : len(text)-1]
	if inner == "" {
		return []any{}, nil
	}
	read := csv.NewReader(strings.NewReader(inner))
	read.TrimLeadingSpace = true
	fields, err := read.Read()
	if err != nil {
		return nil, err
	}
	out := make([]any, len(fields))
	for i, f := range fields {
		if out[i], err = argument(f, element); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// refusalOf says in PostgreSQL's terms what is wrong with a statement. The engine has no data, so that its words can be
// passed on; those behind the first line show the statement as it was changed.
func refusalOf(err error) *refused {
	var r *refused
	if errors.As(err, &r) {
		return r
	}
	if known := (*yumen.Error)(nil); errors.As(err, &known) {
		state := "0A000"
		if known.Kind == yumen.KindLimit { // more output than may be
			state = "54000"
		}
		return &refused{state, known.In(yumen.LangEnglish), known.In(yumen.LangChinese)}
	}
	kind, message, _ := strings.Cut(err.Error(), ": ")
	return syntaxError(kind, message)
}

func syntaxError(kind, message string) *refused {
	message, _, _ = strings.Cut(message, "\n")
	kind = strings.ToLower(strings.TrimSuffix(kind, " Error"))
	state, chinese := "0A000", "不支持此语句"
	switch {
	case strings.Contains(message, "Only SELECT statements"):
		message, chinese = "only SELECT is possible here", "此处只能使用 SELECT"
	case kind == "io" || kind == "out of memory" || strings.Contains(message, "bad_alloc"): // it may not spill to a file
		state, message, chinese = "53200", "out of memory", "内存不足"
	case strings.Contains(message, "expression depth") || strings.HasPrefix(message, "memory exhausted"):
		state, message, chinese = "54001", "the statement is nested too deeply", "语句嵌套过深"
	case kind == "parser" || kind == "syntax":
		state, chinese = "42601", "语法错误"
	case kind == "catalog" && strings.Contains(message, "Function"):
		state, chinese = "42883", "函数不存在"
	case kind == "catalog" && strings.Contains(message, "Type"):
		state, chinese = "42704", "类型不存在"
	case kind == "catalog":
		state, chinese = "42P01", "关系不存在"
	case kind == "binder" && (strings.Contains(message, "Referenced column") ||
		strings.Contains(message, "does not have a column")):
		state, chinese = "42703", "列不存在"
	case kind == "binder" && strings.Contains(message, "No function matches"):
		state, chinese = "42883", "函数不存在"
	case kind == "binder" && strings.Contains(message, "Ambiguous"):
		state, chinese = "42702", "列名有歧义"
	case kind == "conversion":
		state, chinese = "22P02", "值的格式无效"
	}
	return &refused{state, message, chinese}
}
