package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
)

// Behaviour is how the inventory answers until it is told otherwise. The zero value is well-behaved.
//
//	{
//	  "seed": 7,
//	  "latency": {"kind": "long-tail", "median": "5ms", "p99": "400ms"},
//	  "faults": [
//	    {"kind": "status", "ratio": 0.1, "code": 503},
//	    {"kind": "reset-before-head", "ratio": 0.05}
//	  ],
//	  "closeIdleAfter": "50ms",
//	  "bodyBytes": 4096
//	}
type Behaviour struct {
	// Seed of the sequence of latencies and faults. The n-th request since the behaviour was set gets the
	// n-th decision: the same seed gives the same sequence, whatever else happens at the same time.
	Seed uint64 `json:"seed"`
	// Latency passes before the head of each answer.
	Latency *Latency `json:"latency,omitempty"`
	// Faults: at most one befalls a request; the ratios add up to 1 at most.
	Faults []Fault `json:"faults,omitempty"`
	// First: only so many requests meet latency and faults, and all after them are served well; 0 is no end.
	First uint64 `json:"first,omitempty"`
	// CloseIdleAfter closes a kept-alive connection that was idle for so long, without a word of warning in
	// the answer before: 0s to 60s. Absent: never.
	CloseIdleAfter *Duration `json:"closeIdleAfter,omitempty"`
	// Refuse closes the listener, so that a connect is refused; connections that exist live on.
	Refuse bool `json:"refuse,omitempty"`
	// Unhealthy lets /healthz answer 503. Else it is always 200: health checks take no part in the sequence.
	Unhealthy bool `json:"unhealthy,omitempty"`
	// BodyBytes is the least size of a good answer's body, 0..64 MiB; the rest is padding.
	BodyBytes int `json:"bodyBytes,omitempty"`
}

// Latency is one of the distributions, by Kind:
//
//	fixed      value
//	uniform    min, max
//	normal     mean, deviation; never below 0
//	long-tail  median, p99: log-normal, as real services are
//
// No latency drawn is longer than latencyMax.
type Latency struct {
	Kind      string   `json:"kind"`
	Value     Duration `json:"value,omitempty"`
	Min       Duration `json:"min,omitempty"`
	Max       Duration `json:"max,omitempty"`
	Mean      Duration `json:"mean,omitempty"`
	Deviation Duration `json:"deviation,omitempty"`
	Median    Duration `json:"median,omitempty"`
	P99       Duration `json:"p99,omitempty"`
}

// Fault is one kind of misbehaviour and how often it happens, by Kind:
//
//	status             answers with Code, 500..599, and with Retry-After when RetryAfter is given
//	too-many           answers 429 with Retry-After: whole seconds of RetryAfter
//	garbage            answers with bytes that are no HTTP, and closes
//	close-before-head  closes the connection (FIN) before the first byte of the answer
//	reset-before-head  resets it (RST) before the first byte of the answer
//	reset-after-head   resets it right after the head
//	reset-mid-body     resets it after half of the body
//	trickle            sends the body in pieces of ChunkBytes (default 1), one every Every
//	die                ends the process with ExitCode, with the request unanswered
type Fault struct {
	Kind       string   `json:"kind"`
	Ratio      float64  `json:"ratio"`
	Code       int      `json:"code,omitempty"`
	RetryAfter Duration `json:"retryAfter,omitempty"`
	Every      Duration `json:"every,omitempty"`
	ChunkBytes int      `json:"chunkBytes,omitempty"`
	ExitCode   int      `json:"exitCode,omitempty"`
}

const (
	latencyMax   = time.Minute
	bodyBytesMax = 64 << 20
	behaviourMax = 64 << 10 // bytes of JSON
)

// readBehaviour reads JSON and checks it; an unknown field is an error.
func readBehaviour(source io.Reader) (Behaviour, error) {
	var b Behaviour
	decoder := json.NewDecoder(io.LimitReader(source, behaviourMax))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&b); err != nil {
		return Behaviour{}, err
	}
	if decoder.More() {
		return Behaviour{}, errors.New("expected one JSON object, found more")
	}
	return b, b.check()
}

func (b Behaviour) check() error {
	if b.Latency != nil {
		if err := b.Latency.check(); err != nil {
			return fmt.Errorf("latency: %w", err)
		}
	}
	ratios := 0.0
	for i, fault := range b.Faults {
		if err := fault.check(); err != nil {
			return fmt.Errorf("faults[%d] (%s): %w", i, fault.Kind, err)
		}
		ratios += fault.Ratio
	}
	// A little above 1 is what 0.7 + 0.2 + 0.1 comes to in floating point.
	if ratios > 1+1e-9 {
		return fmt.Errorf("faults: the ratios add up to %g, expected 1 at most", ratios)
	}
	if b.BodyBytes < 0 || b.BodyBytes > bodyBytesMax {
		return fmt.Errorf("bodyBytes: expected 0..%d, found %d", bodyBytesMax, b.BodyBytes)
	}
	if b.CloseIdleAfter != nil {
		return inRange("closeIdleAfter", *b.CloseIdleAfter, 0, time.Minute)
	}
	return nil
}

func (l Latency) check() error {
	switch l.Kind {
	case "fixed":
		return inRange("value", l.Value, 0, latencyMax)
	case "uniform":
		return errors.Join(inRange("min", l.Min, 0, latencyMax), inRange("max", l.Max, l.Min.Duration, latencyMax))
	case "normal":
		return errors.Join(inRange("mean", l.Mean, 0, latencyMax), inRange("deviation", l.Deviation, 0, latencyMax))
	case "long-tail":
		return errors.Join(
			inRange("median", l.Median, time.Microsecond, latencyMax), inRange("p99", l.P99, l.Median.Duration, latencyMax))
	default:
		return fmt.Errorf("kind: expected fixed, uniform, normal or long-tail, found %q", l.Kind)
	}
}

func (f Fault) check() error {
	if !(f.Ratio >= 0 && f.Ratio <= 1) {
		return fmt.Errorf("ratio: expected 0..1, found %g", f.Ratio)
	}
	switch f.Kind {
	case "status":
		if f.Code < 500 || f.Code > 599 {
			return fmt.Errorf("code: expected 500..599, found %d", f.Code)
		}
		return inRange("retryAfter", f.RetryAfter, 0, time.Hour)
	case "too-many":
		return inRange("retryAfter", f.RetryAfter, 0, time.Hour)
	case "trickle":
		if f.ChunkBytes < 0 || f.ChunkBytes > bodyBytesMax {
			return fmt.Errorf("chunkBytes: expected 1..%d, found %d", bodyBytesMax, f.ChunkBytes)
		}
		return inRange("every", f.Every, time.Microsecond, latencyMax)
	case "die":
		if f.ExitCode < 0 || f.ExitCode > 255 {
			return fmt.Errorf("exitCode: expected 0..255, found %d", f.ExitCode)
		}
	case "garbage", "close-before-head", "reset-before-head", "reset-after-head", "reset-mid-body":
	default:
		return fmt.Errorf("kind: expected one of %s", strings.Join(faultKinds, ", "))
	}
	return nil
}

var faultKinds = []string{
	"status", "too-many", "garbage", "close-before-head", "reset-before-head", "reset-after-head", "reset-mid-body",
	"trickle", "die",
}

func inRange(field string, value Duration, low, high time.Duration) error {
	if value.Duration < low || value.Duration > high {
		return fmt.Errorf("%s: expected %v..%v, found %v", field, low, high, value.Duration)
	}
	return nil
}

// Duration is written as in Go: "250ms".
type Duration struct{ time.Duration }

func (d *Duration) UnmarshalJSON(text []byte) error {
	var written string
	if err := json.Unmarshal(text, &written); err != nil {
		return fmt.Errorf(`expected a duration such as "250ms", found %s`, text)
	}
	var err error
	d.Duration, err = time.ParseDuration(written)
	return err
}

func (d Duration) MarshalJSON() ([]byte, error) { return json.Marshal(d.String()) }
