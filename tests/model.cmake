# The model flavour: its engine, schedules and search, Relacy's defects, and a detector that goes red.
function(racekit_model_test name source)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE racekit_model_kit GTest::gtest_main)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_options(${name} PRIVATE -Wall -Wextra)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "unit;model" TIMEOUT 300)
endfunction()

racekit_model_test(unit.model_engine unit/model_engine_test.cpp)
racekit_model_test(unit.model_monitor unit/model_monitor_test.cpp)
racekit_model_test(unit.model_queue unit/model_queue_test.cpp)
racekit_model_test(unit.model_minimise unit/model_minimise_test.cpp)
racekit_model_test(unit.model_strategies unit/model_strategies_test.cpp)
racekit_model_test(unit.model_progress unit/model_progress_test.cpp)
racekit_model_test(unit.model_search unit/model_search_test.cpp)
racekit_model_test(unit.model_schedule unit/model_schedule_test.cpp)
racekit_model_test(selftest.model_defects selftest/model_defects_test.cpp)
racekit_model_test(selftest.model_detector selftest/model_detector_test.cpp)
racekit_model_test(selftest.model_gaps selftest/model_gaps_test.cpp)

# Reduction against no reduction, over random programs; the date is the seed.
add_executable(selftest.model_fuzz selftest/model_fuzz.cpp selftest/small_programs.cpp)
target_link_libraries(selftest.model_fuzz PRIVATE racekit_model_kit)
target_compile_options(selftest.model_fuzz PRIVATE -Wall -Wextra)
set_target_properties(selftest.model_fuzz PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME selftest.model_fuzz COMMAND selftest.model_fuzz --programs 10000)
set_tests_properties(selftest.model_fuzz PROPERTIES LABELS "unit;model" TIMEOUT 900)

racekit_model_test(selftest.model_traps selftest/model_traps_test.cpp)
target_sources(selftest.model_traps PRIVATE selftest/small_programs.cpp)

# What C++20 allows against what the engine shows; --markdown prints the table.
add_executable(selftest.litmus selftest/litmus.cpp selftest/litmus_rows.cpp)
target_link_libraries(selftest.litmus PRIVATE racekit_model_kit)
target_include_directories(selftest.litmus PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_compile_options(selftest.litmus PRIVATE -Wall -Wextra)
set_target_properties(selftest.litmus PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME selftest.litmus COMMAND selftest.litmus)
set_tests_properties(selftest.litmus PROPERTIES LABELS "unit;model" TIMEOUT 300)

# What the explorer's searches cost, beside bare Relacy; scripts/racekit bench is about primitives.
add_executable(bench.explorer bench/explorer.cpp)
target_link_libraries(bench.explorer PRIVATE racekit_model_kit)
target_include_directories(bench.explorer PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_compile_options(bench.explorer PRIVATE -Wall -Wextra)
add_executable(bench.relacy ${PROJECT_SOURCE_DIR}/sanitizers/model/relacy.cpp)
target_compile_features(bench.relacy PRIVATE cxx_std_20)
target_compile_definitions(bench.relacy PRIVATE RACEKIT_BARE_RELACY)
if(NOT RACEKIT_RELACY_DIR STREQUAL "/usr/include")
  target_include_directories(bench.relacy SYSTEM PRIVATE ${RACEKIT_RELACY_DIR})
endif()
add_dependencies(bench.explorer bench.relacy)
foreach(part IN ITEMS explorer relacy)
  set_target_properties(bench.${part} PROPERTIES OUTPUT_NAME figures.${part}
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endforeach()
# All of them, against what is required: for a machine that does nothing else.
add_custom_target(figures COMMAND bash -c [[set -o pipefail; "$0" | tee "$1"]]
  $<TARGET_FILE:bench.explorer> ${PROJECT_BINARY_DIR}/figures.txt USES_TERMINAL VERBATIM)
add_test(NAME bench.explorer.runs COMMAND bench.explorer --quick)
set_tests_properties(bench.explorer.runs PROPERTIES LABELS bench TIMEOUT 120)
