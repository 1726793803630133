# Compile flags shared by every target of the project (never imposed on consumers).
add_library(heddle_flags INTERFACE)
target_compile_features(heddle_flags INTERFACE cxx_std_20)
set(heddle_cxx_flags -Wall -Wextra -Wpedantic -Wshadow)
# Spills and local memory are never meant; nvcc's stubs are not pedantic.
# CMake 3.25 knows no C++20 option of nvcc 13.
set(heddle_cuda_flags -std=c++20 -Xcompiler=-Wall,-Wextra -Xptxas=-warn-spills,-warn-lmem-usage)
# Machine code compresses to less than a fifth; the driver unpacks what it loads.
list(APPEND heddle_cuda_flags -Xfatbin=-compress-all)
# g++ 12 sees an overlap in "literal" + std::string that is not there (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  list(APPEND heddle_cxx_flags -Wno-restrict)
  list(APPEND heddle_cuda_flags -Xcompiler=-Wno-restrict)
endif()
if(HEDDLE_WERROR)
  list(APPEND heddle_cxx_flags -Werror)
  list(APPEND heddle_cuda_flags -Werror=all-warnings)
endif()
target_compile_options(heddle_flags INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:${heddle_cxx_flags}>"
                                              "$<$<COMPILE_LANGUAGE:CUDA>:${heddle_cuda_flags}>")
if(HEDDLE_SANITIZE)
  # -g1: the lines of a report, at half the size and a sixth less time than -g.
  set(sanitizer_flags -fsanitize=${HEDDLE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all -g1)
  target_compile_options(heddle_flags INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:${sanitizer_flags}>")
  target_link_options(heddle_flags INTERFACE -fsanitize=${HEDDLE_SANITIZE})
endif()

# Executables all go to build/bin.
function(heddle_executable name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE heddle_flags)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()
