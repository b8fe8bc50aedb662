package catalog

import (
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
)

// domain checks that every public value can stand in the column, and stands in the list once.
func (r reader) domain(c *yumen.Column, path ...any) {
	if !c.Type.Known() {
		return
	}
	seen := map[string]bool{}
	for i, v := range c.Domain {
		at := append(slices.Clip(path), i)
		canonical, ok := canonicalValue(c.Type, v)
		switch {
		case v == "":
			r.Refuse("domain", yumen.Say("an empty value cannot be told from null", "空值无法与 null 区分"),
				yumen.Say("remove it, and write nullable: true", "请删除，并写 nullable: true"), at...)
		case !ok:
			r.Refuse("domain", yumen.Say("%q is not a value of type %s", "%q 不是 %s 类型的取值", v, c.Type), yumen.Text{},
				at...)
		case seen[canonical]:
			r.Refuse("duplicate", yumen.Say("the value %q stands here a second time", "取值 %q 重复出现", v), yumen.Text{},
				at...)
		case c.Bounds != nil && c.Type.Numeric() && !inside(*c.Bounds, v):
			r.Refuse("bounds", yumen.Say("the value %q lies outside the bounds", "取值 %q 超出 bounds", v), yumen.Text{},
				at...)
		}
		seen[canonical] = true
	}
}

func inside(b yumen.Bounds, v string) bool {
	f, err := strconv.ParseFloat(v, 64)
	return err == nil && f >= b.Min && f <= b.Max
}

var decimalText = regexp.MustCompile(`^-?[0-9]{1,38}(\.[0-9]{1,38})?$`)

// canonicalValue returns one spelling for each value of a type, and whether v is such a value.
func canonicalValue(t yumen.Type, v string) (string, bool) {
	switch t {
	case yumen.TypeBoolean:
		return v, v == "true" || v == "false"
	case yumen.TypeInteger:
		i, err := strconv.ParseInt(v, 10, 64)
		return strconv.FormatInt(i, 10), err == nil
	case yumen.TypeDouble:
		f, err := strconv.ParseFloat(v, 64)
		return strconv.FormatFloat(f, 'g', -1, 64), err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
	case yumen.TypeDate:
		d, err := time.Parse(time.DateOnly, v)
		return d.Format(time.DateOnly), err == nil
	case yumen.TypeTimestamp:
		at, err := time.Parse(time.DateTime, strings.Replace(v, "T", " ", 1))
		return at.Format(time.RFC3339Nano), err == nil
	case yumen.TypeText:
		return v, true
	}
	precision, scale, _ := t.Decimal()
	return canonicalDecimal(v, precision, scale)
}

func canonicalDecimal(v string, precision, scale int) (string, bool) {
	if !decimalText.MatchString(v) {
		return "", false
	}
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(v, "-"), ".")
	if len(strings.TrimLeft(whole, "0")) > precision-scale || len(strings.TrimRight(fraction, "0")) > scale {
		return "", false
	}
	rat, ok := new(big.Rat).SetString(v)
	if !ok {
		return "", false
	}
	return rat.RatString(), true
}
