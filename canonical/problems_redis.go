package canonical

// problemsRedis are the GW-L codes: leases, presence and shared quotas.
var problemsRedis = map[string]ProblemText{}
