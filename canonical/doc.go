// Package canonical is what the city understands: the record kinds of the
// canonical model (version 1), the Raw they are made from, stable identities,
// and the problems and fault classes every other package uses.
//
// It imports nothing of ours. Text is NFC, trimmed, inner spaces collapsed;
// times are RFC 3339 with an offset; a value that cannot be understood is
// never guessed.
package canonical
