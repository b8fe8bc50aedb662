package strictyaml

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/yumen-data/yumen"
	"go.yaml.in/yaml/v3"
)

// read returns the content of the one document in b, or nil after adding why there is none.
func (d *Doc) read(b []byte) *yaml.Node {
	if len(b) > maxBytes {
		d.add(1, 1, "yaml.size", yumen.Say("the file is larger than %s", "文件超过 %s", yumen.Size(maxBytes)), yumen.Text{})
		return nil
	}
	b = bytes.TrimPrefix(b, []byte("\uFEFF"))
	if !d.characters(b) {
		return nil
	}
	docs, err := documents(b)
	if err != nil {
		d.syntax(b, err)
		return nil
	}
	if len(docs) == 0 || len(docs[0].Content) == 0 || isNull(docs[0].Content[0]) {
		d.add(1, 1, "yaml.empty", yumen.Say("the file is empty", "文件为空"), yumen.Text{})
		return nil
	}
	if len(docs) > 1 {
		d.add(docs[1].Line, docs[1].Column, "yaml.documents",
			yumen.Say("a second document starts here; one file holds one", "此处开始第二个文档；一个文件只能有一个"),
			yumen.Say("remove the line ---", "删除 --- 行"))
		return nil
	}
	root := docs[0].Content[0]
	if d.plain(root); len(d.reasons) > 0 {
		return nil
	}
	return root
}

// documents returns the first two documents of b. The parser has a history of panics on malformed input, in versions
// that were current for years; one more must end as an error, not as the end of a server.
func documents(b []byte) (docs []*yaml.Node, err error) {
	defer func() {
		if recover() != nil {
			err = fmt.Errorf("yaml: cannot be parsed")
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(b))
	for len(docs) < 2 {
		var n yaml.Node
		if err := dec.Decode(&n); err == io.EOF {
			return docs, nil
		} else if err != nil {
			return nil, err
		}
		docs = append(docs, &n)
	}
	return docs, nil
}

// characters refuses bytes that are not UTF-8 and characters that YAML does not allow.
func (d *Doc) characters(b []byte) bool {
	line, column := 1, 1
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r == utf8.RuneError && size <= 1:
			d.add(line, column, "yaml.encoding", yumen.Say("this is not UTF-8 text", "此处不是 UTF-8 文本"),
				yumen.Say("save the file as UTF-8", "请将文件另存为 UTF-8"))
			return false
		case !printable(r):
			d.add(line, column, "yaml.encoding", yumen.Say("control character %U", "控制字符 %U", r),
				yumen.Say("remove it", "请删除"))
			return false
		case r == '\n':
			line, column = line+1, 0
		}
		b, column = b[size:], column+1
	}
	return true
}

// printable is c-printable of YAML 1.2.2, production 1, without the byte order mark.
func printable(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r < 0x7f || r == 0x85 ||
		r >= 0xa0 && r < 0xd800 || r >= 0xe000 && r <= 0xfffd && r != 0xfeff || r >= 0x10000
}

// visible reports whether a character may stand in a text. An escape can write characters that move a terminal's cursor
// or turn the direction of reading, so that people see something else than what they agree to.
func visible(r rune) bool {
	direction := r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
	return printable(r) && r != '\r' && r != 0x85 && r != 0x2028 && r != 0x2029 && !direction
}

// plain refuses anchors, aliases, merge keys and tags: with them a small file can stand for a huge one, and what a
// reader sees is not what is read.
func (d *Doc) plain(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "" || n.Tag == "!!merge":
		d.add(n.Line, n.Column, "yaml.alias",
			yumen.Say("anchors, aliases and merge keys are not accepted", "不接受锚点、别名与合并键"),
			yumen.Say("write the value out", "请直接写出取值"))
	case n.Style&yaml.TaggedStyle != 0:
		d.add(n.Line, n.Column, "yaml.tag", yumen.Say("tags are not accepted", "不接受标签"),
			yumen.Say("remove the tag", "请删除标签"))
	}
	for _, r := range n.Value {
		if !visible(r) {
			d.add(n.Line, n.Column, "yaml.encoding",
				yumen.Say("the text holds the control character %U", "文本含有控制字符 %U", r), yumen.Say("remove it", "请删除"))
			break
		}
	}
	for _, c := range n.Content {
		d.plain(c)
	}
}

var lineOf = regexp.MustCompile(`^line (\d+): `)

// parserErrors are messages of the YAML library whose line is counted from 0; with the others it is counted from 1.
var parserErrors = regexp.MustCompile(`^did not find expected ('|key|node content|<)`)

// syntax adds what the YAML library says. It gives a line at most; the column is that of the line's first character.
func (d *Doc) syntax(b []byte, err error) {
	said := strings.TrimPrefix(err.Error(), "yaml: ")
	if strings.HasPrefix(said, "unknown anchor") {
		line, column := positionOf(b, "*")
		d.add(line, column, "yaml.alias", yumen.Say("anchors, aliases and merge keys are not accepted", "不接受锚点、别名与合并键"),
			yumen.Say("put text that starts with * in quotes", "以 * 开头的文本请加引号"))
		return
	}
	line := 1
	if m := lineOf.FindStringSubmatch(said); m != nil {
		line, _ = strconv.Atoi(m[1])
		said = said[len(m[0]):]
		if parserErrors.MatchString(said) {
			line++
		}
	}
	lines := bytes.Split(b, []byte("\n"))
	line = min(line, len(lines))
	text := lines[line-1]
	column := 1 + len(text) - len(bytes.TrimLeft(text, " "))
	msg, fix := explain(said)
	d.add(line, column, "yaml.syntax", msg, fix)
}

// positionOf returns line and column, counted in characters, of the first s that starts a word.
func positionOf(b []byte, s string) (line, column int) {
	for i, text := range strings.Split(string(b), "\n") {
		for _, before := range []string{" ", "[", ",", "{", ""} {
			at := strings.Index(text, before+s)
			if at >= 0 && (before != "" || at == 0) {
				return i + 1, utf8.RuneCountInString(text[:at+len(before)]) + 1
			}
		}
	}
	return 1, 1
}

// explain says in both languages what the library says in English.
func explain(said string) (msg, fix yumen.Text) {
	for _, e := range explanations {
		if strings.Contains(said, e.said) {
			return yumen.Say("this is not YAML: "+e.en, "YAML 语法错误："+e.zh), e.fix
		}
	}
	return yumen.Say("this is not YAML: %s", "YAML 语法错误：%s", said), yumen.Text{}
}

var explanations = []struct {
	said, en, zh string
	fix          yumen.Text
}{
	{"mapping values are not allowed", "a second \": \" on one line, or a line indented too far",
		"同一行出现第二个“: ”，或该行缩进过多", yumen.Say("put text that contains \": \" in quotes", "含有“: ”的文本请加引号")},
	{"tab character", "a tab in the indentation", "缩进中有制表符", yumen.Say("indent with spaces", "请用空格缩进")},
	{"cannot start any token", "a character that cannot start a value (a tab, @, ` or %)", "不能作为取值开头的字符（制表符、@、` 或 %）",
		yumen.Say("indent with spaces; put such text in quotes", "请用空格缩进；此类文本请加引号")},
	{"expected ',' or ']'", "a list that starts here is not closed with ]", "此处开始的列表没有用 ] 结束", yumen.Text{}},
	{"expected ',' or '}'", "a mapping that starts here is not closed with }", "此处开始的键值对没有用 } 结束", yumen.Text{}},
	{"did not find expected '-'", "a line here is neither an element of the list nor outside of it",
		"此处有一行既不属于该列表，也不在其外", yumen.Say("check the indentation", "请检查缩进")},
	{"did not find expected key", "a line here is indented unlike the lines around it", "此处有一行的缩进与前后不一致",
		yumen.Say("check the indentation", "请检查缩进")},
	{"could not find expected ':'", "a key without \":\"", "键后缺少“:”", yumen.Text{}},
	{"unexpected end of stream", "a quotation mark is not closed", "引号没有闭合", yumen.Text{}},
	{"unknown escape character", "an unknown escape after \\", "反斜杠后的转义符未知",
		yumen.Say("use single quotes for text with backslashes", "含反斜杠的文本请用单引号")},
}
