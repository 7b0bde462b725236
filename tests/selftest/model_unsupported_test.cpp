// SPDX-License-Identifier: MIT
// A clean verdict carries a warning where the program comes near something that the engine never
// shows, and only there.
#include "unit/model/program.hpp"

#include "model/core/unsupported.hpp"

#include <gtest/gtest.h>

namespace {

using namespace racekit;
using namespace racekit::model;

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto seq_cst = std::memory_order_seq_cst;

struct shared {
    atomic<int> x{0};
    atomic<int> y{0};
    atomic<int> z{0};
    mutex gate;
};

using part = std::function<void(shared&)>;

/// The kinds of warnings, after all executions.
std::string warned(std::vector<part> threads, memory_kind memory = memory_kind::relacy) {
    program<shared> body;
    body.threads = std::move(threads);
    unsupported_outcomes::forget();
    exploration_config config;
    config.memory = memory;
    EXPECT_EQ("", explore(body, config).kind());
    std::string kinds;
    for (warning const& each : unsupported_outcomes::met())
        kinds += (kinds.empty() ? "" : ", ") + each.kind;
    return kinds;
}

/// A load of one and then a store of the other.
part load_store_pair(atomic<int> shared::*from, std::memory_order load, atomic<int> shared::*to,
             std::memory_order store) {
    return [=](shared& all) {
        (void)(all.*from).load(load);
        (all.*to).store(1, store);
    };
}

part stores(std::memory_order order) {
    return [=](shared& all) { all.x.store(1, order); };
}

TEST(model_unsupported, release_and_acquire_warn_of_nothing) {
    EXPECT_EQ("", warned({[](shared& all) {
                              all.y.store(1, relaxed);
                              all.x.store(1, release);
                          },
                          [](shared& all) {
                              if (all.x.load(acquire) == 1) (void)all.y.load(relaxed);
                          }}));
}

TEST(model_unsupported, counters_and_exchange_loops_warn_of_nothing) {
    part const both = [](shared& all) {
        (void)all.x.fetch_add(1, relaxed);
        int seen = all.y.load(relaxed);
        while (!all.y.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel, relaxed)) {
        }
    };
    EXPECT_EQ("", warned({both, both}));
}

TEST(model_unsupported, two_that_store_in_no_order) {
    EXPECT_EQ("modification order", warned({stores(relaxed), stores(relaxed)}));
    EXPECT_EQ("modification order", warned({stores(release), stores(seq_cst)}));
}

TEST(model_unsupported, the_exact_memory_warns_of_load_buffering_alone) {
    constexpr auto exact = memory_kind::exact;
    EXPECT_EQ("", warned({stores(relaxed), stores(relaxed)}, exact));
    EXPECT_EQ("", warned({[](shared& all) {
                              all.y.store(2, seq_cst);
                              all.x.store(1, relaxed);
                          },
                          [](shared& all) {
                              (void)all.x.load(relaxed);
                              (void)all.y.load(seq_cst);
                          }},
                         exact));
    part const one = load_store_pair(&shared::x, relaxed, &shared::y, relaxed);
    part const other = load_store_pair(&shared::y, relaxed, &shared::x, relaxed);
    EXPECT_EQ("load buffering", warned({one, other}, exact));
}

// The only execution that shows these is the first one.
TEST(model_unsupported, load_buffering_behind_a_guard_or_an_exchange_that_must_succeed) {
    constexpr auto exact = memory_kind::exact;
    part const loads_and_stores = load_store_pair(&shared::x, relaxed, &shared::y, relaxed);
    EXPECT_EQ("load buffering", warned({loads_and_stores,
                                        [](shared& all) {
                                            if (all.y.load(relaxed) == 1) all.x.store(1, relaxed);
                                        }},
                                       exact));
    EXPECT_EQ("load buffering", warned({[](shared& all) {
                                            int expected = 0;
                                            if (all.z.load(seq_cst) == 1)
                                                (void)all.y.compare_exchange_strong(
                                                    expected, 1, relaxed, seq_cst);
                                        },
                                        [](shared& all) {
                                            (void)all.y.fetch_add(10, relaxed);
                                            (void)all.z.exchange(1, relaxed);
                                        }},
                                       exact));
}

TEST(model_unsupported, two_that_store_in_order_warn_of_nothing) {
    part const under_lock = [](shared& all) {
        std::scoped_lock const hold(all.gate);
        all.x.store(all.x.load(relaxed) + 1, relaxed);
    };
    EXPECT_EQ("", warned({under_lock, under_lock}));
    EXPECT_EQ("", warned({[](shared& all) {
                              all.x.store(1, relaxed);
                              all.y.store(1, release);
                          },
                          [](shared& all) {
                              if (all.y.load(acquire) == 1) all.x.store(2, relaxed);
                          }}));
}

TEST(model_unsupported, seq_cst_alone_warns_of_nothing) {
    EXPECT_EQ("", warned({stores(seq_cst), stores(seq_cst)}));
    EXPECT_EQ("", warned({[](shared& all) {
                              all.x.store(1, seq_cst);
                              (void)all.y.load(seq_cst);
                          },
                          [](shared& all) {
                              all.y.store(1, seq_cst);
                              (void)all.x.load(seq_cst);
                          }}));
}

TEST(model_unsupported, seq_cst_stores_among_weaker_operations) {
    EXPECT_EQ("modification order", warned({[](shared& all) {
                                                all.x.store(2, seq_cst);
                                                all.y.store(1, relaxed);
                                            },
                                            [](shared& all) {
                                                (void)all.y.load(relaxed);
                                                all.x.store(1, seq_cst);
                                            }}));
}

TEST(model_unsupported, loads_before_stores_crosswise) {
    EXPECT_EQ("load buffering",
              warned({load_store_pair(&shared::x, relaxed, &shared::y, relaxed),
                      load_store_pair(&shared::y, relaxed, &shared::x, relaxed)}));
    EXPECT_EQ("load buffering",
              warned({load_store_pair(&shared::x, acquire, &shared::y, relaxed),
                      load_store_pair(&shared::y, acquire, &shared::x, relaxed)}));
    EXPECT_EQ("load buffering",
              warned({load_store_pair(&shared::x, relaxed, &shared::y, release),
                      load_store_pair(&shared::y, relaxed, &shared::x, release)}));
    EXPECT_EQ("load buffering",
              warned({load_store_pair(&shared::x, acquire, &shared::y, release),
                      load_store_pair(&shared::y, relaxed, &shared::x, relaxed)}));
    EXPECT_EQ("load buffering",
              warned({load_store_pair(&shared::x, relaxed, &shared::y, relaxed),
                      load_store_pair(&shared::y, relaxed, &shared::z, relaxed),
                      load_store_pair(&shared::z, relaxed, &shared::x, relaxed)}));
}

struct many {
    atomic<int> cells[80];
    atomic<int> own[4];
};
using part_of_many = std::function<void(many&)>;

std::string warned_among(std::vector<part_of_many> threads) {
    program<many> body;
    body.threads = std::move(threads);
    unsupported_outcomes::forget();
    EXPECT_EQ("", explore(body).kind());
    std::string kinds;
    for (warning const& each : unsupported_outcomes::met()) kinds += each.kind + ";";
    return kinds;
}

part_of_many pair_of(int from, int to, std::memory_order load, std::memory_order store,
                     int operations_before = 0) {
    return [=](many& all) {
        for (int done = 0; done < operations_before; ++done) all.own[from % 4].store(done, relaxed);
        (void)all.cells[from].load(load);
        all.cells[to].store(1, store);
    };
}

TEST(model_unsupported, loads_before_stores_in_a_circle_of_four) {
    auto const circle = [](std::memory_order load, std::memory_order store) {
        return warned_among({pair_of(0, 1, load, store), pair_of(1, 2, load, store),
                             pair_of(2, 3, load, store), pair_of(3, 0, load, store)});
    };
    EXPECT_EQ("load buffering;", circle(relaxed, relaxed));
    EXPECT_EQ("load buffering;", circle(acquire, relaxed));
    EXPECT_EQ("", circle(acquire, release));
    EXPECT_EQ("", warned_among({pair_of(0, 1, relaxed, relaxed), pair_of(1, 2, relaxed, relaxed),
                                pair_of(2, 3, relaxed, relaxed)}))
        << "no circle";
}

TEST(model_unsupported, loads_before_stores_after_many_operations_or_of_the_last_of_many_objects) {
    EXPECT_EQ("load buffering;", warned_among({pair_of(0, 1, relaxed, relaxed, 70),
                                               pair_of(1, 0, relaxed, relaxed, 70)}));
    EXPECT_EQ("", warned_among(
                      {pair_of(0, 1, acquire, release, 70), pair_of(1, 0, acquire, release, 70)}));
    EXPECT_EQ("load buffering;",
              warned_among({pair_of(70, 71, relaxed, relaxed), pair_of(71, 70, relaxed, relaxed)}));
}

TEST(model_unsupported, loads_before_stores_that_synchronise_warn_of_nothing) {
    EXPECT_EQ("", warned({load_store_pair(&shared::x, acquire, &shared::y, release),
                          load_store_pair(&shared::y, acquire, &shared::x, release)}));
    EXPECT_EQ("", warned({load_store_pair(&shared::x, acquire, &shared::y, relaxed),
                          load_store_pair(&shared::y, relaxed, &shared::x, release)}))
        << "one that does not is not enough";
    part const looks_twice = [](shared& all) {
        (void)all.x.load(relaxed);
        (void)all.x.load(acquire);
        all.y.store(1, release);
    };
    EXPECT_EQ("", warned({looks_twice, load_store_pair(&shared::y, acquire, &shared::z, release),
                          load_store_pair(&shared::z, relaxed, &shared::x, release)}))
        << "nor of three";
    part const first = [](shared& all) {
        (void)all.x.load(relaxed);
        racekit::atomic_thread_fence(std::memory_order_acq_rel);
        all.y.store(1, relaxed);
    };
    part const second = [](shared& all) {
        (void)all.y.load(relaxed);
        racekit::atomic_thread_fence(std::memory_order_acq_rel);
        all.x.store(1, relaxed);
    };
    EXPECT_EQ("", warned({first, second}));
    part const under_lock = [](shared& all) {
        std::scoped_lock const hold(all.gate);
        (void)all.x.load(relaxed);
        all.y.store(1, relaxed);
        (void)all.y.load(relaxed);
        all.x.store(1, relaxed);
    };
    EXPECT_EQ("", warned({under_lock, under_lock}));
}

TEST(model_unsupported, seq_cst_reached_by_something_weaker) {
    EXPECT_EQ("single order", warned({[](shared& all) {
                                          all.x.store(1, seq_cst);
                                          all.y.store(1, relaxed);
                                      },
                                      [](shared& all) {
                                          (void)all.y.load(relaxed);
                                          (void)all.x.load(seq_cst);
                                      }}));
    EXPECT_EQ("single order", warned({[](shared& all) {
                                          all.x.store(1, seq_cst);
                                          all.y.store(1, relaxed);
                                      },
                                      [](shared& all) {
                                          (void)all.y.load(relaxed);
                                          racekit::atomic_thread_fence(seq_cst);
                                          (void)all.x.load(relaxed);
                                      }}));
    EXPECT_EQ("", warned({[](shared& all) {
                              all.x.store(1, seq_cst);
                              all.y.store(1, release);
                          },
                          [](shared& all) {
                              if (all.y.load(acquire) == 1) (void)all.x.load(seq_cst);
                          }}));
}

TEST(model_unsupported, a_warning_says_where) {
    program<shared> body;
    body.threads = {stores(relaxed), stores(relaxed)};
    unsupported_outcomes::forget();
    exploration_config config;
    config.memory = memory_kind::relacy;
    (void)explore(body, config);
    ASSERT_EQ(1U, unsupported_outcomes::met().size());
    EXPECT_NE(std::string::npos,
              unsupported_outcomes::met()[0].text.find("model_unsupported_test.cpp:"));
    unsupported_outcomes::forget();
    EXPECT_TRUE(unsupported_outcomes::met().empty());
}

}  // namespace
