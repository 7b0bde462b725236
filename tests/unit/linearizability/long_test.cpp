// SPDX-License-Identifier: MIT
// Judging long histories: hand-written ones, and short ones compared with the search.
#include "specifications.hpp"

#include "linearizability/history.hpp"
#include "linearizability/partition.hpp"
#include "linearizability/timed_history.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace {

using namespace racekit;
using namespace racekit::linearity;

using decision = history_verdict::decision;
constexpr std::uint64_t enough = 1'000'000;

/// A value whose histories are written down.
struct written_value {
    written_value() {
        store_1 = whole.operation("store(1)", [](auto& on) { on.store(1); });
        store_2 = whole.operation("store(2)", [](auto& on) { on.store(2); });
        load = whole.operation("load()", [](auto& on) { return on.load(); });
    }
    void stored(int thread, unsigned which, std::uint64_t from, std::uint64_t to) {
        nothing const none;
        seen.push_back({thread, which, whole.as_subject().numbered(which, &none), from, to});
    }
    void loaded(int thread, int got, std::uint64_t from, std::uint64_t to) {
        seen.push_back({thread, load, whole.as_subject().numbered(load, &got), from, to});
    }
    [[nodiscard]] history_verdict judged(std::uint64_t steps = enough) {
        return judge(whole.as_subject(), seen, steps);
    }
    [[nodiscard]] std::string text() { return to_text(whole.as_subject(), seen, judged()); }

    linearizable<specified::value, specified::value> whole{"value"};
    unsigned store_1 = 0, store_2 = 0, load = 0;
    timed_history seen;
};

TEST(long_histories, what_overlaps_may_go_either_way) {
    for (int const last : {1, 2}) {
        written_value on;
        on.stored(0, on.store_1, 0, 2);
        on.stored(1, on.store_2, 1, 3);
        on.loaded(0, last, 4, 5);
        EXPECT_EQ(decision::allowed, on.judged().how) << last;
    }
}

TEST(long_histories, what_was_over_is_not_undone) {
    written_value on;
    on.stored(0, on.store_1, 0, 1);
    on.stored(1, on.store_2, 2, 3);
    on.loaded(0, 1, 4, 5);
    history_verdict const said = on.judged();
    EXPECT_EQ(decision::rejected, said.how);
    EXPECT_EQ(2U, said.culprit);
    EXPECT_EQ(
        "  call 3 of 3 to return, with the calls before it, the pending calls and all stamps:\n"
        "  thread 0  store(1) -> returns  [0, 1]\n"
        "  thread 1  store(2) -> returns  [2, 3]\n"
        "> thread 0  load() -> 1  [4, 5]\n"
        "  no order of the calls explains this: specified 2, got 1\n",
        on.text());
}

// No thread may read the new value and then, one call later, the old one.
TEST(long_histories, new_and_then_old_within_one_long_store) {
    written_value on;
    on.stored(0, on.store_1, 0, 9);
    on.loaded(1, 1, 1, 2);
    on.loaded(2, 0, 3, 4);
    EXPECT_EQ(decision::rejected, on.judged().how);
    on.seen[2].invoked = 1;  // at the same time they may
    on.seen[2].responded = 5;
    EXPECT_EQ(decision::allowed, on.judged().how);
}

TEST(long_histories, thousands_of_calls_that_all_overlap_their_neighbours) {
    written_value on;
    constexpr std::uint64_t rounds = 10'000;
    for (std::uint64_t round = 0; round < rounds; ++round) {
        on.stored(0, on.store_1, 10 * round + 10, 10 * round + 14);
        on.stored(1, on.store_2, 10 * round + 5, 10 * round + 12);
        on.loaded(2, round % 2 == 0 ? 1 : 2, 10 * round + 13, 10 * round + 21);
    }
    history_verdict const said = on.judged();
    EXPECT_EQ(decision::allowed, said.how);
    EXPECT_GT(20 * rounds, said.steps);
    on.loaded(2, 3, 10 * rounds + 30, 10 * rounds + 31);
    EXPECT_EQ(decision::rejected, on.judged().how);
}

TEST(long_histories, out_of_steps_is_undecided) {
    written_value on;
    on.stored(0, on.store_1, 0, 2);
    on.stored(1, on.store_2, 1, 3);
    on.loaded(0, 7, 4, 5);
    EXPECT_EQ(decision::rejected, on.judged().how);
    EXPECT_EQ(decision::undecided, on.judged(2).how);
}

TEST(long_histories, a_thread_that_waits_for_ever_must_have_to) {
    linearizable<specified::semaphore, specified::semaphore> whole("semaphore of 1");
    auto const acquire = whole.operation("acquire()", [](auto& on) { on.acquire(); });
    nothing const none;
    unsigned const returned = whole.as_subject().numbered(acquire, &none);
    timed_history seen{{0, acquire, returned, 0, 2}, {1, acquire, any_result, 1, no_return}};
    EXPECT_EQ(decision::allowed, judge(whole.as_subject(), seen, enough).how);
    seen.erase(seen.begin());
    history_verdict const said = judge(whole.as_subject(), seen, enough);
    EXPECT_EQ(decision::rejected, said.how);
    EXPECT_NE(std::string::npos, to_text(whole.as_subject(), seen, said)
                                     .find("> thread 1  acquire() waits for ever  [1, ]\n"
                                           "  no order of the calls explains this: specified "
                                           "returns, got a wait without end"));
}

TEST(long_histories, misuse_is_reported) {
    written_value on;
    on.stored(0, on.store_1, 0, 2);
    on.stored(0, on.store_1, 1, 3);
    EXPECT_THROW((void)on.judged(), std::invalid_argument);
    on.seen = {{most_threads, on.store_1, 0, 0, 1}};
    EXPECT_THROW((void)on.judged(), std::invalid_argument);
}

/// As specified::value, but a hash or no way to compare.
struct with_hash : specified::value {
    std::size_t hash() const { return static_cast<std::size_t>(now); }
    bool operator==(with_hash const&) const = default;
};
struct all_hashed_alike : specified::value {
    std::size_t hash() const { return 7; }
    bool operator==(all_hashed_alike const&) const = default;
};
struct without_equality {
    int now = 0;
    int load() const { return now; }
    void store(int next) { now = next; }
    int exchange(int next) { return std::exchange(now, next); }
};

/// The same operations, whatever the specification; the histories are of a queue, a value, a map.
template <class Specification>
struct history_source {
    history_source() {
        whole.operation("store(1)", [](auto& on) { on.store(1); });
        whole.operation("load()", [](auto& on) { return on.load(); });
        whole.operation("exchange(2)", [](auto& on) { return on.exchange(2); });
    }
    linearizable<Specification, Specification> whole{"any"};
};
template <>
struct history_source<specified::stack> {
    history_source() {
        whole.operation("push(1)", [](auto& on) { on.push(1); });
        whole.operation("push(2)", [](auto& on) { on.push(2); });
        whole.operation("pop()", [](auto& on) { return on.pop(); });
    }
    linearizable<specified::stack, specified::stack> whole{"any"};
};
template <>
struct history_source<specified::map> {
    history_source() {
        for (int key = 0; key < 2; ++key) {
            std::string const name = std::to_string(key);
            add(name, whole.operation("insert(" + name + ")",
                                      [key](auto& on) { return on.insert(key, 1); }));
            add(name,
                whole.operation("take(" + name + ")", [key](auto& on) { return on.take(key); }));
        }
    }
    void add(std::string const& key, unsigned operation) { whole.concerns(operation, key); }
    linearizable<specified::map, specified::map> whole{"any"};
};

struct result_number final : result_sink {
    explicit result_number(subject& whole, unsigned operation)
        : what(whole), number(operation), got(0) {}
    void store(void const* result, bool) override { got = what.numbered(number, result); }
    subject& what;
    unsigned number, got;
};

/// Random calls of up to four threads. Each takes effect at a random time between its call and its
/// return. Some of them return the result of another time: such a history may be allowed.
timed_history random_history(subject& what, std::size_t calls, std::mt19937_64& choice) {
    timed_history seen;
    std::vector<std::uint64_t> free_from(4, 0);
    std::vector<std::pair<std::uint64_t, std::size_t>> effects;
    for (std::size_t index = 0; index < calls; ++index) {
        auto const thread = choice() % free_from.size();
        std::uint64_t const from = free_from[thread] + choice() % 40;
        std::uint64_t const to = from + 1 + choice() % 60;
        free_from[thread] = to + 1;
        auto const operation = static_cast<unsigned>(choice() % what.operations.size());
        seen.push_back({static_cast<int>(thread), operation, any_result, from, to});
        std::uint64_t const slip = choice() % 3 == 0 ? choice() % 120 : 0;
        effects.emplace_back(from + choice() % (to - from + 1) + slip, index);
    }
    std::vector<std::byte> place(what.size() + what.alignment());
    void* at = place.data();
    std::size_t space = place.size();
    std::align(what.alignment(), what.size(), at, space);
    what.make(at);
    std::sort(effects.begin(), effects.end());
    for (auto const& [time, index] : effects) {
        result_number got(what, seen[index].operation);
        what.call(at, seen[index].operation, got);
        seen[index].result = got.got;
    }
    what.destroy(at);
    // All times are different and keep their order.
    std::vector<std::pair<std::uint64_t, std::uint64_t*>> times;
    for (timed_call& each : seen) {
        times.emplace_back(2 * each.invoked, &each.invoked);
        times.emplace_back(2 * each.responded + 1, &each.responded);
    }
    std::sort(times.begin(), times.end());
    for (std::size_t rank = 0; rank < times.size(); ++rank) *times[rank].second = rank;
    return seen;
}

bool searched(subject const& what, timed_history const& timed) {
    return explain(what, in_real_time_order(timed)).allowed;
}

template <class Specification>
void expect_the_same_as_the_search(std::uint64_t seed) {
    history_source<Specification> source;
    subject& what = source.whole.as_subject();
    std::mt19937_64 choice(seed);
    int rejected = 0;
    constexpr int histories = 5'000;
    for (int each = 0; each < histories; ++each) {
        timed_history const seen = random_history(what, 3 + choice() % 8, choice);
        bool const expected = searched(what, seen);
        rejected += expected ? 0 : 1;
        bool const allowed = judge(what, seen, enough).how == decision::allowed;
        ASSERT_EQ(expected, allowed) << "history " << each;
        bool by_parts = true;
        for (partition const& one : partitions_of(what, seen))
            by_parts = judge(what, one.calls, enough).how == decision::allowed && by_parts;
        ASSERT_EQ(expected, by_parts) << "history " << each;
    }
    EXPECT_LT(histories / 20, rejected);
    EXPECT_GT(histories * 19 / 20, rejected);
}

TEST(long_histories, are_judged_as_the_search_judges_short_ones) {
    expect_the_same_as_the_search<specified::value>(1);
    expect_the_same_as_the_search<with_hash>(2);
    expect_the_same_as_the_search<all_hashed_alike>(3);
    expect_the_same_as_the_search<without_equality>(4);
    expect_the_same_as_the_search<specified::stack>(5);
    expect_the_same_as_the_search<specified::map>(6);
}

TEST(long_histories, a_state_that_compares_is_kept_once) {
    auto const widest = []<class Specification>(std::type_identity<Specification>) {
        history_source<Specification> source;
        subject& what = source.whole.as_subject();
        std::mt19937_64 choice(9);
        return judge(what, random_history(what, 12, choice), enough).steps;
    };
    EXPECT_EQ(widest(std::type_identity<with_hash>()),
              widest(std::type_identity<all_hashed_alike>()));
    EXPECT_LE(widest(std::type_identity<with_hash>()),
              widest(std::type_identity<without_equality>()));
}

TEST(long_histories, are_judged_whole_if_one_operation_concerns_all) {
    history_source<specified::map> source;
    subject& what = source.whole.as_subject();
    std::mt19937_64 choice(1);
    timed_history const seen = random_history(what, 100, choice);
    EXPECT_EQ(2U, partitions_of(what, seen).size());
    source.whole.operation("size()", [](auto& on) { return on.size(); });
    ASSERT_EQ(1U, partitions_of(what, seen).size());
    EXPECT_EQ(seen.size(), partitions_of(what, seen).front().calls.size());
}

TEST(long_histories, dependent_partitions_are_reported) {
    history_source<specified::map> independent;
    EXPECT_EQ("", dependent_partitions(independent.whole.as_subject()).value_or(""));

    struct with_room : specified::map {  // for one entry
        bool insert(int key, int value) {
            return entries.empty() && specified::map::insert(key, value);
        }
        bool operator==(with_room const&) const = default;
    };
    linearizable<with_room, with_room> bounded("map of one entry");
    for (int key = 0; key < 2; ++key) {
        bounded.concerns(bounded.operation("insert(" + std::to_string(key) + ")",
                                           [key](auto& on) { return on.insert(key, 1); }),
                         "key " + std::to_string(key));
    }
    std::string const complaint = dependent_partitions(bounded.as_subject()).value_or("");
    EXPECT_NE(std::string::npos,
              complaint.find("gives false with them and true alone")) << complaint;
}

}  // namespace
