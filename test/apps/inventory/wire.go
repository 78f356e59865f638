package main

// What HTTP carries besides a request and its answer, each by a path of its own; none of it is in the sequence of a
// behaviour but /v1/request.

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// received is a request as it arrived here: what a proxy has made of it.
type received struct {
	Method  string      `json:"method"`
	Target  string      `json:"target"`
	Host    string      `json:"host"`
	Header  http.Header `json:"header"`
	Trailer http.Header `json:"trailer,omitempty"`
	Bytes   int64       `json:"bytes"`
	SHA256  string      `json:"sha256"`
	Error   string      `json:"error,omitempty"` // the body was not whole
}

func (i *inventory) received(r *http.Request) (int, answer) {
	return http.StatusOK, answer{Replica: i.replica, Received: read(r)}
}

// read reads the body to its end, since the trailers come after it.
func read(r *http.Request) *received {
	hash := sha256.New()
	bytes, err := io.Copy(hash, r.Body)
	got := &received{
		Method: r.Method, Target: r.RequestURI, Host: r.Host, Header: r.Header, Trailer: r.Trailer,
		Bytes: bytes, SHA256: hex.EncodeToString(hash.Sum(nil)),
	}
	if err != nil {
		got.Error = err.Error()
	}
	return got
}

// upload takes any body. With ?early=413 it answers with that status without a look at the body, and so without 100
// to a client that has asked by Expect whether it shall send it.
func (i *inventory) upload(w http.ResponseWriter, r *http.Request) {
	early, err := strconv.Atoi(r.URL.Query().Get("early"))
	if err == nil && early >= 400 && early < 600 {
		i.refuse(w, early)
		return
	}
	body, _ := json.Marshal(answer{Replica: i.replica, Received: read(r)})
	writeHead(w, http.StatusOK, body)
	w.Write(body)
}

// bytes streams ?size= bytes and tells the tally of each piece that left; 0..1 GiB.
func (i *inventory) bytes(w http.ResponseWriter, r *http.Request) {
	size, err := strconv.Atoi(r.URL.Query().Get("size"))
	if err != nil || size < 0 || size > 1<<30 {
		http.Error(w, "size: expected 0..1073741824", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(size))
	piece := make([]byte, 64<<10)
	for size > 0 {
		written, err := w.Write(piece[:min(size, len(piece))])
		i.tally.streamed(written)
		if err != nil {
			return
		}
		size -= written
	}
}

// events sends ?count= server-sent events, one every ?every=.
func events(w http.ResponseWriter, r *http.Request) {
	count, countErr := strconv.Atoi(r.URL.Query().Get("count"))
	every, everyErr := time.ParseDuration(r.URL.Query().Get("every"))
	if countErr != nil || everyErr != nil {
		http.Error(w, "expected count, a number, and every, a duration", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	controller := http.NewResponseController(w)
	controller.Flush()
	for number := range count {
		if !pause(r, every) {
			return
		}
		fmt.Fprintf(w, "data: %d\n\n", number)
		controller.Flush()
	}
}

// hints sends 103 before its answer.
func hints(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Link", "</style.css>; rel=preload")
	w.WriteHeader(http.StatusEarlyHints)
	io.WriteString(w, "hinted\n")
}

// trailers ends its answer with the fields that gRPC and checksums use.
func trailers(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Trailer", "Grpc-Status, X-Checksum")
	io.WriteString(w, "with trailers\n")
	w.Header().Set("Grpc-Status", "0")
	w.Header().Set("X-Checksum", "none")
}
