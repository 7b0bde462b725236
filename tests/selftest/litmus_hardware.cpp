// SPDX-License-Identifier: MIT
// Each row of the table on real threads: hardware never shows what C++20 forbids, nor what the
// engine neither shows nor is declared not to show.
//
// A row runs in many copies at once, so that its threads meet in the middle of some. What decides
// between instructions is only slower than a compiled program, never weaker.
#include "litmus.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <pthread.h>
#include <sched.h>
#include <thread>

namespace {

using namespace racekit::litmus;
using racekit::oracle::change;
using racekit::oracle::evaluate;
using racekit::oracle::instruction;
using racekit::oracle::outcome;
using racekit::oracle::program;
using racekit::oracle::verb;

constexpr std::size_t copies = 256;
constexpr std::size_t most_objects = 4;
constexpr std::size_t most_registers = 12;

struct alignas(64) cell {
    std::atomic<int> value;
};
using registers = std::array<int, most_registers>;

/// An instruction whose operands are looked up once.
struct step {
    verb what;
    change how;
    std::size_t object;
    int target;
    int value, from;  // a register, or -1
    int expected;
    std::memory_order order, failure;
    int length;
    racekit::oracle::expression const* condition;
};

step step_of(instruction const& from) {
    using racekit::oracle::term;
    bool const copies_register =
        from.value.size() == 1 && from.value[0].what == term::kind::variable;
    return {from.what, from.how, static_cast<std::size_t>(from.object < 0 ? 0 : from.object),
            from.target, from.value.size() == 1 ? from.value[0].value : 0,
            copies_register ? from.value[0].value : -1,
            from.expected.empty() ? 0 : from.expected[0].value, from.order, from.failure,
            from.length, &from.value};
}

int modify(std::atomic<int>& subject, step const& now, int operand) {
    if (now.how == change::exchange) return subject.exchange(operand, now.order);
    return subject.fetch_add(operand, now.order);
}

/// One thread of one copy.
void perform(std::vector<step> const& code, std::array<cell, most_objects>& objects,
             registers& seen) {
    for (std::size_t at = 0; at < code.size(); ++at) {
        step const& now = code[at];
        std::atomic<int>& subject = objects[now.object].value;
        int const value = now.from < 0 ? now.value : seen[static_cast<std::size_t>(now.from)];
        auto const into = static_cast<std::size_t>(now.target);
        int expected = now.expected;
        switch (now.what) {
            case verb::load: seen[into] = subject.load(now.order); break;
            case verb::store: subject.store(value, now.order); break;
            case verb::modify: seen[into] = modify(subject, now, value); break;
            case verb::fence: std::atomic_thread_fence(now.order); break;
            case verb::strong_cas:
                (void)subject.compare_exchange_strong(expected, value, now.order, now.failure);
                seen[into] = expected;
                break;
            case verb::weak_cas:
                (void)subject.compare_exchange_weak(expected, value, now.order, now.failure);
                seen[into] = expected;
                break;
            default:
                if (evaluate(*now.condition, seen) == 0) at += static_cast<std::size_t>(now.length);
                break;
        }
    }
}

/// Real threads that go through all copies of a row together, round after round.
class running {
public:
    explicit running(row const& of) : of_(of), what_(program_of(of)) {
        if (what_.objects.size() > most_objects || what_.registers.size() > most_registers) {
            std::fprintf(stderr, "%s: more objects or registers than litmus_hardware.cpp has\n",
                         of.name);
            std::exit(2);
        }
        for (auto const& thread : what_.threads) {
            auto& into = code_.emplace_back();
            for (instruction const& each : thread) into.push_back(step_of(each));
        }
    }

    /// Outcomes, and how often each came up. Ends as soon as the threads went through `enough`
    /// rounds side by side, else at the limit: where processors are scarce they take turns.
    std::map<std::string, std::uint64_t> run(std::chrono::nanoseconds limit, std::uint64_t enough) {
        auto const end = std::chrono::steady_clock::now() + limit;
        for (std::size_t each = 0; each < code_.size(); ++each) clear(each, 0);
        std::vector<std::thread> others;
        settle(0);
        for (std::size_t each = 1; each < code_.size(); ++each) {
            others.emplace_back([this, each] {
                settle(each);
                take_part(each);
            });
        }
        // At least two rounds, however slow the machine is.
        for (std::uint64_t round = 1; !over_.load(std::memory_order_relaxed); ++round) {
            bool const together = one_round(0, round);
            if (together) ++together_;
            bool const is_late = round > 2 && std::chrono::steady_clock::now() > end;
            // -> take_part, which reads it after the next meeting
            over_.store(is_late || together_ == enough, std::memory_order_relaxed);
            meet();
        }
        for (std::thread& each : others) each.join();
        std::map<std::string, std::uint64_t> told;
        for (auto const& [ends, times] : seen_) told[outcome_text(of_, what_, ends)] += times;
        return told;
    }

    /// How many rounds the threads went through side by side.
    [[nodiscard]] std::uint64_t together() const { return together_; }

private:
    void take_part(std::size_t thread) {
        for (std::uint64_t round = 1; !over_.load(std::memory_order_relaxed); ++round) {
            (void)one_round(thread, round);
            meet();
        }
    }

    /// True: the threads went through it side by side.
    bool one_round(std::size_t thread, std::uint64_t round) {
        bool const began = meet();
        go_through(thread);
        bool const ended = meet();
        if (thread == 0) gather();
        meet();
        clear(thread, round);
        return began && ended;
    }

    void go_through(std::size_t thread) {
        for (std::size_t copy = 0; copy < copies; ++copy)
            perform(code_[thread], objects_[copy], registers_[thread][copy]);
    }

    /// Everybody waits for everybody; false: for long. The counter is acquired by all from all.
    bool meet() {
        std::uint64_t const mine = arrived_.fetch_add(1, std::memory_order_acq_rel);
        std::uint64_t const wanted = (mine / code_.size() + 1) * code_.size();
        // Where each has a processor, who stays on it is there when the others come back.
        constexpr int short_time = 5'000;
        int const time_limit =
            code_.size() <= std::thread::hardware_concurrency() ? 1'000'000 : short_time;
        int turn = 0;
        while (arrived_.load(std::memory_order_acquire) < wanted) {
            if (++turn > time_limit) std::this_thread::yield();
        }
        return turn <= short_time;
    }

    /// Each thread on a processor of its own, as far as there are so many.
    static void settle(std::size_t thread) {
        cpu_set_t mine;
        CPU_ZERO(&mine);
        CPU_SET(thread % std::thread::hardware_concurrency(), &mine);
        (void)pthread_setaffinity_np(pthread_self(), sizeof mine, &mine);  // else it may wander
    }

    /// Each thread clears some of the copies: those are near to it in the next round, the others
    /// far, so that now one is ahead and now another.
    void clear(std::size_t thread, std::uint64_t round) {
        for (std::size_t copy = 0; copy < copies; ++copy) {
            if ((copy / 4 + round) % code_.size() != thread) continue;
            for (cell& each : objects_[copy]) each.value.store(0, std::memory_order_relaxed);
        }
        for (registers& each : registers_[thread]) each.fill(0);
    }

    void gather() {
        outcome ends(what_.registers.size() + what_.objects.size());
        for (std::size_t copy = 0; copy < copies; ++copy) {
            std::fill(ends.begin(), ends.end(), 0);
            for (std::size_t thread = 0; thread < code_.size(); ++thread) {
                for (step const& each : code_[thread]) {
                    if (each.target < 0) continue;
                    auto const at = static_cast<std::size_t>(each.target);
                    ends[at] = registers_[thread][copy][at];
                }
            }
            for (std::size_t each = 0; each < what_.objects.size(); ++each)
                ends[what_.registers.size() + each] =
                    objects_[copy][each].value.load(std::memory_order_relaxed);
            ++seen_[ends];
        }
    }

    row const& of_;
    program what_;
    std::vector<std::vector<step>> code_;
    std::array<std::array<cell, most_objects>, copies> objects_;
    std::array<std::array<registers, copies>, 4> registers_{};
    alignas(64) std::atomic<std::uint64_t> arrived_{0};
    std::atomic<bool> over_{false};
    std::uint64_t together_ = 0;
    std::map<outcome, std::uint64_t> seen_;
};

std::string machine() {
    std::ifstream in("/proc/cpuinfo");
    std::string name = "unknown processor";
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with("model name")) {
            name = line.substr(line.find(':') + 2);
            break;
        }
    }
    return name + ", " + std::to_string(std::thread::hardware_concurrency()) + " processors";
}

struct options {
    double seconds = 4;
    bool counts = false;
    std::string record;
};

options parse_arguments(int count, char** arguments) {
    options made;
    for (int at = 1; at < count; ++at) {
        std::string const word = arguments[at];
        if (word == "--counts") made.counts = true;
        else if (word == "--seconds" && at + 1 < count) made.seconds = std::atof(arguments[++at]);
        else if (word == "--record" && at + 1 < count) made.record = arguments[++at];
        else {
            std::fprintf(stderr, "usage: litmus_hardware [--seconds S] [--counts] [--record FILE]\n"
                                 "  --seconds  for all rows together\n"
                                 "  --record   adds what was seen to the file\n");
            std::exit(2);
        }
    }
    return made;
}

/// Whether all that hardware showed is allowed, and shown by the engine or declared not to be.
bool is_fine(row const& of, outcome_set const& seen) {
    outcome_set const forbidden = without(seen, allowed_by_cpp20(of));
    outcome_set const unknown =
        without(without(seen, shown_by_model(of)), outcomes(of.unsupported_outcome));
    if (!forbidden.empty())
        std::printf("%s: HARDWARE SHOWS WHAT C++20 FORBIDS: %s\n", of.name,
                    in_words(forbidden).c_str());
    else if (!unknown.empty())
        std::printf("%s: HARDWARE SHOWS WHAT THE ENGINE DOES NOT, and no gap is declared: %s\n",
                    of.name, in_words(unknown).c_str());
    return forbidden.empty() && unknown.empty();
}

}  // namespace

int main(int count, char** arguments) {
    options const chosen = parse_arguments(count, arguments);
    hardware_record record = read_hardware_record(chosen.record);
    auto const began = std::chrono::steady_clock::now();
    auto left = rows().size();
    std::uint64_t rounds = 0;
    std::uint64_t together = 0;
    std::uint64_t gaps = 0;
    int wrong = 0;
    for (row const& each : rows()) {
        auto const threads = std::make_unique<running>(each);
        // What one row leaves over is shared out among the others.
        std::chrono::duration<double> const spent = std::chrono::steady_clock::now() - began;
        std::chrono::duration<double> const limit((chosen.seconds - spent.count()) /
                                                  static_cast<double>(left--));
        auto const times = threads->run(
            std::chrono::duration_cast<std::chrono::nanoseconds>(limit),
            static_cast<std::uint64_t>(chosen.seconds * 100));
        together += threads->together();
        outcome_set seen;
        for (auto const& [ends, often] : times) {
            rounds += often;
            seen.insert(ends);
            if (chosen.counts)
                std::printf("%-40s %-12s %llu\n", each.name, ends.c_str(),
                            static_cast<unsigned long long>(often));
        }
        wrong += is_fine(each, seen) ? 0 : 1;
        outcome_set const declared = outcomes(each.unsupported_outcome);
        if (without(declared, seen).size() != declared.size()) ++gaps;
        record[each.name].merge(seen);
    }
    std::printf("%zu rows on %s: %llu rounds, %llu of them side by side, %d rows wrong, %llu rows "
                "with an outcome that the engine is declared not to show\n",
                rows().size(), machine().c_str(), static_cast<unsigned long long>(rounds),
                static_cast<unsigned long long>(together * copies), wrong,
                static_cast<unsigned long long>(gaps));
    if (!chosen.record.empty()) {
        record[""] = {machine()};
        write_hardware_record(chosen.record, record);
    }
    return wrong == 0 ? 0 : 1;
}
