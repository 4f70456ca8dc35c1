package dev_test

import (
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"iocgateway/deploy/dev"
)

func TestRedisComesBack(t *testing.T) {
	began := time.Now()
	r := dev.Redis(t)
	t.Logf("redis is up after %v", time.Since(began))
	kept := dev.Redis(t, dev.WithPassword("secret"),
		dev.WithArgs("--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "allkeys-lru"))
	ctx := t.Context()
	plain := redis.NewClient(&redis.Options{Addr: r.Addr(), MaxRetries: -1})
	defer plain.Close()
	safe := redis.NewClient(&redis.Options{Addr: kept.Addr(), Password: "secret", MaxRetries: -1})
	defer safe.Close()
	for _, c := range []*redis.Client{plain, safe} {
		if err := c.Set(ctx, "k", "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	if policy := safe.ConfigGet(ctx, "maxmemory-policy").Val()["maxmemory-policy"]; policy != "allkeys-lru" {
		t.Errorf("policy %q", policy)
	}
	stranger := redis.NewClient(&redis.Options{Addr: kept.Addr(), Password: "wrong", MaxRetries: -1})
	defer stranger.Close()
	if err := stranger.Ping(ctx).Err(); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
		t.Errorf("a wrong password: %v", err)
	}
	r.Stop()
	kept.Kill()
	if err := plain.Ping(ctx).Err(); err == nil {
		t.Error("it answers after its end")
	}
	r.Start()
	kept.Start()
	if got := plain.Exists(ctx, "k").Val(); got != 0 {
		t.Error("a plain Redis kept its data")
	}
	if got := safe.Get(ctx, "k").Val(); got != "v" {
		t.Errorf("the kept one has %q", got)
	}
	if !strings.Contains(r.Logs(), "Ready to accept connections") {
		t.Error("no log")
	}
}

func TestRedisFreezes(t *testing.T) {
	r := dev.Redis(t)
	c := redis.NewClient(&redis.Options{Addr: r.Addr(), MaxRetries: -1, ReadTimeout: 300 * time.Millisecond})
	defer c.Close()
	r.Freeze()
	if err := c.Set(t.Context(), "k", "v", 0).Err(); err == nil {
		t.Error("a frozen Redis answers")
	}
	r.Thaw()
	if err := c.Ping(t.Context()).Err(); err != nil {
		t.Error(err)
	}
}
