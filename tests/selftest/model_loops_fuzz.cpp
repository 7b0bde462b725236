// SPDX-License-Identifier: MIT
// Random programs with waiting loops, played in three ways that must show the same:
//   with hints, without hints, and with loops that end after a few iterations and are not watched.
//
// The third way is independent of loop_watch: a thread whose loop has not ended by then is stuck.
// An execution with stuck threads counts as a hang if, with the values at its end, each of these
// loops would go on for ever; else it is left out, for other executions cover it.
#include "model/core/engine.hpp"
#include "model/runtime/heap.hpp"
#include "model/strategies/exhaustive.hpp"
#include "model/strategies/random_numbers.hpp"

#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>

#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <new>
#include <optional>
#include <set>
#include <iterator>
#include <string>
#include <vector>

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr auto relaxed = std::memory_order_relaxed;

enum class verb : std::uint8_t {
    store, add, load, write, read, set_memory, give_permit,
    wait_for,     // until a word has at least that value
    wait_for_both,
    carried,      // looks at the second word in one iteration, at the first in the next
    counted,      // gives up after so many looks
    take_flag,    // by exchange, until it was clear; then clears it
    add_by_cas,
    add_by_load_and_cas,
    poll_lock,    // by try_lock
    poll_under_lock,
    poll_memory,  // not visible to the model, under a lock
    wait_with_lock,  // as poll_under_lock, but the lock is held between iterations
    poll_permit,  // of a semaphore
    counted_in_memory,
    counted_in_plain,
    until_deadline,  // gives up when it passes
    count,
};
constexpr char const* verb_names[] = {"store",
                                      "add",
                                      "load",
                                      "write",
                                      "read",
                                      "set_memory",
                                      "give_permit",
                                      "wait_for",
                                      "wait_for_both",
                                      "carried",
                                      "counted",
                                      "take_flag",
                                      "add_by_cas",
                                      "add_by_load_and_cas",
                                      "poll_lock",
                                      "poll_under_lock",
                                      "poll_memory",
                                      "wait_with_lock",
                                      "poll_permit",
                                      "counted_in_memory",
                                      "counted_in_plain",
                                      "until_deadline"};
static_assert(std::size(verb_names) == std::size_t(verb::count));

enum class hints : std::uint8_t { none, first, last, both };

struct instruction {
    verb what;
    unsigned word;
    int value;
    std::memory_order order;
    hints where;
};
using text_of_program = std::vector<std::vector<instruction>>;

enum class way { with_hints, without_hints, bounded };
constexpr int most_iterations = 3;

struct shared {
    std::array<atomic<int>, 2> words;
    atomic<int> flag{0};
    specification::mutex gate;
    plain<int> number{0};
    specification::semaphore permits{0};
    int memory = 0;  // not visible; under the lock
    int looks[3] = {};
    plain<int> plain_looks[3] = {};
    shared() : words{atomic<int>(0), atomic<int>(0)} {}
};

struct notes {
    std::array<int, 32> seen;
    int count = 0;
    instruction const* stuck = nullptr;
    void add(int value) {
        if (count < 32) seen[static_cast<std::size_t>(count++)] = value;
    }
};

class looped final : public test_body {
public:
    looped(text_of_program const& what, way how) : what_(what), how_(how) {}
    std::set<std::string> outcomes;
    bool hangs = false;

    void before() override {
        on_ = ::new (memory_) shared();
        for (notes& each : notes_) each = notes();
    }
    void act(int thread) override {
        notes& mine = notes_[static_cast<std::size_t>(thread)];
        for (instruction const& next : what_[static_cast<std::size_t>(thread)]) {
            if (!perform(next, mine)) {
                mine.stuck = &next;
                return;
            }
        }
    }
    void after() override {
        std::string text;
        bool any_stuck = false;
        bool for_ever = true;
        end_state const last{{on_->words[0].load(relaxed), on_->words[1].load(relaxed)},
                             on_->flag.load(relaxed), on_->memory, on_->permits.try_acquire()};
        for (notes const& each : notes_) {
            if (each.stuck == nullptr) continue;
            any_stuck = true;
            for_ever = for_ever && goes_on(*each.stuck, last);
        }
        bool const free = on_->gate.try_lock();
        if (free) on_->gate.unlock();
        on_->~shared();
        heap::outside const out;
        if (any_stuck) {
            hangs = hangs || for_ever;
            return;
        }
        for (notes const& each : notes_) {
            text += '|';
            for (int at = 0; at < each.count; ++at)
                text += ' ' + std::to_string(each.seen[static_cast<std::size_t>(at)]);
        }
        outcomes.insert(text + " ends " + std::to_string(last.words[0]) +
                        std::to_string(last.words[1]) + (last.has_permit ? "p" : ""));
    }
    [[nodiscard]] std::span<unsigned char const> storage() const override { return memory_; }

private:
    struct end_state {
        int words[2];
        int flag;
        int memory;
        bool has_permit;
    };
    static bool goes_on(instruction const& in, end_state const& last) {
        switch (in.what) {
            case verb::wait_for:
            case verb::wait_with_lock:
            case verb::poll_under_lock: return last.words[in.word] < in.value;
            case verb::poll_memory: return last.memory < in.value;
            case verb::poll_permit: return !last.has_permit;
            case verb::wait_for_both:
            case verb::carried: return last.words[0] < in.value || last.words[1] < in.value;
            case verb::take_flag: return last.flag == 1;
            default: return false;  // at the newest values it would end
        }
    }

    void hint(instruction const& in, hints at) const {
        if (how_ == way::with_hints && (in.where == at || in.where == hints::both)) spin_hint();
    }
    /// Makes iterations until one is the last; false: there were too many.
    template <class Iteration>
    bool loop(instruction const& in, Iteration ends) const {
        for (int left = how_ == way::bounded ? most_iterations : -1; left != 0;) {
            hint(in, hints::first);
            if (ends()) return true;
            hint(in, hints::last);
            if (left > 0) --left;
        }
        return false;
    }

    bool perform(instruction const& in, notes& mine) {
        atomic<int>& word = on_->words[in.word];
        switch (in.what) {
            case verb::store: word.store(in.value, as_store(in.order)); return true;
            case verb::add: mine.add(word.fetch_add(in.value, in.order)); return true;
            case verb::load: mine.add(word.load(as_load(in.order))); return true;
            case verb::write: on_->number.write(in.value); return true;
            case verb::read: mine.add(on_->number.read()); return true;
            case verb::set_memory:
                on_->gate.lock();
                on_->memory = in.value;
                on_->gate.unlock();
                return true;
            case verb::give_permit: on_->permits.release(); return true;
            case verb::counted: return counted(in, word, mine);
            case verb::counted_in_memory: return counted_in_memory(in, word, mine);
            case verb::counted_in_plain: return counted_in_plain(in, word, mine);
            case verb::until_deadline: return until_deadline(in, word, mine);
            case verb::poll_memory:
            case verb::poll_under_lock:
            case verb::wait_with_lock:
            case verb::poll_permit: return poll(in, word);
            default: return wait(in, mine);
        }
    }

    static std::memory_order as_load(std::memory_order order) {
        return order == std::memory_order_release || order == std::memory_order_acq_rel
                   ? std::memory_order_acquire
                   : order;
    }
    static std::memory_order as_store(std::memory_order order) {
        return order == std::memory_order_acquire || order == std::memory_order_acq_rel
                   ? std::memory_order_release
                   : order;
    }

    /// A loop; false: it has not ended.
    bool wait(instruction const& in, notes& mine) {
        atomic<int>& word = on_->words[in.word];
        atomic<int>& other = on_->words[1 - in.word];
        std::memory_order const load_order = as_load(in.order);
        switch (in.what) {
            case verb::wait_for:
                return loop(in, [&] { return word.load(load_order) >= in.value; });
            case verb::wait_for_both:
                return loop(in, [&] {
                    int const one = word.load(load_order);
                    int const two = other.load(relaxed);
                    return one >= in.value && two >= in.value;
                });
            case verb::carried: {
                int seen = 0;
                return loop(in, [&] {
                    if (seen >= in.value && word.load(load_order) >= in.value) return true;
                    seen = other.load(load_order);
                    return false;
                });
            }
            case verb::take_flag: return take_flag(in);
            case verb::add_by_cas: {
                int seen = word.load(relaxed);
                bool const done = loop(in, [&] {
                    return word.compare_exchange_strong(seen, seen + 1, in.order, relaxed);
                });
                if (done) mine.add(seen);
                return done;
            }
            case verb::add_by_load_and_cas:
                return loop(in, [&] {
                    int seen = word.load(load_order);
                    return word.compare_exchange_weak(seen, seen + 1, in.order, relaxed);
                });
            case verb::poll_lock:
                if (!loop(in, [&] { return on_->gate.try_lock(); })) return false;
                mine.add(on_->number.read());
                on_->number.write(in.value);
                on_->gate.unlock();
                return true;
            default: return true;
        }
    }

    /// Polls under a lock, or for a permit.
    bool poll(instruction const& in, atomic<int>& word) {
        if (in.what == verb::poll_permit)
            return loop(in, [&] { return on_->permits.try_acquire(); });
        if (in.what != verb::wait_with_lock)
            return loop(in, [&] {
                on_->gate.lock();
                bool const there = in.what == verb::poll_memory
                                       ? on_->memory >= in.value
                                       : word.load(relaxed) >= in.value;
                on_->gate.unlock();
                return there;
            });
        on_->gate.lock();
        on_->words[1 - in.word].fetch_add(1, relaxed);  // others may wait for this
        bool const ended = loop(in, [&] {
            if (word.load(relaxed) >= in.value) return true;
            on_->gate.unlock();
            on_->gate.lock();
            return false;
        });
        on_->gate.unlock();
        return ended;
    }

    /// As counted(), with the counter in the test instance.
    bool counted_in_memory(instruction const& in, atomic<int>& word, notes& mine) {
        int& looks = on_->looks[self()];
        for (looks = 0; looks < 3; ++looks) {
            hint(in, hints::first);
            if (word.load(as_load(in.order)) >= in.value) {
                mine.add(looks);
                return true;
            }
            hint(in, hints::last);
        }
        mine.add(-1);
        return true;
    }

    /// As counted(), with a plain variable of the thread as the counter.
    bool counted_in_plain(instruction const& in, atomic<int>& word, notes& mine) {
        plain<int>& looks = on_->plain_looks[self()];
        for (looks.write(0); looks.read() < 3; looks.write(looks.read() + 1)) {
            hint(in, hints::first);
            if (word.load(as_load(in.order)) >= in.value) {
                mine.add(looks.read());
                return true;
            }
            hint(in, hints::last);
        }
        mine.add(-1);
        return true;
    }

    /// The deadline may pass after any look. The bounded way has no clock: it chooses.
    bool until_deadline(instruction const& in, atomic<int>& word, notes& mine) {
        deadline const limit = racekit::after(std::chrono::hours(1));
        for (;;) {
            hint(in, hints::first);
            if (word.load(as_load(in.order)) >= in.value) {
                mine.add(1);
                return true;
            }
            bool const has_passed = how_ == way::bounded ? true : racekit::clock::now() >= limit;
            if (has_passed) break;
            hint(in, hints::last);
        }
        mine.add(-1);
        return true;
    }

    bool counted(instruction const& in, atomic<int>& word, notes& mine) {
        for (int number = 0; number < 3; ++number) {
            hint(in, hints::first);
            if (word.load(as_load(in.order)) >= in.value) {
                mine.add(number);
                return true;
            }
            hint(in, hints::last);
        }
        mine.add(-1);
        return true;
    }

    bool take_flag(instruction const& in) {
        if (!loop(in, [&] { return on_->flag.exchange(1, std::memory_order_acquire) == 0; }))
            return false;
        on_->number.write(in.value);
        // A program that forgets to clear it now and then.
        if (in.value == 1) on_->flag.store(0, std::memory_order_release);
        return true;
    }

    text_of_program const& what_;
    way how_;
    std::array<notes, 3> notes_{};
    alignas(shared) unsigned char memory_[sizeof(shared)];
    shared* on_ = nullptr;
};

text_of_program random_program(std::uint64_t seed, std::uint64_t number) {
    random_numbers dice;
    dice.start(seed, number);
    constexpr std::memory_order orders[] = {relaxed, std::memory_order_acquire,
                                            std::memory_order_release, std::memory_order_acq_rel,
                                            std::memory_order_seq_cst};
    text_of_program all(2 + dice.below(2));
    for (auto& thread : all) {
        auto const length = 1 + dice.below(all.size() == 2 ? 4 : 2);
        for (unsigned at = 0; at < length; ++at) {
            // Every second instruction is a loop.
            constexpr unsigned plain_verbs = unsigned(verb::wait_for);
            auto const what =
                dice.below(2) == 0
                    ? dice.below(plain_verbs)
                    : plain_verbs + dice.below(unsigned(verb::count) - plain_verbs);
            thread.push_back({static_cast<verb>(what), static_cast<unsigned>(dice.below(2)),
                              static_cast<int>(1 + dice.below(2)), orders[dice.below(5)],
                              static_cast<hints>(dice.below(4))});
        }
    }
    return all;
}

std::string text(text_of_program const& what) {
    std::string all;
    for (auto const& thread : what) {
        all += "  thread:";
        for (instruction const& each : thread)
            all += std::string(" ") + verb_names[int(each.what)] + "(word " +
                   std::to_string(each.word) + ", " + std::to_string(each.value) + ", order " +
                   std::to_string(int(each.order)) + ", hints " + std::to_string(int(each.where)) +
                   ")";
        all += '\n';
    }
    return all;
}

struct seen {
    std::set<std::string> outcomes;
    std::set<std::string> kinds;
    std::uint64_t executions = 0;
    std::uint64_t abandoned = 0;
    bool cut = false;
};

seen play(text_of_program const& what, way how, std::uint64_t most) {
    looped body(what, how);
    exploration_config config;
    config.threads = static_cast<int>(what.size());
    config.watch_loops = how != way::bounded;
    config.past_findings = config.past_races = true;
    config.plain_visible = true;
    config.steps = 400;
    exhaustive search;
    engine explorer(body, config);
    seen result;
    execution_record const& last = explorer.play(
        search, [&](std::uint64_t count) { return result.cut = count >= most; });
    result.outcomes = body.outcomes;
    result.kinds = explorer.kinds();
    if (last.found) result.kinds.insert(last.found->kind);
    if (search.diverged()) result.kinds.insert("diverged");
    if (body.hangs) result.kinds.insert("deadlock");
    result.executions = explorer.executions();
    result.abandoned = explorer.abandoned();
    return result;
}

std::string difference(seen const& one, seen const& other) {
    if (one.kinds != other.kinds) {
        std::string list;
        for (auto const& each : one.kinds) list += " " + each;
        list += " against";
        for (auto const& each : other.kinds) list += " " + each;
        return "findings differ:" + list;
    }
    // What a data race leads to is not compared: it ends executions here and there.
    if (one.kinds.contains("data race")) return "";
    for (auto const& each : one.outcomes)
        if (!other.outcomes.contains(each)) return "only the first has" + each;
    for (auto const& each : other.outcomes)
        if (!one.outcomes.contains(each)) return "only the second has" + each;
    return "";
}

struct options {
    std::uint64_t seed = static_cast<std::uint64_t>(std::time(nullptr)) / 86'400;
    std::uint64_t programs = 10'000;
    std::uint64_t most = 20'000;
    std::optional<std::uint64_t> one;
};

struct tally {
    std::uint64_t compared = 0;
    std::uint64_t skipped = 0;
    std::uint64_t different = 0;
    std::uint64_t hangs = 0;
    std::uint64_t executions[3] = {};
    std::uint64_t abandoned[3] = {};
};

void compare(std::uint64_t number, options const& asked, tally& so_far) {
    text_of_program const what = random_program(asked.seed, number);
    seen all[3];
    for (way const how : {way::with_hints, way::without_hints, way::bounded}) {
        all[int(how)] = play(what, how, asked.most);
        if (all[int(how)].cut) {
            ++so_far.skipped;
            return;
        }
    }
    ++so_far.compared;
    so_far.hangs += all[2].kinds.contains("deadlock");
    for (int how = 0; how < 3; ++how) {
        so_far.executions[how] += all[how].executions;
        so_far.abandoned[how] += all[how].abandoned;
    }
    constexpr char const* names[] = {"with hints", "without hints"};
    for (int how = 0; how < 2; ++how) {
        std::string const what_differs = difference(all[how], all[2]);
        if (what_differs.empty()) continue;
        ++so_far.different;
        std::printf("DIFFERENCE, program %llu of seed %llu, %s against bounded loops: %s\n%s",
                    static_cast<unsigned long long>(number),
                    static_cast<unsigned long long>(asked.seed), names[how], what_differs.c_str(),
                    text(what).c_str());
        std::fflush(stdout);
    }
    if (asked.one) {
        for (seen const& each : all) {
            std::printf("%llu (+%llu)", static_cast<unsigned long long>(each.executions),
                        static_cast<unsigned long long>(each.abandoned));
            for (auto const& kind : each.kinds) std::printf(" %s", kind.c_str());
            for (auto const& outcome : each.outcomes) std::printf("\n    %s", outcome.c_str());
            std::printf("\n");
        }
    }
}

}  // namespace

int main(int count, char** arguments) {
    options asked;
    for (int at = 1; at < count; ++at) {
        bool const last = at + 1 == count;
        auto const number = [&] { return std::strtoull(arguments[++at], nullptr, 10); };
        if (!last && std::strcmp(arguments[at], "--seed") == 0) asked.seed = number();
        else if (!last && std::strcmp(arguments[at], "--programs") == 0) asked.programs = number();
        else if (!last && std::strcmp(arguments[at], "--most") == 0) asked.most = number();
        else if (!last && std::strcmp(arguments[at], "--one") == 0) asked.one = number();
        else {
            std::fprintf(stderr, "usage: model_loops_fuzz [--seed S] [--programs N] "
                                 "[--most EXECUTIONS] [--one NUMBER]\n");
            return 2;
        }
    }
    tally all;
    if (asked.one) {
        compare(*asked.one, asked, all);
    } else {
        for (std::uint64_t number = 0; number < asked.programs; ++number)
            compare(number, asked, all);
    }
    std::printf("seed %llu: %llu programs compared, %llu skipped, %llu differences, %llu hang\n",
                static_cast<unsigned long long>(asked.seed),
                static_cast<unsigned long long>(all.compared),
                static_cast<unsigned long long>(all.skipped),
                static_cast<unsigned long long>(all.different),
                static_cast<unsigned long long>(all.hangs));
    std::printf("executions: with hints %llu (+%llu), without %llu (+%llu), bounded %llu (+%llu)\n",
                static_cast<unsigned long long>(all.executions[0]),
                static_cast<unsigned long long>(all.abandoned[0]),
                static_cast<unsigned long long>(all.executions[1]),
                static_cast<unsigned long long>(all.abandoned[1]),
                static_cast<unsigned long long>(all.executions[2]),
                static_cast<unsigned long long>(all.abandoned[2]));
    return all.different == 0 && all.compared > 0 ? 0 : 1;
}
