package main

import (
	"math"
	"math/rand/v2"
	"time"
)

// decision is what befalls one request.
type decision struct {
	latency time.Duration
	fault   *Fault // nil: a good answer
}

// decide is a pure function of the behaviour and of the request's number in it, 0 for the first: requests
// that are served at the same time cannot disturb one another's draws.
func (b Behaviour) decide(number uint64) decision {
	if b.First > 0 && number >= b.First {
		return decision{}
	}
	random := rand.New(rand.NewPCG(b.Seed, number))
	return decision{latency: b.Latency.draw(random), fault: b.drawFault(random)}
}

func (l *Latency) draw(random *rand.Rand) time.Duration {
	if l == nil {
		return 0
	}
	return min(max(l.drawUnlimited(random), 0), latencyMax)
}

// z99 is the 99th percentile of the standard normal distribution.
const z99 = 2.3263478740408408

func (l *Latency) drawUnlimited(random *rand.Rand) time.Duration {
	switch l.Kind {
	case "fixed":
		return l.Value.Duration
	case "uniform":
		return l.Min.Duration + time.Duration(random.Float64()*float64(l.Max.Duration-l.Min.Duration))
	case "normal":
		return l.Mean.Duration + time.Duration(random.NormFloat64()*float64(l.Deviation.Duration))
	case "long-tail":
		sigma := math.Log(float64(l.P99.Duration)/float64(l.Median.Duration)) / z99
		return time.Duration(math.Min(float64(l.Median.Duration)*math.Exp(sigma*random.NormFloat64()), float64(latencyMax)))
	default:
		panic("a latency that was not checked: " + l.Kind)
	}
}

// drawFault throws one die for all faults, so that at most one of them happens.
func (b Behaviour) drawFault(random *rand.Rand) *Fault {
	throw := random.Float64()
	for i := range b.Faults {
		throw -= b.Faults[i].Ratio
		if throw < 0 {
			return &b.Faults[i]
		}
	}
	return nil
}
