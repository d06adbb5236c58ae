package canonical_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
)

func TestTransformVectors(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		// RFC 8785 3.2.2 and 3.2.4, without the numbers that this package refuses
		"RFC 3.2.2 strings and literals": {
			"{\n \"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n \"literals\": [null, true, false]\n}",
			"{\"literals\":[null,true,false],\"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}",
		},
		"RFC 3.2.3 order of names by UTF-16": {
			`{"\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
			  "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"}`,
			"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\"," +
				"\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
		},
		"nesting, empty names": {
			`{"1": {"f": {"f": "hi","F": 5} ,"\n": 56}, "10": { }, "": "empty", "111": [ {"e": "yes","E": "no" } ]}`,
			`{"":"empty","1":{"\n":56,"f":{"F":5,"f":"hi"}},"10":{},"111":[{"E":"no","e":"yes"}]}`,
		},
		"no normalisation":        {`{"A\u030a":"A\u030a"}`, "{\"A\u030a\":\"A\u030a\"}"},
		"the replacement rune":    {"\"\ufffd\"", "\"\ufffd\""},
		"largest integers":        {"[9007199254740992,-9007199254740992,0]", "[9007199254740992,-9007199254740992,0]"},
		"HTML is left as written": {`"\u003c&\u003e"`, `"<&>"`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := canonical.Transform([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if string(got) != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			if err := canonical.Verify(got); err != nil {
				t.Errorf("own output: %v", err)
			}
		})
	}
}

func TestMarshalRefuses(t *testing.T) {
	deep := any(1)
	for range canonical.MaxDepth + 1 {
		deep = []any{deep}
	}
	tests := map[string]struct {
		v    any
		want string
	}{
		"integer above 2^53":        {map[string]any{"a": []any{1, int64(1<<53 + 1)}}, "$.a[1] is the integer 9007199254740993, beyond ±2^53"},
		"integer below -2^53":       {map[string]int64{"a": -1<<53 - 1}, "$.a is the integer -9007199254740993"},
		"unsigned of 64 bits":       {uint64(1<<64 - 1), "$ is the integer 18446744073709551615"},
		"float":                     {map[string]any{"x": map[string]any{"y": 4.5}}, "$.x.y is the number 4.5: floats are refused"},
		"exponent":                  {json.RawMessage("[1e3]"), "$[0] is the number 1e3"},
		"negative zero":             {json.RawMessage("-0"), "$ is the number -0"},
		"invalid UTF-8":             {struct{ S []string }{[]string{"ok", "a\xffb"}}, "$.S[1] holds invalid UTF-8"},
		"invalid UTF-8 in a name":   {map[string]any{"a\xff": 1}, "$ holds invalid UTF-8"},
		"invalid UTF-8 in raw JSON": {json.RawMessage("{\"a\":\"\xc3\"}"), "$.a holds invalid UTF-8"},
		"WTF-8 surrogate":           {"\xed\xa0\x80", "$ holds invalid UTF-8"},
		"lone high surrogate":       {json.RawMessage(`{"a":"x\ud800"}`), "$.a holds the unpaired surrogate U+D800"},
		"lone low surrogate":        {json.RawMessage(`["\udc00"]`), "$[0] holds the unpaired surrogate U+DC00"},
		"two high surrogates":       {json.RawMessage(`["\ud800\ud800"]`), "$[0] holds the unpaired surrogate U+D800"},
		"one name twice":            {json.RawMessage(`{"a":{"b":1,"b":2}}`), "$.a.b stands there twice"},
		"one name twice, escaped":   {json.RawMessage(`{"b":1,"\u0062":2}`), "uplicate"},
		"too deep":                  {deep, "is nested deeper than 256"},
		"not JSON":                  {make(chan int), "unsupported type"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := canonical.Marshal(tt.v)
			if err == nil {
				t.Fatalf("got %s, want an error with %q", got, tt.want)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestTransformRefusesNoJSON(t *testing.T) {
	for _, in := range []string{"", " ", "{", `{"a":1,}`, "[1 2]", "nul", `"a`, "1 2", "\"\x01\"", "01", "[1]]", `{"a" 1}`} {
		if got, err := canonical.Transform([]byte(in)); err == nil {
			t.Errorf("%q gave %s, want an error", in, got)
		}
	}
}

func TestVerify(t *testing.T) {
	for _, in := range []string{"{ }", `{"b":1,"a":2}`, `"\u0041"`, "[1]\n"} {
		if err := canonical.Verify([]byte(in)); !errors.Is(err, canonical.ErrNotCanonical) {
			t.Errorf("%q: got %v, want ErrNotCanonical", in, err)
		}
	}
	if err := canonical.Verify([]byte("{")); err == nil || errors.Is(err, canonical.ErrNotCanonical) {
		t.Errorf("broken JSON: got %v, want an error of another sort", err)
	}
}

func TestDigest(t *testing.T) {
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // FIPS 180-4, no input
	if got := canonical.Digest(nil); got != empty {
		t.Errorf("got %s, want %s", got, empty)
	}
	a, err := canonical.DigestOf(map[string]int{"b": 1, "a": 2})
	if err != nil {
		t.Fatal(err)
	}
	b, err := canonical.DigestOf(struct {
		B int `json:"b"`
		A int `json:"a"`
	}{1, 2})
	if err != nil || a != b || a != canonical.Digest([]byte(`{"a":2,"b":1}`)) {
		t.Errorf("got %s and %s, %v", a, b, err)
	}
	if _, err := canonical.DigestOf(1.5); err == nil {
		t.Error("a float has a digest")
	}
}

func FuzzTransform(f *testing.F) {
	for _, s := range []string{`{"a":[1,"x\u0041",null]}`, `"\ud83d\ude00"`, "[1.5]", `{"\\":{}}`, `["\"",""]`, `{"a":1,"a":2}`, "9007199254740993"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		hostile.Bounded(t, len(in), 64, 1<<20, func() { _, _ = canonical.Transform(in) })
		out, err := canonical.Transform(in)
		if err != nil {
			return
		}
		again, err := canonical.Transform(out)
		if err != nil || !bytes.Equal(out, again) {
			t.Fatalf("%q -> %q -> %q, %v", in, out, again, err)
		}
		var a, b any
		if json.Unmarshal(in, &a) != nil || json.Unmarshal(out, &b) != nil {
			t.Fatalf("%q was taken", in)
		}
		x, _ := json.Marshal(a)
		y, _ := json.Marshal(b)
		if !bytes.Equal(x, y) {
			t.Fatalf("meaning changed: %s, %s", x, y)
		}
	})
}

// TestDigestOfParts: where a text is cut changes nothing.
func TestDigestOfParts(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcdef"), 5000)
	for _, size := range []int{1, 3, 64, 16 << 10, 20000, len(text)} {
		if got := canonical.DigestOfParts(slices.Chunk(text, size)); got != canonical.Digest(text) {
			t.Errorf("parts of %d bytes have the digest %s", size, got)
		}
	}
	if got := canonical.DigestOfParts(slices.Values([][]byte{nil, {}})); got != canonical.Digest(nil) {
		t.Errorf("nothing has the digest %s", got)
	}
}
