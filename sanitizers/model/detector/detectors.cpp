// SPDX-License-Identifier: MIT
// The detectors of the model flavour.
#include "model.hpp"

namespace racekit {

std::span<detector const> detectors() {
    static constexpr detector all[] = {{"model", model::look}};
    return all;
}

}  // namespace racekit
