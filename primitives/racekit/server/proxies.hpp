// SPDX-License-Identifier: MIT
// proxies: a typed client's view of each type of object that a server process keeps.
//
//     auto counter = client.open<racekit::value_proxy>("counter");
//     if (!counter) return counter.error;
//     auto const before = counter.value.add(1);     // one step at the server
//
// A proxy is the client, and the number of an object. One that the client made or opened keeps the
// object alive until the proxy is destroyed or the client ends; a copy is not made by accident:
// proxies move. Every call has a deadline, the client's default if none is given.
//
// Errors: see server_client. A call on a proxy without an object is no_such_object.
#pragma once

#include <racekit/server/server_client.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace racekit {

/// What a call brought: `value` means nothing with an error.
template <class T>
struct answer {
    T value{};
    std::error_code error;

    [[nodiscard]] explicit operator bool() const noexcept { return !error; }
};

/// A lock that was granted. The token is greater than those of all earlier grants.
struct lease {
    std::uint64_t token = 0;
    bool owner_died = false;  ///< the last holder died or overran its time: repair what it guards
};

namespace proxy_detail {

inline void read(value_reader& from, std::int64_t& into) { (void)from.integer(into); }
inline void read(value_reader& from, server_value& into) { into = from.value(); }
inline void read(value_reader& from, bool& into) {
    server_value const got = from.value();
    if (auto const* flag = got.as<bool>()) into = *flag;
}
inline void read(value_reader& from, object_id& into) { (void)from.handle(into); }
inline void read(value_reader& from, std::string& into) {
    std::string_view text;
    if (from.text(text)) into = text;
}

/// The results of a reply, in order; one that is not of its type is malformed.
template <class... Parts>
std::error_code take(server_reply& reply, Parts&... parts) {
    if (reply.error) return reply.error;
    (read(reply.results, parts), ...);
    return reply.results.failed() ? make_error_code(reply.results.error()) : std::error_code{};
}
template <class T>
answer<T> as(server_reply reply) {
    answer<T> made;
    made.error = take(reply, made.value);
    return made;
}

}  // namespace proxy_detail

/// What all proxies have.
template <class Client>
class object_proxy {
public:
    object_proxy() = default;
    /// An object that something else keeps alive.
    object_proxy(Client& client, object_id id, bool owns = false)
        : client_(&client), id_(id), owns_(owns) {}
    object_proxy(object_proxy&& other) noexcept
        : client_(other.client_),
          id_(std::exchange(other.id_, {})),
          owns_(std::exchange(other.owns_, false)) {}
    object_proxy& operator=(object_proxy&& other) noexcept {
        if (this != &other) {
            drop();
            client_ = other.client_;
            id_ = std::exchange(other.id_, {});
            owns_ = std::exchange(other.owns_, false);
        }
        return *this;
    }
    ~object_proxy() { drop(); }

    [[nodiscard]] object_id id() const { return id_; }
    /// The object lives on without this proxy only if something else keeps it.
    void drop() {
        if (std::exchange(owns_, false))
            client_->tell(operation::drop, {}, std::int64_t(id_.number));
    }
    /// Keeps the object for `span`, so that a client that is sent the id can retain it.
    std::error_code offer(duration span = std::chrono::seconds(60)) {
        auto const whole = std::chrono::duration_cast<std::chrono::milliseconds>(span).count();
        return client_->call(operation::offer, {}, client_->default_limit(), id_, whole).error;
    }

protected:
    template <class... Arguments>
    server_reply ask(operation what, Arguments const&... arguments) {
        if (id_.number == 0) return {.error = server_error::no_such_object};
        return client_->call(what, id_, client_->default_limit(), arguments...);
    }
    template <class... Arguments>
    server_reply wait(operation what, deadline limit, Arguments const&... arguments) {
        if (id_.number == 0) return {.error = server_error::no_such_object};
        return client_->wait(what, id_, limit, arguments...);
    }
    Client& client() { return *client_; }

private:
    Client* client_ = nullptr;
    object_id id_;
    bool owns_ = false;
};

/// What was compared and perhaps exchanged.
struct exchanged {
    bool done = false;
    server_value before;
};

template <class Client>
class basic_value_proxy : public object_proxy<Client> {
public:
    static constexpr object_type type = object_type::value;
    using object_proxy<Client>::object_proxy;

    answer<server_value> get() { return proxy_detail::as<server_value>(this->ask(operation::get)); }
    std::error_code set(server_value const& next) { return this->ask(operation::set, next).error; }
    /// Adds in one step; the value before. Integers wrap.
    template <std::integral T>
    answer<std::int64_t> add(T amount) {
        return proxy_detail::as<std::int64_t>(this->ask(operation::add, std::int64_t(amount)));
    }
    answer<server_value> add(double amount) {
        return proxy_detail::as<server_value>(this->ask(operation::add, server_value(amount)));
    }
    answer<server_value> exchange(server_value const& next) {
        return proxy_detail::as<server_value>(this->ask(operation::exchange, next));
    }
    answer<exchanged> compare_exchange(server_value const& expected, server_value const& desired) {
        answer<exchanged> made;
        server_reply reply = this->ask(operation::compare_exchange, expected, desired);
        made.error = proxy_detail::take(reply, made.value.done, made.value.before);
        return made;
    }
    /// As exchange, if the lock `guard` is held with `token`; else stale_token.
    answer<server_value> exchange_guarded(object_id guard, std::uint64_t token,
                                          server_value const& next) {
        return proxy_detail::as<server_value>(this->client().call(
            operation::guarded, {}, this->client().default_limit(), std::int64_t(guard.number),
            std::int64_t(token), std::int64_t(operation::exchange), std::int64_t(this->id().number),
            next));
    }
};

/// list and array: elements in order. An index below 0 counts from the end.
template <class Client, object_type of>
class basic_sequence_proxy : public object_proxy<Client> {
public:
    static constexpr object_type type = of;
    static constexpr bool is_list = of == object_type::list;
    using object_proxy<Client>::object_proxy;

    answer<std::int64_t> size() {
        return proxy_detail::as<std::int64_t>(this->ask(operation::length));
    }
    answer<server_value> get(std::int64_t at) {
        return proxy_detail::as<server_value>(this->ask(operation::get, at));
    }
    std::error_code set(std::int64_t at, server_value const& next) {
        return this->ask(operation::set, at, next).error;
    }
    answer<server_value> add(std::int64_t at, server_value const& amount) {
        return proxy_detail::as<server_value>(this->ask(operation::add, at, amount));
    }
    answer<exchanged> compare_exchange(std::int64_t at, server_value const& expected,
                                       server_value const& desired) {
        answer<exchanged> made;
        server_reply reply = this->ask(operation::compare_exchange, at, expected, desired);
        made.error = proxy_detail::take(reply, made.value.done, made.value.before);
        return made;
    }
    /// All elements, as they are at one time.
    answer<server_value> snapshot() {
        return proxy_detail::as<server_value>(this->ask(operation::snapshot));
    }
    answer<server_value> slice(std::int64_t from, std::int64_t to) {
        return proxy_detail::as<server_value>(this->ask(operation::slice, from, to));
    }
    /// Several elements in one step.
    std::error_code assign(std::int64_t from, server_value::list const& next) {
        return this->ask(operation::assign, from, server_value(next)).error;
    }
    answer<bool> contains(server_value const& what) {
        return proxy_detail::as<bool>(this->ask(operation::contains, what));
    }
    answer<std::int64_t> index(server_value const& what) {
        return proxy_detail::as<std::int64_t>(this->ask(operation::index, what));
    }
    answer<std::int64_t> count(server_value const& what) {
        return proxy_detail::as<std::int64_t>(this->ask(operation::count, what));
    }

    std::error_code append(server_value const& what)
        requires is_list
    {
        return this->ask(operation::append, what).error;
    }
    std::error_code extend(server_value::list const& more)
        requires is_list
    {
        return this->ask(operation::extend, server_value(more)).error;
    }
    std::error_code insert(std::int64_t at, server_value const& what)
        requires is_list
    {
        return this->ask(operation::insert, at, what).error;
    }
    answer<server_value> pop(std::int64_t at = -1)
        requires is_list
    {
        return proxy_detail::as<server_value>(this->ask(operation::pop, at));
    }
    std::error_code remove(server_value const& what)
        requires is_list
    {
        return this->ask(operation::remove_value, what).error;
    }
    std::error_code reverse()
        requires is_list
    {
        return this->ask(operation::reverse).error;
    }
    std::error_code sort()
        requires is_list
    {
        return this->ask(operation::sort).error;
    }
    std::error_code clear()
        requires is_list
    {
        return this->ask(operation::clear).error;
    }
};

/// dict and namespace: values under keys (integers, texts, bytes; in a namespace texts).
template <class Client, object_type of>
class basic_dict_proxy : public object_proxy<Client> {
public:
    static constexpr object_type type = of;
    using object_proxy<Client>::object_proxy;

    answer<std::int64_t> size() {
        return proxy_detail::as<std::int64_t>(this->ask(operation::length));
    }
    answer<server_value> get(server_value const& key) {
        return proxy_detail::as<server_value>(this->ask(operation::get, key));
    }
    std::error_code set(server_value const& key, server_value const& next) {
        return this->ask(operation::set, key, next).error;
    }
    /// The entry, which becomes `otherwise` if there is none.
    answer<server_value> set_default(server_value const& key, server_value const& otherwise) {
        return proxy_detail::as<server_value>(this->ask(operation::set_default, key, otherwise));
    }
    /// Adds to an entry, which counts as 0 if there is none; the value before.
    answer<server_value> add(server_value const& key, server_value const& amount) {
        return proxy_detail::as<server_value>(this->ask(operation::add, key, amount));
    }
    /// No entry compares as nil.
    answer<exchanged> compare_exchange(server_value const& key, server_value const& expected,
                                       server_value const& desired) {
        answer<exchanged> made;
        server_reply reply = this->ask(operation::compare_exchange, key, expected, desired);
        made.error = proxy_detail::take(reply, made.value.done, made.value.before);
        return made;
    }
    /// Appends to the list in an entry; the length that it has then.
    answer<std::int64_t> append_to(server_value const& key, server_value const& what) {
        return proxy_detail::as<std::int64_t>(this->ask(operation::append_to, key, what));
    }
    answer<server_value> pop(server_value const& key) {
        return proxy_detail::as<server_value>(this->ask(operation::pop, key));
    }
    answer<bool> contains(server_value const& key) {
        return proxy_detail::as<bool>(this->ask(operation::contains, key));
    }
    /// Sets all of them in one step.
    std::error_code update(server_value::map const& entries) {
        return this->ask(operation::update, server_value(entries)).error;
    }
    answer<server_value> snapshot() {
        return proxy_detail::as<server_value>(this->ask(operation::snapshot));
    }
    answer<server_value> keys() {
        return proxy_detail::as<server_value>(this->ask(operation::keys));
    }
    std::error_code clear() { return this->ask(operation::clear).error; }
};

/// What lock, rlock and condition have in common. A limit for how long the lock may be held:
/// `hold`, after which it is granted on; duration::max() for none.
template <class Client>
class lockable_proxy : public object_proxy<Client> {
public:
    using object_proxy<Client>::object_proxy;

    /// Errors: timed_out, would_deadlock (not for rlock and condition).
    answer<lease> acquire(deadline limit = never, duration hold = duration::max()) {
        answer<lease> made;
        std::int64_t const most = milliseconds(hold);
        // The time to wait is the first argument, the time to hold the second.
        server_reply reply =
            most == 0 ? this->wait(operation::acquire, limit) : this->wait_holding(limit, most);
        std::int64_t token = 0;
        made.error = proxy_detail::take(reply, token, made.value.owner_died);
        made.value.token = static_cast<std::uint64_t>(token);
        return made;
    }
    answer<lease> try_acquire() { return acquire(deadline::min()); }
    /// Errors: not_owner, also when the lease has ended.
    std::error_code release() { return this->ask(operation::release).error; }
    /// The lease begins again, for `hold`.
    std::error_code renew(duration hold) {
        return this->ask(operation::renew, milliseconds(hold)).error;
    }

private:
    static std::int64_t milliseconds(duration span) {
        if (span == duration::max()) return 0;
        return std::max<std::int64_t>(1,
                                      std::chrono::ceil<std::chrono::milliseconds>(span).count());
    }
    server_reply wait_holding(deadline limit, std::int64_t most) {
        return this->client().wait_and(operation::acquire, this->id(), limit, most);
    }
};

template <class Client, object_type of>
class basic_lock_proxy : public lockable_proxy<Client> {
public:
    static constexpr object_type type = of;
    using lockable_proxy<Client>::lockable_proxy;
    /// The session that holds it, 0 for none.
    answer<std::int64_t> holder() {
        return proxy_detail::as<std::int64_t>(this->ask(operation::holder));
    }
};

template <class Client>
class basic_condition_proxy : public lockable_proxy<Client> {
public:
    static constexpr object_type type = object_type::condition;
    using lockable_proxy<Client>::lockable_proxy;

    /// Releases the lock, waits to be notified, and takes the lock again. The value: whether it was
    /// notified; the lock is held in either case. Error: not_owner.
    answer<bool> wait(deadline limit = never) {
        // The server has the lock to grant after its limit: the client waits for that.
        std::int64_t const span = Client::milliseconds_until(limit);
        answer<bool> made;
        std::int64_t token = 0;
        server_reply reply = this->client().call(operation::wait, this->id(), never, span);
        made.error = proxy_detail::take(reply, made.value, token);
        return made;
    }
    /// Until `holds()`, which is called with the lock held; false: the limit passed first.
    template <class Predicate>
    answer<bool> wait_for(Predicate holds, deadline limit = never) {
        while (!holds()) {
            answer<bool> const woken = wait(limit);
            if (woken.error) return woken;
            if (!woken.value) return {holds(), {}};
        }
        return {true, {}};
    }
    /// Wakes at most `most`; how many it woke. Error: not_owner.
    answer<std::int64_t> notify(std::int64_t most = 1) {
        return proxy_detail::as<std::int64_t>(this->ask(operation::notify, most));
    }
    answer<std::int64_t> notify_all() { return notify(-1); }
};

template <class Client, object_type of>
class basic_semaphore_proxy : public object_proxy<Client> {
public:
    static constexpr object_type type = of;
    using object_proxy<Client>::object_proxy;

    std::error_code acquire(deadline limit = never) {
        return this->wait(operation::acquire, limit).error;
    }
    std::error_code try_acquire() { return acquire(deadline::min()); }
    std::error_code release(std::int64_t count = 1) {
        return this->ask(operation::release, count).error;
    }
    answer<std::int64_t> permits() {
        return proxy_detail::as<std::int64_t>(this->ask(operation::get));
    }
};

template <class Client>
class basic_event_proxy : public object_proxy<Client> {
public:
    static constexpr object_type type = object_type::event;
    using object_proxy<Client>::object_proxy;

    std::error_code set() { return this->ask(operation::set).error; }
    std::error_code clear() { return this->ask(operation::clear).error; }
    answer<bool> is_set() { return proxy_detail::as<bool>(this->ask(operation::is_set)); }
    std::error_code wait(deadline limit = never) {
        return object_proxy<Client>::wait(operation::wait, limit).error;
    }
};

template <class Client>
class basic_barrier_proxy : public object_proxy<Client> {
public:
    static constexpr object_type type = object_type::barrier;
    using object_proxy<Client>::object_proxy;

    /// A number for each party, from 0. Errors: broken_barrier, timed_out.
    answer<std::int64_t> wait(deadline limit = never) {
        return proxy_detail::as<std::int64_t>(object_proxy<Client>::wait(operation::wait, limit));
    }
    std::error_code abort() { return this->ask(operation::abort).error; }
    std::error_code reset() { return this->ask(operation::reset).error; }
    answer<std::int64_t> waiting() {
        return proxy_detail::as<std::int64_t>(this->ask(operation::waiting));
    }
    answer<std::int64_t> parties() {
        return proxy_detail::as<std::int64_t>(this->ask(operation::parties));
    }
    answer<bool> is_broken() { return proxy_detail::as<bool>(this->ask(operation::is_broken)); }
};

/// An item that was taken. With a token it comes back to the queue unless it is acknowledged.
struct taken_item {
    server_value content;
    bool redelivered = false;  ///< it was given out before
    std::uint64_t token = 0;
};

template <class Client>
class basic_queue_proxy : public object_proxy<Client> {
public:
    static constexpr object_type type = object_type::queue;
    using object_proxy<Client>::object_proxy;

    /// Errors: timed_out (full), queue_closed.
    std::error_code put(server_value const& item, deadline limit = never) {
        return this->wait(operation::put, limit, item).error;
    }
    std::error_code try_put(server_value const& item) { return put(item, deadline::min()); }
    /// Errors: timed_out (empty), queue_closed (and nothing is left).
    answer<taken_item> get(deadline limit = never) {
        answer<taken_item> made;
        server_reply reply = this->wait(operation::take, limit);
        made.error = proxy_detail::take(reply, made.value.content, made.value.redelivered);
        return made;
    }
    answer<taken_item> try_get() { return get(deadline::min()); }
    /// The item comes back if this client ends before ack(token).
    answer<taken_item> reserve(deadline limit = never) {
        answer<taken_item> made;
        std::int64_t token = 0;
        server_reply reply = this->wait(operation::reserve, limit);
        made.error = proxy_detail::take(reply, made.value.content, made.value.redelivered, token);
        made.value.token = static_cast<std::uint64_t>(token);
        return made;
    }
    std::error_code ack(std::uint64_t token) {
        return this->ask(operation::ack, std::int64_t(token)).error;
    }
    std::error_code nack(std::uint64_t token) {
        return this->ask(operation::nack, std::int64_t(token)).error;
    }
    std::error_code task_done() { return this->ask(operation::task_done).error; }
    std::error_code join(deadline limit = never) {
        return this->wait(operation::join, limit).error;
    }
    std::error_code close() { return this->ask(operation::close).error; }
    answer<std::int64_t> size() {
        return proxy_detail::as<std::int64_t>(this->ask(operation::length));
    }
};

using value_proxy = basic_value_proxy<server_client>;
using array_proxy = basic_sequence_proxy<server_client, object_type::array>;
using list_proxy = basic_sequence_proxy<server_client, object_type::list>;
using dict_proxy = basic_dict_proxy<server_client, object_type::dict>;
using namespace_proxy = basic_dict_proxy<server_client, object_type::name_space>;
using lock_proxy = basic_lock_proxy<server_client, object_type::lock>;
using rlock_proxy = basic_lock_proxy<server_client, object_type::rlock>;
using semaphore_proxy = basic_semaphore_proxy<server_client, object_type::semaphore>;
using bounded_semaphore_proxy =
    basic_semaphore_proxy<server_client, object_type::bounded_semaphore>;
using condition_proxy = basic_condition_proxy<server_client>;
using event_proxy = basic_event_proxy<server_client>;
using barrier_proxy = basic_barrier_proxy<server_client>;
using queue_proxy = basic_queue_proxy<server_client>;

/// Makes an object of the proxy's type at the server; without a name it lives while a proxy or a
/// stored handle refers to it.
template <class Proxy, class Client, class... Arguments>
answer<Proxy> create(Client& client, std::string_view name, Arguments const&... arguments) {
    server_value const called = name.empty() ? server_value() : server_value(name);
    server_reply reply = client.call(operation::create, {}, client.default_limit(),
                                     to_text(Proxy::type), called, arguments...);
    object_id id;
    std::error_code const error = proxy_detail::take(reply, id);
    if (error) return {{}, error};
    return {Proxy(client, id, true), {}};
}
/// The object of that name. Errors: no_such_object; wrong_argument: it has another type.
template <class Proxy, class Client>
answer<Proxy> open(Client& client, std::string_view name) {
    server_reply reply = client.call(operation::open, {}, client.default_limit(), name);
    object_id id;
    std::string type;
    std::error_code const error = proxy_detail::take(reply, id, type);
    if (error) return {{}, error};
    Proxy found(client, id, true);
    if (type != to_text(Proxy::type)) return {{}, server_error::wrong_argument};
    return {std::move(found), {}};
}
/// The object of an id that another client sent, and keeps or has offered.
template <class Proxy, class Client>
answer<Proxy> retain(Client& client, object_id id) {
    server_reply const reply =
        client.call(operation::retain, {}, client.default_limit(), std::int64_t(id.number));
    if (reply.error) return {{}, reply.error};
    return {Proxy(client, id, true), {}};
}

}  // namespace racekit
