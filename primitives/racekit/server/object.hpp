// SPDX-License-Identifier: MIT
// server_object: what the objects of a server process have in common, and how they answer.
//
// An object is a plain state machine of one thread: it does no input or output and knows no clock.
// A request reaches it as a server_call; it replies at once, or parks the call as a waiter and
// replies when a later request, a deadline or the end of a client lets it.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/server/codec.hpp>
#include <racekit/server/errors.hpp>
#include <racekit/server/operations.hpp>
#include <racekit/server/server_value.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace racekit {

/// The number of a client for the life of the server; never used again.
using session_id = std::uint64_t;

/// Thrown by an object before it has changed anything; the client gets the error.
struct refusal {
    server_error why;
};

class server_object;

/// Why a call waits no more.
enum class stop_reason : std::uint8_t { timed_out, withdrawn, client_gone };

/// A request that waits for its reply.
struct parked_call {
    session_id session = 0;
    std::uint64_t sequence = 0;
    deadline limit = never;
    std::int64_t lease = 0;  // milliseconds that what it waits for may be held; 0: no limit
    std::uint64_t detail = 0;
    server_value item = {};
};

/// What objects ask of the server that keeps them.
class object_keeper {
public:
    /// Greater than all before.
    virtual std::uint64_t next_token() = 0;
    [[nodiscard]] virtual deadline now() const = 0;
    /// The call waits in `at` until reply_parked() or its limit.
    virtual void park(server_object& at, parked_call const& call) = 0;
    /// The call waits in another object from now on, without a limit.
    virtual void wait_elsewhere(parked_call const& call, server_object& at) = 0;
    /// `encoded` are that many results, one after another.
    virtual void reply_parked(parked_call const& call, server_error error, std::size_t results,
                              std::string_view encoded) = 0;
    /// The session holds something of `which`: session_ended() is called when it ends.
    virtual void note_held(session_id session, server_object& which) = 0;
    /// At `limit` the object's lease_ended() is called.
    virtual void note_lease(server_object& which, deadline limit) = 0;
    /// A handle in what the server keeps.
    virtual void retain(object_id which) = 0;
    virtual void release(object_id which) = 0;
    /// The session gets the handle of `which` in a reply.
    virtual void hand_over(session_id to, object_id which) = 0;
    [[nodiscard]] virtual server_object* find(object_id which) = 0;

protected:
    ~object_keeper() = default;
};

/// One request, while it is looked at.
class server_call {
public:
    server_call(object_keeper& keeper, session_id session, std::uint64_t sequence, operation what,
                value_reader arguments, std::size_t count, std::string& results)
        : keeper(keeper),
          session(session),
          sequence(sequence),
          what(what),
          results_(results),
          arguments_(arguments),
          left_(count) {}

    // Arguments, in order. Each throws refusal{wrong_argument} if there is none of that type.
    std::int64_t integer() {
        std::int64_t found = 0;
        take();
        if (!arguments_.integer(found)) throw refusal{server_error::wrong_argument};
        return found;
    }
    std::int64_t integer_or(std::int64_t otherwise) { return left_ > 0 ? integer() : otherwise; }
    std::string_view text() {
        std::string_view found;
        take();
        if (!arguments_.text(found)) throw refusal{server_error::wrong_argument};
        return found;
    }
    /// A handle, or its number.
    object_id handle() {
        object_id found;
        if (next_is_integer()) return {static_cast<std::uint64_t>(integer())};
        take();
        if (!arguments_.handle(found)) throw refusal{server_error::wrong_argument};
        return found;
    }
    server_value value() {
        take();
        server_value found = arguments_.value();
        if (arguments_.failed()) throw refusal{arguments_.error()};
        return found;
    }
    server_value key() {
        server_value found = value();
        if (!found.is_key()) throw refusal{server_error::wrong_argument};
        return found;
    }
    [[nodiscard]] bool has_more() const { return left_ > 0; }
    [[nodiscard]] bool next_is_integer() const { return left_ > 0 && arguments_.is_integer(); }
    [[nodiscard]] bool next_is_nil() const { return left_ > 0 && arguments_.is_nil(); }
    [[nodiscard]] std::size_t count_left() const { return left_; }
    [[nodiscard]] value_reader const& reader() const { return arguments_; }
    /// All arguments were taken.
    void no_more() const {
        if (left_ > 0 || arguments_.left() > 0) throw refusal{server_error::wrong_argument};
    }

    // Results, in order.
    value_writer result() {
        ++count_;
        return value_writer(results_);
    }
    void reply_value(server_value const& given) {
        result().value(given);
        hand_over(given);
    }
    /// The client will have the handles in `given`, which is in the reply.
    void hand_over(server_value const& given) {
        given.each_handle([&](object_id each) { keeper.hand_over(session, each); });
    }
    [[nodiscard]] std::size_t results() const { return count_; }

    /// How the call waits: `wait` in milliseconds, below 0 without a limit.
    [[nodiscard]] parked_call to_park(std::int64_t wait) const {
        deadline limit = never;
        if (wait >= 0) limit = from_now(keeper.now(), saturated(std::chrono::milliseconds(wait)));
        return {session, sequence, limit};
    }
    /// It waits in `at`; there is no reply now.
    void park(server_object& at, parked_call const& call) {
        keeper.park(at, call);
        is_parked = true;
    }

    object_keeper& keeper;
    session_id const session;
    std::uint64_t const sequence;
    operation const what;
    bool is_parked = false;

private:
    void take() {
        if (left_ == 0) throw refusal{server_error::wrong_argument};
        --left_;
    }

    std::string& results_;
    std::size_t count_ = 0;
    value_reader arguments_;
    std::size_t left_;
};

/// An object. `references` counts the name, the sessions that have its handle, and the handles in
/// what the server keeps.
class server_object {
public:
    server_object(object_id id, object_type type) : id(id), type(type) {}
    virtual ~server_object() = default;
    server_object(server_object const&) = delete;
    server_object& operator=(server_object const&) = delete;

    /// Does what is asked, as one step. Throws refusal, before it has changed anything.
    virtual void apply(server_call& call) = 0;
    /// A waiting call is to wait no more. True: the object replies to it nevertheless, later.
    virtual bool stop_waiting(object_keeper&, session_id, std::uint64_t, stop_reason) {
        return false;
    }
    /// The session has ended: what it holds is free, its waiting calls are gone.
    virtual void session_ended(object_keeper&, session_id) {}
    /// The client took no notice of the reply to that call: what it granted is taken back.
    virtual void take_back(object_keeper&, session_id, std::uint64_t) {}
    /// The time of a lease is over.
    virtual void lease_ended(object_keeper&) {}
    /// The object goes: waiting calls get no_such_object, handles in it are released.
    virtual void close(object_keeper&) {}
    /// How much is in it, and how many calls wait.
    [[nodiscard]] virtual std::size_t size() const { return 0; }
    [[nodiscard]] virtual std::size_t waiters() const { return 0; }
    /// Whether the lease of that number holds now.
    [[nodiscard]] virtual bool is_held_with(std::uint64_t) const { return false; }

    object_id const id;
    object_type const type;
    std::uint64_t references = 0;
    std::string name;  // empty: none

protected:
    [[noreturn]] static void no_such_operation() { throw refusal{server_error::no_such_operation}; }
};

namespace server_detail {

/// An assignment of an empty string would keep the memory.
inline void free_memory(std::string& of) { std::string().swap(of); }

inline void retain_all(object_keeper& keeper, server_value const& what) {
    what.each_handle([&](object_id each) { keeper.retain(each); });
}
inline void release_all(object_keeper& keeper, server_value const& what) {
    what.each_handle([&](object_id each) { keeper.release(each); });
}

/// Encodes the results of a call that waited.
template <class... Results>
void reply_parked(object_keeper& keeper, parked_call const& call, server_error error,
                  Results const&... results) {
    std::string encoded;
    value_writer into(encoded);
    auto const put = [&](server_value const& one) {
        into.value(one);
        one.each_handle([&](object_id each) { keeper.hand_over(call.session, each); });
    };
    (put(server_value(results)), ...);
    keeper.reply_parked(call, error, sizeof...(results), encoded);
}

/// Calls in the order in which they came.
class waiting_calls {
public:
    void add(parked_call call) { calls_.push_back(std::move(call)); }
    [[nodiscard]] bool empty() const { return calls_.empty(); }
    [[nodiscard]] std::size_t size() const { return calls_.size(); }
    [[nodiscard]] parked_call const& front() const { return calls_.front(); }
    parked_call take_front() {
        parked_call first = std::move(calls_.front());
        calls_.pop_front();
        return first;
    }
    /// False: it is not here.
    bool remove(session_id session, std::uint64_t sequence, parked_call* removed = nullptr) {
        auto const found = std::find_if(calls_.begin(), calls_.end(), [&](auto const& each) {
            return each.session == session && each.sequence == sequence;
        });
        if (found == calls_.end()) return false;
        if (removed != nullptr) *removed = std::move(*found);
        calls_.erase(found);
        return true;
    }
    [[nodiscard]] bool has(session_id session) const {
        return std::any_of(calls_.begin(), calls_.end(),
                           [&](auto const& each) { return each.session == session; });
    }
    void reply_all(object_keeper& keeper, server_error error) {
        for (std::deque<parked_call> all = std::exchange(calls_, {}); !all.empty(); all.pop_front())
            server_detail::reply_parked(keeper, all.front(), error);
    }

private:
    std::deque<parked_call> calls_;
};

}  // namespace server_detail

}  // namespace racekit
