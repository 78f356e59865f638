//go:build linux

package main

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
)

// serveBackend answers every request at once with 200: a body of 1 KiB or 64 KiB for /1k and /64k, else a small one.
// It listens on one port of two addresses of loopback, so that a proxy has two endpoints to choose from. It returns
// only when it fails.
func serveBackend(listening func(port int) error) error {
	l, err := newLoop()
	if err != nil {
		return err
	}
	answers := map[string][]byte{
		"/1k":  answerOf(`"` + strings.Repeat("x", kib-2) + `"`),
		"/64k": answerOf(`"` + strings.Repeat("x", 64*kib-2) + `"`),
	}
	small := answerOf(stockJSON)
	accept := func(fd int) func(uint32) {
		return func(uint32) {
			client, _, err := syscall.Accept4(fd, syscall.SOCK_CLOEXEC)
			if err == nil {
				serve(&stream{loop: l, fd: client}, answers, small)
			}
		}
	}
	port := 0 // of the first, chosen by the kernel
	for _, address := range [][4]byte{{127, 0, 0, 1}, {127, 0, 0, 2}} {
		fd, bound, err := listen(address, port)
		if err != nil {
			return err
		}
		if err := l.add(fd, syscall.EPOLLIN, accept(fd)); err != nil {
			return err
		}
		port = bound
	}
	if err := listening(port); err != nil {
		return err
	}
	for {
		if err := l.turn(-1); err != nil {
			return err
		}
	}
}

func listen(address [4]byte, port int) (fd, bound int, err error) {
	fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, 0, err
	}
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: address, Port: port}); err != nil {
		return 0, 0, fmt.Errorf("bind to %v:%d: %w", address, port, err)
	}
	if err := syscall.Listen(fd, 4096); err != nil {
		return 0, 0, err
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, 0, err
	}
	return fd, name.(*syscall.SockaddrInet4).Port, nil
}

func serve(s *stream, answers map[string][]byte, small []byte) {
	var (
		messages framing
		answer   []byte
		isLast   bool
	)
	onHead := func(head []byte) error {
		path, version, found := requestLine(head)
		if !found {
			return fmt.Errorf("no request line in %q", head)
		}
		if answer = answers[string(path)]; answer == nil {
			answer = small
		}
		// HAProxy and nginx check the health of a server with HTTP/1.0, which ends with the connection.
		isLast = string(version) == "HTTP/1.0"
		return nil
	}
	onWhole := func() {
		s.send(answer)
		if isLast {
			s.close()
		}
	}
	s.onEnd = func(error) {}
	s.onData = func(data []byte) {
		if err := messages.take(data, onHead, onWhole); err != nil {
			s.close()
		}
	}
	if err := s.start(); err != nil {
		s.close()
	}
}

// requestLine is the path without its query, and the version.
func requestLine(head []byte) (path, version []byte, found bool) {
	line, _, _ := bytes.Cut(head, []byte("\r\n"))
	_, rest, _ := bytes.Cut(line, []byte(" "))
	target, version, found := bytes.Cut(rest, []byte(" "))
	path, _, _ = bytes.Cut(target, []byte("?"))
	return path, version, found
}
