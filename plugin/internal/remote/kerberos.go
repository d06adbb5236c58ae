package remote

import (
	"fmt"
	"net/http"

	"github.com/jcmturner/gokrb5/v8/client"
	"github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/spnego"
)

// kerberos puts a ticket into every request. Over TLS messages need no encryption of their own.
type kerberos struct {
	client *client.Client
	spn    string
	next   http.RoundTripper
}

func newKerberos(o Options, next http.RoundTripper) (http.RoundTripper, error) {
	conf, err := config.Load(o.Kerberos.Config)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", ErrOptions, o.Kerberos.Config, err)
	}
	spn := o.Kerberos.SPN
	if spn == "" {
		spn = "HTTP/" + o.Host
	}
	// Active Directory does not take what FAST offers.
	return kerberos{client.NewWithPassword(o.User, o.Kerberos.Realm, string(o.Password), conf, client.DisablePAFXFAST(true)), spn, next}, nil
}

// RoundTrip implements http.RoundTripper.
func (k kerberos) RoundTrip(req *http.Request) (*http.Response, error) {
	req = req.Clone(req.Context())
	if err := spnego.SetSPNEGOHeader(k.client, req, k.spn); err != nil {
		return nil, &Error{Reason: ReasonAuth, Host: req.URL.Host, What: fmt.Sprintf("no ticket for %s: %v", k.spn, err)}
	}
	return k.next.RoundTrip(req)
}
