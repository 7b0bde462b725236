# SPDX-License-Identifier: MIT
# racekit_add_program(): a program as it is, built again for the model, for ThreadSanitizer and for stress,
# and tested under each.
#
# For the model its objects are compiled with -fsanitize=thread, for the calls that this adds to every access to
# memory, and are linked with the library racekit_unmodified instead of ThreadSanitizer's runtime.
include_guard(GLOBAL)

set(_racekit_unmodified allocation.cpp atomics.cpp c_memory.cpp c_streams.cpp counters.cpp
  cxx_library.cpp debug_types.cpp entry_points.cpp hidden_state.cpp input_output.cpp mappings.cpp modules.cpp objects.cpp once.cpp orders.cpp pending_signals.cpp
  places.cpp plain_steps.cpp processes.cpp program.cpp pthreads.cpp random.cpp reachable.cpp refusal.cpp scenarios.cpp shadow.cpp signals.cpp
  start.cpp symbolizer.cpp system_calls.cpp
  thread_storage.cpp timers.cpp uninstrumented.cpp unseen.cpp verifier.cpp)
list(TRANSFORM _racekit_unmodified PREPEND ${RACEKIT_KIT_DIR}/unmodified/)
list(APPEND _racekit_unmodified ${RACEKIT_KIT_DIR}/harness/c_threads.cpp ${RACEKIT_KIT_DIR}/harness/intrinsics.cpp
  ${RACEKIT_KIT_DIR}/harness/tsan_annotations.cpp)
get_target_property(_racekit_type racekit_model_kit TYPE)
if(_racekit_type STREQUAL "OBJECT_LIBRARY")
  # All of the model but what this flavour defines itself.
  set(_racekit_parts $<TARGET_OBJECTS:racekit_model_kit>)
  set(_racekit_parts
    "$<FILTER:${_racekit_parts},EXCLUDE,/(caller_line|entered|libc_interposition|program_statics|thread_locals)[.]cpp>")
  add_library(racekit_unmodified SHARED EXCLUDE_FROM_ALL ${_racekit_unmodified} ${_racekit_parts})
  target_link_libraries(racekit_unmodified PRIVATE racekit_model_settings nlohmann_json::nlohmann_json
    ${CMAKE_DL_LIBS})
  target_compile_options(racekit_unmodified PRIVATE -mcx16 -mfsgsbase -Wall -Wextra)
  target_link_options(racekit_unmodified PRIVATE
    -Wl,--version-script=${RACEKIT_KIT_DIR}/unmodified/exports.map -Wl,-z,now)
  set_target_properties(racekit_unmodified PROPERTIES
    LINK_DEPENDS ${RACEKIT_KIT_DIR}/unmodified/exports.map
    LIBRARY_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/lib)
else()
  racekit_prebuilt_key(_racekit_key)
  set(_racekit_library_file ${RACEKIT_PREBUILT_ROOT}/${_racekit_key}/libracekit_unmodified.so)
  if(EXISTS ${_racekit_library_file})
    add_library(racekit_unmodified SHARED IMPORTED GLOBAL)
    set_target_properties(racekit_unmodified PROPERTIES IMPORTED_LOCATION ${_racekit_library_file})
  endif()
endif()

# Headers of libstdc++ in which a number is another one.
set(_racekit_library ${CMAKE_CURRENT_BINARY_DIR}/racekit_library)
execute_process(COMMAND ${CMAKE_CXX_COMPILER} -std=c++20 -x c++ -E -include atomic - INPUT_FILE /dev/null
  OUTPUT_VARIABLE _racekit_headers ERROR_QUIET)
function(_racekit_change_header name before after)
  string(REPLACE "+" "[+]" pattern "${name}")
  if(NOT _racekit_headers MATCHES "\"([^\"\n]*/${pattern})\"")
    return()
  endif()
  file(READ ${CMAKE_MATCH_1} text)
  string(REGEX REPLACE "${before}" "${after}" text "${text}")
  file(CONFIGURE OUTPUT ${_racekit_library}/${name} CONTENT "${text}" @ONLY)
endfunction()
# It polls an atomic 16 times before it sleeps on it. One look gives the same outcomes in fewer executions.
_racekit_change_header(bits/atomic_wait.h "(__atomic_spin_count(_relax)?) = [0-9]+;" "\\1 = 1;")
# Members of std::string and of streams that lie in libstdc++.so are compiled with the program, and so
# instrumented. The header does not leave that to a definition on the command line.
_racekit_change_header(bits/c++config.h "(define _GLIBCXX_EXTERN_TEMPLATE) 1" "\\1 0")

# How a program's own objects are compiled and linked.
add_library(racekit_unmodified_settings INTERFACE)
target_compile_options(racekit_unmodified_settings INTERFACE -g -fno-omit-frame-pointer
  -fsanitize=thread -fno-optimize-sibling-calls -mcx16)
set(_racekit_is_clang $<OR:$<COMPILE_LANG_AND_ID:CXX,Clang>,$<COMPILE_LANG_AND_ID:C,Clang>>)
# clang leaves an access to a member of a local variable alone if it can see that nobody else has
# the address of that member, and takes no notice of addresses of the whole (LLVM 19): it must not
# look. It leaves accesses of more than 16 bytes alone, which it makes of loops.
target_compile_options(racekit_unmodified_settings INTERFACE
  $<${_racekit_is_clang}:-mprefer-vector-width=128>
  "$<${_racekit_is_clang}:SHELL:-mllvm -tsan-instrument-func-entry-exit=0 -mllvm -enable-tail-merge=false>"
  "$<${_racekit_is_clang}:SHELL:-mllvm -capture-tracking-max-uses-to-explore=0>"
  "$<${_racekit_is_clang}:SHELL:-mllvm -tsan-instrument-read-before-write=1>"  # ++n is a read, too
  "$<$<NOT:${_racekit_is_clang}>:SHELL:--param tsan-instrument-func-entry-exit=0>")
target_include_directories(racekit_unmodified_settings SYSTEM BEFORE INTERFACE ${_racekit_library})
# The checked forms of memcpy() and its kind would not be seen.
target_compile_options(racekit_unmodified_settings INTERFACE -U_FORTIFY_SOURCE)
set(_racekit_wrapped malloc calloc free realloc reallocarray aligned_alloc memalign posix_memalign
  malloc_usable_size mmap mmap64 munmap mremap mprotect madvise strdup strndup getdelim __getdelim getline
  memcpy mempcpy memmove bcopy memset bzero explicit_bzero memcmp bcmp memchr memrchr rawmemchr memmem
  strlen strnlen strcpy stpcpy strncpy strcat strncat strcmp strncmp strcasecmp strncasecmp
  strchr strchrnul strrchr strstr strpbrk strspn strcspn
  strtof strtod strtold strtol strtoll strtoul strtoull atoi atol atoll atof qsort
  printf fprintf dprintf sprintf snprintf asprintf vprintf vfprintf vdprintf vsprintf vsnprintf vasprintf
  puts fputs fwrite fread fgets
  getenv secure_getenv setenv putenv unsetenv clearenv strtok strtok_r getopt getopt_long getopt_long_only
  drand48 lrand48 mrand48 srand48 localtime gmtime ctime asctime localtime_r gmtime_r setlocale
  getpwnam getpwuid getgrnam getgrgid gethostbyname readdir)
list(TRANSFORM _racekit_wrapped PREPEND -Wl,--wrap=)
target_link_options(racekit_unmodified_settings INTERFACE ${_racekit_wrapped} -Wl,-z,now
  -Wl,--undefined-version -Wl,--version-script=${RACEKIT_KIT_DIR}/unmodified/own_names.map)
target_link_libraries(racekit_unmodified_settings INTERFACE racekit_unmodified Threads::Threads)

# The same for ThreadSanitizer, and for noise: real threads, in a new process for each round.
add_library(racekit_tsan_program_settings INTERFACE)
target_compile_definitions(racekit_tsan_program_settings INTERFACE RACEKIT_FLAVOUR_TSAN)
target_compile_options(racekit_tsan_program_settings INTERFACE -g -fno-omit-frame-pointer
  ${_racekit_tsan_compile})
add_library(racekit_stress_program_settings INTERFACE)
target_compile_options(racekit_stress_program_settings INTERFACE -g -fno-omit-frame-pointer
  -fsanitize=thread -fno-optimize-sibling-calls $<$<NOT:${_racekit_is_clang}>:-Wno-tsan>)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(racekit_stress_program_settings INTERFACE -mcx16)
endif()
set(_racekit_calls pthread_mutex_lock pthread_mutex_trylock pthread_mutex_unlock pthread_rwlock_rdlock
  pthread_rwlock_wrlock pthread_rwlock_unlock pthread_cond_signal pthread_cond_broadcast pthread_cond_wait
  pthread_barrier_wait pthread_exit pthread_join sem_wait sem_trywait sem_post)
list(TRANSFORM _racekit_calls PREPEND -Wl,--wrap=)
set(_racekit_atomics -Wl,--wrap=__tsan_atomic_thread_fence)
foreach(_racekit_bits IN ITEMS 8 16 32 64 128)
  foreach(_racekit_name IN ITEMS load store exchange fetch_add fetch_sub fetch_and fetch_or fetch_xor fetch_nand
      compare_exchange_val)
    list(APPEND _racekit_atomics -Wl,--wrap=__tsan_atomic${_racekit_bits}_${_racekit_name})
  endforeach()
endforeach()
# How a program is linked, besides: in targets, for a variable is not there in the folder that adds racekit.
add_library(racekit_tsan_program_link INTERFACE)
target_link_options(racekit_tsan_program_link INTERFACE -fsanitize=thread
  -Wl,--export-dynamic-symbol=__tsan_on_finalize ${_racekit_calls} ${_racekit_atomics})
add_library(racekit_stress_program_link INTERFACE)
target_link_options(racekit_stress_program_link INTERFACE ${_racekit_calls})
foreach(_racekit_form IN ITEMS tsan stress)  # likewise: the folder that adds racekit need not have found threads
  target_link_libraries(racekit_${_racekit_form}_program_link INTERFACE Threads::Threads)
endforeach()
# For libraries too: that of the model is racekit_unmodified_settings.
add_library(racekit_model_program_settings INTERFACE)
target_link_libraries(racekit_model_program_settings INTERFACE racekit_unmodified_settings)

# racekit_add_program(<target> [THREADS <number>] [ARGS <word>...] [LABELS <label>...]
#   [TIMEOUT <seconds>] [EXPECT <kind of finding>] [OPTIONS <word>...] [WITHOUT <form>...])
# The executable <target> again, of the same sources, in three forms, each of which is a test of its own
# name: <target>.model, all executions under the model; <target>.tsan, rounds under ThreadSanitizer;
# <target>.stress, rounds with noise.
#   THREADS  how many threads one execution can have in the model, main's included (default 16, at
#            most 64)
#   ARGS     the words of the program's own command line
#   OPTIONS  of the model's search: --seconds 20, --strategy bounded, ...
#   EXPECT   for a program that shows a mistake: the model must find this; the others may find anything
#   WITHOUT  forms that are left out
function(racekit_add_program target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "THREADS;TIMEOUT;EXPECT" "ARGS;LABELS;OPTIONS;WITHOUT")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "racekit_add_program(${target}): unknown argument '${arg_UNPARSED_ARGUMENTS}': it takes THREADS, ARGS, OPTIONS, LABELS, EXPECT, TIMEOUT and WITHOUT")
  endif()
  if(arg_KEYWORDS_MISSING_VALUES)
    message(FATAL_ERROR "racekit_add_program(${target}): no value after ${arg_KEYWORDS_MISSING_VALUES}")
  endif()
  foreach(option IN ITEMS THREADS TIMEOUT)
    if(DEFINED arg_${option} AND NOT arg_${option} MATCHES "^[0-9]+$")
      message(FATAL_ERROR "racekit_add_program(${target}): ${option} is a whole number, not '${arg_${option}}'")
    endif()
  endforeach()
  foreach(form IN LISTS arg_WITHOUT)
    if(NOT form MATCHES "^(model|tsan|stress)$")
      message(FATAL_ERROR "racekit_add_program(${target}): WITHOUT takes model, tsan and stress, not '${form}'")
    endif()
  endforeach()
  if(NOT CMAKE_TESTING_ENABLED)
    message(WARNING "racekit: ${target} gets no test: call enable_testing() in the top CMakeLists.txt, before racekit_add_program()")
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  foreach(form IN ITEMS model tsan stress)
    if(form IN_LIST arg_WITHOUT)
      continue()
    endif()
    set(test ${target}.${form})
    if(form STREQUAL "tsan" AND RACEKIT_TSAN_MISSING)
      add_test(NAME ${test} COMMAND ${CMAKE_COMMAND} -E echo "SKIPPED: ${RACEKIT_TSAN_MISSING}")
      set_tests_properties(${test} PROPERTIES SKIP_REGULAR_EXPRESSION SKIPPED)
    else()
      racekit_program(${target} ${form})
      set(words --json ${PROJECT_BINARY_DIR}/verdicts/program.${test}.json)
      set(options "")
      if(form STREQUAL "model")
        set(options ${arg_OPTIONS})
        if(arg_THREADS)
          list(APPEND options --threads ${arg_THREADS})
        endif()
      endif()
      list(APPEND words ${options})
      if(arg_EXPECT)
        list(APPEND words --expect ${arg_EXPECT})
      endif()
      if(arg_ARGS)
        list(APPEND words -- ${arg_ARGS})
      endif()
      add_test(NAME ${test} COMMAND ${test} ${words})
      if(form STREQUAL "model")  # for scripts/racekit
        set_target_properties(${test} PROPERTIES RACEKIT_OPTIONS "${options}" RACEKIT_WORDS "${arg_ARGS}")
      endif()
    endif()
    set_tests_properties(${test} PROPERTIES LABELS "race;program;${form};${arg_LABELS}" TIMEOUT ${arg_TIMEOUT})
  endforeach()
endfunction()

function(_racekit_require_unmodified who)
  if(NOT TARGET racekit_unmodified)
    message(FATAL_ERROR "${who}: this package was installed before libracekit_unmodified.so was built: build all of racekit and install it again, or configure with -DRACEKIT_FROM_SOURCES=ON")
  endif()
endfunction()

# Its main(), in a target: a variable is not there in the folder that adds racekit.
add_library(racekit_unmodified_scenario_main INTERFACE)
target_sources(racekit_unmodified_scenario_main INTERFACE ${RACEKIT_KIT_DIR}/unmodified/scenario_main.cpp)

# A scenario that is compiled as it is: the program of one flavour, with the libraries that it needs.
function(_racekit_link_unmodified target flavour libraries)
  set(form ${flavour})
  if(flavour STREQUAL "native")
    set(form stress)
  endif()
  _racekit_instrumented("${libraries}" ${form} libraries)
  target_compile_definitions(${target} PRIVATE RACEKIT_UNMODIFIED)
  target_link_libraries(${target} PRIVATE racekit_base racekit_${form}_program_settings ${libraries})
  if(form STREQUAL "model")
    _racekit_require_unmodified("racekit_add_scenario(${target} UNMODIFIED)")
    target_link_libraries(${target} PRIVATE racekit_unmodified_scenario_main)
    return()
  endif()
  target_link_libraries(${target} PRIVATE racekit_${flavour}_kit racekit_${flavour}_runner
    racekit_${flavour}_program racekit_${flavour}_detectors racekit_${form}_program_link)
endfunction()

# racekit_program(<target> [model|tsan|stress])
# One form without a test, the model's unless another is given.
function(racekit_program target)
  set(form model)
  if(ARGC GREATER 1)
    set(form ${ARGV1})
  endif()
  if(NOT form MATCHES "^(model|tsan|stress)$")
    message(FATAL_ERROR "racekit_program(${target}): the forms are model, tsan and stress, not '${form}'")
  endif()
  if(form STREQUAL "model")
    _racekit_require_unmodified("racekit_add_program(${target})")
  endif()
  if(form STREQUAL "tsan" AND RACEKIT_TSAN_MISSING)
    message(FATAL_ERROR "racekit_program(${target} tsan): ${RACEKIT_TSAN_MISSING}")
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "racekit_add_program(${target}): there is no target of that name; call add_executable() first")
  endif()
  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL "EXECUTABLE")
    message(FATAL_ERROR "racekit_add_program(${target}): it is no executable")
  endif()
  set(again ${target}.${form})
  add_executable(${again})
  _racekit_copy_sources(${target} ${again})
  _racekit_copy_settings(${target} ${again} ${form})
  if(form STREQUAL "model")
    target_link_libraries(${again} PRIVATE racekit_model_program_settings)
    set_property(GLOBAL APPEND PROPERTY RACEKIT_TARGETS ${again})
    return()
  endif()
  set(kit native)
  if(form STREQUAL "tsan")
    set(kit tsan)
  endif()
  target_link_libraries(${again} PRIVATE racekit_${form}_program_settings racekit_${form}_program_link)
  # main() may lie in a static library, where a weak reference alone does not find it.
  target_link_options(${again} PRIVATE -Wl,--wrap=main -Wl,--undefined=main)
  # The objects alone: how the kit is compiled is nothing to the program.
  foreach(part IN ITEMS program kit)
    get_target_property(object racekit_${kit}_${part} RACEKIT_OBJECT)
    if(NOT object)
      set(object $<TARGET_OBJECTS:racekit_${kit}_${part}>)
    endif()
    target_sources(${again} PRIVATE ${object})
  endforeach()
  set_target_properties(${again} PROPERTIES LINKER_LANGUAGE CXX)
endfunction()

# Gives a new target the sources of another one, which may be in another folder: paths are absolute,
# and what is set for a source is set here, too. A source that a command of another folder makes is
# made for the other target.
function(_racekit_copy_sources from to)
  get_target_property(sources ${from} SOURCES)
  get_target_property(folder ${from} SOURCE_DIR)
  get_target_property(made_in ${from} BINARY_DIR)
  foreach(source IN LISTS sources)
    set(file ${source})
    if(NOT source MATCHES "^\\$<")
      cmake_path(ABSOLUTE_PATH file BASE_DIRECTORY ${folder})
      if(NOT EXISTS ${file})
        cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${made_in} OUTPUT_VARIABLE file)
      endif()
      foreach(property IN ITEMS LANGUAGE COMPILE_DEFINITIONS COMPILE_OPTIONS COMPILE_FLAGS
          INCLUDE_DIRECTORIES HEADER_FILE_ONLY GENERATED)
        get_source_file_property(${property} ${file} TARGET_DIRECTORY ${from} ${property})
        if(${property})
          set_source_files_properties(${file} PROPERTIES ${property} "${${property}}")
        endif()
      endforeach()
      if(GENERATED AND NOT folder STREQUAL CMAKE_CURRENT_SOURCE_DIR)
        add_dependencies(${to} ${from})
      endif()
    endif()
    target_sources(${to} PRIVATE ${file})
  endforeach()
endfunction()

function(_racekit_copy_settings from to form)
  foreach(property IN ITEMS COMPILE_DEFINITIONS COMPILE_FEATURES COMPILE_OPTIONS INCLUDE_DIRECTORIES
      LINK_OPTIONS LINK_LIBRARIES CXX_STANDARD CXX_EXTENSIONS C_STANDARD)
    get_target_property(value ${from} ${property})
    if(value)
      if(property STREQUAL "LINK_LIBRARIES")
        _racekit_instrumented("${value}" ${form} value)
      endif()
      set_target_properties(${to} PROPERTIES ${property} "${value}")
    endif()
  endforeach()
endfunction()

# The same list with each library of the project's own replaced by one that is compiled for the form.
function(_racekit_instrumented libraries form result)
  set(all "")
  foreach(each IN LISTS libraries)
    if(each MATCHES "^(\\$<(LINK_ONLY|BUILD_INTERFACE|BUILD_LOCAL_INTERFACE):)(.+)>$")
      set(before "${CMAKE_MATCH_1}")
      _racekit_instrumented("${CMAKE_MATCH_3}" ${form} inner)
      list(APPEND all "${before}${inner}>")
      continue()
    endif()
    if(NOT TARGET ${each})
      list(APPEND all ${each})
      continue()
    endif()
    get_target_property(original ${each} ALIASED_TARGET)
    if(NOT original)
      set(original ${each})
    endif()
    get_target_property(type ${original} TYPE)
    get_target_property(imported ${original} IMPORTED)
    if(imported OR original STREQUAL racekit_unmodified)
      list(APPEND all ${each})
    elseif(type STREQUAL "INTERFACE_LIBRARY")
      _racekit_interface_again(${original} ${form} again)
      list(APPEND all ${again})
    elseif(type MATCHES "^(STATIC|SHARED|OBJECT)_LIBRARY$")
      _racekit_library_again(${original} ${form} again)
      list(APPEND all ${again})
    else()
      list(APPEND all ${each})
    endif()
  endforeach()
  set(${result} ${all} PARENT_SCOPE)
endfunction()

# A library of the project's own, once more, compiled for the form.
function(_racekit_library_again original form result)
  set(again ${original}.${form})
  set(${result} ${again} PARENT_SCOPE)
  if(TARGET ${again})
    return()
  endif()
  get_target_property(type ${original} TYPE)
  string(REPLACE "_LIBRARY" "" kind ${type})
  add_library(${again} ${kind} EXCLUDE_FROM_ALL)
  _racekit_copy_sources(${original} ${again})
  _racekit_copy_settings(${original} ${again} ${form})
  get_target_property(value ${original} POSITION_INDEPENDENT_CODE)
  if(value)
    set_target_properties(${again} PROPERTIES POSITION_INDEPENDENT_CODE "${value}")
  endif()
  get_target_property(value ${original} INTERFACE_LINK_LIBRARIES)
  if(value)
    _racekit_instrumented("${value}" ${form} value)
  endif()
  _racekit_copy_interface(${original} ${again} "${value}")
  target_link_libraries(${again} PRIVATE racekit_${form}_program_settings)
endfunction()

# An interface library itself, or a copy of it where it hands on a library that is compiled for the form.
function(_racekit_interface_again original form result)
  set(again ${original}.${form})
  if(NOT TARGET ${again})
    get_target_property(libraries ${original} INTERFACE_LINK_LIBRARIES)
    set(value ${libraries})
    if(libraries)
      _racekit_instrumented("${libraries}" ${form} value)
    endif()
    if("${value}" STREQUAL "${libraries}")
      set(${result} ${original} PARENT_SCOPE)
      return()
    endif()
    add_library(${again} INTERFACE)
    _racekit_copy_interface(${original} ${again} "${value}")
  endif()
  set(${result} ${again} PARENT_SCOPE)
endfunction()

# What a library hands on to those that link it, with these libraries in the place of its own.
function(_racekit_copy_interface from to libraries)
  foreach(property IN ITEMS INTERFACE_COMPILE_DEFINITIONS INTERFACE_COMPILE_FEATURES INTERFACE_COMPILE_OPTIONS
      INTERFACE_INCLUDE_DIRECTORIES INTERFACE_SYSTEM_INCLUDE_DIRECTORIES INTERFACE_LINK_DIRECTORIES
      INTERFACE_LINK_OPTIONS INTERFACE_SOURCES)
    get_target_property(value ${from} ${property})
    if(value)
      set_target_properties(${to} PROPERTIES ${property} "${value}")
    endif()
  endforeach()
  if(libraries)
    set_target_properties(${to} PROPERTIES INTERFACE_LINK_LIBRARIES "${libraries}")
  endif()
endfunction()
