package access

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
)

// Bounds on failed logins.
const (
	failuresAtOnce = 10              // of one source, before it has to wait
	failureEvery   = 6 * time.Second // that one more is allowed
	batchEvery     = time.Minute     // that the log says how many there were
	sourcesKept    = 10_000          // beyond these, the ones that need not wait are forgotten
)

// Failures are failed logins of some time together, as the log says of them.
type Failures struct {
	Wrong   int // no token of the domain, or the wrong secret
	Ended   int // tokens that were revoked or have expired, and people who were disabled
	Locked  int // further ones of sources that have to wait
	Sources int // from how many sources
}

// failures counts failed logins, and keeps sources waiting that have too many. A token that counts is let in all the
// same: 256 random bits are not found by trying, and whoever shares an address with somebody who tries is not shut out
// by them.
type failures struct {
	clock  func() time.Time
	report func(Failures) // nil: nowhere

	mu      sync.Mutex
	sources map[string]*rate.Limiter
	batch   Failures
	seen    map[string]bool // sources of the batch
	timer   *time.Timer
}

// allow refuses, with kind limit, a source that has to wait.
func (f *failures) allow(ctx context.Context) error {
	source := api.Network(api.SourceOf(ctx))
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.sources[source]
	if l == nil || l.TokensAt(f.clock()) >= 1 {
		return nil
	}
	f.note(source, func(b *Failures) { b.Locked++ })
	return yumen.Errorf(yumen.KindLimit, "too many logins failed from here", "来自此处的登录失败次数过多").
		ToFix("wait %s, then use a token that counts", "请等待 %s，再使用有效的令牌", failureEvery).
		After(failureEvery)
}

// count counts a failed login.
func (f *failures) count(ctx context.Context, count func(*Failures)) {
	source := api.Network(api.SourceOf(ctx))
	f.mu.Lock()
	defer f.mu.Unlock()
	l := f.sources[source]
	if l == nil {
		f.forget()
		l = rate.NewLimiter(rate.Every(failureEvery), failuresAtOnce)
		f.sources[source] = l
	}
	l.AllowN(f.clock(), 1)
	f.note(source, count)
}

// forget makes room for another source.
func (f *failures) forget() {
	if len(f.sources) < sourcesKept {
		return
	}
	for s, l := range f.sources {
		if l.TokensAt(f.clock()) >= 1 {
			delete(f.sources, s)
		}
	}
}

// note adds to the batch, which is reported when its time is over.
func (f *failures) note(source string, count func(*Failures)) {
	count(&f.batch)
	f.seen[source] = true
	if f.timer == nil && f.report != nil {
		f.timer = time.AfterFunc(batchEvery, f.flush)
	}
}

// flush reports the batch.
func (f *failures) flush() {
	f.mu.Lock()
	b := f.batch
	b.Sources = len(f.seen)
	f.batch, f.seen = Failures{}, map[string]bool{}
	if f.timer != nil {
		f.timer.Stop()
		f.timer = nil
	}
	f.mu.Unlock()
	if b.Sources > 0 && f.report != nil {
		f.report(b)
	}
}
