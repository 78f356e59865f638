//go:build linux

package main

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"
)

func TestMessagesAreFoundHoweverTheirBytesArrive(t *testing.T) {
	text := strings.Repeat(string(requestOf("post", "shop"))+string(requestOf("get", "shop")), 3)
	for _, cut := range []int{1, 2, 3, 7, 100, 1000, len(text)} {
		var messages framing
		heads, whole := 0, 0
		for from := 0; from < len(text); from += cut {
			err := messages.take([]byte(text[from:min(from+cut, len(text))]),
				func([]byte) error { heads++; return nil }, func() { whole++ })
			if err != nil {
				t.Fatal(err)
			}
		}
		if heads != 6 || whole != 6 {
			t.Errorf("in pieces of %d: %d heads and %d messages, want 6", cut, heads, whole)
		}
	}
}

func TestAMessageWithoutALengthThatHasABodyIsRefused(t *testing.T) {
	var messages framing
	err := messages.take([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
		func([]byte) error { return nil }, func() {})
	if err == nil {
		t.Error("chunked was taken for a message without a body")
	}
}

func TestAClosedLoopCountsEveryAnswerOfTheBackend(t *testing.T) {
	for _, workload := range []string{"get", "1k", "64k", "post"} {
		got, err := closedLoop(options{target: backend(t), workload: workload, connections: 4, duration: 50 * time.Millisecond})
		if err != nil || got.Errors != 0 || got.Requests == 0 || got.Statuses["200"] != got.Requests {
			t.Errorf("%s: %+v, %v", workload, got, err)
		}
	}
}

func TestAnOpenLoopSendsAsManyAsItsRateSays(t *testing.T) {
	got, err := openLoop(options{target: backend(t), workload: "get", connections: 4, rate: 500, duration: 200 * time.Millisecond, warmup: 100 * time.Millisecond})
	if err != nil || got.Errors != 0 || got.Requests != 100 || got.Answers != 150 {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestAnOpenLoopChargesTheStallToAllWhoWouldHaveWaited(t *testing.T) {
	listener := listenTCP(t)
	go answerAfter(listener, 30*time.Millisecond)
	got, err := openLoop(options{target: listener.Addr().String(), workload: "get", connections: 1, rate: 1000, duration: 20 * time.Millisecond})
	// Twenty requests share one connection whose answers take 30 ms each: the last waits for all of them.
	if err != nil || got.Requests != 20 || got.LatencyUs.Max < 570_000 {
		t.Errorf("%+v, %+v, %v", got, got.LatencyUs, err)
	}
}

func TestAnswersThatNeverComeAreErrors(t *testing.T) {
	listener := listenTCP(t)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conn.Close()
		}
	}()
	target := listener.Addr().String()
	closed, err := closedLoop(options{target: target, workload: "get", connections: 3, duration: 50 * time.Millisecond})
	if err != nil || closed.Errors != 3 || closed.Requests != 0 {
		t.Errorf("%+v, %v", closed, err)
	}
	open, err := openLoop(options{target: target, workload: "get", connections: 3, rate: 100, duration: 100 * time.Millisecond})
	if err != nil || open.Errors != 10 || open.Requests != 0 {
		t.Errorf("%+v, %v", open, err)
	}
}

func backend(t *testing.T) string {
	t.Helper()
	port := make(chan int, 1)
	go func() {
		if err := serveBackend(func(bound int) error { port <- bound; return nil }); err != nil {
			t.Error(err)
		}
	}()
	return fmt.Sprintf("127.0.0.2:%d", <-port)
}

func listenTCP(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

// answerAfter serves one connection, a request at a time.
func answerAfter(listener net.Listener, delay time.Duration) {
	conn, err := listener.Accept()
	if err != nil {
		return
	}
	defer conn.Close()
	buffer := make([]byte, 4096)
	for {
		if _, err := conn.Read(buffer); err != nil {
			return
		}
		time.Sleep(delay)
		fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	}
}
