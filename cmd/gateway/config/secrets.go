package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/strict"
)

// Cleaner knows what the configuration has by reference: secrets, which are
// shown nowhere, also not where a source echoes them. An address is none.
func (c *Config) Cleaner() *privacy.Cleaner {
	if c.Text == nil {
		return privacy.NewCleaner(nil)
	}
	return privacy.NewCleaner(slices.DeleteFunc(strict.References(c.Text), func(value string) bool {
		return strings.Contains(value, "://") && !strings.Contains(value, "@")
	}))
}

// checkTokens refuses one secret under two roles: its holder would have the
// greater or the lesser by chance.
func (c *Config) checkTokens() error {
	var problems []error
	first := map[strict.Secret]int{}
	for i, t := range c.HTTP.Tokens {
		before, twice := first[t.Secret]
		if !twice {
			first[t.Secret] = i
			continue
		}
		if other := c.HTTP.Tokens[before]; other.Role != t.Role {
			there := c.Text.At(fmt.Sprintf("http.tokens[%d].secret", before))
			p := c.Text.At(fmt.Sprintf("http.tokens[%d].secret", i)).Problem("GW-C031")
			p.Value, p.Near = other.Role+", "+t.Role, fmt.Sprintf("%s (%s:%d:%d)", there.Path, there.File, there.Line, there.Col)
			problems = append(problems, p)
		}
	}
	return errors.Join(problems...)
}
