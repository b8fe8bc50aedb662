package yumen

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	plainTypes  = []Type{TypeBoolean, TypeInteger, TypeDouble, TypeDate, TypeTimestamp, TypeText}
	decimalType = regexp.MustCompile(`^decimal\((\d{1,2}),(\d{1,2})\)$`)
)

// Decimal returns the precision (1 to 38 digits) and the scale (0 to precision digits after the point) of a decimal
// type, and whether t is one.
func (t Type) Decimal() (precision, scale int, ok bool) {
	m := decimalType.FindStringSubmatch(string(t))
	if m == nil {
		return 0, 0, false
	}
	precision, _ = strconv.Atoi(m[1])
	scale, _ = strconv.Atoi(m[2])
	if precision < 1 || precision > 38 || scale > precision {
		return 0, 0, false
	}
	return precision, scale, true
}

// Known reports whether t is one of the types.
func (t Type) Known() bool {
	_, _, decimal := t.Decimal()
	return decimal || slices.Contains(plainTypes, t)
}

// Numeric reports whether t is a type of numbers.
func (t Type) Numeric() bool {
	_, _, decimal := t.Decimal()
	return decimal || t == TypeInteger || t == TypeDouble
}

// FormatOf returns the format that the extension of a file name says; a .gz after .csv or .ndjson is looked through.
func FormatOf(name string) (FileFormat, bool) {
	name = strings.ToLower(name)
	plain := strings.TrimSuffix(name, ".gz")
	switch ext := path.Ext(plain); {
	case ext == ".csv" || ext == ".tsv":
		return FormatCSV, true
	case ext == ".ndjson" || ext == ".jsonl":
		return FormatNDJSON, true
	case ext == ".parquet" && plain == name:
		return FormatParquet, true
	case ext == ".arrow" && plain == name, ext == ".arrows" && plain == name:
		return FormatArrow, true
	}
	return "", false
}
