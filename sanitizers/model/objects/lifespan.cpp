// SPDX-License-Identifier: MIT
#include "lifespan.hpp"

#include "early_end.hpp"

#include "model/memory/memory_model.hpp"
#include "model/runtime/caller_line.hpp"
#include "model/runtime/heap.hpp"

#include <algorithm>

namespace racekit::model {
namespace {

[[gnu::cold]] void made_too_late(execution& all, object& subject, lifespan const& of,
                                 char const* operation, site const& where) {
    heap::outside const out;
    error what;
    what.kind = "data race";
    what.object = all.number(subject);
    what.places.push_back({std::string(operation) + " by thread " + std::to_string(all.self()),
                           where.file, where.line, false});
    what.places.push_back({"made by thread " + std::to_string(of.creator) +
                               ", which nothing orders before it",
                           of.created_where.file, of.created_where.line, false});
    all.race(std::move(what));
}

}  // namespace

void found_lifespan(execution& all, lifespan& of) {
    of.creator = -1;
    std::fill(of.used_at, of.used_at + all.thread_count(), timestamp(0));
    if (all.recording())
        std::fill(of.used_where, of.used_where + all.thread_count(), site{});
}

void begin_lifespan(execution& all, lifespan& of) {
    found_lifespan(all, of);
    if (!all.running()) return;
    of.creator = all.self();
    of.created_at = memory::tick();
    of.created_where = caller_of_the_kit(all.recording());
}

void use(execution& all, object& subject, lifespan& of, char const* operation, site const& where) {
    if (!all.running()) return;
    if (of.creator >= 0 && memory::clocks()[of.creator] < of.created_at) [[unlikely]]
        made_too_late(all, subject, of, operation, where);
    of.used_at[all.self()] = memory::tick();
    if (all.recording()) of.used_where[all.self()] = where;
}

void check_lifespan(execution& all, object& subject, lifespan const& of, site const& where,
                    site const& last) {
    timestamp const* const clock = memory::clocks();
    if (of.creator >= 0 && clock[of.creator] < of.created_at)
        return report_early_end(all, subject, where, last,
                                {"constructed", of.creator, of.created_where, false});
    for (int other = 0; other < all.thread_count(); ++other) {
        if (clock[other] >= of.used_at[other] || all.threads[other].dead) continue;
        site const used = all.recording() ? of.used_where[other] : site{};
        return report_early_end(all, subject, where, last, {"last used", other, used, false});
    }
}

}  // namespace racekit::model
