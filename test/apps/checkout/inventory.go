package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// inventory is the client of the upstream. It is deliberately plain: no retries, no breaker, no discovery
// and no TLS, since all of that is what the app's ambassador is for.
type inventory struct {
	baseURL string
	client  *http.Client
}

// stock is what the inventory says of one article.
type stock struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Replica  string `json:"replica"`
}

func newInventory(baseURL string) *inventory {
	return &inventory{baseURL: strings.TrimRight(baseURL, "/"), client: &http.Client{}}
}

// stock asks how many pieces there are: safe to repeat.
func (i *inventory) stock(ctx context.Context, sku string, timeout time.Duration) (stock, error) {
	return i.call(ctx, http.MethodGet, "/v1/stock/"+url.PathEscape(sku), timeout)
}

// reserve takes pieces out of the stock: not safe to repeat.
func (i *inventory) reserve(ctx context.Context, sku string, quantity int, timeout time.Duration) (stock, error) {
	path := fmt.Sprintf("/v1/reservations?sku=%s&quantity=%d", url.QueryEscape(sku), quantity)
	return i.call(ctx, http.MethodPost, path, timeout)
}

func (i *inventory) call(ctx context.Context, method, path string, timeout time.Duration) (stock, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, i.baseURL+path, nil)
	if err != nil {
		return stock{}, err
	}
	response, err := i.client.Do(request)
	if err != nil {
		return stock{}, err
	}
	defer response.Body.Close()
	// The body is read to its end also when nobody wants it: only then can the connection be used again.
	body, err := io.ReadAll(io.LimitReader(response.Body, 64<<20))
	if err != nil {
		return stock{}, fmt.Errorf("reading the inventory's answer: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return stock{}, &statusError{code: response.StatusCode}
	}
	var found stock
	if err := json.Unmarshal(body, &found); err != nil {
		return stock{}, fmt.Errorf("the inventory's answer is no JSON: %w", err)
	}
	return found, nil
}

// statusError is an answer that came, but not with 200.
type statusError struct{ code int }

func (e *statusError) Error() string { return fmt.Sprintf("the inventory answered %d", e.code) }
