// SPDX-License-Identifier: MIT
#include <racekit/registry.hpp>

namespace racekit {

std::vector<scenario>& registry() {
    static std::vector<scenario> all;
    return all;
}

}  // namespace racekit
