// SPDX-License-Identifier: MIT
// The objects of a server process that clients hold: lock, rlock, condition, semaphores.
//
// What a client holds is a lease: it ends with release, with the client, or with the time limit
// that the client asked for. Every grant of a lock has a token greater than all before; a request
// that is guarded by a lock names the token, and one of an earlier grant is refused (stale_token).
//
// Fairness: first come, first served.
// Source:   Cary Gray and David Cheriton, "Leases", 1989; the tokens are the sequencers of Mike
//           Burrows, "The Chubby Lock Service", 2006.
#pragma once

#include <racekit/server/object.hpp>
#include <racekit/server/server_steps.hpp>

#include <map>
#include <memory>

namespace racekit {

/// The state of a lock, which a condition may share with it.
template <class steps = server_steps>
class leased_lock {
public:
    leased_lock(server_object& home, bool recursive) : home_(home), is_recursive_(recursive) {}

    [[nodiscard]] session_id holder() const { return holder_; }
    [[nodiscard]] std::uint64_t depth() const { return depth_; }
    [[nodiscard]] std::size_t waiters() const { return waiting_.size(); }
    [[nodiscard]] bool is_held_with(std::uint64_t token) const {
        return holder_ != 0 && token_ == token;
    }

    /// Arguments: how long to wait, how long to hold (0: without a limit), in milliseconds.
    void acquire(server_call& call) {
        std::int64_t const wait = call.integer_or(-1);
        std::int64_t const lease = call.integer_or(0);
        call.no_more();
        if (lease < 0) throw refusal{server_error::wrong_argument};
        parked_call asked = call.to_park(wait);
        asked.lease = lease;
        if (holder_ == call.session) {
            if (!is_recursive_) throw refusal{server_error::would_deadlock};
            ++depth_;
            call.result().integer(std::int64_t(token_));
            call.result().boolean(false);
            return;
        }
        if (holder_ == 0) {
            hold(call.keeper, asked);
            call.result().integer(std::int64_t(token_));
            call.result().boolean(std::exchange(was_abandoned_, false));
            return;
        }
        if (wait == 0) throw refusal{server_error::timed_out};
        waiting_.add(asked);
        call.park(home_, asked);
    }
    void release(server_call& call) {
        call.no_more();
        check_holder(call.session);
        if (--depth_ == 0) pass_on(call.keeper);
    }
    /// The lease begins again.
    void renew(server_call& call) {
        std::int64_t const lease = call.integer();
        call.no_more();
        if (lease < 0) throw refusal{server_error::wrong_argument};
        check_holder(call.session);
        begin_lease(call.keeper, lease);
    }
    void check_holder(session_id who) const {
        if (holder_ == 0 || holder_ != who) throw refusal{server_error::not_owner};
    }

    /// Frees all levels; returns how many there were. For a wait at a condition.
    std::uint64_t release_all(object_keeper& keeper) {
        std::uint64_t const levels = std::exchange(depth_, 0);
        pass_on(keeper);
        return levels;
    }
    /// A call that waited at a condition: it gets the lock, at once or after those before it.
    /// `asked.detail` is the number of levels, and the result is `asked.item`.
    void acquire_again(object_keeper& keeper, parked_call asked) {
        asked.limit = never;
        if (holder_ == 0) return grant(keeper, std::move(asked));
        keeper.wait_elsewhere(asked, home_);
        waiting_.add(std::move(asked));
    }
    bool stop_waiting(session_id session, std::uint64_t sequence) {
        return waiting_.remove(session, sequence);
    }
    void session_ended(object_keeper& keeper, session_id session) {
        if (holder_ != session || !steps::pass_on) return;
        was_abandoned_ = true;
        depth_ = 0;
        pass_on(keeper);
    }
    void take_back(object_keeper& keeper, session_id session, std::uint64_t sequence) {
        if (!steps::take_back || holder_ != session || granted_to_ != sequence) return;
        depth_ = 0;
        pass_on(keeper);
    }
    void lease_ended(object_keeper& keeper) {
        if (holder_ == 0 || lease_ends_ > keeper.now()) return;
        was_abandoned_ = true;
        depth_ = 0;
        pass_on(keeper);
    }
    void close(object_keeper& keeper) { waiting_.reply_all(keeper, server_error::no_such_object); }

    [[nodiscard]] server_object& home() { return home_; }

private:
    void begin_lease(object_keeper& keeper, std::int64_t lease) {
        lease_ends_ = never;
        if (lease == 0) return;
        lease_ends_ = from_now(keeper.now(), saturated(std::chrono::milliseconds(lease)));
        keeper.note_lease(home_, lease_ends_);
    }
    void hold(object_keeper& keeper, parked_call const& by) {
        holder_ = by.session;
        granted_to_ = by.sequence;
        depth_ = std::max<std::uint64_t>(by.detail, 1);
        token_ = keeper.next_token();
        keeper.note_held(by.session, home_);
        begin_lease(keeper, by.lease);
    }
    void grant(object_keeper& keeper, parked_call asked) {
        hold(keeper, asked);
        bool const abandoned = std::exchange(was_abandoned_, false);
        if (asked.detail > 0) {
            server_detail::reply_parked(keeper, asked, {}, asked.item, std::int64_t(token_),
                                        abandoned);
        } else {
            server_detail::reply_parked(keeper, asked, {}, std::int64_t(token_), abandoned);
        }
    }
    void pass_on(object_keeper& keeper) {
        holder_ = 0;
        if (!waiting_.empty()) grant(keeper, waiting_.take_front());
    }

    server_object& home_;  // who keeps it
    bool is_recursive_;
    session_id holder_ = 0;
    std::uint64_t depth_ = 0;
    std::uint64_t token_ = 0;
    std::uint64_t granted_to_ = 0;  // the sequence of the call that got it
    deadline lease_ends_ = never;
    bool was_abandoned_ = false;  // its last holder died or overran its lease
    server_detail::waiting_calls waiting_;
};

/// A lock, or a lock that its holder may take again (rlock). acquire(wait, lease) gives the token,
/// and whether the last holder died or overran its lease; release(); renew(lease); holder() gives
/// the session that holds it, or 0.
template <class steps = server_steps>
class lock_object final : public server_object {
public:
    lock_object(object_id id, object_type type, server_call& call)
        : server_object(id, type),
          state(std::make_shared<leased_lock<steps>>(*this, type == object_type::rlock)) {
        call.no_more();
    }
    void apply(server_call& call) override {
        switch (call.what) {
            case operation::acquire: return state->acquire(call);
            case operation::release: return state->release(call);
            case operation::renew: return state->renew(call);
            case operation::holder:
                call.no_more();
                return call.result().integer(std::int64_t(state->holder()));
            default: no_such_operation();
        }
    }
    bool stop_waiting(object_keeper&, session_id session, std::uint64_t sequence,
                      stop_reason) override {
        if (steps::forget) (void)state->stop_waiting(session, sequence);
        return false;
    }
    void session_ended(object_keeper& keeper, session_id session) override {
        state->session_ended(keeper, session);
    }
    void take_back(object_keeper& keeper, session_id session, std::uint64_t sequence) override {
        state->take_back(keeper, session, sequence);
    }
    void lease_ended(object_keeper& keeper) override { state->lease_ended(keeper); }
    void close(object_keeper& keeper) override { state->close(keeper); }
    [[nodiscard]] std::size_t waiters() const override { return state->waiters(); }
    [[nodiscard]] bool is_held_with(std::uint64_t token) const override {
        return state->is_held_with(token);
    }

    std::shared_ptr<leased_lock<steps>> const state;
};

/// A condition and its lock: one of its own, or the one whose handle create() got, which must be a
/// lock or rlock. wait(limit) gives whether it was notified, and the token of the new grant.
template <class steps = server_steps>
class condition_object final : public server_object {
public:
    condition_object(object_id id, server_call& call) : server_object(id, object_type::condition) {
        if (call.has_more()) {
            object_id const of = call.handle();
            auto* const lock = dynamic_cast<lock_object<steps>*>(call.keeper.find(of));
            if (lock == nullptr) throw refusal{server_error::wrong_argument};
            call.no_more();
            state_ = lock->state;
            call.keeper.retain(of);
        } else {
            state_ = std::make_shared<leased_lock<steps>>(*this, true);
        }
    }
    void apply(server_call& call) override {
        switch (call.what) {
            case operation::acquire: return state_->acquire(call);
            case operation::release: return state_->release(call);
            case operation::renew: return state_->renew(call);
            case operation::wait: return wait(call);
            case operation::notify: return notify(call);
            case operation::waiting:
                call.no_more();
                return call.result().integer(std::int64_t(sleeping_.size()));
            default: no_such_operation();
        }
    }
    /// A wait that timed out returns with the lock held, and says that it was not notified.
    bool stop_waiting(object_keeper& keeper, session_id session, std::uint64_t sequence,
                      stop_reason why) override {
        parked_call stopped;
        if (!sleeping_.remove(session, sequence, &stopped)) {
            if (steps::forget) (void)state_->stop_waiting(session, sequence);
            return false;
        }
        if (why != stop_reason::timed_out) return false;
        stopped.item = false;
        state_->acquire_again(keeper, std::move(stopped));
        return true;
    }
    void session_ended(object_keeper& keeper, session_id session) override {
        state_->session_ended(keeper, session);
    }
    void take_back(object_keeper& keeper, session_id session, std::uint64_t sequence) override {
        state_->take_back(keeper, session, sequence);
    }
    void lease_ended(object_keeper& keeper) override { state_->lease_ended(keeper); }
    void close(object_keeper& keeper) override {
        sleeping_.reply_all(keeper, server_error::no_such_object);
        if (&state_->home() == this) state_->close(keeper);
        else keeper.release(state_->home().id);
    }
    [[nodiscard]] std::size_t waiters() const override {
        return sleeping_.size() + state_->waiters();
    }
    [[nodiscard]] bool is_held_with(std::uint64_t token) const override {
        return state_->is_held_with(token);
    }

private:
    void wait(server_call& call) {
        std::int64_t const limit = call.integer_or(-1);
        call.no_more();
        state_->check_holder(call.session);
        parked_call asleep = call.to_park(limit);
        asleep.detail = state_->depth();
        sleeping_.add(asleep);
        call.park(*this, asleep);
        (void)state_->release_all(call.keeper);
    }
    /// How many to wake; below 0 all. The result is how many were woken.
    void notify(server_call& call) {
        std::int64_t most = call.integer_or(1);
        call.no_more();
        state_->check_holder(call.session);
        std::int64_t woken = 0;
        for (; !sleeping_.empty() && most != 0; --most, ++woken) {
            parked_call next = sleeping_.take_front();
            next.item = true;
            state_->acquire_again(call.keeper, std::move(next));
        }
        call.result().integer(woken);
    }

    std::shared_ptr<leased_lock<steps>> state_;
    server_detail::waiting_calls sleeping_;
};

/// Permits. acquire(wait, count) and release(count). What a client holds when it ends comes back. A
/// client may release what it does not hold, as a signal to another one, unless it is bounded: then
/// there are never more permits than in the beginning.
template <class steps = server_steps>
class semaphore_object final : public server_object {
public:
    static constexpr std::int64_t most_permits = INT64_MAX / 2;

    semaphore_object(object_id id, object_type type, server_call& call) : server_object(id, type) {
        permits_ = call.integer_or(1);
        call.no_more();
        if (permits_ < 0 || permits_ > most_permits) throw refusal{server_error::wrong_argument};
        most_ = type == object_type::bounded_semaphore ? permits_ : most_permits;
    }
    void apply(server_call& call) override {
        switch (call.what) {
            case operation::acquire: return acquire(call);
            case operation::release: return release(call);
            case operation::get: call.no_more(); return call.result().integer(permits_);
            default: no_such_operation();
        }
    }
    bool stop_waiting(object_keeper& keeper, session_id session, std::uint64_t sequence,
                      stop_reason) override {
        if (!steps::forget) return false;
        (void)waiting_.remove(session, sequence);
        serve(keeper);  // it may have been the first, and have asked for more than the next one
        return false;
    }
    void session_ended(object_keeper& keeper, session_id session) override {
        auto const found = held_.find(session);
        if (found == held_.end() || !steps::pass_on) return;
        permits_ += found->second;
        held_.erase(found);
        serve(keeper);
    }
    void take_back(object_keeper& keeper, session_id session, std::uint64_t sequence) override {
        auto const found = granted_.find({session, sequence});
        if (!steps::take_back || found == granted_.end()) return;
        std::int64_t const count = std::min(found->second, held_[session]);
        granted_.erase(found);
        give(session, count);
        permits_ += count;
        serve(keeper);
    }
    void close(object_keeper& keeper) override {
        waiting_.reply_all(keeper, server_error::no_such_object);
    }
    [[nodiscard]] std::size_t waiters() const override { return waiting_.size(); }

private:
    void acquire(server_call& call) {
        std::int64_t const wait = call.integer_or(-1);
        std::int64_t const count = call.integer_or(1);
        call.no_more();
        if (count < 1 || count > most_) throw refusal{server_error::wrong_argument};
        parked_call asked = call.to_park(wait);
        asked.detail = static_cast<std::uint64_t>(count);
        if (waiting_.empty() && count <= permits_) {
            take(call.keeper, asked);
            return call.result().integer(std::int64_t(call.keeper.next_token()));
        }
        if (wait == 0) throw refusal{server_error::timed_out};
        waiting_.add(asked);
        call.park(*this, asked);
    }
    void release(server_call& call) {
        std::int64_t const count = call.integer_or(1);
        call.no_more();
        if (count < 1) throw refusal{server_error::wrong_argument};
        if (count > most_ - permits_) throw refusal{server_error::released_too_often};
        give(call.session, std::min(count, held_by(call.session)));
        permits_ += count;
        serve(call.keeper);
    }
    [[nodiscard]] std::int64_t held_by(session_id session) const {
        auto const found = held_.find(session);
        return found == held_.end() ? 0 : found->second;
    }
    void give(session_id session, std::int64_t count) {
        auto const found = held_.find(session);
        if (found != held_.end() && (found->second -= count) == 0) held_.erase(found);
    }
    void take(object_keeper& keeper, parked_call const& by) {
        auto const count = static_cast<std::int64_t>(by.detail);
        permits_ -= count;
        held_[by.session] += count;
        // Of each client the last few grants: a call is given up soon or never.
        granted_[{by.session, by.sequence}] = count;
        if (granted_.size() > most_remembered) granted_.erase(granted_.begin());
        keeper.note_held(by.session, *this);
    }
    void serve(object_keeper& keeper) {
        while (!waiting_.empty() &&
               static_cast<std::int64_t>(waiting_.front().detail) <= permits_) {
            parked_call const next = waiting_.take_front();
            take(keeper, next);
            server_detail::reply_parked(keeper, next, {}, std::int64_t(keeper.next_token()));
        }
    }

    static constexpr std::size_t most_remembered = 256;

    std::int64_t permits_ = 0;
    std::int64_t most_ = 0;
    std::map<session_id, std::int64_t> held_;
    std::map<std::pair<session_id, std::uint64_t>, std::int64_t> granted_;
    server_detail::waiting_calls waiting_;
};

}  // namespace racekit
