# SPDX-License-Identifier: MIT
# Mutation: one program for each primitive that names memory orders, generated from its header.
add_library(racekit_mutation OBJECT EXCLUDE_FROM_ALL mutation/mutation.cpp mutation/pairs.cpp
  ${PROJECT_SOURCE_DIR}/sanitizers/runner/main.cpp)
# Each such program runs scenarios too: their main is one of the two things that its own may do.
set_source_files_properties(${PROJECT_SOURCE_DIR}/sanitizers/runner/main.cpp
  PROPERTIES COMPILE_DEFINITIONS main=runner_main)
target_link_libraries(racekit_mutation PUBLIC racekit_model_settings nlohmann_json::nlohmann_json)
target_include_directories(racekit_mutation PUBLIC ${PROJECT_SOURCE_DIR}/tests
  ${PROJECT_SOURCE_DIR}/sanitizers)
find_program(RACEKIT_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)

# racekit_mutation(<name> <clients> <header> [<option of racekit mutate>...])
function(racekit_mutation name clients header)
  set(generated ${CMAKE_CURRENT_BINARY_DIR}/mutation/${name}.cpp)
  file(GLOB generator CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/scripts/racekit_cli/*.py)
  add_custom_command(OUTPUT ${generated}
    COMMAND ${RACEKIT_PYTHON} -B ${PROJECT_SOURCE_DIR}/scripts/racekit mutate ${name}
      --generate ${generated} ${ARGN}
    COMMAND ${CMAKE_COMMAND} -E touch ${generated}
    DEPENDS ${clients} ${header} ${PROJECT_SOURCE_DIR}/scripts/racekit_cli/orders.py
      ${PROJECT_SOURCE_DIR}/scripts/racekit_cli/mutants.py
    VERBATIM)
  add_executable(mutation.${name} EXCLUDE_FROM_ALL ${generated})
  target_link_libraries(mutation.${name} PRIVATE racekit_mutation racekit_model_kit)
  racekit_precompile(mutation.${name} model)
  set_target_properties(mutation.${name} PROPERTIES
    RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
endfunction()

# racekit_pairs(<name> <family> <header>): a test for each variant of each pair of the header's
# orders, as for any scenario: lock.futex_mutex.take.racy.model. A pair that is not there any more
# or not there yet is red: the names are those that the program gives.
function(racekit_pairs name family header)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
  file(STRINGS ${header} fields REGEX "^    static constexpr (auto|bool) [a-z_]+ = ")
  set(pairs "")
  foreach(field IN LISTS fields)
    string(REGEX MATCH "(auto|bool) ([a-z_]+) = (std::memory_order_)?([a-z_]+)" found "${field}")
    set(field ${CMAKE_MATCH_2})
    if(CMAKE_MATCH_4 STREQUAL "acq_rel")
      list(APPEND pairs ${field}.acquire ${field}.release)
    elseif(CMAKE_MATCH_4 MATCHES "^(acquire|release|seq_cst|true)$")
      list(APPEND pairs ${field})
    endif()
  endforeach()
  foreach(pair IN LISTS pairs)
    set(wholly_fixed --strategy exhaustive --executions 5000000 --seconds 550)  # or it is red
    foreach(variant IN ITEMS racy fixed)
      set(test ${family}.${name}.${pair}.${variant}.model)
      add_test(NAME ${test} COMMAND mutation.${name} --scenario ${family}/${name}.${pair}
        --variant ${variant} --detector model --json ${PROJECT_BINARY_DIR}/verdicts/${test}.json
        ${wholly_${variant}})
      set_tests_properties(${test} PROPERTIES TIMEOUT 600
        LABELS "race;${family};${variant};model;mutation")
    endforeach()
  endforeach()
endfunction()

file(GLOB clients_of_primitives CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/mutation/*.hpp)
set(programs "")
foreach(clients IN LISTS clients_of_primitives)
  cmake_path(GET clients STEM name)
  file(GLOB header ${PROJECT_SOURCE_DIR}/primitives/racekit/*/${name}.hpp)
  if(header)
    racekit_mutation(${name} ${clients} ${header})
    set_target_properties(mutation.${name} PROPERTIES EXCLUDE_FROM_ALL FALSE)
    list(APPEND programs mutation.${name})
    add_test(NAME mutation.${name} COMMAND mutation.${name} --quick)
    cmake_path(GET header PARENT_PATH family)
    cmake_path(GET family FILENAME family)
    set_tests_properties(mutation.${name} PROPERTIES LABELS "race;${family};mutation;model"
      TIMEOUT 900)
    # Each order, right and weakened, is a pair of its own: a race of the primitive's family.
    racekit_pairs(${name} ${family} ${header})
  endif()
endforeach()

# Every order has a name, a reason, a partner and clients; no atomic is left to the default order.
add_test(NAME mutation.orders COMMAND ${RACEKIT_PYTHON} -B ${PROJECT_SOURCE_DIR}/scripts/racekit
  mutate --check)
set_tests_properties(mutation.orders PROPERTIES LABELS "mutation;unit" TIMEOUT 600)

# Large clients as well, and every client over every mutant.
add_custom_target(mutation_nightly
  COMMAND ${RACEKIT_PYTHON} -B ${PROJECT_SOURCE_DIR}/scripts/racekit --build ${PROJECT_BINARY_DIR} mutate
  DEPENDS ${programs} USES_TERMINAL VERBATIM)
