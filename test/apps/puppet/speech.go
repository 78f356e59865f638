package main

import (
	"fmt"
	"io"
	"sync"
)

// speech writes one line in one write, so that each has its own time in the log of its container.
type speech func(format string, values ...any)

func speaker(stdout io.Writer) speech {
	var one sync.Mutex
	return func(format string, values ...any) {
		one.Lock()
		defer one.Unlock()
		fmt.Fprintf(stdout, format+"\n", values...)
	}
}

// last says with which code the puppet ends, and returns it.
func (say speech) last(code int) int {
	say("exits %d", code)
	return code
}
