// SPDX-License-Identifier: MIT
// A company of threads that plays one stage after another: the same threads through all rounds.
//
// Fresh threads every round would let TSan lose races and would serialise short stories; here all
// members stand at a spinning gate and start together.
#pragma once

#include "exception_text.hpp"

#include <racekit/registry.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace racekit {

class company {
public:
    /// `prepare(member, round)` runs on each member's thread right before it acts (noise, pinning).
    using preparation = std::function<void(int member, std::uint64_t round)>;

    company(int members, preparation prepare);
    ~company();  ///< joins: one that is stuck is never destroyed
    company(company const&) = delete;
    company& operator=(company const&) = delete;

    /// Plays one round. False: not all members finished within `patience`: ask is_stuck().
    [[nodiscard]] bool play(stage& story, std::chrono::nanoseconds patience);

    /// After play() said false: waits until the round ends after all (false; the company can go
    /// on), or until it is sure that it does not (true): every member that has not finished either
    /// sleeps for good, or has used half a second of processor time or been given the processor
    /// 500 times since. A starved machine is not a hang.
    [[nodiscard]] bool is_stuck();

    /// Where the members that did not finish are, for a person: "thread 1 sleeps in futex_wait".
    [[nodiscard]] std::vector<std::string> whereabouts() const;

    /// An exception that escaped a member, "" if none: "std::runtime_error: what".
    [[nodiscard]] std::string const& escaped() const { return escaped_; }

    [[nodiscard]] std::vector<std::thread> const& threads() const { return threads_; }

private:
    void member(int self);
    /// Until as many members have come as there are cores, or for some 40 us: woken one after the
    /// other they would play one after the other too.
    void meet(std::uint64_t round);

    preparation prepare_;
    std::atomic<std::uint64_t> opened_{0};  // rounds begun; release -> member sees the stage
    std::atomic<std::uint64_t> arrived_{0};
    std::atomic<int> finished_{0};          // release -> director sees what members did
    std::atomic<bool> closing_{false};
    std::atomic<bool> crowded_{false};      // other programs want the processors too
    std::atomic<stage*> story_{nullptr};
    std::atomic<bool> escape_taken_{false};
    std::string escaped_;
    std::vector<std::atomic<long>> ids_;
    std::vector<std::atomic<bool>> done_;
    std::vector<std::thread> threads_;
};

}  // namespace racekit
