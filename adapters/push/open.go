package push

import (
	"errors"
	"time"

	"iocgateway/adapters"
	"iocgateway/canonical"
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
	"iocgateway/canonical/vntext"
)

func open(c Settings, s adapters.Settings, env adapters.Env) (adapters.Source, error) {
	o := opener{node: s.Node, src: &Source{settings: c, kind: s.Kind, kinds: map[string]canonical.Kind{}}}
	if len(c.Key) == 0 {
		if c.Body != formCloudEvents {
			o.wrong("GW-C004", "", nil, "key")
		}
		o.src.settings.Key = []string{"subject"}
	}
	if c.Body == formCloudEvents {
		o.cloudEvents()
	}
	o.dates(c)
	o.kinds(c)
	if (c.GonePath == "") != (len(c.Gone) == 0) {
		o.wrong("GW-A803", "", nil, "gone_path", "gone")
	}
	o.verifier(c.Signature, env.Now)
	o.src.paths = pathsOf(&o.src.settings)
	if len(o.problems) > 0 {
		return nil, errors.Join(o.problems...)
	}
	return o.src, nil
}

// opener gathers every mistake of the settings.
type opener struct {
	node     *strict.Node
	src      *Source
	problems []error
}

// wrong notes a mistake at the first of the settings that stands there.
func (o *opener) wrong(code, value string, cause error, names ...string) {
	at := o.node
	field := names[0]
	for _, name := range names {
		if n := o.node.Get(name); n != nil {
			at, field = n, name
			break
		}
	}
	p := &problem.Problem{Code: code, Field: field, Value: problem.Short(value), Err: cause}
	if at != nil {
		p.File, p.Line, p.Col = at.File, at.Line, at.Col
		if at != o.node {
			p.Field = at.Path
		} else if at.Path != "" {
			p.Field = at.Path + "." + field
		}
	}
	o.problems = append(o.problems, p)
}

func (o *opener) cloudEvents() {
	c := &o.src.settings
	if c.Payload == "" {
		c.Payload = "data"
	}
	if c.At == "" {
		c.At = "time"
	}
	if c.Records != "" {
		o.wrong("GW-A804", c.Records, nil, "records")
	}
}

func (o *opener) dates(c Settings) {
	for _, pattern := range c.Layouts {
		layout, err := vntext.ParseLayout(pattern)
		if err != nil {
			o.wrong("GW-A801", pattern, err, "layouts")
			continue
		}
		o.src.layouts = append(o.src.layouts, layout)
	}
	if c.Zone == "Asia/Ho_Chi_Minh" {
		o.src.zone = vntext.Zone()
		return
	}
	zone, err := time.LoadLocation(c.Zone)
	if err != nil || c.Zone == "" || c.Zone == "Local" {
		o.wrong("GW-A802", c.Zone, nil, "zone")
	}
	o.src.zone = zone
}

func (o *opener) kinds(c Settings) {
	if (c.KindPath == "") != (len(c.Kinds) == 0) {
		o.wrong("GW-A803", "", nil, "kind_path", "kinds")
	}
	for value, name := range c.Kinds {
		kind := canonical.Kind(name)
		if !kind.Valid() || kind == canonical.KindOps {
			o.wrong("GW-A805", name, nil, "kinds")
		}
		o.src.kinds[value] = kind
	}
}
