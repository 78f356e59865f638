// Checkout is the Go app of the demo Pod: a plain HTTP server that knows nothing of its sidecars. It calls
// the inventory at a localhost address (its ambassador), reads a settings file (published by the config
// helper), emits StatsD and log files (taken up by the adapter), and expects its dependencies to be there
// when it starts (the init waiter saw to it).
package main

import (
	"context"
	"errors"
	"expvar"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"podmates.dev/test/apps/checkout/settings"
	"podmates.dev/test/apps/checkout/statsd"
	"podmates.dev/test/apps/internal/options"
	"podmates.dev/test/apps/internal/serve"
)

type config struct {
	address       string
	inventoryURL  string
	statsdAddress string
	logFile       string
	configFile    string
	stopTimeout   time.Duration
}

func main() {
	if err := run(os.Args[1:], os.LookupEnv, os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "checkout:", err)
		os.Exit(1)
	}
}

// run is the whole program but for the process around it.
func run(args []string, lookupEnv func(string) (string, bool), stdout io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	config, err := parse(args, lookupEnv)
	if err != nil {
		return err
	}
	log, closeLog, err := openLog(config.logFile, stdout)
	if err != nil {
		return err
	}
	defer closeLog()
	store, err := settings.Open(config.configFile, time.Now)
	if err != nil {
		return err
	}
	metrics, err := statsd.Dial(config.statsdAddress, "checkout")
	if err != nil {
		return err
	}
	defer metrics.Close()

	inventory := newInventory(config.inventoryURL)
	observer := newObserver(log, metrics)
	expvar.Publish("checkout", observer.vars)
	app := &app{settings: store, inventory: inventory, observer: observer, log: log}
	go app.reloadOn(ctx, hangups)

	listener, err := net.Listen("tcp", config.address)
	if err != nil {
		return err
	}
	log.Info("started", "address", listener.Addr().String(), "config_hash", store.State().Hash)
	server := &http.Server{Handler: app.routes(), ReadHeaderTimeout: 5 * time.Second}
	told := make(chan struct{})
	context.AfterFunc(ctx, func() {
		defer close(told)
		log.Info("stopping")
	})
	err = serve.Until(ctx, server, listener, config.stopTimeout)
	if ctx.Err() != nil {
		<-told
	}
	log.Info("stopped", "clean", err == nil)
	return err
}

func parse(args []string, lookupEnv func(string) (string, bool)) (config, error) {
	var c config
	flags := flag.NewFlagSet("checkout", flag.ContinueOnError)
	flags.StringVar(&c.address, "address", ":8080", "`host:port` to serve on")
	flags.StringVar(&c.inventoryURL, "inventory-url", "http://127.0.0.1:15010", "base `URL` of the inventory, in a Pod its ambassador")
	flags.StringVar(&c.statsdAddress, "statsd-address", "127.0.0.1:9125", "`host:port` for StatsD over UDP")
	flags.StringVar(&c.logFile, "log-file", "/var/log/app/checkout.log", "`file` for a second copy of the log; empty for none")
	flags.StringVar(&c.configFile, "config-file", "/config/app.yaml", "settings `file`, loaded again on SIGHUP")
	flags.DurationVar(&c.stopTimeout, "stop-timeout", 10*time.Second, "how long requests in flight may take after SIGTERM")
	return c, options.Parse(flags, args, lookupEnv)
}

// openLog writes JSON lines to stdout and, where a file is named, the same lines to it.
func openLog(file string, stdout io.Writer) (*slog.Logger, func(), error) {
	if file == "" {
		return slog.New(slog.NewJSONHandler(stdout, nil)), func() {}, nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return nil, nil, err
	}
	out, err := os.OpenFile(file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, nil, err
	}
	log := slog.New(slog.NewJSONHandler(io.MultiWriter(stdout, out), nil))
	return log, func() { out.Close() }, nil
}
