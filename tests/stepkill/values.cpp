// SPDX-License-Identifier: MIT
// Deaths inside shared values and arrays.
#include "harness.hpp"

#include <racekit/shared/copied_value.hpp>
#include <racekit/shared/shared_array.hpp>
#include <racekit/shared/shared_value.hpp>

#include <array>

namespace stepkill {
namespace {

using record = std::array<long, 12>;

record all_of(long number) {
    record made{};
    made.fill(number);
    return made;
}
long whole(record const& seen) {
    for (long each : seen) check(each == seen[0], "the value is torn");
    return seen[0];
}

template <class Value>
struct sets_a_record : body {
    Value value{all_of(1)};
    void victim() override { value.set(all_of(2)); }
    void sleeper() override {}
    char const* survivor() override {
        long const seen = whole(value.get());
        check(seen >= 1 && seen <= 3, "a value that nobody has set");
        value.set(all_of(3));
        check(whole(value.get()) == 3, "the survivor's value is not there");
        return seen == 1 ? "absent" : "whole";
    }
};
struct updates_a_record : sets_a_record<racekit::copied_value<record>> {
    void victim() override {
        value.update([](record& all) {
            for (long& each : all) ++each;
        });
    }
};
struct reads_a_record : sets_a_record<racekit::copied_value<record>> {
    void victim() override { check(whole(value.get()) == 1, "another value"); }
};

struct adds_to_a_number : body {
    racekit::shared_value<long> value{1};
    void victim() override { value += 1; }
    char const* survivor() override {
        long const seen = value.get();
        check(seen >= 1, "a value that nobody has set");
        value.fetch_add(1);
        return seen == 1 ? "absent" : "whole";
    }
};

template <class Array>
struct updates_an_array : body {
    Array all{5};
    void victim() override {
        all.update([](auto& values) {
            values[0] -= 3;
            values[4] += 2;
            values[6] += 1;
        });
    }
    char const* survivor() override {
        auto const seen = all.read_all();
        int sum = 0;
        for (int each : seen) sum += each;
        check(sum == 5 * 8, "the sum of the array differs");
        all.update([](auto& values) {
            ++values[1];
            --values[2];
        });
        check(all.get(1) + all.get(2) == 10, "the survivor's update is torn");
        return seen[0] == 5 ? "absent" : "whole";
    }
};
using array_of_8 = racekit::shared_array<int, 8>;
struct sets_an_element : updates_an_array<array_of_8> {
    void victim() override { all.set(3, 5); }
};

// Seeded bugs.
struct over_itself : racekit::copied_value_orders {
    static constexpr bool const beside = false;
};
struct without_a_log : racekit::shared_array_orders {
    static constexpr bool const log_first = false;
};
struct never_redone : racekit::shared_array_orders {
    static constexpr bool const redo = false;
};

/// The sequence lock across processes: a dead writer leaves it odd.
class sequence_value {
public:
    explicit sequence_value(record const& value) : value_(value) {}
    void set(record const& value) {
        sequence_.store(sequence_.load() | 1);
        value_ = value;
        sequence_.store(sequence_.load() + 1);
    }
    record get() const {
        for (;;) {
            unsigned const before = sequence_.load();
            record const copy = value_;
            if (before % 2 == 0 && sequence_.load() == before) return copy;
        }
    }

private:
    std::atomic<unsigned> sequence_{0};
    record value_;
};

}  // namespace

void add_values(std::vector<operation>& all) {
    using value = racekit::copied_value<record>;
    all.push_back(case_of<sets_a_record<value>>("shared_value set, 96 bytes"));
    all.push_back(case_of<updates_a_record>("shared_value update, 96 bytes"));
    all.push_back(case_of<reads_a_record>("shared_value get, 96 bytes"));
    all.push_back(case_of<adds_to_a_number>("shared_value +=, 8 bytes"));
    all.push_back(case_of<updates_an_array<array_of_8>>("shared_array update"));
    all.push_back(case_of<sets_an_element>("shared_array set"));
    all.push_back(case_of<sets_a_record<racekit::copied_value<record, 8, over_itself>>>(
        "seeded: shared_value written over itself", false, true));
    all.push_back(case_of<updates_an_array<racekit::shared_array<int, 8, without_a_log>>>(
        "seeded: shared_array changed before its log", false, true));
    all.push_back(case_of<updates_an_array<racekit::shared_array<int, 8, never_redone>>>(
        "seeded: shared_array log not redone", false, true));
    all.push_back(case_of<sets_a_record<sequence_value>>("seeded: a sequence lock", false, true));
}

}  // namespace stepkill
