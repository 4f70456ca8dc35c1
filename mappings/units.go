package mappings

import (
	"iocgateway/canonical"
	"iocgateway/canonical/units"
)

// UnitTable lends a table of administrative units to mappings.
func UnitTable(t *units.Table) Units { return unitTable{t} }

type unitTable struct{ table *units.Table }

func (u unitTable) AsOf() string { return string(u.table.AsOf()) }

// Find takes a name that is one unit's only: two of one name are nobody's.
func (u unitTable) Find(name, parent, day string) (string, bool) {
	found := u.table.Find(name, parent, canonical.Date(day))
	if len(found) != 1 {
		return "", false
	}
	return found[0].Code, true
}
