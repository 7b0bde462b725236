// SPDX-License-Identifier: MIT
// text_value: what a person types as a server_value: 12, -1.5, true, nil, "a text", a word,
// [1, 2], {"key": 1}, object 7.
//
// Errors: std::invalid_argument, which says where the text is wrong.
#pragma once

#include <racekit/server/server_value.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace racekit {

class text_value {
public:
    /// The whole of `text` as one value; what begins with no sign of a value is a text as it is.
    [[nodiscard]] static server_value read(std::string_view text) {
        text_value from(text);
        from.skip();
        if (text.empty() || !from.begins_value()) return text;
        server_value made = from.value(0);
        from.skip();
        if (from.at_ != text.size()) from.fail("more text after the value");
        return made;
    }

private:
    explicit text_value(std::string_view text) : text_(text) {}

    [[noreturn]] void fail(std::string const& why) const {
        throw std::invalid_argument("'" + std::string(text_) + "', character " +
                                    std::to_string(at_ + 1) + ": " + why);
    }
    [[nodiscard]] char next() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    void skip() {
        while (next() == ' ') ++at_;
    }
    [[nodiscard]] bool begins_value() const {
        std::string_view const rest = text_.substr(at_);
        char const first = next();
        if (first == '[' || first == '{' || first == '"' || rest.starts_with("object "))
            return true;
        if (rest == "true" || rest == "false" || rest == "nil") return true;
        double number = 0;
        auto const [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), number);
        return error == std::errc{} && end == rest.data() + rest.size();
    }
    bool take(char which) {
        skip();
        if (next() != which) return false;
        ++at_;
        return true;
    }
    server_value value(int depth) {
        if (depth > 12) fail("nested too deeply");
        skip();
        if (take('[')) return list(depth);
        if (take('{')) return map(depth);
        if (take('"')) return quoted();
        return word();
    }
    server_value list(int depth) {
        server_value::list made;
        if (take(']')) return made;
        do made.push_back(value(depth + 1));
        while (take(','));
        if (!take(']')) fail("']' or ',' is missing");
        return made;
    }
    server_value map(int depth) {
        server_value::map made;
        if (take('}')) return made;
        do {
            server_value key = value(depth + 1);
            if (!key.is_key()) fail("this cannot be a key");
            if (!take(':')) fail("':' is missing");
            made.emplace_back(std::move(key), value(depth + 1));
        } while (take(','));
        if (!take('}')) fail("'}' or ',' is missing");
        return made;
    }
    server_value quoted() {
        std::string made;
        for (; next() != '"'; ++at_) {
            if (at_ >= text_.size()) fail("'\"' is missing");
            if (next() == '\\' && at_ + 1 < text_.size()) ++at_;
            made += next();
        }
        ++at_;
        return made;
    }
    server_value word() {
        std::size_t const begin = at_;
        while (at_ < text_.size() &&
               std::string_view(",:]} ").find(next()) == std::string_view::npos)
            ++at_;
        std::string_view const one = text_.substr(begin, at_ - begin);
        if (one == "true" || one == "false") return one == "true";
        if (one == "nil") return {};
        if (one == "object") {
            skip();
            server_value const number = word();
            auto const* const id = number.as<std::int64_t>();
            if (id == nullptr || *id < 1) fail("'object' is followed by its number");
            return object_id{static_cast<std::uint64_t>(*id)};
        }
        char const* const end = one.data() + one.size();
        std::int64_t whole = 0;
        if (auto const got = std::from_chars(one.data(), end, whole);
            got.ec == std::errc{} && got.ptr == end)
            return whole;
        double real = 0;
        if (auto const got = std::from_chars(one.data(), end, real);
            got.ec == std::errc{} && got.ptr == end)
            return real;
        if (one.empty()) fail("a value is missing");
        return one;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace racekit
