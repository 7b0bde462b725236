// mutex: the futex lock, or in the model its specification.
#pragma once

#include <racekit/lock/futex_mutex.hpp>
#include <racekit/lock/guard.hpp>

namespace racekit {

using mutex = layered<futex_mutex, specification::mutex>;

}  // namespace racekit
