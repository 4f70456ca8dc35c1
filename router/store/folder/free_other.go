//go:build !(linux || darwin)

package folder

// Free is not known here.
func Free(string) (free, size uint64, known bool) { return 0, 0, false }
