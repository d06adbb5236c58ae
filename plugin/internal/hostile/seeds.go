package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Texts returns changed copies of a text in lines, tags or lists, for a fuzzer to begin with: cut off at a separator, without it, with two of
// it, and with other words. Places that look alike are changed once.
func Texts(good string) []string {
	out := []string{good, ""}
	seen := map[string]bool{}
	start := 0
	for i, c := range good {
		if isWord(c) {
			continue
		}
		word, after := good[start:i], good[i+len(string(c)):]
		start = i + len(string(c))
		if seen[word+string(c)] {
			continue
		}
		seen[word+string(c)] = true
		before := good[:i-len(word)]
		for _, w := range []string{"", "x", "0", "-1", "99999999999999999999", strings.Repeat("long", 200)} {
			if w != word {
				out = append(out, before+w+string(c)+after)
			}
		}
		out = append(out, good[:i], before+word+after, before+word+string(c)+string(c)+after, before+word+string(c)+word+string(c)+after)
	}
	if raceEnabled {
		return thin(out)
	}
	return out
}

func isWord(c rune) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c > 0x7f || c == '_'
}

// JSON returns changed copies of a JSON document, in the form in which Go writes them: each member gone, another, or of another type; each list
// empty, doubled and turned round. Members of one name below names alike are changed once.
func JSON(good []byte) [][]byte {
	var doc any
	dec := json.NewDecoder(bytes.NewReader(good))
	dec.UseNumber()
	if err := dec.Decode(&doc); err != nil {
		panic(fmt.Sprintf("the good document is none: %v", err))
	}
	j := &jsonSeeds{seen: map[string]bool{}}
	j.walk(doc, "", func(v any) any { return v })
	if raceEnabled {
		return thin(j.out)
	}
	return j.out
}

type jsonSeeds struct {
	out  [][]byte
	seen map[string]bool
}

func (j *jsonSeeds) add(doc any) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		panic(err)
	}
	j.out = append(j.out, bytes.TrimRight(b.Bytes(), "\n"))
}

// walk changes v; with puts a value in its place into a copy of the document.
func (j *jsonSeeds) walk(v any, path string, with func(any) any) {
	if j.seen[path] {
		return
	}
	j.seen[path] = true
	for _, other := range []any{nil, "", "x", json.Number("-1"), json.Number("0"), json.Number("99"), true, []any{}, map[string]any{}} {
		j.add(with(other))
	}
	switch v := v.(type) {
	case string:
		j.add(with(v + "x"))
	case []any:
		turned := slices.Clone(v)
		slices.Reverse(turned)
		j.add(with(turned))
		j.add(with(append(slices.Clone(v), v...)))
		for i, e := range v {
			j.walk(e, fmt.Sprintf("%s/%d", path, min(i, 1)), func(x any) any {
				list := slices.Clone(v)
				list[i] = x
				return with(list)
			})
		}
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			less := maps.Clone(v)
			delete(less, k)
			j.add(with(less))
			j.walk(v[k], path+"/"+k, func(x any) any {
				m := maps.Clone(v)
				m[k] = x
				return with(m)
			})
		}
	}
}
