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

# racekit_soak_of_deaths(<name> <kills> LABELS <label>... [BROKEN <what the broken one prints>])
# Processes are killed at random times. With BROKEN there is a second program, which must fail.
function(racekit_soak_of_deaths name kills)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" BROKEN LABELS)
  set(programs soak.${name})
  if(arg_BROKEN)
    list(APPEND programs soak.${name}.selftest)
  endif()
  foreach(program IN LISTS programs)
    add_executable(${program} soak/${name}.cpp)
    target_link_libraries(${program} PRIVATE racekit_native_settings)
    target_compile_options(${program} PRIVATE -O2 -UNDEBUG -DNDEBUG -Wall -Wextra)
    set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  endforeach()
  add_test(NAME soak.${name} COMMAND soak.${name} --kills ${kills})
  set_tests_properties(soak.${name} PROPERTIES LABELS "soak;${arg_LABELS}" TIMEOUT 900)
  add_custom_target(${name}_nightly COMMAND soak.${name} --kills 10000
    DEPENDS soak.${name} USES_TERMINAL VERBATIM)
  if(arg_BROKEN)
    target_compile_definitions(soak.${name}.selftest PRIVATE RACEKIT_SOAK_BROKEN)
    add_test(NAME soak.${name}.selftest COMMAND soak.${name}.selftest --kills 10000)
    set_tests_properties(soak.${name}.selftest PROPERTIES LABELS "soak;selftest" TIMEOUT 900
      PASS_REGULAR_EXPRESSION "${arg_BROKEN}")
  endif()
endfunction()
# One shared_queue and its producers and consumers. Broken: it keeps what the dead had reserved.
racekit_soak_of_deaths(killed_queue 500 LABELS shared process BROKEN "lost [1-9]|HANGS")
# Each kind of pipe, its senders and receivers.
racekit_soak_of_deaths(killed_pipes 200 LABELS pipe process)
# Each robust lock, its owners and waiters. Broken: the kernel knows nothing of the lock.
racekit_soak_of_deaths(killed_locks 500 LABELS shared process BROKEN "robust_mutex +[^\n]*HANGS")
