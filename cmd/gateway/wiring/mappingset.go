package wiring

import (
	"fmt"
	"os"

	"iocgateway/canonical/calendar"
	"iocgateway/canonical/privacy"
	"iocgateway/canonical/problem"
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

// LoadCalendar is the working calendar: Vietnam's, with the city's own file
// laid over it.
func LoadCalendar(file string) (*calendar.Calendar, error) {
	days, err := calendar.Default()
	if err != nil || file == "" {
		return days, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, &problem.Problem{Code: "GW-C027", Field: "calendar.file", Value: file, Err: err}
	}
	return calendar.Read(file, data, days)
}
