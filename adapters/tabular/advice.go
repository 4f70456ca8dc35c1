package tabular

import (
	"iocgateway/canonical/problem"
	"iocgateway/canonical/strict"
)

// Advice is adapters.Advised's.
func (w *Walker) Advice() []problem.Problem { return w.Advised }

// Absence advises where files prove nothing about what they no longer have:
// what a source took out stays, and nothing shows it. It is right where each
// file brings only what is new.
func Absence(complete string, text *strict.Node) []problem.Problem {
	if complete != CompleteNone || text == nil {
		return nil
	}
	return []problem.Problem{advised("GW-A014", "complete", text)}
}

func advise(cfg *Settings, text *strict.Node) []problem.Problem {
	all := Absence(cfg.Complete, text)
	if text != nil && len(keyColumns(cfg)) == 0 { // a row put in between is another row to all below it
		all = append(all, advised("GW-A015", "key", text))
	}
	return all
}

func advised(code, setting string, text *strict.Node) problem.Problem {
	at := text.At(text.Path + "." + setting)
	return problem.Problem{Code: code, File: at.File, Line: at.Line, Col: at.Col, Field: setting}
}
