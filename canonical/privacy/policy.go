// Package privacy has the classes of personal data, the policy that decides what
// becomes of each, and the masks. It works on texts and knows no model.
package privacy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"maps"
	"slices"
	"strings"

	"iocgateway/canonical/problem"
)

// DataClass is a class of personal data. Fields carry theirs in the pii tag.
type DataClass string

// The classes of personal data.
const (
	ClassName       DataClass = "name"
	ClassPhone      DataClass = "phone"
	ClassEmail      DataClass = "email"
	ClassPersonalID DataClass = "personal_id"
	ClassBirth      DataClass = "birth"
	ClassAddress    DataClass = "address"
	ClassPosition   DataClass = "position"  // coordinates: of a home, perhaps
	ClassFreeText   DataClass = "free_text" // a citizen may have written anything in it
	ClassImage      DataClass = "image"
	ClassPlate      DataClass = "plate"
)

// Classes lists every class, in the order they are shown.
func Classes() []DataClass {
	return []DataClass{ClassName, ClassPhone, ClassEmail, ClassPersonalID, ClassBirth,
		ClassAddress, ClassPosition, ClassFreeText, ClassImage, ClassPlate}
}

// Title is the class in words.
func (c DataClass) Title(lang problem.Lang) string {
	vi, en := c.words()
	if lang == problem.English {
		return en
	}
	return vi
}

func (c DataClass) words() (vi, en string) {
	switch c {
	case ClassName:
		return "họ tên", "name"
	case ClassPhone:
		return "điện thoại", "phone"
	case ClassEmail:
		return "thư điện tử", "e-mail"
	case ClassPersonalID:
		return "số định danh", "personal id"
	case ClassBirth:
		return "ngày sinh", "birth date"
	case ClassAddress:
		return "địa chỉ", "address"
	case ClassPosition:
		return "tọa độ", "position"
	case ClassFreeText:
		return "nội dung tự do", "free text"
	case ClassImage:
		return "hình ảnh", "image"
	case ClassPlate:
		return "biển số xe", "vehicle plate"
	}
	return string(c), string(c)
}

// Action is what becomes of a personal value.
type Action string

// The actions. What ActionMask does is the class's own: see Mask.
const (
	ActionKeep Action = "keep"
	ActionMask Action = "mask"
	ActionDrop Action = "drop"
)

// Policy is what becomes of personal data, class by class. A class it does
// not name is masked: forgetting one never opens it. A Policy is not written
// to once it is in use.
type Policy map[DataClass]Action

// DefaultPolicy is what holds where nothing else is configured:
//
//   - who it is (name, phone, e-mail, personal id, address, plate) is masked:
//     enough stays to tell two people apart at a desk, not to reach them;
//   - birth dates and images are dropped: a masked date is no date;
//   - free text stays readable, because it is the matter itself, but phone
//     numbers, personal ids and e-mail addresses inside it are masked, and the
//     name of the person whose matter it is;
//   - positions are coarsened to about a hundred metres.
func DefaultPolicy() Policy {
	p := Policy{}
	for _, c := range Classes() {
		p[c] = ActionMask
	}
	p[ClassBirth] = ActionDrop
	p[ClassImage] = ActionDrop
	return p
}

// KeepAll keeps everything. Anonymous matters lose their identity even so.
func KeepAll() Policy {
	p := Policy{}
	for _, c := range Classes() {
		p[c] = ActionKeep
	}
	return p
}

// Action is what the policy does with a class.
func (p Policy) Action(c DataClass) Action {
	if a, ok := p[c]; ok {
		return a
	}
	return ActionMask
}

// Check reports classes and actions that do not exist, as Problems.
func (p Policy) Check() error {
	var problems []error
	for _, c := range p.named() {
		if !slices.Contains(Classes(), c) {
			problems = append(problems, &problem.Problem{Code: "GW-V032", Field: "privacy", Value: problem.Short(string(c)), Want: classNames()})
		}
		switch p[c] {
		case ActionKeep, ActionMask, ActionDrop:
		default:
			problems = append(problems, &problem.Problem{Code: "GW-V031", Field: "privacy." + problem.Short(string(c)),
				Value: problem.Short(string(p[c])), Want: "keep, mask, drop"})
		}
	}
	return errors.Join(problems...)
}

// Value applies the policy to one value. ok is false when the value is to be
// left out.
func (p Policy) Value(c DataClass, value string) (shown string, ok bool) {
	switch p.Action(c) {
	case ActionKeep:
		return value, true
	case ActionDrop:
		return "", false
	}
	shown = Mask(c, value)
	return shown, shown != ""
}

// Unread applies the policy to a value that could not be read as what its field
// is for. As nobody knows what it is, a class that is kept does not open it: numbers
// and addresses of people in it are masked as in free text, but those the policy keeps.
func (p Policy) Unread(c DataClass, value string) string {
	shown, ok := p.Value(c, value)
	if !ok || c == ClassPhone || c == ClassEmail || c == ClassPersonalID || p.Action(ClassFreeText) == ActionKeep {
		return shown
	}
	return Scrub(shown)
}

// maskScheme changes whenever Mask gives another outcome for the same value,
// so that records made by the older scheme are seen to be older.
const maskScheme = "5"

// Revision is a short hash that changes exactly when the outcome of the
// policy could.
func (p Policy) Revision() string {
	var b strings.Builder
	b.WriteString(maskScheme)
	for _, c := range Classes() {
		b.WriteString("\n" + string(c) + "=" + string(p.Action(c)))
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:6])
}

func (p Policy) named() []DataClass {
	named := make([]DataClass, 0, len(p))
	for c := range p {
		named = append(named, c)
	}
	slices.Sort(named)
	return named
}

func classNames() string {
	names := make([]string, 0, len(Classes()))
	for _, c := range Classes() {
		names = append(names, string(c))
	}
	return strings.Join(names, ", ")
}

// Scrubbing is the policy with free text at least scrubbed.
func (p Policy) Scrubbing() Policy {
	if p.Action(ClassFreeText) != ActionKeep {
		return p
	}
	strict := maps.Clone(p)
	strict[ClassFreeText] = ActionMask
	return strict
}
