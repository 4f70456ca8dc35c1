//go:build linux || darwin

package folder

import "syscall"

// Free is how many bytes the gateway may still write on the disk under dir,
// and how large that disk is.
func Free(dir string) (free, size uint64, known bool) {
	var st syscall.Statfs_t
	if syscall.Statfs(dir, &st) != nil {
		return 0, 0, false
	}
	block := uint64(st.Bsize)
	return st.Bavail * block, st.Blocks * block, true
}
