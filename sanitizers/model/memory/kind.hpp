// SPDX-License-Identifier: MIT
// Which memory model the running execution uses: which steps commute depends on it.
#pragma once

namespace racekit::model {

enum class memory_kind : unsigned char {
    exact,   ///< exact_memory.hpp
    relacy,  ///< relacy.cpp
};

namespace memory {

/// Of the running execution. An inline variable: every question whether two steps commute reads it.
inline bool is_exact = true;

}  // namespace memory
}  // namespace racekit::model
