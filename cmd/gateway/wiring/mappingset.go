package wiring

import (
	"fmt"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/units"
	"iocgateway/cmd/gateway/config"
	"iocgateway/mappings"
)

// loadMappings compiles the shipped mappings and those of the configured
// directory over them.
func LoadMappings(cfg config.Config) (*mappings.Set, error) {
	return MappingSet(cfg.Mappings.Dir, policyOf(cfg))
}

// setOf compiles the shipped mappings with a directory's on top.
func MappingSet(dir string, policy privacy.Policy) (*mappings.Set, error) {
	table, err := units.Default()
	if err != nil {
		return nil, fmt.Errorf("administrative units: %w", err)
	}
	return mappings.Load(mappings.Options{Dir: dir, Units: mappings.UnitTable(table), Policy: policy})
}
