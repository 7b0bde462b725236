# SPDX-License-Identifier: MIT
# The tsan flavour: its platform, controller, helpers, and a detector that goes red when it must.
add_executable(unit.tsan_helpers.native unit/tsan/helpers_test.cpp)
target_link_libraries(unit.tsan_helpers.native PRIVATE racekit_native_settings GTest::gtest_main)
target_compile_options(unit.tsan_helpers.native PRIVATE -Wall -Wextra)
set_target_properties(unit.tsan_helpers.native PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
# Without TSan the helpers skip; passing would be a lie.
add_test(NAME unit.tsan_helpers.native COMMAND unit.tsan_helpers.native)
set_tests_properties(unit.tsan_helpers.native PROPERTIES LABELS unit TIMEOUT 600
  PASS_REGULAR_EXPRESSION "SKIPPED, NOT PASSED" FAIL_REGULAR_EXPRESSION "PASSED  . [1-9]")

# The names of objects in findings, which the tsan and the model detectors share.
add_executable(unit.object_names unit/core/object_names_test.cpp
  ${RACEKIT_KIT_DIR}/core/object_expression.cpp ${RACEKIT_KIT_DIR}/core/object_names.cpp)
target_link_libraries(unit.object_names PRIVATE racekit_native_settings GTest::gtest_main)
target_compile_options(unit.object_names PRIVATE -Wall -Wextra)
set_target_properties(unit.object_names PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME unit.object_names COMMAND unit.object_names)
set_tests_properties(unit.object_names PROPERTIES LABELS unit TIMEOUT 600)

if(NOT TARGET racekit_tsan_kit)
  add_test(NAME tsan_skipped COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: ${RACEKIT_TSAN_MISSING}")
  set_tests_properties(tsan_skipped PROPERTIES LABELS "unit;tsan" SKIP_REGULAR_EXPRESSION SKIPPED)
  return()
endif()

function(racekit_tsan_test name source)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE GTest::gtest_main ${ARGN})
  target_compile_options(${name} PRIVATE -Wall -Wextra)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "unit;tsan" TIMEOUT 900)
endfunction()

racekit_tsan_test(unit.tsan_helpers unit/tsan/helpers_test.cpp racekit_tsan_hook)
racekit_tsan_test(unit.tsan_platform unit/tsan/platform_test.cpp racekit_tsan_hook)
racekit_tsan_test(unit.tsan_controller unit/tsan/controller_test.cpp racekit_tsan_kit)
racekit_tsan_test(unit.tsan_start_up unit/tsan/start_up_test.cpp racekit_tsan_kit)
racekit_tsan_test(unit.tsan_look unit/tsan/look_test.cpp racekit_tsan_kit)
target_compile_definitions(unit.tsan_start_up PRIVATE
  RACEKIT_SUPPRESSIONS="${PROJECT_SOURCE_DIR}/sanitizers/tsan/suppressions.txt")

# Test bodies with every kind of error, as a program, and the expected answers.
add_executable(selftest.tsan_test_bodies selftest/tsan_test_bodies.cpp)
target_link_libraries(selftest.tsan_test_bodies PRIVATE racekit_tsan_kit racekit_tsan_runner)
target_compile_definitions(selftest.tsan_test_bodies PRIVATE RACEKIT_FAMILY="selftest")

# The same without the hook, as packaging it wrongly would leave it.
find_program(RACEKIT_OBJCOPY NAMES objcopy llvm-objcopy-19 REQUIRED)
set(_racekit_all $<TARGET_OBJECTS:racekit_tsan_kit>)
set(_racekit_hookless ${CMAKE_CURRENT_BINARY_DIR}/hookless.o)
add_custom_command(OUTPUT ${_racekit_hookless}
  COMMAND ${RACEKIT_OBJCOPY} --localize-symbol=__tsan_on_report
    "$<FILTER:${_racekit_all},INCLUDE,report_board>" ${_racekit_hookless}
  DEPENDS ${_racekit_all} COMMAND_EXPAND_LISTS VERBATIM)
add_executable(selftest.tsan_lost_hook selftest/tsan_test_bodies.cpp ${_racekit_hookless}
  "$<FILTER:${_racekit_all},EXCLUDE,report_board>")
target_link_libraries(selftest.tsan_lost_hook PRIVATE racekit_tsan_settings racekit_tsan_runner
  nlohmann_json::nlohmann_json)
target_compile_definitions(selftest.tsan_lost_hook PRIVATE RACEKIT_FAMILY="selftest")
set_target_properties(selftest.tsan_test_bodies selftest.tsan_lost_hook PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)

add_executable(selftest.tsan selftest/tsan_selftest.cpp)
target_link_libraries(selftest.tsan PRIVATE racekit_native_settings GTest::gtest_main)
target_compile_options(selftest.tsan PRIVATE -Wall -Wextra)
target_compile_definitions(selftest.tsan PRIVATE
  RACEKIT_TEST_BODIES="$<TARGET_FILE:selftest.tsan_test_bodies>"
  RACEKIT_LOST_HOOK="$<TARGET_FILE:selftest.tsan_lost_hook>"
  RACEKIT_SCRATCH="${CMAKE_CURRENT_BINARY_DIR}")
set_target_properties(selftest.tsan PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_dependencies(selftest.tsan selftest.tsan_test_bodies selftest.tsan_lost_hook)
add_test(NAME selftest.tsan COMMAND selftest.tsan)
set_tests_properties(selftest.tsan PROPERTIES LABELS "selftest;tsan" TIMEOUT 900)

# Programs that fences order: no alarm on any of them, and each racy twin is found.
file(GLOB _racekit_fences CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/selftest/tsan_fences/*.cpp)
list(FILTER _racekit_fences EXCLUDE REGEX "/(public_reports|shared_pointer)\\.cpp$")
add_executable(selftest.tsan_fences ${_racekit_fences} $<TARGET_OBJECTS:public_reports.tsan>)
target_link_libraries(selftest.tsan_fences PRIVATE GTest::gtest_main racekit_tsan_kit)
target_compile_options(selftest.tsan_fences PRIVATE -Wall -Wextra)
target_compile_definitions(selftest.tsan_fences PRIVATE RACEKIT_FAMILY="fences")
set_target_properties(selftest.tsan_fences PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME selftest.tsan_fences COMMAND selftest.tsan_fences)
set_tests_properties(selftest.tsan_fences PROPERTIES LABELS "selftest;tsan" TIMEOUT 900)

# Same seed, same report, whatever the addresses: some runs here, a thousand of each finding of the
# catalogue, of the selftest and of the probes by the target tsan_nightly.
find_program(RACEKIT_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
set(_racekit_same_report ${RACEKIT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/selftest/same_report.py)
add_test(NAME selftest.tsan_same_report COMMAND ${_racekit_same_report} --times 5 --jobs 1
  $<TARGET_FILE:selftest.tsan_test_bodies>
  --scenario kept,deadlock,outer_lock,times_out,thread_local_end,misuse,freed,check_fails)
set_tests_properties(selftest.tsan_same_report PROPERTIES LABELS "selftest;tsan" TIMEOUT 900)
add_custom_target(tsan_nightly COMMAND ${_racekit_same_report} --times 1000 ${PROJECT_BINARY_DIR}/bin
  $<TARGET_FILE:selftest.tsan_test_bodies> $<TARGET_FILE:selftest.finding_probes.tsan>
  USES_TERMINAL VERBATIM)

# The names and lines that findings of the catalogue show are those of the source.
add_test(NAME selftest.tsan_finding_names COMMAND ${RACEKIT_PYTHON} -B
  ${CMAKE_CURRENT_SOURCE_DIR}/selftest/finding_names.py tsan ${PROJECT_BINARY_DIR}/bin)
set_tests_properties(selftest.tsan_finding_names PROPERTIES LABELS "selftest;tsan" TIMEOUT 600)
