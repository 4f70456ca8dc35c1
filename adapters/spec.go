package adapters

import (
	"fmt"

	"iocgateway/canonical"
	"iocgateway/canonical/strict"
)

// Evidence is what a part of an integration rests on.
type Evidence string

// The grades of evidence, best first.
const (
	Seen     Evidence = "seen"     // read in source code or data that has it
	Reported Evidence = "reported" // described on a page
	Assumed  Evidence = "assumed"  // nobody has shown it; a tenant must confirm
)

// Info describes an adapter to people and to the reference.
type Info struct {
	Name   string // as the configuration names it: dvc, ioffice, rest …
	VI, EN string // one line each
	Kinds  []canonical.Kind
	// Profiles are the wire profiles that come with it.
	Profiles []ProfileInfo
}

// ProfileInfo describes one wire profile.
type ProfileInfo struct {
	Name     string
	VI, EN   string
	Evidence Evidence
	Text     string // as it ships, to be read and copied; empty where it is no file
}

// Settings is what one stream was configured with: the source's settings
// with the stream's own laid over them, positions kept.
type Settings struct {
	Source, Stream string
	Kind           canonical.Kind
	Node           *strict.Node // a mapping node; its unknown keys are errors
	// Beside are those of the source's other streams: what one does not read,
	// another may.
	Beside []*strict.Node
}

// Spec is an adapter as the gateway holds it.
type Spec struct {
	Info Info
	// Open builds a stream's Source. It does no input or output: a wrong
	// setting is a *problem.Problem (or several, joined), never a dial.
	Open func(Settings, Env) (Source, error)
	// Fields describes the settings, for the reference and for completion.
	Fields []strict.Field
}

// Define makes a Spec from a settings struct. The struct's tags hold key
// (yaml), rules (validate), whether it is a secret, and words for people
// (vi, en).
func Define[C any](info Info, defaults C, open func(C, Settings, Env) (Source, error)) Spec {
	return Spec{
		Info:   info,
		Fields: strict.Fields(defaults),
		Open: func(s Settings, env Env) (Source, error) {
			cfg := defaults
			if err := strict.Decode(s.Node, &cfg); err != nil {
				return nil, fmt.Errorf("%s: settings of %s/%s: %w", info.Name, s.Source, s.Stream, err)
			}
			return open(cfg, s, env)
		},
	}
}
