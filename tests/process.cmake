# SPDX-License-Identifier: MIT
# Real processes: the platform's channels, memory and processes, what is built on them, and a detector
# that goes red when it must.
function(racekit_process_test name source)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE GTest::gtest_main ${ARGN})
  racekit_precompile(${name} native GTEST)
  target_compile_options(${name} PRIVATE -Wall -Wextra)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "unit;process" TIMEOUT 600)
endfunction()

foreach(source IN ITEMS platform/asymmetric_fence platform/channel platform/memory platform/process platform/signal
    shared/robust_mutex shared/robust_waiting shared/shared_memory shared/shared_queue
    shared/shared_value shared/untrusted_ring pipe/message_pipe pipe/pipe pipe/ring_pipe pipe/wait pipe/framed_stream
    process/process_start process/process_pool server/forked_server server/server_core)
  cmake_path(GET source FILENAME part)
  racekit_process_test(unit.${part} unit/${source}_test.cpp racekit_native_settings)
endforeach()
racekit_process_test(unit.hang_watch unit/harness/hang_watch_test.cpp racekit_native_settings)
racekit_process_test(selftest.process_look selftest/process_look_test.cpp racekit_native_kit)
racekit_process_test(selftest.process_leaves_nothing
  selftest/process_leaves_nothing_test.cpp racekit_native_kit)
