// SPDX-License-Identifier: MIT
// Producers and consumers of one shared_queue are killed at random times and replaced. What was
// acknowledged must come out once, whole, and in the order of its producer.
//
// A consumer reserves an element, writes it into a log at the position that the queue gave it, and
// acknowledges it: so an element that comes twice is written to the same place twice.
#include "killing.hpp"

#include <racekit/platform.hpp>
#include <racekit/shared/shared_queue.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <random>
#include <set>
#include <unistd.h>
#include <vector>

namespace {

using racekit::queue_state;
using racekit::soak::number;
using steady = std::chrono::steady_clock;

constexpr int producers = 2;
constexpr int consumers = 2;
constexpr std::uint64_t most_positions = std::uint64_t{1} << 23U;
/// Then memory and processes are new.
constexpr std::uint64_t kills_at_once = 250;

struct item {
    std::uint64_t producer = 0;
    std::uint64_t number = 0;
    std::uint64_t same[4] = {};
};
struct queue_orders : racekit::shared_queue_orders {
#if defined(RACEKIT_SOAK_BROKEN)
    static constexpr bool const recover_dead = false;
#endif
};
using queue = racekit::shared_queue<item, 64, queue_orders>;

struct world {
    queue items;
    racekit::atomic<std::uint64_t> acknowledged[producers] = {};
    racekit::atomic<std::uint64_t> logged{0};  // positions below have been acknowledged, about
    racekit::atomic<std::uint32_t> torn{0};
    racekit::atomic<std::uint32_t> doubled{0};
    racekit::atomic<std::uint64_t> log[most_positions];
};

int produce(world& in, std::uint64_t which, std::uint64_t from) {
    for (std::uint64_t number = from;; ++number) {
        item made;
        made.producer = which;
        made.number = number;
        std::fill(std::begin(made.same), std::end(made.same), number * 7 + which);
        if (in.items.push(made) != queue_state::done) return 0;
        in.acknowledged[which].store(number, std::memory_order_release);
    }
}

int consume(world& in) {
    queue::ticket held;
    while (in.items.reserve(held) == queue_state::done) {
        item const& got = held.value;
        for (auto const each : got.same) {
            if (each != got.number * 7 + got.producer) in.torn.fetch_add(1);
        }
        if (held.position >= most_positions) return 0;
        std::uint64_t const entry = (got.producer + 1) << 56U | got.number;
        std::uint64_t const before = in.log[held.position].exchange(entry);
        if (before != 0 && before != entry) in.doubled.fetch_add(1);
        in.items.ack(held);
        in.logged.fetch_add(1, std::memory_order_relaxed);
    }
    return 0;
}

struct verdict {
    std::uint64_t lost = 0;
    std::uint64_t reordered = 0;
    std::uint64_t elements = 0;
};

/// Each producer's numbers must grow; what is missing must be one that its death cut off.
verdict judge(world const& in, std::vector<std::set<std::uint64_t>> const& cut_off) {
    verdict seen;
    std::uint64_t last[producers] = {};
    auto const missing = [&](std::size_t of, std::uint64_t from, std::uint64_t to) {
        for (std::uint64_t number = from; number < to; ++number)
            seen.lost += cut_off[of].count(number) == 0 ? 1U : 0U;
    };
    for (std::uint64_t at = 0; at < most_positions && in.log[at].load() != 0; ++at) {
        std::uint64_t const entry = in.log[at].load();
        auto const of = static_cast<std::size_t>((entry >> 56U) - 1);
        std::uint64_t const number = entry & 0xffffffffffffffU;
        ++seen.elements;
        if (number <= last[of]) {
            ++seen.reordered;
            continue;
        }
        missing(of, last[of] + 1, number);
        last[of] = number;
    }
    for (std::size_t of = 0; of < producers; ++of)
        missing(of, last[of] + 1, in.acknowledged[of].load() + 1);
    return seen;
}

class killer {
public:
    killer(world& in, std::uint64_t seed, racekit::soak::stalls& stalls)
        : in_(in), random_(seed), cut_off_(producers), stalls_(stalls) {
        for (int each = 0; each < producers; ++each) start_producer(each, 1);
        for (auto& each : consumers_) each = start_consumer();
    }

    /// False: nothing moved for too long.
    bool kill_one() {
        ::usleep(static_cast<useconds_t>(random_() % 1500));
        auto const which = static_cast<int>(random_() % (producers + consumers));
        auto const killed = steady::now();
        if (which < producers) {
            producers_[which]->kill();
            (void)producers_[which]->join();
        } else {
            consumers_[which - producers]->kill();
            (void)consumers_[which - producers]->join();
        }
        bool const moves = await_progress(killed);
        if (which < producers) {
            std::uint64_t const done = in_.acknowledged[which].load(std::memory_order_acquire);
            // It may have died within its first push, before it acknowledged anything of its own.
            std::uint64_t const last = std::max(done + 1, from_[which]);
            cut_off_[static_cast<std::size_t>(which)].insert(last);
            start_producer(which, last + 1);
        } else {
            consumers_[which - producers] = start_consumer();
        }
        return moves;
    }
    /// Lets the producers end and the consumers take what is left.
    bool finish() {
        in_.items.close();
        racekit::exit_status how;
        auto const limit = racekit::after(std::chrono::seconds(60));
        bool ended = true;
        for (auto& each : producers_) ended = each->join_until(limit, how) && ended;
        for (auto& each : consumers_) ended = each->join_until(limit, how) && ended;
        if (ended) return true;
        for (auto& each : producers_) each->kill();
        for (auto& each : consumers_) each->kill();
        return false;
    }
    [[nodiscard]] std::vector<std::set<std::uint64_t>> const& cut_off() const { return cut_off_; }

private:
    void start_producer(int which, std::uint64_t from) {
        from_[which] = from;
        producers_[which] = std::make_unique<racekit::process>(
            [this, which, from] { return produce(in_, static_cast<std::uint64_t>(which), from); });
    }
    std::unique_ptr<racekit::process> start_consumer() {
        return std::make_unique<racekit::process>([this] { return consume(in_); });
    }
    bool await_progress(steady::time_point killed) {
        std::uint64_t const before = in_.logged.load(std::memory_order_relaxed);
        if (!racekit::soak::await_progress(
                [&] { return in_.logged.load(std::memory_order_relaxed) != before; }))
            return false;
        stalls_.add(killed);
        return true;
    }

    world& in_;
    std::mt19937_64 random_;
    std::unique_ptr<racekit::process> producers_[producers];
    std::uint64_t from_[producers] = {};  // the first number of the one that runs
    std::unique_ptr<racekit::process> consumers_[consumers];
    std::vector<std::set<std::uint64_t>> cut_off_;
    racekit::soak::stalls& stalls_;
};

/// What came of all batches.
struct totals {
    std::uint64_t kills = 0;
    std::uint64_t elements = 0;
    std::uint64_t lost = 0;
    std::uint64_t doubled = 0;
    std::uint64_t torn = 0;
    std::uint64_t reordered = 0;
    bool hangs = false;
    racekit::soak::stalls stalls;

    [[nodiscard]] bool clean() const { return lost + doubled + torn + reordered == 0 && !hangs; }
};

void run_batch(totals& sum, std::uint64_t kills, std::uint64_t seed) {
    racekit::shared_object<world> shared;
    killer chaos(*shared, seed, sum.stalls);
    for (std::uint64_t done = 0; done < kills && !sum.hangs; ++done) {
        sum.hangs = !chaos.kill_one();
        ++sum.kills;
    }
    sum.hangs = !chaos.finish() || sum.hangs;
    verdict const seen = judge(*shared, chaos.cut_off());
    sum.elements += seen.elements;
    sum.lost += seen.lost;
    sum.reordered += seen.reordered;
    sum.doubled += shared->doubled.load();
    sum.torn += shared->torn.load();
}

}  // namespace

int main(int count, char** given) {
    auto const [kills, seed] = racekit::soak::read_command_line(count, given);
    totals sum;
    for (std::uint64_t batch = 0; sum.kills < kills && sum.clean(); ++batch)
        run_batch(sum, std::min(kills - sum.kills, kills_at_once), seed + batch * 1000003);
    std::printf(
        "shared_queue: %llu random kills (seed %llu), %llu elements: lost %llu, doubled %llu, "
        "torn %llu, reordered %llu, %s; ",
        number(sum.kills), number(seed), number(sum.elements), number(sum.lost),
        number(sum.doubled), number(sum.torn), number(sum.reordered),
        sum.hangs ? "HANGS" : "no hang");
    sum.stalls.print();
    return sum.clean() && sum.kills == kills && sum.elements > kills ? 0 : 1;
}
