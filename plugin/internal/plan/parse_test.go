package plan_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/canonical"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/hostile"
	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/plan"
)

func samplePlan(t testing.TB) []byte {
	one, two := cand("a/one", 3, reg("p", "1")), cand("c/skip", 4, reg("r", "2"))
	one.Until, two.Until = "2027-06-30", "2027-06-30"
	req := request(one, two, cand("b/two", 4, joins("q", "2")))
	req.Exceptions = []plan.Exception{skip("c/skip", 4)}
	req.Products = []plan.Product{{ProductRef: plan.ProductRef{Name: "viewer", Version: "12.1.3 SP2", Manufacturer: "Exempel AB"}}}
	return compose(t, req).Bytes
}

func TestParseRefuses(t *testing.T) {
	good := string(samplePlan(t))
	tests := map[string]struct {
		old, new string // what is replaced in a good plan
		want     string
		is       error
	}{
		"another schema":         {`"schema":"wmclient/plan/1"`, `"schema":"wmclient/plan/2"`, `schema "wmclient/plan/2"`, plan.ErrSchema},
		"no schema":              {`,"schema":"wmclient/plan/1"`, ``, `schema ""`, plan.ErrSchema},
		"no JSON":                {`{`, `<`, "read plan", plan.ErrSchema},
		"newer engine":           {`"engine_format":1`, `"engine_format":2`, "engine format 2, this wmclient knows up to 1", plan.ErrNewer},
		"no engine":              {`"engine_format":1`, `"engine_format":0`, "engine format 0 does not exist", nil},
		"unknown field":          {`"engine_format":1`, `"engine_format":1,"extra":1`, `unknown field "extra"`, nil},
		"unknown field within":   {`"effect":"set"`, `"effect":"set","extra":1`, `unknown field "extra"`, nil},
		"white space":            {`"engine_format":1`, `"engine_format": 1`, "first difference at byte", canonical.ErrNotCanonical},
		"trailing newline":       {`"schema":"wmclient/plan/1"`, "\"schema\":\"wmclient/plan/1\"\n", "", canonical.ErrNotCanonical},
		"escaped":                {`"a/one"`, `"\u0061/one"`, "", canonical.ErrNotCanonical},
		"another case":           {`"engine_format":1`, `"Engine_format":1`, "", nil},
		"one field twice":        {`"engine_format":1`, `"engine_format":1,"engine_format":1`, "$.engine_format stands there twice", nil},
		"a list is null":         {`"stages":[]`, `"stages":null`, `"c/skip" has stages`, nil},
		"settings out of order":  {`"id":"a/one"`, `"id":"z/one"`, `"b/two" is out of order`, nil},
		"setting twice":          {`"id":"b/two"`, `"id":"a/one"`, `"a/one" is out of order or stands there twice`, nil},
		"unknown effect":         {`"effect":"skip"`, `"effect":"perhaps"`, `"c/skip" has the unknown effect "perhaps"`, nil},
		"unknown severity":       {`"severity":"medium"`, `"severity":"dire"`, `unknown severity "dire"`, nil},
		"unknown stage":          {`"stages":["image"]`, `"stages":["later"]`, `stage "later"`, nil},
		"stages out of order":    {`"stages":["image"]`, `"stages":["seal","image"]`, `stage "image", unknown or out of order`, nil},
		"no spec":                {`"spec":{"at":["reg:HKLM\\SOFTWARE\\X!p"],"value":"1"}`, `"spec":null`, `"a/one" has no spec`, nil},
		"no such day":            {`"until":"2027-06-30"`, `"until":"2027-06-31"`, `"a/one" is agreed on until "2027-06-31"`, nil},
		"a skipped one ends":     {`"stages":[]}`, `"stages":[],"until":"2027-06-30"}`, `"c/skip" is agreed on until`, nil},
		"op of an unknown":       {`"settings":["a/one"]`, `"settings":["x/one"]`, `op 0 belongs to "x/one"`, nil},
		"op of a skipped":        {`"settings":["a/one"]`, `"settings":["c/skip"]`, `op 0 belongs to "c/skip"`, nil},
		"op of nobody":           {`"settings":["a/one"]`, `"settings":[]`, "op 0 belongs to no setting", nil},
		"unknown action":         {`"action":"registry-set"`, `"action":"format-disk"`, `unknown action "format-disk"`, nil},
		"op at an unknown stage": {`"stage":"image"`, `"stage":"later"`, `op 0 has the stage "later"`, nil},
		"module twice":           {`{"method":"policies","name":"b"`, `{"method":"policies","name":"a"`, `module "a" is out of order`, nil},
		"float":                  {`"engine_format":1`, `"engine_format":1.0`, "read plan", nil},
		"optional field is null": {`"management":{`, `"management":{"from":null,`, "read plan", nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if !strings.Contains(good, tt.old) {
				t.Fatalf("%q is not in %s", tt.old, good)
			}
			_, err := plan.Parse([]byte(strings.Replace(good, tt.old, tt.new, 1)))
			if err == nil || !strings.Contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
				t.Errorf("got %v, want %q (%v)", err, tt.want, tt.is)
			}
		})
	}
	if _, err := plan.Parse([]byte(good)); err != nil {
		t.Errorf("the good one: %v", err)
	}
	if _, err := plan.Parse(bytes.Repeat([]byte(" "), plan.MaxBytes+1)); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("too large: got %v", err)
	}
	if _, err := plan.Parse([]byte(strings.Replace(good, `"products":[{"manufacturer":"Exempel AB","name":"viewer","version":"12.1.3 SP2"}]`, `"products":null`, 1))); err == nil || !strings.Contains(err.Error(), "a list is missing") {
		t.Errorf("null list: got %v", err)
	}
}

func FuzzParse(f *testing.F) {
	good := samplePlan(f)
	f.Add(good)
	for _, b := range hostile.JSON(good) {
		f.Add(b)
	}
	for _, more := range []string{
		`"facts":[{"name":"a","stated_by":"b","value":"c"},{"name":"b","stated_by":"b","value":"c"}],`, `"facts":[{"name":"b","stated_by":"b","value":"c"},{"name":"a","stated_by":"b","value":"c"}],`,
	} {
		f.Add(bytes.Replace(good, []byte(`"image":{`), []byte(`"image":{`+more), 1))
		f.Add(bytes.Replace(good, []byte(`"management":`), []byte(more+`"management":`), 1))
	}
	f.Add(bytes.Replace(good, []byte(`"id":"a/one"`), []byte(`"hazards":["x"],"id":"a/one"`), 1))
	f.Add(bytes.Replace(good, []byte(`"method":"policies","name":"b"`), []byte(`"method":"policies","name":"a"`), 1))
	f.Add([]byte(" " + string(good)))
	f.Add(bytes.Replace(good, []byte(`"a/one"`), []byte(`"z/one"`), 1))
	f.Add([]byte(`{"schema":"wmclient/plan/1","engine_format":1}`))
	f.Add([]byte(`{"engine_format":1,"schema":"wmclient/plan/1","settings":null}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		hostile.Bounded(t, len(b), 64, 1<<20, func() { _, _ = plan.Parse(b) })
		p, err := plan.Parse(b)
		if err != nil {
			return
		}
		again, err := canonical.Marshal(p)
		if err != nil || !bytes.Equal(again, b) {
			t.Fatalf("taken, but written as\n%s\nnot\n%s\n%v", again, b, err)
		}
	})
}
