package canonical

// problemsStore are the GW-K codes: the store and the quarantine.
var problemsStore = map[string]ProblemText{}
