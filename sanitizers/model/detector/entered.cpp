// SPDX-License-Identifier: MIT
// Enters the model detector into the table.
#include "model.hpp"

namespace racekit::model {
namespace {
entered_detector const entered{{"model", look, true, true}};
}  // namespace
}  // namespace racekit::model
