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
type first struct {
	place   string // in a node's data
	content []byte
}

// firstPlaces are where Kafka's tool puts it: since 4.4, and before.
func firstPlaces() []string {
	return []string{"__cluster_metadata-0/00000000000000000000-0000000000.checkpoint", "bootstrap.checkpoint"}
}

// readFirst finds it under one of the names that its places give.
func readFirst(path func(place string) string) (found first, err error) {
	for _, place := range firstPlaces() {
		content, err2 := os.ReadFile(path(place))
		if err2 == nil {
			return first{place, content}, nil
		}
		err = errors.Join(err, err2)
	}
	return found, err
}

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
		if err := os.MkdirAll(filepath.Join(data, filepath.Dir(metadata.place)), 0o700); err != nil {
			return err
		}
		meta := fmt.Sprintf("version=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n", cluster, n.id, uuid())
		if err := os.WriteFile(filepath.Join(data, "meta.properties"), []byte(meta), 0o600); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(data, metadata.place), metadata.content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// firstMetadata is made once per version of Kafka and kept beside the jars;
// where there are users, it is made each time.
func (c *Cluster) firstMetadata() (first, error) {
	kept := func(place string) string { return filepath.Join(c.in.dir, "first-"+filepath.Base(place)) }
	if len(c.set.users) == 0 {
		if metadata, err := readFirst(kept); err == nil {
			return metadata, nil
		}
	}
	metadata, err := c.runStorageTool()
	if err != nil || len(c.set.users) > 0 {
		return metadata, err
	}
	keep(kept(metadata.place), metadata.content)
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

func (c *Cluster) runStorageTool() (first, error) {
	n := c.nodes[0]
	args := []string{"format", "--cluster-id", uuid(), "--config", c.file(n, "properties")}
	for _, u := range c.set.users {
		args = append(args, "--add-scram", fmt.Sprintf("SCRAM-SHA-512=[name=%s,password=%s]", u.name, u.password))
	}
	argv := c.in.command("kafka.tools.StorageTool", []string{"-Dlog4j2.level=warn"}, args...)
	cmd := exec.Command(argv[0], argv[1:]...)
	if output, err := cmd.CombinedOutput(); err != nil {
		return first{}, fmt.Errorf("dev: formatting: %w: %s", err, output)
	}
	data := c.file(n, "data")
	metadata, err := readFirst(func(place string) string { return filepath.Join(data, place) })
	if err != nil {
		return first{}, err
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
