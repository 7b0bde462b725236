// SPDX-License-Identifier: MIT
// The report of an object whose storage ends before its last use.
#pragma once

#include "model/core/execution.hpp"

namespace racekit::model {

/// The use that does not happen before the end.
struct unordered_use {
    char const* what;  ///< "last used", "constructed", "last read"
    int thread;
    site where;        ///< of the use; or, if `after`, of the step before it
    bool after;
};

/// Reports a use after free: `where` is the place of the end, `last` that of the step before it,
/// for an end whose place is not known.
[[gnu::cold]] void report_early_end(execution& all, object& subject, site const& where,
                                    site const& last, unordered_use const& use);

}  // namespace racekit::model
