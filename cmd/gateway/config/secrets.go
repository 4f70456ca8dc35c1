package config

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"

	"iocgateway/canonical/privacy"
	"iocgateway/canonical/strict"
)

// Cleaner knows what the configuration has by reference: secrets, which are
// shown nowhere, also not where a source echoes them. An address is none, but
// for what opens a door in it.
func (c *Config) Cleaner() *privacy.Cleaner {
	if c.Text == nil {
		return privacy.NewCleaner(nil)
	}
	var secrets []string
	for _, value := range strict.References(c.Text) {
		if !strings.Contains(value, "://") {
			secrets = append(secrets, value)
			continue
		}
		if strings.Contains(value, "@") {
			secrets = append(secrets, value)
		}
		u, err := url.Parse(value)
		if err != nil {
			continue
		}
		if password, given := u.User.Password(); given {
			secrets = append(secrets, password)
		}
		for _, values := range u.Query() {
			secrets = append(secrets, slices.DeleteFunc(values, func(v string) bool { return !mixed(v) })...)
		}
	}
	return privacy.NewCleaner(secrets)
}

// mixed reports letters and digits, as keys have them, and words and days do not.
func mixed(s string) bool {
	return strings.ContainsAny(s, "0123456789") && strings.ContainsFunc(s, unicode.IsLetter)
}

// checkTokens refuses one secret under two roles: its holder would have the
// greater or the lesser by chance.
func (c *Config) checkTokens() error {
	var problems []error
	first := map[strict.Secret]int{}
	for i, t := range c.HTTP.Tokens {
		if strings.ContainsFunc(t.Secret.Reveal(), unicode.IsSpace) { // no header can carry it
			problems = append(problems, c.Text.At(fmt.Sprintf("http.tokens[%d].secret", i)).Problem("GW-C038"))
		}
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
