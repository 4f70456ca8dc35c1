package share

import "strings"

// sinkJobs begins the names of jobs that are sinks; no stream's has it,
// because a stream's name has one slash.
const sinkJobs = "sink/"

// SinkJob is the name of the job that takes a feed to a sink.
func SinkJob(sink, feed string) string { return sinkJobs + sink + "/" + feed }

// IsSink reports whether a job is a sink.
func IsSink(job string) bool { return strings.HasPrefix(job, sinkJobs) }
