# Compile flags shared by every target of the project (never imposed on consumers).
add_library(heddle_flags INTERFACE)
target_compile_features(heddle_flags INTERFACE cxx_std_20)
target_compile_options(heddle_flags INTERFACE -Wall -Wextra -Wpedantic -Wshadow)
# g++ 12 sees an overlap in "literal" + std::string that is not there (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(heddle_flags INTERFACE -Wno-restrict)
endif()
if(HEDDLE_WERROR)
  target_compile_options(heddle_flags INTERFACE -Werror)
endif()
if(HEDDLE_SANITIZE)
  target_compile_options(heddle_flags INTERFACE -fsanitize=${HEDDLE_SANITIZE} -fno-omit-frame-pointer
                                                -fno-sanitize-recover=all -g)
  target_link_options(heddle_flags INTERFACE -fsanitize=${HEDDLE_SANITIZE})
endif()

# Executables all go to build/bin.
function(heddle_executable name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE heddle_flags)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()
