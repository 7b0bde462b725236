# Linearizability: the search and the generator by hand-written cases, the primitives in the model and
# natively, and broken twins that must be rejected.
function(racekit_linearizability_test name source flavour)
  if(NOT TARGET racekit_${flavour}_kit)
    return()
  endif()
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE racekit_${flavour}_kit GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests ${PROJECT_SOURCE_DIR}/sanitizers)
  target_compile_options(${name} PRIVATE -Wall -Wextra)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "linearizability;${flavour};${ARGN}" TIMEOUT 300)
endfunction()

racekit_linearizability_test(linearizability.queues.model unit/linearizability_queues_test.cpp model)
