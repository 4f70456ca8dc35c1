//go:build !(linux || darwin)

package shell

import "io"

// Columns is 0: lines are as long as they are, and the terminal breaks them.
func Columns(io.Writer) int { return 0 }
