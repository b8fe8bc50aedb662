package wasm

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/sandbox"
)

// Speed is how long the same work took in the engine and in what it is compared with.
type Speed struct {
	Engine   time.Duration `json:"engine"`
	Baseline time.Duration `json:"baseline"`
	Work     int64         `json:"work"`          // units or bytes, in the engine
	BaseWork int64         `json:"baseline_work"` // the same, in the baseline
}

// MapSpeed measures map mode over generated rows in dir: n units of one row in one table and six in another, with the
// module care in a memory of so many pages. The baseline is the same in all but that each unit gets a fresh instance of
// the module, without rewriting; it is given a twentieth of the units. It is for benchmarks only, in a process of its
// own.
func MapSpeed(ctx context.Context, dir string, module []byte, pages uint32, n int) (Speed, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	m, err := parse(module)
	if err != nil {
		return Speed{}, err
	}
	m.sections[memorySection] = uleb([]byte{1, 0}, max(pages, m.memory.min))
	s := Speed{Work: int64(n), BaseWork: int64(n / 20)}
	guest, err := loadFresh(ctx, nil, m.bytes(), 1<<30, mapPages, yumen.DefaultSteps)
	if err != nil {
		return s, err
	}
	defer guest.close()
	again, err := newReinstantiated(ctx, m.bytes())
	if err != nil {
		return s, err
	}
	defer again.runtime.Close(ctx)
	var got [2][]sums
	for i, run := range []struct {
		guest caller
		units int64
		took  *time.Duration
	}{{again, s.BaseWork, &s.Baseline}, {guest, s.Work, &s.Engine}} {
		paths, err := writePeople(dir, int(run.units))
		if err != nil {
			return s, err
		}
		u := &units{in: quiet{}, paths: paths, guest: run.guest, room: math.MaxInt,
			spec: &task.UnitsSpec{Groups: 9, Coordinates: benchCoordinates},
			out:  vector{coordinates: benchCoordinates, groups: 9}}
		start := time.Now()
		if got[i], err = u.sums(ctx); err != nil {
			return s, err
		}
		*run.took = time.Since(start)
	}
	return s, sameMeans(got, s)
}

// sameMeans makes sure that both did the work: the sums stand to each other as the numbers of units do.
func sameMeans(got [2][]sums, s Speed) error {
	var visits [2]float64
	for i := range got {
		for _, g := range got[i] {
			visits[i] += double(g.total[1], 0, 1)
		}
	}
	if visits[0] != float64(s.BaseWork*visitsEach) || visits[1] != float64(s.Work*visitsEach) {
		return errors.New("bench: a module did not do its work")
	}
	return nil
}

var benchCoordinates = []yumen.Coordinate{{Name: "patients", Type: yumen.TypeInteger, Max: 1},
	{Name: "visits", Type: yumen.TypeInteger, Max: 150},
	{Name: "departments", Type: yumen.TypeInteger, Max: 20}, {Name: "fees", Type: yumen.TypeDouble, Max: 300_000}}

const visitsEach = 6

// writePeople writes two tables of generated rows.
func writePeople(dir string, n int) ([]string, error) {
	paths := []string{filepath.Join(dir, "residents.arrow"), filepath.Join(dir, "visits.arrow")}
	residents, err := newFileTable(paths[0],
		[]yumen.OutputColumn{{Name: "_unit", Type: yumen.TypeInteger}, {Name: "birth_date", Type: yumen.TypeDate}})
	if err != nil {
		return nil, err
	}
	visits, err := newFileTable(paths[1],
		[]yumen.OutputColumn{{Name: "_unit", Type: yumen.TypeInteger}, {Name: "department", Type: yumen.TypeText},
			{Name: "fee_total", Type: "decimal(10,2)"}})
	if err != nil {
		return nil, errors.Join(err, residents.close())
	}
	departments := []string{"呼吸内科", "骨科", "儿科", "急诊科"}
	for i := range n {
		unit := strconv.Itoa(i)
		err = errors.Join(err, residents.row(unit, strconv.Itoa(1940+i%80)+"-06-15"))
		for j := range visitsEach {
			err = errors.Join(err, visits.row(unit, departments[(i+j*j)%4], strconv.Itoa(i%900)+".50"))
		}
	}
	return paths, errors.Join(err, residents.close(), visits.close())
}

// fileTable writes a table to a file.
type fileTable struct {
	*table
	buf  *bufio.Writer
	file *os.File
}

func newFileTable(path string, columns []yumen.OutputColumn) (*fileTable, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	t, err := newTable(columns, math.MaxInt64)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	buf := bufio.NewWriterSize(f, 1<<20)
	t.out = arrowio.NewWriter(buf, t.schema, 0)
	return &fileTable{t, buf, f}, nil
}

func (t *fileTable) close() error {
	// Writing generated rows back to the disk must not run on into what is measured.
	return errors.Join(t.flush(), t.out.Close(), t.buf.Flush(), t.file.Sync(), t.file.Close())
}

// reinstantiated is the baseline of map mode: a fresh instance for each call.
type reinstantiated struct {
	runtime  wazero.Runtime
	compiled wazero.CompiledModule
	mod      api.Module
}

func newReinstantiated(ctx context.Context, module []byte) (*reinstantiated, error) {
	r := wazero.NewRuntimeWithConfig(ctx, wazero.NewRuntimeConfig().WithDebugInfoEnabled(false))
	compiled, err := r.CompileModule(ctx, module)
	if err != nil {
		return nil, errors.Join(err, r.Close(ctx))
	}
	return &reinstantiated{runtime: r, compiled: compiled}, nil
}

func (r *reinstantiated) call(ctx context.Context, record []byte, size int) ([]byte, error) {
	if r.mod != nil {
		if err := r.mod.Close(ctx); err != nil {
			return nil, err
		}
	}
	var err error
	if r.mod, err = r.runtime.InstantiateModule(ctx, r.compiled,
		wazero.NewModuleConfig().WithName("").WithStartFunctions()); err != nil {
		return nil, err
	}
	at, err := r.mod.ExportedFunction(guestAlloc).Call(ctx, uint64(len(record)))
	if err != nil || !r.mod.Memory().Write(uint32(at[0]), record) {
		return nil, errors.Join(err, errGarbage)
	}
	got, err := r.mod.ExportedFunction(guestMap).Call(ctx, at[0], uint64(len(record)))
	if err != nil {
		return nil, err
	}
	b, ok := r.mod.Memory().Read(uint32(got[0]>>32), uint32(got[0]))
	if !ok || len(b) != size {
		return nil, errGarbage
	}
	return b, nil
}

// EchoSpeed measures the way of an Arrow stream of about size bytes (integers and doubles) into the module echo, out of
// it, through the strict reading of a result and into a new stream that is thrown away. The baseline is io.Copy of the
// same file to another and back; each is the median of a few rounds. It is for benchmarks only, in a process of its
// own.
func EchoSpeed(ctx context.Context, dir string, module []byte, size int64) (Speed, error) {
	dirs, err := makeDirs(dir)
	if err != nil {
		return Speed{}, err
	}
	columns := []yumen.OutputColumn{{Name: "a", Type: yumen.TypeInteger}, {Name: "b", Type: yumen.TypeInteger},
		{Name: "c", Type: yumen.TypeDouble}, {Name: "d", Type: yumen.TypeDouble}}
	t, err := newFileTable(filepath.Join(dirs.in, "rows.arrow"), columns)
	if err != nil {
		return Speed{}, err
	}
	for i := range size / 32 {
		if err := t.row(strconv.FormatInt(i, 10), strconv.FormatInt(i*i%1009, 10), strconv.FormatInt(i%77, 10)+".25",
			"0.5"); err != nil {
			return Speed{}, err
		}
	}
	if err := t.close(); err != nil {
		return Speed{}, err
	}
	info, err := os.Stat(filepath.Join(dirs.in, "rows.arrow"))
	if err != nil {
		return Speed{}, err
	}
	s := Speed{Work: info.Size(), BaseWork: info.Size()}
	m, err := load(ctx, nil, module, yumen.Limits{Memory: 1 << 30})
	if err != nil {
		return s, err
	}
	defer m.close()
	out, err := newResult(task.WasmSpec{MaxRows: math.MaxInt64,
		Output: yumen.JobOutput{Name: "rows.arrow", Format: yumen.FormatArrow, Columns: columns}})
	if err != nil {
		return s, err
	}
	var engine, baseline []time.Duration
	for range echoRounds {
		start := time.Now()
		if err := copyTwice(dirs.in, filepath.Join(dir, "copy")); err != nil {
			return s, err
		}
		baseline = append(baseline, time.Since(start))
		start = time.Now()
		if err := m.run(ctx, nil, 0, dirs); err != nil {
			return s, err
		}
		if _, err := out.copy(dirs.out, arrowio.NewWriter(io.Discard, out.table.schema, out.table.maxRows),
			yumen.Size(math.MaxInt64)); err != nil {
			return s, err
		}
		engine = append(engine, time.Since(start))
		if err := errors.Join(os.Remove(filepath.Join(dirs.out, "rows.arrow")),
			os.Remove(filepath.Join(dir, "copy"))); err != nil {
			return s, err
		}
	}
	slices.Sort(engine)
	slices.Sort(baseline)
	s.Engine, s.Baseline = engine[echoRounds/2], baseline[echoRounds/2]
	return s, nil
}

// echoRounds in one process, so that memory which the machine has not touched before is not what is measured.
const echoRounds = 5

func copyTwice(from, to string) error {
	in, err := os.Open(filepath.Join(from, "rows.arrow"))
	if err != nil {
		return err
	}
	defer in.Close() // read only
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	buf := make([]byte, 1<<20)
	if _, err := io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, buf); err != nil {
		return errors.Join(err, out.Close())
	}
	if _, err := out.Seek(0, io.SeekStart); err != nil {
		return errors.Join(err, out.Close())
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{out}, buf)
	return errors.Join(err, out.Close())
}

// quiet is an enclave for work that only says how far it has come.
type quiet struct{ sandbox.Env }

func (quiet) Progress(_, _ int64) {}
