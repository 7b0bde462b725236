# SPDX-License-Identifier: MIT
# Ways of running work (sequential, threads, coroutines, processes), measured: build/bin/execution_models,
# which scripts/racekit bench --models runs. Optimised in every build type.
find_path(RACEKIT_ASIO_DIR asio.hpp DOC "Where asio.hpp is (Debian: libasio-dev)")
if(NOT RACEKIT_ASIO_DIR)
  message(STATUS "racekit: no bench --models: apt-get install libasio-dev")
  return()
endif()
file(GLOB sources CONFIGURE_DEPENDS execution_models/*.cpp)
add_executable(execution_models ${sources})
target_link_libraries(execution_models PRIVATE racekit nlohmann_json::nlohmann_json)
target_compile_options(execution_models PRIVATE -O2 -UNDEBUG -DNDEBUG -Wall -Wextra)
target_compile_definitions(execution_models PRIVATE ASIO_NO_DEPRECATED
  ASIO_HAS_CO_AWAIT ASIO_HAS_STD_COROUTINE)  # which Debian's version does not see under clang
if(NOT RACEKIT_ASIO_DIR STREQUAL "/usr/include")
  target_include_directories(execution_models SYSTEM PRIVATE ${RACEKIT_ASIO_DIR})
endif()
set_target_properties(execution_models PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
