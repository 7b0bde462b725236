// SPDX-License-Identifier: MIT
#include "early_end.hpp"

#include "model/core/recorder.hpp"
#include "model/runtime/caller_line.hpp"
#include "model/runtime/heap.hpp"

namespace racekit::model {
namespace {

/// What the text adds where the place is that of the step before.
char const* after_step(site const& last) {
    return *last.file == '\0' ? "" : ", after this step";
}

}  // namespace

void report_early_end(execution& all, object& subject, site const& where, site const& last,
                      unordered_use const& use) {
    heap::outside const out;
    bool const known = where.line > 0;
    site const& end = known ? where : last;
    error what;
    what.kind = "use after free";
    what.object = all.number(subject);
    std::string const by = " by thread " + std::to_string(all.self());
    if (end.line > 0)
        add_place(what, "destroyed" + by + (known ? "" : after_step(last)), end,
                  all.recording() ? note_call_path() : -1);
    what.places.push_back({std::string(use.what) + " by thread " + std::to_string(use.thread) +
                               (use.after ? after_step(use.where) : "") +
                               ", which nothing orders before " +
                               (end.line > 0 ? "that" : "its destruction" + by),
                           use.where.file, use.where.line, false});
    all.race(std::move(what));
}

}  // namespace racekit::model
