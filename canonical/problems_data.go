package canonical

// problemsData are the GW-D codes: data formats.
var problemsData = map[string]ProblemText{}
