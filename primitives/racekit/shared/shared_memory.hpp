// SPDX-License-Identifier: MIT
// shared_segment: an object in shared memory that unrelated processes find by a name or descriptor.
//
// Progress: making and finding one is blocking, for as long as the operating system takes.
// Invariant: what a process finds is whole: it gets its name when the object in it is constructed,
//           by one link(2). The size of an anonymous one is sealed. The header is written once and
//           checked on a copy, every size derived anew.
// Ordering: everything before create() returns happens before the return of attach().
// Death:    of a process that is making it, nothing but a file that sweep_shared_segments(), or the
//           next create() of any name that finds it in its way, removes. Of its maker, the name
//           stays until nobody has it open, then the next create() takes it over. Of another
//           process, nothing.
// Errors:   segment_error, with the fault and what to do.
// Source:   own; memfd_create(2), link(2), flock(2).
#pragma once

#include <racekit/platform.hpp>

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

namespace racekit {

namespace shared_memory_detail {

/// T::layout_version, which a program raises when it changes T, else 1.
template <class T>
consteval std::uint32_t version_of() {
    if constexpr (requires { T::layout_version; }) return T::layout_version;
    return 1;
}

template <class T>
constexpr segment_wish wish_for() {
    segment_wish wish;
    wish.object_size = sizeof(T);
    wish.object_alignment = alignof(T);
    wish.object_version = version_of<T>();
    return wish;
}

}  // namespace shared_memory_detail

/// One T, mapped by each process somewhere else, so it holds no pointers. T is never destroyed: its
/// memory goes with the last process that maps it. Keep the segment for as long as a thread of this
/// process uses T, or is inside unlock() of a lock in it.
template <class T>
class shared_segment {
    static_assert(alignof(T) <= 4096, "a mapping is aligned to a page, no further");
    static_assert(std::is_trivially_destructible_v<T> || !segment_file::is_real,
                  "another process may still use it when this one is done: nobody destroys it");

public:
    shared_segment(shared_segment&&) noexcept = default;

    /// A segment without a name, for children that inherit file() or are passed it. Throws
    /// segment_error, and what T's constructor throws.
    template <class... Arguments>
    static shared_segment create(Arguments&&... arguments) {
        return made("", std::forward<Arguments>(arguments)...);
    }
    /// A segment that others attach to by `name`; fault name_in_use if one is there and in use. The
    /// name is removed when this object goes, in the process that made it.
    template <class... Arguments>
    static shared_segment create_named(std::string const& name, Arguments&&... arguments) {
        if (name.empty()) throw segment_error(segment_fault::bad_name, "''");
        return made(name, std::forward<Arguments>(arguments)...);
    }
    /// The segment of that name. Throws segment_error.
    static shared_segment attach(std::string const& name) {
        return shared_segment(segment_file::attach(shared_memory_detail::wish_for<T>(), name));
    }
    /// The segment behind a descriptor of another process's file(). Throws segment_error.
    static shared_segment attach(descriptor file) {
        return shared_segment(
            segment_file::attach(shared_memory_detail::wish_for<T>(), std::move(file)));
    }

    [[nodiscard]] T& operator*() const noexcept {
        return *std::launder(static_cast<T*>(inside_.object()));
    }
    [[nodiscard]] T* operator->() const noexcept { return &**this; }
    /// To pass on to a child or through a socket. It closes on exec.
    [[nodiscard]] descriptor const& file() const noexcept { return inside_.file(); }
    /// Removes the name now; only its maker can. Those that are attached go on.
    void unlink() { inside_.unlink(); }

private:
    explicit shared_segment(segment_file inside) : inside_(std::move(inside)) {}
    template <class... Arguments>
    static shared_segment made(std::string const& name, Arguments&&... arguments) {
        return shared_segment(segment_file::create(
            shared_memory_detail::wish_for<T>(), name,
            [&](void* at) { ::new (at) T(std::forward<Arguments>(arguments)...); }));
    }

    segment_file inside_;
};

/// Removes the names of segments that no living process has open; returns how many. Those of other
/// users stay.
inline std::size_t sweep_shared_segments() { return sweep_segment_files(); }

}  // namespace racekit
