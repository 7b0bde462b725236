// SPDX-License-Identifier: MIT
// The objects of a server process that keep data: value, array, list, dict and namespace.
//
// Each request is one step. What reads and then writes (add, compare_exchange, exchange,
// set_default, update, append_to, pop) is one request, so no other client comes between.
#pragma once

#include <racekit/server/object.hpp>

#include <algorithm>
#include <map>
#include <vector>

namespace racekit {

namespace server_detail {

/// The sum, which wraps as atomics do. Throws refusal if either is no number.
inline server_value sum(server_value const& left, server_value const& right) {
    auto const* const whole = left.as<std::int64_t>();
    auto const* const more = right.as<std::int64_t>();
    if (whole != nullptr && more != nullptr)
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(*whole) +
                                         static_cast<std::uint64_t>(*more));
    auto const real = [](server_value const& of) {
        if (auto const* number = of.as<double>()) return *number;
        if (auto const* number = of.as<std::int64_t>()) return static_cast<double>(*number);
        throw refusal{server_error::wrong_argument};
    };
    return real(left) + real(right);
}

/// What can be asked of one place that holds a value; the place is found before.
inline bool apply_to_place(server_call& call, server_value& place, bool numbers_only = false) {
    auto const allowed = [&](server_value const& next) {
        if (numbers_only && next.as<std::int64_t>() == nullptr && next.as<double>() == nullptr)
            throw refusal{server_error::wrong_argument};
    };
    auto const store = [&](server_value next) {
        retain_all(call.keeper, next);
        std::swap(place, next);
        release_all(call.keeper, next);
    };
    switch (call.what) {
        case operation::get: call.no_more(); return call.reply_value(place), true;
        case operation::set: {
            server_value next = call.value();
            call.no_more();
            allowed(next);
            return store(std::move(next)), true;
        }
        case operation::add: {
            if (auto* const number = place.as<std::int64_t>(); number && call.next_is_integer()) {
                auto const amount = static_cast<std::uint64_t>(call.integer());
                call.no_more();
                call.result().integer(*number);
                *number = static_cast<std::int64_t>(static_cast<std::uint64_t>(*number) + amount);
                return true;
            }
            server_value next = sum(place, call.value());
            call.no_more();
            call.reply_value(place);
            place = std::move(next);
            return true;
        }
        case operation::exchange: {
            server_value next = call.value();
            call.no_more();
            allowed(next);
            call.reply_value(place);
            return store(std::move(next)), true;
        }
        case operation::compare_exchange: {
            server_value const expected = call.value();
            server_value desired = call.value();
            call.no_more();
            allowed(desired);
            bool const equal = place == expected;
            call.result().boolean(equal);
            call.reply_value(place);
            if (equal) store(std::move(desired));
            return true;
        }
        default: return false;
    }
}

}  // namespace server_detail

/// One value. Arguments of create: the first value, or none for nil.
class value_object final : public server_object {
public:
    value_object(object_id id, server_call& call) : server_object(id, object_type::value) {
        if (call.has_more()) kept_ = call.value();
        call.no_more();
        server_detail::retain_all(call.keeper, kept_);
    }
    void apply(server_call& call) override {
        if (!server_detail::apply_to_place(call, kept_)) no_such_operation();
    }
    void close(object_keeper& keeper) override { server_detail::release_all(keeper, kept_); }

private:
    server_value kept_;
};

/// Values in order: a list, or an array, which holds numbers and keeps its length.
class sequence_object final : public server_object {
public:
    static constexpr std::size_t most_elements = std::size_t{1} << 24U;

    sequence_object(object_id id, object_type type, server_call& call) : server_object(id, type) {
        if (is_array() && call.next_is_integer()) {
            std::int64_t const size = call.integer();
            if (size < 0 || size > std::int64_t(most_elements))
                throw refusal{server_error::wrong_argument};
            kept_.assign(static_cast<std::size_t>(size), server_value(0));
        } else if (call.has_more()) {
            kept_ = values(call);
        }
        call.no_more();
        for (server_value const& each : kept_) server_detail::retain_all(call.keeper, each);
    }

    void apply(server_call& call) override {
        switch (call.what) {
            case operation::get:
            case operation::set:
            case operation::add:
            case operation::exchange:
            case operation::compare_exchange:
                (void)server_detail::apply_to_place(call, kept_[index(call)], is_array());
                return;
            case operation::length: return call.result().integer(std::int64_t(kept_.size()));
            case operation::snapshot: call.no_more(); return reply_part(call, 0, kept_.size());
            case operation::slice: return slice(call);
            case operation::assign: return assign(call);
            case operation::index:
            case operation::count:
            case operation::contains: return look_for(call);
            default: break;
        }
        if (is_array()) no_such_operation();
        change_length(call);
    }
    void close(object_keeper& keeper) override {
        for (server_value const& each : kept_) server_detail::release_all(keeper, each);
    }
    [[nodiscard]] std::size_t size() const override { return kept_.size(); }

private:
    [[nodiscard]] bool is_array() const { return type == object_type::array; }

    /// An index from 0, or from -1 backwards.
    std::size_t index(server_call& call, std::size_t one_more = 0) {
        std::int64_t at = call.integer();
        auto const size = static_cast<std::int64_t>(kept_.size() + one_more);
        if (at < 0) at += size;
        if (at < 0 || at >= size) throw refusal{server_error::no_such_index};
        return static_cast<std::size_t>(at);
    }
    server_value::list values(server_call& call) const {
        server_value all = call.value();
        auto* const many = all.as<server_value::list>();
        if (many == nullptr) throw refusal{server_error::wrong_argument};
        for (server_value const& each : *many) {
            if (is_array() && each.as<std::int64_t>() == nullptr && each.as<double>() == nullptr)
                throw refusal{server_error::wrong_argument};
        }
        return std::move(*many);
    }
    void room_for(std::size_t more) const {
        if (kept_.size() + more > most_elements) throw refusal{server_error::too_many};
    }
    void reply_part(server_call& call, std::size_t from, std::size_t to) const {
        value_writer into = call.result();
        into.array(to - from);
        for (; from < to; ++from) {
            into.value(kept_[from]);
            call.hand_over(kept_[from]);
        }
    }
    void slice(server_call& call) {
        std::size_t const from = index(call, 1);
        std::size_t const to = index(call, 1);
        call.no_more();
        reply_part(call, std::min(from, to), to);
    }
    void assign(server_call& call) {
        std::size_t const from = index(call, 1);
        server_value::list next = values(call);
        call.no_more();
        if (next.size() > kept_.size() - from) throw refusal{server_error::no_such_index};
        for (std::size_t at = 0; at < next.size(); ++at) {
            server_detail::retain_all(call.keeper, next[at]);
            std::swap(kept_[from + at], next[at]);
            server_detail::release_all(call.keeper, next[at]);
        }
    }
    void look_for(server_call& call) {
        server_value const wanted = call.value();
        call.no_more();
        auto const found = std::find(kept_.begin(), kept_.end(), wanted);
        if (call.what == operation::contains) return call.result().boolean(found != kept_.end());
        if (call.what == operation::count)
            return call.result().integer(std::count(found, kept_.end(), wanted));
        if (found == kept_.end()) throw refusal{server_error::no_such_key};
        call.result().integer(found - kept_.begin());
    }

    void change_length(server_call& call) {
        switch (call.what) {
            case operation::append: return insert(call, kept_.size(), call.value());
            case operation::insert: {
                std::size_t const at = index(call, 1);
                return insert(call, at, call.value());
            }
            case operation::extend: {
                server_value::list more = values(call);
                call.no_more();
                room_for(more.size());
                for (server_value& each : more) {
                    server_detail::retain_all(call.keeper, each);
                    kept_.push_back(std::move(each));
                }
                return;
            }
            case operation::pop: {
                if (kept_.empty()) throw refusal{server_error::no_such_index};
                std::size_t const at = call.has_more() ? index(call) : kept_.size() - 1;
                call.no_more();
                call.reply_value(kept_[at]);
                return erase(call, at);
            }
            case operation::remove_value: {
                auto const found = std::find(kept_.begin(), kept_.end(), call.value());
                call.no_more();
                if (found == kept_.end()) throw refusal{server_error::no_such_key};
                return erase(call, static_cast<std::size_t>(found - kept_.begin()));
            }
            case operation::reverse:
                call.no_more();
                return std::reverse(kept_.begin(), kept_.end());
            case operation::sort: call.no_more(); return std::sort(kept_.begin(), kept_.end());
            case operation::clear: {
                call.no_more();
                auto const all = std::exchange(kept_, {});
                for (server_value const& each : all) server_detail::release_all(call.keeper, each);
                return;
            }
            default: no_such_operation();
        }
    }
    void insert(server_call& call, std::size_t at, server_value what) {
        call.no_more();
        room_for(1);
        server_detail::retain_all(call.keeper, what);
        kept_.insert(kept_.begin() + static_cast<std::ptrdiff_t>(at), std::move(what));
    }
    void erase(server_call& call, std::size_t at) {
        server_value const gone = std::move(kept_[at]);
        kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(at));
        server_detail::release_all(call.keeper, gone);
    }

    server_value::list kept_;
};

/// Values under keys: a dict, or a namespace, whose keys are texts.
class dict_object final : public server_object {
public:
    dict_object(object_id id, object_type type, server_call& call) : server_object(id, type) {
        if (call.has_more()) merge(call);
        call.no_more();
    }

    void apply(server_call& call) override {
        switch (call.what) {
            case operation::length: return call.result().integer(std::int64_t(kept_.size()));
            case operation::snapshot: call.no_more(); return reply_snapshot(call);
            case operation::keys: call.no_more(); return reply_keys(call);
            case operation::contains: {
                bool const found = kept_.count(key(call)) > 0;
                return call.result().boolean(found);
            }
            case operation::update: return merge(call);
            case operation::clear: {
                call.no_more();
                auto const all = std::exchange(kept_, {});
                for (auto const& [name, under] : all)
                    server_detail::release_all(call.keeper, under);
                return;
            }
            case operation::set: return set(call);
            case operation::set_default: return set_default(call);
            case operation::append_to: return append_to(call);
            case operation::pop: return pop(call);
            case operation::compare_exchange: return compare_exchange(call);
            case operation::add: return add(call);
            default: break;
        }
        if (call.what != operation::get && call.what != operation::exchange) no_such_operation();
        auto const found = kept_.find(key(call));
        if (found == kept_.end()) throw refusal{server_error::no_such_key};
        (void)server_detail::apply_to_place(call, found->second);
    }
    void close(object_keeper& keeper) override {
        for (auto const& [name, under] : kept_) server_detail::release_all(keeper, under);
    }
    [[nodiscard]] std::size_t size() const override { return kept_.size(); }

private:
    server_value key(server_call& call) const {
        server_value found = call.key();
        check(found);
        return found;
    }
    void check(server_value const& found) const {
        if (type == object_type::name_space && found.as<std::string>() == nullptr)
            throw refusal{server_error::wrong_argument};
    }
    void room_for_one(server_value const& name) const {
        if (kept_.size() >= sequence_object::most_elements && kept_.count(name) == 0)
            throw refusal{server_error::too_many};
    }
    void store(server_call& call, server_value const& name, server_value next) {
        server_detail::retain_all(call.keeper, next);
        server_value& place = kept_[name];
        std::swap(place, next);
        server_detail::release_all(call.keeper, next);
    }
    void set(server_call& call) {
        server_value const name = key(call);
        server_value next = call.value();
        call.no_more();
        room_for_one(name);
        store(call, name, std::move(next));
    }
    /// The entry, which is made of the argument if there is none.
    void set_default(server_call& call) {
        server_value const name = key(call);
        server_value next = call.value();
        call.no_more();
        room_for_one(name);
        if (kept_.count(name) == 0) store(call, name, std::move(next));
        call.reply_value(kept_[name]);
    }
    /// Adds to an entry; one that is not there counts as 0.
    void add(server_call& call) {
        server_value const name = key(call);
        server_value const amount = call.value();
        call.no_more();
        auto const found = kept_.find(name);
        server_value const before = found == kept_.end() ? server_value(0) : found->second;
        server_value next = server_detail::sum(before, amount);
        room_for_one(name);
        call.reply_value(before);
        kept_[name] = std::move(next);
    }
    /// An entry that is not there compares as nil.
    void compare_exchange(server_call& call) {
        server_value const name = key(call);
        server_value const expected = call.value();
        server_value desired = call.value();
        call.no_more();
        auto const found = kept_.find(name);
        server_value const before = found == kept_.end() ? server_value() : found->second;
        bool const equal = before == expected;
        if (equal) room_for_one(name);
        call.result().boolean(equal);
        call.reply_value(before);
        if (equal) store(call, name, std::move(desired));
    }
    /// Appends to the list in an entry; one that is not there counts as an empty list.
    void append_to(server_call& call) {
        server_value const name = key(call);
        server_value more = call.value();
        call.no_more();
        auto const found = kept_.find(name);
        if (found != kept_.end() && found->second.as<server_value::list>() == nullptr)
            throw refusal{server_error::wrong_argument};
        room_for_one(name);
        server_detail::retain_all(call.keeper, more);
        server_value& place = kept_[name];
        if (place.is_nil()) place = server_value::list{};
        auto& into = *place.as<server_value::list>();
        into.push_back(std::move(more));
        call.result().integer(std::int64_t(into.size()));
    }
    void pop(server_call& call) {
        auto const found = kept_.find(key(call));
        bool const has_default = call.has_more();
        server_value const otherwise = has_default ? call.value() : server_value();
        call.no_more();
        if (found == kept_.end()) {
            if (!has_default) throw refusal{server_error::no_such_key};
            return call.reply_value(otherwise);
        }
        call.reply_value(found->second);
        server_value const gone = std::move(found->second);
        kept_.erase(found);
        server_detail::release_all(call.keeper, gone);
    }
    /// All entries of a map become entries, in one step.
    void merge(server_call& call) {
        server_value all = call.value();
        call.no_more();
        auto* const pairs = all.as<server_value::map>();
        if (pairs == nullptr) throw refusal{server_error::wrong_argument};
        for (auto const& [name, next] : *pairs) check(name);
        if (kept_.size() + pairs->size() > sequence_object::most_elements)
            throw refusal{server_error::too_many};
        for (auto& [name, next] : *pairs) store(call, name, std::move(next));
    }
    void reply_snapshot(server_call& call) const {
        value_writer into = call.result();
        into.map(kept_.size());
        for (auto const& [name, under] : kept_) {
            into.value(name);
            into.value(under);
            call.hand_over(under);
        }
    }
    void reply_keys(server_call& call) const {
        value_writer into = call.result();
        into.array(kept_.size());
        for (auto const& [name, under] : kept_) into.value(name);
    }

    std::map<server_value, server_value> kept_;
};

}  // namespace racekit
