// SPDX-License-Identifier: MIT
// Copied generator. Two children draw random numbers from the generator that they inherited, and
// draw the same ones.
//
//     parent:   seeds the generator .. fork .. fork
//     child 0:  ...................... draws 1804289383
//     child 1:  .............................. draws 1804289383
//
// The mistake: a generator is ordinary memory: fork copies its state, and each child goes on from
//              the same one.
// The fix:     seed it in each child, from something that differs.
#include <racekit/scenario.hpp>

#include <random>

namespace {

struct racy {
    static void begin_child(std::minstd_rand&, unsigned) {}
};

struct fixed {
    static void begin_child(std::minstd_rand& generator, unsigned number) {
        generator.seed(1 + number);
    }
};

template <class care>
struct copied_generator {
    static constexpr int threads = 1;
    racekit::byte_pipe draws[2];

    void thread(int) {
        std::minstd_rand generator(42);
        unsigned drawn[2] = {};
        for (unsigned number = 0; number < 2; ++number) {
            racekit::process child([&] {
                care::begin_child(generator, number);
                auto const mine = static_cast<unsigned>(generator());
                (void)draws[number].writer.write_some(&mine, sizeof mine);
            });
            RACEKIT_CHECK(child.join().clean());
            (void)draws[number].reader.read_some(&drawn[number], sizeof drawn[number]);
        }
        RACEKIT_CHECK(drawn[0] != drawn[1]);
    }
};

}  // namespace

RACEKIT_SCENARIO(copied_generator, racy, fixed,
                 .title = "Children that draw the same random numbers",
                 .bug_class = "duplicated state", .cwe = 335,
                 .stress = racekit::finds("failed check"),
                 .tsan = racekit::absent("its schedule does not extend to a forked child"),
                 .model = racekit::absent("its processes share all memory: fork copies none"),
                 .never_passes = "fork always copies the generator",
                 .reference = "NumPy and multiprocessing: workers that share one random state");
