# Throughput beside what people would use instead: build/bin/bench.<family>, read by scripts/racekit bench.
# Optimised in every build type; a sanitized build makes programs that refuse to run.
find_package(benchmark REQUIRED)
find_path(RACEKIT_BOOST_DIR boost/lockfree/spsc_queue.hpp REQUIRED DOC "Where boost/lockfree is (Debian: libboost-dev)")
add_library(racekit_bench OBJECT bench/main.cpp)
target_link_libraries(racekit_bench PUBLIC racekit benchmark::benchmark)
target_include_directories(racekit_bench SYSTEM PUBLIC ${RACEKIT_BOOST_DIR})
target_compile_options(racekit_bench PUBLIC -O2 -UNDEBUG -DNDEBUG PRIVATE -Wall -Wextra)
foreach(family IN ITEMS lock queue pipe shared server)
  set(program bench.${family})
  add_executable(${program} bench/${family}.cpp)
  target_link_libraries(${program} PRIVATE racekit_bench)
  target_compile_options(${program} PRIVATE -Wall -Wextra)
  set_target_properties(${program} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  # Only that it runs to its end: figures from a busy machine mean nothing.
  add_test(NAME ${program}.runs COMMAND ${program} --benchmark_min_time=0.0001 --benchmark_repetitions=1)
  set_tests_properties(${program}.runs PROPERTIES LABELS bench TIMEOUT 120 SKIP_RETURN_CODE 77)
endforeach()
