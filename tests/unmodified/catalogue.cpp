// SPDX-License-Identifier: MIT
// A scenario of the catalogue in its native form, as a program of its own: racekit's primitives
// over std::atomic, its threads as std::thread, explored as any other program.
//
//     unmodified.catalogue                                   prints the scenarios of threads, and
//                                                            what the model promises of each
//     unmodified.catalogue.model -- lock/lost_update racy    explores one
#include <racekit/check.hpp>
#include <racekit/enrolment.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <thread>
#include <vector>

namespace racekit {

std::vector<scenario>& registry() {
    static std::vector<scenario> all;
    return all;
}

enrolled::enrolled(scenario what, char const*, char const*, char const*) {
    if (what.run_by == racekit::run_by::threads) registry().push_back(what);
}

void check_failed(char const*, std::string_view, site) { std::abort(); }

}  // namespace racekit

namespace {

/// One test instance from its construction to its destruction.
void run(racekit::scenario const& what, racekit::instance_maker const& maker) {
    void* const place = ::operator new(maker.size, std::align_val_t(maker.alignment));
    racekit::test_instance* const instance = maker.make(place);
    instance->before();
    std::vector<std::thread> threads;
    for (int self = 0; self < what.count; ++self)
        threads.emplace_back([instance, self] { instance->act(self); });
    for (std::thread& each : threads) each.join();
    instance->after();
    instance->~test_instance();
    ::operator delete(place, std::align_val_t(maker.alignment));
}

}  // namespace

int main(int count, char** given) {
    if (count == 1) {
        for (racekit::scenario const& each : racekit::registry())
            std::printf("%s %s\n", each.id().c_str(), name(each.about.model.sight));
        return 0;
    }
    for (racekit::scenario const& each : racekit::registry()) {
        if (count != 3 || each.id() != given[1]) continue;
        auto const which = std::strcmp(given[2], "racy") == 0 ? racekit::variant::racy
                                                              : racekit::variant::fixed;
        run(each, each.maker(which));
        return 0;
    }
    std::fprintf(stderr, "usage: %s FAMILY/NAME racy|fixed\n", given[0]);
    return 2;
}
