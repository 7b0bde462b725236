// SPDX-License-Identifier: MIT
// raw_value: a variable in shared memory that nothing synchronises.
//
// Progress: wait-free.
#pragma once

#include <racekit/platform.hpp>

#include <type_traits>

namespace racekit {

/// For what one process writes before the others start, or what another lock guards. Concurrent use
/// is a data race that no detector of one process can see.
/// T holds no pointers: they mean nothing in another process.
template <class T>
class raw_value {
    static_assert(std::is_trivially_copyable_v<T>, "bytes are all that another process sees");

public:
    raw_value() = default;
    explicit raw_value(T value) : value_(value) {}

    [[nodiscard]] T get(site where = site::here()) const { return value_.read(where); }
    void set(T value, site where = site::here()) { value_.write(value, where); }

private:
    plain<T> value_;
};

}  // namespace racekit
