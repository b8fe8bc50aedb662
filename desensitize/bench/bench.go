// Package bench measures desensitization on made-up values: each figure beside a named baseline taken in the same run,
// and beside what it is meant to reach. Rates are per second of processor time, that is per core, which other work on
// the machine disturbs less than the clock on the wall; searches and recodings are timed by the clock.
//
// It is for comparing, not for testing: nothing fails here because it is slow. Correctness is tested where the
// techniques are.
package bench

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/desensitize/anonymity"
	"github.com/yumen-data/yumen/desensitize/detect"
	"github.com/yumen-data/yumen/desensitize/detect/corpus"
	"github.com/yumen-data/yumen/desensitize/mask"
	"github.com/yumen-data/yumen/desensitize/surrogate"
	"github.com/yumen-data/yumen/keyring"
)

// Result is one figure.
type Result struct {
	Name     string  `json:"name"`
	Value    float64 `json:"value"`
	Unit     string  `json:"unit"`
	Want     float64 `json:"want"` // at least for rates, at most for seconds; 0 for none
	Met      bool    `json:"met"`
	Baseline string  `json:"baseline"`
	Base     float64 `json:"baseline_value"`
	Ratio    float64 `json:"ratio"` // value ÷ baseline
	Note     string  `json:"note,omitempty"`
}

// The units.
const (
	PerSecond = "per CPU second"
	Seconds   = "s"
)

// Config says how much is measured.
type Config struct {
	Span  time.Duration // of each rate. Defaults to 1 s
	Adult string        // folder with the Adult extract and its hierarchies; without it that figure is left out
	Rows  int           // of the local recoding; 0 leaves it out
	Work  string        // folder for files
}

const seed = 20260101

// Run measures everything and tells of each figure as it comes.
func Run(ctx context.Context, c Config, tell func(Result)) error {
	c.Span = cmp.Or(c.Span, time.Second)
	for _, measure := range []func(context.Context, Config) (Result, error){maskPreset, maskRun, hashRun, fpeRun,
		detectTable, detectCorpus, adult, recode} {
		r, err := measure(ctx, c)
		if err != nil {
			return err
		}
		if r.Name == "" {
			continue
		}
		r.Ratio = r.Value / r.Base
		if r.Met = r.Value >= r.Want; r.Unit == Seconds {
			r.Met = r.Want == 0 || r.Value <= r.Want
		}
		tell(r)
	}
	return nil
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // does not fail for oneself
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// rate repeats f, which handles n values, for a while.
func rate(c Config, n int, f func() error) (float64, error) {
	if err := f(); err != nil { // once unmeasured
		return 0, err
	}
	times, since := 0, cpuTime()
	for start := time.Now(); time.Since(start) < c.Span; times++ {
		if err := f(); err != nil {
			return 0, err
		}
	}
	return float64(times*n) / (cpuTime() - since).Seconds(), nil
}

// compare measures f against a baseline.
func compare(c Config, r Result, n int, f, base func() error) (_ Result, err error) {
	r.Unit = PerSecond
	if r.Base, err = rate(c, n, base); err != nil {
		return r, err
	}
	r.Value, err = rate(c, n, f)
	return r, err
}

func values(kind string) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]string, 20_000)
	for i := range out {
		b, _ := surrogate.Make(nil, kind, r)
		out[i] = string(b)
	}
	return out
}

var mobile = regexp.MustCompile(`^(\d{3})\d{4}(\d{4})$`)

func maskPreset(_ context.Context, c Config) (Result, error) {
	in := values("mobile")
	p, _ := mask.Lookup("mobile")
	var buf []byte
	return compare(c, Result{Name: "mask of mobile numbers, value by value", Want: 5e6, Baseline: "regular expression"},
		len(in), func() error {
			for _, s := range in {
				buf = p.Append(buf[:0], s)
			}
			return nil
		}, func() error {
			for _, s := range in {
				_ = mobile.ReplaceAllString(s, "$1****$2")
			}
			return nil
		})
}

// steps returns what applies steps to a column of values, batches in and stream out included.
func steps(ctx context.Context, in []string, text string) (func() error, error) {
	p, err := desensitize.ReadProfile("bench",
		[]byte("profile: bench\nversion: 1\ntitle: bench\nsteps:\n  - columns: [a]\n    "+text+"\n"))
	if err != nil {
		return nil, err
	}
	b := array.NewStringBuilder(memory.DefaultAllocator)
	for _, s := range in {
		b.Append(s)
	}
	schema := arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.BinaryTypes.String, Nullable: true}}, nil)
	batch := array.NewRecordBatch(schema, []arrow.Array{b.NewArray()}, int64(len(in)))
	secret := sha256.Sum256([]byte("bench"))
	keys := keyring.Bundle{{ID: "k", Version: 1, Secret: secret[:]}}
	return func() error {
		r, err := array.NewRecordReader(schema, []arrow.RecordBatch{batch})
		if err != nil {
			return err
		}
		defer r.Release()
		_, err = desensitize.Run(ctx, r, p, keys, io.Discard, desensitize.Options{})
		return err
	}, nil
}

func runAgainst(ctx context.Context, c Config, r Result, kind, text, base string) (Result, error) {
	in := values(kind)
	f, err := steps(ctx, in, text)
	if err != nil {
		return r, err
	}
	b, err := steps(ctx, in, base)
	if err != nil {
		return r, err
	}
	return compare(c, r, len(in), f, b)
}

const nothing = "replace: {with: x, values: [none]}"

func maskRun(ctx context.Context, c Config) (Result, error) {
	return runAgainst(ctx, c, Result{Name: "mask of mobile numbers, a whole run", Want: 5e6,
		Baseline: "a run that changes nothing"}, "mobile", "mask: {preset: mobile}", nothing)
}

func hashRun(ctx context.Context, c Config) (Result, error) {
	return runAgainst(ctx, c, Result{Name: "HMAC-SM3 of resident ids, a whole run", Want: 150e3,
		Baseline: "HMAC-SHA-256"}, "resident_id",
		"hash: {key: k, context: bench}", "hash: {key: k, context: bench, algorithm: hmac-sha-256}")
}

func fpeRun(ctx context.Context, c Config) (Result, error) {
	return runAgainst(ctx, c, Result{Name: "FF1 of bank cards, a whole run", Want: 100e3,
		Baseline: "SM4 encryption, deterministic"}, "bank_card",
		"fpe: {form: bank_card, key: k}", "encrypt: {mode: deterministic, key: k}")
}

// patterns is what one would write without detectors.
var patterns = []*regexp.Regexp{
	regexp.MustCompile(`\d{17}[\dXx]`), regexp.MustCompile(`[1-9A-Z]\d{7}[0-9A-Z]{10}`),
	regexp.MustCompile(`\d{13,19}`), regexp.MustCompile(`1[3-9]\d{9}`),
	regexp.MustCompile(`0\d{2,3}[- ]\d{7,8}`), regexp.MustCompile(`[EG][A-Z\d]\d{7}`),
	regexp.MustCompile(`[\p{Han}]{2,}(路|街|道|村)\d+号`),
	regexp.MustCompile(`[\w.%+-]+@[\w.-]+\.[A-Za-z]{2,}`), regexp.MustCompile(`\d{1,3}(\.\d{1,3}){3}`),
	regexp.MustCompile(`([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}`),
}

func detecting(c Config, r Result, cells []corpus.Cell) (Result, error) {
	hints := make([]detect.Hint, len(cells))
	for i, cell := range cells {
		hints[i] = detect.HintOf(cell.Column)
	}
	d := detect.New()
	r.Baseline = "ten regular expressions"
	return compare(c, r, len(cells), func() error {
		for i, cell := range cells {
			d.Find(cell.Text, hints[i])
		}
		return nil
	}, func() error {
		for _, cell := range cells {
			for _, p := range patterns {
				_ = p.FindStringIndex(cell.Text)
			}
		}
		return nil
	})
}

// detectTable measures on cells as a table has them: of ten columns three hold identifiers, one free text.
func detectTable(_ context.Context, c Config) (Result, error) {
	ids, names, addresses := values("resident_id"), values("name"), values("address")
	columns := []string{"c1", "c2", "sex", "age", "visited", "dept", "diagnosis", "fee", "c9", "note"}
	var cells []corpus.Cell
	for i := range 1000 {
		row := []string{ids[i], names[i], []string{"男", "女"}[i%2], strconv.Itoa(i % 90),
			fmt.Sprintf("2025-%02d-%02d", 1+i%12, 1+i%28),
			[]string{"心内科", "骨科", "急诊科"}[i%3], []string{"J18.9 肺炎", "I10 高血压", "E11.9 2型糖尿病"}[i%3],
			fmt.Sprintf("%d.%02d", i*37%9000, i%100),
			addresses[i], []string{"", "复查血压正常，继续服药", "患者主诉头晕三天，无发热"}[i%3]}
		for k, text := range row {
			cells = append(cells, corpus.Cell{Column: columns[k], Text: text})
		}
	}
	return detecting(c, Result{Name: "detectors over mixed cells of a table", Want: 1e6}, cells)
}

func detectCorpus(_ context.Context, c Config) (Result, error) {
	return detecting(c, Result{Name: "detectors over the corpus, every cell an identifier or a near miss"},
		corpus.Generate(seed, 10_000))
}

// adult searches the optimal generalization of the Adult extract for k = 5 without suppression, against reading the
// table in.
func adult(ctx context.Context, c Config) (r Result, err error) {
	if _, missing := os.Stat(filepath.Join(c.Adult, "adult.csv")); c.Adult == "" || missing != nil {
		return r, nil
	}
	start := time.Now()
	table, names, err := readAdult(filepath.Join(c.Adult, "adult.csv"))
	if err != nil {
		return r, err
	}
	r = Result{Name: "k-anonymity on Adult, nine quasi-identifiers, k = 5", Unit: Seconds, Want: 0.25,
		Baseline: "reading the file into a table", Base: time.Since(start).Seconds()}
	p := anonymity.Problem{Table: table, Quasi: names, Hierarchies: map[string]*anonymity.Hierarchy{},
		Models: []anonymity.Model{anonymity.KAnonymity{K: 5}}}
	for _, name := range names {
		f, err := os.Open(filepath.Join(c.Adult, "adult_hierarchy_"+name+".csv"))
		if err != nil {
			return r, yumen.Errorf(yumen.KindNotFound, "the folder lacks a hierarchy", "目录缺少层级文件").At(name)
		}
		p.Hierarchies[name], err = anonymity.ReadHierarchy(name, f)
		f.Close()
		if err != nil {
			return r, err
		}
	}
	var times []float64
	var s *anonymity.Solution
	for range 5 {
		start := time.Now()
		if s, err = anonymity.Optimal(ctx, p); err != nil {
			return r, err
		}
		times = append(times, time.Since(start).Seconds())
	}
	slices.Sort(times)
	r.Value = times[len(times)/2]
	r.Note = fmt.Sprintf("median of 5; score %.10f, %d of %d generalizations checked", s.Score, s.Checked, s.Nodes)
	return r, nil
}

func readAdult(path string) (*anonymity.Table, []string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close() // read only
	sc := bufio.NewScanner(f)
	sc.Scan()
	names := strings.Split(strings.TrimSpace(sc.Text()), ";")
	b, err := anonymity.NewBuilder(names...)
	if err != nil {
		return nil, nil, err
	}
	for sc.Scan() {
		if err := b.Add(strings.Split(strings.TrimSpace(sc.Text()), ";"), nil); err != nil {
			return nil, nil, err
		}
	}
	return b.Table(), names, sc.Err()
}

// recode cuts made-up rows with six quasi-identifiers into classes of ten, against taking the rows in alone.
func recode(ctx context.Context, c Config) (r Result, err error) {
	if c.Rows == 0 {
		return r, nil
	}
	rec, err := anonymity.NewRecoder(anonymity.RecodeConfig{Models: []anonymity.Model{anonymity.KAnonymity{K: 10}},
		Dir: c.Work,
		Quasi: []anonymity.RecodeColumn{{Name: "birth"}, {Name: "district"}, {Name: "sex"}, {Name: "occupation"},
			{Name: "income"}, {Name: "admitted"}}})
	if err != nil {
		return r, err
	}
	defer rec.Close() // its files are scratch
	start := time.Now()
	rng := rand.New(rand.NewPCG(1, 2))
	text := make([]string, 100_000)
	for i := range text {
		text[i] = strconv.Itoa(i)
	}
	row := make([]string, 6)
	for range c.Rows {
		row[0], row[1], row[2] = text[rng.IntN(36500)], text[rng.IntN(3000)], text[rng.IntN(2)]
		row[3], row[4], row[5] = text[rng.IntN(400)], text[int(min(rng.ExpFloat64()*8000, 99_999))],
			text[rng.IntN(1500)]
		if err := rec.Add(row, nil); err != nil {
			return r, err
		}
	}
	taken := time.Since(start)
	got, err := rec.Run(ctx)
	if err != nil {
		return r, err
	}
	r = Result{Name: fmt.Sprintf("local recoding of %d rows, six quasi-identifiers, k = 10", c.Rows), Unit: Seconds,
		Want:  60,
		Value: time.Since(start).Seconds(), Baseline: "taking the rows in", Base: taken.Seconds()}
	r.Note = fmt.Sprintf("%d classes; records in memory bounded to 64 MiB; most memory the process ever had %s",
		got.Classes(), peakMemory())
	return r, nil
}

// peakMemory is the high-water mark of the process (proc(5), VmHWM), or "unknown".
func peakMemory() string {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "unknown"
}
