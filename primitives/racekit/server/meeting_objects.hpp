// SPDX-License-Identifier: MIT
// The objects of a server process at which clients meet: event, barrier, queue.
#pragma once

#include <racekit/server/object.hpp>
#include <racekit/server/server_steps.hpp>

#include <map>

namespace racekit {

/// Stays set until it is cleared. All calls that wait when it is set are released, also if it is
/// cleared at once. wait(limit), set(), clear(), is_set().
template <class steps = server_steps>
class event_object final : public server_object {
public:
    event_object(object_id id, server_call& call) : server_object(id, object_type::event) {
        call.no_more();
    }
    void apply(server_call& call) override {
        switch (call.what) {
            case operation::wait: {
                std::int64_t const limit = call.integer_or(-1);
                call.no_more();
                if (is_set_) return;
                if (limit == 0) throw refusal{server_error::timed_out};
                parked_call const asleep = call.to_park(limit);
                waiting_.add(asleep);
                return call.park(*this, asleep);
            }
            case operation::set:
                call.no_more();
                is_set_ = true;
                return waiting_.reply_all(call.keeper, {});
            case operation::clear: call.no_more(); return void(is_set_ = false);
            case operation::is_set: call.no_more(); return call.result().boolean(is_set_);
            default: no_such_operation();
        }
    }
    bool stop_waiting(object_keeper&, session_id session, std::uint64_t sequence,
                      stop_reason) override {
        (void)waiting_.remove(session, sequence);
        return false;
    }
    void close(object_keeper& keeper) override {
        waiting_.reply_all(keeper, server_error::no_such_object);
    }
    [[nodiscard]] std::size_t waiters() const override { return waiting_.size(); }

private:
    bool is_set_ = false;
    server_detail::waiting_calls waiting_;
};

/// Parties meet, again and again. wait(limit) gives each a number of its own, from 0. A party whose
/// limit passes, that dies, or that calls abort() breaks it for those who wait and for all who come
/// until reset(). Argument of create: the number of parties.
template <class steps = server_steps>
class barrier_object final : public server_object {
public:
    barrier_object(object_id id, server_call& call) : server_object(id, object_type::barrier) {
        parties_ = call.integer();
        call.no_more();
        if (parties_ < 1 || parties_ > 1'000'000) throw refusal{server_error::wrong_argument};
    }
    void apply(server_call& call) override {
        if (call.what == operation::wait) return wait(call);
        call.no_more();
        switch (call.what) {
            case operation::abort: return break_it(call.keeper);
            case operation::reset:
                waiting_.reply_all(call.keeper, server_error::broken_barrier);
                return void(is_broken_ = false);
            case operation::waiting: return call.result().integer(std::int64_t(waiting_.size()));
            case operation::parties: return call.result().integer(parties_);
            case operation::is_broken: return call.result().boolean(is_broken_);
            default: no_such_operation();
        }
    }
    bool stop_waiting(object_keeper& keeper, session_id session, std::uint64_t sequence,
                      stop_reason) override {
        if (waiting_.remove(session, sequence) && steps::break_barrier) break_it(keeper);
        return false;
    }
    void close(object_keeper& keeper) override {
        waiting_.reply_all(keeper, server_error::no_such_object);
    }
    [[nodiscard]] std::size_t waiters() const override { return waiting_.size(); }

private:
    void wait(server_call& call) {
        std::int64_t const limit = call.integer_or(-1);
        call.no_more();
        if (is_broken_) throw refusal{server_error::broken_barrier};
        if (std::int64_t(waiting_.size()) + 1 == parties_) {
            for (std::int64_t number = 0; !waiting_.empty(); ++number)
                server_detail::reply_parked(call.keeper, waiting_.take_front(), {}, number);
            return call.result().integer(parties_ - 1);
        }
        if (limit == 0) {
            break_it(call.keeper);
            throw refusal{server_error::timed_out};
        }
        parked_call const asleep = call.to_park(limit);
        waiting_.add(asleep);
        call.park(*this, asleep);
    }
    void break_it(object_keeper& keeper) {
        is_broken_ = true;
        waiting_.reply_all(keeper, server_error::broken_barrier);
    }

    std::int64_t parties_ = 1;
    bool is_broken_ = false;
    server_detail::waiting_calls waiting_;
};

/// First in, first out. put(item, wait), take(wait), reserve(wait) with ack(token) or nack(token),
/// task_done(), join(wait), close(), length(). take gives the item and whether it was given out
/// before; reserve gives the token as well. Argument of create: the capacity, 0 or none for no
/// limit.
template <class steps = server_steps>
class queue_object final : public server_object {
public:
    static constexpr std::size_t most_items = std::size_t{1} << 24U;

    queue_object(object_id id, server_call& call) : server_object(id, object_type::queue) {
        std::int64_t const capacity = call.integer_or(0);
        call.no_more();
        if (capacity < 0) throw refusal{server_error::wrong_argument};
        capacity_ =
            capacity == 0 ? most_items : std::min(most_items, static_cast<std::size_t>(capacity));
    }
    void apply(server_call& call) override {
        switch (call.what) {
            case operation::put: return put(call);
            case operation::take:
            case operation::reserve: return take(call);
            case operation::ack: return settle(call, false);
            case operation::nack: return settle(call, true);
            case operation::join: return join(call);
            default: break;
        }
        call.no_more();
        switch (call.what) {
            case operation::task_done: return task_done(call);
            case operation::length: return call.result().integer(std::int64_t(items_.size()));
            case operation::close: return close_for_puts(call.keeper);
            default: no_such_operation();
        }
    }
    bool stop_waiting(object_keeper& keeper, session_id session, std::uint64_t sequence,
                      stop_reason) override {
        parked_call gone;
        if (steps::forget) (void)takers_.remove(session, sequence);
        if (putters_.remove(session, sequence, &gone))
            server_detail::release_all(keeper, gone.item);
        (void)joiners_.remove(session, sequence);
        return false;
    }
    void session_ended(object_keeper& keeper, session_id session) override {
        if (!steps::give_back) return;
        // The last reserved first, so that the first of them is in front in the end.
        for (auto at = reserved_.end(); at != reserved_.begin();) {
            --at;
            if (at->second.session != session) continue;
            items_.push_front({std::move(at->second.content), true});
            at = reserved_.erase(at);
        }
        serve(keeper);
    }
    void take_back(object_keeper& keeper, session_id session, std::uint64_t sequence) override {
        if (!steps::take_back) return;
        auto const found = taken_.find({session, sequence});
        if (found != taken_.end()) {
            server_detail::retain_all(keeper, found->second);
            items_.push_front({std::move(found->second), true});
            taken_.erase(found);
            return serve(keeper);
        }
        for (auto& [token, what] : reserved_) {
            if (what.session != session || what.sequence != sequence) continue;
            items_.push_front({std::move(what.content), true});
            reserved_.erase(token);
            return serve(keeper);
        }
    }
    void close(object_keeper& keeper) override {
        for (auto* const calls : {&takers_, &putters_, &joiners_})
            calls->reply_all(keeper, server_error::no_such_object);
        for (item const& each : items_) server_detail::release_all(keeper, each.content);
        for (auto const& [token, each] : reserved_)
            server_detail::release_all(keeper, each.content);
    }
    [[nodiscard]] std::size_t size() const override { return items_.size(); }
    [[nodiscard]] std::size_t waiters() const override {
        return takers_.size() + putters_.size() + joiners_.size();
    }

private:
    struct item {
        server_value content;
        bool was_out = false;
    };
    struct reservation {
        session_id session;
        std::uint64_t sequence;
        server_value content;
    };

    void put(server_call& call) {
        server_value content = call.value();
        std::int64_t const wait = call.integer_or(-1);
        call.no_more();
        if (is_closed_) throw refusal{server_error::queue_closed};
        if (items_.size() >= capacity_ && wait == 0) throw refusal{server_error::timed_out};
        server_detail::retain_all(call.keeper, content);
        if (items_.size() >= capacity_) {
            parked_call asked = call.to_park(wait);
            asked.item = std::move(content);
            putters_.add(asked);
            return call.park(*this, asked);
        }
        ++unfinished_;
        items_.push_back({std::move(content)});
        serve(call.keeper);
    }
    void take(server_call& call) {
        std::int64_t const wait = call.integer_or(-1);
        call.no_more();
        parked_call asked = call.to_park(wait);
        asked.detail = call.what == operation::reserve ? 1 : 0;
        if (!items_.empty()) {
            item next = std::move(items_.front());
            items_.pop_front();
            call.reply_value(next.content);
            call.result().boolean(next.was_out);
            std::uint64_t const token = give_out(call.keeper, asked, std::move(next.content));
            if (token != 0) call.result().integer(std::int64_t(token));
            return serve(call.keeper);
        }
        if (is_closed_ && reserved_.empty()) throw refusal{server_error::queue_closed};
        if (wait == 0) throw refusal{server_error::timed_out};
        takers_.add(asked);
        call.park(*this, asked);
    }
    /// The item leaves the queue: for ever, or until ack, nack or the end of the client.
    std::uint64_t give_out(object_keeper& keeper, parked_call const& to, server_value content) {
        if (to.detail == 0) {
            server_detail::release_all(keeper, content);
            taken_[{to.session, to.sequence}] = std::move(content);
            if (taken_.size() > most_remembered) taken_.erase(taken_.begin());
            return 0;
        }
        std::uint64_t const token = keeper.next_token();
        reserved_.insert({token, {to.session, to.sequence, std::move(content)}});
        keeper.note_held(to.session, *this);
        return token;
    }
    void serve(object_keeper& keeper) {
        for (;;) {
            while (!takers_.empty() && !items_.empty()) {
                parked_call const next = takers_.take_front();
                item first = std::move(items_.front());
                items_.pop_front();
                server_value const content = first.content;
                std::uint64_t const token = give_out(keeper, next, std::move(first.content));
                if (token == 0) {
                    server_detail::reply_parked(keeper, next, {}, content, first.was_out);
                } else {
                    server_detail::reply_parked(keeper, next, {}, content, first.was_out,
                                                std::int64_t(token));
                }
            }
            if (putters_.empty() || items_.size() >= capacity_) break;
            parked_call next = putters_.take_front();
            ++unfinished_;
            items_.push_back({std::move(next.item)});
            server_detail::reply_parked(keeper, next, {});
        }
        if (is_closed_ && items_.empty() && reserved_.empty())
            takers_.reply_all(keeper, server_error::queue_closed);
    }
    void settle(server_call& call, bool back) {
        auto const found = reserved_.find(static_cast<std::uint64_t>(call.integer()));
        call.no_more();
        if (found == reserved_.end() || found->second.session != call.session)
            throw refusal{server_error::not_owner};
        if (back) items_.push_front({std::move(found->second.content), true});
        else server_detail::release_all(call.keeper, found->second.content);
        reserved_.erase(found);
        serve(call.keeper);
    }
    void task_done(server_call& call) {
        if (unfinished_ == 0) throw refusal{server_error::released_too_often};
        if (--unfinished_ == 0) joiners_.reply_all(call.keeper, {});
    }
    void join(server_call& call) {
        std::int64_t const wait = call.integer_or(-1);
        call.no_more();
        if (unfinished_ == 0) return;
        if (wait == 0) throw refusal{server_error::timed_out};
        parked_call const asleep = call.to_park(wait);
        joiners_.add(asleep);
        call.park(*this, asleep);
    }
    /// Nothing more is put; what is in can still be taken.
    void close_for_puts(object_keeper& keeper) {
        is_closed_ = true;
        while (!putters_.empty()) {
            parked_call const next = putters_.take_front();
            server_detail::release_all(keeper, next.item);
            server_detail::reply_parked(keeper, next, server_error::queue_closed);
        }
        serve(keeper);
    }

    static constexpr std::size_t most_remembered = 64;

    std::size_t capacity_ = most_items;
    std::uint64_t unfinished_ = 0;
    bool is_closed_ = false;
    std::deque<item> items_;
    std::map<std::uint64_t, reservation> reserved_;
    std::map<std::pair<session_id, std::uint64_t>, server_value> taken_;
    server_detail::waiting_calls takers_;
    server_detail::waiting_calls putters_;
    server_detail::waiting_calls joiners_;
};

}  // namespace racekit
