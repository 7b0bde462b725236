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
    racekit_precompile(${target} ${flavour} GTEST)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
    add_test(NAME ${target} COMMAND ${target})
    set_tests_properties(${target} PROPERTIES LABELS "unit;${flavour}" TIMEOUT 600)
  endforeach()
endfunction()

racekit_unit_test(lock mutex spin_lock condition_variable shared_mutex recursive_mutex fifo_mutex
  ticket_lock mcs_lock seqlock std_names semaphore event barrier latch once event_count hazard_pointer
  std_concepts deadlines early_destruction)
racekit_unit_test(pipe pipe_threads)
racekit_unit_test(task event_loop future task)
racekit_unit_test(queue spsc_queue blocking_queue mpmc_queue mpsc_queue work_deque bounded_stack
  treiber_stack element_code)

# racekit_unit_variant(<name> <source> <compile option>...): a native unit test built in another way.
function(racekit_unit_variant name source)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE racekit_unit racekit_native_settings)
  target_compile_options(${name} PRIVATE ${ARGN})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "unit;native" TIMEOUT 600)
endfunction()

# Checked builds, also with every warning that a user may turn into an error.
set(warnings -Wconversion -Wshadow -Werror $<$<CXX_COMPILER_ID:GNU>:-Wlogical-op>)
racekit_unit_variant(unit.checked_locks unit/lock/checked_locks_test.cpp -DRACEKIT_CHECKED=1)
racekit_unit_variant(unit.memory_orders unit/platform/memory_orders_test.cpp -DRACEKIT_CHECKED=1)
racekit_unit_variant(unit.warnings unit/platform/warnings_test.cpp -DRACEKIT_CHECKED=1 ${warnings})

# Under AddressSanitizer and UndefinedBehaviorSanitizer, where a use after free is an error.
foreach(test IN ITEMS lock/early_destruction lock/condition_variable queue/element_code
    task/event_loop task/future task/task)
  cmake_path(GET test FILENAME name)
  racekit_unit_variant(unit.${name}.asan unit/${test}_test.cpp -fsanitize=address,undefined
    -fno-sanitize-recover=all -fno-omit-frame-pointer -DRACEKIT_CHECKED=1)
  target_link_options(unit.${name}.asan PRIVATE -fsanitize=address,undefined)
endforeach()

# racekit_refused(<name> <message> <source> <option>...): it does not compile, for that reason.
function(racekit_refused name message source)
  add_test(NAME ${name} COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -fsyntax-only
    -I${PROJECT_SOURCE_DIR}/primitives ${ARGN} ${CMAKE_CURRENT_SOURCE_DIR}/${source})
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 600 PASS_REGULAR_EXPRESSION "${message}")
endfunction()
set(orders unit/platform/memory_orders_refused.cpp)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  foreach(flavour IN ITEMS TSAN MODEL)
    set(in -DRACEKIT_FLAVOUR_${flavour})
    racekit_refused(unit.order_of_load.${flavour} "cannot release" ${orders} -DWRONG=1 ${in})
    racekit_refused(unit.order_of_store.${flavour} "cannot acquire" ${orders} -DWRONG=2 ${in})
    racekit_refused(unit.order_of_failure.${flavour} "cannot release" ${orders} -DWRONG=3 ${in})
    racekit_refused(unit.order_of_clear.${flavour} "cannot acquire" ${orders} -DWRONG=4 ${in})
  endforeach()
endif()
racekit_refused(unit.without_exceptions "racekit needs exceptions" ${orders} -DWRONG=0 -fno-exceptions)
foreach(wrong IN ITEMS 1 2)
  racekit_refused(unit.promise_of_no_kind.${wrong} "no kind of finding has this word"
    unit/core/promise_refused.cpp -DWRONG=${wrong} -I${PROJECT_SOURCE_DIR}/sanitizers)
endforeach()
racekit_refused(unit.too_many_threads "a test body has 1 to 128 threads"
  unit/core/threads_refused.cpp -I${PROJECT_SOURCE_DIR}/sanitizers)
racekit_refused(unit.on_32_bits "racekit needs a 64-bit target" unit/platform/needs_64_bits.cpp -m32)

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
set_tests_properties(native_costs_nothing native_costs_nothing.selftest PROPERTIES LABELS unit TIMEOUT 600)
