// SPDX-License-Identifier: MIT
// server_core: all that a server process keeps and decides, without input, output or a clock.
//
//     std::string replies...;
//     session_id const client = core.connect(instance, now);
//     core.request(client, bytes, now);          // replies go to the sink, now or later
//     core.advance(now);                         // at next_deadline() at the latest
//     core.disconnect(client, now);              // what it held is granted on
//
// Progress:  wait-free; each call does one request's work. One thread.
// Invariant: the number of an object or of a session is never used again. An object lives while it
//            has a name, a session has its handle, or the handle is in what the server keeps. A
//            session that has ended holds nothing and waits for nothing.
// Ordering:  requests take effect one after another, in the order in which they come.
// Death:     disconnect() is all that the death of a client is: its leases are granted on, its
//            waiting calls are removed, its handles are dropped.
// Retry:     a client repeats a request with the same sequence number, under the same instance; it
//            is done once, and answered again. Of each session the replies to its last 64 requests
//            that change something are remembered, for `remember` after it ended.
// Errors:    in the replies: server_error.
#pragma once

#include <racekit/server/data_objects.hpp>
#include <racekit/server/lock_objects.hpp>
#include <racekit/server/meeting_objects.hpp>
#include <racekit/server/object.hpp>
#include <racekit/server/server_steps.hpp>

#include <array>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace racekit {

/// Where replies go.
class reply_sink {
public:
    virtual void reply(session_id to, std::string_view message) = 0;
    /// The same client has come back over another connection: the old one is to be closed.
    virtual void superseded(session_id) {}

protected:
    ~reply_sink() = default;
};

/// 128 random bits that a client chooses when it starts.
struct client_instance {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    friend constexpr auto operator<=>(client_instance const&, client_instance const&) = default;
};

struct core_limits {
    std::size_t objects = 1'000'000;
    std::size_t waiting_calls = 1024;                      // of one client
    std::size_t remembered_bytes = std::size_t{1} << 20U;  // of one client's replies
    duration remember = std::chrono::seconds(60);
    std::size_t remembered_sessions = 16384;  // that ended; of more the first is forgotten
    std::size_t reply_bytes = std::size_t{16} << 20U;
    codec_limits codec = {};
};

template <class steps = server_steps>
class basic_server_core final : private object_keeper {
public:
    explicit basic_server_core(reply_sink& sink, core_limits limits = {})
        : sink_(sink), limits_(limits) {}
    basic_server_core(basic_server_core const&) = delete;
    basic_server_core& operator=(basic_server_core const&) = delete;

    // What happens.

    /// A client that comes back within `remember` gets its session again.
    session_id connect(client_instance who, deadline now) {
        now_ = now;
        auto [at, is_new] = instances_.try_emplace(who, next_session_);
        if (is_new) {
            ++next_session_;
            sessions_[at->second].instance = who;
        } else if (sessions_[at->second].is_connected) {
            sink_.superseded(at->second);
            disconnect(at->second, now);
        }
        session& one = sessions_[at->second];
        to_forget_.erase({one.forgotten_at, at->second});
        one.forgotten_at = never;
        one.is_connected = true;
        ++connected_;
        return at->second;
    }

    void disconnect(session_id who, deadline now) {
        now_ = now;
        auto const found = sessions_.find(who);
        if (found == sessions_.end() || !found->second.is_connected) return;
        session& gone = found->second;
        gone.is_connected = false;
        --connected_;
        // From the back: what was asked last was never begun.
        while (!gone.waiting.empty()) {
            auto const last = std::prev(gone.waiting.end());
            std::uint64_t const sequence = last->first;
            server_object& at = *last->second.at;
            forget_waiting(gone, who, sequence);
            (void)at.stop_waiting(*this, who, sequence, stop_reason::client_gone);
            gone.remembered.drop(sequence);
        }
        for (std::uint64_t const id : std::exchange(gone.held, {})) {
            if (!steps::end_leases) continue;
            if (server_object* const held = find({id})) held->session_ended(*this, who);
        }
        for (auto const& [id, count] : std::exchange(gone.handles, {}))
            drop_references({id}, count);
        release_dropped();
        gone.forgotten_at = from_now(now, limits_.remember);
        to_forget_.insert({gone.forgotten_at, who});
        while (to_forget_.size() > limits_.remembered_sessions) forget_first();
    }

    /// After a restart: nobody is connected, and all may come back.
    void disconnect_all(deadline now) {
        for (auto const& [who, one] : sessions_by_instance()) disconnect(one, now);
    }

    /// One message of a client. A message that is no request at all is answered with `malformed`;
    /// false: it was so, and the connection should be closed.
    bool request(session_id who, std::string_view message, deadline now) {
        now_ = now;
        auto const found = sessions_.find(who);
        if (found == sessions_.end() || !found->second.is_connected) return false;
        ++requests_;
        value_reader from(message, limits_.codec);
        std::size_t size = 0;
        std::int64_t sequence = 0;
        std::int64_t what = 0;
        std::int64_t object = 0;
        if (!from.array(size) || size < 3 || !from.integer(sequence) || !from.integer(what) ||
            !from.integer(object) || sequence < 1 || object < 0) {
            answer(found->second, who, 0, server_error::malformed, 0, {});
            return false;
        }
        do_request(who, found->second, static_cast<std::uint64_t>(sequence), what,
                   {static_cast<std::uint64_t>(object)}, from, size - 3);
        release_dropped();
        return true;
    }

    /// Deadlines that have passed.
    void advance(deadline now) {
        now_ = now;
        while (!timeouts_.empty() && std::get<0>(*timeouts_.begin()) <= now) {
            auto const [limit, who, sequence] = *timeouts_.begin();
            timeouts_.erase(timeouts_.begin());
            time_out(who, sequence);
        }
        while (!leases_.empty() && leases_.begin()->first <= now) {
            std::uint64_t const id = leases_.begin()->second;
            leases_.erase(leases_.begin());
            if (server_object* const one = find({id})) one->lease_ended(*this);
        }
        while (!offers_.empty() && offers_.begin()->first <= now) {
            std::uint64_t const id = offers_.begin()->second;
            offers_.erase(offers_.begin());
            drop_references({id}, 1);
        }
        while (!to_forget_.empty() && to_forget_.begin()->first <= now) forget_first();
        release_dropped();
    }

    /// When advance() is to be called.
    [[nodiscard]] deadline next_deadline() const {
        deadline next = never;
        if (!timeouts_.empty()) next = std::get<0>(*timeouts_.begin());
        if (!leases_.empty()) next = std::min(next, leases_.begin()->first);
        if (!offers_.empty()) next = std::min(next, offers_.begin()->first);
        if (!to_forget_.empty()) next = std::min(next, to_forget_.begin()->first);
        return next;
    }

    /// From here on requests that would change something are refused (draining), but what lets
    /// waiting calls end: release, ack, nack, task_done, drop.
    void begin_drain() { is_draining_ = true; }
    [[nodiscard]] bool is_draining() const { return is_draining_; }
    /// All that still waits gets `draining`.
    void end_waiting(deadline now) {
        now_ = now;
        for (auto& [who, one] : sessions_) {
            while (!one.waiting.empty()) {
                auto const [sequence, call] = *one.waiting.begin();
                forget_waiting(one, who, sequence);
                (void)call.at->stop_waiting(*this, who, sequence, stop_reason::withdrawn);
                if (steps::finish) answer(one, who, sequence, server_error::draining, 0, {});
            }
        }
        release_dropped();
    }

    // What there is.

    [[nodiscard]] bool has_name(std::string const& name) const { return names_.count(name) > 0; }
    [[nodiscard]] std::size_t objects() const { return objects_.size(); }
    [[nodiscard]] std::size_t clients() const { return connected_; }
    [[nodiscard]] std::size_t waiting_calls() const { return waiting_; }
    /// Whether a client holds something or waits: then its end matters to others.
    [[nodiscard]] bool has_obligations() const {
        for (auto const& [who, one] : sessions_) {
            if (!one.held.empty() || !one.waiting.empty()) return true;
        }
        return false;
    }
    [[nodiscard]] std::uint64_t requests() const { return requests_; }
    [[nodiscard]] server_value metrics() {
        std::int64_t leases = 0;
        for (auto const& [who, one] : sessions_) leases += std::int64_t(one.held.size());
        std::int64_t queued = 0;
        for (auto const& [id, one] : objects_) {
            if (one->type == object_type::queue) queued += std::int64_t(one->size());
        }
        return server_value::map{{"clients", connected_},
                                 {"objects", objects_.size()},
                                 {"leases", leases},
                                 {"waiting_calls", waiting_},
                                 {"queued_items", queued},
                                 {"requests", requests_},
                                 {"repeated_requests", repeated_},
                                 {"refused_requests", refused_}};
    }

    /// As a client would with create; for a server that starts with objects. False: the name or the
    /// arguments are wrong.
    bool make(object_type type, std::string const& name, server_value const& argument = {}) {
        std::string encoded;
        std::string unused;
        value_writer into(encoded);
        if (!argument.is_nil()) into.value(argument);
        server_call call(*this, 0, 0, operation::create, value_reader(encoded),
                         argument.is_nil() ? 0 : 1, unused);
        try {
            return make_object(call, type, name) != nullptr;
        } catch (refusal const&) {
            return false;
        }
    }

    /// What an operation without arguments that only reads says of an object; nil if it says
    /// nothing.
    [[nodiscard]] server_value look(object_id which, operation what = operation::get) {
        server_object* const on = find(which);
        if (on == nullptr || !only_reads(what)) return {};
        std::string results;
        server_call call(*this, 0, 0, what, value_reader({}), 0, results);
        try {
            on->apply(call);
        } catch (refusal const&) {
            return {};
        }
        return results.empty() ? server_value() : value_reader(results, {32, SIZE_MAX}).value();
    }

private:
    struct waiting_call {
        server_object* at = nullptr;
        deadline limit = never;
    };

    /// The replies to the last requests of one client.
    class remembered_replies {
    public:
        static constexpr std::size_t most = 64;
        enum class state { unknown, waiting, answered };
        struct one {
            std::uint64_t sequence = 0;
            state how = state::unknown;
            object_id object;
            bool is_known = true;  // or the reply was too long to be kept
            std::string reply;
        };

        one& begin(std::uint64_t sequence, object_id object) {
            if (all_.empty()) all_.resize(8);
            while (all_.size() < most && at(sequence).how != state::unknown) grow();
            one& made = at(sequence);
            bytes -= made.reply.size();
            made.sequence = sequence;
            made.how = state::waiting;
            made.object = object;
            made.is_known = true;
            if (made.reply.capacity() > longest_kept) server_detail::free_memory(made.reply);
            made.reply.clear();
            newest = std::max(newest, sequence);
            return made;
        }
        [[nodiscard]] one* find(std::uint64_t sequence) {
            if (all_.empty() || at(sequence).sequence != sequence ||
                at(sequence).how == state::unknown)
                return nullptr;
            return &at(sequence);
        }
        void drop(std::uint64_t sequence) {
            if (one* const found = find(sequence)) found->how = state::unknown;
            if (sequence == newest) --newest;
        }
        std::uint64_t newest = 0;
        std::size_t bytes = 0;

    private:
        static constexpr std::size_t longest_kept = 256;  // memory of a reply that is used again
        one& at(std::uint64_t sequence) { return all_[sequence % all_.size()]; }
        void grow() {
            std::vector<one> const old = std::exchange(all_, std::vector<one>(2 * all_.size()));
            for (one const& each : old) {
                if (each.how != state::unknown) at(each.sequence) = each;
            }
        }
        std::vector<one> all_;
    };

    struct session {
        client_instance instance;
        bool is_connected = false;
        deadline forgotten_at = never;
        std::map<std::uint64_t, waiting_call> waiting;             // by sequence
        std::set<std::uint64_t> held;                              // objects
        std::unordered_map<std::uint64_t, std::uint64_t> handles;  // how often it has each
        remembered_replies remembered;
    };

    /// A copy: what is done to one may change the others.
    [[nodiscard]] std::map<client_instance, session_id> sessions_by_instance() const {
        return instances_;
    }

    // Requests.

    void forget_first() {
        session_id const who = to_forget_.begin()->second;
        to_forget_.erase(to_forget_.begin());
        instances_.erase(sessions_[who].instance);
        sessions_.erase(who);
    }

    void do_request(session_id who, session& from, std::uint64_t sequence, std::int64_t number,
                    object_id object, value_reader arguments, std::size_t count) {
        if (number < 0 || number >= std::int64_t(operations))
            return answer(from, who, sequence, server_error::no_such_operation, 0, {});
        auto const what = static_cast<operation>(number);
        bool const is_remembered = !only_reads(what) && what != operation::cancel;
        if (is_remembered && steps::once) {
            if (answer_again(who, from, sequence)) return;
            (void)from.remembered.begin(sequence, object);
        }
        server_error error{};
        results_.clear();
        server_call call(*this, who, sequence, what, arguments, count, results_);
        try {
            if (is_draining_ && !ends_something(what)) throw refusal{server_error::draining};
            perform(call, object);
        } catch (refusal const& why) {
            error = why.why;
        } catch (std::bad_alloc const&) {
            error = server_error::no_memory;
        }
        if (call.is_parked && error == server_error{}) return;
        if (error == server_error{} && results_.size() > limits_.reply_bytes)
            error = server_error::too_long;
        if (error != server_error{}) {
            ++refused_;
            return answer(from, who, sequence, error, 0, {});
        }
        answer(from, who, sequence, error, call.results(), results_);
    }

    /// A request that was seen before. False: it was not.
    bool answer_again(session_id who, session& from, std::uint64_t sequence) {
        if (sequence > from.remembered.newest) return false;
        ++repeated_;
        auto* const seen = from.remembered.find(sequence);
        if (seen == nullptr && sequence + remembered_replies::most > from.remembered.newest)
            return --repeated_, false;  // it was withdrawn, or came out of order
        if (seen == nullptr || !seen->is_known) {
            answer(from, who, sequence, server_error::outcome_unknown, 0, {}, false);
        } else if (seen->how == remembered_replies::state::answered) {
            sink_.reply(who, seen->reply);
        }
        return true;  // what still waits is answered later
    }

    static bool ends_something(operation what) {
        switch (what) {
            case operation::release:
            case operation::ack:
            case operation::nack:
            case operation::task_done:
            case operation::drop:
            case operation::cancel:
            case operation::drain: return true;
            default: return only_reads(what);
        }
    }

    void perform(server_call& call, object_id object) {
        if (call.what == operation::guarded) return perform_guarded(call);
        if (object.number == 0) return directory(call);
        server_object* const on = find(object);
        if (on == nullptr) throw refusal{server_error::no_such_object};
        on->apply(call);
    }
    /// Arguments: a lock, its token, and the request: operation, object, arguments. It is done if
    /// the lock is held with that token.
    void perform_guarded(server_call& call) {
        object_id const lock = call.handle();
        auto const token = static_cast<std::uint64_t>(call.integer());
        std::int64_t const what = call.integer();
        object_id const object{static_cast<std::uint64_t>(call.integer())};
        if (what < 0 || what >= std::int64_t(operations) ||
            what == std::int64_t(operation::guarded) || what == std::int64_t(operation::create))
            throw refusal{server_error::no_such_operation};
        server_object* const guard = find(lock);
        if (guard == nullptr) throw refusal{server_error::no_such_object};
        if (steps::check_token && !guard->is_held_with(token))
            throw refusal{server_error::stale_token};
        server_call inner(*this, call.session, call.sequence, static_cast<operation>(what),
                          call.reader(), call.count_left(), results_);
        perform(inner, object);
        call.is_parked = inner.is_parked;
        for (std::size_t each = 0; each < inner.results(); ++each) (void)call.result();
    }

    void directory(server_call& call) {
        switch (call.what) {
            case operation::ping: return call.no_more();
            case operation::create: return create(call);
            case operation::open: return open(call);
            case operation::retain: {
                object_id const id = call.handle();
                call.no_more();
                if (find(id) == nullptr) throw refusal{server_error::no_such_object};
                return hand(call.session, id);
            }
            case operation::drop: return drop(call);
            case operation::offer: return offer(call);
            case operation::remove: return remove(call);
            case operation::names: {
                call.no_more();
                value_writer into = call.result();
                into.array(names_.size());
                for (auto const& [name, id] : names_) into.text(name);
                return;
            }
            case operation::metrics: call.no_more(); return call.reply_value(metrics());
            case operation::drain: call.no_more(); return begin_drain();
            case operation::cancel: return cancel(call);
            default: throw refusal{server_error::no_such_operation};
        }
    }

    /// Arguments: type, name or nil, and those of the type. Results: the handle, and the type.
    void create(server_call& call) {
        object_type type{};
        if (!from_text(call.text(), type) || type == object_type::directory)
            throw refusal{server_error::wrong_argument};
        std::string name;
        if (call.next_is_nil()) {
            (void)call.value();
        } else {
            name = call.text();
            if (name.empty()) throw refusal{server_error::wrong_argument};
        }
        server_object const* const made = make_object(call, type, name);
        call.result().handle(made->id);
        call.result().text(to_text(made->type));
        hand(call.session, made->id);
    }
    void open(server_call& call) {
        auto const found = names_.find(std::string(call.text()));
        call.no_more();
        if (found == names_.end()) throw refusal{server_error::no_such_object};
        call.result().handle({found->second});
        call.result().text(to_text(find({found->second})->type));
        hand(call.session, {found->second});
    }
    /// The session has the handle no more.
    void drop(server_call& call) {
        object_id const id = call.handle();
        call.no_more();
        auto& handles = sessions_[call.session].handles;
        auto const found = handles.find(id.number);
        if (found == handles.end()) throw refusal{server_error::not_owner};
        if (--found->second == 0) handles.erase(found);
        drop_references(id, 1);
    }
    /// Keeps an object for a while, so that a client which was sent its number can retain it.
    void offer(server_call& call) {
        object_id const id = call.handle();
        std::int64_t const span = call.integer_or(60'000);
        call.no_more();
        server_object* const one = find(id);
        if (one == nullptr) throw refusal{server_error::no_such_object};
        if (span < 1 || span > 3'600'000) throw refusal{server_error::wrong_argument};
        ++one->references;
        offers_.emplace(from_now(now_, std::chrono::milliseconds(span)), id.number);
    }
    /// The name goes; the object lives while a client has its handle.
    void remove(server_call& call) {
        auto const found = names_.find(std::string(call.text()));
        call.no_more();
        if (found == names_.end()) throw refusal{server_error::no_such_object};
        object_id const id{found->second};
        names_.erase(found);
        find(id)->name.clear();
        drop_references(id, 1);
    }
    /// The client waits no more for the call of that number: one that waits is removed, a grant
    /// that was sent is taken back. Result: whether there was one.
    void cancel(server_call& call) {
        auto const sequence = static_cast<std::uint64_t>(call.integer());
        call.no_more();
        session& from = sessions_[call.session];
        auto const found = from.waiting.find(sequence);
        if (found != from.waiting.end()) {
            server_object& at = *found->second.at;
            forget_waiting(from, call.session, sequence);
            (void)at.stop_waiting(*this, call.session, sequence, stop_reason::withdrawn);
            return call.result().boolean(true);
        }
        auto* const seen = from.remembered.find(sequence);
        server_object* const on = seen == nullptr ? nullptr : find(seen->object);
        if (on != nullptr) on->take_back(*this, call.session, sequence);
        call.result().boolean(on != nullptr);
    }

    // Objects.

    server_object* make_object(server_call& call, object_type type, std::string const& name) {
        if (!name.empty() && names_.count(name) > 0) throw refusal{server_error::name_in_use};
        if (objects_.size() >= limits_.objects) throw refusal{server_error::too_many};
        object_id const id{next_id()};
        std::unique_ptr<server_object> made = constructed(call, type, id);
        server_object* const one = made.get();
        objects_.emplace(id.number, std::move(made));
        if (!name.empty()) {
            one->name = name;
            ++one->references;
            names_.emplace(name, id.number);
        }
        return one;
    }
    std::unique_ptr<server_object> constructed(server_call& call, object_type type, object_id id) {
        switch (type) {
            case object_type::value: return std::make_unique<value_object>(id, call);
            case object_type::array:
            case object_type::list: return std::make_unique<sequence_object>(id, type, call);
            case object_type::dict:
            case object_type::name_space: return std::make_unique<dict_object>(id, type, call);
            case object_type::lock:
            case object_type::rlock: return std::make_unique<lock_object<steps>>(id, type, call);
            case object_type::semaphore:
            case object_type::bounded_semaphore:
                return std::make_unique<semaphore_object<steps>>(id, type, call);
            case object_type::condition: return std::make_unique<condition_object<steps>>(id, call);
            case object_type::event: return std::make_unique<event_object<steps>>(id, call);
            case object_type::barrier: return std::make_unique<barrier_object<steps>>(id, call);
            case object_type::queue: return std::make_unique<queue_object<steps>>(id, call);
            case object_type::directory: break;
        }
        throw refusal{server_error::wrong_argument};
    }
    std::uint64_t next_id() {
        if (steps::new_ids) return next_object_++;
        std::uint64_t free = 1;
        while (objects_.count(free) > 0) ++free;
        return free;
    }
    /// The session has the handle from now on.
    void hand(session_id to, object_id which) {
        auto const found = sessions_.find(to);
        server_object* const one = find(which);
        if (found == sessions_.end() || one == nullptr) return;
        ++one->references;
        ++found->second.handles[which.number];
    }
    void drop_references(object_id which, std::uint64_t count) {
        server_object* const one = find(which);
        if (one == nullptr) return;
        one->references -= std::min(one->references, count);
        if (one->references == 0) dropped_.push_back(which);
    }
    /// Objects that nothing refers to any more go, after the request that dropped them: its reply
    /// may have handed them to a client.
    void release_dropped() {
        while (!dropped_.empty()) {
            object_id const id = dropped_.back();
            dropped_.pop_back();
            auto const found = objects_.find(id.number);
            if (found == objects_.end() || found->second->references > 0) continue;
            std::unique_ptr<server_object> const gone = std::move(found->second);
            objects_.erase(found);
            gone->close(*this);
        }
    }

    // object_keeper

    std::uint64_t next_token() override { return next_token_++; }
    [[nodiscard]] deadline now() const override { return now_; }
    void park(server_object& at, parked_call const& call) override {
        session& from = sessions_[call.session];
        if (from.waiting.size() >= limits_.waiting_calls) {
            (void)at.stop_waiting(*this, call.session, call.sequence, stop_reason::withdrawn);
            throw refusal{server_error::too_many};
        }
        from.waiting[call.sequence] = {&at, call.limit};
        if (call.limit != never) timeouts_.insert({call.limit, call.session, call.sequence});
        ++waiting_;
    }
    void wait_elsewhere(parked_call const& call, server_object& at) override {
        session& from = sessions_[call.session];
        auto const found = from.waiting.find(call.sequence);
        if (found == from.waiting.end()) return;
        if (found->second.limit != never)
            timeouts_.erase({found->second.limit, call.session, call.sequence});
        found->second = {&at, never};
    }
    void reply_parked(parked_call const& call, server_error error, std::size_t results,
                      std::string_view encoded) override {
        auto const found = sessions_.find(call.session);
        if (found == sessions_.end() || !forget_waiting(found->second, call.session, call.sequence))
            return;
        answer(found->second, call.session, call.sequence, error, results, encoded);
    }
    void note_held(session_id session, server_object& which) override {
        sessions_[session].held.insert(which.id.number);
    }
    void note_lease(server_object& which, deadline limit) override {
        leases_.emplace(limit, which.id.number);
    }
    void retain(object_id which) override {
        if (server_object* const one = find(which)) ++one->references;
    }
    void release(object_id which) override { drop_references(which, 1); }
    void hand_over(session_id to, object_id which) override {
        if (steps::keep_handed) hand(to, which);
    }
    [[nodiscard]] server_object* find(object_id which) override {
        auto const found = objects_.find(which.number);
        return found == objects_.end() ? nullptr : found->second.get();
    }

    // Replies.

    void answer(session& to, session_id who, std::uint64_t sequence, server_error error,
                std::size_t results, std::string_view encoded, bool remember = true) {
        reply_.clear();
        value_writer into(reply_);
        into.array(2 + results);
        into.integer(std::int64_t(sequence));
        into.integer(std::int64_t(error));
        reply_ += encoded;
        remembered_replies& replies = to.remembered;
        if (auto* const seen = remember ? replies.find(sequence) : nullptr) {
            seen->how = remembered_replies::state::answered;
            seen->is_known = replies.bytes + reply_.size() <= limits_.remembered_bytes;
            if (seen->is_known) {
                seen->reply.assign(reply_);
                replies.bytes += reply_.size();
            }
        }
        if (to.is_connected) sink_.reply(who, reply_);
    }
    bool forget_waiting(session& from, session_id who, std::uint64_t sequence) {
        auto const found = from.waiting.find(sequence);
        if (found == from.waiting.end()) return false;
        if (found->second.limit != never) timeouts_.erase({found->second.limit, who, sequence});
        from.waiting.erase(found);
        --waiting_;
        return true;
    }
    void time_out(session_id who, std::uint64_t sequence) {
        session& from = sessions_[who];
        auto const found = from.waiting.find(sequence);
        if (found == from.waiting.end()) return;
        found->second.limit = never;
        server_object& at = *found->second.at;
        if (at.stop_waiting(*this, who, sequence, stop_reason::timed_out)) return;
        if (forget_waiting(from, who, sequence))
            answer(from, who, sequence, server_error::timed_out, 0, {});
    }

    reply_sink& sink_;
    core_limits limits_;
    deadline now_ = deadline::min();
    bool is_draining_ = false;

    std::uint64_t next_object_ = 1;
    std::uint64_t next_token_ = 1;
    session_id next_session_ = 1;
    std::unordered_map<std::uint64_t, std::unique_ptr<server_object>> objects_;
    std::map<std::string, std::uint64_t> names_;
    std::vector<object_id> dropped_;

    std::unordered_map<session_id, session> sessions_;
    std::map<client_instance, session_id> instances_;
    std::size_t connected_ = 0;
    std::size_t waiting_ = 0;

    std::set<std::tuple<deadline, session_id, std::uint64_t>> timeouts_;
    std::multimap<deadline, std::uint64_t> leases_;
    std::multimap<deadline, std::uint64_t> offers_;
    std::set<std::pair<deadline, session_id>> to_forget_;

    std::uint64_t requests_ = 0;
    std::uint64_t repeated_ = 0;
    std::uint64_t refused_ = 0;

    std::string results_;  // of the request that is looked at
    std::string reply_;
};

using server_core = basic_server_core<>;

}  // namespace racekit
