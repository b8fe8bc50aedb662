package desensitize

import (
	"crypto/hmac"
	"fmt"
	"io"
	"math/rand/v2"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/emmansun/gmsm/sm3"

	"github.com/yumen-data/yumen/desensitize/surrogate"
	"github.com/yumen-data/yumen/desensitize/technique"
)

// benchValues are 100,000 values of a kind.
func benchValues(kind string) []string {
	r := rand.New(rand.NewPCG(1, 1))
	out := make([]string, 100_000)
	for i := range out {
		v, _ := surrogate.Make(nil, kind, r)
		out[i] = string(v)
	}
	return out
}

// benchSteps runs steps over a column of values, reading and writing included.
func benchSteps(b *testing.B, values []string, steps string) {
	in := reader(b, "a:text", 8192, values...)
	var recs []arrow.RecordBatch
	for in.Next() {
		rec := in.RecordBatch()
		rec.Retain()
		recs = append(recs, rec)
	}
	p := profile(b, steps)
	since := cpuTime()
	for b.Loop() {
		again, err := array.NewRecordReader(in.Schema(), recs)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := Run(b.Context(), again, p, testKeys, io.Discard,
			Options{Work: b.TempDir(), Vault: mockVault{}}); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, len(values), since)
}

// perSecond reports values per second of processor time, all threads together, which other work on the machine disturbs
// less than the clock on the wall.
func perSecond(b *testing.B, values int, since time.Duration) {
	b.ReportMetric(float64(b.N)*float64(values)/(cpuTime()-since).Seconds(), "values/s")
	b.ReportMetric(0, "ns/op")
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkMasks measures masks on columns, against copying the column and against the regular expression one would
// write.
func BenchmarkMasks(b *testing.B) {
	mobiles := benchValues("mobile")
	in := reader(b, "a:text", len(mobiles), mobiles...)
	in.Next()
	column := in.RecordBatch().Column(0)
	run := func(name string, f technique.Change, column arrow.Array) {
		b.Run(name, func(b *testing.B) {
			since := cpuTime()
			for b.Loop() {
				out, _, err := f(memory.DefaultAllocator, column)
				if err != nil {
					b.Fatal(err)
				}
				out.Release()
			}
			perSecond(b, column.Len(), since)
		})
	}
	same := func(dst []byte, s string) ([]byte, bool) { return append(dst, s...), true }
	run("baseline: copy the column", technique.EachText(same), column)
	mobile := regexp.MustCompile(`^(\d{3})\d{4}(\d{4})$`)
	run("baseline: regular expression", technique.EachText(func(dst []byte, s string) ([]byte, bool) {
		return append(dst, mobile.ReplaceAllString(s, "$1****$2")...), true
	}), column)
	for _, preset := range []string{"mobile", "resident_id", "bank_card", "name", "email", "address", "credit_code",
		"generic"} {
		kind := preset
		if kind == "generic" {
			kind = "plate"
		}
		in := reader(b, "a:text", 100_000, benchValues(kind)...)
		in.Next()
		f, err := technique.MaskColumn("text", preset, "")
		if err != nil {
			b.Fatal(err)
		}
		run(preset, f, in.RecordBatch().Column(0))
	}
}

// BenchmarkPseudonyms measures keyed hashes, against HMAC-SM3 keyed anew for each value and against bare SM3.
func BenchmarkPseudonyms(b *testing.B) {
	ids := benchValues("resident_id")
	b.Run("baseline: SM3 without key", func(b *testing.B) {
		since := cpuTime()
		for b.Loop() {
			for _, id := range ids {
				sm3.Sum([]byte(id))
			}
		}
		perSecond(b, len(ids), since)
	})
	b.Run("baseline: HMAC-SM3 keyed for each value", func(b *testing.B) {
		key := make([]byte, 32)
		since := cpuTime()
		for b.Loop() {
			for _, id := range ids {
				mac := hmac.New(sm3.New, key)
				mac.Write([]byte(id))
				mac.Sum(nil)
			}
		}
		perSecond(b, len(ids), since)
	})
	for _, alg := range []string{"hmac-sm3", "hmac-sha-256"} {
		b.Run(alg, func(b *testing.B) {
			benchSteps(b, ids, fmt.Sprintf("  - columns: [a]\n    hash: {key: k, context: c, algorithm: %s}", alg))
		})
	}
}

// BenchmarkRun measures whole runs over one column, reading and writing Arrow included, against a run that copies it.
func BenchmarkRun(b *testing.B) {
	mobiles := benchValues("mobile")
	b.Run("baseline: a step that changes nothing", func(b *testing.B) {
		benchSteps(b, mobiles, "  - columns: [a]\n    replace: {with: x, values: [none]}")
	})
	for _, step := range []string{"mask: {preset: mobile}", "redact: {}", "fpe: {form: mobile, key: k}",
		"encrypt: {mode: deterministic, key: k}",
		"encrypt: {mode: randomized, key: k}", "surrogate: {kind: mobile, key: k}", "permute: {}"} {
		b.Run(step, func(b *testing.B) { benchSteps(b, mobiles, "  - columns: [a]\n    "+step) })
	}
}
