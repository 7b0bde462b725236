# SPDX-License-Identifier: MIT
# The detectors as an installed package holds them: compiled once, by the compiler that built racekit,
# for users of the very same one. RACEKIT_PREBUILT_ROOT is where they are; unset in racekit's own tree.
include_guard(GLOBAL)
option(RACEKIT_FROM_SOURCES "Compile racekit's detectors in this build, though the package has them" OFF)

# What must be the same: compiler, version, processor.
function(racekit_prebuilt_key result)
  set(${result} ${CMAKE_CXX_COMPILER_ID}-${CMAKE_CXX_COMPILER_VERSION}-${CMAKE_SYSTEM_PROCESSOR}
    PARENT_SCOPE)
endfunction()

# Why this build cannot take what the package has compiled; empty if it can.
function(_racekit_why_not_prebuilt result)
  racekit_prebuilt_key(key)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
  set(flags "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}}")
  set(why "")
  if(RACEKIT_FROM_SOURCES)
    set(why "RACEKIT_FROM_SOURCES is set")
  elseif(NOT EXISTS ${RACEKIT_PREBUILT_ROOT}/${key})
    set(why "this package has none for ${key}")
  elseif(flags MATCHES "(-stdlib=|-D_?_?GLIBCXX|-D_LIBCPP|-fsanitize|-m32|-march=|-flto|-fno-rtti|-fno-exceptions|-fabi)[^ ]*")
    set(why "this build has the flag ${CMAKE_MATCH_0}")
  endif()
  set(${result} "${why}" PARENT_SCOPE)
endfunction()

# Defines the parts of a flavour from the package, if it has them for this compiler: the kit, the main()
# around a scenario, and the one around a program as it is.
function(racekit_use_prebuilt flavour result)
  set(${result} FALSE PARENT_SCOPE)
  if(NOT RACEKIT_PREBUILT_ROOT)
    return()
  endif()
  racekit_prebuilt_key(key)
  set(object ${RACEKIT_PREBUILT_ROOT}/${key}/racekit_${flavour}_)
  _racekit_why_not_prebuilt(why)
  if(NOT why AND NOT EXISTS ${object}kit.o)
    set(why "it was installed before it was built")
  endif()
  if(why)
    message(STATUS "racekit: its ${flavour} detectors are compiled in this build: ${why}")
    return()
  endif()
  foreach(part IN ITEMS kit runner program)
    if(EXISTS ${object}${part}.o)
      add_library(racekit_${flavour}_${part} INTERFACE)
      target_link_libraries(racekit_${flavour}_${part} INTERFACE racekit_${flavour}_settings ${object}${part}.o)
      set_target_properties(racekit_${flavour}_${part} PROPERTIES RACEKIT_OBJECT ${object}${part}.o)
    endif()
  endforeach()
  set(${result} TRUE PARENT_SCOPE)
endfunction()
