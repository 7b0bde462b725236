// SPDX-License-Identifier: MIT
// The functions by which the engine is used from outside, and the hooks of the runtime.
#include "engine.hpp"

#include "execution.hpp"
#include "model/runtime/caller_line.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/hooks.hpp"

#include <racekit/check.hpp>
#include <racekit/choice.hpp>

namespace racekit::model {

void engine::forget_waiting_loops() { loop_watch::forget_known(); }

engine::engine(test_body& body, exploration_config config)
    : inside_(new execution(body, config)) {}
engine::~engine() = default;

execution_record const& engine::play(strategy& how, std::function<bool(std::uint64_t)> enough) {
    inside_->play(how, std::move(enough));
    return inside_->records.record();
}

execution_record const& engine::record() const { return inside_->records.record(); }
std::uint64_t engine::executions() const { return inside_->executions; }
std::uint64_t engine::abandoned() const { return inside_->abandoned; }
std::set<std::string> const& engine::kinds() const { return inside_->kinds; }
std::uint64_t engine::links_held() const { return inside_->links_held; }

void end_execution(error what) { active().broken(std::move(what)); }

bool trace_wanted() { return active().recording(); }

void record_call(std::string action) {
    active().record_row(nullptr, {}, {"call", std::move(action), "", "", "", false});
}

vector_timestamp current_timestamp() {
    vector_timestamp now;
    static_assert(std::tuple_size_v<decltype(now.known)> == most_threads);
    execution& all = active();
    if (!all.running()) return now;
    now.thread = all.self();
    (void)memory::tick();
    timestamp const* const mine = memory::clocks();
    for (int thread = 0; thread < all.threads.fibers(); ++thread)
        now.known[static_cast<std::size_t>(thread)] = mine[thread];
    return now;
}

// Hooks of the runtime ----------------------------------------------------------------------------

int running_thread() {
    return running_execution != nullptr && running_execution->running() ? running_execution->self()
                                                                        : -1;
}

std::uint64_t operations_made() { return active().records.operations(); }

void report_error(char const* kind, std::string what) {
    active().broken({kind, no_object, std::move(what), {}});
}

void report_quiet_thread(char const* kind, std::string what) {
    error quiet{kind, no_object, std::move(what), {}};
    execution& all = active();
    site const where = caller_of_the_kit(all.config().alone_at_first && all.recording());
    if (where.line > 0) quiet.places.push_back({"here", where.file, where.line, false});
    all.broken(std::move(quiet));
}

bool storage_ends(void const* begin, std::size_t size) {
    return running_execution != nullptr && running_execution->end_storage(begin, size);
}

void report_heap_fault() {
    heap::outside const out;
    switch (heap::noted_fault()) {
        case heap::fault::double_free:
            report_error("double free", "a block of " + std::to_string(heap::noted_fault_size()) +
                                            " bytes is freed twice");
        case heap::fault::too_much:
            report_error("out of memory", "one execution asked for more than " +
                                              std::to_string(heap::arena_size >> 20) +
                                              " MiB; make the client smaller");
        case heap::fault::outlived:
            report_error("outlived execution",
                         "frees memory of an earlier execution: an object allocated in the test "
                         "body is kept in a static: keep it in the test body");
        default:
            report_error("bad free", "frees an address that operator new never returned");
    }
}

}  // namespace racekit::model

namespace racekit {

unsigned chosen_below(unsigned count, site where) {
    unsigned const chosen = model::choose(count, where);
    model::execution& all = model::active();
    if (all.recording()) {
        model::heap::outside const out;
        all.record_row(
            nullptr, where,
            {"choose", "chooses " + std::to_string(chosen) + " below " + std::to_string(count), "",
             "", "", false});
    }
    return chosen;
}

void assume(bool holds, site where) { model::assume(holds, where); }

void check_failed(char const* claim, std::string_view detail, site where) {
    model::heap::outside const out;
    model::error what;
    what.kind = "failed check";
    what.consequence = detail.empty() ? std::string(claim) : std::string(detail);
    what.places.push_back({"claim " + std::string(claim), where.file, where.line, false});
    model::end_execution(std::move(what));
}

}  // namespace racekit
