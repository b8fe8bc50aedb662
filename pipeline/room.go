package pipeline

import (
	"io"

	"github.com/yumen-data/yumen/store"
)

// acceptsWork refuses new work where the disk has no room for it.
func (s *Service) acceptsWork() error {
	if s.cfg.Disk == nil {
		return nil
	}
	return s.cfg.Disk.Accepts()
}

// watched are sinks that stop when the disk's room for the log is about to be used up. A file that leaves is written
// all the same: it is small, and its result is held already.
func (s *Service) watched(sinks map[string]io.Writer, streams map[string]store.Space) map[string]io.Writer {
	if s.cfg.Disk == nil {
		return sinks
	}
	for name, w := range sinks {
		if streams[name] != store.Released {
			sinks[name] = &watchedSink{Writer: w, disk: s.cfg.Disk}
		}
	}
	return sinks
}

// watchedEach is how much is written between two looks at the disk.
const watchedEach = 4 << 20

type watchedSink struct {
	io.Writer
	disk Disk
	left int // to be written before the next look
}

// Write writes p unless the disk has too little room.
func (w *watchedSink) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		if err := w.disk.Continues(); err != nil {
			return 0, err
		}
		w.left = watchedEach
	}
	return w.Writer.Write(p)
}
