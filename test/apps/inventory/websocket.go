package main

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"strings"
)

// socket is a WebSocket (RFC 6455) that sends back every message and closes when it is asked to.
func socket(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("Sec-WebSocket-Key")
	if !strings.EqualFold(r.Header.Get("Upgrade"), "websocket") || key == "" {
		http.Error(w, "expected a WebSocket", http.StatusUpgradeRequired)
		return
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	buffered.WriteString("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + acceptOf(key) + "\r\n\r\n")
	if buffered.Flush() != nil {
		return
	}
	for {
		opcode, payload, err := readFrame(buffered.Reader)
		if err != nil {
			return
		}
		if opcode == opPing {
			opcode = opPong
		}
		if err := writeFrame(buffered.Writer, opcode, payload); err != nil || opcode == opClose {
			return
		}
	}
}

// acceptOf proves that the key was read by a WebSocket server (RFC 6455, 4.2.2).
func acceptOf(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return base64.StdEncoding.EncodeToString(sum[:])
}

const (
	opClose = 8
	opPing  = 9
	opPong  = 10

	// Larger ones break the connection: what is sent here is a test's.
	frameMax = 1 << 20
)

// readFrame reads one frame, which a client must mask, and removes the mask.
func readFrame(from *bufio.Reader) (opcode byte, payload []byte, err error) {
	var head [2]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return 0, nil, err
	}
	length := uint64(head[1] & 0x7f)
	extra := map[uint64]int{126: 2, 127: 8}[length]
	if extra > 0 {
		var long [8]byte
		if _, err := io.ReadFull(from, long[8-extra:]); err != nil {
			return 0, nil, err
		}
		length = binary.BigEndian.Uint64(long[:])
	}
	if head[1]&0x80 == 0 || length > frameMax {
		return 0, nil, errors.New("expected a masked frame of 1 MiB at most")
	}
	masked := make([]byte, 4+length)
	if _, err := io.ReadFull(from, masked); err != nil {
		return 0, nil, err
	}
	mask, payload := masked[:4], masked[4:]
	for i := range payload {
		payload[i] ^= mask[i%4]
	}
	return head[0] & 0x0f, payload, nil
}

func writeFrame(to *bufio.Writer, opcode byte, payload []byte) error {
	to.WriteByte(0x80 | opcode)
	switch length := len(payload); {
	case length < 126:
		to.WriteByte(byte(length))
	case length < 1<<16:
		to.WriteByte(126)
		to.Write(binary.BigEndian.AppendUint16(nil, uint16(length)))
	default:
		to.WriteByte(127)
		to.Write(binary.BigEndian.AppendUint64(nil, uint64(length)))
	}
	to.Write(payload)
	return to.Flush()
}
