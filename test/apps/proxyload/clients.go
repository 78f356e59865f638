//go:build linux

package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

// result is what a load reports. Requests are those that were answered in the counted time, with whatever status.
type result struct {
	Requests int `json:"requests"`
	// Answers are all of them, those before and after the counted time too: what a proxy has worked for.
	Answers  int            `json:"answers"`
	Seconds  float64        `json:"seconds"`
	Statuses map[string]int `json:"statuses"`
	// Errors are requests of the counted time that got no whole answer.
	Errors     int    `json:"errors"`
	FirstError string `json:"firstError,omitempty"`
	// LatencyUs is there for an open loop: from when a request was due to the end of its answer.
	LatencyUs *percentiles `json:"latencyUs,omitempty"`
}

func (r *result) failed(err error) {
	r.Errors++
	if r.FirstError == "" {
		r.FirstError = err.Error()
	}
}

// client asks the same request again and again on one connection, and opens a new one when that has ended.
type client struct {
	*stream
	loop     *loop
	target   string
	request  []byte
	messages framing
	status   int
	isAsking bool
	// onAnswer is told the status of a whole answer; onFailure why there will be none.
	onAnswer  func(status int)
	onFailure func(err error)
}

func (c *client) connect() error {
	s, err := c.loop.dial(c.target)
	if err != nil {
		return err
	}
	c.stream, c.messages = s, framing{}
	s.onData = c.received
	s.onEnd = c.ended
	return s.start()
}

// ask sends the request, on a new connection when the last one was closed.
func (c *client) ask() {
	c.isAsking = true
	if c.stream == nil || c.fd < 0 {
		if err := c.connect(); err != nil {
			c.isAsking = false
			c.onFailure(err)
			return
		}
	}
	c.send(c.request)
}

func (c *client) received(data []byte) {
	err := c.messages.take(data, c.head, c.answered)
	if err != nil && c.fd >= 0 {
		c.end(err)
	}
}

func (c *client) head(head []byte) (err error) {
	if len(head) < 12 {
		return fmt.Errorf("no status line in %q", head)
	}
	c.status, err = strconv.Atoi(string(head[9:12]))
	return err
}

func (c *client) answered() {
	if !c.isAsking {
		c.end(errors.New("an answer that nobody asked for"))
		return
	}
	c.isAsking = false
	c.onAnswer(c.status)
}

func (c *client) ended(err error) {
	if !c.isAsking {
		return
	}
	c.isAsking = false
	if err == nil {
		err = io.ErrUnexpectedEOF
	}
	c.onFailure(err)
}

// closedLoop has one request under way on each connection until the time is over.
func closedLoop(o options) (result, error) {
	l, err := newLoop()
	if err != nil {
		return result{}, err
	}
	r := result{Statuses: map[string]int{}}
	began := time.Now()
	from, until := began.Add(o.warmup), began.Add(o.warmup+o.duration)
	request := requestOf(o.workload, o.host)
	statuses := map[int]int{}
	now, busy := began, o.connections
	for range o.connections {
		c := &client{loop: l, target: o.target, request: request}
		c.onAnswer = func(status int) {
			r.Answers++
			if now.After(until) {
				busy--
				return
			}
			if now.After(from) {
				statuses[status]++
				r.Requests++
			}
			c.ask()
		}
		c.onFailure = func(err error) {
			// Even before the counted time, for this connection asks no more: a proxy that refuses every connect
			// must not keep this from its end.
			r.failed(err)
			busy--
		}
		c.ask()
	}
	for busy > 0 && now.Before(until.Add(5*time.Second)) {
		if err := l.turn(100); err != nil {
			return result{}, err
		}
		now = time.Now()
	}
	r.Seconds = o.duration.Seconds()
	r.count(statuses)
	return r, nil
}

func (r *result) count(statuses map[int]int) {
	for status, count := range statuses {
		r.Statuses[strconv.Itoa(status)] = count
	}
}

// hold opens connections that have asked once, and keeps them until stdin ends.
func hold(o options, opened func() error, stdin io.Reader) error {
	l, err := newLoop()
	if err != nil {
		return err
	}
	answers, request := 0, requestOf(o.workload, o.host)
	var failure error
	for range o.connections {
		c := &client{loop: l, target: o.target, request: request}
		c.onAnswer = func(int) { answers++ }
		c.onFailure = func(err error) { failure = err }
		c.ask()
		for failure == nil && c.isAsking {
			if err := l.turn(1000); err != nil {
				return err
			}
		}
		if failure != nil {
			return failure
		}
	}
	if err := opened(); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, stdin)
	return err
}

// timer wakes the loop to the microsecond, which its own time-out in milliseconds cannot.
type timer struct{ fd int }

const clockMonotonic = 1

func (l *loop) newTimer(onDue func()) (*timer, error) {
	fd, _, errno := syscall.RawSyscall(syscall.SYS_TIMERFD_CREATE, clockMonotonic, syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if errno != 0 {
		return nil, fmt.Errorf("timerfd_create: %w", errno)
	}
	var expirations [8]byte
	return &timer{fd: int(fd)}, l.add(int(fd), syscall.EPOLLIN, func(uint32) {
		syscall.Read(int(fd), expirations[:])
		onDue()
	})
}

func (t *timer) set(after time.Duration) {
	spec := struct{ interval, value syscall.Timespec }{value: syscall.NsecToTimespec(max(int64(after), 1))}
	syscall.RawSyscall6(syscall.SYS_TIMERFD_SETTIME, uintptr(t.fd), 0, uintptr(unsafe.Pointer(&spec)), 0, 0, 0)
}
