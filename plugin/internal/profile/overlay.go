package profile

import "github.com/hashicorp/hcl/v2"

// overlay is a body with one attribute replaced: how an exception's value takes the place of the module's.
type overlay struct {
	hcl.Body
	name string
	attr *hcl.Attribute // as written in the exception, so that messages point there
}

func (o overlay) Content(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Diagnostics) {
	content, diags := o.Body.Content(o.relaxed(schema))
	return o.put(schema, content), diags
}

func (o overlay) PartialContent(schema *hcl.BodySchema) (*hcl.BodyContent, hcl.Body, hcl.Diagnostics) {
	content, rest, diags := o.Body.PartialContent(o.relaxed(schema))
	return o.put(schema, content), rest, diags
}

// relaxed makes the replaced attribute optional: the module may have left it out.
func (o overlay) relaxed(schema *hcl.BodySchema) *hcl.BodySchema {
	out := &hcl.BodySchema{Blocks: schema.Blocks}
	for _, a := range schema.Attributes {
		a.Required = a.Required && a.Name != o.name
		out.Attributes = append(out.Attributes, a)
	}
	return out
}

func (o overlay) put(schema *hcl.BodySchema, content *hcl.BodyContent) *hcl.BodyContent {
	if content == nil {
		return nil
	}
	for _, a := range schema.Attributes {
		if a.Name != o.name {
			continue
		}
		if content.Attributes == nil {
			content.Attributes = hcl.Attributes{}
		}
		content.Attributes[o.name] = &hcl.Attribute{Name: o.name, Expr: o.attr.Expr, Range: o.attr.Range, NameRange: o.attr.NameRange}
	}
	return content
}
