// Package statistics reads statistical tables: PX, JSON-stat, SDMX (ML, JSON
// and CSV) from files or addresses, and the live API of PX-Web. Every cell or
// observation becomes one Raw whose payload names its dimensions, its period
// and its value, so that mappings stay plain whatever the format was.
package statistics
