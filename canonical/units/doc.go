// Package units knows Vietnam's administrative units by code and day: the
// three-level list until 30 June 2025, the two-level one since 1 July 2025,
// and what became of each unit between them. A code without a day is not a
// key: nearly all commune codes of today were codes before, often of another
// name or of a smaller place.
//
// The list is data with a day and an origin of its own, embedded and
// replaceable (Load). It is read at first use and never written.
package units
