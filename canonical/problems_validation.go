package canonical

// problemsValidation are the GW-V codes: canonical records that break a rule.
var problemsValidation = map[string]ProblemText{}
