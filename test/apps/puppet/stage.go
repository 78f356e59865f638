package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

const (
	// askWithin is how long a puppet that asks a URL waits for its answer.
	askWithin = 30 * time.Second
	// askEvery is the pause before it asks again.
	askEvery = 50 * time.Millisecond
)

// stage answers probes and hooks, and counts what it refused. A puppet without a port has an empty one.
type stage struct {
	part  part
	say   speech
	since time.Time

	one    sync.Mutex
	denied map[string]int
	last   map[string]bool
}

// open serves from before it returns.
func open(p part, say speech) (*stage, error) {
	s := &stage{part: p, say: say, since: time.Now(), denied: map[string]int{}, last: map[string]bool{}}
	if p.port == 0 {
		return s, nil
	}
	listener, err := net.Listen("tcp", fmt.Sprintf(":%d", p.port))
	if err != nil {
		return nil, err
	}
	go http.Serve(listener, s)
	return s, nil
}

// ServeHTTP answers a hook after its query parameter `takes`, and with its parameter `status`.
func (s *stage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/postStart", "/preStop":
		name := r.URL.Path[1:]
		s.say("%s", name)
		takes, _ := time.ParseDuration(r.URL.Query().Get("takes"))
		time.Sleep(takes)
		s.say("done %s", name)
		if r.URL.Query().Get("status") == "500" {
			w.WriteHeader(http.StatusInternalServerError)
		}
	case "/started", "/ready", "/live":
		if !s.count(r.URL.Path[1:]) {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	default:
		w.WriteHeader(http.StatusNotFound)
	}
}

func (s *stage) count(question string) bool {
	holds := s.part.holds(question, time.Since(s.since))
	s.one.Lock()
	defer s.one.Unlock()
	s.last[question] = holds
	if !holds {
		s.denied[question]++
	}
	return holds
}

func (p part) holds(question string, sinceStart time.Duration) bool {
	switch question {
	case "started":
		return sinceStart >= p.startedAfter
	case "ready":
		return sinceStart >= p.readyAfter && (p.readyUntil == 0 || sinceStart < p.readyUntil)
	default:
		return p.liveUntil == 0 || sinceStart < p.liveUntil
	}
}

// tell says how often a probe was refused that was never answered well again, as one that had this puppet ended.
func (s *stage) tell() {
	s.one.Lock()
	defer s.one.Unlock()
	for _, question := range []string{"started", "live"} {
		if holds, isAsked := s.last[question]; isAsked && !holds {
			s.say("note /%s was refused %d times", question, s.denied[question])
		}
	}
}

// answer is the exit code of a puppet that only looks for a file or asks a URL.
func answer(p part) int {
	if p.look != "" {
		if _, err := os.Stat(p.look); err != nil {
			return 1
		}
		return 0
	}
	for since := time.Now(); ; time.Sleep(askEvery) {
		status, err := statusOf(p.ask)
		if err == nil && status >= 200 && status <= 299 {
			return 0
		}
		if err == nil || time.Since(since) >= p.patience {
			return 1
		}
	}
}

func statusOf(url string) (int, error) {
	client := http.Client{Timeout: askWithin}
	response, err := client.Get(url)
	if err != nil {
		return 0, err
	}
	response.Body.Close()
	return response.StatusCode, nil
}
