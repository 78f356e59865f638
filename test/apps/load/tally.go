package main

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// tally counts what all lanes did.
type tally struct {
	mutex    sync.Mutex
	requests int
	failed   int
	failures map[string]int
}

// count takes the outcome of one request: "" for a good answer.
func (t *tally) count(failure string) {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	t.requests++
	if failure != "" {
		t.failed++
		t.failures[failure]++
	}
}

// facts are the counts as fields of a log line.
func (t *tally) facts() []any {
	t.mutex.Lock()
	defer t.mutex.Unlock()
	failures := make(map[string]int, len(t.failures))
	for kind, times := range t.failures {
		failures[kind] = times
	}
	return []any{"requests", t.requests, "failed", t.failed, "failures", failures}
}

func (t *tally) tellEach(ctx context.Context, period time.Duration, log *slog.Logger) {
	ticks := time.NewTicker(period)
	defer ticks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
			log.Info("progress", t.facts()...)
		}
	}
}
