# SPDX-License-Identifier: MIT
# The command line, and the style and layers of the whole tree: Debian's Python, standard library.
find_program(RACEKIT_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH REQUIRED)
foreach(part IN ITEMS advise bench ci cli explore layers mutate report tutorial words)
  add_test(NAME ${part} COMMAND ${RACEKIT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/unit/scripts/${part}_test.py)
  set_tests_properties(${part} PROPERTIES LABELS unit TIMEOUT 900)
endforeach()
# The ways of running work that bench --models measures.
add_test(NAME models COMMAND ${CMAKE_COMMAND} -E env RACEKIT_BUILD=${PROJECT_BINARY_DIR}
  ${RACEKIT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/unit/scripts/models_test.py)
set_tests_properties(models PROPERTIES LABELS "unit;bench" TIMEOUT 900)
# The page of racekit report in headless Chromium, where there is one.
add_test(NAME report_browser COMMAND ${RACEKIT_PYTHON} -B
  ${CMAKE_CURRENT_SOURCE_DIR}/unit/scripts/report_browser_test.py)
set_tests_properties(report_browser PROPERTIES LABELS unit TIMEOUT 900 SKIP_RETURN_CODE 77)
# Every scenario as `racekit show` prints it, at 80 columns.
add_test(NAME show COMMAND ${CMAKE_COMMAND} -E env RACEKIT_BUILD=${PROJECT_BINARY_DIR}
  ${RACEKIT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/unit/scripts/show_test.py)
set_tests_properties(show PROPERTIES LABELS unit TIMEOUT 900)
# The catalogue in scenarios/README.md is the one of this build: scripts/racekit readme writes it.
add_test(NAME catalogue COMMAND ${RACEKIT_PYTHON} -B ${PROJECT_SOURCE_DIR}/scripts/racekit
  --build ${PROJECT_BINARY_DIR} readme --check)
set_tests_properties(catalogue PROPERTIES LABELS unit)
# The page of the platform's names against what the compiler sees.
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_test(NAME platform_page COMMAND ${CMAKE_COMMAND} -E env COMPILER=${CMAKE_CXX_COMPILER}
    ${RACEKIT_PYTHON} -B ${CMAKE_CURRENT_SOURCE_DIR}/unit/scripts/platform_test.py)
  set_tests_properties(platform_page PROPERTIES LABELS unit TIMEOUT 600)
endif()
