package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// errGone says that nobody reads the events any more.
var errGone = errors.New("nobody reads the events any more")

// beat is how often a stream of events shows that it is alive.
const beat = 15 * time.Second

// events sends server-sent events, as the HTML standard has them.
type events struct {
	w        http.ResponseWriter
	rc       *http.ResponseController
	stopping <-chan struct{}
	give     context.CancelFunc // ends what is waited for
}

func newEvents(h huma.Context, stopping <-chan struct{}, give context.CancelFunc) *events {
	_, w := humago.Unwrap(h)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	return &events{w, http.NewResponseController(w), stopping, give}
}

// send sends an event of a name.
func (e *events) send(name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return e.write(fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, b))
}

func (e *events) write(b []byte) error {
	if _, err := e.w.Write(b); err != nil {
		return errGone
	}
	if e.rc.Flush() != nil {
		return errGone
	}
	return nil
}

// while sends signs of life until something is done.
func (e *events) while(do func() error) error {
	done := make(chan error, 1)
	go func() {
		_, err := safely(func() (struct{}, error) { return struct{}{}, do() })
		done <- err
	}()
	tick := time.NewTicker(beat)
	defer tick.Stop()
	for {
		select {
		case err := <-done:
			return err
		case <-e.stopping: // a client asks again, of the server that is then there
			e.give()
			<-done
			return errGone
		case <-tick.C:
			if err := e.write([]byte(": alive\n\n")); err != nil {
				e.give()
				<-done
				return err
			}
		}
	}
}
