// Package jsonscan reads JSON and XML once, from the first byte to the last,
// and finds values by path: one scanner, one trie of wanted paths, and XML as
// the same tree. Engines cut answers into payloads with it, mappings find
// values in payloads with it; both mean the same by a path, a text, a level.
//
// A path is written the same in profiles, stream settings and mappings
// (ParsePath); a step that is not known is refused where it is written.
//
// What is accepted depends on who asks, and is written here only.
//
// A Scanner judges: what it passes is JSON that anybody can read.
//   - RFC 8259, one value and blanks around it (space, tab, CR, LF). A byte
//     order mark and NUL bytes around a document are for callers to cut.
//   - Texts are UTF-8 without control characters; half a surrogate pair in an
//     escape is U+FFFD. Check leaves the bytes of texts alone.
//   - 64 levels; Check takes as many as it is given.
//   - A wanted member that stands twice in one object is a defect, for nobody
//     can know which is meant; a member that nobody wants may.
//
// A Cutter cuts: it judges only what it takes to find where a record begins
// and ends, so that one bad record is held and the others are not lost.
//   - Brackets meet their own kind, texts end, members have a name and a
//     colon. Commas may be missing, doubled or behind the last; a bare word
//     stands for itself; control characters are blanks; texts are any bytes.
//   - A value that is passed over nests 64 levels, counted from itself. A record
//     that nests deeper is passed over whole where somebody takes it (Deep).
//   - A member that stands twice counts as it stands last; records that stand
//     in two places are all records.
//
// Values reads the values of a list, or of lines, one after the other from a
// stream: brackets and texts as a Cutter, one comma between two, any depth.
//
// XML reads XML, for cutting, mapping and streaming alike.
//   - XML 1.0 as encoding/xml reads it in strict mode: attributes quoted, the
//     five entities and numeric ones, no others; nothing is fetched or expanded.
//     A document type, comments and instructions are passed over.
//   - The bytes are UTF-8 or refused, whatever encoding the text declares of
//     itself: who fetches a text brings it to UTF-8.
//   - Names are local names: prefixes and declarations of name spaces fall
//     away. An element ends at the tag of its local name.
//   - 256 levels; with Skim, what is deeper is passed over. As JSON (AppendXML) 63 elements, for a scan takes 64 levels.
//   - What stands around the elements, and a second root, is no defect. AppendXML
//     reads the first element only.
//   - An attribute is the member @name, an element without members its text,
//     beside members the text is #text, blanks around it cut; elements of one
//     name are a list. A Cutter takes the last of them, as it stands.
//
// Memory is what is read plus the levels that are open; only AppendXML holds a
// tree, of one payload.
package jsonscan
