// SPDX-License-Identifier: MIT
#include "execution.hpp"

#include "model/runtime/caller_line.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/thread_locals.hpp"

#include "harness/exception_text.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace racekit::model {

void created_outside(site const& given) {
    // A constructor's own line is in the platform: that of its caller says more.
    site const caller = caller_of_the_kit(true);
    site const& where = caller.line > 0 ? caller : given;
    std::fprintf(stderr,
                 "racekit: %s:%d: an atomic, lock or similar object made outside every test body: "
                 "in the model, shared objects must be members of the test body, which is "
                 "constructed for each execution; a global object is not\n",
                 where.file, where.line);
    std::_Exit(70);
}

execution::execution(test_body& body, exploration_config config)
    : records(config.record),
      loops(objects),
      threads(config_, objects, loops, records),
      stores(objects, threads),
      body_(body),
      config_(config) {
    if (config_.find_weak) stores.unsupported.stay_awake();
}

void execution::play(strategy& how, std::function<bool(std::uint64_t)> enough) {
    how_ = &how;
    enough_ = std::move(enough);
    running_execution = this;
    records.record().found.reset();
    loops.prepare(config_.watch_statics);
    memory::run(thread_count(), config_.memory, *this);
    records.end();
    threads.enter(scheduler::phase::outside);
    running_execution = nullptr;
}

int execution::begin() {
    heap::reset();
    int const fibers = memory::thread_count();
    for (int number = 0; number < fibers; ++number) {
        if (config_.spawned == 0 && !threads[number].dead) continue;
        span& each = spans_[static_cast<std::size_t>(number)];
        std::fill_n(each.began_with, fibers, timestamp(0));
        std::fill_n(each.ended_with, fibers, timestamp(0));
    }
    objects.begin(fibers);
    records.begin();
    stores.begin(fibers);
    if (config_.find_weak) consistency.begin(fibers);
    deaths_left_ = config_.deaths;
    threads.begin(*how_, fibers);
    loops.begin(fibers, *how_, config_.watch_loops ? &body_ : nullptr);
    return self();
}

void execution::before() {
    heap::in_test_body(true);
    try {
        body_.before();
    } catch (test_body_error const& known) {
        heap::outside const out;
        broken({"uncaught exception", no_object, known.what(), {}});
    } catch (...) {
        heap::outside const out;
        broken({"uncaught exception", no_object, "before() threw " + current_exception_text(), {}});
    }
    heap::in_test_body(false);
    if (!config_.alone_at_first) threads.enter(scheduler::phase::running);
}

void execution::no_longer_alone() {
    if (threads.now() != scheduler::phase::before) return;
    threads.enter(scheduler::phase::running);
    memory::model->synchronise_all();
}

void execution::act(int number) {
    thread_state& state = threads[number];
    if (!state.dead && state.exists) run_thread(number);
    if (config_.spawned > 0) {
        operation end;
        end.what = action::finish;
        end.changes = true;
        end.object = thread_object(number);
        if (state.exists && !state.dead) visible(end);
        release(spans_[static_cast<std::size_t>(number)].ended_with);
    }
    threads.finished();
}

/// From here to the first visible operation the thread touches nothing that others see.
void execution::run_thread(int number) {
    thread_state const& state = threads[number];
    bool const spawned = number >= config_.threads;
    std::string escaped;
    if (spawned) acquire(spans_[static_cast<std::size_t>(number)].began_with);
    loops.enter(number, __builtin_frame_address(0));
    if (loops.compares()) loops.erase_stack();
    heap::in_test_body(true);
    try {
        if (spawned) {
            state.body(state.argument);
        } else {
            body_.act(number);
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

void execution::after() {
    threads.enter(scheduler::phase::after);
    heap::in_test_body(true);
    try {
        body_.after();
    } catch (...) {
        heap::outside const out;
        broken({"uncaught exception", no_object, "after() threw " + current_exception_text(), {}});
    }
    heap::in_test_body(false);
    check_for_leaks();
    check_consistency();
    // What a dead process leaves behind is nobody's leak; Relacy would take it for one and stop.
    clean_up();
}

void execution::check_for_leaks() {
    thread_set dead = 0;
    for (int number = 0; number < thread_count(); ++number) {
        if (threads[number].dead) dead |= bit(number);
    }
    heap::usage const held = heap::held(dead);
    if (held.blocks == 0) return;
    broken({"leak",
            no_object,
            std::to_string(held.blocks) + (held.blocks == 1 ? " block" : " blocks") + " of " +
                std::to_string(held.bytes) +
                " bytes in all still held at the end of the execution: never freed, or kept in "
                "a static",
            {}});
}

namespace {

/// "thread 1 reads flag, older than what comes next".
std::string in_words(sequential_check::link const& of) {
    using access = sequential_check::access;
    using edge = sequential_check::edge;
    std::string text = "thread " + std::to_string(of.thread);
    text += of.what == access::load    ? " reads "
            : of.what == access::store ? " writes "
                                       : " updates ";
    text += object_word(of.object);
    switch (of.to_next) {
        case edge::then: return text + ", and then";
        case edge::read_by: return text + ", which is read where";
        case edge::overwritten_by: return text + ", which is overwritten where";
        case edge::older_than: break;
    }
    return text + ", and not yet what is written where";
}

}  // namespace

void execution::check_consistency() {
    if (!config_.find_weak || records.record().found) return;
    heap::outside const out;
    auto const cycle = consistency.cycle();
    if (cycle.empty()) return;
    error what;
    what.kind = weak_execution;
    for (sequential_check::link const& each : cycle)
        what.places.push_back({in_words(each), each.where.file, each.where.line, false});
    broken(std::move(what));
}

bool execution::end() {
    heap::in_test_body(false);
    threads.enter(scheduler::phase::outside);
    clean_up();
    std::optional<error>& found = records.record().found;
    bool const cut_short = threads.cut_short();
    if (found && config_.only_consequences && found->consequence.empty()) found.reset();
    if (found && !body_.is_reportable(*found)) found.reset();
    if (found && config_.past_findings) {
        kinds.insert(found->kind);
        if (!found->consequence_kind.empty()) kinds.insert(found->consequence_kind);
        found.reset();
    }
    ++(cut_short ? abandoned : executions);
    if (found && !cut_short) return false;
    bool const more = how_->end(cut_short);
    if (loops.use_learned() && loops.rule() == loop_rule::search) {
        found.reset();
        how_->start_over();
        executions = abandoned = 0;
        kinds.clear();
        return true;
    }
    if (!more) return false;
    return !enough_(executions + abandoned);
}

/// Gives back what an execution that did not end by itself has left.
void execution::clean_up() {
    if (config_.record) records.keep_names(objects);
    objects.retire_all();
}

// Steps -------------------------------------------------------------------------------------------

/// Every operation of a mortal process is preceded by the choice to die.
void execution::maybe_die(site const& where) {
    if ((config_.mortal >> self() & 1U) == 0 || deaths_left_ == 0) return;
    if (choose(decision::death, 2) == 0) return;
    --deaths_left_;
    operation end;
    end.what = action::die;
    end.changes = true;
    end.where = where;
    threads.announce(end);
    memory::switch_to(threads.next());
    die();
}

void execution::announce_plain(operation const& next, call_frame const& from) {
    if (!running()) return;
    if (next.what != action::read) {
        if (config_.plain_visible) return visible(next);
        loops.pass(self(), next);
        loops.resumes(self());
    } else {
        if (config_.plain_visible) return visible(next, from);
        if (loop_watch::must_wait(look(next, from))) {
            threads.announce(next);
            return give_way();
        }
        loops.resumes(self());
    }
    if (config_.mortal != 0) maybe_die(next.where);
    heap::outside const out;
    threads.count_step(next);
}

void execution::hint(site const& where, call_frame const& from) {
    if (!running()) return;
    operation next;
    next.what = action::spin;
    next.where = where;
    loop_watch::answer const what = look(next, from);
    if (loop_watch::must_wait(what)) {
        threads.announce(next);
        return give_way();
    }
    loops.resumes(self());
}

void execution::give_up(site const& where) {
    if (threads.now() == scheduler::phase::outside) return;
    unsupported_outcomes::note_failed_assumption();
    if (!running()) threads.cut_off();
    operation next;
    next.what = action::spin;
    next.where = where;
    threads.announce(next);
    loops.give_up(self());
    give_way();
}

void execution::found_in_loop(loop_watch::answer what, site const& where) {
    heap::outside const out;
    if (what == loop_watch::answer::assume)
        unsupported_outcomes::assume_wait(*where.file == '\0' ? caller_of_the_kit(true) : where);
    if (what == loop_watch::answer::start_over) threads.cut_off();
    if (what == loop_watch::answer::time_passes) me().clock += loop_watch::time_step;
}

void execution::give_way() {
    thread_state& state = me();
    state.waiting_recorded = false;
    if (config_.record) state.call_path = note_call_path();
    int const here = self();
    if (int const chosen = threads.next(); chosen != here) {
        bool const in_body = heap::in_test_body();
        memory::switch_to(chosen);
        heap::in_test_body(in_body);
    }
    if (state.to_be_killed) die();
    loops.resumes(here);
}

void execution::die() {
    heap::in_test_body(false);
    int const number = self();
    thread_state& state = me();
    state.dead = true;
    state.to_be_killed = false;
    if (config_.record) record_row(nullptr, announced().where, {"", "dies", "", "", "", false});
    objects.each_alive([&](object& each) {
        if (each.kind->thread_died != nullptr) each.kind->thread_died(*this, each, number);
    });
    release(spans_[static_cast<std::size_t>(number)].ended_with);
    memory::restart_current();  // enters act() anew, which sees that it is dead
}

void execution::leave() {
    heap::in_test_body(false);
    me().dead = true;
    memory::restart_current();  // enters act() anew, which sees that it is dead
}

void execution::begin_thread(int number, int parent) {
    threads.start(number);
    release(spans_[static_cast<std::size_t>(number)].began_with);
    objects.each_alive([&](object& each) {
        if (each.kind->thread_started != nullptr) each.kind->thread_started(each, number, parent);
    });
}

handle execution::create(object_kind const& kind, void const* at, site const& where,
                         object*& made) {
    if (running()) (void)end_storage(at, 1);
    return objects.create(kind, at, where, made);
}

void execution::destroy(handle which, void const* at, site const& where) {
    if (threads.now() == scheduler::phase::outside) return;  // of an abandoned execution
    std::uint32_t const number = objects.number(objects.find(which, at, where));
    // The destructor's own line is somewhere in the platform: that of its caller says more.
    if (!end_objects({&number, 1}, caller_of_the_kit(recording())))
        (void)objects.find(which, at, where);  // reports it
}

bool execution::end_storage(void const* begin, std::size_t size) {
    if (threads.now() == scheduler::phase::outside) return false;
    auto const* const first = static_cast<unsigned char const*>(begin);
    constexpr std::size_t most_at_once = 64;
    std::array<std::uint32_t, most_at_once> ending;
    std::size_t count = 0;
    objects.each_alive([&](object& each) {
        auto const* const at = static_cast<unsigned char const*>(each.at);
        if (at < first || at >= first + size) return;
        if (count < most_at_once) ending[count++] = number(each);
    });
    if (count == 0) return false;
    (void)end_objects({ending.data(), count}, caller_of_the_kit(recording()));
    if (count == most_at_once) (void)end_storage(begin, size);
    return true;
}

bool execution::end_objects(std::span<std::uint32_t const> which, site const& where) {
    clean_exit const exit(*this);
    site const last = announced().where;
    if (running()) {
        operation next;
        next.what = action::destroy;
        next.changes = true;
        next.object = which[0];
        if (which.size() > 1) next.second = which.size() == 2 ? which[1] : every_object;
        next.where = where;
        bool plain = true;
        for (std::uint32_t const each : which) plain = plain && objects[each].kind->is_plain;
        if (plain) announce_plain(next);
        else visible(next);
    }
    bool const was_first = objects[which[0]].alive;
    for (std::uint32_t const each : which) {
        object& subject = objects[each];
        if (!subject.alive) continue;
        if (recording())
            record_row(&subject, where, {"destroy", "is destroyed", "", "", "", false});
        if (running() && subject.kind->check_end != nullptr)
            subject.kind->check_end(*this, subject, where, last);
        if (recording()) {
            subject.ended_by = self();
            subject.ended_where = where.line > 0 ? where : last;
            subject.ended_path = note_call_path();
        }
        objects.retire(subject);
    }
    return was_first;
}

void execution::acquire(timestamp const* clock) {
    (void)memory::tick();
    timestamp* const mine = memory::clocks();
    for (int number = 0; number < threads.fibers(); ++number) {
        if (clock[number] > mine[number]) mine[number] = clock[number];
    }
}

void execution::release(timestamp* clock) {
    (void)memory::tick();
    timestamp const* const mine = memory::clocks();
    for (int number = 0; number < threads.fibers(); ++number) {
        if (mine[number] > clock[number]) clock[number] = mine[number];
    }
}

bool execution::links(site where) const {
    site const& only = config_.linked_at;
    return config_.linked && (*only.file == '\0' || (only.line == where.line &&
                                                     std::strcmp(only.file, where.file) == 0));
}

/// The texts may lie in the heap of the test body, which the next execution empties: they are
/// copied, not moved.
void execution::record_row(object const* subject, site const& where, row_text const& what) {
    if (!config_.record || !running()) return;
    heap::outside const out;
    records.add_row(self(), subject == nullptr ? no_object : number(*subject), where,
                    row_text(what));
}

// Errors ------------------------------------------------------------------------------------------

void execution::broken(error what) {
    heap::in_test_body(false);
    threads.broke_off();
    std::optional<error>& found = records.record().found;
    if (found) {
        // A race was met before: what comes now is what it leads to.
        found->consequence_kind = what.kind;
        found->consequence = what.kind == "failed check" ? what.consequence
                                                         : what.kind + ", " + what.consequence;
        for (place& where : what.places) found->places.push_back(std::move(where));
    } else {
        found = std::move(what);
    }
    memory::abandon();
}

void execution::race(error what) {
    if (!config_.past_races) broken(std::move(what));
    heap::outside const out;
    if (what.at != nullptr) records.record().raced.push_back(what.at);
    std::optional<error>& found = records.record().found;
    // Of two races the first is reported; which one that is depends on the order of steps that
    // commute, so that both are gathered where kinds are.
    if (!found) found = std::move(what);
    else if (config_.past_findings && body_.is_reportable(what)) kinds.insert(what.kind);
}

}  // namespace racekit::model
