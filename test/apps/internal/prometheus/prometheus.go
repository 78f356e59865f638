// Package prometheus keeps a few counters and histograms and writes them in the Prometheus text format,
// version 0.0.4. A real app would use client_golang; the test apps depend on the standard library alone
// so that they build on a machine without a module proxy.
package prometheus

import (
	"fmt"
	"io"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
)

// secondsBuckets are client_golang's default buckets.
var secondsBuckets = []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

// Registry holds metrics in the order in which they were made and serves them over HTTP.
type Registry struct {
	mu      sync.Mutex
	metrics []metric
}

type metric interface{ write(w io.Writer) }

// Counter is a number that only rises, one per combination of label values.
type Counter struct {
	family
	values map[string]float64
}

// Histogram counts observations in seconds by bucket, one set per combination of label values.
type Histogram struct {
	family
	series map[string]*distribution
}

type distribution struct {
	buckets []uint64
	count   uint64
	sum     float64
}

type family struct {
	mu         sync.Mutex
	name, help string
	labels     []string
}

// Counter registers a counter; values for its labels are given to Inc in the same order.
func (r *Registry) Counter(name, help string, labels ...string) *Counter {
	c := &Counter{family: family{name: name, help: help, labels: labels}, values: map[string]float64{}}
	r.add(c)
	return c
}

// Histogram registers a histogram of seconds.
func (r *Registry) Histogram(name, help string, labels ...string) *Histogram {
	h := &Histogram{family: family{name: name, help: help, labels: labels}, series: map[string]*distribution{}}
	r.add(h)
	return h
}

// ServeHTTP answers a scrape.
func (r *Registry) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, m := range r.metrics {
		m.write(w)
	}
}

func (r *Registry) add(m metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.metrics = append(r.metrics, m)
}

// Inc adds one to the series with these label values.
func (c *Counter) Inc(values ...string) {
	key := c.pairs(values)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values[key]++
}

func (c *Counter) write(w io.Writer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writeHead(w, "counter")
	for _, key := range sortedKeys(c.values) {
		fmt.Fprintf(w, "%s%s %s\n", c.name, braces(key), number(c.values[key]))
	}
}

// Observe records one duration.
func (h *Histogram) Observe(seconds float64, values ...string) {
	key := h.pairs(values)
	h.mu.Lock()
	defer h.mu.Unlock()
	d := h.series[key]
	if d == nil {
		d = &distribution{buckets: make([]uint64, len(secondsBuckets))}
		h.series[key] = d
	}
	if i := sort.SearchFloat64s(secondsBuckets, seconds); i < len(secondsBuckets) {
		d.buckets[i]++
	}
	d.count++
	d.sum += seconds
}

func (h *Histogram) write(w io.Writer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writeHead(w, "histogram")
	for _, key := range sortedKeys(h.series) {
		d := h.series[key]
		var cumulative uint64
		for i, bound := range secondsBuckets {
			cumulative += d.buckets[i]
			fmt.Fprintf(w, "%s_bucket%s %d\n", h.name, braces(join(key, `le="`+number(bound)+`"`)), cumulative)
		}
		fmt.Fprintf(w, "%s_bucket%s %d\n", h.name, braces(join(key, `le="+Inf"`)), d.count)
		fmt.Fprintf(w, "%s_sum%s %s\n", h.name, braces(key), number(d.sum))
		fmt.Fprintf(w, "%s_count%s %d\n", h.name, braces(key), d.count)
	}
}

func (f *family) writeHead(w io.Writer, kind string) {
	fmt.Fprintf(w, "# HELP %s %s\n# TYPE %s %s\n", f.name, f.help, f.name, kind)
}

// pairs is both the text between the braces and the key of the series. A wrong number of values is a
// mistake in the program, so it panics.
func (f *family) pairs(values []string) string {
	if len(values) != len(f.labels) {
		panic(fmt.Sprintf("%s: %d values for the labels %v", f.name, len(values), f.labels))
	}
	pairs := make([]string, len(values))
	for i, value := range values {
		pairs[i] = f.labels[i] + `="` + labelEscaper.Replace(value) + `"`
	}
	return strings.Join(pairs, ",")
}

var labelEscaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

func braces(pairs string) string {
	if pairs == "" {
		return ""
	}
	return "{" + pairs + "}"
}

func join(pairs, more string) string {
	if pairs == "" {
		return more
	}
	return pairs + "," + more
}

func number(value float64) string {
	return strconv.FormatFloat(value, 'g', -1, 64)
}

func sortedKeys[V any](series map[string]V) []string {
	keys := make([]string, 0, len(series))
	for key := range series {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
