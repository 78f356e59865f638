package main

import (
	"encoding/json"
	"net/http"
)

// control is the second port, which no behaviour ever touches:
//
//	GET  /-/behaviour   the behaviour in force
//	PUT  /-/behaviour   a new one; its sequence begins anew, the counts go on
//	GET  /-/stats       what was really received
//	POST /-/reset       all counts to zero and the behaviour back to the one of the start
type control struct {
	inventory *inventory
	gate      *gate
	tally     *tally
	initial   Behaviour
}

func (c *control) routes() http.Handler {
	routes := http.NewServeMux()
	routes.HandleFunc("GET /-/stats", func(w http.ResponseWriter, _ *http.Request) { writeJSON(w, c.tally.snapshot()) })
	routes.HandleFunc("GET /-/behaviour", func(w http.ResponseWriter, _ *http.Request) {
		c.inventory.mu.Lock()
		defer c.inventory.mu.Unlock()
		writeJSON(w, c.inventory.behaviour)
	})
	routes.HandleFunc("PUT /-/behaviour", func(w http.ResponseWriter, r *http.Request) {
		behaviour, err := readBehaviour(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		c.apply(w, behaviour)
	})
	routes.HandleFunc("POST /-/reset", func(w http.ResponseWriter, _ *http.Request) {
		c.tally.reset()
		c.apply(w, c.initial)
	})
	return routes
}

func (c *control) apply(w http.ResponseWriter, b Behaviour) {
	if err := c.behave(b); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	writeJSON(w, b)
}

// behave puts b into force before it returns. It fails only when the data port cannot be opened again.
func (c *control) behave(b Behaviour) error {
	c.inventory.behave(b)
	c.gate.closeIdle(b.CloseIdleAfter)
	if b.Refuse {
		c.gate.shut()
		return nil
	}
	return c.gate.open()
}

func writeJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}
