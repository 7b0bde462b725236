// SPDX-License-Identifier: MIT
// server_value: what a server process keeps and sends: nil, bool, 64-bit integer, double, text,
// bytes, list, map, or the handle of an object of the server.
//
// A value is a value: changing a copy changes nothing at the server. An object of the server that
// others are to change is reached by its handle.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace racekit {

/// The number of an object of a server; a server never uses one again.
struct object_id {
    std::uint64_t number = 0;
    friend constexpr auto operator<=>(object_id const&, object_id const&) = default;
};

/// Bytes that are no text.
struct byte_string {
    std::string content;
    friend auto operator<=>(byte_string const&, byte_string const&) = default;
};

class server_value {
public:
    using list = std::vector<server_value>;
    using map = std::vector<std::pair<server_value, server_value>>;

    server_value() = default;
    server_value(bool value) : is_(value) {}
    template <std::integral T>
        requires(!std::same_as<T, bool>)
    server_value(T value) : is_(static_cast<std::int64_t>(value)) {}
    server_value(double value) : is_(value) {}
    server_value(std::string value) : is_(std::move(value)) {}
    server_value(std::string_view value) : is_(std::string(value)) {}
    server_value(char const* value) : is_(std::string(value)) {}
    server_value(byte_string value) : is_(std::move(value)) {}
    server_value(list value) : is_(std::move(value)) {}
    server_value(map value) : is_(std::move(value)) {}
    server_value(object_id value) : is_(value) {}

    [[nodiscard]] bool is_nil() const { return std::holds_alternative<std::monostate>(is_); }
    /// The content if it is of that type, else nullptr.
    template <class T>
    [[nodiscard]] T const* as() const {
        return std::get_if<T>(&is_);
    }
    template <class T>
    [[nodiscard]] T* as() {
        return std::get_if<T>(&is_);
    }

    /// Whether it may be the key of a dict.
    [[nodiscard]] bool is_key() const {
        return as<std::int64_t>() != nullptr || as<std::string>() != nullptr ||
               as<byte_string>() != nullptr;
    }

    /// Calls with(object_id) for each handle in it.
    template <class Visit>
    void each_handle(Visit const& with) const {
        if (auto const* one = as<object_id>()) {
            with(*one);
        } else if (auto const* many = as<list>()) {
            for (server_value const& each : *many) each.each_handle(with);
        } else if (auto const* pairs = as<map>()) {
            for (auto const& [key, value] : *pairs) {
                key.each_handle(with);
                value.each_handle(with);
            }
        }
    }

    /// As a person reads it: 12, "text", [1, 2], {"key": 1}, object 7.
    [[nodiscard]] std::string text() const;

    // Written out: a variant of incomplete element types cannot be compared by default.
    friend bool operator==(server_value const& left, server_value const& right) {
        return left.is_ == right.is_;
    }
    /// A total order: by type, then by content; doubles as in IEEE 754's totalOrder.
    friend bool operator<(server_value const& left, server_value const& right) {
        auto const* const number = left.as<double>();
        auto const* const other = right.as<double>();
        if (number != nullptr && other != nullptr)
            return std::is_lt(std::strong_order(*number, *other));
        return left.is_ < right.is_;
    }

private:
    std::variant<std::monostate, bool, std::int64_t, double, std::string, byte_string, list, map,
                 object_id>
        is_;
};

namespace server_detail {

inline void append_quoted(std::string& into, std::string_view text) {
    into += '"';
    for (char const each : text) {
        auto const code = static_cast<unsigned char>(each);
        if (code < 0x20 || code == 0x7f) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\x%02x", code);
            into += escape;
        } else {
            if (each == '"' || each == '\\') into += '\\';
            into += each;
        }
    }
    into += '"';
}

}  // namespace server_detail

inline std::string server_value::text() const {
    std::string made;
    if (auto const* flag = as<bool>()) return *flag ? "true" : "false";
    if (auto const* number = as<std::int64_t>()) return std::to_string(*number);
    if (auto const* real = as<double>()) {
        char digits[40];
        std::snprintf(digits, sizeof digits, "%.17g", *real);
        return digits;
    }
    if (auto const* id = as<object_id>()) return "object " + std::to_string(id->number);
    if (auto const* words = as<std::string>()) server_detail::append_quoted(made, *words);
    if (auto const* bytes = as<byte_string>()) {
        made = "bytes ";
        server_detail::append_quoted(made, bytes->content);
    }
    if (auto const* many = as<list>()) {
        for (server_value const& each : *many) made += (made.empty() ? "" : ", ") + each.text();
        return "[" + made + "]";
    }
    if (auto const* pairs = as<map>()) {
        for (auto const& [key, value] : *pairs)
            made += (made.empty() ? "" : ", ") + key.text() + ": " + value.text();
        return "{" + made + "}";
    }
    return made.empty() ? "nil" : made;
}

}  // namespace racekit
