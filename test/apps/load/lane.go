package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"syscall"
	"time"
)

// connecting is how a lane comes to the connection for its next request.
type connecting int

const (
	keepsConnection connecting = iota
	connectsAnew
)

// lane is one client: one request at a time.
type lane struct {
	client *http.Client
	url    string
	pause  time.Duration
}

func newLane(c config, connecting connecting) *lane {
	transport := &http.Transport{DisableKeepAlives: connecting == connectsAnew}
	return &lane{client: &http.Client{Transport: transport, Timeout: c.timeout}, url: c.url, pause: c.pause}
}

// drive asks until ctx ends; a request that is under way then still counts.
func (l *lane) drive(ctx context.Context, tally *tally, log *slog.Logger) {
	for ctx.Err() == nil {
		since := time.Now()
		failure := l.ask()
		tally.count(failure)
		if failure != "" {
			log.Warn("failed", "failure", failure, "duration_ms", time.Since(since).Milliseconds())
		}
		select {
		case <-ctx.Done():
		case <-time.After(l.pause):
		}
	}
}

// ask returns what was wrong with the answer, or "".
func (l *lane) ask() string {
	isConnected := false
	gotConnection := &httptrace.ClientTrace{GotConn: func(httptrace.GotConnInfo) { isConnected = true }}
	ctx := httptrace.WithClientTrace(context.Background(), gotConnection)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, l.url, nil)
	if err != nil {
		return err.Error()
	}
	answer, err := l.client.Do(request)
	if err != nil && !isConnected {
		return kindOfNoConnection(err)
	}
	if err != nil {
		return kindOf(err)
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return "cut in the body: " + kindOf(err)
	}
	if answer.StatusCode != http.StatusOK {
		return answer.Status
	}
	return ""
}

// kindOfNoConnection is the kind of a request that reached nobody, which is no fault of one that ends in order.
func kindOfNoConnection(err error) string {
	if kind := kindOf(err); kind != "no answer in time" {
		return kind
	}
	return "no connection in time"
}

// kindOf names the failures that an orderly end must not cause; whatever else it is keeps its own words.
func kindOf(err error) string {
	var unwrapped *url.Error
	if errors.As(err, &unwrapped) {
		err = unwrapped.Err
	}
	var network net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.ECONNRESET):
		return "connection reset"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "connection closed without an answer"
	case errors.As(err, &network) && network.Timeout():
		return "no answer in time"
	}
	return err.Error()
}
