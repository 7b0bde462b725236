// SPDX-License-Identifier: MIT
// The detectors of the native flavour.
#include "process/process.hpp"
#include "stress/stress.hpp"

namespace racekit {

std::span<detector const> detectors() {
    static constexpr detector all[] = {{"stress", stress::look}, {"process", processes::look}};
    return all;
}

}  // namespace racekit
