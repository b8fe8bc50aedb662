package attacks

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
)

// Side is one of two neighbouring tables.
type Side int

// The sides: everybody, and everybody but the person on seat Target.
const (
	Whole Side = iota
	Without
)

// Target is the seat of the person whose presence is asked about.
const Target = 17

// Ask is a question to the weak baseline, which puts its threshold behind it. From is any SQL that has a column person.
type Ask struct {
	Select []string // aggregates
	Keys   []string
	From   string // Defaults to crowd
	Where  string
}

// Table is an answer as text. A null cell is "∅", a suppressed one "c".
type Table struct {
	Columns []string
	Rows    [][]string
}

// number returns a cell as a number.
func (t Table) number(row, col int) (float64, bool) {
	if row >= len(t.Rows) || col >= len(t.Rows[row]) {
		return 0, false
	}
	v, err := strconv.ParseFloat(t.Rows[row][col], 64)
	return v, err == nil
}

// Answer is what became of a job.
type Answer struct {
	Job yumen.Job
	// Told is all that its submitter is told of it before anybody has looked, as JSON.
	Told []byte
	// Artifacts are what reviewers are told of its held results.
	Artifacts []yumen.Artifact
	// Table is what would leave if every reviewer agreed, or has left.
	Table Table
	// Ran is how long it took from submission until it rested.
	Ran time.Duration
}

// Lab is what attacks work with.
type Lab struct {
	Quick bool
	Only  string // attacks whose name holds this; all by default
	Seed  uint64
	Crowd *Crowd
	// Weak asks the weak baseline, all questions one after the other.
	Weak func(ctx context.Context, side Side, asks []Ask) ([]Table, error)
	// Plain runs a statement in plain DuckDB inside an enclave, over the table crowd.
	Plain func(ctx context.Context, side Side, sql string) (Table, time.Duration, error)
	// Submit sends a job along its route as far as it goes by itself.
	Submit func(ctx context.Context, side Side, spec yumen.JobSpec, module []byte) (Answer, error)
	// Sign puts another contract into force on both sides.
	Sign func(ctx context.Context, text string) error
	// Tell is told what is going on.
	Tell func(step string, done, total int)

	step string
}

func (l *Lab) tell(done, total int) {
	if l.Tell != nil {
		l.Tell(l.step, done, total)
	}
}

// pick takes the size for a quick or a full run.
func (l *Lab) pick(quick, full int) int {
	if l.Quick {
		return quick
	}
	return full
}

// random returns a source of the attacker's choices. Noise never comes from it.
func (l *Lab) random(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(l.Seed, stream)) }

// AggregateContract and its class are what class aggregate is attacked under.
const AggregateContract = "attack-aggregate"

// aggregate asks class aggregate.
func (l *Lab) aggregate(ctx context.Context, side Side, sql string) (Answer, error) {
	return l.Submit(ctx, side, yumen.JobSpec{Contract: AggregateContract, SQL: sql}, nil)
}

// attack is one attack and what it measures.
type attack struct {
	name string
	run  func(context.Context, *Lab) ([]Result, error)
}

// suite lists the attacks in the order of docs/attacks.md.
var suite = []attack{
	{"data timing", timing}, // first, while both homes are as young
	{"differencing pair", differencing},
	{"tracker", trackers},
	{"one statement", oneStatements},
	{"linear reconstruction", reconstruction},
	{"one budget", againstBudget},
	{"averaging", averaging},
	{"averaging", averagingJobs},
	{"unique group keys", uniqueKeys},
	{"unique group keys", dpKeys},
	{"outlier aggregates", outliers},
	{"outlier aggregates", dpOutliers},
	{"multiplicity inflation", multiplicity},
	{"unit laundering", laundering},
	{"influence of one person", influence},
	{"membership", membership},
	{"group-key disclosure", keyDisclosure},
	{"noise structure", noiseStructure},
	{"floating point", floatingPoint},
	{"seed control", seedControl},
	{"noise timing", noiseTiming},
	{"refusal channel", refusals},
	{"findings before review", findings},
	{"digests before review", digests},
	{"per-unit Wasm state", wasmState},
	{"budget race", races},
	{"unpaid answers", unpaid},
}

// Run carries out the whole suite.
func Run(ctx context.Context, l *Lab) ([]Result, error) {
	var out []Result
	for _, a := range suite {
		if !strings.Contains(a.name, l.Only) {
			continue
		}
		l.step = a.name
		l.tell(0, 0)
		rs, err := a.run(ctx, l)
		if err != nil {
			return out, fmt.Errorf("%s: %w", a.name, err)
		}
		out = append(out, rs...)
	}
	return out, nil
}

// each does n things, a few at once.
func (l *Lab) each(n int, do func(i int) error) error {
	const atOnce = 3
	errs, room := make([]error, n), make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	for i := range n {
		room <- struct{}{}
		wg.Go(func() {
			errs[i] = do(i)
			<-room
		})
		l.tell(i, n)
	}
	wg.Wait()
	return errors.Join(errs...)
}
