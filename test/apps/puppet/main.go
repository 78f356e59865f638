// Puppet is the one program of the Pods in test/pod/corpus: it does what its flags say and tells each thing that
// befalls it in a line of its own, so that a kubelet and the Pod runner can be held against each other by what
// containers saw. It needs no shell, no root and no file but those that its flags name; the same program serves as
// a container, as an exec probe and as an exec hook.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"podmates.dev/test/apps/internal/options"
)

// part is what one puppet has to do. Times count from its start unless they say otherwise.
type part struct {
	exit     int           // code with which it ends by itself; -1: never
	after    time.Duration // when it does so
	once     string        // the run that does not find this file makes it, and ends with onceExit instead
	onceExit int
	onTerm   time.Duration // from the stop signal to its end; negative: never
	termCode int           // exit code after the stop signal
	bare     bool          // leaves the stop signal to the runtime, as a program without a handler does

	port         int
	startedAfter time.Duration
	readyAfter   time.Duration
	readyUntil   time.Duration // 0: for ever
	liveUntil    time.Duration // 0: for ever

	look     string        // ends with 0 when the file is there, otherwise with 1
	ask      string        // ends with 0 when the URL answers 2xx, otherwise with 1
	patience time.Duration // asks again so long while nobody listens
	touch    string        // makes this file
	message  string        // what to leave in messageFile
	file     string
	note     string
}

// tickEvery is how often a puppet that was told to end, or cannot know it, says that it is there: its last line tells
// when it was killed.
const tickEvery = 100 * time.Millisecond

func main() {
	part, err := parse(os.Args[1:], os.LookupEnv)
	if err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "puppet:", err)
		}
		os.Exit(2)
	}
	var stop chan os.Signal
	if !part.bare {
		stop = make(chan os.Signal, 8)
		signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	}
	os.Exit(play(part, stop, os.Stdout))
}

func parse(args []string, lookupEnv func(string) (string, bool)) (part, error) {
	flags := flag.NewFlagSet("puppet", flag.ContinueOnError)
	p := part{}
	flags.IntVar(&p.exit, "exit", -1, "end by itself with this `code`; -1: never")
	flags.DurationVar(&p.after, "after", 0, "when to end by itself")
	flags.StringVar(&p.once, "once", "", "the run that does not find this `file` makes it, and ends with -once-exit instead")
	flags.IntVar(&p.onceExit, "once-exit", 1, "see -once")
	flags.DurationVar(&p.onTerm, "on-term", 0, "from the stop signal to the end; negative: never")
	flags.IntVar(&p.termCode, "term-code", 0, "exit `code` after the stop signal")
	flags.BoolVar(&p.bare, "bare", false, "install no handler for the stop signal")
	flags.IntVar(&p.port, "serve", 0, "`port` for /started, /ready, /live and the hooks /postStart and /preStop")
	flags.DurationVar(&p.startedAfter, "started-after", 0, "answer /started with 503 so long")
	flags.DurationVar(&p.readyAfter, "ready-after", 0, "answer /ready with 503 so long")
	flags.DurationVar(&p.readyUntil, "ready-until", 0, "answer /ready with 503 from then on; 0: never")
	flags.DurationVar(&p.liveUntil, "live-until", 0, "answer /live with 503 from then on; 0: never")
	flags.StringVar(&p.look, "look", "", "end with 0 when this `file` is there, else with 1")
	flags.StringVar(&p.ask, "ask", "", "end with 0 when this `URL` answers 2xx, else with 1")
	flags.DurationVar(&p.patience, "patience", 0, "ask again so long while nobody listens")
	flags.StringVar(&p.touch, "touch", "", "make this `file`")
	flags.StringVar(&p.message, "message", "", "`text` to leave in -message-file")
	flags.StringVar(&p.file, "message-file", "/dev/termination-log", "the terminationMessagePath")
	flags.StringVar(&p.note, "note", "", "say this `text`")
	return p, options.Parse(flags, args, lookupEnv)
}

// play returns the exit code.
func play(p part, stop <-chan os.Signal, stdout io.Writer) int {
	say := speaker(stdout)
	say("up")
	if p.note != "" {
		say("note %s", p.note)
	}
	if err := leave(p); err != nil {
		say("error %v", err)
		return 3
	}
	if p.look != "" || p.ask != "" {
		return say.last(answer(p))
	}
	stage, err := open(p, say)
	if err != nil {
		say("error %v", err)
		return 3
	}
	code, isTold := p.wait(stop, say)
	if isTold {
		stage.tell()
	}
	return say.last(code)
}

// wait returns when the puppet ends by itself or, with true, because it has been told to.
func (p part) wait(stop <-chan os.Signal, say speech) (int, bool) {
	var done, gone, tick <-chan time.Time
	code := p.ownEnd(say)
	if code >= 0 {
		done = time.After(p.after)
	}
	if p.bare {
		tick = time.Tick(tickEvery)
	}
	for {
		select {
		case <-done:
			return code, false
		case signal := <-stop:
			say("got %s", nameOf(signal))
			if p.onTerm >= 0 && gone == nil {
				gone = time.After(p.onTerm)
			}
			if tick == nil {
				tick = time.Tick(tickEvery)
			}
		case <-gone:
			return p.termCode, true
		case <-tick:
			say("still here")
		}
	}
}

// ownEnd is the code with which this run ends by itself; it also makes the file by which the next run knows that it
// is not the first.
func (p part) ownEnd(say speech) int {
	if p.once == "" {
		return p.exit
	}
	file, err := os.OpenFile(p.once, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return p.exit
	}
	if err != nil {
		say("error %v", err)
		return p.onceExit
	}
	file.Close()
	return p.onceExit
}

func leave(p part) error {
	if p.touch != "" {
		if err := os.WriteFile(p.touch, nil, 0o644); err != nil {
			return err
		}
	}
	if p.message != "" {
		return os.WriteFile(p.file, []byte(p.message), 0o644)
	}
	return nil
}

func nameOf(s os.Signal) string {
	if s == syscall.SIGINT {
		return "SIGINT"
	}
	return "SIGTERM"
}
