// SPDX-License-Identifier: MIT
// The detectors of the tsan flavour.
#include "tsan.hpp"

#include <racekit/detector.hpp>

namespace racekit {

std::span<detector const> detectors() {
    static constexpr detector all[] = {{"tsan", tsan::look}};
    return all;
}

}  // namespace racekit
