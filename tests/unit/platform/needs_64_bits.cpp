// SPDX-License-Identifier: MIT
// Does not compile for a 32-bit target, whose C++ library need not be there.
#include <racekit/platform/requirements.hpp>
