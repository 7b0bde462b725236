// SPDX-License-Identifier: MIT
// Slot leak. A producer takes the permit for a slot, fails to encode its item, and keeps the
// permit.
//
//     thread 0:  takes the permit, encode throws
//     thread 1:  ................................. waits for a permit ... for ever
//
// The mistake: an exception between taking the permit and filling the slot skips the release of the
//              permit; each such item reduces the capacity of the queue by one.
// The fix:     release the permit on every way out.
#include <racekit/scenario.hpp>

#include <stdexcept>

namespace {

/// Serialises an item; some items cannot be encoded.
int encoded(int item) {
    if (item < 0) throw std::invalid_argument("this item cannot be encoded");
    return item;
}

struct racy {
    racekit::atomic<int> permits{1};
    racekit::plain<int> slot;

    void take_permit() {
        int left = 0;
        do left = racekit::await(permits, [](int count) { return count > 0; });
        while (!permits.compare_exchange_strong(left, left - 1));
    }
    void put(int item) {
        take_permit();
        slot.write(encoded(item));
    }
    int get() {
        int const item = slot.read();
        permits.fetch_add(1);
        return item;
    }
};

struct fixed : racy {
    void put(int item) try {
        racy::put(item);
    } catch (...) {
        permits.fetch_add(1);
        throw;
    }
};

template <class queue>
struct slot_leak {
    static constexpr int threads = 2;
    queue shared;

    void thread(int self) {
        if (self == 0) {
            try {
                shared.put(-1);
            } catch (std::invalid_argument const&) {
                // The item is dropped.
            }
        } else {
            shared.put(7);
            RACEKIT_CHECK_EQUAL(7, shared.get());
        }
    }
};

}  // namespace

RACEKIT_SCENARIO(slot_leak, racy, fixed, .title = "A failed put that keeps the permit of its slot",
                 .bug_class = "permit leak", .cwe = 772, .stress = racekit::may_find("hang"),
                 .tsan = racekit::finds("deadlock"), .model = racekit::finds("deadlock"),
                 .reference = "CPython bpo-33078: a put that fails to pickle keeps its permit");
