package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestTheHashIsThatOfTheFilesBytes(t *testing.T) {
	text := "currency: USD\n"
	store, _ := openWith(t, text)
	hash := sha256.Sum256([]byte(text))
	if got := store.State(); got.Hash != hex.EncodeToString(hash[:]) || got.Error != "" || !got.LoadedAt.Equal(start) {
		t.Errorf("got %+v", got)
	}
}

func TestABrokenFileKeepsTheOldSettingsAndHash(t *testing.T) {
	store, path := openWith(t, "currency: USD\n")
	before := store.State()

	write(t, path, "currency: dollars\n")
	if _, err := store.Reload(); err == nil {
		t.Fatal("a broken file was taken")
	}

	if got := store.Current().Currency; got != "USD" {
		t.Errorf("currency %q, want the old one", got)
	}
	after := store.State()
	if after.Hash != before.Hash || !after.LoadedAt.Equal(before.LoadedAt) {
		t.Errorf("state moved to %+v", after)
	}
	if !strings.Contains(after.Error, path+": line 1: currency") {
		t.Errorf("error %q names neither file nor line", after.Error)
	}
}

func TestTheNextGoodFileClearsTheError(t *testing.T) {
	store, path := openWith(t, "currency: USD\n")
	write(t, path, "broken")
	if _, err := store.Reload(); err == nil {
		t.Fatal("a broken file was taken")
	}
	write(t, path, "currency: CHF\n")
	state, err := store.Reload()
	if err != nil || state.Error != "" || store.Current().Currency != "CHF" {
		t.Errorf("got %+v, %v", state, err)
	}
}

func TestAMissingOrTooLargeFileIsAnErrorAtStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "app.yaml")
	if _, err := Open(path, time.Now); err == nil {
		t.Error("a missing file was taken")
	}
	write(t, path, "# "+strings.Repeat("x", fileBytesMax)+"\ncurrency: USD\n")
	if _, err := Open(path, time.Now); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("got %v for a file that is too large", err)
	}
}

var start = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func openWith(t *testing.T, text string) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.yaml")
	write(t, path, text)
	store, err := Open(path, func() time.Time { return start })
	if err != nil {
		t.Fatal(err)
	}
	return store, path
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
