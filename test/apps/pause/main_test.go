package main

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func TestItHoldsUntilASignalThatEndsIt(t *testing.T) {
	ends := make(chan os.Signal, 1)
	held := make(chan struct{})
	go func() {
		hold(ends, nil)
		close(held)
	}()
	select {
	case <-held:
		t.Fatal("it ended of its own accord")
	default:
	}
	ends <- syscall.SIGTERM
	<-held
}

func TestChildrenThatEndedAreReapedAllAtOneSignal(t *testing.T) {
	ends, children := make(chan os.Signal), make(chan os.Signal)
	go hold(ends, children)
	defer func() { ends <- syscall.SIGTERM }()

	var pids []int
	for range 5 {
		child, err := os.StartProcess("/bin/true", []string{"true"}, &os.ProcAttr{})
		if err != nil {
			t.Skip("no /bin/true here:", err)
		}
		pids = append(pids, child.Pid)
	}
	deadline := time.Now().Add(10 * time.Second)
	for _, pid := range pids {
		for syscall.Kill(pid, 0) == nil {
			if time.Now().After(deadline) {
				t.Fatalf("process %d is still there, a zombie perhaps", pid)
			}
			children <- syscall.SIGCHLD
		}
	}
}
