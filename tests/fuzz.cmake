# SPDX-License-Identifier: MIT
# Decoders under libFuzzer with AddressSanitizer and UndefinedBehaviorSanitizer: a short run over
# the corpus that is kept, and what grows from it. An input that fails becomes a file of the corpus.
if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  message(STATUS "racekit: no fuzzing: libFuzzer comes with clang")
  return()
endif()
set(fuzzed "")
set(decoders frame_decoder segment_header untrusted_ring server_core)
if(TARGET racekit_server)
  list(APPEND decoders server_handshake)
endif()
foreach(decoder IN LISTS decoders)
  set(program fuzz.${decoder})
  string(REPLACE _decoder "" corpus ${decoder})
  set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/${corpus}_corpus)
  add_executable(${program} fuzz/${decoder}.cpp)
  target_link_libraries(${program} PRIVATE $<IF:$<STREQUAL:${decoder},server_handshake>,racekit_server,racekit>)
  target_compile_options(${program} PRIVATE -Wall -Wextra -O1 -fno-sanitize-recover=all
    -fsanitize=fuzzer,address,undefined)
  target_link_options(${program} PRIVATE -fsanitize=fuzzer,address,undefined)
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  set(grown ${CMAKE_CURRENT_BINARY_DIR}/fuzz/${decoder})
  file(MAKE_DIRECTORY ${grown})
  add_test(NAME ${program} COMMAND ${program} -runs=20000 -max_len=4096 -timeout=25
    -rss_limit_mb=512 -seed=1 -artifact_prefix=${grown}/ ${grown} ${corpus})
  set_tests_properties(${program} PROPERTIES LABELS "pipe;shared;server;fuzz;unit" TIMEOUT 900)
  list(APPEND fuzzed COMMAND ${program} -max_total_time=3600 -max_len=4096 -timeout=1
    -rss_limit_mb=512 -artifact_prefix=${grown}/ ${grown} ${corpus})
endforeach()

# An hour for each decoder.
add_custom_target(fuzz_nightly ${fuzzed} USES_TERMINAL VERBATIM)

# The process that scribbles over shared memory, which the unit test has for one second: for ten.
add_custom_target(hostile_nightly COMMAND ${CMAKE_COMMAND} -E env RACEKIT_HOSTILE_SECONDS=10
  $<TARGET_FILE:unit.untrusted_ring> USES_TERMINAL VERBATIM)
