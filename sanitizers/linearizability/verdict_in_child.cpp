// SPDX-License-Identifier: MIT
#include "verdict_in_child.hpp"

#include "harness/child_process.hpp"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <cstring>
#include <new>
#include <sys/mman.h>
#include <system_error>

namespace racekit::linearity {
namespace {

using nlohmann::json;

/// The verdict as text, to send it through a pipe.
std::string written(linear_verdict const& seen) {
    json all = {{"linearizable", seen.linearizable}, {"programs", seen.programs},
                {"executions", seen.executions},     {"histories", seen.histories},
                {"calls", seen.calls},               {"undecided", seen.undecided},
                {"ended_waiting", seen.ended_waiting},             {"program", seen.program},
                {"text", seen.text}};
    if (seen.found) {
        finding const& found = *seen.found;
        all["found"] = {{"kind", found.kind},
                        {"subject", found.subject},
                        {"consequence", found.consequence},
                        {"found_in", found.found_in},
                        {"threads", found.threads}};
    }
    return all.dump(-1, ' ', false, json::error_handler_t::replace);
}

linear_verdict read(std::string const& text) {
    json const all = json::parse(text);
    linear_verdict seen;
    all.at("linearizable").get_to(seen.linearizable);
    all.at("programs").get_to(seen.programs);
    all.at("executions").get_to(seen.executions);
    all.at("histories").get_to(seen.histories);
    all.at("calls").get_to(seen.calls);
    all.at("undecided").get_to(seen.undecided);
    all.at("ended_waiting").get_to(seen.ended_waiting);
    all.at("program").get_to(seen.program);
    all.at("text").get_to(seen.text);
    if (auto const at = all.find("found"); at != all.end()) {
        finding& found = seen.found.emplace();
        at->at("kind").get_to(found.kind);
        at->at("subject").get_to(found.subject);
        at->at("consequence").get_to(found.consequence);
        at->at("found_in").get_to(found.found_in);
        at->at("threads").get_to(found.threads);
    }
    return seen;
}

}  // namespace

std::string active_calls::words(subject const& what) const {
    std::string text;
    for (std::size_t thread = 0; thread < places_.size(); ++thread) {
        unsigned const operation = places_[thread].operation.load(relaxed);
        if (operation == outside) continue;
        text += (text.empty() ? "thread " : ", thread ") + std::to_string(thread) + " was in " +
                what.operations.at(operation);
    }
    return text;
}

shared_active_calls::shared_active_calls() {
    void* const memory = ::mmap(nullptr, sizeof(active_calls), PROT_READ | PROT_WRITE,
                                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    place_ = ::new (memory) active_calls;
}

shared_active_calls::~shared_active_calls() { ::munmap(place_, sizeof(active_calls)); }

linear_verdict look_in_child(subject const& what, active_calls& shared,
                              linear_verdict const& before,
                              std::function<linear_verdict()> const& look) {
    child_result const end = run_in_child([&] { return written(look()); });
    if (!end.signal) return read(end.returned);
    linear_verdict seen = before;
    seen.linearizable = false;
    seen.executions = shared.round.load(std::memory_order_relaxed);
    finding& found = seen.found.emplace();
    found.kind = "crash";
    found.consequence = std::string("died of ") + ::sigdescr_np(*end.signal);
    std::string const where = shared.words(what);
    if (!where.empty()) found.consequence += "; " + where;
    found.found_in = seen.executions;
    return seen;
}

}  // namespace racekit::linearity
