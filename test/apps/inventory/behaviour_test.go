package main

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestAWrongBehaviourIsRefusedWithItsReason(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"no JSON", `latency`, "invalid character"},
		{"an unknown field", `{"lateness": 1}`, `unknown field "lateness"`},
		{"two objects", `{} {}`, "expected one JSON object"},
		{"a number for a duration", `{"latency": {"kind": "fixed", "value": 20}}`, `expected a duration such as "250ms", found 20`},
		{"an unknown distribution", `{"latency": {"kind": "cauchy"}}`, `latency: kind: expected fixed, uniform`},
		{"a uniform latency upside down", `{"latency": {"kind": "uniform", "min": "2s", "max": "1s"}}`, "latency: max: expected 2s..1m0s"},
		{"a p99 below the median", `{"latency": {"kind": "long-tail", "median": "2s", "p99": "1s"}}`, "latency: p99: expected 2s..1m0s"},
		{"an unknown fault", `{"faults": [{"kind": "explode", "ratio": 1}]}`, "faults[0] (explode): kind: expected one of status"},
		{"a ratio in percent", `{"faults": [{"kind": "die", "ratio": 20}]}`, "faults[0] (die): ratio: expected 0..1, found 20"},
		{"ratios above one", `{"faults": [{"kind": "die", "ratio": 0.6}, {"kind": "reset-mid-body", "ratio": 0.6}]}`, "the ratios add up to 1.2"},
		{"a status that is no server error", `{"faults": [{"kind": "status", "ratio": 1, "code": 404}]}`, "code: expected 500..599, found 404"},
		{"a trickle without its pace", `{"faults": [{"kind": "trickle", "ratio": 1}]}`, "every: expected 1µs..1m0s, found 0s"},
		{"a body beyond the limit", `{"bodyBytes": 67108865}`, "bodyBytes: expected 0..67108864"},
		{"an idle time below zero", `{"closeIdleAfter": "-1s"}`, "closeIdleAfter: expected 0s..1m0s"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := readBehaviour(strings.NewReader(c.text))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func TestABehaviourIsReadAndWrittenAlike(t *testing.T) {
	text := `{"seed":7,"latency":{"kind":"long-tail","median":"5ms","p99":"400ms"},"faults":[{"kind":"status","ratio":0.7,"code":503},` +
		`{"kind":"too-many","ratio":0.2,"retryAfter":"2s"},{"kind":"die","ratio":0.1,"exitCode":3}],"closeIdleAfter":"0s","refuse":true,` +
		`"unhealthy":true,"bodyBytes":64}`
	first := behaviour(t, text)
	written, err := json.Marshal(first)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(behaviour(t, string(written)))
	if err != nil || string(again) != string(written) {
		t.Errorf("%v: wrote %s, then %s", err, written, again)
	}
}

func TestTheSameSeedGivesTheSameSequenceAndAnotherSeedAnother(t *testing.T) {
	b := Behaviour{
		Seed:    1,
		Latency: &Latency{Kind: "long-tail", Median: ms(5), P99: ms(400)},
		Faults:  []Fault{{Kind: "reset-mid-body", Ratio: 0.3}, {Kind: "die", Ratio: 0.3}},
	}
	other := b
	other.Seed = 2
	first := drawn(b, 100)
	if !slices.Equal(first, drawn(b, 100)) {
		t.Error("the same seed gave two sequences")
	}
	if slices.Equal(first, drawn(other, 100)) {
		t.Error("another seed gave the same sequence")
	}
}

func TestFaultsHappenAsOftenAsTheirRatioSays(t *testing.T) {
	b := Behaviour{Seed: 3, Faults: []Fault{{Kind: "reset-mid-body", Ratio: 0.1}, {Kind: "die", Ratio: 0.25}}}
	counts := map[string]int{}
	const requests = 20_000
	for _, d := range drawn(b, requests) {
		if d.fault != nil {
			counts[d.fault.Kind]++
		}
	}
	for _, fault := range b.Faults {
		if got := float64(counts[fault.Kind]) / requests; math.Abs(got-fault.Ratio) > 0.01 {
			t.Errorf("%s: %g of all requests, want %g", fault.Kind, got, fault.Ratio)
		}
	}
}

func TestARatioOfOneMeansEveryRequest(t *testing.T) {
	for number, d := range drawn(Behaviour{Faults: []Fault{{Kind: "die", Ratio: 1}}}, 10_000) {
		if d.fault == nil {
			t.Fatalf("request %d was spared", number)
		}
	}
}

func TestLatenciesFollowTheirDistribution(t *testing.T) {
	cases := []struct {
		name             string
		latency          Latency
		median, p99, min float64 // ms
	}{
		{"fixed", Latency{Kind: "fixed", Value: ms(20)}, 20, 20, 20},
		{"uniform", Latency{Kind: "uniform", Min: ms(10), Max: ms(50)}, 30, 49.6, 10},
		{"normal", Latency{Kind: "normal", Mean: ms(100), Deviation: ms(10)}, 100, 123.3, 50},
		{"normal is cut at 0", Latency{Kind: "normal", Mean: ms(1), Deviation: ms(10)}, 1, 24.3, 0},
		{"long-tail", Latency{Kind: "long-tail", Median: ms(5), P99: ms(400)}, 5, 400, 0},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var latencies []float64
			for _, d := range drawn(Behaviour{Seed: 1, Latency: &c.latency}, 20_000) {
				latencies = append(latencies, float64(d.latency)/float64(time.Millisecond))
			}
			slices.Sort(latencies)
			near(t, "median", latencies[len(latencies)/2], c.median)
			near(t, "p99", latencies[len(latencies)*99/100], c.p99)
			if latencies[0] < c.min {
				t.Errorf("smallest %g, want %g at least", latencies[0], c.min)
			}
		})
	}
}

func TestNoLatencyIsLongerThanTheLimit(t *testing.T) {
	for _, d := range drawn(Behaviour{Latency: &Latency{Kind: "long-tail", Median: ms(1), P99: Duration{latencyMax}}}, 20_000) {
		if d.latency < 0 || d.latency > latencyMax {
			t.Fatalf("drew %v", d.latency)
		}
	}
}

// near allows 10 % and a quarter of a millisecond: the draws are random, if always the same.
func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > want/10+0.25 {
		t.Errorf("%s %g ms, want %g", what, got, want)
	}
}

func drawn(b Behaviour, requests int) []decision {
	decisions := make([]decision, requests)
	for number := range decisions {
		decisions[number] = b.decide(uint64(number))
	}
	return decisions
}

func behaviour(t *testing.T, text string) Behaviour {
	t.Helper()
	b, err := readBehaviour(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func ms(n int) Duration { return Duration{time.Duration(n) * time.Millisecond} }
