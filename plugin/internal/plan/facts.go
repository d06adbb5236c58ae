package plan

import (
	"cmp"
	"encoding/json"
	"errors"
	"iter"
	"reflect"
	"slices"
	"strings"
	"sync"
	"unique"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/setting"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/trait"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/upcase"
)

// Facts are what follows from one setting's spec on one base: claims, traits, ops and their canonical text. A spec is a value, so that all
// of it is worked out once, when it is first asked for, and holds for every image that has the same setting on the same base. Facts may be
// used by several goroutines. Whoever makes them promises not to change the spec or the base any more.
type Facts struct {
	id     string
	folded unique.Handle[string] // the id as names are compared
	spec   setting.Spec
	base   *setting.Base
	own    *Facts // where spec is a merged one: the facts of the setting's own, which alone says what it can do to the build

	once    sync.Once
	claims  []claim          // one a location
	at      map[string]claim // the same by canonical location
	against [][2]claim       // claims of the setting on one location that differ
	hits    []Hit
	hitsErr error // the table of traits cannot be read
	hazards []Hazard
	sole    []string // the id alone: who asks for most ops

	changes sync.Once
	ops     []factOp
	stages  []setting.Stage // of ops, in their order

	encoded sync.Once
	text    json.RawMessage // the spec as the plan holds it
	textErr error

	written sync.Once
	line    Setting // what bytes are the canonical text of
	bytes   []byte  // nil where it has none: whoever writes the whole plan says why
}

// factOp is one op at the stage at which it is safe, with what it is compared by.
type factOp struct {
	setting.Op
	rank       int // of the stage; -1 where no such stage exists
	key, thing unique.Handle[opKey]
	written    sync.Once
	bytes      []byte // the op that this setting alone asks for; nil as in Facts
}

// NewFacts makes the facts of the setting with the given id.
func NewFacts(id string, spec setting.Spec, base *setting.Base) *Facts {
	return &Facts{id: id, folded: unique.Make(upcase.Fold(id)), spec: spec, base: base}
}

// of reports whether these are the facts of that setting.
func (f *Facts) of(id string, spec setting.Spec) bool {
	return f != nil && f.id == id && f.spec == spec
}

// Claims are the claims with their locations in canonical form, in the order of the setting; of several claims on one location the first.
func (f *Facts) Claims() iter.Seq2[setting.Claim, string] {
	return func(yield func(setting.Claim, string) bool) {
		for i := range f.ready().claims {
			if c := &f.claims[i]; !yield(c.Claim, c.canon) {
				return
			}
		}
	}
}

// On is the claim on a location in canonical form.
func (f *Facts) On(canon string) (setting.Claim, bool) {
	if claims := f.ready().claims; len(claims) <= few { // nearly always; a map would have to hash the text for each setting
		for i := range claims {
			if claims[i].canon == canon {
				return claims[i].Claim, true
			}
		}
		return setting.Claim{}, false
	}
	c, ok := f.at[canon]
	return c.Claim, ok
}

// few is how many entries are looked through sooner than a map is asked.
const few = 8

// Hit is a trait that a claim shows, with the claim's location in canonical form.
type Hit struct {
	trait.Hit
	Canon string
}

// Traits are the traits that the claims show, in the order of trait.Of, which the error is from. Nobody changes them.
func (f *Facts) Traits() ([]Hit, error) { return f.ready().hits, f.hitsErr }

// ready works the facts out.
func (f *Facts) ready() *Facts {
	f.once.Do(func() {
		own := f.spec.Claims(*f.base)
		f.at = make(map[string]claim, len(own))
		for _, cl := range own {
			canon := cl.Location.Canon()
			k := claim{cl, canon, unique.Make(canon)}
			if first, ok := f.at[canon]; ok {
				if first.Value != k.Value || first.Union != k.Union {
					f.against = append(f.against, [2]claim{first, k})
				}
				continue
			}
			f.at[canon] = k
			f.claims = append(f.claims, k)
		}
		hits, err := trait.Of(plainClaims(f.claims))
		for _, h := range hits {
			f.hits = append(f.hits, Hit{h, h.Claim.Location.Canon()})
		}
		f.hitsErr, f.sole = err, []string{f.id}
		if f.own != nil {
			f.hazards = f.own.hazards
		}
		for _, h := range Hazards() {
			if f.own == nil && slices.ContainsFunc(f.hits, func(hit Hit) bool { return hit.Trait == string(h) }) {
				f.hazards = append(f.hazards, h)
			}
		}
	})
	return f
}

// withOps is ready with the ops, which a setting that is beaten or skipped never needs.
func (f *Facts) withOps() *Facts {
	f.changes.Do(f.ready().work)
	return f
}

// WorkOut works out now what composing will ask for, for who has other processors to do so. It may be nil.
func (f *Facts) WorkOut() {
	if f == nil {
		return
	}
	_, _ = f.withOps().json() // an error comes again
	for i := range f.ops {
		_ = f.ops[i].alone(f.sole)
	}
}

func (f *Facts) work() {
	ops := f.spec.Ops(*f.base)
	f.ops = make([]factOp, len(ops))
	for i, op := range ops {
		o := &f.ops[i]
		o.Op = staged(op, f.hazards)
		if o.rank = stageRank(o.Stage); o.rank < 0 {
			continue
		}
		key := keyOf(o.Op)
		o.key, o.thing = unique.Make(key), unique.Make(key.thing())
		if !slices.Contains(f.stages, o.Stage) {
			f.stages = append(f.stages, o.Stage)
		}
	}
	slices.SortFunc(f.stages, func(a, b setting.Stage) int { return cmp.Compare(stageRank(a), stageRank(b)) })
}

// json is the spec as the plan holds it.
func (f *Facts) json() (json.RawMessage, error) {
	f.encoded.Do(func() { f.text, f.textErr = json.Marshal(f.spec) })
	return f.text, f.textErr
}

// canonical is the setting's canonical text in a plan. Only what the spec says is the same everywhere: where another image says more of the
// setting, the text is made for it alone.
func (f *Facts) canonical(s Setting) ([]byte, error) {
	f.written.Do(func() {
		f.line = s
		f.bytes, _ = member("settings", []Setting{s}) // the error comes again where the plan is written as a whole
	})
	if f.bytes != nil && f.line.ID == s.ID && f.line.Kind == s.Kind && f.line.Severity == s.Severity && f.line.Effect == s.Effect && f.line.Until == s.Until &&
		string(f.line.Spec) == string(s.Spec) && slices.Equal(f.line.Stages, s.Stages) && slices.Equal(f.line.Hazards, s.Hazards) {
		return f.bytes, nil
	}
	return member("settings", []Setting{s})
}

// canonical is the op's canonical text in a plan. What its setting alone asks for is the same in all plans.
func (p *step) canonical() ([]byte, error) {
	if len(p.settings) > 1 {
		return member("ops", []StagedOp{{p.settings, p.op.Op}})
	}
	if text := p.op.alone(p.settings); text != nil {
		return text, nil
	}
	return member("ops", []StagedOp{{p.settings, p.op.Op}})
}

// alone is the op's canonical text where its setting alone asks for it; nil where it has none.
func (o *factOp) alone(sole []string) []byte {
	o.written.Do(func() { o.bytes, _ = member("ops", []StagedOp{{sole, o.Op}}) })
	return o.bytes
}

// errNoList is never met: canonical JSON of a list in an object has one form.
var errNoList = errors.New("canonical JSON of a list has another form")

// member is the canonical text of a list with one entry, without its brackets, as it stands in the plan under name: at the same depth, so
// that the same is refused.
func member(name string, list any) ([]byte, error) {
	b, err := canonical.Marshal(map[string]any{name: list})
	if err != nil {
		return nil, err
	}
	text, begins := strings.CutPrefix(string(b), `{"`+name+`":[`)
	text, ends := strings.CutSuffix(text, "]}")
	if !begins || !ends {
		return nil, errNoList
	}
	return []byte(text), nil
}

// sameBase reports whether facts are of the composer's base. Settings evaluated together share one.
func (c *composer) sameBase(b *setting.Base) bool {
	if b == nil {
		return false
	}
	if b != c.knownBase {
		if !reflect.DeepEqual(*b, c.base) {
			return false
		}
		c.knownBase = b
	}
	return true
}

// factsOf are the facts of what is in effect of a setting: those that came with it, or new ones where an exception or a merge gave it
// another spec.
func (c *composer) factsOf(e *entry, spec setting.Spec) *Facts {
	if f := e.Facts; f.of(e.ID, spec) && c.sameBase(f.base) {
		return f.ready()
	}
	return NewFacts(e.ID, spec, &c.base).ready()
}

// effectiveFacts are the facts of what the plan holds of the setting.
func (c *composer) effectiveFacts(e *entry) *Facts {
	if spec := e.effective(); spec != e.spec && e.mergedFacts == nil {
		f := NewFacts(e.ID, spec, &c.base)
		f.own = e.facts
		e.mergedFacts = f.ready()
	}
	return e.planned()
}

// planned are the effectiveFacts of a setting that the plan holds.
func (e *entry) planned() *Facts {
	if e.effective() == e.spec {
		return e.facts
	}
	return e.mergedFacts
}
