package canonical

// problemsKafka are the GW-Q codes: Kafka as the Log, and as a sink.
var problemsKafka = map[string]ProblemText{}
