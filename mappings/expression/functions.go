package expression

import (
	"fmt"
	"strconv"

	"iocgateway/canonical/vntext"
)

// Functions are the functions an expression may call, each of one value.
func Functions() []string { return []string{"text", "num", "folded", "present"} }

func asText(args ...any) (any, error) {
	switch v := args[0].(type) {
	case nil:
		return "", nil
	case string:
		return vntext.Clean(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	default:
		return fmt.Sprint(v), nil
	}
}

func asNumber(args ...any) (any, error) {
	switch v := args[0].(type) {
	case string:
		dec, err := vntext.ParseDecimal(v, vntext.StyleAuto)
		if err != nil {
			return nil, nil //nolint:nilnil // no number is nothing, as ?? expects
		}
		f, err := strconv.ParseFloat(dec, 64)
		return f, err
	case float64, int:
		return v, nil
	}
	return nil, nil //nolint:nilnil // as above
}

func folded(args ...any) (any, error) {
	s, _ := asText(args...)
	return vntext.Fold(s.(string)), nil
}

func present(args ...any) (any, error) {
	s, isText := args[0].(string)
	return args[0] != nil && (!isText || vntext.Clean(s) != ""), nil
}
