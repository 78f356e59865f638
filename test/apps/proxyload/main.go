//go:build linux

// Proxyload is the other side of the proxy benches: a backend that answers at once, and clients that ask it, by way of a
// proxy or directly. Each is one thread around epoll, so that backend and clients together fit on one core and still
// outrun the proxy on the other one. Linux only, as the benches are.
//
//	proxyload backend                          answers until it is killed; tells its port at first
//	proxyload closed -target host:port ...     each connection has one request under way: what the proxy can do at most
//	proxyload open -target host:port -rate ... requests by the clock, however slow the answers: what clients would wait
//	proxyload hold -target host:port ...       connections that have asked once and are kept until stdin ends
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"time"
)

func main() {
	// A second thread would only move work between the cores' caches.
	runtime.GOMAXPROCS(1)
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "proxyload:", err)
		os.Exit(1)
	}
}

type options struct {
	target      string
	workload    string
	host        string
	connections int
	rate        float64
	duration    time.Duration
	warmup      time.Duration
	seed        uint64
}

func run(args []string, stdin io.Reader, stdout io.Writer) error {
	if len(args) == 0 {
		return errors.New("expected a command: backend, closed, open or hold")
	}
	o, err := parse(args[0], args[1:])
	if err != nil {
		return err
	}
	switch args[0] {
	case "backend":
		return serveBackend(func(port int) error { return tell(stdout, map[string]int{"port": port}) })
	case "closed":
		return report(stdout)(closedLoop(o))
	case "open":
		return report(stdout)(openLoop(o))
	case "hold":
		return hold(o, func() error { return tell(stdout, map[string]int{"open": o.connections}) }, stdin)
	default:
		return fmt.Errorf("unknown command %q: expected backend, closed, open or hold", args[0])
	}
}

func parse(command string, args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("load "+command, flag.ContinueOnError)
	flags.StringVar(&o.target, "target", "", "`host:port` to ask; an IPv4 address")
	flags.StringVar(&o.workload, "workload", "get", "what is asked: get, 1k, 64k or post, or GET with the `path` given")
	flags.StringVar(&o.host, "host", "inventory.shop.svc.cluster.local:8080", "the `name` in the Host field")
	flags.IntVar(&o.connections, "connections", 32, "how many connections at most")
	flags.Float64Var(&o.rate, "rate", 1000, "requests per second of an open loop")
	flags.DurationVar(&o.duration, "duration", 5*time.Second, "how long requests are sent")
	flags.DurationVar(&o.warmup, "warmup", 0, "how long before that, uncounted")
	flags.Uint64Var(&o.seed, "seed", 1, "of the jitter of an open loop")
	return o, flags.Parse(args)
}

func report(stdout io.Writer) func(result, error) error {
	return func(r result, err error) error {
		if err != nil {
			return err
		}
		return tell(stdout, r)
	}
}

func tell(stdout io.Writer, value any) error { return json.NewEncoder(stdout).Encode(value) }
