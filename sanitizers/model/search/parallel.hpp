// SPDX-License-Identifier: MIT
// An exhaustive search in parts: workers, shards and checkpoints.
#pragma once

#include "search_state.hpp"

namespace racekit::model {

/// Searches exhaustively by workers that take one prefix of choices after the other, and continues
/// from the checkpoint if there is one. The finding at the lowest prefix is the one that a single
/// worker would report.
void search_in_parts(search_state& state);

}  // namespace racekit::model
