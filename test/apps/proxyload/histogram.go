//go:build linux

package main

import "math/bits"

// histogram counts durations in ns with an error below 1 %: each power of two is split into 128 parts, as HdrHistogram
// does with two digits.
type histogram struct {
	counts [bucketCount]uint64
	total  uint64
	max    uint64
}

const (
	partBits = 7
	// Enough for 2^40 ns, 18 minutes; longer ones count as that.
	valueBits   = 40
	bucketCount = (valueBits - partBits + 1) << partBits
)

func (h *histogram) record(value uint64) {
	h.counts[min(bucketOf(value), bucketCount-1)]++
	h.total++
	h.max = max(h.max, value)
}

// bucketOf gives values below 256 a bucket each, and others one by their leading 8 bits.
func bucketOf(value uint64) int {
	shift := max(bits.Len64(value)-partBits-1, 0)
	return shift<<partBits + int(value>>shift)
}

// lowest is the smallest value of a bucket: the inverse of bucketOf.
func lowest(bucket int) uint64 {
	shift := max(bucket>>partBits-1, 0)
	return uint64(bucket-shift<<partBits) << shift
}

// quantile is the value that q of all values do not exceed, 0 when there are none.
func (h *histogram) quantile(q float64) uint64 {
	rank := uint64(q * float64(h.total))
	seen := uint64(0)
	for bucket, count := range h.counts {
		if seen += count; seen > rank {
			return lowest(bucket)
		}
	}
	return h.max
}

// percentiles are in microseconds.
type percentiles struct {
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

func (h *histogram) percentiles() *percentiles {
	us := func(ns uint64) float64 { return float64(ns) / 1000 }
	return &percentiles{
		P50: us(h.quantile(0.5)), P90: us(h.quantile(0.9)), P99: us(h.quantile(0.99)), P999: us(h.quantile(0.999)), Max: us(h.max),
	}
}
