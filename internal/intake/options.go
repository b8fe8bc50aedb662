package intake

import (
	"cmp"
	"strings"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
)

// gb18030 is the one encoding besides UTF-8 (GB 18030-2022, which contains GBK and GB 2312).
const gb18030 = "gb18030"

// checkOptions fills in defaults and refuses what cannot be meant.
func checkOptions(o *Options) error {
	if o.Format != yumen.FormatCSV && o.Format != yumen.FormatNDJSON {
		return yumen.Errorf(yumen.KindInvalid, "format %q cannot be read as text", "格式 %q 不能按文本读取", string(o.Format))
	}
	switch strings.ToLower(strings.ReplaceAll(o.CSV.Encoding, "-", "")) {
	case "", "utf8":
		o.CSV.Encoding = ""
	case gb18030, "gbk", "gb2312":
		o.CSV.Encoding = gb18030
	default:
		return yumen.Errorf(yumen.KindInvalid, "unknown encoding %q", "未知编码 %q",
			o.CSV.Encoding).ToFix("use utf-8 or gb18030", "请用 utf-8 或 gb18030")
	}
	o.CSV.Quote = cmp.Or(o.CSV.Quote, `"`)
	for _, c := range []struct{ name, value string }{{"delimiter", o.CSV.Delimiter}, {"quote", o.CSV.Quote}} {
		if c.value != "" && (len(c.value) != 1 || c.value[0] >= utf8.RuneSelf || c.value[0] == '\n' ||
			c.value[0] == '\r' || c.value[0] == 0) {
			return yumen.Errorf(yumen.KindInvalid, "the CSV %s must be one ASCII character", "CSV 的 %s 须为一个 ASCII 字符",
				c.name)
		}
	}
	if o.CSV.Delimiter == o.CSV.Quote {
		return yumen.Errorf(yumen.KindInvalid, "the CSV delimiter and quote are the same character", "CSV 的分隔符与引号相同")
	}
	return nil
}
