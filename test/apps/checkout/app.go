package main

import (
	"context"
	"encoding/json"
	"errors"
	"expvar"
	"log/slog"
	"math"
	"net/http"
	"os"
	"strconv"
	"time"

	"podmates.dev/test/apps/checkout/settings"
)

// app answers the shop's requests and the few that operate it.
type app struct {
	settings  *settings.Store
	inventory *inventory
	observer  *observer
	log       *slog.Logger
}

func (a *app) routes() http.Handler {
	routes := http.NewServeMux()
	routes.Handle("GET /quote", a.observer.watch("quote", a.quote))
	routes.Handle("POST /orders", a.observer.watch("orders", a.order))
	routes.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("ok\n")) })
	routes.Handle("GET /metrics", a.observer.registry)
	routes.Handle("GET /debug/vars", expvar.Handler())
	routes.HandleFunc("GET /-/config", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, a.settings.State())
	})
	routes.HandleFunc("POST /-/reload", a.reloadNow)
	routes.HandleFunc("POST /-/panic", a.panicNow)
	return routes
}

type quote struct {
	SKU        string `json:"sku"`
	Quantity   int    `json:"quantity"`
	Available  bool   `json:"available"`
	TotalCents int    `json:"totalCents"`
	Currency   string `json:"currency"`
	Greeting   string `json:"greeting"`
	Replica    string `json:"replica"` // which inventory answered, so that a test can see the balancing
}

// quote prices ?sku=lamp&quantity=2; only the stock is asked for, so it may be repeated.
func (a *app) quote(r *http.Request) (int, any) {
	now := a.settings.Current()
	sku, quantity, problem := article(r, now)
	if problem != nil {
		return http.StatusBadRequest, problem
	}
	found, err := a.inventory.stock(r.Context(), sku, now.InventoryTimeout)
	if err != nil {
		return upstreamFailure(err)
	}
	return http.StatusOK, quoteOf(now, sku, quantity, found)
}

// order reserves ?sku=lamp&quantity=2 and answers with the price.
func (a *app) order(r *http.Request) (int, any) {
	now := a.settings.Current()
	sku, quantity, problem := article(r, now)
	if problem != nil {
		return http.StatusBadRequest, problem
	}
	reserved, err := a.inventory.reserve(r.Context(), sku, quantity, now.InventoryTimeout)
	var status *statusError
	if errors.As(err, &status) && status.code == http.StatusConflict {
		return http.StatusConflict, failure{Error: "not enough in stock"}
	}
	if err != nil {
		return upstreamFailure(err)
	}
	return http.StatusCreated, quoteOf(now, sku, quantity, reserved)
}

func quoteOf(now settings.Settings, sku string, quantity int, found stock) quote {
	net := float64(now.PriceCents * quantity)
	return quote{
		SKU:        sku,
		Quantity:   quantity,
		Available:  found.Quantity >= quantity,
		TotalCents: int(math.Round(net * (1 + now.TaxPercent/100))),
		Currency:   now.Currency,
		Greeting:   now.Greeting,
		Replica:    found.Replica,
	}
}

// failure is the body of every answer that is not a success.
type failure struct {
	Error string `json:"error"`
}

func article(r *http.Request, now settings.Settings) (sku string, quantity int, problem *failure) {
	sku = r.URL.Query().Get("sku")
	if sku == "" || len(sku) > 100 {
		return "", 0, &failure{Error: "sku: expected 1..100 bytes"}
	}
	quantity, err := strconv.Atoi(r.URL.Query().Get("quantity"))
	if err != nil || quantity < 1 || quantity > now.QuantityMax {
		return "", 0, &failure{Error: "quantity: expected a whole number 1.." + strconv.Itoa(now.QuantityMax)}
	}
	return sku, quantity, nil
}

func upstreamFailure(err error) (int, any) {
	if errors.Is(err, context.DeadlineExceeded) {
		return http.StatusGatewayTimeout, failure{Error: "the inventory took too long"}
	}
	return http.StatusBadGateway, failure{Error: err.Error()}
}

func (a *app) reloadNow(w http.ResponseWriter, _ *http.Request) {
	state, err := a.reload("request")
	if err != nil {
		writeJSON(w, http.StatusUnprocessableEntity, state)
		return
	}
	writeJSON(w, http.StatusOK, state)
}

// reloadOn reloads at every SIGHUP until ctx ends.
func (a *app) reloadOn(ctx context.Context, hangups <-chan os.Signal) {
	for {
		select {
		case <-hangups:
			a.reload("SIGHUP")
		case <-ctx.Done():
			return
		}
	}
}

func (a *app) reload(trigger string) (settings.State, error) {
	state, err := a.settings.Reload()
	a.observer.reloaded(err)
	if err != nil {
		a.log.Error("settings refused, the old ones stay", "trigger", trigger, "error", err.Error(), "config_hash", state.Hash)
		return state, err
	}
	a.log.Info("settings loaded", "trigger", trigger, "config_hash", state.Hash)
	return state, nil
}

// panicNow ends the process as a bug would: a panic on a goroutine that no HTTP server recovers, a trace
// of many lines on stderr, exit code 2.
func (a *app) panicNow(w http.ResponseWriter, _ *http.Request) {
	w.WriteHeader(http.StatusAccepted)
	http.NewResponseController(w).Flush()
	go func() {
		time.Sleep(10 * time.Millisecond) // lets the answer reach the client
		panic("asked to panic by POST /-/panic")
	}()
}

func writeJSON(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	json.NewEncoder(w).Encode(value)
}
