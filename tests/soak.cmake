# SPDX-License-Identifier: MIT
# Soak: numbered elements through every queue. A short run in ctest, ten minutes for each queue by
# the target soak_nightly; and runs on queues that lose, duplicate or reorder elements, or take them
# without a compare-exchange, which must fail.
add_executable(soak.queues soak/queues.cpp)
target_link_libraries(soak.queues PRIVATE racekit_native_settings)
target_compile_options(soak.queues PRIVATE -O2 -Wall -Wextra)
set_target_properties(soak.queues PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME soak.queues COMMAND soak.queues --seconds 0.2)
set_tests_properties(soak.queues PROPERTIES LABELS "soak;native" TIMEOUT 900)
foreach(flaw "takes_without_cas.came twice|overtaken|was lost|never put|too many" "loses.was lost"
    "doubles.came twice" "reorders.overtaken")
  string(REPLACE "." ";" flaw "${flaw}")
  list(POP_FRONT flaw name)
  add_test(NAME soak.queues.selftest.${name} COMMAND soak.queues --seconds 60 --broken --queue ${name})
  set_tests_properties(soak.queues.selftest.${name} PROPERTIES LABELS "soak;selftest" TIMEOUT 600
    PASS_REGULAR_EXPRESSION "${name} +BROKEN in round [^\n]*(${flaw})")
endforeach()
add_custom_target(soak_nightly COMMAND soak.queues --minutes 10 USES_TERMINAL VERBATIM)

# One shared_queue, whose producers and consumers are killed at random times.
foreach(program IN ITEMS soak.killed_queue soak.killed_queue.selftest)
  add_executable(${program} soak/killed_queue.cpp)
  target_link_libraries(${program} PRIVATE racekit_native_settings)
  target_compile_options(${program} PRIVATE -O2 -UNDEBUG -DNDEBUG -Wall -Wextra)
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endforeach()
add_test(NAME soak.killed_queue COMMAND soak.killed_queue --kills 500)
set_tests_properties(soak.killed_queue PROPERTIES LABELS "soak;shared;process" TIMEOUT 900)
# A queue that keeps what the dead had reserved.
target_compile_definitions(soak.killed_queue.selftest PRIVATE RACEKIT_SOAK_BROKEN)
add_test(NAME soak.killed_queue.selftest COMMAND soak.killed_queue.selftest --kills 10000)
set_tests_properties(soak.killed_queue.selftest PROPERTIES LABELS "soak;selftest" TIMEOUT 900
  PASS_REGULAR_EXPRESSION "lost [1-9]|HANGS")
add_custom_target(killed_queue_nightly COMMAND soak.killed_queue --kills 10000
  DEPENDS soak.killed_queue USES_TERMINAL VERBATIM)

# Each kind of pipe, whose senders and receivers are killed at random times.
add_executable(soak.killed_pipes soak/killed_pipes.cpp)
target_link_libraries(soak.killed_pipes PRIVATE racekit_native_settings)
target_compile_options(soak.killed_pipes PRIVATE -O2 -UNDEBUG -DNDEBUG -Wall -Wextra)
set_target_properties(soak.killed_pipes PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME soak.killed_pipes COMMAND soak.killed_pipes --kills 200)
set_tests_properties(soak.killed_pipes PROPERTIES LABELS "soak;pipe;process" TIMEOUT 900)
add_custom_target(killed_pipes_nightly COMMAND soak.killed_pipes --kills 10000
  DEPENDS soak.killed_pipes USES_TERMINAL VERBATIM)

# Each robust lock, whose owners and waiters are killed at random times.
foreach(program IN ITEMS soak.killed_locks soak.killed_locks.selftest)
  add_executable(${program} soak/killed_locks.cpp)
  target_link_libraries(${program} PRIVATE racekit_native_settings)
  target_compile_options(${program} PRIVATE -O2 -UNDEBUG -DNDEBUG -Wall -Wextra)
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endforeach()
add_test(NAME soak.killed_locks COMMAND soak.killed_locks --kills 500)
set_tests_properties(soak.killed_locks PROPERTIES LABELS "soak;shared;process" TIMEOUT 900)
# A lock of which the kernel knows nothing.
target_compile_definitions(soak.killed_locks.selftest PRIVATE RACEKIT_SOAK_BROKEN)
add_test(NAME soak.killed_locks.selftest COMMAND soak.killed_locks.selftest --kills 10000)
set_tests_properties(soak.killed_locks.selftest PROPERTIES LABELS "soak;selftest" TIMEOUT 900
  PASS_REGULAR_EXPRESSION "robust_mutex +[^\n]*HANGS")
add_custom_target(killed_locks_nightly COMMAND soak.killed_locks --kills 10000
  DEPENDS soak.killed_locks USES_TERMINAL VERBATIM)
