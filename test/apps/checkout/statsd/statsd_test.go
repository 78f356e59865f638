package statsd

import (
	"net"
	"testing"
	"time"
)

func TestMetricsAreDogStatsDLines(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	client := dial(t, server.LocalAddr().String())

	client.Count("orders", 2, "route:orders", "code:201")
	client.Gauge("open", 1.5)
	client.Timing("call", 1500*time.Microsecond, "route:quote")

	for _, want := range []string{"shop.orders:2|c|#route:orders,code:201", "shop.open:1.5|g", "shop.call:1.5|ms|#route:quote"} {
		if got := receive(t, server); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestAServerThatIsGoneIsCountedAndBlocksNobody(t *testing.T) {
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	client := dial(t, server.LocalAddr().String())
	server.Close()

	// The kernel learns of the closed port from the first datagram and refuses a later one.
	for range 100 {
		client.Count("orders", 1)
	}
	if client.Dropped() == 0 {
		t.Error("nothing was counted as dropped")
	}
}

func dial(t *testing.T, address string) *Client {
	t.Helper()
	client, err := Dial(address, "shop")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

func receive(t *testing.T, server net.PacketConn) string {
	t.Helper()
	if err := server.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	datagram := make([]byte, 1500)
	n, _, err := server.ReadFrom(datagram)
	if err != nil {
		t.Fatal(err)
	}
	return string(datagram[:n])
}
