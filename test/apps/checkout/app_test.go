package main

import (
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"podmates.dev/test/apps/checkout/settings"
	"podmates.dev/test/apps/checkout/statsd"
)

func TestAQuoteHasThePriceFromTheSettingsAndTheStockFromTheInventory(t *testing.T) {
	shop := newShop(t, "price_cents: 1000\ntax_percent: 20\ncurrency: CHF\ngreeting: hi\n")
	code, body := shop.do(t, "GET", "/quote?sku=lamp&quantity=2")
	if code != 200 {
		t.Fatalf("got %d %s", code, body)
	}
	var got quote
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := quote{SKU: "lamp", Quantity: 2, Available: true, TotalCents: 2400, Currency: "CHF", Greeting: "hi", Replica: "one"}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAnswersToTheClientByWhatTheInventoryDid(t *testing.T) {
	cases := []struct {
		name, method, target string
		inventory            http.HandlerFunc
		want                 int
	}{
		{"an order that was reserved", "POST", "/orders?sku=lamp&quantity=1", plenty, 201},
		{"an order for more than there is", "POST", "/orders?sku=lamp&quantity=1", answering(409), 409},
		{"an inventory that fails", "GET", "/quote?sku=lamp&quantity=1", answering(503), 502},
		{"an inventory that answers nonsense", "GET", "/quote?sku=lamp&quantity=1", answering(200), 502},
		{"an inventory that takes too long", "GET", "/quote?sku=lamp&quantity=1", never, 504},
		{"no article", "GET", "/quote?quantity=1", plenty, 400},
		{"more than may be ordered", "GET", "/quote?sku=lamp&quantity=11", plenty, 400},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			shop := newShop(t, "inventory_timeout: 20ms\n")
			shop.answer = c.inventory
			if code, body := shop.do(t, c.method, c.target); code != c.want {
				t.Errorf("got %d %s, want %d", code, body, c.want)
			}
		})
	}
}

func TestAReloadTakesTheNewFileAndReportsItsHash(t *testing.T) {
	shop := newShop(t, "greeting: old\n")
	_, before := shop.do(t, "GET", "/-/config")
	shop.write(t, "greeting: new\n")

	code, reloaded := shop.do(t, "POST", "/-/reload")
	_, after := shop.do(t, "GET", "/-/config")
	if code != 200 || reloaded != after || after == before {
		t.Errorf("reload answered %d %s; config was %s, is %s", code, reloaded, before, after)
	}
	if _, body := shop.do(t, "GET", "/quote?sku=lamp&quantity=1"); !strings.Contains(body, `"greeting":"new"`) {
		t.Errorf("the quote is still %s", body)
	}
}

func TestABrokenFileIsRefusedAndTheOldOneServes(t *testing.T) {
	shop := newShop(t, "greeting: old\n")
	shop.write(t, "greeting: new\nprice_cents: free\n")

	code, body := shop.do(t, "POST", "/-/reload")
	if code != 422 || !strings.Contains(body, "line 2: price_cents") {
		t.Errorf("got %d %s", code, body)
	}
	if _, body := shop.do(t, "GET", "/quote?sku=lamp&quantity=1"); !strings.Contains(body, `"greeting":"old"`) {
		t.Errorf("the quote is %s", body)
	}
}

func TestARequestIsToldInTheLogInStatsDAndInTheMetrics(t *testing.T) {
	shop := newShop(t, "greeting: hi\n")
	shop.do(t, "GET", "/quote?sku=lamp&quantity=1")

	if _, body := shop.do(t, "GET", "/metrics"); !strings.Contains(body, `checkout_requests_total{route="quote",code="200"} 1`) {
		t.Errorf("metrics are\n%s", body)
	}
	if got := shop.datagram(t); got != "checkout.requests:1|c|#route:quote,code:200" {
		t.Errorf("StatsD got %q", got)
	}
	var line struct {
		Msg, Route string
		Code       int
		Elapsed    float64 `json:"elapsed_s"`
	}
	if err := json.Unmarshal([]byte(shop.log.String()), &line); err != nil {
		t.Fatalf("%v in %s", err, shop.log.String())
	}
	if line.Msg != "request answered" || line.Route != "quote" || line.Code != 200 || line.Elapsed <= 0 {
		t.Errorf("log line is %+v", line)
	}
}

// shop is the app with an inventory that a test scripts, and with its StatsD and log in the test's hands.
type shop struct {
	url, file string
	answer    http.HandlerFunc
	statsd    net.PacketConn
	log       strings.Builder
}

func newShop(t *testing.T, text string) *shop {
	t.Helper()
	s := &shop{answer: plenty, file: filepath.Join(t.TempDir(), "app.yaml")}
	s.write(t, text)
	store, err := settings.Open(s.file, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	s.statsd, err = net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := statsd.Dial(s.statsd.LocalAddr().String(), "checkout")
	if err != nil {
		t.Fatal(err)
	}
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.answer(w, r) }))
	log := slog.New(slog.NewJSONHandler(&s.log, nil))
	a := &app{settings: store, inventory: newInventory(upstream.URL), observer: newObserver(log, metrics), log: log}
	server := httptest.NewServer(a.routes())
	s.url = server.URL
	t.Cleanup(func() { server.Close(); upstream.Close(); metrics.Close(); s.statsd.Close() })
	return s
}

func (s *shop) write(t *testing.T, text string) {
	t.Helper()
	if err := os.WriteFile(s.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (s *shop) do(t *testing.T, method, target string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(method, s.url+target, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func (s *shop) datagram(t *testing.T) string {
	t.Helper()
	if err := s.statsd.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buffer := make([]byte, 1500)
	n, _, err := s.statsd.ReadFrom(buffer)
	if err != nil {
		t.Fatal(err)
	}
	return string(buffer[:n])
}

func plenty(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, stock{SKU: "lamp", Quantity: 100, Replica: "one"})
}

func answering(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

// never answers, until the client has gone.
func never(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
