cmake_minimum_required(VERSION 3.25)

# Reads wrappers.txt beside this file: calls visit(wrapper ptx targets instances) for every row.
macro(for_each_wrapper visit)
  file(STRINGS ${CMAKE_CURRENT_LIST_DIR}/wrappers.txt rows REGEX "^[a-z]")
  foreach(row IN LISTS rows)
    if(NOT row MATCHES "^([a-z0-9_]+) \\| ([^ ]+) \\| (any|sm_89|sm_90|sm_90a|multicast|fp8) \\| ([0-9]+)$")
      message(FATAL_ERROR "wrappers.txt: not 'wrapper | PTX | targets | instances': ${row}")
    endif()
    cmake_language(CALL ${visit} ${CMAKE_MATCH_1} ${CMAKE_MATCH_2} ${CMAKE_MATCH_3}
                   ${CMAKE_MATCH_4})
  endforeach()
endmacro()
