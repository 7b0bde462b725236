// SPDX-License-Identifier: MIT
#include <racekit/detector.hpp>
#include <racekit/registry.hpp>

namespace racekit {

std::vector<scenario>& registry() {
    static std::vector<scenario> all;
    return all;
}

namespace {

std::vector<detector>& table() {
    static std::vector<detector> all;
    return all;
}

}  // namespace

entered_detector::entered_detector(detector what) { table().push_back(what); }

std::span<detector const> detectors() { return table(); }

}  // namespace racekit
