package rest

import (
	"net/http"
	"regexp"

	"github.com/danielgtaylor/huma/v2"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/gateway/wire"
)

// schemaTexts are huma's words for what does not fit a schema, and the Chinese ones. Those of the reader of JSON, which
// repeat what was sent, are said in one sentence.
var schemaTexts = []struct {
	is     *regexp.Regexp
	en, zh string // with $1 for what is within
}{
	{regexp.MustCompile(`^(invalid character|unexpected end of JSON|json: |unexpected EOF).*`),
		"the body is no JSON of this kind", "请求体不是符合要求的 JSON"},
	{regexp.MustCompile(`^validation failed$`), "see the reasons", "原因见下"},
	{regexp.MustCompile(`^request body is required$`), "$0", "缺少请求体"},
	{regexp.MustCompile(`^unexpected property$`), "$0", "未知字段"},
	{regexp.MustCompile(`^unknown query parameter$`), "$0", "未知的查询参数"},
	{regexp.MustCompile(`^(?:required .* parameter is missing|missing required .*)$`), "$0", "缺少必需的参数"},
	{regexp.MustCompile(`^expected boolean$`), "$0", "须为布尔值"},
	{regexp.MustCompile(`^expected (?:number|float)$`), "$0", "须为数字"},
	{regexp.MustCompile(`^expected integer$`), "$0", "须为整数"},
	{regexp.MustCompile(`^expected string$`), "$0", "须为字符串"},
	{regexp.MustCompile(`^expected array$`), "$0", "须为数组"},
	{regexp.MustCompile(`^expected object$`), "$0", "须为对象"},
	{regexp.MustCompile(`^invalid (?:integer|float|boolean|.*)$`), "invalid value", "取值无效"},
	{regexp.MustCompile(`^expected string to be base64 encoded$`), "$0", "须为 base64 编码的字符串"},
	{regexp.MustCompile(`^expected string to be RFC 3339 (?:date-time|date|time)$`), "$0", "须为 RFC 3339 格式的时间"},
	{regexp.MustCompile(`^expected value to match (?:at least|exactly) one schema.*$`), "$0", "与任何一种允许的形式都不符"},
	{regexp.MustCompile(`^expected value to be one of (.*)$`), "$0", "须为下列之一：$1"},
	{regexp.MustCompile(`^expected number >= (.*)$`), "$0", "须大于或等于 $1"},
	{regexp.MustCompile(`^expected number > (.*)$`), "$0", "须大于 $1"},
	{regexp.MustCompile(`^expected number <= (.*)$`), "$0", "须小于或等于 $1"},
	{regexp.MustCompile(`^expected number < (.*)$`), "$0", "须小于 $1"},
	{regexp.MustCompile(`^expected length >= (.*)$`), "$0", "长度至少为 $1"},
	{regexp.MustCompile(`^expected length <= (.*)$`), "$0", "长度至多为 $1"},
	{regexp.MustCompile(`^expected array length >= (.*)$`), "$0", "至少须有 $1 项"},
	{regexp.MustCompile(`^expected array length <= (.*)$`), "$0", "至多可有 $1 项"},
	{regexp.MustCompile(`^expected string to (?:match pattern|be) (.*)$`), "$0", "须符合格式 $1"},
	{regexp.MustCompile(`^expected required property (.*) to be present$`), "$0", "缺少必需字段 $1"},
}

// schemaText is what huma says, in both languages.
func schemaText(said string) yumen.Text {
	for _, t := range schemaTexts {
		if t.is.MatchString(said) {
			return yumen.Text{EN: t.is.ReplaceAllString(said, t.en), ZH: t.is.ReplaceAllString(said, t.zh)}
		}
	}
	return yumen.Text{EN: said, ZH: "不符合接口定义"}
}

// huma's own refusals, of requests that do not fit the document, are problems as all others are, in the language of
// whoever asks. They never repeat a value.
func init() {
	huma.NewErrorWithContext = func(h huma.Context, status int, msg string, errs ...error) huma.StatusError {
		lang := yumen.LangEnglish
		if h != nil {
			lang = requestOf(h.Context()).lang
		}
		kind := map[int]yumen.ErrorKind{http.StatusNotFound: yumen.KindNotFound,
			http.StatusInternalServerError: yumen.KindInternal}[status]
		if kind == "" {
			kind = yumen.KindInvalid
		}
		e := yumen.Errorf(kind, "the request does not fit the interface: %s", "请求不符合接口定义：%s", schemaText(msg)).
			ToFix("compare it with /v1/openapi.json", "请对照 /v1/openapi.json")
		for _, err := range errs {
			r := yumen.Reason{Rule: "request.schema"}
			if x, ok := err.(huma.ErrorDetailer); ok {
				r.Place, r.Msg = x.ErrorDetail().Location, schemaText(x.ErrorDetail().Message)
			}
			e.Reasons = append(e.Reasons, r)
		}
		p := wire.NewProblem(e, lang, wire.Stranger)
		if status != 0 {
			p.SetStatus(status)
		}
		return p
	}
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return huma.NewErrorWithContext(nil, status, msg, errs...)
	}
}
