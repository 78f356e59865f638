package serve

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"
	"time"
)

func TestARequestInFlightIsFinishedBeforeTheServerEnds(t *testing.T) {
	server := newSlowServer(t)
	stopped := server.start(t, time.Minute)

	answer := server.get()
	<-server.entered
	server.stop()
	server.finish <- struct{}{}

	if got := <-answer; got != "finished" {
		t.Errorf("the client got %q", got)
	}
	if err := <-stopped; err != nil {
		t.Errorf("got %v, want a clean end", err)
	}
}

func TestARequestThatOutlastsTheTimeoutIsCutAndReported(t *testing.T) {
	server := newSlowServer(t)
	stopped := server.start(t, time.Millisecond)

	answer := server.get()
	<-server.entered
	server.stop()

	if err := <-stopped; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want the deadline named", err)
	}
	if got := <-answer; got == "finished" {
		t.Error("the request finished although its server had ended")
	}
	server.finish <- struct{}{}
}

// slowServer answers a request only when it is told to.
type slowServer struct {
	listener        net.Listener
	ctx             context.Context
	stop            context.CancelFunc
	entered, finish chan struct{}
}

func newSlowServer(t *testing.T) *slowServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	return &slowServer{listener: listener, ctx: ctx, stop: stop, entered: make(chan struct{}), finish: make(chan struct{})}
}

func (s *slowServer) start(t *testing.T, stopTimeout time.Duration) <-chan error {
	t.Helper()
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		s.entered <- struct{}{}
		<-s.finish
		io.WriteString(w, "finished")
	})}
	stopped := make(chan error, 1)
	go func() { stopped <- Until(s.ctx, server, s.listener, stopTimeout) }()
	return stopped
}

func (s *slowServer) get() <-chan string {
	answer := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + s.listener.Addr().String())
		if err != nil {
			answer <- err.Error()
			return
		}
		defer response.Body.Close()
		body, _ := io.ReadAll(response.Body)
		answer <- string(body)
	}()
	return answer
}
