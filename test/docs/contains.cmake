# README contains the whole of EXAMPLE.
file(READ ${README} readme)
file(READ ${EXAMPLE} example)
string(FIND "${readme}" "${example}" at)
if(example STREQUAL "" OR at EQUAL -1)
  message(FATAL_ERROR "${README} must contain ${EXAMPLE} verbatim")
endif()
