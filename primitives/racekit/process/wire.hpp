// SPDX-License-Identifier: MIT
// wire: values as bytes, for processes that were forked from one program.
//
// Trivially copyable values that hold no pointers travel as they are; so do pairs, tuples, optional
// values, strings and vectors of what travels. For a type of your own specialise
// racekit::wire_form<T>. A reader checks every length against the bytes that are there.
//
// Errors: wire_error, when bytes are missing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace racekit {

/// The bytes are no value of that type.
class wire_error : public std::runtime_error {
public:
    wire_error() : std::runtime_error("wire: fewer bytes than the value has") {}
};

class wire_writer {
public:
    explicit wire_writer(std::string& into) : into_(into) {}
    void bytes(void const* from, std::size_t size) {
        into_.append(static_cast<char const*>(from), size);
    }
    template <class T>
    void plain(T const& value) {
        static_assert(std::is_trivially_copyable_v<T>);
        bytes(&value, sizeof value);
    }

private:
    std::string& into_;
};

class wire_reader {
public:
    wire_reader(char const* from, std::size_t size) : at_(from), end_(from + size) {}
    void bytes(void* to, std::size_t size) {
        if (size > left()) throw wire_error();
        if (size > 0) std::memcpy(to, at_, size);
        at_ += size;
    }
    template <class T>
    [[nodiscard]] T plain() {
        static_assert(std::is_trivially_copyable_v<T>);
        alignas(T) std::byte room[sizeof(T)];
        bytes(room, sizeof room);
        return *std::launder(reinterpret_cast<T*>(room));
    }
    /// A count of things of at least `each` bytes.
    [[nodiscard]] std::size_t count(std::size_t each) {
        auto const many = plain<std::uint64_t>();
        if (many > left() / (each > 0 ? each : 1)) throw wire_error();
        return many;
    }
    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }

private:
    char const* at_;
    char const* end_;
};

/// How T travels: static void write(wire_writer&, T const&) and static T read(wire_reader&).
template <class T>
struct wire_form {
    static_assert(std::is_trivially_copyable_v<T>,
                  "specialise racekit::wire_form<T> for a type that is not trivially copyable");
    static_assert(!std::is_pointer_v<T>, "a pointer means nothing in another process");
    static constexpr bool is_flat = true;  // it travels as its bytes
    static void write(wire_writer& to, T const& value) { to.plain(value); }
    static T read(wire_reader& from) { return from.plain<T>(); }
};

/// Many of them travel as one block.
template <class T>
concept wire_flat = !std::is_void_v<T> && requires { requires wire_form<T>::is_flat; };

template <>
struct wire_form<std::string> {
    static void write(wire_writer& to, std::string const& value) {
        to.plain(std::uint64_t(value.size()));
        to.bytes(value.data(), value.size());
    }
    static std::string read(wire_reader& from) {
        std::string value(from.count(1), '\0');
        from.bytes(value.data(), value.size());
        return value;
    }
};

template <class T>
struct wire_form<std::vector<T>> {
    static void write(wire_writer& to, std::vector<T> const& value) {
        to.plain(std::uint64_t(value.size()));
        if constexpr (wire_flat<T> && !std::is_same_v<T, bool>) {
            to.bytes(value.data(), value.size() * sizeof(T));
        } else {
            for (T const& each : value) wire_form<T>::write(to, each);
        }
    }
    static std::vector<T> read(wire_reader& from) {
        if constexpr (wire_flat<T> && !std::is_same_v<T, bool>) {
            std::vector<T> value(from.count(sizeof(T)));
            from.bytes(value.data(), value.size() * sizeof(T));
            return value;
        } else {
            std::vector<T> value;
            for (std::size_t left = from.count(1); left > 0; --left)
                value.push_back(wire_form<T>::read(from));
            return value;
        }
    }
};

template <class... Parts>
struct wire_form<std::tuple<Parts...>> {
    static void write(wire_writer& to, std::tuple<Parts...> const& value) {
        std::apply([&](auto const&... each) { (wire_form<Parts>::write(to, each), ...); }, value);
    }
    static std::tuple<Parts...> read(wire_reader& from) {
        return std::tuple<Parts...>{wire_form<Parts>::read(from)...};  // in this order
    }
};

template <class First, class Second>
struct wire_form<std::pair<First, Second>> {
    static void write(wire_writer& to, std::pair<First, Second> const& value) {
        wire_form<First>::write(to, value.first);
        wire_form<Second>::write(to, value.second);
    }
    static std::pair<First, Second> read(wire_reader& from) {
        First first = wire_form<First>::read(from);
        return {std::move(first), wire_form<Second>::read(from)};
    }
};

template <class T>
struct wire_form<std::optional<T>> {
    static void write(wire_writer& to, std::optional<T> const& value) {
        to.plain(std::uint8_t(value.has_value()));
        if (value) wire_form<T>::write(to, *value);
    }
    static std::optional<T> read(wire_reader& from) {
        if (from.plain<std::uint8_t>() == 0) return std::nullopt;
        return wire_form<T>::read(from);
    }
};

}  // namespace racekit
