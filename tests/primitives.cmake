# SPDX-License-Identifier: MIT
# The primitives: their semantics natively and under TSan, and that natively they cost nothing.
add_library(racekit_unit INTERFACE)
target_compile_options(racekit_unit INTERFACE -Wall -Wextra)
target_link_libraries(racekit_unit INTERFACE GTest::gtest_main)

# racekit_unit_test(<family> <primitive>...): unit/<family>/<primitive>_test.cpp, once for each
# flavour that runs threads.
function(racekit_unit_test family)
  foreach(primitive IN LISTS ARGN)
    racekit_unit_test_of(${family} ${primitive})
  endforeach()
endfunction()
function(racekit_unit_test_of family primitive)
  foreach(flavour IN ITEMS native tsan)
    if(NOT TARGET racekit_${flavour}_settings)
      continue()
    endif()
    set(target unit.${primitive}.${flavour})
    add_executable(${target} unit/${family}/${primitive}_test.cpp)
    target_link_libraries(${target} PRIVATE racekit_unit racekit_${flavour}_settings)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
    add_test(NAME ${target} COMMAND ${target})
    set_tests_properties(${target} PROPERTIES LABELS "unit;${flavour}" TIMEOUT 120)
  endforeach()
endfunction()

racekit_unit_test(lock mutex spin_lock condition_variable shared_mutex recursive_mutex fifo_mutex
  ticket_lock mcs_lock seqlock std_names semaphore event barrier latch once event_count hazard_pointer)
racekit_unit_test(queue spsc_queue blocking_queue mpmc_queue mpsc_queue work_deque bounded_stack
  treiber_stack)

# Checked builds.
add_executable(unit.checked_locks unit/lock/checked_locks_test.cpp)
target_link_libraries(unit.checked_locks PRIVATE racekit_unit racekit_native_settings)
target_compile_definitions(unit.checked_locks PRIVATE RACEKIT_CHECKED=1)
set_target_properties(unit.checked_locks PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME unit.checked_locks COMMAND unit.checked_locks)
set_tests_properties(unit.checked_locks PROPERTIES LABELS "unit;native" TIMEOUT 60)

# The same instructions as by hand: kit.cpp and hand.cpp define the same functions, one over the
# platform, one over std::atomic. Optimised in every build type, never sanitized.
find_program(RACEKIT_OBJDUMP objdump REQUIRED)
find_program(RACEKIT_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
foreach(side IN ITEMS kit hand needless)
  add_library(twin_${side} OBJECT unit/twin/$<IF:$<STREQUAL:${side},hand>,hand,kit>.cpp)
  target_link_libraries(twin_${side} PRIVATE racekit)
  target_compile_options(twin_${side} PRIVATE -O2 -UNDEBUG -DNDEBUG -g0 -fno-sanitize=all -fno-lto
    -ffunction-sections -Wall -Wextra)
endforeach()
target_compile_definitions(twin_needless PRIVATE RACEKIT_NEEDLESS_INSTRUCTION)
set(_racekit_same ${RACEKIT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/unit/twin/same_instructions.py
  --objdump ${RACEKIT_OBJDUMP} --hand $<TARGET_OBJECTS:twin_hand>)
add_test(NAME native_costs_nothing COMMAND ${_racekit_same} --kit $<TARGET_OBJECTS:twin_kit>)
# Goes red when it must: one needless instruction in spsc_push.
add_test(NAME native_costs_nothing.selftest
  COMMAND ${_racekit_same} --kit $<TARGET_OBJECTS:twin_needless> --differs spsc_push)
set_tests_properties(native_costs_nothing native_costs_nothing.selftest PROPERTIES LABELS unit TIMEOUT 60)
