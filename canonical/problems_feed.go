package canonical

// problemsFeed are the GW-F codes: the feed API.
var problemsFeed = map[string]ProblemText{}
