//go:build linux

package main

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestEveryBucketBeginsWithItsLowestValue(t *testing.T) {
	for bucket := range bucketCount {
		if got := bucketOf(lowest(bucket)); got != bucket {
			t.Fatalf("bucket %d begins with %d, which is in bucket %d", bucket, lowest(bucket), got)
		}
	}
}

func TestAQuantileIsWithinOnePercentOfTheSortedValues(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var h histogram
	values := make([]uint64, 10_000)
	for i := range values {
		values[i] = random.Uint64N(1 << (10 + random.UintN(25)))
		h.record(values[i])
	}
	slices.Sort(values)
	for _, q := range []float64{0, 0.5, 0.9, 0.99, 0.999} {
		want := values[int(q*float64(len(values)))]
		if got := h.quantile(q); got > want || float64(got) < float64(want)*0.99-1 {
			t.Errorf("quantile %g is %d, want %d", q, got, want)
		}
	}
}

func TestAnEmptyHistogramHasOnlyZeros(t *testing.T) {
	var h histogram
	if got := *h.percentiles(); got != (percentiles{}) {
		t.Errorf("got %+v", got)
	}
}
