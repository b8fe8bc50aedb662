package service_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/desensitize/detect"
)

// fill sets every exported field of a value to something that is not zero.
func fill(v reflect.Value) {
	switch v.Type() {
	case reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.UnixMilli(1_000_001).UTC()))
		return
	case reflect.TypeFor[*yumen.Error]():
		v.Set(reflect.ValueOf(yumen.Errorf(yumen.KindInvalid, "why", "原因")))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(v.Index(0))
		fill(v.Index(1))
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				fill(v.Field(i))
			}
		}
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Float64:
		v.SetFloat(0.5)
	}
}

// Proposals are read whole, and get the type of the column besides.
func TestProposalsAreThoseOfEnclaves(t *testing.T) {
	var written detect.Proposal
	fill(reflect.ValueOf(&written).Elem())
	text, err := json.Marshal(written)
	if err != nil {
		t.Fatal(err)
	}
	var read api.ColumnProposal
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(&read); err != nil {
		t.Fatal(err)
	}
	read.Stored = "text"
	want := string(text[:len(text)-1]) + `,"column_type":"text"}`
	if again, err := json.Marshal(read); err != nil || string(again) != want {
		t.Errorf("%s\n%s, %v", want, again, err)
	}
}

// What an enclave writes of desensitization is read as package api has it, nothing is lost, and what is written again
// is the same byte for byte: the log holds digests of it.
func TestRecordsAreThoseOfEnclaves(t *testing.T) {
	for _, c := range []struct{ written, read any }{
		{&desensitize.Record{}, &api.Record{}}, {&desensitize.Preview{}, &api.Preview{}},
		{&desensitize.Trace{}, &api.Trace{}},
	} {
		fill(reflect.ValueOf(c.written).Elem())
		text, err := json.Marshal(c.written)
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(c.read); err != nil {
			t.Errorf("%T: %v", c.written, err)
		}
		if again, err := json.Marshal(c.read); err != nil || string(again) != string(text) {
			t.Errorf("%T:\n%s\n%s, %v", c.written, text, again, err)
		}
	}
}
