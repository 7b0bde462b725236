# SPDX-License-Identifier: MIT
# Linearizability: the search and the generator by hand-written cases, the primitives in the model
# and natively, and broken twins that must be rejected.
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
  set_tests_properties(${name} PROPERTIES LABELS "linearizability;${flavour};${ARGN}" TIMEOUT 900)
endfunction()

racekit_linearizability_test(linearizability.queues.model unit/linearizability/queues_test.cpp model)
racekit_linearizability_test(linearizability.locks.model unit/linearizability/locks_test.cpp model)
racekit_linearizability_test(linearizability.kinds.model unit/linearizability/kinds_test.cpp model)
racekit_linearizability_test(linearizability.server.model unit/linearizability/server_test.cpp model)
racekit_linearizability_test(linearizability.waiting.model unit/linearizability/waiting_test.cpp model)
racekit_linearizability_test(linearizability.twins.model unit/linearizability/twins_test.cpp model)
racekit_linearizability_test(unit.linearizability_search unit/linearizability/search_test.cpp model unit)
racekit_linearizability_test(unit.linearizability_programs unit/linearizability/programs_test.cpp model unit)
racekit_linearizability_test(unit.linearizability_monitor unit/linearizability/monitor_test.cpp model unit)
racekit_linearizability_test(unit.linearizability_long unit/linearizability/long_test.cpp native unit)
racekit_linearizability_test(linearizability.stress unit/linearizability/stress_test.cpp native)
racekit_linearizability_test(linearizability.native unit/linearizability/native_test.cpp native)

# What the README shows is compiled, run, and the very text.
function(racekit_linearizability_example name source flavour says)
  add_executable(linearizability.${name} unit/linearizability/${source})
  target_link_libraries(linearizability.${name} PRIVATE racekit_${flavour}_kit)
  set_target_properties(linearizability.${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  add_test(NAME linearizability.${name} COMMAND linearizability.${name})
  set_tests_properties(linearizability.${name} PROPERTIES LABELS "linearizability;${flavour}" TIMEOUT 900
    PASS_REGULAR_EXPRESSION "${says}")
  add_test(NAME linearizability.${name}.readme COMMAND ${CMAKE_COMMAND}
    -DREADME=${PROJECT_SOURCE_DIR}/sanitizers/linearizability/README.md
    -DEXAMPLE=${CMAKE_CURRENT_SOURCE_DIR}/unit/linearizability/${source}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/unit/linearizability/readme.cmake)
  set_tests_properties(linearizability.${name}.readme PROPERTIES LABELS "linearizability;unit" TIMEOUT 600)
endfunction()
racekit_linearizability_example(example example.cpp model
  "ticket_counter: linearizable in this client\n  exhausted")
racekit_linearizability_example(stress_example stress_example.cpp native
  "locked_map: no violation found in this client\n  sampled")
