package journal

import (
	"time"

	"github.com/yumen-data/yumen"
)

// ClockTolerance is how much earlier than the latest entry of the log one may be.
const ClockTolerance = 2 * time.Second

// now is the time of entries that the journal makes.
func (j *Journal) now() time.Time { return j.cfg.Clock().UTC().Truncate(time.Millisecond) }

// latestEntry returns the latest time of an entry: the one that the state remembers, or that of the log's last entry
// where a crash came before the state could remember it, or an earlier version wrote the state.
func (j *Journal) latestEntry() (time.Time, error) {
	size := j.cfg.Log.Size()
	if size == 0 || size == j.head.V.Size && !j.head.V.Latest.IsZero() {
		return j.head.V.Latest, nil
	}
	last, err := j.cfg.Log.Entry(size - 1)
	return later(j.head.V.Latest, last.At), err
}

// checkClock refuses to write while the clock is behind the log, with kind unavailable.
func checkClock(now, latest time.Time) error {
	behind := latest.Sub(now)
	if behind <= ClockTolerance {
		return nil
	}
	return yumen.Errorf(yumen.KindUnavailable,
		"the clock of this machine is %s behind the audit log, whose latest entry is of %s; nothing was written",
		"本机时钟比审计日志落后 %s，日志最新条目的时间为 %s；未写入任何内容", behind.Round(time.Second), latest.Format(time.RFC3339)).At("log").
		ToFix("set the clock of this machine, then repeat", "请校准本机时钟后重试")
}

// order gives the step's entries the present time where others that were made at least ClockTolerance later came before
// them. A step whose times stand elsewhere too is refused with kind conflict instead, to be decided on again.
func (m *member) order(now, latest time.Time) error {
	for i := range m.step.Entries {
		e := &m.step.Entries[i]
		switch late := latest.Sub(e.At) > ClockTolerance; {
		case late && m.step.Timed:
			return yumen.Errorf(yumen.KindConflict, "other steps were written while this one waited",
				"在此步骤等待期间，已有其他步骤写入").
				ToFix("repeat it", "请重试")
		case late:
			e.At = now
		}
		latest = later(latest, e.At)
	}
	return nil
}

// latestOf is the latest of a time and those of entries.
func latestOf(t time.Time, entries []yumen.Entry) time.Time {
	for _, e := range entries {
		t = later(t, e.At)
	}
	return t
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
