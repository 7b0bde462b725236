// SPDX-License-Identifier: MIT
// Small mistakes whose findings are easy to word wrongly: several objects on one line, arrays,
// objects on the heap, locals lent to other threads, code that the detector cannot run.
//
// A comment `// shows` at the end of a line lists the rows that a finding may show there, with
// commas between them: the name of the object, then the beginning of the action. `// place` marks a
// line that a finding may name although no row is shown there. finding_probes.py compares them.
#include <racekit/lock/condition_variable.hpp>
#include <racekit/lock/mutex.hpp>
#include <racekit/scenario.hpp>

#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

struct racy {
    static constexpr bool is_wrong = true;
};
struct fixed {
    static constexpr bool is_wrong = false;
};

// Several objects on one line ---------------------------------------------------------------------

template <class how>
struct declared_together {
    static constexpr int threads = 2;
    racekit::atomic<int> ready{0}, sent{0};
    int seen[2] = {};
    void thread(int self) {
        if (self == 0) {
            ready.store(1); sent.store(1);  // shows ready store 1, sent store 1
        } else {
            seen[0] = sent.load(); seen[1] = ready.load();  // shows sent load, ready load
        }
    }
    void after() { RACEKIT_CHECK(!how::is_wrong || seen[0] + seen[1] == 2); }  // place
};

template <class how> struct declared_behind { racekit::atomic<int> ready{0};
    racekit::atomic<int> sent{0};
    static constexpr int threads = 2;
    int seen[2] = {};
    void thread(int self) {
        if (self == 0) {
            sent.store(1); ready.store(1);  // shows sent store 1, ready store 1
        } else {
            seen[0] = ready.load(); seen[1] = sent.load();  // shows ready load, sent load
        }
    }
    void after() { RACEKIT_CHECK(!how::is_wrong || seen[0] + seen[1] == 2); }  // place
};

template <class how>
struct crossed {
    static constexpr int threads = 2;
    racekit::atomic<int> mine{0};
    racekit::atomic<int> yours{0};
    int seen[2] = {};
    void thread(int self) {
        if (self == 0) {
            mine.store(1); seen[0] = yours.load();  // shows mine store 1, yours load
        } else {
            yours.store(1); seen[1] = mine.load();  // shows yours store 1, mine load
        }
    }
    void after() { RACEKIT_CHECK(!how::is_wrong || seen[0] + seen[1] == 2); }  // place
};

template <class how>
struct guarded_pair {
    static constexpr int threads = 2;
    racekit::mutex gate;
    racekit::plain<int> width{0};
    racekit::plain<int> height{0};
    void thread(int self) {
        if (self == 0) {
            racekit::scoped_lock hold(gate);   // shows gate lock, gate unlock
            width.write(1); height.write(2);   // shows width write 1, height write 2
        } else if (how::is_wrong) {            // shows gate unlock
            (void)height.read();               // shows height read
        } else {
            racekit::scoped_lock hold(gate);   // shows gate lock, gate unlock
            (void)height.read();               // shows height read
        }
    }
};

template <class how>
struct array_from_both_ends {
    static constexpr int threads = 2;
    racekit::atomic<int> cell[4] = {0, 0, 0, 0};
    void thread(int self) {
        int const at = 3 - self;
        cell[at].store(1); cell[self].store(2);  // shows cell[3] s, cell[2] s, cell[0] s, cell[1] s
    }
    void after() { RACEKIT_CHECK(!how::is_wrong || cell[3].load() == 2); }  // shows cell[3] load
};

template <class how>
struct counted_by_operators {
    static constexpr int threads = 2;
    racekit::atomic<int> hits{0}, misses{0};
    void thread(int) {
        if (how::is_wrong) hits = hits + 1;  // shows hits load, hits store
        else ++hits; --misses;               // shows hits add, misses subtract, misses modify
    }
    void after() { RACEKIT_CHECK(hits == 2); }  // shows hits load
};

// What the model cannot run, or does not see ------------------------------------------------------

template <class how>
struct counts_too_far {
    static constexpr int threads = 2;
    racekit::atomic<int> count{0};
    void thread(int self) {
        while (self == 0 && count.load() < 100'000) count.fetch_add(1);  // place
    }
};

template <class how>
struct locked_by_std {
    static constexpr int threads = 2;
    std::mutex gate;
    racekit::plain<int> count{0};
    void thread(int) {
        std::lock_guard hold(gate);
        count.write(count.read() + 1);  // shows count write, count read
    }
};

template <class how>
struct starts_a_std_thread {
    static constexpr int threads = 1;
    racekit::atomic<int> number{0};
    void thread(int) {
        std::thread other([this] { number.store(1); });
        other.join();
    }
};

template <class how>
struct counts_in_a_static {
    static constexpr int threads = 2;
    static inline int runs = 0;
    racekit::atomic<int> number{0};
    void thread(int) {
        if (++runs > 1) number.fetch_add(1);
        number.fetch_add(1);
    }
};

// Lifetimes and exceptions ------------------------------------------------------------------------

template <class how>
struct null_after_test {
    static constexpr int threads = 2;
    int value = 5;
    racekit::plain<int*> pointer{&value};
    void thread(int self) {
        if (self == 1) pointer.write(nullptr);                // shows pointer write
        else if (pointer.read() != nullptr)                   // shows pointer read
            (void)*static_cast<int volatile*>(pointer.read());  // shows pointer read
    }
};

template <class how>
struct throws_on_zero {
    static constexpr int threads = 2;
    racekit::plain<int> divisor{1};
    void thread(int self) {
        if (self == 1) divisor.write(0);  // shows divisor write 0
        else if (divisor.read() == 0) throw std::runtime_error("division");  // shows divisor read
    }
};

template <class how>
struct unlocked_twice {
    static constexpr int threads = 2;
    racekit::mutex gate;
    racekit::plain<bool> held{false};
    void thread(int self) {
        if (self == 0) {
            gate.lock();        // shows gate lock
            held.write(true);   // shows held write true
            gate.unlock();      // shows gate unlock
            held.write(false);  // shows held write false
        } else if (held.read()) {  // shows held read
            gate.unlock();      // shows gate unlock
        }
    }
};

template <class how>
struct plain_references {
    static constexpr int threads = 2;
    struct box {
        racekit::plain<int> references{2};
        racekit::plain<int> content{3};
    };
    box* shared = new box;
    void thread(int) {
        int const left = shared->references.read() - 1;  // shows references read
        shared->references.write(left);                  // shows references write
        if (left == 0) delete shared;                    // place
    }
};

template <class how>
struct deleted_on_a_flag {
    static constexpr int threads = 2;
    racekit::plain<bool> done{false};
    racekit::plain<int>* result = new racekit::plain<int>(3);
    void thread(int self) {
        if (self == 0) {
            (void)result->read();  // shows result read
            done.write(true);      // shows done write true
        } else if (done.read()) {  // shows done read
            delete result;         // shows result destroy
        }
    }
};

template <class how>
struct local_lent {
    static constexpr int threads = 1;
    static constexpr int spawned = 1;
    void thread(int) {
        racekit::plain<int> local{1};
        racekit::thread helper([&] { local.write(2); });  // shows local write 2
        (void)local.read();                               // shows local read
        helper.join();
    }
};

template <class how>
struct notified_too_early {
    static constexpr int threads = 2;
    racekit::plain<bool> ready{false};
    racekit::mutex gate;
    racekit::condition_variable changed;
    void thread(int self) {
        if (self == 0) {
            ready.write(true);     // shows ready write true
            changed.notify_one();  // shows changed notify_one
        } else {
            racekit::unique_lock hold(gate);           // shows gate lock, gate unlock
            while (!ready.read()) changed.wait(hold);  // shows ready read, gate unlock, gate lock
        }
    }
};

template <class how>
struct taken_twice {
    static constexpr int threads = 2;
    racekit::slot<std::string> parcel;
    void before() { parcel.put("abc"); }  // shows parcel put
    void thread(int) { (void)parcel.take(); }  // shows parcel take, parcel read
};

template <class how>
struct freed_under_a_thread {
    static constexpr int threads = 1;
    static constexpr int spawned = 1;
    void thread(int) {
        auto* lent = new racekit::plain<int>(1);
        racekit::thread reader([lent] { (void)lent->read(); });  // shows lent read
        delete lent;                                             // shows lent destroy
        reader.join();
    }
};

template <class how>
struct deleted_twice {
    static constexpr int threads = 2;
    racekit::plain<int>* number = new racekit::plain<int>(7);
    void thread(int) { delete number; }  // place
};

template <class how>
struct used_after_its_delete {
    static constexpr int threads = 2;
    racekit::atomic<int>* number = new racekit::atomic<int>(7);
    racekit::atomic<int> gone{0};
    void thread(int self) {
        if (self == 0) {
            delete number;              // shows number destroy, number is destroyed
            gone.store(1);              // shows gone store 1
        } else if (gone.load() == 1) {  // shows gone load
            (void)number->load();       // shows number load
        }
    }
};

template <class how>
struct found_before_it_is_made {
    static constexpr int threads = 2;
    racekit::atomic<racekit::atomic<int>*> where{nullptr};
    void thread(int self) {
        if (self == 0) {
            auto* const number = new racekit::atomic<int>(3);  // place
            where.store(number, std::memory_order_relaxed);    // shows where store
        } else if (auto* const found = where.load(std::memory_order_relaxed)) {  // shows where load
            (void)found->load();                                                 // shows found load
        }
    }
    void after() { delete where.load(); }  // shows where load
};

template <class how>
struct chosen_by_a_condition {
    static constexpr int threads = 2;
    racekit::plain<int> left{0};
    racekit::plain<int> right{0};
    void thread(int self) {
        bool const mine = self < 2;
        (mine ? left : right).write(self);  // shows left or right write
    }
};

// The text of a finding is made while the test body's heap is active.
template <class how>
struct woken_spuriously {
    static constexpr int threads = 2;
    racekit::atomic<std::uint32_t> gate{0};
    racekit::atomic<int> phase{0};
    racekit::atomic<int> mark{0};
    void thread(int self) {
        if (self == 1) {
            phase.store(1);                   // shows phase store 1
            mark.store(1);                    // shows mark store 1
            phase.store(0);                   // shows phase store 0
            gate.store(2);                    // shows gate store 2
            (void)racekit::futex_wake(gate);  // shows gate wake
            return;
        }
        int seen = phase.load();         // shows phase load
        int const before = mark.load();  // shows mark load
        bool const woken =
            racekit::futex_wait(gate, 0) == racekit::futex_result::woken;  // shows gate wait, gate
        if (!woken || gate.load() != 0) return;                            // shows gate load
        int const between = mark.load();                                   // shows mark load
        bool const taken = phase.compare_exchange_strong(seen, 5);         // shows phase compare
        RACEKIT_CHECK(!how::is_wrong || !taken || before == between);      // place
    }
};

}  // namespace

#define PROBE(body)                                                                \
    RACEKIT_SCENARIO(body, racy, fixed, .stress = racekit::may_find,               \
                     .tsan = racekit::may_find, .model = racekit::may_find)

PROBE(declared_together);
PROBE(declared_behind);
PROBE(crossed);
PROBE(guarded_pair);
PROBE(array_from_both_ends);
PROBE(counted_by_operators);
PROBE(counts_too_far);
PROBE(locked_by_std);
PROBE(starts_a_std_thread);
PROBE(counts_in_a_static);
PROBE(null_after_test);
PROBE(throws_on_zero);
PROBE(unlocked_twice);
PROBE(plain_references);
PROBE(deleted_on_a_flag);
PROBE(local_lent);
PROBE(notified_too_early);
PROBE(taken_twice);
PROBE(freed_under_a_thread);
PROBE(deleted_twice);
PROBE(used_after_its_delete);
PROBE(found_before_it_is_made);
PROBE(chosen_by_a_condition);
PROBE(woken_spuriously);
