package main

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestARequestIsToldAsItArrived(t *testing.T) {
	s := newService(t, `{}`)
	conn := s.connect(t)
	io.WriteString(conn, "PUT /v1/request?a=1 HTTP/1.1\r\nHost: shop\r\nX-Deadline: 5\r\nTrailer: Digest\r\nTransfer-Encoding: chunked\r\n\r\n"+
		"3\r\nabc\r\n0\r\nDigest: x\r\n\r\n")
	_, body := conn.receive(t)
	var got answer
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	abc := "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	r := got.Received
	if r.Method != "PUT" || r.Target != "/v1/request?a=1" || r.Host != "shop" || r.Bytes != 3 || r.SHA256 != abc ||
		r.Header.Get("X-Deadline") != "5" || r.Trailer.Get("Digest") != "x" {
		t.Errorf("got %s", body)
	}
}

func TestAnUploadIsAskedForAndReadUnlessRefusedEarly(t *testing.T) {
	s := newService(t, `{}`)
	head := func(target string) string {
		return "POST " + target + " HTTP/1.1\r\nHost: shop\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
	}
	conn := s.connect(t)
	io.WriteString(conn, head("/v1/uploads"))
	if line, _ := conn.reader.ReadString('\n'); line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("got %q", line)
	}
	conn.reader.ReadString('\n')
	io.WriteString(conn, "abc")
	if response, body := conn.receive(t); response.StatusCode != 200 || !strings.Contains(body, `"bytes":3`) {
		t.Errorf("got %d %s", response.StatusCode, body)
	}

	conn = s.connect(t)
	io.WriteString(conn, head("/v1/uploads?early=413"))
	if response, _ := conn.receive(t); response.StatusCode != 413 {
		t.Errorf("got %d", response.StatusCode)
	}
}

func TestStreamedBytesAreCountedAsTheyLeave(t *testing.T) {
	s := newService(t, `{}`)
	_, body := s.connect(t).get(t, "/v1/bytes?size=200000")
	if got := s.stats(t).StreamedBytes; len(body) != 200_000 || got != 200_000 {
		t.Errorf("%d bytes arrived, %d were counted", len(body), got)
	}
}

func TestEventsComeOneByOne(t *testing.T) {
	s := newService(t, `{}`)
	began := time.Now()
	response, body := s.connect(t).get(t, "/v1/events?count=3&every=10ms")
	if response.Header.Get("Content-Type") != "text/event-stream" || body != "data: 0\n\ndata: 1\n\ndata: 2\n\n" ||
		time.Since(began) < 30*time.Millisecond {
		t.Errorf("%q after %v", body, time.Since(began))
	}
}

func TestHintsComeBeforeTheAnswer(t *testing.T) {
	conn := newService(t, `{}`).connect(t)
	conn.send(t, "GET", "/v1/hints")
	for _, want := range []int{http.StatusEarlyHints, http.StatusOK} {
		if response, err := http.ReadResponse(conn.reader, nil); err != nil || response.StatusCode != want {
			t.Fatalf("got %+v, %v, want %d", response, err, want)
		}
	}
}

func TestTrailersComeAfterTheBody(t *testing.T) {
	response, body := newService(t, `{}`).connect(t).get(t, "/v1/trailers")
	if body != "with trailers\n" || response.Trailer.Get("Grpc-Status") != "0" || response.Trailer.Get("X-Checksum") != "none" {
		t.Errorf("%q %v", body, response.Trailer)
	}
}

func TestAWebSocketSendsBackWhatItGets(t *testing.T) {
	conn := newService(t, `{}`).connect(t)
	// The handshake of RFC 6455, 1.3.
	io.WriteString(conn, "GET /v1/socket HTTP/1.1\r\nHost: shop\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n")
	response, err := http.ReadResponse(conn.reader, nil)
	if err != nil || response.StatusCode != 101 || response.Header.Get("Sec-WebSocket-Accept") != "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" {
		t.Fatalf("%+v, %v", response, err)
	}
	for _, message := range []struct{ sent, want string }{
		// "Hello" masked (RFC 6455, 5.7), a ping, and the close.
		{"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", "\x81\x05Hello"},
		{"\x89\x81\x00\x00\x00\x00x", "\x8a\x01x"},
		{"\x88\x80\x00\x00\x00\x00", "\x88\x00"},
	} {
		io.WriteString(conn, message.sent)
		got := make([]byte, len(message.want))
		if _, err := io.ReadFull(conn.reader, got); err != nil || string(got) != message.want {
			t.Fatalf("got %q, %v, want %q", got, err, message.want)
		}
	}
	if rest, err := io.ReadAll(conn.reader); err != nil || len(rest) > 0 {
		t.Errorf("after the close: %q, %v", rest, err)
	}
}

func TestRequestsAtTheSameTimeAndGivenUpOnesAreCounted(t *testing.T) {
	s := newService(t, `{"latency": {"kind": "fixed", "value": "10s"}}`)
	for range 3 {
		s.connect(t).send(t, "GET", "/v1/stock/lamp")
	}
	s.until(t, func(stats Stats) bool { return stats.InFlightMax == 3 && stats.OpenConnections == 3 })
	conn := s.connect(t)
	conn.send(t, "GET", "/v1/stock/lamp")
	s.until(t, func(stats Stats) bool { return stats.InFlightMax == 4 })
	conn.Close()
	s.until(t, func(stats Stats) bool { return stats.Abandoned == 1 && stats.OpenConnections == 3 })
}

func (s *service) until(t *testing.T, holds func(Stats) bool) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !holds(s.stats(t)) {
		if time.Now().After(deadline) {
			t.Fatalf("stats are %+v", s.stats(t))
		}
		time.Sleep(2 * time.Millisecond)
	}
}
