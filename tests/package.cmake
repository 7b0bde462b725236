# SPDX-License-Identifier: MIT
# racekit as an outside project uses it: installed and found, and added as a subdirectory.
# The C compiler of the same family: racekit itself is C++ alone.
string(REGEX REPLACE "clang[+][+]" "clang" RACEKIT_C_COMPILER ${CMAKE_CXX_COMPILER})
string(REGEX REPLACE "g[+][+]" "gcc" RACEKIT_C_COMPILER ${RACEKIT_C_COMPILER})
foreach(way IN ITEMS find_package add_subdirectory)
  add_test(NAME package.${way} COMMAND ${CMAKE_COMMAND}
    -DWAY=${way}
    -DRACEKIT_SOURCE_DIR=${PROJECT_SOURCE_DIR}
    -DRACEKIT_BUILD_DIR=${PROJECT_BINARY_DIR}
    -DWORK_DIR=${CMAKE_CURRENT_BINARY_DIR}/package/${way}
    -DCOMPILER=${CMAKE_CXX_COMPILER}
    -DC_COMPILER=${RACEKIT_C_COMPILER}
    -DGENERATOR=${CMAKE_GENERATOR}
    -DRELACY_DIR=${RACEKIT_RELACY_DIR}
    -DTSAN_MISSING=${RACEKIT_TSAN_MISSING}
    -P ${CMAKE_CURRENT_SOURCE_DIR}/package/check.cmake)
  set_tests_properties(package.${way} PROPERTIES LABELS package TIMEOUT 1800 PROCESSORS 2)
endforeach()

# Scenarios that are wrong in every way, in a project outside: each answer is checked.
find_program(RACEKIT_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
add_test(NAME selftest.misuse COMMAND ${CMAKE_COMMAND} -E env
  RACEKIT_BUILD_DIR=${PROJECT_BINARY_DIR}
  WORK_DIR=${CMAKE_CURRENT_BINARY_DIR}/misuse
  COMPILER=${CMAKE_CXX_COMPILER}
  GENERATOR=${CMAKE_GENERATOR}
  RELACY_DIR=${RACEKIT_RELACY_DIR}
  TSAN_MISSING=${RACEKIT_TSAN_MISSING}
  ${RACEKIT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/selftest/misuse_test.py)
set_tests_properties(selftest.misuse PROPERTIES LABELS selftest TIMEOUT 900 PROCESSORS 2)
