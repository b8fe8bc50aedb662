package sandbox

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// Main is the enclave process. The executable calls it before it does anything else when its first argument is
// "enclave": it reads the task from the parent, locks itself in, states what confines it, waits for permission and runs
// the handler of the task's role. In a session it prepares and runs statements instead, if openers has its role. The
// value is the exit code.
func Main(handlers map[task.Role]Handler, openers map[task.Role]Opener) int {
	closeOthers()
	os.Clearenv()
	control, result := os.NewFile(controlFD, "control"), os.NewFile(resultFD, "result")
	if control == nil || result == nil {
		fmt.Fprintln(os.Stderr, "yumen enclave is started by yumen itself")
		return 2
	}
	w := &wire{w: result}
	if err := enclave(control, w, handlers, openers); err != nil {
		if w.fail(err) != nil {
			return 1
		}
	}
	return 0
}

func enclave(control *os.File, w *wire, handlers map[task.Role]Handler, openers map[task.Role]Opener) error {
	ord, err := readOrder(control)
	if err != nil {
		return err
	}
	handler, ok := handlers[task.Role(ord.Role)]
	opener := openers[task.Role(ord.Role)]
	switch task.Role(ord.Role) {
	case roleDoctor:
		handler, ok = func(context.Context, Env) error { return nil }, true
	case roleProbe:
		handler, ok = makeAttempt, true
	}
	if ord.Session > 0 {
		ok = opener != nil
	}
	if !ok {
		return yumen.Errorf(yumen.KindInternal, "this program has no role %s", "本程序没有 %s 角色", ord.Role)
	}
	in := newTaskEnv(ord, w)
	greeting, err := lockDown(ord)
	if err != nil {
		return err
	}
	if err := w.json(frameHello, greeting); err != nil {
		return err
	}
	if err := awaitStart(control); err != nil {
		return err
	}
	runtime.GOMAXPROCS(ord.Limits.Threads)
	debug.SetMemoryLimit(int64(ord.Limits.Memory) / 10 * 9)
	if role := task.Role(ord.Role); ord.Session > 0 || role != task.Query && role != task.Private {
		debug.SetGCPercent(100)
	}
	if ord.Session > 0 {
		return serveSession(control, ord, w, opener)
	}
	go dieWithParent(control)
	return in.serve(handler)
}

// readMessage reads what run.send sent: an order or a statement.
func readMessage(r io.Reader, v any) error {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxTask {
		return errors.New("oversized order")
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(r, body); err != nil {
		return fmt.Errorf("read the order: %w", err)
	}
	return strictJSON(body, v)
}

func awaitStart(control io.Reader) error {
	var b [1]byte
	if _, err := io.ReadFull(control, b[:]); err != nil || b[0] != goByte {
		return errors.New("no leave to start")
	}
	return nil
}

// dieWithParent ends the process when the other end of the control pipe is gone. The death signal does the same; this
// holds even where a parent died before the signal was asked for.
func dieWithParent(control io.Reader) {
	_, _ = io.Copy(io.Discard, control)
	os.Exit(3)
}

// taskEnv implements Env.
type taskEnv struct {
	order    order
	wire     *wire
	mu       sync.Mutex
	outputs  []*output
	answer   []byte
	engines  []string
	reported time.Time
}

func newTaskEnv(o order, w *wire) *taskEnv {
	in := &taskEnv{order: o, wire: w}
	left := &quota{left: int64(o.Limits.Output), max: o.Limits.Output}
	for i := range o.Outputs {
		in.outputs = append(in.outputs, &output{wire: w, stream: byte(i), quota: left})
	}
	return in
}

// serve runs the handler and closes the conversation.
func (in *taskEnv) serve(h Handler) error {
	wall := in.order.Limits.Wall
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(wall))
	defer cancel()
	if err := in.guard(ctx, h); err != nil {
		if ctx.Err() != nil {
			return timeLimit(wall)
		}
		return err
	}
	return in.end()
}

// end sends what is still buffered, the answer and the last frame.
func (in *taskEnv) end() error {
	end := done{Engines: in.engines}
	for _, o := range in.outputs {
		if err := o.flush(); err != nil {
			return err
		}
		end.Streams = append(end.Streams, o.sum)
	}
	for piece := range slices.Chunk(in.answer, maxData) {
		if err := in.wire.later(frameAnswer, 0, piece); err != nil {
			return err
		}
	}
	end.Answer = sumOf(in.answer)
	return in.wire.json(frameDone, end)
}

// guard turns a panic of the handler into an error without its text, which may hold data.
func (in *taskEnv) guard(ctx context.Context, h Handler) (err error) {
	defer func() {
		if recover() != nil {
			err = yumen.Errorf(yumen.KindInternal, "the %s role stopped on a defect", "%s 角色因程序缺陷中止", in.order.Role)
		}
	}()
	return h(ctx, in)
}

func (in *taskEnv) Spec(v any) error { return strictJSON(in.order.Spec, v) }

func (in *taskEnv) Input(name string) (string, bool) {
	for _, i := range in.order.Inputs {
		if i.Name != name {
			continue
		}
		if !in.order.Confine {
			return i.Path, true
		}
		return filepath.Join("/in", name), true
	}
	return "", false
}

func (in *taskEnv) Work() string {
	if !in.order.Confine {
		return in.order.Work
	}
	return "/work"
}

func (in *taskEnv) Limits() yumen.Limits { return in.order.Limits }

func (in *taskEnv) Output(stream string) io.Writer {
	if i := slices.Index(in.order.Outputs, stream); i >= 0 {
		return in.outputs[i]
	}
	return noOutput(stream)
}

// Salt is drawn here, so that nobody outside ever holds it without the table.
func (in *taskEnv) Salt(string) (salt [32]byte) {
	_, _ = rand.Read(salt[:]) // never fails
	return salt
}

func (in *taskEnv) Answer(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if len(b) > maxAnswer {
		return yumen.Errorf(yumen.KindLimit, "the answer is larger than %s", "答复超过 %s", yumen.Size(maxAnswer))
	}
	in.mu.Lock()
	defer in.mu.Unlock()
	in.answer = b
	return nil
}

// Progress is passed on at most every 50 ms, and always at the end.
func (in *taskEnv) Progress(n, total int64) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if n < 0 || total < 0 || n != total && time.Since(in.reported) < 50*time.Millisecond {
		return
	}
	in.reported = time.Now()
	b := binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint64(nil, uint64(n)), uint64(total))
	_ = in.wire.frame(frameProgress, 0, b)
}

func (in *taskEnv) Leave(free func()) {
	if in.order.Session > 0 {
		free()
	}
}

func (in *taskEnv) Engine(name string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !slices.Contains(in.engines, name) {
		in.engines = append(in.engines, name)
	}
}
