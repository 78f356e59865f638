package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func noEnv(string) (string, bool) { return "", false }

// lastLine runs a load of one lane until the server has had `until` requests.
func lastLine(t *testing.T, until int64, handler http.HandlerFunc) map[string]any {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	var received atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if received.Add(1) == until {
			stop()
		}
		handler(w, r)
	}))
	defer server.Close()
	var out bytes.Buffer
	if err := run(ctx, []string{"-url", server.URL, "-kept", "1", "-fresh", "0", "-pause", "0"}, noEnv, &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var last map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &last); err != nil {
		t.Fatal(err)
	}
	return last
}

func TestCountsEveryRequestUpToItsEnd(t *testing.T) {
	last := lastLine(t, 20, func(http.ResponseWriter, *http.Request) {})
	if last["msg"] != "stopped" || last["requests"] != 20.0 || last["failed"] != 0.0 {
		t.Fatalf("got %v", last)
	}
}

func TestCountsAnswersOtherThan200AsFailuresByTheirStatus(t *testing.T) {
	last := lastLine(t, 3, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
	if last["failed"] != 3.0 || last["failures"].(map[string]any)["502 Bad Gateway"] != 3.0 {
		t.Fatalf("got %v", last)
	}
}

func TestCountsAnAnswerThatIsCutInItsBody(t *testing.T) {
	last := lastLine(t, 1, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		w.Write([]byte("half"))
	})
	if last["failures"].(map[string]any)["cut in the body: connection closed without an answer"] != 1.0 {
		t.Fatalf("got %v", last)
	}
}

func TestNamesARefusedConnection(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + listener.Addr().String()
	listener.Close()
	if failure := newLane(config{url: url}, connectsAnew).ask(); failure != "connection refused" {
		t.Fatalf("got %q", failure)
	}
}

func TestNamesARequestThatReachedNobodyInTime(t *testing.T) {
	silent := func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	client := &http.Client{Transport: &http.Transport{DialContext: silent}, Timeout: time.Millisecond}
	if failure := (&lane{client: client, url: "http://127.0.0.1:1"}).ask(); failure != "no connection in time" {
		t.Fatalf("got %q", failure)
	}
}

func TestTellsAMissingAnswerFromAMissingConnection(t *testing.T) {
	over := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-over }))
	defer server.Close()
	defer close(over)
	if failure := newLane(config{url: server.URL, timeout: 100 * time.Millisecond}, keepsConnection).ask(); failure != "no answer in time" {
		t.Fatalf("got %q", failure)
	}
}

func TestEndsByItselfWhenItsTimeIsOver(t *testing.T) {
	var out bytes.Buffer
	args := []string{"-url", "http://127.0.0.1:1", "-kept", "1", "-fresh", "0", "-for", "1ms"}
	if err := run(context.Background(), args, noEnv, &out); err != nil || !strings.Contains(out.String(), `"msg":"stopped"`) {
		t.Fatalf("got %v, %s", err, out.String())
	}
}

func TestAsksForAURL(t *testing.T) {
	if err := run(context.Background(), nil, noEnv, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "-url") {
		t.Fatalf("got %v", err)
	}
}
