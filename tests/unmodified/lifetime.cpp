// SPDX-License-Identifier: MIT
// Programs in which memory or an object begins or ends while threads use it.
#undef NDEBUG
#include "programs.hpp"

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <pthread.h>
#include <shared_mutex>
#include <string>
#include <thread>
#include <vector>

int seen = 0;  // of external linkage, or a compiler would drop what is only written to it

namespace {

constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;

struct node {
    int value = 0;
    std::atomic<int> count{0};
};

std::atomic<node*> published{nullptr};
std::atomic<int*> number{nullptr};
std::atomic<int> flag{0};
std::atomic<std::atomic<int>*> shown{nullptr};
std::atomic<std::mutex*> gate{nullptr};

int freed_while_used() {
    auto* const mine = new node;
    both([=] { seen = mine->value; }, [=] { delete mine; });
    return 0;
}
int atomic_freed_while_used() {
    auto* const mine = new node;
    both([=] { mine->count.fetch_add(1); }, [=] { delete mine; });
    return 0;
}
int freed_by_the_last() {
    auto* const mine = new node;
    mine->count = 2;
    auto const drop = [=] {
        if (mine->count.fetch_sub(1, std::memory_order_acq_rel) == 1) delete mine;
    };
    both(drop, drop);
    return 0;
}
int freed_by_the_last_too_weakly() {
    auto* const mine = new node;
    mine->count = 2;
    auto const drop = [=] {
        seen = mine->value;
        if (mine->count.fetch_sub(1, relaxed) == 1) delete mine;
    };
    auto const only_drop = [=] {
        if (mine->count.fetch_sub(1, relaxed) == 1) delete mine;
    };
    both(drop, only_drop);
    return 0;
}
int freed_twice() {
    auto* const mine = new node;
    both([=] { delete mine; }, [=] { delete mine; });
    return 0;
}
int freed_by_c() {
    auto* const mine = static_cast<int*>(std::malloc(sizeof(int)));
    *mine = 1;
    both([=] { seen = *mine; }, [=] { std::free(mine); });
    return 0;
}
int leaked() {
    both([] { flag.store(1); },
         [] {
             auto* volatile mine = new node;
             mine = nullptr;
             (void)mine;
         });
    return 0;
}
int leaked_by_c() {
    both([] { flag.store(1); },
         [] {
             auto* volatile mine = std::malloc(100);
             mine = nullptr;
             (void)mine;
         });
    return 0;
}
/// A singleton that is never destroyed can be reached to the end: it is no leak.
node& singleton() {
    static auto* const it = new node;
    return *it;
}
int kept_in_a_static() {
    auto const use = [] { singleton().count.fetch_add(1); };
    both(use, use);
    assert(singleton().count == 2);
    return 0;
}
/// What a thread has of its own is there to its end: that of main(), to the end of the program.
thread_local node* own_node = nullptr;
int kept_by_main() {
    pthread_key_t key = 0;
    assert(pthread_key_create(&key, nullptr) == 0);
    own_node = new node;
    pthread_setspecific(key, new node);
    both([] { flag.store(1); }, [] { flag.store(2); });
    return 0;
}
int kept_by_a_thread() {
    both([] { own_node = new node; }, [] { flag.store(1); });
    return 0;
}
std::vector<std::unique_ptr<node>>& chain() {
    static auto* const all = new std::vector<std::unique_ptr<node>>;
    return *all;
}
int reached_through_others() {
    both([] { flag.store(1); },
         [] {
             for (int at = 0; at < 5; ++at) chain().push_back(std::make_unique<node>());
         });
    return 0;
}

int destroyed = 0;
struct counted {
    ~counted() { ++destroyed; }
    int value = 1;
};
counted global;
int static_destructors() {
    both(
        [] {
            seen = global.value;
            flag.fetch_add(1);
        },
        [] { flag.fetch_add(1); });
    return destroyed;
}
struct late {
    ~late() { assert(flag.load() == 2); }
} checks_at_the_end;
int used_after_main() {
    std::thread([] { flag.store(2); }).detach();
    while (flag.load() != 2) {
    }
    return 0;
}
/// A thread still runs when the static objects are destroyed.
std::string* text = new std::string("a text that is too long for a short string");
struct frees_text {
    ~frees_text() { delete text; }
} frees;
int detached_uses_a_static() {
    flag.store(2);
    std::thread([] { seen = static_cast<int>(text->size()); }).detach();
    return 0;
}

int published_before_its_memory() {
    both(
        [] {
            auto* const mine = static_cast<int*>(std::malloc(sizeof(int)));
            number.store(mine, relaxed);
        },
        [] {
            if (int* const theirs = number.load(relaxed)) *theirs = 1;
        });
    return 0;
}
int published_with_release() {
    both([] { published.store(new node{7, {}}, release); },
         [] {
             if (node const* const theirs = published.load(acquire)) assert(theirs->value == 7);
         });
    delete published.load();
    return 0;
}
int published_relaxed() {
    both([] { published.store(new node{7, {}}, relaxed); },
         [] {
             if (node const* const theirs = published.load(relaxed)) seen = theirs->value;
         });
    delete published.load();
    return 0;
}
/// An atomic whose construction nothing orders before its use.
int atomic_published_relaxed() {
    both([] { published.store(new node, relaxed); },
         [] {
             if (node* const theirs = published.load(relaxed)) theirs->count.fetch_add(1, relaxed);
         });
    delete published.load();
    return 0;
}

int stack_of_an_ended_thread() {
    std::thread one([] {
        int local = 1;
        number.store(&local);
    });
    one.join();
    seen = *number.load();
    return 0;
}
int stack_of_a_thread_that_ends() {
    both(
        [] {
            int local = 1;
            number.store(&local);
            int volatile keeps = local;
            (void)keeps;
        },
        [] {
            if (int const* const theirs = number.load()) seen = *theirs;
        });
    return 0;
}

/// The use comes first in every execution, and nothing orders it before the end.
int stack_ends_after_a_use() {
    both(
        [] {
            std::atomic<int> local{1};
            shown.store(&local);
            while (flag.load(acquire) == 0) {
            }
        },
        [] {
            std::atomic<int>* theirs = nullptr;
            while ((theirs = shown.load()) == nullptr) {
            }
            theirs->fetch_add(1, relaxed);
            flag.store(1, relaxed);
        });
    return 0;
}

thread_local int of_thread = 0;
thread_local std::atomic<int> counter_of_thread{0};

int thread_local_of_an_ended_thread() {
    std::thread one([] { number.store(&of_thread); });
    one.join();
    std::thread two([] { *number.load() = 1; });
    two.join();
    return 0;
}
template <std::memory_order order>
int thread_local_ends_after_a_use() {
    both(
        [] {
            shown.store(&counter_of_thread);
            while (flag.load(acquire) == 0) {
            }
        },
        [] {
            std::atomic<int>* theirs = nullptr;
            while ((theirs = shown.load()) == nullptr) {
            }
            theirs->fetch_add(1, relaxed);
            flag.store(1, order);
        });
    return 0;
}

/// One thread uses a lock and sets a flag, the other one sees the flag and deletes the lock.
template <class Lock, std::memory_order order>
int lock_deleted_after_use() {
    auto* const mine = new Lock;
    both(
        [=] {
            mine->lock();
            mine->unlock();
            flag.store(1, order);
        },
        [=] {
            while (flag.load(acquire) == 0) {
            }
            delete mine;
        });
    return 0;
}
template <std::memory_order order>
int lock_published() {
    both([] { gate.store(new std::mutex, order); },
         [] {
             if (std::mutex* const theirs = gate.load(acquire))
                 std::lock_guard<std::mutex> const hold(*theirs);
         });
    delete gate.load();
    return 0;
}
int destroyed_lock_used() {
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    both([] { pthread_mutex_destroy(&lock); },
         [] {
             pthread_mutex_lock(&lock);
             pthread_mutex_unlock(&lock);
         });
    return 0;
}
void one_after_the_other(void (*first)(), void (*second)()) {
    std::thread one(first);
    one.join();
    std::thread two(second);
    two.join();
}
pthread_mutex_t old_lock = PTHREAD_MUTEX_INITIALIZER;
pthread_rwlock_t old_shared_lock = PTHREAD_RWLOCK_INITIALIZER;
pthread_cond_t old_condition = PTHREAD_COND_INITIALIZER;
pthread_spinlock_t old_spin_lock;

void use_old_lock() {
    pthread_mutex_lock(&old_lock);
    pthread_mutex_unlock(&old_lock);
}
int locks_after_destruction() {
    one_after_the_other([] { pthread_mutex_destroy(&old_lock); }, use_old_lock);
    return 0;
}
int destroys_a_lock_twice() {
    constexpr auto end = [] { pthread_mutex_destroy(&old_lock); };
    one_after_the_other(end, end);
    return 0;
}
int reads_after_destruction() {
    one_after_the_other([] { pthread_rwlock_destroy(&old_shared_lock); },
                        [] { pthread_rwlock_rdlock(&old_shared_lock); });
    return 0;
}
int notifies_after_destruction() {
    one_after_the_other([] { pthread_cond_destroy(&old_condition); },
                        [] { pthread_cond_signal(&old_condition); });
    return 0;
}
int spins_after_destruction() {
    pthread_spin_init(&old_spin_lock, PTHREAD_PROCESS_PRIVATE);
    one_after_the_other([] { pthread_spin_destroy(&old_spin_lock); },
                        [] { pthread_spin_lock(&old_spin_lock); });
    return 0;
}
int initialises_again() {
    constexpr auto begin_again = [] {
        pthread_mutex_destroy(&old_lock);
        pthread_mutex_init(&old_lock, nullptr);
        pthread_spin_init(&old_spin_lock, PTHREAD_PROCESS_PRIVATE);
        pthread_spin_destroy(&old_spin_lock);
        pthread_spin_init(&old_spin_lock, PTHREAD_PROCESS_PRIVATE);
        pthread_cond_destroy(&old_condition);
        old_condition = PTHREAD_COND_INITIALIZER;
    };
    one_after_the_other(begin_again, [] {
        use_old_lock();
        pthread_spin_lock(&old_spin_lock);
        pthread_spin_unlock(&old_spin_lock);
        pthread_cond_signal(&old_condition);
    });
    return 0;
}
/// The library's own code, which is not instrumented, initialises the condition in the same place.
int constructs_a_condition_again() {
    alignas(std::condition_variable) static unsigned char place[sizeof(std::condition_variable)];
    constexpr auto use = [] {
        auto* const mine = new (place) std::condition_variable;
        mine->notify_one();
        mine->~condition_variable();
    };
    one_after_the_other(use, use);
    return 0;
}
int lock_in_freed_memory() {
    struct holder {
        std::mutex gate;
    };
    auto* const mine = new holder;
    both([=] { std::lock_guard const hold(mine->gate); }, [=] { delete mine; });
    return 0;
}
int freed_while_locked() {
    struct holder {
        std::mutex gate;
    };
    auto* const mine = new holder;
    std::thread one([=] {
        mine->gate.lock();
        delete mine;
    });
    one.join();
    return 0;
}

/// Memory that is used again: the new object's atomic is another one.
int constructed_again() {
    alignas(node) static std::array<unsigned char, sizeof(node)> place;
    auto* const first = new (place.data()) node;
    std::thread one([=] { first->count.fetch_add(1); });
    one.join();
    first->~node();
    auto* const second = new (place.data()) node;
    std::thread two([=] { second->count.fetch_add(1); });
    two.join();
    assert(second->count == 1);
    return 0;
}
int constructed_again_while_used() {
    alignas(node) static std::array<unsigned char, sizeof(node)> place;
    auto* const first = new (place.data()) node;
    both([=] { first->count.fetch_add(1); }, [=] { new (place.data()) node; });
    return 0;
}

int local_static_with_thread_locals() {
    auto const use = [] {
        static thread_local std::unique_ptr<node> mine;
        mine = std::make_unique<node>();
        flag.fetch_add(mine->value + 1);
    };
    both(use, use);
    assert(flag == 2);
    return 0;
}

constexpr program all[] = {
    {"freed_while_used", freed_while_used},
    {"atomic_freed_while_used", atomic_freed_while_used},
    {"freed_by_the_last", freed_by_the_last},
    {"freed_by_the_last_too_weakly", freed_by_the_last_too_weakly},
    {"freed_twice", freed_twice},
    {"freed_by_c", freed_by_c},
    {"leaked", leaked},
    {"leaked_by_c", leaked_by_c},
    {"kept_by_main", kept_by_main},
    {"kept_by_a_thread", kept_by_a_thread},
    {"kept_in_a_static", kept_in_a_static},
    {"reached_through_others", reached_through_others},
    {"static_destructors", static_destructors},
    {"used_after_main", used_after_main},
    {"detached_uses_a_static", detached_uses_a_static},
    {"published_before_its_memory", published_before_its_memory},
    {"published_with_release", published_with_release},
    {"published_relaxed", published_relaxed},
    {"atomic_published_relaxed", atomic_published_relaxed},
    {"stack_of_an_ended_thread", stack_of_an_ended_thread},
    {"stack_of_a_thread_that_ends", stack_of_a_thread_that_ends},
    {"stack_ends_after_a_use", stack_ends_after_a_use},
    {"thread_local_of_an_ended_thread", thread_local_of_an_ended_thread},
    {"thread_local_ends_after_a_use", thread_local_ends_after_a_use<release>},
    {"thread_local_ends_too_early", thread_local_ends_after_a_use<relaxed>},
    {"lock_deleted", lock_deleted_after_use<std::mutex, release>},
    {"lock_deleted_relaxed", lock_deleted_after_use<std::mutex, relaxed>},
    {"shared_lock_deleted_relaxed", lock_deleted_after_use<std::shared_mutex, relaxed>},
    {"lock_published", lock_published<release>},
    {"lock_published_relaxed", lock_published<relaxed>},
    {"destroyed_lock_used", destroyed_lock_used},
    {"locks_after_destruction", locks_after_destruction},
    {"destroys_a_lock_twice", destroys_a_lock_twice},
    {"reads_after_destruction", reads_after_destruction},
    {"notifies_after_destruction", notifies_after_destruction},
    {"spins_after_destruction", spins_after_destruction},
    {"initialises_again", initialises_again},
    {"constructs_a_condition_again", constructs_a_condition_again},
    {"lock_in_freed_memory", lock_in_freed_memory},
    {"freed_while_locked", freed_while_locked},
    {"constructed_again", constructed_again},
    {"constructed_again_while_used", constructed_again_while_used},
    {"local_static_with_thread_locals", local_static_with_thread_locals}};

}  // namespace

int main(int words, char** word) {
    int const code = run_program(all, words, word);
    flag.store(2);
    return code;
}
