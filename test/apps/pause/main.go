// Pause holds the network namespace of a Pod, as the kubelet's pause container does, for compose and for the
// docker driver of the Pod runner: neither app nor sidecar may be the holder, since the others would keep a
// dead namespace when it restarts. As PID 1 of a shared PID namespace it also reaps orphans.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ends := make(chan os.Signal, 1)
	signal.Notify(ends, syscall.SIGTERM, syscall.SIGINT)
	children := make(chan os.Signal, 1)
	signal.Notify(children, syscall.SIGCHLD)
	hold(ends, children)
}

// hold returns at the first signal of ends and reaps at each of children.
func hold(ends, children <-chan os.Signal) {
	reap() // what ended before the signals were caught
	for {
		select {
		case <-ends:
			return
		case <-children:
			reap()
		}
	}
}

// reap takes in every child that has ended; one signal may stand for many.
func reap() {
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil || pid <= 0 {
			return
		}
	}
}
