package redis

import (
	"embed"
	"fmt"

	goredis "github.com/redis/go-redis/v9"
)

//go:embed scripts/*.lua
var scriptFiles embed.FS

// scripts are the Lua scripts by name, each behind the common part.
type scripts map[string]*goredis.Script

func loadScripts() (scripts, error) {
	common, err := scriptFiles.ReadFile("scripts/common.lua")
	if err != nil {
		return nil, fmt.Errorf("redis: scripts: %w", err)
	}
	all := scripts{}
	for _, name := range []string{"join", "register", "tick", "release", "reclaim", "held", "leave",
		"holder", "nodes", "reserve", "giveback", "putstatus", "probe"} {
		text, err := scriptFiles.ReadFile("scripts/" + name + ".lua")
		if err != nil {
			return nil, fmt.Errorf("redis: script %s: %w", name, err)
		}
		all[name] = goredis.NewScript(string(common) + string(text))
	}
	return all, nil
}
