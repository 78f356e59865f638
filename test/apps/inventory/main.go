// Inventory is the upstream of the demo Pod: a small HTTP service that misbehaves on command, always in the
// same way for the same seed, and counts what it really received. Tests and the demo use it to see what an
// ambassador makes of a slow, failing, refusing or dying replica.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"podmates.dev/test/apps/internal/options"
	"podmates.dev/test/apps/internal/serve"
)

type config struct {
	address     string
	control     string
	replica     string
	behaviour   Behaviour
	stopTimeout time.Duration
}

func main() {
	if err := run(os.Args[1:], os.LookupEnv, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "inventory:", err)
		os.Exit(1)
	}
}

// run is the whole program but for the process around it.
func run(args []string, lookupEnv func(string) (string, bool), stdout io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	config, err := parse(args, lookupEnv)
	if err != nil {
		return err
	}

	log := slog.New(slog.NewJSONHandler(stdout, nil)).With("replica", config.replica)
	tally := newTally(config.replica)
	inventory := newInventory(config.replica, tally)
	gate := newGate(config.address, inventory.routes(), tally)
	control := &control{inventory: inventory, gate: gate, tally: tally, initial: config.behaviour}
	listener, err := net.Listen("tcp", config.control)
	if err != nil {
		return err
	}
	if err := control.behave(config.behaviour); err != nil {
		return err
	}

	log.Info("started", "address", gate.address, "control", listener.Addr().String())
	err = serve.Until(ctx, &http.Server{Handler: control.routes(), ReadHeaderTimeout: 5 * time.Second}, listener, config.stopTimeout)
	err = errors.Join(err, gate.stop(config.stopTimeout))
	stats := tally.snapshot()
	log.Info("stopped", "clean", err == nil, "requests", stats.Requests, "connections", stats.Connections)
	return err
}

func parse(args []string, lookupEnv func(string) (string, bool)) (config, error) {
	var c config
	hostname, _ := os.Hostname()
	flags := flag.NewFlagSet("inventory", flag.ContinueOnError)
	flags.StringVar(&c.address, "address", ":8080", "`host:port` of the data port")
	flags.StringVar(&c.control, "control", ":8081", "`host:port` of the control port")
	flags.StringVar(&c.replica, "replica", hostname, "`name` that each answer carries")
	flags.Func("behaviour", "how to behave from the start: the `JSON` of PUT /-/behaviour", func(text string) (err error) {
		c.behaviour, err = readBehaviour(strings.NewReader(text))
		return err
	})
	flags.DurationVar(&c.stopTimeout, "stop-timeout", 5*time.Second, "how long requests in flight may take after SIGTERM")
	return c, options.Parse(flags, args, lookupEnv)
}
