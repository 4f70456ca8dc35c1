package canonical

// problemsMapping are the GW-M codes: mappings and code lists.
var problemsMapping = map[string]ProblemText{}
