package settings

import (
	"fmt"
	"strconv"
	"strings"
)

// fields reads the flat subset of YAML that app.yaml is written in, so that the app needs no library:
//
//	key: value        one pair per line, beginning in the first column; keys are [a-z_]+
//	key: "a: value"   quoted with ", with the escapes of Go strings; or with ', where '' is one '
//	# a comment       a line of its own, or after a value and a space
//	---               once, as the first line
//
// No nesting, lists, anchors or block scalars. Every value is handed on as text with its line.
func fields(text string) ([]field, error) {
	var found []field
	lineOf := map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		number := i + 1
		line = strings.TrimRight(line, " \t\r")
		if line == "" || strings.HasPrefix(strings.TrimLeft(line, " \t"), "#") || (line == "---" && number == 1) {
			continue
		}
		f, err := fieldOf(line, number)
		if err != nil {
			return nil, err
		}
		if earlier, twice := lineOf[f.key]; twice {
			return nil, at(number, "%q was set on line %d already", f.key, earlier)
		}
		lineOf[f.key] = number
		found = append(found, f)
	}
	return found, nil
}

type field struct {
	key, value string
	line       int
}

func fieldOf(line string, number int) (field, error) {
	key, rest, found := strings.Cut(line, ":")
	switch {
	case line[0] == ' ' || line[0] == '\t':
		return field{}, at(number, "a line must begin in the first column: nested values are not part of this subset")
	case !found || (rest != "" && rest[0] != ' ' && rest[0] != '\t'):
		return field{}, at(number, `expected "key: value", found %q`, line)
	case key == "" || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_") != "":
		return field{}, at(number, "a key is written in a-z and _, found %q", key)
	}
	value, err := scalar(strings.Trim(rest, " \t"))
	if err != nil {
		return field{}, at(number, "%s: %v", key, err)
	}
	return field{key: key, value: value, line: number}, nil
}

func scalar(text string) (string, error) {
	switch {
	case text == "" || text[0] == '#':
		return "", fmt.Errorf("the value is missing")
	case text[0] == '"':
		quoted, err := strconv.QuotedPrefix(text)
		if err != nil {
			return "", fmt.Errorf(`the closing " is missing or an escape is wrong`)
		}
		if err := onlyComment(text[len(quoted):]); err != nil {
			return "", err
		}
		return strconv.Unquote(quoted)
	case text[0] == '\'':
		return singleQuoted(text)
	case strings.ContainsRune("[{|>&*!%@`", rune(text[0])):
		return "", fmt.Errorf("a value that begins with %q is not part of this subset: quote it", text[0])
	}
	plain, _, _ := strings.Cut(text, " #")
	return strings.TrimRight(plain, " \t"), nil
}

func singleQuoted(text string) (string, error) {
	var value strings.Builder
	for i := 1; i < len(text); i++ {
		if text[i] != '\'' {
			value.WriteByte(text[i])
			continue
		}
		if i+1 < len(text) && text[i+1] == '\'' {
			value.WriteByte('\'')
			i++
			continue
		}
		return value.String(), onlyComment(text[i+1:])
	}
	return "", fmt.Errorf("the closing ' is missing")
}

func onlyComment(rest string) error {
	if rest := strings.TrimLeft(rest, " \t"); rest != "" && rest[0] != '#' {
		return fmt.Errorf("unexpected %q after the closing quote", rest)
	}
	return nil
}

func at(line int, format string, args ...any) error {
	return fmt.Errorf("line %d: %s", line, fmt.Sprintf(format, args...))
}
