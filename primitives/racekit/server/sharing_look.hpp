// SPDX-License-Identifier: MIT
// sharing_look: a look for input that lets others run on its processor.
//
// With more threads than processors, one that looks without a pause keeps away those who have what
// it looks for: one client and the server take all processors, and the others wait for the ends of
// their time slices. So between two looks it yields. That is dear beside a thread that computes:
// the scheduler lets that one run for a whole time slice then. So where many yields take long there
// is none for a while, and looks are shorter.
#pragma once

#include <racekit/platform.hpp>

#include <chrono>

namespace racekit {

class sharing_look {
public:
    /// When a look that begins now ends, if nothing is found: after `longest`, or a part of it.
    [[nodiscard]] deadline end(duration longest) const {
        deadline const now = clock::now();
        return from_now(now, now < again_at_ ? longest / alone : longest);
    }
    /// Between two looks. `give` gives the processor away.
    template <class Give>
    void pause(Give give) {
        deadline const before = clock::now();
        if (before < again_at_) return;
        give();
        deadline const now = clock::now();
        if (now - before < long_absence) {
            if (score_ > 0) --score_;
        } else if ((score_ += a_long_one) > most) {
            score_ = 0;
            again_at_ = from_now(now, share * (now - before));
        }
    }

    void pause() {
        pause([] { spin_hint(); });
    }

private:
    static constexpr duration long_absence = std::chrono::milliseconds(1);
    // One alone may be due to another one that waits for its reply: one in eight is too many.
    static constexpr int a_long_one = 8;
    static constexpr int most = 8;
    static constexpr int share = 32;  // how many times as long as the last one there is none
    static constexpr int alone = 3;

    int score_ = 0;
    deadline again_at_ = deadline::min();
};

}  // namespace racekit
