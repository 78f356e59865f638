package main

import (
	"expvar"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"podmates.dev/test/apps/checkout/statsd"
	"podmates.dev/test/apps/internal/prometheus"
)

// observer tells of every request in each of the ways in which Go apps do, so that the adapter meets all of
// them and can be checked against one another: a log line, StatsD, expvar and a Prometheus endpoint.
type observer struct {
	log      *slog.Logger
	statsd   *statsd.Client
	vars     *expvar.Map
	registry *prometheus.Registry
	requests *prometheus.Counter
	seconds  *prometheus.Histogram
	reloads  *prometheus.Counter
}

func newObserver(log *slog.Logger, metrics *statsd.Client) *observer {
	registry := &prometheus.Registry{}
	vars := new(expvar.Map)
	vars.Set("statsd_dropped", expvar.Func(func() any { return metrics.Dropped() }))
	return &observer{
		log:      log,
		statsd:   metrics,
		vars:     vars,
		registry: registry,
		requests: registry.Counter("checkout_requests_total", "Requests answered.", "route", "code"),
		seconds:  registry.Histogram("checkout_request_duration_seconds", "Time from a request's head to the end of its answer.", "route"),
		reloads:  registry.Counter("checkout_config_reloads_total", "Attempts to load the settings again.", "result"),
	}
}

// watch turns a function of the request into a handler that answers with JSON and is observed.
func (o *observer) watch(route string, answer func(*http.Request) (int, any)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		code, body := answer(r)
		writeJSON(w, code, body)
		o.request(r, route, code, body, time.Since(began))
	})
}

func (o *observer) request(r *http.Request, route string, code int, body any, elapsed time.Duration) {
	status := strconv.Itoa(code)
	o.requests.Inc(route, status)
	o.seconds.Observe(elapsed.Seconds(), route)
	o.statsd.Count("requests", 1, "route:"+route, "code:"+status)
	o.statsd.Timing("request_time", elapsed, "route:"+route)
	o.vars.Add("requests", 1)

	fields := []any{"route", route, "method", r.Method, "code", code, "elapsed_s", elapsed.Seconds()}
	if code < http.StatusInternalServerError {
		o.log.Info("request answered", fields...)
		return
	}
	o.vars.Add("failures", 1)
	if failed, ok := body.(failure); ok {
		fields = append(fields, "error", failed.Error)
	}
	o.log.Error("request failed", fields...)
}

func (o *observer) reloaded(err error) {
	result := "ok"
	if err != nil {
		result = "refused"
	}
	o.reloads.Inc(result)
	o.statsd.Count("config_reloads", 1, "result:"+result)
}
