package canonical

// problemsConfig are the GW-C codes: configuration.
var problemsConfig = map[string]ProblemText{}
