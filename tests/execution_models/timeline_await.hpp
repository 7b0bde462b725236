// SPDX-License-Identifier: MIT
// Lanes of Asio's coroutines: while one waits, others use the thread.
#pragma once

#include "timeline.hpp"

#include <asio/awaitable.hpp>

#include <type_traits>
#include <utility>

namespace execution_models::timeline {

/// The value of `inner`; until it is there, `mine` is in that state.
template <class T>
asio::awaitable<T> while_it(lane& mine, state what, asio::awaitable<T> inner) {
    double const from = mine.stop();
    if constexpr (std::is_void_v<T>) {
        co_await std::move(inner);
        mine.go_on(what, from);
    } else {
        T got = co_await std::move(inner);
        mine.go_on(what, from);
        co_return got;
    }
}

}  // namespace execution_models::timeline
