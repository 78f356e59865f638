package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// inventory serves stock figures, and misbehaves as the behaviour says.
type inventory struct {
	replica string
	tally   *tally
	exit    func(code int)

	mu        sync.Mutex
	behaviour Behaviour
	number    uint64 // of the next request under this behaviour
}

func newInventory(replica string, tally *tally) *inventory {
	return &inventory{replica: replica, tally: tally, exit: os.Exit}
}

// behave begins the sequence of b at its first decision.
func (i *inventory) behave(b Behaviour) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.behaviour, i.number = b, 0
}

func (i *inventory) routes() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /healthz", i.health)
	routes.HandleFunc("GET /v1/stock/{sku}", i.misbehaving(i.stock))
	routes.HandleFunc("POST /v1/reservations", i.misbehaving(i.reserve))
	routes.HandleFunc("/v1/request", i.misbehaving(i.received))
	routes.HandleFunc("POST /v1/uploads", i.upload)
	routes.HandleFunc("GET /v1/bytes", i.bytes)
	routes.HandleFunc("GET /v1/events", events)
	routes.HandleFunc("GET /v1/hints", hints)
	routes.HandleFunc("GET /v1/trailers", trailers)
	routes.HandleFunc("GET /v1/socket", socket)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i.tally.request(r)
		routes.ServeHTTP(w, r)
	})
}

// answer is the body of every answer that comes to its end.
type answer struct {
	SKU      string    `json:"sku,omitempty"`
	Quantity int       `json:"quantity"`
	Replica  string    `json:"replica"`
	Received *received `json:"received,omitempty"`
	Error    string    `json:"error,omitempty"`
	Padding  string    `json:"padding,omitempty"`
}

func (i *inventory) health(w http.ResponseWriter, _ *http.Request) {
	i.mu.Lock()
	unhealthy := i.behaviour.Unhealthy
	i.mu.Unlock()
	if unhealthy {
		http.Error(w, "unhealthy by command", http.StatusServiceUnavailable)
		return
	}
	w.Write([]byte("ok\n"))
}

// stock says how many pieces there are: a hundred of everything, none of "sold-out".
func (i *inventory) stock(r *http.Request) (int, answer) {
	return http.StatusOK, i.stockOf(r.PathValue("sku"))
}

// reserve answers 409 when there are fewer than asked for. Nothing is really taken: what counts is the tally.
func (i *inventory) reserve(r *http.Request) (int, answer) {
	found := i.stockOf(r.URL.Query().Get("sku"))
	quantity, err := strconv.Atoi(r.URL.Query().Get("quantity"))
	if err != nil || quantity < 1 {
		found.Error = "quantity: expected a whole number above 0"
		return http.StatusBadRequest, found
	}
	if quantity > found.Quantity {
		found.Error = "not enough in stock"
		return http.StatusConflict, found
	}
	return http.StatusOK, found
}

func (i *inventory) stockOf(sku string) answer {
	if sku == "sold-out" {
		return answer{SKU: sku, Replica: i.replica}
	}
	return answer{SKU: sku, Quantity: 100, Replica: i.replica}
}

// misbehaving draws what befalls the request, counts it, lets the latency pass, and sends the answer or
// what the fault makes of it.
func (i *inventory) misbehaving(answerOf func(*http.Request) (int, answer)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		drawn, bodyBytes := i.next()
		i.tally.outcome(drawn.fault)
		defer i.tally.begun()()
		if !pause(r, drawn.latency) {
			i.tally.abandoned()
			return
		}
		code, found := answerOf(r)
		i.send(w, r, drawn.fault, code, padded(found, bodyBytes))
	}
}

func (i *inventory) next() (drawn decision, bodyBytes int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	drawn = i.behaviour.decide(i.number)
	i.number++
	return drawn, i.behaviour.BodyBytes
}

func padded(found answer, bytesMin int) []byte {
	body, _ := json.Marshal(found)
	if missing := bytesMin - len(body) - len(`,"padding":""`); missing > 0 {
		found.Padding = strings.Repeat(".", missing)
		body, _ = json.Marshal(found)
	}
	return body
}

func (i *inventory) send(w http.ResponseWriter, r *http.Request, fault *Fault, code int, body []byte) {
	if fault == nil {
		writeHead(w, code, body)
		w.Write(body)
		return
	}
	switch fault.Kind {
	case "status":
		if fault.RetryAfter.Duration > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(fault.RetryAfter.Seconds())))
		}
		i.refuse(w, fault.Code)
	case "too-many":
		w.Header().Set("Retry-After", strconv.Itoa(int(fault.RetryAfter.Seconds())))
		i.refuse(w, http.StatusTooManyRequests)
	case "garbage":
		conn := hijack(w)
		io.WriteString(conn, "this is no HTTP\r\n\r\n")
		conn.Close()
	case "close-before-head":
		hijack(w).Close()
	case "reset-before-head":
		reset(w)
	case "reset-after-head":
		writeHead(w, code, body)
		letArrive(w)
		reset(w)
	case "reset-mid-body":
		writeHead(w, code, body)
		w.Write(body[:len(body)/2])
		letArrive(w)
		reset(w)
	case "trickle":
		writeHead(w, code, body)
		trickle(w, r, body, fault)
	case "die":
		i.exit(fault.ExitCode)
	default:
		panic("a fault that was not checked: " + fault.Kind)
	}
}

func (i *inventory) refuse(w http.ResponseWriter, code int) {
	body := padded(answer{Replica: i.replica, Error: strings.ToLower(http.StatusText(code)) + " by command"}, 0)
	writeHead(w, code, body)
	w.Write(body)
}

func writeHead(w http.ResponseWriter, code int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(code)
}

// letArrive sends what was written and gives it time on its way: the reset that follows throws away what the
// kernel has not sent yet. Between two ends on one machine bytes need far less.
func letArrive(w http.ResponseWriter) {
	http.NewResponseController(w).Flush()
	time.Sleep(5 * time.Millisecond)
}

// reset ends the connection with RST in place of FIN.
func reset(w http.ResponseWriter) {
	conn := hijack(w)
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

func hijack(w http.ResponseWriter) net.Conn {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	return conn
}

func trickle(w http.ResponseWriter, r *http.Request, body []byte, fault *Fault) {
	controller := http.NewResponseController(w)
	chunk := max(fault.ChunkBytes, 1)
	for len(body) > 0 && pause(r, fault.Every.Duration) {
		n := min(chunk, len(body))
		w.Write(body[:n])
		controller.Flush()
		body = body[n:]
	}
}

// pause waits, and says false when the client went away meanwhile.
func pause(r *http.Request, duration time.Duration) bool {
	if duration == 0 {
		return true
	}
	timer := time.NewTimer(duration)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}
