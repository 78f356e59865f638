package main

import (
	"net/http"
	"sync"
)

// tally counts what really arrived, so that a test can tell a request that was retried from one that was
// lost on the way. A request counts when its head was read whole.
type tally struct {
	mu       sync.Mutex
	stats    Stats
	inFlight int
}

// Stats is what GET /-/stats reports, since the start or the last reset.
type Stats struct {
	Replica     string         `json:"replica"`
	Connections int            `json:"connections"`
	Requests    int            `json:"requests"`
	ByRequest   map[string]int `json:"byRequest"` // "GET /v1/stock/lamp", without the query
	ByOutcome   map[string]int `json:"byOutcome"` // of requests in the sequence: "served" or the kind of the fault
	// Of requests in the sequence: how many were under way at the same time at most, and how many the caller gave up
	// before their answer was begun.
	InFlightMax int `json:"inFlightMax"`
	Abandoned   int `json:"abandoned"`
	// OpenConnections are those that are open now, tunnels left out.
	OpenConnections int `json:"openConnections"`
	// StreamedBytes of /v1/bytes were taken by the kernel.
	StreamedBytes int64 `json:"streamedBytes"`
}

// A test that asks for more different paths than this has its surplus counted together.
const (
	requestNamesMax = 10_000
	surplusName     = "(other)"
)

func newTally(replica string) *tally {
	t := &tally{stats: Stats{Replica: replica}}
	t.reset()
	return t
}

func (t *tally) reset() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats = Stats{Replica: t.stats.Replica, OpenConnections: t.stats.OpenConnections, ByRequest: map[string]int{}, ByOutcome: map[string]int{}}
}

func (t *tally) connectionOpened() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Connections++
	t.stats.OpenConnections++
}

func (t *tally) connectionClosed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.OpenConnections--
}

func (t *tally) request(r *http.Request) {
	t.mu.Lock()
	defer t.mu.Unlock()
	name := r.Method + " " + r.URL.Path
	if _, known := t.stats.ByRequest[name]; !known && len(t.stats.ByRequest) >= requestNamesMax {
		name = surplusName
	}
	t.stats.Requests++
	t.stats.ByRequest[name]++
}

func (t *tally) outcome(fault *Fault) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if fault == nil {
		t.stats.ByOutcome["served"]++
		return
	}
	t.stats.ByOutcome[fault.Kind]++
}

// begun is called for each request in the sequence; the function that it returns when that one is over.
func (t *tally) begun() func() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inFlight++
	t.stats.InFlightMax = max(t.stats.InFlightMax, t.inFlight)
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.inFlight--
	}
}

func (t *tally) abandoned() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.Abandoned++
}

func (t *tally) streamed(bytes int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stats.StreamedBytes += int64(bytes)
}

// snapshot is a copy that later requests do not change.
func (t *tally) snapshot() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	stats := t.stats
	stats.ByRequest = copyOf(t.stats.ByRequest)
	stats.ByOutcome = copyOf(t.stats.ByOutcome)
	return stats
}

func copyOf(counts map[string]int) map[string]int {
	copied := make(map[string]int, len(counts))
	for name, count := range counts {
		copied[name] = count
	}
	return copied
}
