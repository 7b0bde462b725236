// SPDX-License-Identifier: MIT
// The object and its specification without their types: internal to linearizable.hpp.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

namespace racekit {

/// Thrown by wait_unless: the call cannot complete in this state of the specification.
struct must_wait {};

/// For specifications: the call blocks until `ready` is true.
inline void wait_unless(bool ready) {
    if (!ready) throw must_wait();
}

namespace linearity {

/// The result of a call that returns void.
struct nothing {
    bool operator==(nothing const&) const = default;
};

template <class T>
concept like_optional = requires(T const& value) {
    { value.has_value() } -> std::same_as<bool>;
    *value;
};
template <class T>
concept like_pair = requires(T const& value) {
    value.first;
    value.second;
};
template <class T>
concept named = requires(T const& value) {
    { name(value) } -> std::convertible_to<std::string>;
};
template <class T>
concept printable = requires(std::ostream& out, T const& value) { out << value; };

template <class T>
concept hashed = requires(T const& value) {
    { value.hash() } -> std::convertible_to<std::size_t>;
};
template <class T>
concept hashed_by_std = requires(T const& value) {
    { std::hash<T>()(value) } -> std::convertible_to<std::size_t>;
};

template <class T>
std::string shown(T const& value) {
    if constexpr (std::same_as<T, nothing>) {
        return "returns";
    } else if constexpr (std::same_as<T, bool>) {
        return value ? "true" : "false";
    } else if constexpr (like_optional<T>) {
        return value.has_value() ? shown(*value) : "nothing";
    } else if constexpr (like_pair<T>) {
        return shown(value.first) + ", " + shown(value.second);
    } else if constexpr (named<T>) {
        return name(value);
    } else if constexpr (std::is_enum_v<T>) {
        return std::to_string(static_cast<long long>(value));
    } else if constexpr (printable<T>) {
        std::ostringstream out;
        out << value;
        return out.str();
    } else {
        return "a value";
    }
}

/// Whether the result means that the call had no effect: the rest of its sequence is then skipped.
template <class T>
bool refused(T const& value) {
    if constexpr (std::same_as<T, bool>) {
        return !value;
    } else if constexpr (like_optional<T>) {
        return !value.has_value();
    } else {
        return false;
    }
}

enum class fit { fits, differs, waits };

inline constexpr unsigned any_result = ~0U;

/// A state of the specification.
class state {
public:
    state() = default;
    state(state const&) = delete;
    state& operator=(state const&) = delete;
    virtual ~state() = default;
    [[nodiscard]] virtual std::unique_ptr<state> copy() const = 0;
    /// False also when the specification has no operator==.
    [[nodiscard]] virtual bool equals(state const& other) const = 0;
    /// The same for equal states; always 0 when the specification has no hash().
    [[nodiscard]] virtual std::size_t hash() const = 0;
    /// Applies one operation. Do not use the state again unless the result is `fits`.
    [[nodiscard]] virtual fit step(unsigned operation, unsigned result) = 0;
    /// The specified result of the operation in this state, as text.
    [[nodiscard]] virtual std::string gives(unsigned operation) const = 0;
};

/// Receives the result of a call before the call returns to the recorder.
class result_sink {
public:
    virtual ~result_sink() = default;
    virtual void store(void const* result, bool refused) = 0;
};

/// Operations that one thread calls one after the other, up to the first that is refused.
struct call_sequence {
    std::string name;
    std::vector<unsigned> operations;
    std::string role;  ///< in a program only one thread has this role; empty: any thread may call
};

/// The object and its specification without their types. Equal results have the same number.
class subject {
public:
    subject() = default;
    subject(subject const&) = delete;
    subject& operator=(subject const&) = delete;
    virtual ~subject() = default;

    std::string name;
    std::vector<std::string> operations;  ///< their names
    std::vector<call_sequence> sequences;
    std::vector<std::string> partitions;  ///< of each operation; empty: the whole object
    std::vector<unsigned> helpers;  ///< operations to call when no call returns in a long run

    [[nodiscard]] virtual std::size_t size() const = 0;
    [[nodiscard]] virtual std::size_t alignment() const = 0;
    virtual void make(void* at) const = 0;
    virtual void destroy(void* at) const = 0;
    virtual void call(void* object, unsigned operation, result_sink& sink) const = 0;

    [[nodiscard]] virtual std::shared_ptr<void const> copied(unsigned operation,
                                                             void const* result) const = 0;
    [[nodiscard]] virtual unsigned numbered(unsigned operation, void const* result) = 0;
    [[nodiscard]] virtual std::string shown(unsigned operation, unsigned result) const = 0;
    [[nodiscard]] virtual std::unique_ptr<state> start() const = 0;
};

}  // namespace linearity
}  // namespace racekit
