package sandbox

import (
	"context"
	"encoding/binary"
	"io"
	"os"
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// begun counts the statements of an enclave.
var begun int

// testOpeners prepare statements that are deeds as well. What a hostile enclave does once a statement is over, it does
// where things are freed.
var testOpeners = map[task.Role]Opener{task.Query: func(_ context.Context, in Env) (Handler, func(), error) {
	served, wire := 0, in.(*taskEnv).wire
	after := func() {}
	run := func(ctx context.Context, in Env) error {
		served++
		begun++
		var s testSpec
		if err := in.Spec(&s); err != nil {
			return err
		}
		if late, ok := lateFrames[s.Do]; ok {
			after = func() { _ = late(wire) }
			return nil
		}
		if bad, ok := badFrames[s.Do]; ok {
			return bad(wire)
		}
		switch s.Do {
		case "served":
			return in.Answer(served)
		case "look":
			names, err := os.ReadDir(in.Work())
			if err != nil {
				return err
			}
			return in.Answer(len(names))
		case "lack room": // once the enclave has answered so many, though it begins to write
			if _, err := io.WriteString(in.Output("out"), "written by "+strconv.Itoa(begun)); err != nil {
				return err
			}
			if int64(begun) > s.N {
				return yumen.Errorf(yumen.KindLimit, "no room", "已无余量")
			}
			return in.Answer(begun)
		case "hang":
			select {}
		}
		return doDeed(ctx, in)
	}
	return run, func() { after() }, nil
}}

var lateFrames = map[string]func(*wire) error{
	"late data":         func(w *wire) error { return w.frame(frameData, 0, []byte("late")) },
	"late answer":       func(w *wire) error { return w.frame(frameAnswer, 0, []byte("1")) },
	"late done":         func(w *wire) error { return w.json(frameDone, done{Answer: sumOf(nil)}) },
	"late failure":      func(w *wire) error { return w.fail(yumen.Errorf(yumen.KindFailed, "late", "迟")) },
	"late greeting":     func(w *wire) error { return w.json(frameHello, hello{}) },
	"another statement": func(w *wire) error { return w.frame(frameBegin, 0, binary.BigEndian.AppendUint64(nil, 7)) },
	"a past statement":  func(w *wire) error { return w.frame(frameBegin, 0, binary.BigEndian.AppendUint64(nil, 1)) },
}

var badFrames = map[string]func(*wire) error{
	"begin twice":    func(w *wire) error { return w.frame(frameBegin, 0, binary.BigEndian.AppendUint64(nil, 1)) },
	"greeting":       func(w *wire) error { return w.json(frameHello, hello{}) },
	"uncounted":      func(w *wire) error { return w.frame(frameData, 0, []byte("x")) },
	"unknown stream": func(w *wire) error { return w.frame(frameData, 9, []byte("x")) },
	"unknown frame":  func(w *wire) error { return w.frame('X', 0, nil) },
	"too many bytes": func(w *wire) error {
		for range 5 {
			_ = w.frame(frameData, 0, make([]byte, maxData))
		}
		return nil
	},
}
