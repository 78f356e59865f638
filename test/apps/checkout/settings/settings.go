// Package settings is the part of the app that a configuration helper works for: app.yaml, loaded at
// start, loaded again when asked, and kept as it was when the new file is broken.
package settings

import (
	"errors"
	"strconv"
	"time"
)

// Settings are the values of app.yaml. Each has a default, but a file without any is refused: that is
// what a torn write looks like.
type Settings struct {
	Greeting         string        // greeting: shown with every quote; at most 200 bytes
	Currency         string        // currency: three capital letters
	PriceCents       int           // price_cents: of one piece, before tax; 1..1_000_000
	TaxPercent       float64       // tax_percent: 0..100
	QuantityMax      int           // max_quantity: in one order; 1..1000
	InventoryTimeout time.Duration // inventory_timeout: for one call; 10ms..60s
}

func defaults() Settings {
	return Settings{
		Greeting:         "welcome",
		Currency:         "EUR",
		PriceCents:       1999,
		TaxPercent:       19,
		QuantityMax:      10,
		InventoryTimeout: 2 * time.Second,
	}
}

// Parse reads the text of app.yaml. An error names the line and what was expected there.
func Parse(text string) (Settings, error) {
	settings := defaults()
	found, err := fields(text)
	if err != nil {
		return Settings{}, err
	}
	if len(found) == 0 {
		return Settings{}, errors.New("the file sets nothing: an empty file is refused")
	}
	for _, f := range found {
		if err := settings.set(f); err != nil {
			return Settings{}, err
		}
	}
	return settings, nil
}

func (s *Settings) set(f field) error {
	switch f.key {
	case "greeting":
		if len(f.value) > 200 {
			return at(f.line, "greeting: expected at most 200 bytes, found %d", len(f.value))
		}
		s.Greeting = f.value
	case "currency":
		if !isCurrency(f.value) {
			return at(f.line, "currency: expected three capital letters, found %q", f.value)
		}
		s.Currency = f.value
	case "price_cents":
		return integer(f, 1, 1_000_000, &s.PriceCents)
	case "tax_percent":
		value, err := strconv.ParseFloat(f.value, 64)
		if err != nil || !(value >= 0 && value <= 100) {
			return at(f.line, "tax_percent: expected a number 0..100, found %q", f.value)
		}
		s.TaxPercent = value
	case "max_quantity":
		return integer(f, 1, 1000, &s.QuantityMax)
	case "inventory_timeout":
		value, err := time.ParseDuration(f.value)
		if err != nil || value < 10*time.Millisecond || value > time.Minute {
			return at(f.line, "inventory_timeout: expected a duration 10ms..60s, found %q", f.value)
		}
		s.InventoryTimeout = value
	default:
		return at(f.line, "unknown key %q", f.key)
	}
	return nil
}

func integer(f field, low, high int, target *int) error {
	value, err := strconv.Atoi(f.value)
	if err != nil || value < low || value > high {
		return at(f.line, "%s: expected a whole number %d..%d, found %q", f.key, low, high, f.value)
	}
	*target = value
	return nil
}

func isCurrency(text string) bool {
	if len(text) != 3 {
		return false
	}
	for i := range len(text) {
		if text[i] < 'A' || text[i] > 'Z' {
			return false
		}
	}
	return true
}
