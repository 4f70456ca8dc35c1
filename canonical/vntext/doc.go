// Package vntext is everything the gateway knows about Vietnamese text,
// dates and numbers as systems write them. It is pure (no clock, no network,
// no state), safe for concurrent use, and never panics on any input.
//
// Text:     NFC, NFCBytes, Clean, CleanLines, AppendClean, Fold, AppendFold, IndexWords.
// Charsets: Decode, Detect, Charset, FromTCVN3, FromVNI, LooksTCVN3, LooksVNI.
// Dates:    ParseLayout → Layout.Parse, Layout.AppendFormat; AppendRFC3339, AppendDate, Zone.
// Periods:  ParsePeriod.
// Numbers:  ParseDecimal, AppendDecimal, DecimalShift, StripFootnote.
package vntext
