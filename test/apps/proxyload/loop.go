//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"syscall"
)

// loop is one thread around epoll. Goroutines would do, but each message costs them a second read that finds nothing
// and a turn of the scheduler, which is half of what a small request costs here at all.
type loop struct {
	epoll  int
	events [256]syscall.EpollEvent
	// By file descriptor; the kernel gives the lowest free number, so the slice stays short.
	onReady []func(events uint32)
	// What a stream reads goes through here, and is gone with the next read.
	buffer [256 << 10]byte
}

func newLoop() (*loop, error) {
	epoll, err := syscall.EpollCreate1(syscall.EPOLL_CLOEXEC)
	return &loop{epoll: epoll}, err
}

func (l *loop) add(fd int, events uint32, onReady func(events uint32)) error {
	for len(l.onReady) <= fd {
		l.onReady = append(l.onReady, nil)
	}
	l.onReady[fd] = onReady
	return syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_ADD, fd, &syscall.EpollEvent{Events: events, Fd: int32(fd)})
}

func (l *loop) change(fd int, events uint32) error {
	return syscall.EpollCtl(l.epoll, syscall.EPOLL_CTL_MOD, fd, &syscall.EpollEvent{Events: events, Fd: int32(fd)})
}

// close forgets and closes fd; events of it that this turn still holds are dropped.
func (l *loop) close(fd int) {
	l.onReady[fd] = nil
	syscall.Close(fd)
}

// turn waits for events, -1 ms for ever, and handles them.
func (l *loop) turn(timeoutMs int) error {
	count, err := syscall.EpollWait(l.epoll, l.events[:], timeoutMs)
	if err == syscall.EINTR {
		return nil
	}
	if err != nil {
		return fmt.Errorf("epoll_wait: %w", err)
	}
	for _, event := range l.events[:count] {
		if onReady := l.onReady[event.Fd]; onReady != nil {
			onReady(event.Events)
		}
	}
	return nil
}

// stream is one connection: what arrives goes to onData, and onEnd is called once when the other side has ended it.
type stream struct {
	loop   *loop
	fd     int
	unsent []byte
	onData func(data []byte)
	onEnd  func(err error)
}

func (s *stream) start() error {
	syscall.SetsockoptInt(s.fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	if err := syscall.SetNonblock(s.fd, true); err != nil {
		return err
	}
	return s.loop.add(s.fd, syscall.EPOLLIN, s.ready)
}

func (s *stream) ready(events uint32) {
	if events&syscall.EPOLLOUT != 0 {
		if !s.flush() {
			return
		}
		if len(s.unsent) == 0 {
			s.loop.change(s.fd, syscall.EPOLLIN)
		}
	}
	if events&(syscall.EPOLLIN|syscall.EPOLLHUP|syscall.EPOLLERR) == 0 {
		return
	}
	count, err := syscall.Read(s.fd, s.loop.buffer[:])
	switch {
	case count > 0:
		s.onData(s.loop.buffer[:count])
	case err == syscall.EAGAIN || err == syscall.EINTR:
	default:
		s.end(err)
	}
}

// send writes what the kernel takes and keeps the rest; data must not change afterwards.
func (s *stream) send(data []byte) {
	if len(s.unsent) > 0 {
		s.unsent = append(s.unsent[:len(s.unsent):len(s.unsent)], data...)
		return
	}
	s.unsent = data
	if s.flush() && len(s.unsent) > 0 {
		s.loop.change(s.fd, syscall.EPOLLIN|syscall.EPOLLOUT)
	}
}

// flush says whether the stream is still alive.
func (s *stream) flush() bool {
	count, err := syscall.Write(s.fd, s.unsent)
	switch {
	case count >= 0 && err == nil:
		s.unsent = s.unsent[count:]
		return true
	case err == syscall.EAGAIN || err == syscall.EINTR:
		return true
	default:
		s.end(err)
		return false
	}
}

func (s *stream) close() {
	if s.fd >= 0 {
		s.loop.close(s.fd)
		s.fd = -1
	}
}

func (s *stream) end(err error) {
	if s.fd < 0 {
		return
	}
	s.close()
	s.onEnd(err)
}

// dial connects at once or fails: on one machine there is nothing to wait for.
func (l *loop) dial(target string) (*stream, error) {
	address, err := netip.ParseAddrPort(target)
	if err != nil || !address.Addr().Is4() {
		return nil, fmt.Errorf("target: expected an IPv4 address and a port, found %q", target)
	}
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Connect(fd, &syscall.SockaddrInet4{Port: int(address.Port()), Addr: address.Addr().As4()}); err != nil {
		syscall.Close(fd)
		return nil, fmt.Errorf("connect to %s: %w", target, err)
	}
	return &stream{loop: l, fd: fd}, nil
}
