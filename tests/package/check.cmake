# SPDX-License-Identifier: MIT
# Installs racekit or adds it as a subdirectory, builds the consumer, runs its tests, and looks into
# its verdicts: a consumer whose detectors did not run, or whose TSan hook was lost on the way, is
# red.
# The installed package has its detectors compiled: how long one scenario then takes is printed.
cmake_minimum_required(VERSION 3.25)

function(carry_out)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(NOT code EQUAL 0)
    list(JOIN ARGN " " command)
    message(FATAL_ERROR "failed (${code}): ${command}\n${said}")
  endif()
  set(said "${said}" PARENT_SCOPE)
endfunction()

file(REMOVE_RECURSE ${WORK_DIR})
if(WAY STREQUAL find_package)
  carry_out(${CMAKE_COMMAND} --install ${RACEKIT_BUILD_DIR} --prefix ${WORK_DIR}/prefix)
  set(where -DCMAKE_PREFIX_PATH=${WORK_DIR}/prefix)
  set(racekit ${WORK_DIR}/prefix/bin/racekit)
  set(type "")  # the package chooses
else()
  set(where -DRACEKIT_SOURCE_DIR=${RACEKIT_SOURCE_DIR})
  set(racekit ${RACEKIT_SOURCE_DIR}/scripts/racekit)
  set(type Debug)
endif()
set(build ${WORK_DIR}/build)
file(COPY ${CMAKE_CURRENT_LIST_DIR}/consumer DESTINATION ${WORK_DIR})
carry_out(${CMAKE_COMMAND} -S ${WORK_DIR}/consumer -B ${build} -G ${GENERATOR}
  -DCMAKE_BUILD_TYPE=${type} -DCMAKE_CXX_COMPILER=${COMPILER}
  -DRACEKIT_RELACY_DIR=${RELACY_DIR} ${where})
set(configured "${said}")
carry_out(${CMAKE_COMMAND} --build ${build})

# What a user waits for: one scenario compiled and linked, in every flavour.
if(WAY STREQUAL find_package)
  file(STRINGS ${build}/CMakeCache.txt chosen REGEX "^CMAKE_BUILD_TYPE:")
  if(NOT chosen MATCHES "=RelWithDebInfo$" OR NOT configured MATCHES "no build type was set")
    message(FATAL_ERROR "the package chose no build type: ${chosen}\n${configured}")
  endif()
  if(configured MATCHES "compiled in this build: [^\n]*")
    message(FATAL_ERROR "the package's compiled detectors were not used: ${CMAKE_MATCH_0}")
  endif()
  file(TOUCH ${WORK_DIR}/consumer/ticket_sold_twice.cpp)
  carry_out(${CMAKE_COMMAND} -E env CCACHE_DISABLE=1 bash -c
    "time -p \"$0\" --build \"$1\" --parallel 1" ${CMAKE_COMMAND} ${build})
  string(REGEX MATCH "real ([0-9]+)[.]([0-9]+)\nuser ([0-9]+)[.][0-9]+" times "${said}")
  message(STATUS "one scenario, compiled and linked in all flavours, one after the other:\n${times}")
  if(times STREQUAL "" OR CMAKE_MATCH_3 GREATER_EQUAL 10)
    message(FATAL_ERROR "one scenario takes more than 10 s of processor time:\n${said}")
  endif()
elseif(NOT configured MATCHES "not optimised")
  message(FATAL_ERROR "a Debug build is not warned that the model is slower in it:\n${configured}")
endif()
carry_out(${build}/sums_in_processes)  # primitives alone
if(NOT said MATCHES "998001 42")
  message(FATAL_ERROR "a program with two headers of the package does something else:\n${said}")
endif()
carry_out(${CMAKE_CTEST_COMMAND} --test-dir ${build} -L race -L nightly --no-tests=error
  --output-on-failure)

# expect(<variant> <detector> <word>): the run of ${scenario} was made and saw this.
set(scenario ticket_sold_twice)
function(expect variant detector wanted)
  set(file ${build}/verdicts/mine.${scenario}.${variant}.${detector}.json)
  if(NOT EXISTS ${file})
    message(FATAL_ERROR "the ${detector} detector did not run on ${variant}: no ${file}")
  endif()
  file(READ ${file} verdict)
  string(JSON saw GET "${verdict}" saw)
  if(NOT saw MATCHES "^(${wanted})$")
    message(FATAL_ERROR "${detector} on ${variant} saw '${saw}', not ${wanted}:\n${verdict}")
  endif()
endfunction()

expect(racy stress "found|clean")
expect(fixed stress clean)
expect(racy model found)
expect(fixed model clean)
if(TSAN_MISSING)
  message(STATUS "SKIPPED tsan: ${TSAN_MISSING}")
else()
  expect(racy tsan found)
  expect(fixed tsan clean)
endif()

carry_out(${build}/shared_queue_alone)
if(NOT said STREQUAL "1\n2\n3\n")
  message(FATAL_ERROR "the program that uses shared_queue alone printed:\n${said}")
endif()

carry_out(${racekit} --build ${build} run mine/ticket_sold_twice --detector model)
if(NOT said MATCHES "2 kept, 0 broken")
  message(FATAL_ERROR "the command line does not serve the consumer's build:\n${said}")
endif()

# A detector of the project's own: a folder and two lines. Scenarios that do not mention it have its
# default promise; one that promises something for an unknown detector is red.
if(WAY STREQUAL find_package)
  set(build ${WORK_DIR}/build_detector)
  file(COPY ${CMAKE_CURRENT_LIST_DIR}/detector DESTINATION ${WORK_DIR})
  carry_out(${CMAKE_COMMAND} -S ${WORK_DIR}/detector -B ${build} -G ${GENERATOR}
    -DCMAKE_CXX_COMPILER=${COMPILER} -DRACEKIT_RELACY_DIR=${RELACY_DIR} ${where})
  carry_out(${CMAKE_COMMAND} --build ${build})
  carry_out(${CMAKE_CTEST_COMMAND} --test-dir ${build} -L race --no-tests=error --output-on-failure)
  set(scenario used_before_set)
  expect(racy backwards found)
  expect(fixed backwards clean)
  expect(racy stress "found|clean")
  set(scenario mentions_no_detector)
  expect(racy backwards clean)
  expect(fixed backwards clean)
  carry_out(${racekit} --build ${build} run --detector backwards)
  if(NOT said MATCHES "backwards" OR NOT said MATCHES "orders" OR NOT said MATCHES " 0 broken")
    message(FATAL_ERROR "the table has no column for the project's own detector:\n${said}")
  endif()
  carry_out(${racekit} --build ${build} list --json)
  if(NOT said MATCHES "\"backwards\": {[^}]*finds" OR NOT said MATCHES "\"backwards\": {[^}]*may_find")
    message(FATAL_ERROR "the catalogue lacks the promises for the project's own detector:\n${said}")
  endif()

  file(READ ${WORK_DIR}/detector/used_before_set.cpp text)
  string(REPLACE "{{\"backwards\"" "{{\"backward\"" text "${text}")
  file(WRITE ${WORK_DIR}/detector/used_before_set.cpp "${text}")
  carry_out(${CMAKE_COMMAND} --build ${build} --target mine.used_before_set.native)
  execute_process(COMMAND ${CMAKE_CTEST_COMMAND} --test-dir ${build} -L race --output-on-failure
    RESULT_VARIABLE code OUTPUT_VARIABLE said ERROR_VARIABLE said)
  if(code EQUAL 0 OR NOT said MATCHES "'backward', which is no detector of this build: it has")
    message(FATAL_ERROR "a promise for an unknown detector is not red:\n${said}")
  endif()
endif()
