package problem

// Part is a part of a Problem that may be what a source gave, in whatever
// words: it may name a person, and only who may see Raws reads it.
type Part uint8

// The parts. Cause is the words of the error below.
const (
	PartFile Part = 1 << iota
	PartField
	PartPath
	PartValue
	PartWant
	PartNear
	PartCause
	partAll = PartFile | PartField | PartPath | PartValue | PartWant | PartNear | PartCause
)

// OfSource is which parts of a Problem are what a source gave: the one list by
// which is decided who reads what. A code nobody knows may quote anything.
func (p *Problem) OfSource() Part {
	parts := p.quoted()
	for _, family := range []map[string]Words{problemsSource, problemsRouter} { // what they are about may stand in a file of the source's
		if _, known := family[p.Code]; known {
			parts |= PartFile
		}
	}
	return parts
}

func (p *Problem) quoted() Part {
	if parts, listed := quoting()[p.Code]; listed {
		return parts
	}
	if _, known := problemsData[p.Code]; known { // named and laid out by whoever made the file
		return partAll &^ PartField
	}
	for _, family := range []map[string]Words{problemsMapping, problemsValidation} {
		if _, ok := family[p.Code]; ok {
			return PartValue | PartCause
		}
	}
	if _, known := problemsSource[p.Code]; known {
		return PartValue | PartCause
	}
	if _, known := WordsOf(p.Code); known {
		return 0
	}
	return partAll
}

// quoting are the codes that quote more than their family does, or less.
func quoting() map[string]Part {
	const file = PartFile | PartCause
	return map[string]Part{
		"GW-R088": PartValue | PartWant, // parts of keys
		"GW-D012": file | PartWant,      // the sheets there are; which one is asked for is set
		"GW-D013": file,
		"GW-D014": file | PartWant | PartNear, // the cells taken for a header
		"GW-D017": file,
		"GW-D018": file,
		"GW-D019": file,
		"GW-D020": file | PartPath | PartValue | PartField,
		"GW-D021": file | PartPath | PartValue | PartField,
		"GW-D022": file | PartPath | PartField,
		"GW-D034": file | PartWant | PartNear,
		"GW-M030": PartPath | PartNear,
		"GW-M031": PartPath | PartNear,
		"GW-M032": PartPath,
		"GW-M106": PartPath,
		"GW-R004": PartCause,
		"GW-R007": PartCause,
		"GW-R014": PartPath,
		"GW-R025": PartValue,
		"GW-R030": PartPath,
		"GW-R061": PartNear,
		"GW-R070": PartValue,
		"GW-R071": PartValue,
		"GW-R072": PartValue,
		"GW-R073": PartValue,
		"GW-R074": PartValue | PartPath, // a member that nobody named here
		"GW-R075": PartValue,
		"GW-S017": PartCause, // where it leads
		"GW-V007": PartValue | PartWant,
	}
}
