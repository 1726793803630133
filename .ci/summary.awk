# Turns ctest's JUnit report into the name of every failure, every reason to skip with how many tests
# had it, and the line 'N passed, N failed, N skipped'. Exit status 1 if a test failed or none passed.
#
# Passed: ctest ran it and it did not fail. Skipped: it ran and said so (GTEST_SKIP, or the return
# code that stands for a skip). Anything else failed: also a program that is missing, or a test that
# is disabled.

function attribute(text, name,    quoted) {
  if (!match(text, " " name "=\"[^\"]*\"")) return ""
  quoted = substr(text, RSTART, RLENGTH)
  return unescape(substr(quoted, length(name) + 4, length(quoted) - length(name) - 4))
}

function unescape(text) {
  gsub(/&lt;/, "<", text)
  gsub(/&gt;/, ">", text)
  gsub(/&quot;/, "\"", text)
  gsub(/&apos;/, "'", text)
  gsub(/&amp;/, "\\&", text)
  return text
}

function finish_case() {
  if (name == "") return
  if (status == "run") {
    passes++
  } else if (skip ~ /^SKIP_/) {
    skips++
    if (reason == "") reason = skip
    if (!(reason in skipped)) reasons[++reason_count] = reason
    if (++skipped[reason] == 1) example[reason] = name
  } else {
    failures++
    printf "failed: %s (%s)\n", name, (skip == "" ? status : skip)
  }
  name = ""
}

/^[ \t]*<testcase / {
  finish_case()
  name = attribute($0, "name")
  sub(/ *# GetParam\(\).*/, "", name)  # CMake appends a parameter's value to the case's name
  status = attribute($0, "status")
  skip = ""
  reason = ""
  in_reason = 0
  next
}

/^[ \t]*<skipped / { skip = attribute($0, "message") }

# GoogleTest prints the reason of GTEST_SKIP() below a line that ends in ": Skipped".
in_reason && (/^$/ || /\[  SKIPPED \]/ || /<\/system-out>/) { in_reason = 0 }
in_reason { reason = reason (reason == "" ? "" : " ") unescape($0) }
/: Skipped$/ { in_reason = 1 }

END {
  finish_case()
  for (i = 1; i <= reason_count; ++i) {
    reason = reasons[i]
    if (skipped[reason] == 1) printf "skipped: %s: %s\n", example[reason], reason
    else printf "skipped: %d tests like %s: %s\n", skipped[reason], example[reason], reason
  }
  printf "%d passed, %d failed, %d skipped\n", passes, failures, skips
  exit (failures > 0 || passes == 0)
}
