// SPDX-License-Identifier: MIT
// codec: server_values as bytes and back, in the format of MessagePack.
//
// Wire:      MessagePack's nil, bool, integers of at most 64 bits with sign, floats, str, bin,
// array
//            and map; a handle is an ext of type 1, the 8 bytes of its number, highest first. Other
//            ext types and integers above INT64_MAX are refused.
// Progress:  wait-free.
// Invariant: a reader touches no byte outside what it was given, asks for no more memory than a
//            multiple of it, and nests no deeper than its limit. After an error it stays at it.
// Errors:    malformed (too short, an unknown type, a key that is no key), too_many (too deep, or
// too
//            many elements): the function returns false or an empty value, and error() says why.
// Source:    Sadayuki Furuhashi, "MessagePack specification", 2013.
#pragma once

#include <racekit/server/errors.hpp>
#include <racekit/server/server_value.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace racekit {

struct codec_limits {
    unsigned depth = 16;
    std::size_t elements = 65536;  // of all lists and maps of one message together
};

namespace codec_detail {

enum tag : std::uint8_t {
    nil = 0xc0,
    no = 0xc2,
    yes = 0xc3,
    bin8 = 0xc4,
    bin16 = 0xc5,
    bin32 = 0xc6,
    real32 = 0xca,
    real64 = 0xcb,
    uint8 = 0xcc,
    uint16 = 0xcd,
    uint32 = 0xce,
    uint64 = 0xcf,
    int8 = 0xd0,
    int16 = 0xd1,
    int32 = 0xd2,
    int64 = 0xd3,
    ext_of_8 = 0xd7,
    str8 = 0xd9,
    str16 = 0xda,
    str32 = 0xdb,
    array16 = 0xdc,
    array32 = 0xdd,
    map16 = 0xde,
    map32 = 0xdf,
    fix_map = 0x80,
    fix_array = 0x90,
    fix_str = 0xa0,
    negative = 0xe0,
};
inline constexpr std::uint8_t handle_type = 1;

}  // namespace codec_detail

/// Appends values to a string, each in its shortest form.
class value_writer {
public:
    explicit value_writer(std::string& into) : into_(into) {}

    void nil() { put(codec_detail::nil); }
    void boolean(bool value) { put(value ? codec_detail::yes : codec_detail::no); }
    void integer(std::int64_t value) {
        using namespace codec_detail;
        if (value >= -32 && value < 128) return put(static_cast<std::uint8_t>(value));
        auto const bits = static_cast<std::uint64_t>(value);
        if (value >= 0) {
            if (bits < 0x100) return tagged<std::uint8_t>(uint8, bits);
            if (bits < 0x10000) return tagged<std::uint16_t>(uint16, bits);
            if (bits < 0x100000000) return tagged<std::uint32_t>(uint32, bits);
            return tagged<std::uint64_t>(uint64, bits);
        }
        if (value >= INT8_MIN) return tagged<std::uint8_t>(int8, bits);
        if (value >= INT16_MIN) return tagged<std::uint16_t>(int16, bits);
        if (value >= INT32_MIN) return tagged<std::uint32_t>(int32, bits);
        tagged<std::uint64_t>(int64, bits);
    }
    void real(double value) {
        tagged<std::uint64_t>(codec_detail::real64, std::bit_cast<std::uint64_t>(value));
    }
    void text(std::string_view value) {
        using namespace codec_detail;
        if (value.size() < 32) {
            put(static_cast<std::uint8_t>(fix_str | value.size()));
        } else {
            sized(str8, str16, str32, value.size());
        }
        into_ += value;
    }
    void bytes(std::string_view value) {
        using namespace codec_detail;
        sized(bin8, bin16, bin32, value.size());
        into_ += value;
    }
    void array(std::size_t size) {
        using namespace codec_detail;
        container(fix_array, array16, array32, size);
    }
    void map(std::size_t size) {
        using namespace codec_detail;
        container(fix_map, map16, map32, size);
    }
    void handle(object_id value) {
        put(codec_detail::ext_of_8);
        tagged<std::uint64_t>(codec_detail::handle_type, value.number);
    }
    void value(server_value const& what) {
        if (auto const* flag = what.as<bool>()) return boolean(*flag);
        if (auto const* number = what.as<std::int64_t>()) return integer(*number);
        if (auto const* number = what.as<double>()) return real(*number);
        if (auto const* words = what.as<std::string>()) return text(*words);
        if (auto const* content = what.as<byte_string>()) return bytes(content->content);
        if (auto const* id = what.as<object_id>()) return handle(*id);
        if (auto const* many = what.as<server_value::list>()) {
            array(many->size());
            for (server_value const& each : *many) value(each);
            return;
        }
        if (auto const* pairs = what.as<server_value::map>()) {
            map(pairs->size());
            for (auto const& [key, under] : *pairs) {
                value(key);
                value(under);
            }
            return;
        }
        nil();
    }

private:
    void put(std::uint8_t byte) { into_ += static_cast<char>(byte); }
    template <class T>
    void tagged(std::uint8_t tag, std::uint64_t bits) {
        char made[1 + sizeof(T)];
        made[0] = static_cast<char>(tag);
        for (std::size_t at = sizeof(T); at > 0; --at, bits >>= 8U)
            made[at] = static_cast<char>(bits & 0xffU);
        into_.append(made, sizeof made);
    }
    void sized(std::uint8_t tag8, std::uint8_t tag16, std::uint8_t tag32, std::size_t size) {
        if (size < 0x100) return tagged<std::uint8_t>(tag8, size);
        if (size < 0x10000) return tagged<std::uint16_t>(tag16, size);
        tagged<std::uint32_t>(tag32, size);
    }
    void container(std::uint8_t fix, std::uint8_t tag16, std::uint8_t tag32, std::size_t size) {
        if (size < 16) return put(static_cast<std::uint8_t>(fix | size));
        if (size < 0x10000) return tagged<std::uint16_t>(tag16, size);
        tagged<std::uint32_t>(tag32, size);
    }

    std::string& into_;
};

/// Takes values from bytes that anybody may have written.
class value_reader {
public:
    explicit value_reader(std::string_view from, codec_limits limits = {})
        : at_(reinterpret_cast<std::uint8_t const*>(from.data())),
          end_(at_ + from.size()),
          depth_left_(limits.depth),
          elements_left_(limits.elements) {}

    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
    [[nodiscard]] std::string_view rest() const {
        return {reinterpret_cast<char const*>(at_), left()};
    }
    [[nodiscard]] bool failed() const { return error_ != server_error{}; }
    [[nodiscard]] server_error error() const { return error_; }

    /// The next value is an integer, which goes to `into`.
    bool integer(std::int64_t& into) {
        using namespace codec_detail;
        if (at_ == end_) return fail();
        std::uint8_t const tag = *at_;
        if (tag < fix_map || tag >= negative) {
            into = static_cast<std::int8_t>(tag);
            ++at_;
            return true;
        }
        std::uint64_t bits = 0;
        switch (tag) {
            case uint8: return number<std::uint8_t>(bits) && (into = as_signed(bits), true);
            case uint16: return number<std::uint16_t>(bits) && (into = as_signed(bits), true);
            case uint32: return number<std::uint32_t>(bits) && (into = as_signed(bits), true);
            case uint64:
                if (!number<std::uint64_t>(bits) || bits > INT64_MAX) return fail();
                into = as_signed(bits);
                return true;
            case int8: return number<std::uint8_t>(bits) && (into = std::int8_t(bits), true);
            case int16: return number<std::uint16_t>(bits) && (into = std::int16_t(bits), true);
            case int32: return number<std::uint32_t>(bits) && (into = std::int32_t(bits), true);
            case int64: return number<std::uint64_t>(bits) && (into = as_signed(bits), true);
            default: return fail();
        }
    }
    /// The next value is an array; its elements follow one by one.
    bool array(std::size_t& size) {
        using namespace codec_detail;
        return header(fix_array, array16, array32, size) && take_elements(size, 1);
    }
    /// The next value is a text, which goes to `into` and stays where the bytes are.
    bool text(std::string_view& into) {
        using namespace codec_detail;
        std::size_t size = 0;
        if (at_ == end_) return fail();
        if ((*at_ & 0xe0U) == fix_str) {
            size = *at_++ & 0x1fU;
        } else if (!sized(str8, str16, str32, size)) {
            return fail();
        }
        return take(size, into);
    }
    bool bytes(std::string_view& into) {
        using namespace codec_detail;
        std::size_t size = 0;
        return at_ != end_ && sized(bin8, bin16, bin32, size) ? take(size, into) : fail();
    }
    bool handle(object_id& into) {
        if (left() < 10 || at_[0] != codec_detail::ext_of_8 || at_[1] != codec_detail::handle_type)
            return fail();
        ++at_;
        return number<std::uint64_t>(into.number);
    }
    [[nodiscard]] bool is_nil() const { return at_ != end_ && *at_ == codec_detail::nil; }
    [[nodiscard]] bool is_integer() const {
        using namespace codec_detail;
        return at_ != end_ &&
               (*at_ < fix_map || *at_ >= negative || (*at_ >= uint8 && *at_ <= int64));
    }
    [[nodiscard]] bool is_text() const {
        using namespace codec_detail;
        return at_ != end_ && ((*at_ & 0xe0U) == fix_str || (*at_ >= str8 && *at_ <= str32));
    }

    /// The next value, whatever it is.
    [[nodiscard]] server_value value() {
        using namespace codec_detail;
        if (at_ == end_) return failure();
        if (is_integer()) return of_integer();
        if (is_text()) {
            std::string_view words;
            return text(words) ? server_value(words) : server_value();
        }
        switch (*at_) {
            case nil: ++at_; return {};
            case no: ++at_; return false;
            case yes: ++at_; return true;
            case real32:
            case real64: return of_real();
            case ext_of_8: {
                object_id id;
                return handle(id) ? server_value(id) : server_value();
            }
            case bin8:
            case bin16:
            case bin32: {
                std::string_view content;
                return bytes(content) ? server_value(byte_string{std::string(content)})
                                      : server_value();
            }
            default: return of_container();
        }
    }

private:
    static std::int64_t as_signed(std::uint64_t bits) { return static_cast<std::int64_t>(bits); }
    bool fail(server_error why = server_error::malformed) {
        if (!failed()) error_ = why;
        at_ = end_;
        return false;
    }
    server_value failure() {
        fail();
        return {};
    }
    /// The number behind the tag.
    template <class T>
    bool number(std::uint64_t& into) {
        if (left() < 1 + sizeof(T)) return fail();
        into = 0;
        for (std::size_t at = 1; at <= sizeof(T); ++at) into = into << 8U | at_[at];
        at_ += 1 + sizeof(T);
        return true;
    }
    bool sized(std::uint8_t tag8, std::uint8_t tag16, std::uint8_t tag32, std::size_t& size) {
        std::uint64_t found = 0;
        bool const is_there = *at_ == tag8    ? number<std::uint8_t>(found)
                              : *at_ == tag16 ? number<std::uint16_t>(found)
                              : *at_ == tag32 ? number<std::uint32_t>(found)
                                              : false;
        size = found;
        return is_there;
    }
    bool take(std::size_t size, std::string_view& into) {
        if (size > left()) return fail();
        into = {reinterpret_cast<char const*>(at_), size};
        at_ += size;
        return true;
    }
    bool header(std::uint8_t fix, std::uint8_t tag16, std::uint8_t tag32, std::size_t& size) {
        if (at_ == end_) return fail();
        if ((*at_ & 0xf0U) == fix) {
            size = *at_++ & 0x0fU;
            return true;
        }
        std::uint64_t found = 0;
        bool const is_there = *at_ == tag16   ? number<std::uint16_t>(found)
                              : *at_ == tag32 ? number<std::uint32_t>(found)
                                              : fail();
        size = found;
        return is_there;
    }
    /// Each element takes a byte at least: a count of more than there are bytes is a lie.
    bool take_elements(std::size_t count, std::size_t bytes_each) {
        if (count > left() / bytes_each) return fail();
        if (count > elements_left_) return fail(server_error::too_many);
        elements_left_ -= count;
        return true;
    }
    server_value of_integer() {
        std::int64_t found = 0;
        return integer(found) ? server_value(found) : server_value();
    }
    server_value of_real() {
        std::uint64_t bits = 0;
        if (*at_ == codec_detail::real32) {
            if (!number<std::uint32_t>(bits)) return {};
            return double(std::bit_cast<float>(static_cast<std::uint32_t>(bits)));
        }
        if (!number<std::uint64_t>(bits)) return {};
        return std::bit_cast<double>(bits);
    }
    server_value of_container() {
        using namespace codec_detail;
        bool const is_map = (*at_ & 0xf0U) == fix_map || *at_ == map16 || *at_ == map32;
        std::size_t size = 0;
        if (!(is_map ? header(fix_map, map16, map32, size)
                     : header(fix_array, array16, array32, size)) ||
            !take_elements(size, is_map ? 2 : 1))
            return {};
        if (depth_left_ == 0) {
            fail(server_error::too_many);
            return {};
        }
        --depth_left_;
        server_value made = is_map ? of_pairs(size) : of_elements(size);
        ++depth_left_;
        return made;
    }
    server_value of_elements(std::size_t size) {
        server_value::list made;
        made.reserve(size);
        while (size-- > 0 && !failed()) made.push_back(value());
        return made;
    }
    server_value of_pairs(std::size_t size) {
        server_value::map made;
        made.reserve(size);
        while (size-- > 0 && !failed()) {
            server_value key = value();
            if (!failed() && !key.is_key()) return failure();
            made.emplace_back(std::move(key), value());
        }
        return made;
    }

    std::uint8_t const* at_;
    std::uint8_t const* end_;
    unsigned depth_left_;
    std::size_t elements_left_;
    server_error error_{};
};

}  // namespace racekit
