// SPDX-License-Identifier: MIT
// operations: the types of a server's objects, and what can be asked of each.
//
// Wire:      a request is the array [sequence, operation, object, arguments...], a reply the array
//            [sequence, error, results...]; sequence, operation, object and error are integers.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace racekit {

inline constexpr std::int64_t protocol_version = 1;

enum class object_type : std::uint8_t {
    directory,  ///< the server itself, object 0
    value,
    array,
    list,
    dict,
    name_space,
    lock,
    rlock,
    semaphore,
    bounded_semaphore,
    condition,
    event,
    barrier,
    queue,
};
inline constexpr std::size_t object_types = 14;

enum class operation : std::uint8_t {
    // Of the directory.
    ping,
    create,
    open,
    retain,
    drop,
    offer,
    remove,
    names,
    metrics,
    drain,
    cancel,
    guarded,
    // Of objects that keep data.
    get,
    set,
    add,
    compare_exchange,
    exchange,
    length,
    snapshot,
    slice,
    assign,
    append,
    extend,
    insert,
    pop,
    remove_value,
    index,
    count,
    contains,
    reverse,
    sort,
    clear,
    set_default,
    update,
    append_to,
    keys,
    // Of objects that clients wait for.
    acquire,
    release,
    renew,
    holder,
    wait,
    notify,
    is_set,
    abort,
    reset,
    waiting,
    parties,
    is_broken,
    put,
    take,
    reserve,
    ack,
    nack,
    task_done,
    join,
    close,
};
inline constexpr std::size_t operations = static_cast<std::size_t>(operation::close) + 1;

namespace operation_detail {

struct type_name {
    object_type type;
    std::string_view name;
};
inline constexpr type_name types[] = {
    {object_type::directory, "directory"}, {object_type::value, "value"},
    {object_type::array, "array"},         {object_type::list, "list"},
    {object_type::dict, "dict"},           {object_type::name_space, "namespace"},
    {object_type::lock, "lock"},           {object_type::rlock, "rlock"},
    {object_type::semaphore, "semaphore"}, {object_type::bounded_semaphore, "bounded_semaphore"},
    {object_type::condition, "condition"}, {object_type::event, "event"},
    {object_type::barrier, "barrier"},     {object_type::queue, "queue"},
};
static_assert(std::size(types) == object_types);

inline constexpr std::string_view names[] = {
    "ping",        "create",       "open",      "retain",
    "drop",        "offer",        "remove",    "names",
    "metrics",     "drain",        "cancel",    "guarded",
    "get",         "set",          "add",       "compare_exchange",
    "exchange",    "length",       "snapshot",  "slice",
    "assign",      "append",       "extend",    "insert",
    "pop",         "remove_value", "index",     "count",
    "contains",    "reverse",      "sort",      "clear",
    "set_default", "update",       "append_to", "keys",
    "acquire",     "release",      "renew",     "holder",
    "wait",        "notify",       "is_set",    "abort",
    "reset",       "waiting",      "parties",   "is_broken",
    "put",         "take",         "reserve",   "ack",
    "nack",        "task_done",    "join",      "close",
};
static_assert(std::size(names) == operations);

}  // namespace operation_detail

[[nodiscard]] constexpr std::string_view to_text(object_type which) {
    return operation_detail::types[static_cast<std::size_t>(which)].name;
}
[[nodiscard]] constexpr std::string_view to_text(operation which) {
    return operation_detail::names[static_cast<std::size_t>(which)];
}
/// False: no type has that name.
[[nodiscard]] constexpr bool from_text(std::string_view name, object_type& into) {
    for (auto const& each : operation_detail::types) {
        if (each.name == name) return into = each.type, true;
    }
    return false;
}
[[nodiscard]] constexpr bool from_text(std::string_view name, operation& into) {
    for (std::size_t at = 0; at < operations; ++at) {
        if (operation_detail::names[at] == name) return into = static_cast<operation>(at), true;
    }
    return false;
}

/// Whether it may give its client something that a client without interest must give back.
[[nodiscard]] constexpr bool is_granted(operation which) {
    switch (which) {
        case operation::acquire:
        case operation::wait:
        case operation::put:
        case operation::take:
        case operation::reserve:
        case operation::join:
        case operation::guarded: return true;
        default: return false;
    }
}

/// Whether it changes nothing at the server: doing it again does no harm.
[[nodiscard]] constexpr bool only_reads(operation which) {
    switch (which) {
        case operation::ping:
        case operation::names:
        case operation::metrics:
        case operation::get:
        case operation::length:
        case operation::snapshot:
        case operation::slice:
        case operation::index:
        case operation::count:
        case operation::contains:
        case operation::keys:
        case operation::holder:
        case operation::is_set:
        case operation::waiting:
        case operation::parties:
        case operation::is_broken: return true;
        default: return false;
    }
}

}  // namespace racekit
