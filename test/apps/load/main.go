// Load asks one URL again and again from inside the cluster, and tells every request that failed. It is what
// the end-to-end tests hold a rolling update and the end of a Pod against: a failure that a client sees counts,
// whoever caused it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"podmates.dev/test/apps/internal/options"
)

type config struct {
	url     string
	kept    int
	fresh   int
	pause   time.Duration
	timeout time.Duration
	length  time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if err := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// run drives until ctx ends or its time is over, and lets the requests that are under way finish. The line "progress" of each
// second and the last line "stopped" have the counts of all requests.
func run(ctx context.Context, args []string, lookupEnv func(string) (string, bool), stdout io.Writer) error {
	config, err := parse(args, lookupEnv)
	if err != nil {
		return err
	}
	if config.length > 0 {
		limited, cancel := context.WithTimeout(ctx, config.length)
		defer cancel()
		ctx = limited
	}
	log := slog.New(slog.NewJSONHandler(stdout, nil))
	tally := &tally{failures: map[string]int{}}
	log.Info("started", "url", config.url, "kept", config.kept, "fresh", config.fresh)

	var lanes sync.WaitGroup
	for range config.kept {
		lanes.Add(1)
		go func() {
			defer lanes.Done()
			newLane(config, keepsConnection).drive(ctx, tally, log)
		}()
	}
	for range config.fresh {
		lanes.Add(1)
		go func() {
			defer lanes.Done()
			newLane(config, connectsAnew).drive(ctx, tally, log)
		}()
	}
	go tally.tellEach(ctx, time.Second, log)
	lanes.Wait()
	log.Info("stopped", tally.facts()...)
	return nil
}

func parse(args []string, lookupEnv func(string) (string, bool)) (config, error) {
	var c config
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	flags.StringVar(&c.url, "url", "", "`URL` to ask")
	flags.IntVar(&c.kept, "kept", 4, "`lanes` that keep their connection, as a client with a pool does")
	flags.IntVar(&c.fresh, "fresh", 4, "`lanes` that connect anew for each request, so that a Service chooses each time")
	flags.DurationVar(&c.pause, "pause", 10*time.Millisecond, "between two requests of a lane")
	flags.DurationVar(&c.timeout, "timeout", 10*time.Second, "longest time for one request")
	flags.DurationVar(&c.length, "for", 0, "ends by itself after this time; 0 waits for SIGTERM")
	if err := options.Parse(flags, args, lookupEnv); err != nil {
		return c, err
	}
	if c.url == "" {
		return c, errors.New("which URL? -url http://checkout/quote")
	}
	return c, nil
}
