# SPDX-License-Identifier: MIT
# racekit_precompile(<target> <flavour> [GTEST]): what nearly every file of racekit's own tree includes
# is parsed once for each flavour, and not some hundred times.
#
# Only in racekit's own build, and only with clang; -DRACEKIT_PRECOMPILE=OFF shows whether each file
# includes what it uses.
include_guard(GLOBAL)
option(RACEKIT_PRECOMPILE "Precompile the common headers of racekit's own scenarios and tests" ON)

function(racekit_precompile target flavour)
  if(NOT RACEKIT_PRECOMPILE OR NOT PROJECT_IS_TOP_LEVEL OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    return()
  endif()
  set(all racekit_precompiled_${flavour})
  if("GTEST" IN_LIST ARGN)
    string(APPEND all _gtest)
  endif()
  if(NOT TARGET ${all})
    set(empty ${PROJECT_BINARY_DIR}/${all}.cpp)
    file(CONFIGURE OUTPUT ${empty} CONTENT "")
    add_library(${all} OBJECT EXCLUDE_FROM_ALL ${empty})
    target_link_libraries(${all} PRIVATE racekit_${flavour}_settings)
    target_precompile_headers(${all} PRIVATE <chrono> <cstdint> <functional> <memory> <mutex> <optional> <string>
      <thread> <vector> <racekit/platform.hpp> <racekit/check.hpp> <racekit/registry.hpp>)
    if("GTEST" IN_LIST ARGN)
      target_precompile_headers(${all} PRIVATE <gtest/gtest.h>)
      target_link_libraries(${all} PRIVATE GTest::gtest)
    endif()
  endif()
  target_precompile_headers(${target} REUSE_FROM ${all})
endfunction()
