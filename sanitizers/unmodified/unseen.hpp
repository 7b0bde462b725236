// SPDX-License-Identifier: MIT
// What the program does, or may do, that the model does not see: the warnings of a verdict. It
// defines model/objects/libc_interposition.hpp for this flavour.
#pragma once

#include <string>

namespace racekit::unmodified {

/// Notes it, once, for the verdict of this run; also in a forked worker. `gives_order`: by it a
/// thread may wait for another one.
void note_unseen(std::string const& what, bool gives_order = false);

/// A plain access races with an atomic operation: no search tries both orders of the two.
void note_race_with_atomic();

}  // namespace racekit::unmodified
