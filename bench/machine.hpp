#pragma once
// The machine and the build, for the header of every result file.

namespace heddle::bench {

/// Adds them to Google Benchmark's context.
void describe_machine();

}  // namespace heddle::bench
