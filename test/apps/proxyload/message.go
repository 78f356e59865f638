//go:build linux

package main

import (
	"bytes"
	"fmt"
	"strings"
)

var headEnd = []byte("\r\n\r\n")

// framing follows the messages of one side of a connection. All of them are framed by Content-Length: that is what both
// sides send, and what a proxy between them passes on.
type framing struct {
	head    []byte // of a message that has begun and whose head is not whole
	missing int    // bytes of the body that are still to come
}

// take gives each message that data completes to whole, by its head. A head without Content-Length has no body.
func (f *framing) take(data []byte, onHead func(head []byte) error, onWhole func()) error {
	for len(data) > 0 || f.missing > 0 {
		if f.missing > 0 {
			count := min(f.missing, len(data))
			f.missing -= count
			data = data[count:]
			if f.missing > 0 {
				return nil
			}
			onWhole()
			continue
		}
		head := data
		if len(f.head) > 0 {
			head = append(f.head, data...)
		}
		end := bytes.Index(head, headEnd)
		if end < 0 {
			f.head = append([]byte(nil), head...)
			return nil
		}
		end += len(headEnd)
		data, f.head = head[end:], nil
		length, err := contentLength(head[:end])
		if err != nil {
			return err
		}
		if err := onHead(head[:end]); err != nil {
			return err
		}
		if f.missing = length; length == 0 {
			onWhole()
		}
	}
	return nil
}

var lengthName = []byte("\r\ncontent-length:")

func contentLength(head []byte) (int, error) {
	at := indexFold(head, lengthName)
	if at < 0 {
		if indexFold(head, []byte("\r\ntransfer-encoding:")) >= 0 {
			return 0, fmt.Errorf("expected Content-Length, found Transfer-Encoding in %q", head)
		}
		return 0, nil
	}
	length := 0
	for _, digit := range bytes.TrimLeft(head[at+len(lengthName):], " ") {
		if digit < '0' || digit > '9' {
			break
		}
		length = length*10 + int(digit-'0')
	}
	return length, nil
}

// indexFold is bytes.Index for a lower-case needle that begins with CR, whatever the case of the letters in text.
func indexFold(text, needle []byte) int {
	for from := 0; ; {
		at := bytes.IndexByte(text[from:], needle[0])
		if at < 0 || len(text)-from-at < len(needle) {
			return -1
		}
		if at += from; bytes.EqualFold(text[at:at+len(needle)], needle) {
			return at
		}
		from = at + 1
	}
}

const kib = 1024

// stockJSON is what a small service answers.
const stockJSON = `{"id":4711,"name":"teapot","price":1290,"currency":"EUR","stock":7,"tags":["kitchen","tea"]}`

// requestOf is what Go's client sends, with the fields of a typical service.
func requestOf(workload, host string) []byte {
	line, body := "GET /v1/items/4711?fields=name,price HTTP/1.1", ""
	switch {
	case workload == "get":
	case workload == "1k", workload == "64k":
		line = "GET /" + workload + " HTTP/1.1"
	case workload == "post":
		line, body = "POST /v1/orders HTTP/1.1", `{"note":"`+strings.Repeat(".", kib-11)+`"}`
	default:
		line = "GET " + workload + " HTTP/1.1"
	}
	fields := []string{
		line,
		"Host: " + host,
		"User-Agent: Go-http-client/1.1",
		"Accept: application/json",
		"Accept-Encoding: gzip",
		"Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"X-Request-Id: 3f2a9c51-6f0e-4b7e-9f5a-0c6d1e2b3a49",
	}
	if body != "" {
		fields = append(fields, "Content-Type: application/json", fmt.Sprintf("Content-Length: %d", len(body)))
	}
	return []byte(strings.Join(fields, "\r\n") + "\r\n\r\n" + body)
}

func answerOf(body string) []byte {
	return []byte(fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"+
		"Date: Sat, 01 Aug 2026 12:00:00 GMT\r\nContent-Length: %d\r\n\r\n%s", len(body), body))
}
