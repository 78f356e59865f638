// Package statsd sends metrics the old way, over UDP in the DogStatsD dialect, as many Go apps do: it is
// what the adapter's metrics side is tried on.
package statsd

import (
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"time"
)

// Client sends one metric per datagram. It never blocks and never fails its caller: a metric that cannot
// be sent is counted in Dropped.
type Client struct {
	conn    net.Conn
	prefix  string
	dropped atomic.Int64
}

// Dial makes a client for address (host:port); every name gets the prefix and a dot. Nothing is sent yet,
// so a server that is not there is no error.
func Dial(address, prefix string) (*Client, error) {
	conn, err := net.Dial("udp", address)
	if err != nil {
		return nil, fmt.Errorf("statsd: %w", err)
	}
	return &Client{conn: conn, prefix: prefix + "."}, nil
}

// Count adds n to a counter. Tags are written "key:value".
func (c *Client) Count(name string, n int, tags ...string) {
	c.send(fmt.Sprintf("%s%s:%d|c", c.prefix, name, n), tags)
}

// Gauge sets a value.
func (c *Client) Gauge(name string, value float64, tags ...string) {
	c.send(fmt.Sprintf("%s%s:%g|g", c.prefix, name, value), tags)
}

// Timing records a duration; on the wire it is in milliseconds.
func (c *Client) Timing(name string, elapsed time.Duration, tags ...string) {
	ms := float64(elapsed) / float64(time.Millisecond)
	c.send(fmt.Sprintf("%s%s:%g|ms", c.prefix, name, ms), tags)
}

// Dropped is the number of metrics that could not be sent.
func (c *Client) Dropped() int64 { return c.dropped.Load() }

// Close frees the socket.
func (c *Client) Close() error { return c.conn.Close() }

func (c *Client) send(line string, tags []string) {
	if len(tags) > 0 {
		line += "|#" + strings.Join(tags, ",")
	}
	if _, err := c.conn.Write([]byte(line)); err != nil {
		c.dropped.Add(1)
	}
}
