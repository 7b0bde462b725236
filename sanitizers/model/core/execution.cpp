// SPDX-License-Identifier: MIT
#include "execution.hpp"

#include "model/runtime/hooks.hpp"
#include "model/runtime/fiber.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/thread_locals.hpp"

#include "harness/exception_text.hpp"

#include <racekit/check.hpp>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace racekit::model {
namespace {

constexpr std::uint32_t most_objects = 4096;

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) {
    hash ^= value + 0x9e3779b97f4a7c15U + (hash << 6) + (hash >> 2);
    hash *= 0xff51afd7ed558ccdU;
    return hash ^ (hash >> 33);
}

}  // namespace

char const* order_word(std::memory_order order) {
    switch (order) {
        case std::memory_order_relaxed: return "relaxed";
        case std::memory_order_consume:
        case std::memory_order_acquire: return "acquire";
        case std::memory_order_release: return "release";
        case std::memory_order_acq_rel: return "acq_rel";
        default: return "seq_cst";
    }
}

std::string object_word(std::uint32_t number) { return "%" + std::to_string(number) + "%"; }

int allocating_thread() {
    if (playing_now == nullptr) return -1;
    return playing_now->playing() ? playing_now->self() : -1;
}

void report_heap_fault() {
    heap::outside const out;
    error what;
    switch (heap::noted_fault()) {
        case heap::fault::double_free:
            what.kind = "double free";
            what.consequence =
                "a block of " + std::to_string(heap::noted_fault_size()) + " bytes is freed twice";
            break;
        case heap::fault::too_much:
            what.kind = "out of memory";
            what.consequence = "one execution asked for more than " +
                               std::to_string(heap::arena_size >> 20) +
                               " MiB; make the story's client smaller";
            break;
        case heap::fault::outlived:
            what.kind = "outlived execution";
            what.consequence =
                "frees memory of an earlier execution: something allocated in the story is kept in "
                "a "
                "static; keep it in the story";
            break;
        default:
            what.kind = "bad free";
            what.consequence = "frees an address that operator new never returned";
            break;
    }
    active().broken(std::move(what));
}

void created_outside(site const& where) {
    std::fprintf(stderr,
                 "racekit: %s:%d: an atomic, lock or the like made outside every story: in the "
                 "model what threads share is a member of the story, made anew for each execution; "
                 "a global one is not\n",
                 where.file, where.line);
    std::_Exit(70);
}

execution::execution(test_body& body, exploration_config config)
    : body_(body), config_(config), objects_(first_object) {
    objects_.reserve(most_objects);  // they stay where they are; those never made cost nothing
    now_.decisions.reserve(most_steps_kept);
}

execution::~execution() {
    for (object& each : objects_) {
        delete each.bytes;
        delete each.segments;
    }
}

void execution::play(strategy& how, std::function<bool(std::uint64_t)> enough) {
    how_ = &how;
    enough_ = std::move(enough);
    playing_now = this;
    now_.found.reset();
    memory::run(thread_count(), *this);
    now_.threads.assign(went_.begin(), went_.begin() + std::min(steps_, most_steps_kept));
    phase_ = phase::outside;
    playing_now = nullptr;
}

// One execution -----------------------------------------------------------------------------------

int execution::begin() {
    heap::reset();
    ++generation_;
    object_count_ = first_object;
    steps_ = 0;
    rows_recorded_ = 0;
    current_ = -1;
    cut_short_ = false;
    deaths_left_ = config_.deaths;
    unsettled_ = 0;
    loading_ = nullptr;
    unsupported_.begin(memory::thread_count());
    now_.decisions.clear();
    now_.fingerprint = 0;
    now_.rows.clear();
    now_.value_reuses.clear();
    now_.found.reset();
    fibers_ = memory::thread_count();
    for (int number = 0; number < fibers_; ++number) {
        next_[number] = operation{};
        thread_state& each = threads_[number];
        if (config_.spawned > 0 || each.dead) spans_[number] = span{};
        each = thread_state{};
        each.exists = number < config_.threads;
        each.spurious_left = config_.spurious;
    }
    unfinished_ = (1U << config_.threads) - 1;
    unstarted_ = unfinished_ & ~1U;
    how_->begin();
    phase_ = phase::before;
    return self_ = 0;
}

void execution::before() {
    heap::in_test_body(true);
    body_.before();
    heap::in_test_body(false);
    phase_ = phase::playing;
}

void execution::act(int number) {
    thread_state& self = threads_[number];
    if (!self.dead && self.exists) {
        // From here to the first visible operation the thread touches nothing that others see.
        std::string escaped;
        if (number >= config_.threads) acquire(spans_[number].began_with);
        heap::in_test_body(true);
        try {
            if (number < config_.threads) {
                body_.act(number);
            } else {
                self.body(self.argument);
            }
            thread_locals::end_thread(number);
        } catch (...) {
            heap::outside const out;
            escaped = current_exception_text();
        }
        heap::in_test_body(false);
        if (!escaped.empty())
            broken({"uncaught exception",
                    no_object,
                    "thread " + std::to_string(number) + " threw " + escaped,
                    {}});
    }
    if (config_.spawned > 0) {
        operation end;
        end.what = action::finish;
        end.changes = true;
        end.object = thread_object(number);
        if (self.exists && !self.dead) visible(end);
        release(spans_[number].ended_with);
    }
    self.finished = true;
    unfinished_ &= ~(1U << number);
}

void execution::after() {
    phase_ = phase::after;
    check_heap(false);
    heap::in_test_body(true);
    try {
        body_.after();
    } catch (...) {
        heap::outside const out;
        broken({"uncaught exception", no_object, "after() threw " + current_exception_text(), {}});
    }
    heap::in_test_body(false);
    check_heap(true);
    // What a dead process leaves behind is nobody's leak; Relacy would take it for one and stop.
    clean_up();
}

void execution::check_heap(bool at_end) {
    if (!at_end) return;
    thread_set dead = 0;
    for (int number = 0; number < thread_count(); ++number) {
        if (threads_[number].dead) dead |= 1U << number;
    }
    heap::usage const held = heap::held(dead);
    if (held.blocks == 0) return;
    broken({"leak",
            no_object,
            std::to_string(held.blocks) + (held.blocks == 1 ? " block" : " blocks") + " of " +
                std::to_string(held.bytes) +
                " bytes in all still held at the end of the execution: freed by nobody, or kept in "
                "a static",
            {}});
}

bool execution::end() {
    heap::in_test_body(false);
    phase_ = phase::outside;
    clean_up();
    if (now_.found && config_.only_consequences && now_.found->consequence.empty())
        now_.found.reset();
    if (now_.found && !body_.is_reportable(*now_.found)) now_.found.reset();
    if (now_.found && config_.past_findings) {
        kinds.insert(now_.found->kind);
        if (!now_.found->consequence_kind.empty()) kinds.insert(now_.found->consequence_kind);
        now_.found.reset();
    }
    if (now_.found && !cut_short_) {
        ++executions;
        return false;
    }
    if (cut_short_) {
        ++abandoned;
    } else {
        ++executions;
    }
    if (!how_->end(cut_short_)) return false;
    return !enough_(executions + abandoned);
}

/// Gives back to the memory model what an execution that did not end by itself has left.
void execution::clean_up() {
    if (config_.record) {
        now_.objects.clear();
        constexpr char const* kinds[] = {"atomic", "plain", "lock", "condition", "channel",
                                         "monitor"};
        for (std::uint32_t index = 0; index < object_count_; ++index) {
            object const& each = objects_[index];
            now_.objects.push_back(
                {each.kind == object_kind::monitor && index >= first_object
                     ? each.kind_name
                     : kinds[static_cast<int>(each.kind)],
                 index >= first_object && each.given_name != nullptr ? each.given_name : ""});
        }
    }
    for (std::uint32_t index = first_object; index < object_count_; ++index) {
        object& each = objects_[index];
        if (!each.alive) continue;
        each.alive = false;
        if (each.history != nullptr) memory::atomic_destroy(each.history);
        each.history = nullptr;
    }
}

// What may happen next ----------------------------------------------------------------------------

bool execution::guard_holds(int number) const {
    thread_state const& self = threads_[number];
    if (self.to_be_killed) return true;
    operation const& next = next_[number];
    object const& subject = objects_[next.object];
    switch (next.what) {
        case action::lock:
            if (self.limit != never) return true;  // it may give up at any time
            if (subject.unrecoverable) return true;
            if (subject.owner >= 0) return false;
            return next.shared || subject.readers == 0;
        case action::sleep: return self.awake || self.limit != never;
        case action::await_change: return subject.changed_at > subject.read_at[number];
        case action::spin: return iteration_may_begin(number);
        case action::channel_read:
            return self.limit != never || !subject.bytes->empty() || subject.writing_ends == 0;
        case action::channel_write:
            return self.limit != never || subject.reading_ends == 0 ||
                   subject.capacity - subject.bytes->size() >= self.channel_need;
        case action::join: return self.limit != never || threads_[self.joining].finished;
        case action::monitor:
            return self.limit != never || !subject.alive || self.monitored->ready == nullptr ||
                   self.monitored->ready(self.monitored->context);
        default: return true;
    }
}

bool execution::settled(int number) const {
    operation const& next = next_[number];
    object const& subject = objects_[next.object];
    switch (next.what) {
        case action::channel_read: return subject.bytes->size() >= threads_[number].channel_amount;
        case action::channel_write:
            return subject.capacity - subject.bytes->size() >= threads_[number].channel_amount;
        case action::channel_close:
            return ((next.shared ? subject.writing_ends : subject.reading_ends) &
                    ~(1U << number)) != 0;
        default: return false;
    }
}

inline void execution::note_step(int thread, operation const& done) {
    ++operations;
    if (steps_ < most_steps_kept) went_[steps_] = static_cast<std::uint8_t>(thread);
    if (config_.record) note_fingerprint(thread, done);
    if (++steps_ > config_.steps) livelocked();
}

int execution::next() {
    // Starting and finishing touch nothing: they go first, in order, without a choice.
    if (unstarted_ != 0) {
        self_ = __builtin_ctz(unstarted_);
        unstarted_ &= unstarted_ - 1;
        return self_;
    }
    if (unfinished_ == 0) {
        // Only spares that nobody started are left; they end at once.
        for (int number = 0; number < fibers_; ++number) {
            if (!threads_[number].finished) return self_ = number;
        }
    }
    heap::outside const out;
    bool const looks = config_.record || config_.alone != 0;
    int chosen = looks ? strategy::unknown : how_->predicted(next_.data());
    if (chosen == strategy::unknown) {
        chosen = look_and_choose();
    } else if (!enabled(chosen) && !may_wake_spuriously(chosen) &&
               !(unsettle() && enabled(chosen))) {
        how_->mispredicted();
        chosen = strategy::abandon;
    }
    if (chosen == strategy::abandon) {
        cut_short_ = true;
        memory::abandon();
    }
    current_ = self_ = chosen;
    note_step(chosen, next_[chosen]);
    return chosen;
}

int execution::look_and_choose() {
    if (config_.record) record_waiting_threads();
    for (thread_set left = unfinished_; left != 0; left &= left - 1) {
        if (enabled(__builtin_ctz(left))) break;
        if ((left & (left - 1)) == 0) (void)unsettle();
    }
    situation now;
    thread_set spurious = 0;
    for (thread_set left = unfinished_; left != 0; left &= left - 1) {
        int const number = __builtin_ctz(left);
        constexpr std::uint32_t of_channels =
            among(action::channel_read, action::channel_write, action::channel_close);
        next_[number].settled =
            (among(next_[number].what) & of_channels) != 0 && settled(number);
        if (enabled(number)) now.enabled |= 1U << number;
        else if (may_wake_spuriously(number)) spurious |= 1U << number;
    }
    if (now.enabled == 0) deadlocked(unfinished_);
    now.waiting = unfinished_ & ~now.enabled;
    now.enabled |= spurious;
    now.current = current_;
    now.threads = fibers_;
    now.next = next_.data();
    if (thread_set const held_up = now.waiting & config_.alone; held_up != 0) [[unlikely]]
        not_obstruction_free(__builtin_ctz(held_up), "waits for another one");
    int const chosen = how_->choose_thread(now);
    if (config_.alone == 0 || chosen < 0) [[likely]] return chosen;
    constexpr std::uint32_t plain = among(action::read, action::write);  // are no steps by count
    if (chosen != current_) in_a_row_ = 0;
    in_a_row_ += (among(next_[chosen].what) & plain) == 0;
    if ((config_.alone >> chosen & 1U) != 0 && in_a_row_ > config_.alone_steps)
        not_obstruction_free(
            chosen, "is not done after " + std::to_string(config_.alone_steps) + " steps");
    return chosen;
}

void execution::not_obstruction_free(int thread, std::string const& what) {
    site const where = next_[thread].where;
    std::string const who = "thread " + std::to_string(thread);
    broken({"not obstruction-free",
            no_object,
            who + ", run alone, " + what,
            {{who + " stands here", where.file, where.line, false}}});
}

void execution::note_fingerprint(int thread, operation const& done) {
    now_.fingerprint =
        mix(now_.fingerprint, static_cast<std::uint64_t>(thread) << 40 |
                                  static_cast<std::uint64_t>(done.what) << 32 | done.object);
    now_.fingerprint = mix(now_.fingerprint, static_cast<std::uint64_t>(done.where.line));
}

void execution::livelocked() {
    broken({"livelock",
            no_object,
            std::to_string(config_.steps) +
                " steps and no end: a loop that waits must call spin_hint() or await(), one that "
                "retries must let somebody get through",
            {{"thread " + std::to_string(self_) + " is still at it", next_[self_].where.file,
              next_[self_].where.line, false}}});
}

/// Every operation of a mortal process is preceded by the choice to die.
void execution::maybe_die(site const& where) {
    int const number = self_;
    if ((config_.mortal >> number & 1U) == 0 || deaths_left_ == 0) return;
    if (choose(decision::death, 2) == 0) return;
    --deaths_left_;
    operation end;
    end.what = action::die;
    end.changes = true;
    end.where = where;
    next_[number] = end;
    memory::switch_to(next());
    die();
}

void execution::announce_plain(operation const& next) {
    if (phase_ != phase::playing) return;
    if (config_.plain_visible) return visible(next);
    if (config_.mortal != 0) maybe_die(next.where);
    heap::outside const out;
    note_step(self_, next);
}

void execution::give_way() {
    thread_state& self = me();
    self.waiting_recorded = false;
    int const here = self_;
    if (int const chosen = next(); chosen != here) {
        bool const body = heap::in_test_body();
        memory::switch_to(chosen);
        heap::in_test_body(body);
    }
    if (self.to_be_killed) die();
}

unsigned execution::choose(decision about, unsigned count) {
    if (phase_ == phase::outside || count < 2) return 0;
    heap::outside const out;
    unsigned const chosen = how_->choose(about, count, self_);
    if (now_.decisions.size() < most_steps_kept)
        now_.decisions.push_back(static_cast<std::uint8_t>(chosen));
    return chosen;
}

bool execution::look_older() {
    if (loading_ == nullptr || phase_ != phase::playing) return false;
    std::uint32_t const older = candidate_ - 1;
    if (wanted_ != 0) {
        if (older >= wanted_) candidate_ = older;
        return older >= wanted_;
    }
    if (older == 0 || older < oldest_) return false;
    if (choose(decision::stale, 2) == 0) return false;
    candidate_ = older;
    return true;
}

void execution::begin_load(object& subject, bool sequential) {
    loading_ = &subject;
    candidate_ = subject.stores;
    oldest_ = subject.must_pass[self_];
    if (sequential && subject.sequential > oldest_) {
        oldest_ = subject.sequential;
        watch_single_order(subject);
    }
    wanted_ = 0;
}

void execution::watch_single_order(object const& subject) {
    if (!playing() || !unsupported_.single_order_matters(self_)) return;
    if (subject.sequential > subject.stores - memory::atomic_reach(subject.history))
        unsupported_.kept_by_single_order(next_[self_].where);
}

/// Not one that expects what its thread read last: a loop of a load and a compare_exchange has its
/// chance of something stale in the load, and many executions as it is.
bool execution::fails_on_older(object const& subject, word expected) const {
    std::uint32_t const read = subject.read_at[self_];
    bool const remembered = read != 0 && subject.stores - read < memory::window;
    return phase_ == phase::playing &&
           !(remembered && subject.values[read % memory::window] == expected);
}

/// It reads no store twice in a row while there is a newer one: a loop that expects the same thing
/// each time would have executions without end.
std::uint32_t execution::stale_failure(object& subject, word expected, bool sequential) {
    if (subject.read_at[self_] == subject.stores || !fails_on_older(subject, expected)) return 0;
    begin_load(subject, sequential);
    std::uint32_t const reach = subject.stores - memory::atomic_reach(subject.history);
    if (reach > oldest_) oldest_ = reach;
    if (subject.failed_at[self_] >= oldest_) oldest_ = subject.failed_at[self_] + 1;
    std::uint32_t candidates[memory::window];
    unsigned count = 0;
    candidates[count++] = 0;
    for (std::uint32_t store = subject.stores - 1; store >= oldest_ && store > 0; --store) {
        if (!(subject.values[store % memory::window] == expected)) candidates[count++] = store;
    }
    return wanted_ = candidates[choose(decision::stale, count)];
}

/// What it read is forgotten when the window has passed over it.
bool execution::has_come_back(object const& subject, word const& expected) const {
    std::uint32_t const read = subject.read_at[self_];
    return playing() && read != 0 && subject.changed_at > read &&
           subject.stores - read < memory::window &&
           subject.values[read % memory::window] == expected;
}

bool execution::links(site where) const {
    site const& only = config_.linked_at;
    return config_.linked && (*only.file == '\0' || (only.line == where.line &&
                                                    std::strcmp(only.file, where.file) == 0));
}

/// The order of execution is S. [atomics.order] forbids four things; of each atomic one number, the
/// newest store that S knows, is enough for them. A seq_cst operation knows the store it makes or
/// reads, a fence those made or read by what happens before it; no seq_cst load, and no load that a
/// later fence happens before, reads an older one. Relacy orders fences by making each happen
/// before the next instead, which hides races, and does not order them with seq_cst operations.
void execution::sequential_fence() {
    auto const each_atomic = [this](auto visit) {
        for (std::uint32_t index = first_object; index < object_count_; ++index) {
            object& each = objects_[index];
            if (each.alive && each.kind == object_kind::atomic) visit(each);
        }
    };
    each_atomic([this](object& each) {
        watch_single_order(each);
        if (each.sequential != 0 && each.stores - each.sequential < memory::window)
            memory::atomic_seen(each.history, each.sequential);
    });
    memory::fence(std::memory_order_acq_rel);
    each_atomic([](object& each) {
        std::uint32_t const known = each.stores - memory::atomic_reach(each.history);
        if (known > each.sequential) each.sequential = known;
    });
}

// Endings -----------------------------------------------------------------------------------------

void execution::broken(error what) {
    heap::in_test_body(false);
    how_->broke_off();
    if (now_.found) {
        // A race was met before: what comes now is what it leads to.
        now_.found->consequence_kind = what.kind;
        now_.found->consequence = what.kind == "failed check" ? what.consequence
                                                              : what.kind + ", " + what.consequence;
        for (place& where : what.places) now_.found->places.push_back(std::move(where));
    } else {
        now_.found = std::move(what);
    }
    memory::abandon();
}

void execution::race(error what) {
    if (config_.past_races) {
        heap::outside const out;
        // Of two races the first is told; which one that is depends on the order of steps that
        // commute, so that both are gathered where kinds are.
        if (!now_.found) now_.found = std::move(what);
        else if (config_.past_findings && body_.is_reportable(what)) kinds.insert(what.kind);
        return;
    }
    broken(std::move(what));
}

void execution::deadlocked(thread_set stuck) {
    error what;
    // Sleepers that nobody is left to wake, and those that wait for them to end: a wake-up was
    // lost.
    bool lost_wake_up = true;
    for (thread_set left = stuck; left != 0; left &= left - 1) {
        action const at = next_[__builtin_ctz(left)].what;
        lost_wake_up = lost_wake_up && (at == action::sleep || at == action::join);
    }
    what.kind = lost_wake_up ? "lost wake-up" : "deadlock";
    for (int number = 0; number < thread_count(); ++number) {
        if ((stuck >> number & 1U) == 0) continue;
        std::string const text = "thread " + std::to_string(number) + " " + waiting(number);
        what.consequence += (what.consequence.empty() ? "" : "; ") + text;
        site const where = next_[number].where;
        what.places.push_back({text, where.file, where.line, false});
    }
    broken(std::move(what));
}

std::string execution::waiting(int number) const {
    thread_state const& self = threads_[number];
    operation const& next = next_[number];
    object const& subject = objects_[next.object];
    std::string const name = object_word(next.object);
    switch (next.what) {
        case action::lock: {
            std::string text = "waits for " + name;
            if (subject.owner == number) return text + ", which it holds itself";
            if (subject.owner >= 0) {
                text += ", held by thread " + std::to_string(subject.owner);
                if (threads_[subject.owner].dead) text += ", which died";
                else if (threads_[subject.owner].finished) text += ", which has finished";
                return text;
            }
            return text + ", which has readers";
        }
        case action::sleep: return "sleeps on " + name + " until somebody wakes it";
        case action::await_change: return "waits for " + name + " to change";
        case action::spin:
            return self.read_count > 0 ? "waits for " + object_word(self.reads[0]) + " to change"
                                       : "spins";
        case action::channel_read: return "waits for bytes or the end of " + name;
        case action::channel_write: return "waits for room in " + name;
        case action::join: return "waits for thread " + std::to_string(self.joining) + " to end";
        case action::monitor:
            return "waits in " + std::string(self.monitored->name) + "() of " + name;
        default: return "waits";
    }
}

void execution::die() {
    heap::in_test_body(false);
    int const number = self_;
    thread_state& self = threads_[number];
    self.dead = true;
    self.to_be_killed = false;
    if (config_.record) record_row(nullptr, next_[number].where, {"", "dies", "", "", "", false});
    for (std::uint32_t index = first_object; index < object_count_; ++index) {
        object& each = objects_[index];
        if (!each.alive) continue;
        if (each.kind == object_kind::lock && each.owner == number &&
            each.lock == lock_kind::robust_mutex) {
            each.owner = -1;
            changes_state(each);
            each.owner_died = true;
            release(
                each.handed_on);  // the kernel's mark on the word comes after all the dead one did
        }
        if (each.kind == object_kind::channel) {
            each.reading_ends &= ~(1U << number);
            each.writing_ends &= ~(1U << number);
        }
        for (int at = 0; at < each.sleeping; ++at) {
            if (each.sleepers[at] != number) continue;
            for (int later = at + 1; later < each.sleeping; ++later)
                each.sleepers[later - 1] = each.sleepers[later];
            --each.sleeping;
            break;
        }
    }
    release(spans_[number].ended_with);
    memory::restart_current();  // enters act() anew, which sees that it is dead
}

// Objects -----------------------------------------------------------------------------------------

handle execution::create(object_kind kind, void const* at, site const& where, object*& made) {
    if (object_count_ == most_objects) {
        heap::outside const out;
        broken({"out of memory", no_object,
                "one execution made more than " + std::to_string(most_objects) +
                    " synchronisation objects; make the story's client smaller",
                {{"created here", where.file, where.line, false}}});
    }
    if (thread_locals::holds(at)) {
        heap::outside const out;
        broken({"story error", no_object,
                "a thread_local object: the model's threads share its address; make it a member of "
                "the story, one for each thread, or a racekit::thread_slot",
                {{"made here", where.file, where.line, false}}});
    }
    std::uint32_t const index = object_count_++;
    if (index == objects_.size()) objects_.emplace_back();
    object& fresh = objects_[index];
    fresh.kind = kind;
    fresh.alive = true;
    fresh.check = generation_ * most_objects + index;
    fresh.at = at;
    fresh.given_name = nullptr;
    fresh.history = nullptr;
    fresh.sleeping = 0;
    fresh.changed_at = 0;
    fresh.changed_by = -1;
    if (kind != object_kind::plain) {
        for (int number = 0; number < most_threads; ++number)
            fresh.read_at[number] = fresh.read_in[number] = fresh.settled[number] = 0;
    }
    made = &fresh;
    return {index, fresh.check};
}

void execution::gone(handle which, void const* at, site const& where) {
    heap::outside const out;
    error what;
    what.kind = "use after free";
    bool const known = which.index >= first_object && which.index < object_count_ &&
                       objects_[which.index].check == which.check;
    if (known) what.object = which.index;
    what.consequence =
        heap::is_freed(at) ? "its memory has been freed" : "the object has been destroyed";
    what.places.push_back(
        {"used here by thread " + std::to_string(self()), where.file, where.line, false});
    broken(std::move(what));
}

void execution::destroy(handle which, void const* at, site const& where) {
    if (phase_ == phase::outside) return;  // the stage of an abandoned execution
    object& subject = find(which, at, where);
    if (subject.kind != object_kind::plain) {
        if (playing()) {
            operation next;
            next.what = action::destroy;
            next.changes = true;
            next.object = which.index;
            next.where = where;
            site const last = next_[self_].where;
            visible(next);
            if (subject.kind == object_kind::atomic) destroy_atomic(subject, last);
        }
    } else {
        touch_plain(subject, true, where);
    }
    subject.alive = false;
    if (subject.history != nullptr) memory::atomic_destroy(subject.history);
    subject.history = nullptr;
}

void execution::acquire(timestamp const* clock) {
    memory::tick();
    timestamp* const mine = memory::clocks();
    for (int number = 0; number < fibers_; ++number) {
        if (clock[number] > mine[number]) mine[number] = clock[number];
    }
}

void execution::release(timestamp* clock) {
    memory::tick();
    timestamp const* const mine = memory::clocks();
    for (int number = 0; number < fibers_; ++number) {
        if (mine[number] > clock[number]) clock[number] = mine[number];
    }
}

void execution::record_row(object const* subject, site const& where, row_text what) {
    if (!config_.record || phase_ != phase::playing) return;
    heap::outside const out;
    ++rows_recorded_;
    now_.rows.push_back({self_, subject == nullptr ? no_object : number(*subject),
                         std::move(what.operation), std::move(what.action), std::move(what.order),
                         std::move(what.value), std::move(what.note), where, what.blocked});
}

void execution::record_waiting_threads() {
    heap::outside const out;
    for (int number = 0; number < fibers_; ++number) {
        thread_state& each = threads_[number];
        operation const& next = next_[number];
        if (!each.exists || each.finished || each.waiting_recorded || next.what == action::start ||
            enabled(number))
            continue;
        each.waiting_recorded = true;
        row told;
        told.thread = number;
        told.object = next.object < first_object ? no_object : next.object;
        told.action = waiting(number);
        told.where = next.where;
        told.blocked = true;
        now_.rows.push_back(std::move(told));
    }
}

// The outside -------------------------------------------------------------------------------------

engine::engine(test_body& body, exploration_config config) : inside_(new execution(body, config)) {}
engine::~engine() = default;

execution_record const& engine::play(strategy& how, std::function<bool(std::uint64_t)> enough) {
    inside_->play(how, std::move(enough));
    return inside_->last();
}

std::uint64_t engine::executions() const { return inside_->executions; }
std::uint64_t engine::abandoned() const { return inside_->abandoned; }
std::set<std::string> const& engine::kinds() const { return inside_->kinds; }
std::uint64_t engine::links_held() const { return inside_->links_held; }

}  // namespace racekit::model

namespace racekit {

void check_failed(char const* claim, std::string_view detail, site where) {
    model::heap::outside const out;
    model::error what;
    what.kind = "failed check";
    what.consequence = detail.empty() ? std::string(claim) : std::string(detail);
    what.places.push_back({"claim " + std::string(claim), where.file, where.line, false});
    model::active().broken(std::move(what));
}

}  // namespace racekit
