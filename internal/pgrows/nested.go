package pgrows

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// nested returns what writes lists as arrays or vectors, and structs, maps and lists of lists as json.
func (e *Encoder) nested(arr arrow.Array, oid uint32, bin bool) cell {
	list, isList := arr.(array.ListLike)
	element, known := elements[oid]
	if _, isMap := arr.(*array.Map); !isList || isMap || !known {
		return e.document(arr)
	}
	values := list.ListValues()
	write := e.cell(values, element, bin)
	if write == nil {
		return nil
	}
	vector := oid == oidInt2Vector || oid == oidOIDVector
	return func(dst []byte, i int) ([]byte, error) {
		from, to := list.ValueOffsets(i)
		a := span{values: values, write: write, from: int(from), to: int(to)}
		switch {
		case bin:
			return a.binary(dst, element, vector)
		case vector:
			return a.vector(dst)
		}
		return a.text(dst)
	}
}

// span is the elements of one list.
type span struct {
	values   arrow.Array
	write    cell
	from, to int
}

// vector appends the form of int2vector and oidvector: numbers and spaces.
func (s span) vector(dst []byte) ([]byte, error) {
	var err error
	for i := s.from; i < s.to && err == nil; i++ {
		if i > s.from {
			dst = append(dst, ' ')
		}
		dst, err = s.write(dst, i)
	}
	return dst, err
}

// text appends the form of array_out.
func (s span) text(dst []byte) ([]byte, error) {
	dst = append(dst, '{')
	for i := s.from; i < s.to; i++ {
		if i > s.from {
			dst = append(dst, ',')
		}
		if s.values.IsNull(i) {
			dst = append(dst, "NULL"...)
			continue
		}
		start := len(dst)
		var err error
		if dst, err = s.write(dst, i); err != nil {
			return dst, err
		}
		if value := string(dst[start:]); quotes(value) {
			dst = append(dst[:start], '"')
			for _, c := range []byte(value) {
				if c == '"' || c == '\\' {
					dst = append(dst, '\\')
				}
				dst = append(dst, c)
			}
			dst = append(dst, '"')
		}
	}
	return append(dst, '}'), nil
}

// quotes reports whether an element needs quotes in an array.
func quotes(value string) bool {
	return value == "" || strings.EqualFold(value, "null") || strings.ContainsAny(value, "{},\"\\ \t\n\r\v\f")
}

// binary appends the form of array_send: dimensions, whether there is a NULL, the type, length and lower bound,
// elements. A vector counts from 0, an array from 1, and an empty array has no dimension.
func (s span) binary(dst []byte, element uint32, vector bool) ([]byte, error) {
	word := binary.BigEndian.AppendUint32
	nulls := uint32(0)
	for i := s.from; i < s.to; i++ {
		if s.values.IsNull(i) {
			nulls = 1
		}
	}
	if s.from == s.to && !vector {
		return word(word(word(dst, 0), 0), element), nil
	}
	lower := uint32(1)
	if vector {
		lower = 0
	}
	dst = word(word(word(word(word(dst, 1), nulls), element), uint32(s.to-s.from)), lower)
	var err error
	for i := s.from; i < s.to && err == nil; i++ {
		if s.values.IsNull(i) {
			dst = word(dst, 0xffffffff)
			continue
		}
		dst, err = sized(dst, i, s.write)
	}
	return dst, err
}

// document returns what writes a value as json: numbers and booleans as such, lists and structs as their likes,
// anything else as its text.
func (e *Encoder) document(arr arrow.Array) cell {
	switch a := arr.(type) {
	case *array.Struct:
		return e.object(a)
	case *array.Map:
		return e.entries(a)
	case array.ListLike:
		return e.sequence(a)
	}
	oid, _ := typeOf(arr.DataType())
	write := e.cell(arr, oid, false)
	if write == nil {
		return nil
	}
	return func(dst []byte, i int) ([]byte, error) {
		start := len(dst)
		dst, err := write(dst, i)
		if err != nil {
			return dst, err
		}
		switch oid {
		case oidBool:
			if dst[start] == 't' {
				return append(dst[:start], "true"...), nil
			}
			return append(dst[:start], "false"...), nil
		case oidInt2, oidInt4, oidInt8, oidNumeric, oidFloat4, oidFloat8:
			if c := dst[len(dst)-1]; c >= '0' && c <= '9' {
				return dst, nil
			}
		}
		return quoteJSON(dst[:start], string(dst[start:])), nil
	}
}

func quoteJSON(dst []byte, text string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string always encodes
	return append(dst, bytes.TrimRight(b.Bytes(), "\n")...)
}

// member appends a value or null.
func member(dst []byte, values arrow.Array, write cell, i int) ([]byte, error) {
	if values.IsNull(i) {
		return append(dst, "null"...), nil
	}
	return write(dst, i)
}

func (e *Encoder) object(a *array.Struct) cell {
	fields := a.DataType().(*arrow.StructType).Fields()
	writes := make([]cell, len(fields))
	for j := range fields {
		if writes[j] = e.document(a.Field(j)); writes[j] == nil {
			return nil
		}
	}
	return func(dst []byte, i int) ([]byte, error) {
		var err error
		dst = append(dst, '{')
		for j := range fields {
			if j > 0 {
				dst = append(dst, ',')
			}
			dst = append(quoteJSON(dst, fields[j].Name), ':')
			if dst, err = member(dst, a.Field(j), writes[j], i); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}
}

func (e *Encoder) sequence(a array.ListLike) cell {
	values := a.ListValues()
	write := e.document(values)
	if write == nil {
		return nil
	}
	return func(dst []byte, i int) ([]byte, error) {
		from, to := a.ValueOffsets(i)
		var err error
		dst = append(dst, '[')
		for j := from; j < to && err == nil; j++ {
			if j > from {
				dst = append(dst, ',')
			}
			dst, err = member(dst, values, write, int(j))
		}
		return append(dst, ']'), err
	}
}

func (e *Encoder) entries(a *array.Map) cell {
	oid, _ := typeOf(a.Keys().DataType())
	key, value := e.cell(a.Keys(), oid, false), e.document(a.Items())
	if key == nil || value == nil {
		return nil
	}
	return func(dst []byte, i int) ([]byte, error) {
		from, to := a.ValueOffsets(i)
		var err error
		dst = append(dst, '{')
		for j := int(from); j < int(to); j++ {
			if j > int(from) {
				dst = append(dst, ',')
			}
			start := len(dst)
			if dst, err = key(dst, j); err != nil {
				return dst, err
			}
			dst = append(quoteJSON(dst[:start], string(dst[start:])), ':')
			if dst, err = member(dst, a.Items(), value, j); err != nil {
				return dst, err
			}
		}
		return append(dst, '}'), nil
	}
}
