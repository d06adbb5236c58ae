package winrm

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"
)

// The URIs of the protocol (MS-WSMV 2.2, DSP0226).
const (
	shellNS    = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
	transferNS = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
	wsmanNS    = "http://schemas.dmtf.org/wbem/wsman/1/wsman"
	identityNS = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"

	// configNS is the service's configuration, as a resource and as the namespace of what it says.
	configNS = "http://schemas.microsoft.com/wbem/wsman/1/config"

	// resourceURI is the text shell, the only resource that the lab has.
	resourceURI = shellNS + "/cmd"

	soapType = "application/soap+xml;charset=UTF-8"
)

const namespaces = `xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"` +
	` xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd" xmlns:x="` + transferNS + `" xmlns:rsp="` + shellNS + `"` +
	` xmlns:p="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd" xml:lang="en-US"`

// A fault's numbers: names and values of wsmerror.h and winerror.h of the Windows SDK.
const (
	codeInvalidResource  = 2150858752 // ERROR_WSMAN_RESOURCE_NOT_FOUND
	codeInvalidAction    = 2150858753 // ERROR_WSMAN_INVALID_ACTIONURI
	codeTimedOut         = 2150858793 // ERROR_WSMAN_OPERATION_TIMEDOUT
	codeEncodingLimit    = 2150858805 // ERROR_WSMAN_ENCODING_LIMIT
	codeSchemaValidation = 2150858817 // ERROR_WSMAN_SCHEMA_VALIDATION_ERROR
	codeInvalidXML       = 2150858819 // ERROR_WSMAN_INVALID_XML
	codeSelectors        = 2150858843 // ERROR_WSMAN_UNEXPECTED_SELECTORS
	codeMaxShells        = 2150859173 // ERROR_WSMAN_QUOTA_MAX_SHELLS
	codeMaxOperations    = 2150859174 // ERROR_WSMAN_QUOTA_MAX_OPERATIONS
	codeMaxProcesses     = 2150859241 // ERROR_WSMAN_QUOTA_MAX_COMMANDS_PER_SHELL_PPQ
	codeFileNotFound     = 2147942402 // HRESULT of ERROR_FILE_NOT_FOUND
	codeParameter        = 87         // ERROR_INVALID_PARAMETER
	codeOperationAborted = 995        // ERROR_OPERATION_ABORTED
	subcodeInternal      = "w:InternalError"
	subcodeQuota         = "w:QuotaLimit"
	subcodeSelectors     = "w:InvalidSelectors"
	subcodeSchema        = "w:SchemaValidationError"
	cannotProcess        = "The WS-Management service cannot process the request. "
)

// wsFault is what is answered instead of what was asked for.
type wsFault struct {
	status  int  // of HTTP; 0 is 500
	sender  bool // the client's doing
	subcode string
	code    uint32
	text    string
}

func shellGone(id string) *wsFault {
	return &wsFault{sender: true, subcode: subcodeSelectors, code: codeSelectors, text: "The request for the Windows Remote Shell with ShellId " + id +
		" failed because the shell was not found on the server. Possible causes are: the specified ShellId is incorrect or the shell no longer exists on the server. " +
		"Provide the correct ShellId or create a new shell and retry the operation. "}
}

func commandGone(id string) *wsFault {
	return &wsFault{sender: true, subcode: subcodeSelectors, code: codeSelectors,
		text: "The WS-Management service cannot process the request because the request contained invalid selectors for the resource. (lab: no command " + id + ")"}
}

func timedOut() *wsFault {
	return &wsFault{subcode: "w:TimedOut", code: codeTimedOut,
		text: "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  "}
}

func aborted() *wsFault {
	return &wsFault{subcode: subcodeInternal, code: codeOperationAborted,
		text: "The I/O operation has been aborted because of either a thread exit or an application request. "}
}

func badParameter(what string) *wsFault {
	return &wsFault{sender: true, subcode: "w:InvalidParameter", code: codeParameter, text: "The parameter is incorrect. (lab: " + what + ")"}
}

// body is the fault's document.
func (f *wsFault) body() string {
	side := "s:Receiver"
	if f.sender {
		side = "s:Sender"
	}
	text := escape(f.text)
	return fmt.Sprintf(`<s:Fault><s:Code><s:Value>%s</s:Value><s:Subcode><s:Value>%s</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en-US">%s</s:Text></s:Reason>`+
		`<s:Detail><f:WSManFault xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault" Code="%d" Machine="127.0.0.1"><f:Message>%s</f:Message></f:WSManFault></s:Detail></s:Fault>`,
		side, f.subcode, text, f.code, text)
}

// answer is a whole answer, before the faults that were ordered.
type answer struct {
	status    int
	data      []byte
	challenge string // of NTLM, with a 401
}

// reply wraps a body into an envelope that relates to e.
func reply(e *envelope, action, body string) answer {
	return envelopeOf(http.StatusOK, e, action, body)
}

func faultAnswer(e *envelope, f *wsFault) answer {
	status := f.status
	if status == 0 {
		status = http.StatusInternalServerError
	}
	return envelopeOf(status, e, wsmanNS+"/fault", f.body())
}

func envelopeOf(status int, e *envelope, action, body string) answer {
	var b strings.Builder
	b.Grow(len(body) + 1024)
	fmt.Fprintf(&b, `<s:Envelope %s><s:Header><a:Action>%s</a:Action><a:MessageID>uuid:%s</a:MessageID>`, namespaces, action, newID())
	b.WriteString(`<a:To>http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous</a:To>`)
	if e != nil && e.Header.MessageID != "" {
		b.WriteString("<a:RelatesTo>" + escape(e.Header.MessageID) + "</a:RelatesTo>")
	}
	b.WriteString("</s:Header><s:Body>")
	b.WriteString(body)
	b.WriteString("</s:Body></s:Envelope>")
	return answer{status: status, data: []byte(b.String())}
}

// identity answers Identify (DSP0226, 11): with Windows' words for the stack, which clients look at, and the lab's own name.
func identity() answer {
	return answer{status: http.StatusOK, data: []byte(`<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsmid="` + identityNS + `"><s:Header/><s:Body><wsmid:IdentifyResponse>` +
		`<wsmid:ProtocolVersion>http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd</wsmid:ProtocolVersion><wsmid:ProductVendor>` + Marker + `</wsmid:ProductVendor>` +
		`<wsmid:ProductVersion>OS: 0.0.0 SP: 0.0 Stack: 3.0</wsmid:ProductVersion></wsmid:IdentifyResponse></s:Body></s:Envelope>`)}
}

func escape(s string) string {
	var b bytes.Buffer
	_ = xml.EscapeText(&b, []byte(s)) // a bytes.Buffer does not fail
	return b.String()
}
