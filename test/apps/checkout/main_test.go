package main

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The test binary is the program itself when this variable is set, so that signals and exit codes are
// tested on a real process.
const asProgram = "CHECKOUT_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestSIGTERMEndsTheProcessWithExitCode0(t *testing.T) {
	p := start(t, "greeting: hi\n")
	p.signal(t, syscall.SIGTERM)
	p.line(t, "stopping")
	if line := p.line(t, "stopped"); line["clean"] != true {
		t.Errorf("got %v", line)
	}
	if code := p.exitCode(); code != 0 {
		t.Errorf("exit code %d; stderr: %s", code, p.stderr.String())
	}
}

func TestSIGHUPLoadsTheSettingsAgainAndRefusesABrokenFile(t *testing.T) {
	p := start(t, "greeting: hi\n")
	p.write(t, "greeting: there\n")
	p.signal(t, syscall.SIGHUP)
	loaded := p.line(t, "settings loaded")
	p.write(t, "greeting\n")
	p.signal(t, syscall.SIGHUP)
	refused := p.line(t, "settings refused, the old ones stay")
	if loaded["trigger"] != "SIGHUP" || refused["config_hash"] != loaded["config_hash"] {
		t.Errorf("loaded %v, then refused %v", loaded, refused)
	}
}

func TestAPanicEndsTheProcessWithExitCode2AndATrace(t *testing.T) {
	p := start(t, "greeting: hi\n")
	response, err := http.Post("http://"+p.address+"/-/panic", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if code := p.exitCode(); response.StatusCode != 202 || code != 2 {
		t.Errorf("answer %d, exit code %d", response.StatusCode, code)
	}
	if trace := p.stderr.String(); !strings.Contains(trace, "panic: asked to panic") || !strings.Contains(trace, "goroutine ") {
		t.Errorf("stderr is %q", trace)
	}
}

func TestAMissingSettingsFileIsOneLineOnStderrAndExitCode1(t *testing.T) {
	p := command(t, filepath.Join(t.TempDir(), "absent.yaml"))
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if code := p.exitCode(); code != 1 || strings.Count(p.stderr.String(), "\n") != 1 {
		t.Errorf("exit code %d, stderr %q", code, p.stderr.String())
	}
}

func TestTheLogFileHoldsTheSameLinesAsStdout(t *testing.T) {
	p := start(t, "greeting: hi\n")
	p.signal(t, syscall.SIGTERM)
	p.line(t, "stopped")
	p.exitCode()
	file, err := os.ReadFile(p.logFile)
	if err != nil || string(file) != p.seen.String() {
		t.Errorf("%v: the file holds\n%s\nstdout was\n%s", err, file, p.seen.String())
	}
}

type program struct {
	cmd                          *exec.Cmd
	stdout                       *bufio.Reader
	stderr, seen                 strings.Builder
	address, configFile, logFile string
}

func start(t *testing.T, settings string) *program {
	t.Helper()
	p := command(t, filepath.Join(t.TempDir(), "app.yaml"))
	p.write(t, settings)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill() })
	p.address = p.line(t, "started")["address"].(string)
	return p
}

func command(t *testing.T, configFile string) *program {
	t.Helper()
	p := &program{configFile: configFile, logFile: filepath.Join(t.TempDir(), "logs", "checkout.log")}
	p.cmd = exec.Command(os.Args[0], "-address", "127.0.0.1:0", "-config-file", configFile)
	p.cmd.Env = append(os.Environ(), asProgram+"=1", "LOG_FILE="+p.logFile)
	p.cmd.Stderr = &p.stderr
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout = bufio.NewReader(io.TeeReader(stdout, &p.seen))
	return p
}

func (p *program) write(t *testing.T, settings string) {
	t.Helper()
	if err := os.WriteFile(p.configFile, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
}

func (p *program) signal(t *testing.T, signal os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
}

// line reads on until the log line with this message.
func (p *program) line(t *testing.T, message string) map[string]any {
	t.Helper()
	for {
		text, err := p.stdout.ReadString('\n')
		if err != nil {
			t.Fatalf("%v before the line %q; stderr: %s", err, message, p.stderr.String())
		}
		var line map[string]any
		if err := json.Unmarshal([]byte(text), &line); err != nil {
			t.Fatalf("%v in %q", err, text)
		}
		if line["msg"] == message {
			return line
		}
	}
}

func (p *program) exitCode() int {
	p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}
