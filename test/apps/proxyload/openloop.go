//go:build linux

package main

import (
	"errors"
	"math/rand/v2"
	"time"
)

// openLoop sends requests when they are due, whether or not earlier ones were answered, and measures each from when it
// was due: a proxy that stalls is charged for all who would have waited meanwhile (no coordinated omission).
func openLoop(o options) (result, error) {
	l, err := newLoop()
	if err != nil {
		return result{}, err
	}
	o.duration += o.warmup
	run := &openRun{options: o, began: time.Now(), random: rand.New(rand.NewPCG(o.seed, 0)), statuses: map[int]int{}}
	run.result.Statuses = map[string]int{}
	run.total = int(o.rate * o.duration.Seconds())
	run.next = run.dueOf(0)
	if run.timer, err = l.newTimer(run.sendDue); err != nil {
		return result{}, err
	}
	for range o.connections {
		run.idle = append(run.idle, run.newClient(l))
	}
	run.sendDue()
	giveUp := run.began.Add(o.duration + 10*time.Second)
	for run.done < run.total && time.Now().Before(giveUp) {
		if err := l.turn(1000); err != nil {
			return result{}, err
		}
	}
	if missing := run.total - run.done; missing > 0 {
		run.failed(errors.New("no answer 10 s after the end"))
		run.Errors += missing - 1
	}
	run.Seconds = (o.duration - o.warmup).Seconds()
	run.count(run.statuses)
	run.LatencyUs = run.latencies.percentiles()
	return run.result, nil
}

type openRun struct {
	result
	options
	began     time.Time
	random    *rand.Rand
	timer     *timer
	latencies histogram
	statuses  map[int]int

	sent, done, total int
	next              time.Duration // when the request after the last one is due, from began
	idle              []*openClient
	waiting           []time.Duration // due, and no connection was idle
}

type openClient struct {
	client
	due time.Duration
}

// dueOf is in the number-th slot of 1/rate, anywhere: the even clock of a bench would meet the even clocks of a proxy.
func (r *openRun) dueOf(number int) time.Duration {
	return time.Duration((float64(number) + r.random.Float64()) / r.rate * float64(time.Second))
}

func (r *openRun) sendDue() {
	now := time.Since(r.began)
	for r.sent < r.total && r.next <= now {
		if last := len(r.idle) - 1; last >= 0 {
			c := r.idle[last]
			r.idle = r.idle[:last]
			r.ask(c, r.next)
		} else {
			r.waiting = append(r.waiting, r.next)
		}
		r.sent++
		r.next = r.dueOf(r.sent)
	}
	if r.sent < r.total {
		r.timer.set(r.next - time.Since(r.began))
	}
}

func (r *openRun) ask(c *openClient, due time.Duration) {
	c.due = due
	c.ask()
}

func (r *openRun) newClient(l *loop) *openClient {
	c := &openClient{client: client{loop: l, target: r.target, request: requestOf(r.workload, r.host)}}
	c.onAnswer = func(status int) {
		r.Answers++
		if c.due >= r.warmup {
			r.statuses[status]++
			r.Requests++
			r.latencies.record(uint64(time.Since(r.began) - c.due))
		}
		r.finished(c)
	}
	c.onFailure = func(err error) {
		if c.due >= r.warmup {
			r.failed(err)
		}
		r.finished(c)
	}
	return c
}

// finished gives the connection to the request that has waited longest.
func (r *openRun) finished(c *openClient) {
	r.done++
	if len(r.waiting) == 0 {
		r.idle = append(r.idle, c)
		return
	}
	due := r.waiting[0]
	r.waiting = r.waiting[1:]
	r.ask(c, due)
}
