package main

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

func playWith(t *testing.T, stop <-chan os.Signal, args ...string) (int, []string) {
	t.Helper()
	part, err := parse(args, func(string) (string, bool) { return "", false })
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	code := play(part, stop, &out)
	return code, strings.Split(strings.TrimSpace(out.String()), "\n")
}

func told() <-chan os.Signal {
	stop := make(chan os.Signal, 1)
	stop <- syscall.SIGTERM
	return stop
}

func TestAPuppet(t *testing.T) {
	folder := t.TempDir()
	there := filepath.Join(folder, "there")
	if err := os.WriteFile(there, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	mark := filepath.Join(folder, "mark")
	for _, each := range []struct {
		when string
		args []string
		stop <-chan os.Signal
		code int
		says string
	}{
		{"ends by itself", []string{"-exit=3"}, nil, 3, "up|exits 3"},
		{"notes", []string{"-exit=0", "-note=hello"}, nil, 0, "up|note hello|exits 0"},
		{"ends at its stop signal", nil, told(), 0, "up|got SIGTERM|exits 0"},
		{"ends at its stop signal with a code", []string{"-term-code=143"}, told(), 143, "up|got SIGTERM|exits 143"},
		{"ends otherwise in its first run", []string{"-exit=0", "-once=" + mark}, nil, 1, "up|exits 1"},
		{"ends as it should in its second", []string{"-exit=0", "-once=" + mark}, nil, 0, "up|exits 0"},
		{"finds a file", []string{"-look=" + there}, nil, 0, "up|exits 0"},
		{"finds no file", []string{"-look=" + there + "-not"}, nil, 1, "up|exits 1"},
		{"asks nobody", []string{"-ask=http://127.0.0.1:1/"}, nil, 1, "up|exits 1"},
	} {
		code, lines := playWith(t, each.stop, each.args...)
		if says := strings.Join(lines, "|"); code != each.code || says != each.says {
			t.Errorf("%s: %d %q, expected %d %q", each.when, code, says, each.code, each.says)
		}
	}
}

func TestAPuppetThatDoesNotEndSaysThatItIsStillThere(t *testing.T) {
	code, lines := playWith(t, told(), "-on-term=350ms")
	if want := "up|got SIGTERM|still here|still here|still here|exits 0"; code != 0 || strings.Join(lines, "|") != want {
		t.Errorf("%d %q", code, lines)
	}
}

func TestItLeavesAMessage(t *testing.T) {
	file := filepath.Join(t.TempDir(), "message")
	playWith(t, nil, "-exit=0", "-message=no disk", "-message-file="+file)
	if text, err := os.ReadFile(file); err != nil || string(text) != "no disk" {
		t.Errorf("%q %v", text, err)
	}
}

// safely keeps the lines of a puppet that is asked while it plays.
type safely struct {
	one sync.Mutex
	out bytes.Buffer
}

func (s *safely) Write(text []byte) (int, error) {
	s.one.Lock()
	defer s.one.Unlock()
	return s.out.Write(text)
}

func TestItAnswersProbesAndCountsThoseItRefusedToTheEnd(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	listener.Close()
	part := part{exit: -1, port: port, startedAfter: time.Hour, liveUntil: time.Hour}
	stop := make(chan os.Signal, 1)
	var said safely
	ended := make(chan int)
	go func() { ended <- play(part, stop, &said) }()

	status := func(path string) int {
		for {
			response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d%s", port, path))
			if err == nil {
				response.Body.Close()
				return response.StatusCode
			}
		}
	}
	for path, want := range map[string]int{"/started": 503, "/live": 200, "/ready": 200, "/preStop?status=500": 500, "/no": 404} {
		if got := status(path); got != want {
			t.Errorf("%s: %d, expected %d", path, got, want)
		}
	}
	status("/started")
	stop <- syscall.SIGTERM
	<-ended
	if want := "up\npreStop\ndone preStop\ngot SIGTERM\nnote /started was refused 2 times\nexits 0\n"; said.out.String() != want {
		t.Errorf("%q", said.out.String())
	}
}
