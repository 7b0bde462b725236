// SPDX-License-Identifier: MIT
// A public bug report that rests on the count inside std::shared_ptr, which the model does not see:
// it may not call the fixed variant wrong, nor clean.
#include "cases.hpp"

#include <memory>

namespace fences {
namespace {

/// Two that share a std::shared_ptr; one still writes after it has let go.
template <class variant>
struct owned_by_the_library {
    static constexpr int threads = 2;
    struct parts {
        racekit::plain<int> each[2] = {0, 0};
    };
    std::shared_ptr<parts> owners[2];
    void before() { owners[0] = owners[1] = std::make_shared<parts>(); }
    void thread(int self) {
        parts* const raw = owners[self].get();
        raw->each[self].write(1);                         // <- race
        owners[self].reset();                             // <- race
        if (!variant::correct) raw->each[self].write(2);  // <- race
    }
};
RACEKIT_FENCE_CASE_THAT(owned_by_the_library, racekit::finds);

}  // namespace
}  // namespace fences
