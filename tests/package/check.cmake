# SPDX-License-Identifier: MIT
# Installs racekit or adds it as a subdirectory, builds the consumer, runs its tests, and looks into
# its verdicts: a consumer whose detectors did not run, or whose TSan hook was lost on the way, is
# red.
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
  set(type RelWithDebInfo)
else()
  set(where -DRACEKIT_SOURCE_DIR=${RACEKIT_SOURCE_DIR})
  set(racekit ${RACEKIT_SOURCE_DIR}/scripts/racekit)
  set(type Debug)
endif()
set(build ${WORK_DIR}/build)
carry_out(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/consumer -B ${build} -G ${GENERATOR}
  -DCMAKE_BUILD_TYPE=${type} -DCMAKE_CXX_COMPILER=${COMPILER}
  -DRACEKIT_RELACY_DIR=${RELACY_DIR} ${where})
carry_out(${CMAKE_COMMAND} --build ${build})
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
