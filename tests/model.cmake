# SPDX-License-Identifier: MIT
# The model flavour: its engine, schedules and search, Relacy's defects, and a detector that goes red.
function(racekit_model_test name source)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE racekit_model_kit GTest::gtest_main)
  racekit_precompile(${name} model GTEST)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_options(${name} PRIVATE -Wall -Wextra)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS "unit;model" TIMEOUT 900)
endfunction()

racekit_model_test(unit.model_engine unit/model/engine_test.cpp)
racekit_model_test(unit.model_monitor unit/model/monitor_test.cpp)
racekit_model_test(unit.model_lifetime unit/model/lifetime_test.cpp)
racekit_model_test(unit.model_storage_end unit/model/storage_end_test.cpp)
racekit_model_test(unit.model_operator_lines unit/model/operator_lines_test.cpp)
racekit_model_test(unit.model_loop_watch unit/model/loop_watch_test.cpp)
racekit_model_test(unit.model_std_names unit/model/std_names_test.cpp)
racekit_model_test(unit.model_queue unit/model/queue_test.cpp)
racekit_model_test(unit.model_minimise unit/model/minimise_test.cpp)
racekit_model_test(unit.model_strategies unit/model/strategies_test.cpp)
racekit_model_test(unit.model_forwarding unit/model/forwarding_test.cpp)
racekit_model_test(unit.worker_message unit/model/worker_message_test.cpp)
racekit_model_test(unit.model_progress unit/model/progress_test.cpp)
racekit_model_test(unit.progress_declarations unit/model/progress_declarations_test.cpp)
target_sources(unit.progress_declarations PRIVATE unit/model/progress_declarations.cpp)
target_compile_definitions(unit.progress_declarations PRIVATE
  RACEKIT_PRIMITIVES="${PROJECT_SOURCE_DIR}/primitives/racekit")
racekit_model_test(unit.event_loop.model unit/task/event_loop_explored_test.cpp)
racekit_model_test(unit.model_death unit/model/death_test.cpp)
foreach(scenario IN ITEMS lock/party_killed queue/killed_reader pipe/half_a_frame shared/owner_dies
    server/lost_server)
  set(source ${PROJECT_SOURCE_DIR}/scenarios/${scenario}.cpp)
  cmake_path(GET scenario PARENT_PATH family)
  set_source_files_properties(${source} PROPERTIES COMPILE_DEFINITIONS RACEKIT_FAMILY="${family}")
  target_sources(unit.model_death PRIVATE ${source})
endforeach()
racekit_model_test(unit.model_explore unit/model/explore_test.cpp)
racekit_model_test(unit.model_search unit/model/search_test.cpp)
racekit_model_test(unit.model_graph_walk unit/model/graph_walk_test.cpp)
target_sources(unit.model_graph_walk PRIVATE selftest/small_programs.cpp)
racekit_model_test(unit.model_replay unit/model/replay_test.cpp)
racekit_model_test(unit.model_schedule unit/model/schedule_test.cpp)
racekit_model_test(selftest.model_defects selftest/model_defects_test.cpp)
racekit_model_test(selftest.model_detector selftest/model_detector_test.cpp)
racekit_model_test(selftest.model_aba selftest/model_aba_test.cpp)
racekit_model_test(selftest.model_clients selftest/model_clients_test.cpp)
racekit_model_test(selftest.model_unsupported selftest/model_unsupported_test.cpp)

# Reduction against no reduction, over random programs; the date is the seed.
add_executable(selftest.model_fuzz selftest/model_fuzz.cpp selftest/small_programs.cpp)
target_link_libraries(selftest.model_fuzz PRIVATE racekit_model_kit)
target_compile_options(selftest.model_fuzz PRIVATE -Wall -Wextra)
set_target_properties(selftest.model_fuzz PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME selftest.model_fuzz COMMAND selftest.model_fuzz --programs 10000)
set_tests_properties(selftest.model_fuzz PROPERTIES LABELS "unit;model" TIMEOUT 900)
add_test(NAME selftest.model_fuzz.relacy COMMAND selftest.model_fuzz --relacy --programs 3000)
set_tests_properties(selftest.model_fuzz.relacy PROPERTIES LABELS "unit;model" TIMEOUT 900)

# Waiting loops against loops that end after a few iterations; the date is the seed.
add_executable(selftest.model_loops_fuzz selftest/model_loops_fuzz.cpp)
target_link_libraries(selftest.model_loops_fuzz PRIVATE racekit_model_kit)
target_compile_options(selftest.model_loops_fuzz PRIVATE -Wall -Wextra)
set_target_properties(selftest.model_loops_fuzz PROPERTIES
  RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_test(NAME selftest.model_loops_fuzz COMMAND selftest.model_loops_fuzz --programs 10000)
set_tests_properties(selftest.model_loops_fuzz PROPERTIES LABELS "unit;model" TIMEOUT 900)
add_custom_target(loops_nightly COMMAND selftest.model_loops_fuzz --programs 1000000 USES_TERMINAL
  VERBATIM)

racekit_model_test(selftest.model_waiting_loops selftest/model_waiting_loops_test.cpp)
racekit_model_test(selftest.model_traps selftest/model_traps_test.cpp)
racekit_model_test(selftest.model_source_sets selftest/model_source_sets_test.cpp)
foreach(test IN ITEMS traps source_sets)
  target_sources(selftest.model_${test} PRIVATE selftest/small_programs.cpp)
endforeach()

# The cost of the explorer's searches, compared with bare Relacy; scripts/racekit bench is about primitives.
add_executable(bench.explorer bench/explorer.cpp)
target_link_libraries(bench.explorer PRIVATE racekit_model_kit)
target_include_directories(bench.explorer PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_compile_options(bench.explorer PRIVATE -Wall -Wextra)
add_executable(bench.relacy ${PROJECT_SOURCE_DIR}/sanitizers/model/memory/relacy.cpp)
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
add_executable(bench.scenario bench/adding_scenario.cpp)
target_link_libraries(bench.scenario PRIVATE racekit_model_kit racekit_model_runner)
set_target_properties(bench.scenario PROPERTIES OUTPUT_NAME figures.scenario
  RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
add_dependencies(bench.explorer bench.scenario)
# All of them, against what is required: for a machine that does nothing else.
add_custom_target(figures COMMAND bash -c [[set -o pipefail; "$0" | tee "$1"]]
  $<TARGET_FILE:bench.explorer> ${PROJECT_BINARY_DIR}/figures.txt USES_TERMINAL VERBATIM)
add_test(NAME bench.explorer.runs COMMAND bench.explorer --quick)
set_tests_properties(bench.explorer.runs PROPERTIES LABELS bench TIMEOUT 600)

# What findings show of probes, against comments in their source: names, lines, kinds.
find_program(RACEKIT_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
foreach(flavour IN ITEMS model tsan)
  if(TARGET racekit_${flavour}_kit)
    add_executable(selftest.finding_probes.${flavour} selftest/finding_probes.cpp)
    target_link_libraries(selftest.finding_probes.${flavour} PRIVATE racekit_${flavour}_kit
      racekit_${flavour}_runner)
    target_compile_definitions(selftest.finding_probes.${flavour} PRIVATE RACEKIT_FAMILY="probes")
    set_target_properties(selftest.finding_probes.${flavour} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
    add_test(NAME selftest.finding_probes.${flavour} COMMAND ${RACEKIT_PYTHON} -B
      ${CMAKE_CURRENT_SOURCE_DIR}/selftest/finding_probes.py ${flavour}
      $<TARGET_FILE:selftest.finding_probes.${flavour}>)
    set_tests_properties(selftest.finding_probes.${flavour} PROPERTIES LABELS "selftest;${flavour}"
      TIMEOUT 900)
  endif()
endforeach()

# Public bug reports in every detector.
foreach(pair IN ITEMS model:model tsan:tsan native:stress)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 flavour)
  list(GET pair 1 detector)
  if(TARGET racekit_${flavour}_kit)
    # An object library: selftest.tsan_fences has the same bodies.
    add_library(public_reports.${flavour} OBJECT selftest/tsan_fences/public_reports.cpp
      selftest/tsan_fences/shared_pointer.cpp)
    target_link_libraries(public_reports.${flavour} PRIVATE racekit_${flavour}_kit)
    target_compile_options(public_reports.${flavour} PRIVATE -Wall -Wextra)
    target_compile_definitions(public_reports.${flavour} PRIVATE RACEKIT_FAMILY="fences")
    set(target selftest.public_reports.${flavour})
    add_executable(${target} $<TARGET_OBJECTS:public_reports.${flavour}>)
    target_link_libraries(${target} PRIVATE racekit_${flavour}_kit racekit_${flavour}_runner)
    set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
    add_test(NAME ${target} COMMAND ${RACEKIT_PYTHON} -B
      ${CMAKE_CURRENT_SOURCE_DIR}/selftest/public_reports.py ${detector} $<TARGET_FILE:${target}>)
    set_tests_properties(${target} PROPERTIES LABELS "selftest;${flavour}" TIMEOUT 300)
  endif()
endforeach()

# choose() and assume() in every detector.
foreach(pair IN ITEMS model:model tsan:tsan native:stress)
  string(REPLACE ":" ";" pair ${pair})
  list(GET pair 0 flavour)
  list(GET pair 1 detector)
  if(TARGET racekit_${flavour}_kit)
    add_executable(selftest.assumptions.${flavour} selftest/assumptions.cpp)
    target_link_libraries(selftest.assumptions.${flavour} PRIVATE racekit_${flavour}_kit
      racekit_${flavour}_runner)
    target_compile_definitions(selftest.assumptions.${flavour} PRIVATE RACEKIT_FAMILY="selftest")
    set_target_properties(selftest.assumptions.${flavour} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
    add_test(NAME selftest.assumptions.${flavour} COMMAND ${RACEKIT_PYTHON} -B
      ${CMAKE_CURRENT_SOURCE_DIR}/selftest/assumptions_test.py ${detector}
      $<TARGET_FILE:selftest.assumptions.${flavour}>)
    set_tests_properties(selftest.assumptions.${flavour} PROPERTIES LABELS "selftest;${flavour}"
      TIMEOUT 300)
  endif()
endforeach()

# The names and lines that findings of the catalogue show are those of the source.
add_test(NAME selftest.model_finding_names COMMAND ${RACEKIT_PYTHON} -B
  ${CMAKE_CURRENT_SOURCE_DIR}/selftest/finding_names.py model ${PROJECT_BINARY_DIR}/bin)
set_tests_properties(selftest.model_finding_names PROPERTIES LABELS "selftest;model" TIMEOUT 600)
