package main

// Every behaviour as a client sees it on its socket.

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestAWellBehavedAnswerIsWholeAndKeepsTheConnection(t *testing.T) {
	s := newService(t, `{}`)
	conn := s.connect(t)
	for range 2 {
		response, body := conn.get(t, "/v1/stock/lamp")
		if response.StatusCode != 200 || body != `{"sku":"lamp","quantity":100,"replica":"one"}` {
			t.Errorf("got %d %s", response.StatusCode, body)
		}
	}
	s.wantStats(t, Stats{Connections: 1, Requests: 2, ByRequest: map[string]int{"GET /v1/stock/lamp": 2}, ByOutcome: map[string]int{"served": 2}})
}

func TestAStatusFaultAnswersWithItsCode(t *testing.T) {
	s := newService(t, `{"faults": [{"kind": "status", "ratio": 1, "code": 503}]}`)
	response, body := s.connect(t).get(t, "/v1/stock/lamp")
	if response.StatusCode != 503 || !strings.Contains(body, "service unavailable by command") {
		t.Errorf("got %d %s", response.StatusCode, body)
	}
	s.wantStats(t, Stats{Connections: 1, Requests: 1, ByRequest: map[string]int{"GET /v1/stock/lamp": 1}, ByOutcome: map[string]int{"status": 1}})
}

func TestTooManyAnswers429WithRetryAfter(t *testing.T) {
	s := newService(t, `{"faults": [{"kind": "too-many", "ratio": 1, "retryAfter": "2s"}]}`)
	response, _ := s.connect(t).get(t, "/v1/stock/lamp")
	if response.StatusCode != 429 || response.Header.Get("Retry-After") != "2" {
		t.Errorf("got %d, Retry-After %q", response.StatusCode, response.Header.Get("Retry-After"))
	}
}

func TestAResetComesAfterExactlyTheBytesThatItsKindSays(t *testing.T) {
	body := `{"sku":"lamp","quantity":100,"replica":"one"}`
	cases := []struct{ kind, wantBody string }{
		{"reset-before-head", ""},
		{"reset-after-head", ""},
		{"reset-mid-body", body[:len(body)/2]},
	}
	for _, c := range cases {
		t.Run(c.kind, func(t *testing.T) {
			s := newService(t, `{"faults": [{"kind": "`+c.kind+`", "ratio": 1}]}`)
			conn := s.connect(t)
			conn.send(t, "GET", "/v1/stock/lamp")
			received, err := io.ReadAll(conn)
			if !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the connection ended with %v, want a reset", err)
			}
			head, rest, whole := strings.Cut(string(received), "\r\n\r\n")
			if wantHead := c.kind != "reset-before-head"; whole != wantHead || (!whole && head != "") || rest != c.wantBody {
				t.Errorf("received %q", received)
			}
			s.wantStats(t, Stats{Connections: 1, Requests: 1, ByRequest: map[string]int{"GET /v1/stock/lamp": 1}, ByOutcome: map[string]int{c.kind: 1}})
		})
	}
}

func TestAConnectionIsClosedWithoutAByteOfAnAnswer(t *testing.T) {
	s := newService(t, `{"faults": [{"kind": "close-before-head", "ratio": 1}]}`)
	conn := s.connect(t)
	conn.send(t, "GET", "/v1/stock/lamp")
	if received, err := io.ReadAll(conn); err != nil || len(received) > 0 {
		t.Errorf("received %q, %v; want a clean end", received, err)
	}
}

func TestGarbageIsNoHTTP(t *testing.T) {
	s := newService(t, `{"faults": [{"kind": "garbage", "ratio": 1}]}`)
	conn := s.connect(t)
	conn.send(t, "GET", "/v1/stock/lamp")
	if response, err := http.ReadResponse(conn.reader, nil); err == nil {
		t.Errorf("read %s", response.Status)
	}
}

func TestAStatusMaySayWhenToComeBack(t *testing.T) {
	s := newService(t, `{"faults": [{"kind": "status", "ratio": 1, "code": 503, "retryAfter": "3s"}]}`)
	if response, _ := s.connect(t).get(t, "/v1/stock/lamp"); response.Header.Get("Retry-After") != "3" {
		t.Errorf("Retry-After %q", response.Header.Get("Retry-After"))
	}
}

func TestOnlyTheFirstRequestsMisbehave(t *testing.T) {
	s := newService(t, `{"first": 2, "faults": [{"kind": "status", "ratio": 1, "code": 503}]}`)
	bad, good := "503 Service Unavailable\n", "200 OK\n"
	if got := s.codes(t, 4); got != bad+bad+good+good {
		t.Errorf("got\n%s", got)
	}
}

func TestATrickleSendsTheWholeBodyInPieces(t *testing.T) {
	s := newService(t, `{"faults": [{"kind": "trickle", "ratio": 1, "every": "2ms", "chunkBytes": 10}]}`)
	conn := s.connect(t)
	began := time.Now()
	_, body := conn.get(t, "/v1/stock/lamp")
	if body != `{"sku":"lamp","quantity":100,"replica":"one"}` {
		t.Errorf("body %s", body)
	}
	if pieces := 5; time.Since(began) < time.Duration(pieces)*2*time.Millisecond {
		t.Errorf("%d pieces came in %v", pieces, time.Since(began))
	}
}

func TestALatencyPassesBeforeTheHead(t *testing.T) {
	s := newService(t, `{"latency": {"kind": "fixed", "value": "30ms"}}`)
	conn := s.connect(t)
	began := time.Now()
	conn.send(t, "GET", "/v1/stock/lamp")
	if _, err := conn.reader.Peek(1); err != nil || time.Since(began) < 30*time.Millisecond {
		t.Errorf("first byte after %v, %v", time.Since(began), err)
	}
}

func TestAnIdleConnectionIsClosedWithoutAWordBefore(t *testing.T) {
	s := newService(t, `{"closeIdleAfter": "10ms"}`)
	conn := s.connect(t)
	response, _ := conn.get(t, "/v1/stock/lamp")
	if response.Close {
		t.Error("the answer said Connection: close")
	}
	if rest, err := io.ReadAll(conn); err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v; want a clean end", rest, err)
	}
}

func TestAConnectionIsNotIdleWhileItsRequestIsServed(t *testing.T) {
	s := newService(t, `{"closeIdleAfter": "300ms", "latency": {"kind": "fixed", "value": "400ms"}}`)
	conn := s.connect(t)
	for range 2 { // the second request ends the idleness that began after the first
		if response, _ := conn.get(t, "/v1/stock/lamp"); response.StatusCode != 200 {
			t.Errorf("got %d", response.StatusCode)
		}
	}
}

func TestTheNthRequestGetsTheNthDecision(t *testing.T) {
	text := `{"seed": 5, "faults": [{"kind": "status", "ratio": 0.5, "code": 500}]}`
	var want strings.Builder
	for number := range uint64(20) {
		code := http.StatusOK
		if behaviour(t, text).decide(number).fault != nil {
			code = http.StatusInternalServerError
		}
		fmt.Fprintf(&want, "%d %s\n", code, http.StatusText(code))
	}
	if got := newService(t, text).codes(t, 20); got != want.String() {
		t.Errorf("got\n%s, want\n%s", got, want.String())
	}
}

func TestARefusingInventoryRefusesConnectsAndKeepsItsConnections(t *testing.T) {
	s := newService(t, `{}`)
	old := s.connect(t)
	old.get(t, "/v1/stock/lamp")

	s.behave(t, `{"refuse": true}`)
	if _, err := net.Dial("tcp", s.address); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("got %v, want refused", err)
	}
	if response, _ := old.get(t, "/v1/stock/lamp"); response.StatusCode != 200 {
		t.Errorf("the old connection got %d", response.StatusCode)
	}

	s.behave(t, `{}`)
	if response, _ := s.connect(t).get(t, "/v1/stock/lamp"); response.StatusCode != 200 {
		t.Errorf("after the gate opened again: %d", response.StatusCode)
	}
}

func TestStoppingRightAfterShuttingIsClean(t *testing.T) {
	for range 200 {
		gate := newGate("127.0.0.1:0", http.NotFoundHandler(), newTally("one"))
		if err := gate.open(); err != nil {
			t.Fatal(err)
		}
		if err := gate.stop(time.Second); err != nil {
			t.Fatal(err)
		}
	}
}

func TestDyingEndsTheProcessWithTheRequestUnanswered(t *testing.T) {
	s := newService(t, `{"faults": [{"kind": "die", "ratio": 1, "exitCode": 3}]}`)
	exited := make(chan int, 1)
	s.inventory.exit = func(code int) {
		exited <- code
		panic(http.ErrAbortHandler) // the kernel closes the sockets of a process that is gone
	}
	conn := s.connect(t)
	conn.send(t, "GET", "/v1/stock/lamp")
	if received, _ := io.ReadAll(conn); len(received) > 0 {
		t.Errorf("received %q", received)
	}
	if code := <-exited; code != 3 {
		t.Errorf("exit code %d", code)
	}
}

func TestHealthIsGoodUnlessCommandedAndTakesNoPartInTheSequence(t *testing.T) {
	s := newService(t, `{"faults": [{"kind": "status", "ratio": 1, "code": 500}]}`)
	conn := s.connect(t)
	if response, _ := conn.get(t, "/healthz"); response.StatusCode != 200 {
		t.Errorf("got %d", response.StatusCode)
	}
	s.behave(t, `{"unhealthy": true}`)
	if response, _ := conn.get(t, "/healthz"); response.StatusCode != 503 {
		t.Errorf("got %d", response.StatusCode)
	}
	s.wantStats(t, Stats{Connections: 1, Requests: 2, ByRequest: map[string]int{"GET /healthz": 2}, ByOutcome: map[string]int{}})
}

func TestAReservationAnswersByTheStock(t *testing.T) {
	s := newService(t, `{}`)
	conn := s.connect(t)
	for target, want := range map[string]int{
		"/v1/reservations?sku=lamp&quantity=2":     200,
		"/v1/reservations?sku=sold-out&quantity=1": 409,
		"/v1/reservations?sku=lamp&quantity=none":  400,
	} {
		conn.send(t, "POST", target)
		if response, body := conn.receive(t); response.StatusCode != want {
			t.Errorf("%s: got %d %s, want %d", target, response.StatusCode, body, want)
		}
	}
}

func TestABodyIsPaddedToItsSize(t *testing.T) {
	s := newService(t, `{"bodyBytes": 4096}`)
	if _, body := s.connect(t).get(t, "/v1/stock/lamp"); len(body) != 4096 || !json.Valid([]byte(body)) {
		t.Errorf("got %d bytes", len(body))
	}
}

func TestAWrongBehaviourChangesNothing(t *testing.T) {
	s := newService(t, `{"bodyBytes": 512}`)
	if code, body := s.control(t, "PUT", "/-/behaviour", `{"bodyBites": 1}`); code != 400 || !strings.Contains(body, "bodyBites") {
		t.Errorf("got %d %s", code, body)
	}
	if _, body := s.control(t, "GET", "/-/behaviour", ""); body != `{"seed":0,"bodyBytes":512}`+"\n" {
		t.Errorf("the behaviour is %s", body)
	}
}

func TestAResetForgetsTheCountsAndGoesBackToTheStart(t *testing.T) {
	s := newService(t, `{"faults": [{"kind": "status", "ratio": 0.5, "code": 500}]}`)
	first := s.codes(t, 20)
	s.behave(t, `{"refuse": true}`)
	s.control(t, "POST", "/-/reset", "")
	s.wantStats(t, Stats{ByRequest: map[string]int{}, ByOutcome: map[string]int{}})
	if again := s.codes(t, 20); again != first {
		t.Errorf("the sequence was\n%s, after the reset\n%s", first, again)
	}
}

// service is the inventory with both of its ports.
type service struct {
	inventory           *inventory
	address, controlURL string
}

func newService(t *testing.T, text string) *service {
	t.Helper()
	tally := newTally("one")
	inventory := newInventory("one", tally)
	gate := newGate("127.0.0.1:0", inventory.routes(), tally)
	control := &control{inventory: inventory, gate: gate, tally: tally, initial: behaviour(t, text)}
	if err := control.behave(control.initial); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(control.routes())
	t.Cleanup(func() { server.Close(); gate.shut(); gate.server.Close() })
	return &service{inventory: inventory, address: gate.address, controlURL: server.URL}
}

func (s *service) behave(t *testing.T, text string) {
	t.Helper()
	if code, body := s.control(t, "PUT", "/-/behaviour", text); code != 200 {
		t.Fatalf("PUT /-/behaviour: %d %s", code, body)
	}
}

func (s *service) control(t *testing.T, method, path, text string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(method, s.controlURL+path, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// wantStats compares what was received; how much of it at the same time is left to tests of its own.
func (s *service) wantStats(t *testing.T, want Stats) {
	t.Helper()
	want.Replica = "one"
	got := s.stats(t)
	got.InFlightMax, got.OpenConnections = 0, 0
	if !reflect.DeepEqual(got, want) {
		t.Errorf("stats are\n%+v\nwant\n%+v", got, want)
	}
}

func (s *service) stats(t *testing.T) (stats Stats) {
	t.Helper()
	_, body := s.control(t, "GET", "/-/stats", "")
	if err := json.Unmarshal([]byte(body), &stats); err != nil {
		t.Fatal(err)
	}
	return stats
}

// codes is the sequence of status codes that so many requests get.
func (s *service) codes(t *testing.T, requests int) string {
	t.Helper()
	conn := s.connect(t)
	var codes strings.Builder
	for range requests {
		response, _ := conn.get(t, "/v1/stock/lamp")
		codes.WriteString(response.Status + "\n")
	}
	return codes.String()
}

// connection is a client's socket. Reads time out, so that a test fails and does not hang.
type connection struct {
	net.Conn
	reader *bufio.Reader
}

func (s *service) connect(t *testing.T) *connection {
	t.Helper()
	conn, err := net.Dial("tcp", s.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &connection{Conn: conn, reader: bufio.NewReader(conn)}
}

func (c *connection) get(t *testing.T, path string) (*http.Response, string) {
	t.Helper()
	c.send(t, "GET", path)
	return c.receive(t)
}

func (c *connection) send(t *testing.T, method, path string) {
	t.Helper()
	if _, err := io.WriteString(c, method+" "+path+" HTTP/1.1\r\nHost: inventory\r\nContent-Length: 0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
}

func (c *connection) receive(t *testing.T) (*http.Response, string) {
	t.Helper()
	response, err := http.ReadResponse(c.reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}
