// SPDX-License-Identifier: MIT
#include "small_programs.hpp"

#include "model/detector/graph_walk.hpp"

#include "model/runtime/heap.hpp"
#include "model/strategies/random_numbers.hpp"

#include <racekit/check.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/platform.hpp>

#include <array>
#include <new>
#include <optional>

namespace racekit::model::fuzz {
namespace {

constexpr auto relaxed = std::memory_order_relaxed;

bool is_channel(verb what) {
    return what == verb::put || what == verb::take || what == verb::close_writer ||
           what == verb::close_reader;
}
bool is_heap(verb what) {
    return what == verb::allocate || what == verb::use || what == verb::release ||
           what == verb::publish;
}
bool is_condition(verb what) {
    return what == verb::condition_wait || what == verb::condition_wait_timed ||
           what == verb::notify_one || what == verb::notify_all;
}
bool is_lock(verb what) {
    return (what >= verb::lock && what <= verb::consistent) || what == verb::poll_under_lock ||
           is_condition(what);
}

bool is_semaphore(verb what) { return what >= verb::acquire && what <= verb::give_permit; }
bool is_event(verb what) { return what >= verb::raise && what <= verb::await_raised; }

bool is_meeting(verb what) { return what >= verb::meet && what <= verb::reset_meeting; }
bool is_latch(verb what) { return what >= verb::count_down && what <= verb::try_count; }

struct cell {
    explicit cell(std::uint32_t first) : word(first) {}
    atomic<std::uint32_t> word;
};

/// What the threads share; only what the program uses is made.
struct objects {
    std::array<std::optional<atomic<std::uint32_t>>, word_count> words;
    std::array<std::optional<plain<int>>, plain_count> plains;
    std::optional<specification::mutex> gate;
    std::optional<specification::shared_mutex> shared_gate;
    std::optional<specification::robust_mutex> robust_gate;
    std::optional<specification::condition_variable> changed;
    std::optional<atomic<cell*>> pointer;
    std::vector<cell*> published[most_threads];  // by its maker; they live to the end
    cell* shared = nullptr;                      // the thread that drops the last share deletes it
    std::optional<byte_pipe> pipe;
    std::optional<specification::semaphore> permits;
    std::optional<specification::event> raised;
    std::optional<specification::barrier> meeting;
    std::optional<specification::latch> countdown;

    explicit objects(small_program const& what) {
        std::array<bool, word_count> words_used{};
        std::array<bool, plain_count> plains_used{};
        std::uint32_t shares = 0;
        for (auto const& thread : what.threads) {
            for (instruction const& each : thread) {
                if (each.what == verb::read || each.what == verb::write)
                    plains_used[each.index] = true;
                else if (each.what < verb::read) words_used[each.index] = true;
                if (each.what == verb::spin_on_all) words_used.fill(true);
                if (is_lock(each.what) && what.gate == gate_kind::plain_mutex && !gate)
                    gate.emplace();
                if (is_lock(each.what) && what.gate == gate_kind::shared_mutex && !shared_gate)
                    shared_gate.emplace();
                if (is_lock(each.what) && what.gate == gate_kind::robust_mutex && !robust_gate)
                    robust_gate.emplace();
                if (is_condition(each.what) && !changed) changed.emplace();
                if (is_heap(each.what) && !pointer) pointer.emplace(nullptr);
                shares += each.what == verb::drop_share;
                if (is_channel(each.what) && !pipe) pipe.emplace();
                if (is_semaphore(each.what) && !permits) permits.emplace(1);
                if (is_event(each.what) && !raised) raised.emplace();
                if (is_meeting(each.what) && !meeting) meeting.emplace(each.value);
                if (is_latch(each.what) && !countdown) countdown.emplace(each.value);
            }
        }
        if (shares > 0) shared = new cell(shares);
        for (int index = 0; index < word_count; ++index) {
            if (words_used[index]) words[index].emplace(0U);
        }
        for (int index = 0; index < plain_count; ++index) {
            if (plains_used[index]) plains[index].emplace(0);
        }
    }
};

/// Everything a thread saw, in order.
struct memoir {
    std::array<int, 48> seen;
    int count = 0;

    void note(int value) {
        if (count < static_cast<int>(seen.size())) seen[static_cast<std::size_t>(count++)] = value;
    }
};

enum class holding : std::uint8_t { nothing, exclusive, shared };

class interpreter {
public:
    interpreter(objects& on, memoir& into) : on_(on), into_(into) {}

    void perform(instruction const& next) {
        try {
            step(next);
        } catch (lock_poisoned const&) {
            into_.note(-7);
        }
    }

private:
    atomic<std::uint32_t>& word(instruction const& next) { return *on_.words[next.index]; }

    void compare_exchange(instruction const& next, bool weak) {
        std::uint32_t expected = next.value - 1U;
        bool const done =
            weak ? word(next).compare_exchange_weak(expected, next.value, next.order, next.failure)
                 : word(next).compare_exchange_strong(expected, next.value, next.order,
                                                      next.failure);
        into_.note(done ? -1 : static_cast<int>(expected));
    }

    void lock(bool shared) {
        if (on_.gate) on_.gate->lock();
        if (on_.shared_gate) shared ? on_.shared_gate->lock_shared() : on_.shared_gate->lock();
        if (on_.robust_gate) into_.note(on_.robust_gate->lock() == lock_state::owner_died ? 1 : 0);
        held_ = shared && on_.shared_gate ? holding::shared : holding::exclusive;
    }

    void unlock() {
        if (held_ == holding::nothing) return;
        if (on_.gate) on_.gate->unlock();
        if (on_.shared_gate)
            held_ == holding::shared ? on_.shared_gate->unlock_shared() : on_.shared_gate->unlock();
        if (on_.robust_gate) on_.robust_gate->unlock();
        held_ = holding::nothing;
    }

    void take_in_time(bool timed) {
        bool taken = false;
        if (on_.gate)
            taken = timed ? on_.gate->try_lock_for(std::chrono::seconds(1)) : on_.gate->try_lock();
        if (on_.shared_gate)
            taken = timed ? on_.shared_gate->try_lock_for(std::chrono::seconds(1))
                          : on_.shared_gate->try_lock();
        if (on_.robust_gate) {
            lock_state state{};
            taken = on_.robust_gate->try_lock_until(after(std::chrono::seconds(1)), state);
        }
        into_.note(taken ? 1 : 0);
        if (taken) held_ = holding::exclusive;
    }

    void wait(bool timed) {
        if (held_ != holding::exclusive || !on_.gate) return;
        struct holder {
            specification::mutex* gate;
            [[nodiscard]] specification::mutex* mutex() const { return gate; }
        } held{&*on_.gate};
        if (timed) {
            auto const how = on_.changed->wait_until(held, after(std::chrono::seconds(1)));
            into_.note(how == cv_status::no_timeout ? 1 : 0);
        } else {
            on_.changed->wait(held);
        }
    }

    void spin_on_all(instruction const& next) {
        for (;;) {
            std::uint32_t sum = 0;
            for (auto& each : on_.words) sum += each->load(next.order);
            if (sum >= next.value) return into_.note(static_cast<int>(sum));
            spin_hint();
        }
    }

    void spin_until_steady(instruction const& next) {
        for (;;) {
            std::uint32_t const first = word(next).load(next.order);
            std::uint32_t const again = word(next).load(relaxed);
            if (first == again && first != 1) return into_.note(static_cast<int>(first));
            spin_hint();
        }
    }

    void poll_lock() {
        if (held_ != holding::nothing || on_.robust_gate) return;
        if (on_.gate) {
            while (!on_.gate->try_lock()) spin_hint();
        } else {
            while (!on_.shared_gate->try_lock()) spin_hint();
        }
        held_ = holding::exclusive;
    }

    void poll_under_lock(instruction const& next) {
        if (held_ != holding::nothing || on_.robust_gate) return;
        for (;;) {
            lock(next.value == 1);
            std::uint32_t const seen = word(next).load(next.order);
            unlock();
            if (seen != 0) return into_.note(static_cast<int>(seen));
            spin_hint();
        }
    }

    void add_by_cas(instruction const& next) {
        std::uint32_t seen = word(next).load(relaxed);
        while (
            !word(next).compare_exchange_weak(seen, seen + next.value, next.order, next.failure)) {
        }
        into_.note(static_cast<int>(seen));
    }

    void take(instruction const& next) {
        std::array<unsigned char, 32> bytes{};
        transfer const got = on_.pipe->reader.read_some(bytes.data(), next.value);
        into_.note(static_cast<int>(got.bytes));
        for (std::size_t at = 0; at < got.bytes; ++at) into_.note(bytes[at]);
        if (got.error) into_.note(-got.error.value());
    }

    void put(instruction const& next) {
        std::array<unsigned char, 32> bytes{};
        bytes.fill(static_cast<unsigned char>(next.value + 16 * self_mark()));
        transfer const put = on_.pipe->writer.write_some(bytes.data(), next.value);
        into_.note(static_cast<int>(put.bytes));
        if (put.error) into_.note(-put.error.value());
    }
    [[nodiscard]] int self_mark() const { return self(); }

    void step(instruction const& next) {
        switch (next.what) {
            case verb::load: return into_.note(static_cast<int>(word(next).load(next.order)));
            case verb::store: return word(next).store(next.value, next.order);
            case verb::add:
                return into_.note(static_cast<int>(word(next).fetch_add(next.value, next.order)));
            case verb::exchange:
                return into_.note(static_cast<int>(word(next).exchange(next.value, next.order)));
            case verb::strong_cas: return compare_exchange(next, false);
            case verb::weak_cas: return compare_exchange(next, true);
            case verb::add_by_cas: return add_by_cas(next);
            case verb::fence: return racekit::atomic_thread_fence(next.order);
            case verb::await_word:
                return into_.note(static_cast<int>(await(
                    word(next), [&](std::uint32_t value) { return value >= next.value; },
                    next.order)));
            case verb::spin_on_one:
                while (word(next).load(next.order) < next.value) spin_hint();
                return;
            case verb::spin_on_all: return spin_on_all(next);
            case verb::spin_by_exchange:
                while (word(next).exchange(next.value, next.order) == next.value) spin_hint();
                return;
            case verb::spin_until_steady: return spin_until_steady(next);
            case verb::poll_under_lock: return poll_under_lock(next);
            case verb::futex_wait:
                return into_.note(static_cast<int>(racekit::futex_wait(word(next), next.value)));
            case verb::futex_wait_timed:
                return into_.note(static_cast<int>(
                    futex_wait_until(word(next), next.value, after(std::chrono::seconds(1)))));
            case verb::futex_wake_one: return into_.note(racekit::futex_wake(word(next), 1));
            case verb::futex_wake_all: return into_.note(racekit::futex_wake(word(next)));
            case verb::read: return into_.note(on_.plains[next.index]->read());
            case verb::write: return on_.plains[next.index]->write(next.value);
            case verb::lock: return lock(false);
            case verb::lock_shared: return lock(true);
            case verb::try_lock: return take_in_time(false);
            case verb::poll_lock: return poll_lock();
            case verb::timed_lock: return take_in_time(true);
            case verb::unlock: return unlock();
            case verb::consistent:
                if (on_.robust_gate && held_ == holding::exclusive)
                    on_.robust_gate->mark_consistent();
                return;
            case verb::condition_wait: return wait(false);
            case verb::condition_wait_timed: return wait(true);
            case verb::notify_one: return on_.changed->notify_one();
            case verb::notify_all: return on_.changed->notify_all();
            case verb::allocate: {
                cell* const fresh = new cell(next.value);
                delete on_.pointer->exchange(fresh, next.order);
                return;
            }
            case verb::use: {
                cell* const found = on_.pointer->load(next.order);
                return into_.note(
                    found == nullptr ? -1 : static_cast<int>(found->word.fetch_add(1, relaxed)));
            }
            case verb::release: {
                cell* const found = on_.pointer->exchange(nullptr, next.order);
                if (found == nullptr) return into_.note(-1);
                into_.note(static_cast<int>(found->word.load(relaxed)));
                delete found;
                return;
            }
            case verb::publish: {
                cell* const fresh = new cell(next.value);
                on_.published[self()].push_back(fresh);
                return on_.pointer->store(fresh, next.order);
            }
            case verb::drop_share:
                if (on_.shared->word.fetch_sub(1, next.order) != 1) return into_.note(0);
                delete on_.shared;
                on_.shared = nullptr;
                return into_.note(1);
            case verb::put: return put(next);
            case verb::take: return take(next);
            case verb::close_writer: return on_.pipe->writer.close();
            case verb::close_reader: return on_.pipe->reader.close();
            case verb::choose: return into_.note(static_cast<int>(choose(2, site::here())));
            case verb::acquire: return on_.permits->acquire();
            case verb::acquire_timed:
                return into_.note(on_.permits->try_acquire_for(std::chrono::seconds(1)) ? 1 : 0);
            case verb::try_acquire: return into_.note(on_.permits->try_acquire() ? 1 : 0);
            case verb::poll_permit:
                while (!on_.permits->try_acquire()) spin_hint();
                return;
            case verb::give_permit: return on_.permits->release(next.value);
            case verb::raise: return on_.raised->set();
            case verb::lower: return on_.raised->clear();
            case verb::is_raised: return into_.note(on_.raised->is_set() ? 1 : 0);
            case verb::await_raised:
                if (next.value == 0) return on_.raised->wait();
                return into_.note(on_.raised->wait_for(std::chrono::seconds(1)) ? 1 : 0);
            case verb::meet: return meet([&] { on_.meeting->arrive_and_wait(); });
            case verb::meet_numbered:
                return meet([&] { into_.note(static_cast<int>(on_.meeting->wait())); });
            case verb::break_meeting: return on_.meeting->abort();
            case verb::reset_meeting: return on_.meeting->reset();
            case verb::count_down: return count_down(next);
            case verb::await_count: return on_.countdown->wait();
            case verb::try_count: return into_.note(on_.countdown->try_wait() ? 1 : 0);
            case verb::hint: return spin_hint();
            case verb::check_zero: RACEKIT_CHECK(word(next).load(next.order) == 0); return;
        }
    }

    template <class Meet>
    void meet(Meet act) {
        try {
            act();
        } catch (broken_barrier const&) {
            into_.note(-7);
        }
    }
    void count_down(instruction const& next) {
        try {
            on_.countdown->count_down(next.index == 0 ? 1 : 2);
        } catch (counted_too_far const&) {
            into_.note(-8);
        }
    }

    objects& on_;
    memoir& into_;
    holding held_ = holding::nothing;
};

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    hash ^= value + 0x9e3779b97f4a7c15U + (hash << 6) + (hash >> 2);
    hash *= 0xff51afd7ed558ccdU;
    return hash ^ (hash >> 33);
}

class program_body final : public test_body {
public:
    program_body(small_program const& what, sighting& into, bool in_words)
        : what_(what), into_(into), in_words_(in_words) {}

    void before() override {
        on_ = ::new (memory_) objects(what_);
        for (memoir& each : memoirs_) each.count = 0;
    }

    void act(int thread) override {
        interpreter self(*on_, memoirs_[static_cast<std::size_t>(thread)]);
        for (instruction const& next : what_.threads[static_cast<std::size_t>(thread)])
            self.perform(next);
    }

    void after() override {
        memoir& last = memoirs_[most_threads];
        for (auto& each : on_->words) {
            if (each) last.note(static_cast<int>(each->load(relaxed)));
        }
        for (auto& each : on_->plains) {
            if (each) last.note(each->read());
        }
        bool published = false;
        for (auto& each : on_->published) {
            published = published || !each.empty();
            for (cell* one : each) delete one;
        }
        if (on_->pointer && !published) delete on_->pointer->load(relaxed);
        delete on_->shared;
        on_->~objects();
        heap::outside const out;
        std::uint64_t hash = 1;
        for (memoir const& each : memoirs_) {
            hash = mix(hash, 77);
            for (int at = 0; at < each.count; ++at)
                hash =
                    mix(hash, static_cast<std::uint64_t>(each.seen[static_cast<std::size_t>(at)]));
        }
        bool const fresh = into_.outcomes.insert(hash).second;
        if (fresh && in_words_) into_.texts.insert(words());
    }

private:
    [[nodiscard]] std::string words() const {
        std::string text;
        for (memoir const& each : memoirs_) {
            text += text.empty() ? "" : " |";
            for (int at = 0; at < each.count; ++at)
                text += " " + std::to_string(each.seen[static_cast<std::size_t>(at)]);
        }
        return text;
    }

    small_program const& what_;
    sighting& into_;
    bool in_words_;
    std::array<memoir, most_threads + 1> memoirs_;
    alignas(objects) unsigned char memory_[sizeof(objects)];
    objects* on_ = nullptr;
};

// Making one up
// ------------------------------------------------------------------------------------

class author {
public:
    explicit author(std::uint64_t seed) { numbers_.start(seed, 0); }

    small_program write() {
        small_program made;
        unsigned const topic = below(17);
        sequential_ = below(6) == 0;
        made.plain_visible = below(2) == 0;
        made.spurious = below(4) == 0 ? 2 : 1;
        made.gate = below(3) == 0 ? gate_kind::shared_mutex : gate_kind::plain_mutex;
        unsigned const draw = below(8);
        int const threads = draw < 4 ? 2 : draw < 7 ? 3 : 4;
        bool const mortal = below(6) == 0;
        if (mortal) {
            made.mortal = 1U << below(static_cast<unsigned>(threads));
            if (below(2) == 0) made.gate = gate_kind::robust_mutex;
        }
        words_ = below(3) == 0 ? 3 : below(sequential_ ? 2 : 4) == 0 ? 1 : 2;
        if (topic == many_stores) {
            made.mortal = 0;
            made.threads = past_the_window();
            return made;
        }
        int budget = threads == 2 ? 7 : mortal ? 5 : 6;
        for (int thread = 0; thread < threads; ++thread) {
            int const most = threads == 2 ? 4 : threads == 3 ? 3 : 2;
            int length = 1 + static_cast<int>(below(static_cast<unsigned>(most)));
            if (length > budget - (threads - 1 - thread)) length = budget - (threads - 1 - thread);
            budget -= length;
            made.threads.push_back(thread_about(topic, length));
        }
        return made;
    }

private:
    static constexpr unsigned lifetimes = 13;
    static constexpr unsigned many_stores = 14;
    static constexpr unsigned hints = 15;
    static constexpr unsigned meetings = 16;
    static constexpr unsigned off_topic = ~0U;

    unsigned below(unsigned count) { return numbers_.below(count); }

    std::memory_order load_order() {
        if (sequential_) return std::memory_order_seq_cst;
        constexpr std::memory_order orders[] = {relaxed, std::memory_order_acquire,
                                                std::memory_order_seq_cst};
        return orders[below(3)];
    }
    std::memory_order store_order() {
        if (sequential_) return std::memory_order_seq_cst;
        constexpr std::memory_order orders[] = {relaxed, std::memory_order_release,
                                                std::memory_order_seq_cst};
        return orders[below(3)];
    }
    std::memory_order any_order() {
        if (sequential_) return std::memory_order_seq_cst;
        constexpr std::memory_order orders[] = {
            relaxed, std::memory_order_acquire, std::memory_order_release,
            std::memory_order_acq_rel, std::memory_order_seq_cst};
        return orders[below(5)];
    }

    instruction about_words(bool waits) {
        auto const index = static_cast<std::uint8_t>(below(static_cast<unsigned>(words_)));
        auto const value = static_cast<std::uint8_t>(1 + below(2));
        unsigned const kind = below(waits ? 17 : 11);
        switch (kind) {
            case 0: case 1: case 2: return {verb::load, index, value, load_order(), relaxed};
            case 3: case 4: return {verb::store, index, value, store_order(), relaxed};
            case 5:
                return {below(2) == 0 ? verb::add : verb::exchange, index, value, any_order(),
                        relaxed};
            case 6: case 7: return {verb::strong_cas, index, value, any_order(), load_order()};
            case 8: return {verb::weak_cas, index, value, any_order(), load_order()};
            case 9:
                return {verb::fence, 0, 0, below(2) == 0 ? std::memory_order_seq_cst : any_order(),
                        relaxed};
            case 10: return {verb::add_by_cas, index, 1, any_order(), load_order()};
            case 11: return {verb::await_word, index, 1, load_order(), relaxed};
            case 12: return {verb::spin_on_one, index, 1, load_order(), relaxed};
            case 13: return {verb::spin_by_exchange, index, 1, any_order(), relaxed};
            case 15: return {verb::spin_until_steady, index, value, load_order(), relaxed};
            case 14: return {verb::spin_on_all, 0, value, load_order(), relaxed};
            default: return {verb::choose, index, value, relaxed, relaxed};
        }
    }

    instruction about_futexes() {
        auto const index = static_cast<std::uint8_t>(below(2));
        auto const value = static_cast<std::uint8_t>(below(2));
        switch (below(8)) {
            case 0: return {verb::futex_wait, index, value};
            case 1: return {verb::futex_wait_timed, index, value};
            case 2: case 3: return {verb::futex_wake_one, index, value};
            case 4: return {verb::futex_wake_all, index, value};
            case 5: return {verb::store, index, 1, store_order()};
            default: return about_words(false);
        }
    }

    instruction about_plain() {
        auto const index = static_cast<std::uint8_t>(below(plain_count));
        return {below(3) == 0 ? verb::write : verb::read, index,
                static_cast<std::uint8_t>(1 + below(3))};
    }

    instruction about_heap() {
        switch (below(5)) {
            case 0:
            case 1:
                return {verb::allocate, 0, static_cast<std::uint8_t>(below(3)), any_order()};
            case 2: case 3: return {verb::use, 0, 0, load_order()};
            default: return {verb::release, 0, 0, any_order()};
        }
    }

    /// No thread frees an object that another one may still use, unless an order is too weak.
    instruction about_lifetimes() {
        switch (below(5)) {
            case 0:
                return {verb::publish, 0, static_cast<std::uint8_t>(below(3)), store_order()};
            case 1: case 2: return {verb::use, 0, 0, load_order()};
            default: return {verb::drop_share, 0, 0, any_order()};
        }
    }

    instruction about_channels() {
        switch (below(7)) {
            case 0: case 1: {
                constexpr std::uint8_t sizes[] = {1, 2, 15, 20};
                return {verb::put, 0, sizes[below(4)]};
            }
            case 2: case 3: case 4: {
                constexpr std::uint8_t sizes[] = {1, 2, 15, 20};
                return {verb::take, 0, sizes[below(4)]};
            }
            case 5: return {verb::close_writer};
            default: return {verb::close_reader};
        }
    }

    instruction about_monitors() {
        auto const value = static_cast<std::uint8_t>(1 + below(2));
        constexpr verb verbs[] = {verb::acquire, verb::acquire_timed, verb::try_acquire,
                                  verb::poll_permit, verb::give_permit, verb::raise, verb::lower,
                                  verb::is_raised, verb::await_raised};
        verb const what = verbs[below(9)];
        return {what, 0, what == verb::await_raised ? std::uint8_t(value - 1) : value};
    }

    instruction about_meetings() {
        constexpr verb verbs[] = {verb::meet,          verb::meet,         verb::meet,
                                  verb::meet,          verb::count_down,   verb::count_down,
                                  verb::meet_numbered, verb::await_count,  verb::try_count,
                                  verb::break_meeting, verb::reset_meeting};
        verb const what = verbs[below(below(4) == 0 ? 11 : 8)];
        auto const some = static_cast<std::uint8_t>(2 + below(2));
        return {what, std::uint8_t(below(6) == 0), some};
    }

    void guarded(std::vector<instruction>& into, bool conditions) {
        constexpr verb ways[] = {verb::lock, verb::lock, verb::lock_shared, verb::try_lock,
                                 verb::timed_lock, verb::poll_lock};
        if (below(6) == 0)
            return into.push_back({verb::poll_under_lock, static_cast<std::uint8_t>(below(2)),
                                   static_cast<std::uint8_t>(below(2)), load_order(), relaxed});
        into.push_back({ways[below(6)]});
        if (conditions && below(2) == 0)
            into.push_back({below(3) == 0 ? verb::condition_wait_timed : verb::condition_wait});
        if (below(3) == 0) into.push_back({verb::consistent});
        into.push_back(below(2) == 0 ? about_plain() : about_words(false));
        if (conditions && below(3) == 0)
            into.push_back({below(2) == 0 ? verb::notify_one : verb::notify_all});
        if (below(12) != 0) into.push_back({verb::unlock});
    }

    /// More stores than the window of a load, and a thread that loads and perhaps stores.
    std::vector<std::vector<instruction>> past_the_window() {
        std::vector<std::vector<instruction>> made(2);
        for (unsigned left = 7 + below(3); left > 0; --left) {
            made[0].push_back({below(5) == 0 ? verb::add : verb::store, 0,
                               static_cast<std::uint8_t>(left), store_order(), relaxed});
        }
        for (unsigned left = 1 + below(2); left > 0; --left) {
            instruction next = about_words(false);
            if (next.what == verb::add_by_cas) next.what = verb::load;
            if (below(4) != 0) next.index = 0;
            made[1].push_back(next);
        }
        if (below(3) == 0) made.push_back({{verb::store, 0, 20, store_order(), relaxed}});
        return made;
    }

    std::vector<instruction> thread_about(unsigned topic, int length) {
        std::vector<instruction> made;
        while (static_cast<int>(made.size()) < length) {
            switch (below(4) == 0 ? off_topic : topic) {
                case 0: case 1: case 2: made.push_back(about_words(false)); break;
                case 3: case 4: made.push_back(about_words(true)); break;
                case 5: made.push_back(about_futexes()); break;
                case 6: guarded(made, false); break;
                case 7:
                    if (below(3) == 0)
                        made.push_back({below(2) == 0 ? verb::notify_one : verb::notify_all});
                    else guarded(made, true);
                    break;
                case 8: made.push_back(about_heap()); break;
                case 9: made.push_back(about_channels()); break;
                case lifetimes: made.push_back(about_lifetimes()); break;
                case 12:
                    made.push_back(about_monitors());
                    if (below(3) == 0) made.push_back(about_plain());
                    break;
                case meetings:
                    made.push_back(about_meetings());
                    if (below(3) == 0)
                        made.push_back(below(2) == 0 ? about_plain() : about_words(false));
                    break;
                case hints:
                    if (made.empty() || below(4) == 0) made.push_back({verb::hint});
                    else made.push_back(about_words(true));
                    break;
                case 10: made.push_back(below(2) == 0 ? about_plain() : about_words(false)); break;
                case 11:
                    made.push_back(below(6) == 0
                                       ? instruction{verb::check_zero, 0, 0, load_order(), relaxed}
                                       : about_words(true));
                    break;
                default: made.push_back(below(3) == 0 ? about_plain() : about_words(false)); break;
            }
        }
        return made;
    }

    random_numbers numbers_;
    int words_ = 2;
    bool sequential_ = false;  // all orders are seq_cst
};

char const* order_text(std::memory_order order) {
    switch (order) {
        case std::memory_order_relaxed: return "relaxed";
        case std::memory_order_release: return "release";
        case std::memory_order_acq_rel: return "acq_rel";
        case std::memory_order_seq_cst: return "seq_cst";
        default: return "acquire";
    }
}

constexpr char const* verb_text[] = {
    "load",
    "store",
    "add",
    "exchange",
    "strong_cas",
    "weak_cas",
    "add_by_cas",
    "fence",
    "await_word",
    "spin_on_one",
    "spin_on_all",
    "spin_by_exchange",
    "spin_until_steady",
    "poll_under_lock",
    "futex_wait",
    "futex_wait_timed",
    "futex_wake_one",
    "futex_wake_all",
    "read",
    "write",
    "lock",
    "lock_shared",
    "try_lock",
    "poll_lock",
    "timed_lock",
    "unlock",
    "consistent",
    "condition_wait",
    "condition_wait_timed",
    "notify_one",
    "notify_all",
    "allocate",
    "use",
    "release",
    "publish",
    "drop_share",
    "put",
    "take",
    "close_writer",
    "close_reader",
    "choose",
    "check_zero",
    "acquire",
    "acquire_timed",
    "try_acquire",
    "poll_permit",
    "give_permit",
    "raise",
    "lower",
    "is_raised",
    "await_raised",
    "meet",
    "meet_numbered",
    "break_meeting",
    "reset_meeting",
    "count_down",
    "await_count",
    "try_count",
    "hint",
};

}  // namespace

small_program random_program(std::uint64_t seed, std::uint64_t number) {
    return author(mix(mix(1, seed), number)).write();
}

/// In the notation of the tests, to be pasted there.
std::string to_text(small_program const& what) {
    std::string text;
    for (std::size_t thread = 0; thread < what.threads.size(); ++thread) {
        text += "thread " + std::to_string(thread) + ":";
        for (instruction const& each : what.threads[thread]) {
            text += std::string(" {verb::") + verb_text[static_cast<int>(each.what)] + ", " +
                    std::to_string(each.index) + ", " + std::to_string(each.value) + ", " +
                    order_text(each.order) + ", " + order_text(each.failure) + "}";
        }
        text += "\n";
    }
    constexpr char const* gates[] = {"plain_mutex", "shared_mutex", "robust_mutex"};
    return text + "gate " + gates[static_cast<int>(what.gate)] + ", mortal " +
           std::to_string(what.mortal) + ", spurious " + std::to_string(what.spurious) +
           (what.plain_visible ? ", plain visible" : "") + "\n";
}

namespace {

exploration_config config_of(small_program const& what) {
    exploration_config config;
    config.threads = static_cast<int>(what.threads.size());
    config.memory = what.memory;
    config.mortal = what.mortal;
    config.spurious = what.spurious;
    config.plain_visible = config.past_races = what.plain_visible;
    config.past_findings = what.plain_visible;
    config.steps = 200;
    return config;
}

}  // namespace

sighting search(small_program const& what, exhaustive::reduction how, std::uint64_t most,
                bool in_words) {
    sighting seen;
    program_body body(what, seen, in_words);
    exhaustive systematically(how);
    engine explorer(body, config_of(what));
    execution_record const& last = explorer.play(systematically, [&](std::uint64_t count) {
        seen.cut = count >= most;
        return seen.cut;
    });
    seen.kinds = explorer.kinds();
    if (last.found) seen.kinds.insert(last.found->kind);
    seen.executions = explorer.executions();
    seen.abandoned = explorer.abandoned();
    return seen;
}

sighting list_states(small_program const& what, std::size_t most) {
    sighting seen;
    program_body body(what, seen, false);
    walked const states = walk(body, config_of(what), most);
    seen.kinds = states.kinds;
    seen.executions = states.executions;
    seen.cut = !states.graph.complete;
    if (states.diverged) seen.kinds.insert("diverged");
    return seen;
}

bool cuts(std::string const& kind) { return kind != "data race" && kind != "leak"; }

std::string difference(small_program const& what, sighting const& unreduced,
                       sighting const& reduced) {
    auto const cutting = [](sighting const& one) {
        for (std::string const& kind : one.kinds) {
            if (cuts(kind)) return true;
        }
        return false;
    };
    if (!what.plain_visible) {
        // The search ends at its first finding; which one it meets first depends on the order.
        if (unreduced.kinds.empty() != reduced.kinds.empty())
            return reduced.kinds.empty() ? "missed a finding: " + *unreduced.kinds.begin()
                                         : "made up a finding: " + *reduced.kinds.begin();
        if (!unreduced.kinds.empty()) return "";
    } else {
        for (std::string const& kind : reduced.kinds) {
            if (!unreduced.kinds.contains(kind)) return "made up a finding: " + kind;
        }
        if (cutting(unreduced) != cutting(reduced))
            return "missed what ends an execution: " + *unreduced.kinds.begin();
        // All threads are blocked: a pending spurious wake-up decides between the two kinds.
        bool const stands =
            reduced.kinds.contains("deadlock") || reduced.kinds.contains("lost wake-up");
        for (std::string const& kind : unreduced.kinds) {
            bool const stand = kind == "deadlock" || kind == "lost wake-up";
            if (!reduced.kinds.contains(kind) && !(stand && stands))
                return "missed a finding: " + kind;
        }
        if (cutting(unreduced)) return "";  // what comes after a finding may differ
    }
    if (unreduced.outcomes == reduced.outcomes) return "";
    return "outcomes differ: " + std::to_string(unreduced.outcomes.size()) + " against " +
           std::to_string(reduced.outcomes.size());
}

}  // namespace racekit::model::fuzz
