//go:build linux || darwin

package shell

import (
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// Columns is how wide the terminal is that out is; 0: it is none.
func Columns(out io.Writer) int {
	f, ok := out.(*os.File)
	if !ok {
		return 0
	}
	size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ)
	if err != nil {
		return 0
	}
	return int(size.Col)
}
