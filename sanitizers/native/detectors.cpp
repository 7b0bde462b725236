// The detectors of the native flavour.
#include "../stress/stress.hpp"

namespace racekit {

std::span<detector const> detectors() {
    static constexpr detector all[] = {{"stress", stress::look}};
    return all;
}

}  // namespace racekit
