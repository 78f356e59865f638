package options

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func TestFlagsComeFromTheEnvironmentAndTheCommandLine(t *testing.T) {
	cases := []struct {
		name string
		env  map[string]string
		args []string
		want time.Duration
	}{
		{name: "the default when nothing is said", want: time.Second},
		{name: "the variable", env: map[string]string{"STOP_AFTER": "2s"}, want: 2 * time.Second},
		{name: "the flag wins over the variable", env: map[string]string{"STOP_AFTER": "2s"}, args: []string{"-stop-after", "3s"}, want: 3 * time.Second},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseStopAfter(c.env, c.args...)
			if err != nil || got != c.want {
				t.Errorf("got %v, %v; want %v", got, err, c.want)
			}
		})
	}
}

func TestAWrongVariableIsNamedInTheError(t *testing.T) {
	for _, value := range []string{"soon", ""} {
		_, err := parseStopAfter(map[string]string{"STOP_AFTER": value})
		if want := fmt.Sprintf("STOP_AFTER=%q", value); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestAnArgumentThatIsNoFlagIsRefused(t *testing.T) {
	_, err := parseStopAfter(nil, "now")
	if err == nil || !strings.Contains(err.Error(), `"now"`) {
		t.Errorf("got %v, want the argument named", err)
	}
}

func parseStopAfter(env map[string]string, args ...string) (time.Duration, error) {
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	stopAfter := flags.Duration("stop-after", time.Second, "")
	err := Parse(flags, args, func(name string) (string, bool) {
		value, ok := env[name]
		return value, ok
	})
	return *stopAfter, err
}
