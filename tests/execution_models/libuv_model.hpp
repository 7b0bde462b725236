// SPDX-License-Identifier: MIT
// libuv, if it was found (RACEKIT_HAS_UV): callbacks of one event loop.
#pragma once

#include "run.hpp"

namespace execution_models {

result libuv_loop(request const& asked);

}  // namespace execution_models
