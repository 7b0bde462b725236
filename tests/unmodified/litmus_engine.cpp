// SPDX-License-Identifier: MIT
// Small programs as data, run by std::thread on std::atomic under the model: oracle/engine_side.hpp
// for programs as they are.
#include "oracle/engine_side.hpp"

#include <racekit/explore.hpp>

#include <array>
#include <atomic>
#include <memory>
#include <stdexcept>
#include <thread>

namespace racekit::oracle {
namespace {

constexpr std::size_t most = 8;
using registers = std::array<int, 4 * most>;

/// The objects of one execution.
struct memory {
    std::array<std::atomic<int>, most> atomics;
    std::array<int, most> plain{};
};

int modified(std::atomic<int>& object, instruction const& what, int operand) {
    switch (what.how) {
        case change::exchange: return object.exchange(operand, what.order);
        case change::add: return object.fetch_add(operand, what.order);
        case change::subtract: return object.fetch_sub(operand, what.order);
        case change::bit_or: return object.fetch_or(operand, what.order);
        case change::bit_and: return object.fetch_and(operand, what.order);
        default: return object.fetch_xor(operand, what.order);
    }
}

void run(instruction const& what, memory& all, registers& values, std::size_t& at) {
    int const operand = evaluate(what.value, values);
    auto const object = static_cast<std::size_t>(what.object < 0 ? 0 : what.object);
    int read = 0;
    switch (what.what) {
        case verb::load: read = all.atomics[object].load(what.order); break;
        case verb::store: all.atomics[object].store(operand, what.order); break;
        case verb::modify: read = modified(all.atomics[object], what, operand); break;
        case verb::fence: std::atomic_thread_fence(what.order); break;
        case verb::read: read = all.plain[object]; break;
        case verb::write: all.plain[object] = operand; break;
        case verb::set: read = operand; break;
        case verb::skip:
            if (operand == 0) at += static_cast<std::size_t>(what.length);
            break;
        case verb::strong_cas:
        case verb::weak_cas: {
            read = evaluate(what.expected, values);
            bool const done = what.what == verb::weak_cas
                                  ? all.atomics[object].compare_exchange_weak(
                                        read, operand, what.order, what.failure)
                                  : all.atomics[object].compare_exchange_strong(
                                        read, operand, what.order, what.failure);
            if (what.succeeded >= 0) values[static_cast<std::size_t>(what.succeeded)] = done;
            break;
        }
    }
    if (what.target >= 0) values[static_cast<std::size_t>(what.target)] = read;
}

/// Outcomes in memory that no execution puts back.
struct outcomes_seen {
    static constexpr std::size_t most_outcomes = 4096;
    std::array<std::array<int, 4 * most>, most_outcomes> all{};
    std::size_t count = 0;

    void add(std::array<int, 4 * most> const& one) {
        for (std::size_t at = 0; at < count; ++at) {
            if (all[at] == one) return;
        }
        if (count < most_outcomes) all[count++] = one;
    }
};

void execute(program const& what, outcomes_seen& into) {
    memory all;
    registers values{};
    for (std::size_t at = 0; at < what.objects.size(); ++at) {
        all.atomics[at].store(what.objects[at].initial, std::memory_order_relaxed);
        all.plain[at] = what.objects[at].initial;
    }
    std::array<std::thread, most> threads;
    for (std::size_t number = 0; number < what.threads.size(); ++number) {
        threads[number] = std::thread([&, number] {
            auto const& mine = what.threads[number];
            for (std::size_t at = 0; at < mine.size(); ++at) run(mine[at], all, values, at);
        });
    }
    for (std::size_t number = 0; number < what.threads.size(); ++number) threads[number].join();
    std::array<int, 4 * most> ends{};
    std::size_t at = 0;
    for (; at < what.registers.size(); ++at) ends[at] = values[at];
    for (std::size_t each = 0; each < what.objects.size(); ++each, ++at)
        ends[at] = what.objects[each].is_atomic ? all.atomics[each].load(std::memory_order_relaxed)
                                                : all.plain[each];
    into.add(ends);
}

}  // namespace

std::string memories() { return "exact"; }

shown explore(program const& what, std::string_view memory, std::uint64_t most_executions,
              bool find_weak) {
    if (memory != "exact" || find_weak || what.objects.size() > most || what.threads.size() >= most)
        throw std::invalid_argument("too large, another memory, or a weak execution is wanted");
    auto const into = std::make_unique<outcomes_seen>();
    explore_options options;
    options.executions = most_executions;
    options.seconds = 60;
    options.strategy = "exhaustive";
    explored const seen = racekit::explore([&] { execute(what, *into); }, options);
    shown result;
    result.finding = seen.found;
    // Load buffering, of which a warning tells, is among the declared differences.
    result.cut = seen.text.find("model, exhausted ") == std::string::npos;
    result.executions = seen.executions;
    std::size_t const size = what.registers.size() + what.objects.size();
    for (std::size_t at = 0; at < into->count; ++at)
        result.outcomes.insert(outcome(into->all[at].begin(),
                                       into->all[at].begin() + static_cast<std::ptrdiff_t>(size)));
    return result;
}

}  // namespace racekit::oracle
