# Installs Heddle where KIND asks for it, then configures, builds and runs the consumer's project.
function(step)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT code EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "failed (${code}): ${command}\n${output}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
set(options -DKIND=${KIND} -DCMAKE_CXX_COMPILER=${CXX})
if(KIND STREQUAL "subdirectory")
  # Debug and not sanitized: what counts is that it builds, and soon.
  list(APPEND options -DCMAKE_BUILD_TYPE=Debug -DHEDDLE_SOURCE=${HEDDLE_SOURCE}
       -DHEDDLE_CUDA=${CUDA} -DHEDDLE_CUDA_ARCHITECTURES=80-real)
else()
  step(${CMAKE_COMMAND} --install ${HEDDLE_BUILD} --prefix ${WORK}/prefix)
  list(APPEND options -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=${WORK}/prefix)
endif()
step(${CMAKE_COMMAND} -G ${GENERATOR} -S ${CMAKE_CURRENT_LIST_DIR}/project -B ${WORK}/build
     ${options})
step(${CMAKE_COMMAND} --build ${WORK}/build --parallel 2)
step(${WORK}/build/consumer)
if(KIND STREQUAL "static")
  step(${WORK}/build/files ${WORK}/state.safetensors)
endif()
