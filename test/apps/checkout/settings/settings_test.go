package settings

import (
	"strings"
	"testing"
	"time"
)

func TestEveryKeyIsRead(t *testing.T) {
	settings, err := Parse(`---
# prices of the autumn
greeting: "hello: # not a comment"   # a comment
currency: USD
price_cents: 250
tax_percent: 7.5
max_quantity: 3
inventory_timeout: 750ms
`)
	if err != nil {
		t.Fatal(err)
	}
	want := Settings{"hello: # not a comment", "USD", 250, 7.5, 3, 750 * time.Millisecond}
	if settings != want {
		t.Errorf("got %+v, want %+v", settings, want)
	}
}

func TestAKeyThatIsNotSetKeepsItsDefault(t *testing.T) {
	settings, err := Parse("currency: USD\n")
	if err != nil || settings.QuantityMax != 10 || settings.Greeting != "welcome" {
		t.Errorf("got %+v, %v", settings, err)
	}
}

func TestScalarsAreReadAsYamlReadsThem(t *testing.T) {
	cases := map[string]string{
		`greeting: plain words`:        "plain words",
		`greeting: a#b`:                "a#b",
		`greeting: a # comment`:        "a",
		`greeting:   spaced   `:        "spaced",
		`greeting: "a \"b\" \u00e9\n"`: "a \"b\" é\n",
		`greeting: 'it''s'`:            "it's",
		`greeting: '#1' # comment`:     "#1",
		"greeting: windows\r":          "windows",
	}
	for text, want := range cases {
		t.Run(text, func(t *testing.T) {
			settings, err := Parse(text)
			if err != nil || settings.Greeting != want {
				t.Errorf("got %q, %v; want %q", settings.Greeting, err, want)
			}
		})
	}
}

func TestABrokenFileIsRefusedWithItsLine(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"nothing in it", "# only a comment\n", "the file sets nothing"},
		{"an unknown key", "currency: EUR\nretires: 2\n", `line 2: unknown key "retires"`},
		{"a key set twice", "currency: EUR\n\ncurrency: USD\n", `line 3: "currency" was set on line 1 already`},
		{"no colon", "currency EUR\n", `line 1: expected "key: value"`},
		{"no space after the colon", "currency:EUR\n", `line 1: expected "key: value"`},
		{"nesting", "currency: EUR\n  deep: 1\n", "line 2: a line must begin in the first column"},
		{"no value", "currency:\n", "line 1: currency: the value is missing"},
		{"a comment for a value", "currency: # EUR\n", "line 1: currency: the value is missing"},
		{"a list", "currency: [EUR]\n", "line 1: currency: a value that begins with '['"},
		{"an open double quote", "greeting: \"hello\n", `line 1: greeting: the closing " is missing`},
		{"an open single quote", "greeting: 'hello\n", "line 1: greeting: the closing ' is missing"},
		{"words after a quote", "greeting: 'a' b\n", `line 1: greeting: unexpected "b" after the closing quote`},
		{"a key in capitals", "Currency: EUR\n", "line 1: a key is written in a-z and _"},
		{"a second document", "currency: EUR\n---\n", `line 2: expected "key: value"`},
		{"a number with a unit", "price_cents: 12ct\n", "line 1: price_cents: expected a whole number 1..1000000"},
		{"a number out of range", "max_quantity: 0\n", "line 1: max_quantity: expected a whole number 1..1000"},
		{"a tax that is not a number", "tax_percent: NaN\n", "line 1: tax_percent: expected a number 0..100"},
		{"a bare number for a duration", "inventory_timeout: 500\n", "line 1: inventory_timeout: expected a duration"},
		{"a currency of two letters", "currency: EU\n", "line 1: currency: expected three capital letters"},
		{"a long greeting", "greeting: " + strings.Repeat("a", 201), "line 1: greeting: expected at most 200 bytes, found 201"},
		{"half a file", "currency: EUR\nprice_ce", `line 2: expected "key: value"`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse(c.text)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

func FuzzParse(f *testing.F) {
	f.Add("greeting: \"a\\n\" # b\ncurrency: 'EUR'\n")
	f.Fuzz(func(t *testing.T, text string) {
		settings, err := Parse(text)
		if err == nil && (settings.QuantityMax < 1 || len(settings.Greeting) > 200) {
			t.Errorf("out of range without an error: %+v", settings)
		}
	})
}
