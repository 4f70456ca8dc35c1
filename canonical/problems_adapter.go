package canonical

// problemsAdapter are the GW-A codes: adapters and wire profiles.
var problemsAdapter = map[string]ProblemText{}
