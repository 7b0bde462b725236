// SPDX-License-Identifier: MIT
// The annotations of a lock, where nothing uses them.
#pragma once

#include <racekit/platform/site.hpp>

namespace racekit::annotate {

constexpr void lock_created(void const*) noexcept {}
inline void lock_destroyed(void const*) noexcept {}
inline void before_lock(void const*, bool /*shared*/ = false, site = {}) noexcept {}
inline void after_lock(void const*, bool /*shared*/ = false, site = {}) noexcept {}
inline void before_unlock(void const*, bool /*shared*/ = false, site = {}) noexcept {}
inline void after_unlock(void const*, bool /*shared*/ = false) noexcept {}
inline void before_try_lock(void const*, bool /*shared*/ = false) noexcept {}
inline void after_try_lock(void const*, bool /*taken*/, bool /*shared*/ = false,
                           site = {}) noexcept {}

}  // namespace racekit::annotate
