// Package mappings says in YAML what a source's Raws mean, and makes Records
// of them: it compiles mappings with every mistake named by line, runs them
// in one pass over the bytes, tells field by field why, and tests them.
package mappings
