package dev

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// first is the metadata with which every node begins: the features and the
// users, the same for all.
const first = "__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"

// format gives every node its storage. Kafka's tool makes the first metadata
// once; a node's own part is four lines.
func (c *Cluster) format() error {
	metadata, err := c.firstMetadata()
	if err != nil {
		return err
	}
	cluster := uuid()
	for _, n := range c.nodes {
		data := c.file(n, "data")
		if err := os.MkdirAll(filepath.Join(data, filepath.Dir(first)), 0o700); err != nil {
			return err
		}
		meta := fmt.Sprintf("version=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n", cluster, n.id, uuid())
		if err := os.WriteFile(filepath.Join(data, "meta.properties"), []byte(meta), 0o600); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(data, first), metadata, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// firstMetadata is made once per version of Kafka and kept beside the jars;
// where there are users, it is made each time.
func (c *Cluster) firstMetadata() ([]byte, error) {
	kept := filepath.Join(c.in.dir, "first.checkpoint")
	if len(c.set.users) == 0 {
		if metadata, err := os.ReadFile(kept); err == nil {
			return metadata, nil
		}
	}
	metadata, err := c.runStorageTool()
	if err != nil || len(c.set.users) > 0 {
		return metadata, err
	}
	keep(kept, metadata)
	return metadata, nil
}

// keep writes a file whole or not at all. What could not be kept is made
// again the next time.
func keep(path string, content []byte) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".")
	if err != nil {
		return
	}
	_, err = f.Write(content)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
}

func (c *Cluster) runStorageTool() ([]byte, error) {
	n := c.nodes[0]
	args := []string{"format", "--cluster-id", uuid(), "--config", c.file(n, "properties")}
	for _, u := range c.set.users {
		args = append(args, "--add-scram", fmt.Sprintf("SCRAM-SHA-512=[name=%s,password=%s]", u.name, u.password))
	}
	argv := c.in.command("kafka.tools.StorageTool", []string{"-Dlog4j2.level=warn"}, args...)
	cmd := exec.Command(argv[0], argv[1:]...)
	if said, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("dev: formatting: %w: %s", err, said)
	}
	data := c.file(n, "data")
	metadata, err := os.ReadFile(filepath.Join(data, first))
	if err != nil {
		return nil, err
	}
	return metadata, os.RemoveAll(data)
}

// uuid is an id as Kafka writes them; a minus at the start reads as an option.
func uuid() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	id[0] &= 0x7f
	return base64.RawURLEncoding.EncodeToString(id[:])
}
