package settings

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// A ConfigMap holds at most 1 MiB; a larger file is not ours.
const fileBytesMax = 1 << 20

// Store holds the settings in force. All methods are safe for concurrent use.
type Store struct {
	path string
	now  func() time.Time

	reloading sync.Mutex // one reload at a time, so that an older file never replaces a newer one
	mu        sync.RWMutex
	settings  Settings
	state     State
}

// State says which file is in force and how the last attempt to load one went. A configuration helper
// compares Hash with the hash of what it published: only then was the new file really taken.
type State struct {
	Hash     string    `json:"hash"`     // sha256 of the bytes of the file in force, in hex
	LoadedAt time.Time `json:"loadedAt"` // when the file in force was loaded
	Error    string    `json:"error"`    // why the last file was refused; empty when it was taken
}

// Open loads the file at path. Unlike a reload it has nothing to fall back to, so a broken file is an error.
func Open(path string, now func() time.Time) (*Store, error) {
	store := &Store{path: path, now: now}
	_, err := store.Reload()
	return store, err
}

// Reload loads the file again. A broken file is refused: the settings in force stay, and the error says
// why, here and in the State until the next good file.
func (s *Store) Reload() (State, error) {
	s.reloading.Lock()
	defer s.reloading.Unlock()

	settings, hash, err := load(s.path)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.state.Error = err.Error()
		return s.state, err
	}
	s.settings = settings
	s.state = State{Hash: hash, LoadedAt: s.now().UTC()}
	return s.state, nil
}

// Current returns the settings in force.
func (s *Store) Current() Settings {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.settings
}

// State returns what GET /-/config reports.
func (s *Store) State() State {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.state
}

// load reads the file through one descriptor, so that the hash and the settings are of the same bytes
// even when the volume moves on to its next generation in between. Every error names the file.
func load(path string) (Settings, string, error) {
	file, err := os.Open(path)
	if err != nil {
		return Settings{}, "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, fileBytesMax+1))
	if err != nil {
		return Settings{}, "", err
	}
	if len(text) > fileBytesMax {
		return Settings{}, "", fmt.Errorf("%s: larger than %d bytes", path, fileBytesMax)
	}
	settings, err := Parse(string(text))
	if err != nil {
		return Settings{}, "", fmt.Errorf("%s: %w", path, err)
	}
	hash := sha256.Sum256(text)
	return settings, hex.EncodeToString(hash[:]), nil
}
