package config

import (
	"time"

	"iocgateway/canonical"
)

// CalendarConfig names the city's own working days and hours.
type CalendarConfig struct {
	File string `yaml:"file" vi:"Tệp lịch riêng, ghép lên lịch Việt Nam đi kèm" en:"a calendar of one's own, laid over the one of Vietnam that comes along" ex:"./lich-quang-ngai.yaml"`
}

// Silence is how long a stream's source may change nothing, days off left out,
// before that is told: as it is set, or what its kind allows. Of statistics
// only a year and a quarter can be told of every source: one that is
// published by the month sets its own. Reference data changes with the law.
func (s *StreamConfig) Silence(kind canonical.Kind) time.Duration {
	const day = 24 * time.Hour
	if s.Text.Get("max_silence") != nil {
		return s.MaxSilence
	}
	switch kind {
	case canonical.KindDossier, canonical.KindDocument:
		return 5 * day
	case canonical.KindTask, canonical.KindFeedback:
		return 10 * day
	case canonical.KindObservation:
		return 310 * day
	}
	return 0
}
