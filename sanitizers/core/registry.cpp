// SPDX-License-Identifier: MIT
#include <racekit/registry.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace racekit {

std::vector<scenario>& registry() {
    static std::vector<scenario> all;
    return all;
}

namespace {

[[noreturn]] void refuse(scenario const& what, char const* why) {
    std::fprintf(stderr, "racekit: %s: scenario %s %s\n", what.file, what.id().c_str(), why);
    std::exit(70);
}

/// A promise left unstated is refused, except where the cast alone rules the detector out.
void settle(scenario const& what, promise& said, char const* detector, char const* ruled_out) {
    if (said.sight != sight::unstated) return;
    if (ruled_out[0] == '\0') {
        std::string const why = std::string("states no promise for ") + detector + ": add ." +
                                detector + " = racekit::finds, may_find, blind or absent(\"why\")";
        refuse(what, why.c_str());
    }
    said = absent(ruled_out);
}

}  // namespace

enrolled::enrolled(scenario what) {
    bool const processes = what.cast == cast::processes;
    if (what.count < 1 || what.count > 8) refuse(what, "has a cast of other than 1 to 8 members");
    settle(what, what.about.stress, "stress", processes ? "told by processes" : "");
    settle(what, what.about.tsan, "tsan", "");
    settle(what, what.about.model, "model", "");
    settle(what, what.about.process, "process", processes ? "" : "told by threads");
    registry().push_back(what);
}

promise promised(scenario const& what, char const* detector) {
    if (!std::strcmp(detector, "stress")) return what.about.stress;
    if (!std::strcmp(detector, "tsan")) return what.about.tsan;
    if (!std::strcmp(detector, "model")) return what.about.model;
    if (!std::strcmp(detector, "process")) return what.about.process;
    return {};
}

}  // namespace racekit
