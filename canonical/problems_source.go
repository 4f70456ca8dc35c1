package canonical

// problemsSource are the GW-S codes: talking to a source.
var problemsSource = map[string]ProblemText{}
