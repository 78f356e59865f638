package prometheus

import (
	"net/http/httptest"
	"testing"
)

func TestTheScrapeIsThePrometheusTextFormat(t *testing.T) {
	registry := &Registry{}
	requests := registry.Counter("shop_requests_total", "Requests answered.", "route", "code")
	seconds := registry.Histogram("shop_seconds", "Time to answer.")
	requests.Inc("quote", "200")
	requests.Inc("quote", "200")
	requests.Inc("a \"quoted\"\nroute", "500")
	seconds.Observe(0.004)
	seconds.Observe(0.01)
	seconds.Observe(60)

	answer := httptest.NewRecorder()
	registry.ServeHTTP(answer, httptest.NewRequest("GET", "/metrics", nil))

	if got := answer.Header().Get("Content-Type"); got != "text/plain; version=0.0.4; charset=utf-8" {
		t.Errorf("content type %q", got)
	}
	if got := answer.Body.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

const want = `# HELP shop_requests_total Requests answered.
# TYPE shop_requests_total counter
shop_requests_total{route="a \"quoted\"\nroute",code="500"} 1
shop_requests_total{route="quote",code="200"} 2
# HELP shop_seconds Time to answer.
# TYPE shop_seconds histogram
shop_seconds_bucket{le="0.005"} 1
shop_seconds_bucket{le="0.01"} 2
shop_seconds_bucket{le="0.025"} 2
shop_seconds_bucket{le="0.05"} 2
shop_seconds_bucket{le="0.1"} 2
shop_seconds_bucket{le="0.25"} 2
shop_seconds_bucket{le="0.5"} 2
shop_seconds_bucket{le="1"} 2
shop_seconds_bucket{le="2.5"} 2
shop_seconds_bucket{le="5"} 2
shop_seconds_bucket{le="10"} 2
shop_seconds_bucket{le="+Inf"} 3
shop_seconds_sum 60.014
shop_seconds_count 3
`
