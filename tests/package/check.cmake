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
carry_out(${CMAKE_CTEST_COMMAND} --test-dir ${build} -L race -L nightly --no-tests=error
  --output-on-failure)

# expect(<variant> <detector> <word>): the run was made and saw this.
function(expect variant detector wanted)
  set(file ${build}/verdicts/mine.ticket_sold_twice.${variant}.${detector}.json)
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

carry_out(${racekit} --build ${build} run mine/ticket_sold_twice --detector model)
if(NOT said MATCHES "2 kept, 0 broken")
  message(FATAL_ERROR "the command line does not serve the consumer's build:\n${said}")
endif()
