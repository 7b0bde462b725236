// SPDX-License-Identifier: MIT
// std::cv_status and std::stop_token, under racekit's name.
#pragma once

#include <condition_variable>
#include <stop_token>

namespace racekit {

using std::cv_status;

}  // namespace racekit
