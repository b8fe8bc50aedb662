package pipeline

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/store"
)

// outcome is what came of a task: its answer, what the enclave reports of itself and the objects that it wrote, by
// stream.
type outcome[A any] struct {
	answer  A
	report  yumen.EnclaveReport
	objects map[string]store.Object
}

// runFailure is an error of the run itself. Any other error is of this side of the enclave and says nothing of the
// task.
type runFailure struct{ error }

func (f runFailure) Unwrap() error { return f.error }

func runFailed(err error) bool { return errors.As(err, new(runFailure)) }

// noAnswer is the answer of a task whose answer nobody needs.
type noAnswer struct{}

// run has an enclave carry out a task, reads its answer and makes durable what it wrote.
func run[A any](ctx context.Context, s *Service, tk task.Task, streams map[string]store.Space) (outcome[A], error) {
	outs, err := s.journal.Stage(streams)
	if err != nil {
		return outcome[A]{}, err
	}
	defer outs.Abort() // what is durable by then stays
	out, err := runInto[A](ctx, s, tk, s.watched(outs.Sinks(), streams))
	if err == nil {
		out.objects, err = outs.Objects()
	}
	return out, err
}

// runInto is run with the streams written to sinks of the caller's.
func runInto[A any](ctx context.Context, s *Service, tk task.Task, sinks map[string]io.Writer) (outcome[A], error) {
	res, err := s.cfg.Enclave.Run(ctx, tk, sinks)
	out := outcome[A]{report: res.Report}
	if err == nil {
		out.answer, err = answerOf[A](res)
	}
	if err != nil {
		err = runFailure{err}
	}
	return out, err
}

// answerOf reads the answer of an enclave.
func answerOf[A any](o task.Outcome) (a A, err error) {
	if _, none := any(a).(noAnswer); !none && json.Unmarshal(o.Answer, &a) != nil {
		err = yumen.Errorf(yumen.KindCorrupt, "the enclave gave no readable answer", "飞地未给出可读的应答")
	}
	return a, err
}

// reportDetails sums an enclave report up for the log: the level, the layers applied and how many probes were blocked.
func reportDetails(r yumen.EnclaveReport) map[string]string {
	var layers []string
	for _, l := range r.Layers {
		if l.Applied {
			layers = append(layers, l.Name)
		}
	}
	blocked := 0
	for _, p := range r.Probes {
		if p.Blocked {
			blocked++
		}
	}
	return map[string]string{
		"isolation": string(r.Level),
		"layers":    strings.Join(layers, " "),
		"probes":    strconv.Itoa(blocked) + "/" + strconv.Itoa(len(r.Probes)) + " blocked",
	}
}

func digestJSON(v any) yumen.Digest {
	b, err := json.Marshal(v)
	if err != nil {
		return "" // only plain structs come here
	}
	return yumen.DigestOf(b)
}
