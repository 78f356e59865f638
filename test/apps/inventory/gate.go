package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"time"
)

// gate is the way in to the data port: it can be shut, so that connects are refused by the kernel as if no
// process were there, and opened again on the same port; it counts connections; and it closes idle ones.
type gate struct {
	server *http.Server
	tally  *tally

	mu       sync.Mutex
	address  string // with the real port once it was opened
	listener net.Listener
	served   chan struct{} // closed when the server has left the listener

	idleMu         sync.Mutex
	closeIdleAfter *Duration
	idle           map[net.Conn]*time.Timer
}

func newGate(address string, handler http.Handler, tally *tally) *gate {
	g := &gate{address: address, tally: tally, idle: map[net.Conn]*time.Timer{}}
	g.server = &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second, ConnState: g.onConnState}
	return g
}

// open does nothing when the gate is open already.
func (g *gate) open() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener != nil {
		return nil
	}
	listener, err := net.Listen("tcp", g.address)
	if err != nil {
		return err
	}
	g.listener, g.address, g.served = listener, listener.Addr().String(), make(chan struct{})
	go func(served chan<- struct{}) {
		defer close(served)
		g.server.Serve(listener) // returns when the listener is closed; the connections live on
	}(g.served)
	return nil
}

// shut closes the listener alone, and returns when the server has left it: a server that is stopped sooner would
// close it once more, and report that as a failure.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.listener == nil {
		return
	}
	g.listener.Close()
	<-g.served
	g.listener = nil
}

// stop lets requests in flight finish, at most for timeout.
func (g *gate) stop(timeout time.Duration) error {
	g.shut()
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	if err := g.server.Shutdown(ctx); err != nil {
		return errors.Join(err, g.server.Close())
	}
	return nil
}

// closeIdle sets how soon a connection is closed once it is idle; nil for never.
func (g *gate) closeIdle(after *Duration) {
	g.idleMu.Lock()
	defer g.idleMu.Unlock()
	g.closeIdleAfter = after
}

func (g *gate) onConnState(conn net.Conn, state http.ConnState) {
	g.idleMu.Lock()
	defer g.idleMu.Unlock()
	switch state {
	case http.StateNew:
		g.tally.connectionOpened()
	case http.StateIdle:
		if g.closeIdleAfter != nil {
			g.idle[conn] = time.AfterFunc(g.closeIdleAfter.Duration, func() { conn.Close() })
		}
	default:
		if timer := g.idle[conn]; timer != nil {
			timer.Stop()
			delete(g.idle, conn)
		}
	}
	if state == http.StateClosed || state == http.StateHijacked {
		g.tally.connectionClosed()
	}
}
