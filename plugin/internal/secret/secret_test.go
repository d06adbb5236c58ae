package secret_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/mt-eklient/packer-plugin-wmclient/plugin/internal/secret"
)

func TestHidden(t *testing.T) {
	const text = "Correct-Horse-7"
	holder := struct{ Password secret.Text }{text}
	raw, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	for _, shown := range []string{fmt.Sprint(holder), fmt.Sprintf("%v %+v %#v %s %q", holder, holder, holder, holder.Password, holder.Password), string(raw)} {
		if strings.Contains(shown, text) || !strings.Contains(shown, "(hidden)") {
			t.Errorf("got %s", shown)
		}
	}
	if none := fmt.Sprint(secret.Text("")); none != "" {
		t.Errorf("none is shown as %q", none)
	}
}
