// Package serve runs an HTTP server until its context ends and then lets what is in flight finish:
// a Go app's half of a Pod's orderly end. The sidecars get their SIGTERM only after it.
package serve

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// Until serves on listener until ctx ends, then stops accepting and gives requests in flight the time
// stopTimeout. It returns nil when all of them finished, and context.DeadlineExceeded when some were cut.
func Until(ctx context.Context, server *http.Server, listener net.Listener, stopTimeout time.Duration) error {
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()

	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}

	stopping, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	if err := server.Shutdown(stopping); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}
