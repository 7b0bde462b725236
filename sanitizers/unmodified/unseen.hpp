// SPDX-License-Identifier: MIT
// What the program does, or may do, that the model does not see: the warnings of a verdict. It
// defines model/objects/libc_interposition.hpp for this flavour.
#pragma once

#include <string>

namespace racekit::unmodified {

/// Notes it, once, for the verdict of this run; also in a forked worker.
void note_unseen(std::string const& what);

}  // namespace racekit::unmodified
