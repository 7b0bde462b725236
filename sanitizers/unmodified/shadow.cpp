// SPDX-License-Identifier: MIT
#include "shadow.hpp"

#include "hidden_state.hpp"
#include "mappings.hpp"
#include "objects.hpp"
#include "places.hpp"
#include "plain_steps.hpp"
#include "program.hpp"
#include "thread_storage.hpp"
#include "unseen.hpp"
#include "watch.hpp"

#include "model/core/execution.hpp"
#include "model/runtime/fiber.hpp"
#include "model/runtime/fixed_addresses.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/hooks.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <unordered_map>
#include <vector>

namespace racekit::unmodified::shadow {
namespace {

using model::timestamp;

constexpr std::size_t granule_size = 8;
constexpr std::size_t page_size = 4096;
constexpr int longest_loop = 6;  // seconds
constexpr std::uint32_t no_access = 0;
constexpr std::uint32_t of_others = ~0U - 1;  ///< as a first access: memory of unseen code
constexpr std::uint32_t ended = ~0U;          ///< as a first access: the memory is no longer there

enum kind : std::uint8_t {
    read = 0,
    write = 1,
    atomic_read = 2,
    atomic_write = 3,
    allocation = 5,  ///< a write
    marker = 8,      ///< no access: an object that synchronises stands here
    lock_use = 18,   ///< of a lock or its kind, by a call: an atomic read
};
constexpr bool is_write(std::uint8_t what) { return (what & 1) != 0; }
constexpr bool is_atomic(std::uint8_t what) { return (what & 2) != 0; }

struct access {
    std::uint32_t next;
    std::uint32_t at;     ///< by the clock of its thread; of a marker: the object's entry
    std::uint32_t place;  ///< in `sites`
    std::uint8_t mask;    ///< of the granule's bytes
    std::uint8_t thread;
    std::uint8_t what;
};

struct granule {
    std::uint32_t generation;
    std::uint32_t first;
};
struct page {
    std::array<granule, page_size / granule_size> granules;
};

struct block {
    std::uintptr_t begin;
    std::size_t size;
    std::uint32_t at;
    std::uint32_t place;
    std::uint8_t thread;
    bool freed;
};

std::uint32_t generation = 0;
std::uint32_t used = 1;              ///< of the accesses
std::uint32_t given_up = no_access;  ///< those of them that are free again, as a list
constexpr std::size_t most_accesses = std::size_t(1) << 22;
access* accesses = nullptr;
std::vector<site> sites;    ///< of a recorded execution
std::vector<block> blocks;  ///< of this execution, by address
/// The part of a thread's stack, or of its thread-local storage, that was touched in this
/// execution.
struct touched {
    std::uintptr_t first = ~std::uintptr_t(0);
    std::uintptr_t last = 0;
    std::uintptr_t ended_below = 0;  ///< for other threads
};
std::array<touched, model::most_threads> stacks;
std::array<touched, model::most_threads> storages;
std::size_t parts_in_use = 0;  ///< the first of them, in this execution

// Pages -------------------------------------------------------------------------------------------

struct cached {
    std::uintptr_t number = 0;
    page* where = nullptr;
};
std::array<cached, 1024> cache;
std::unordered_map<std::uintptr_t, page*> pages;

[[gnu::cold]] page& new_page(std::uintptr_t number, cached& entry) {
    model::heap::outside const out;
    page*& known = pages[number];
    if (known == nullptr) known = new page{};
    entry = {number, known};
    return *known;
}

page& page_of(std::uintptr_t number) {
    cached& entry = cache[number % cache.size()];
    return entry.number == number && entry.where != nullptr ? *entry.where
                                                            : new_page(number, entry);
}

/// The page of this number if anything in it was accessed in this or an earlier execution.
page* known_page(std::uintptr_t number) {
    cached const& entry = cache[number % cache.size()];
    if (entry.number == number && entry.where != nullptr) return entry.where;
    auto const found = pages.find(number);
    return found == pages.end() ? nullptr : found->second;
}

// Reports -----------------------------------------------------------------------------------------

char const* in_words(std::uint8_t what) {
    switch (what) {
        case read: return "read";
        case write: return "write";
        case atomic_read: return "atomic read";
        case lock_use: return "use";
        case allocation: return "allocation";
        default: return "atomic write";
    }
}

/// In a recorded execution an access takes microseconds, nearly all of them in the kit, where the
/// crash guard does not look for loops without end.
void end_loop_of_accesses() {
    static double since = 0;
    static std::uint64_t operations = 0, of_execution = 0;
    static unsigned looks = 0;
    constexpr unsigned few = 256;  // to read the clock can take as long as all of them
    if (of_execution == generation && ++looks % few != 0) return;
    timespec now{};
    (void)::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);  // other processes do not count
    double const spent = static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
    if (of_execution != generation || operations != model::operations_made()) {
        of_execution = generation;
        operations = model::operations_made();
        since = spent;
    } else if (spent - since > longest_loop) {
        model::report_quiet_thread(
            "hang", "thread " + std::to_string(model::running_thread()) + " accessed memory for " +
                        std::to_string(longest_loop) +
                        " s without a visible operation: a loop without end");
    }
}

[[gnu::cold, gnu::noinline]] std::uint32_t recorded_place(bool is_access) {
    model::heap::outside const out;
    end_loop_of_accesses();
    if (sites.empty()) sites.push_back({});
    site const here = is_access ? access_place() : program_place();
    site const& last = sites.back();
    if (here.line != last.line || here.file != last.file) sites.push_back(here);
    return static_cast<std::uint32_t>(sites.size() - 1);
}

std::uint32_t place_now(bool is_access = false) {
    return model::active().recording() ? recorded_place(is_access) : 0;
}

site place_of(std::uint32_t number) { return number < sites.size() ? sites[number] : site{}; }

/// What the program calls the variable, for a finding.
std::uint32_t named_object(std::uintptr_t address) {
    model::execution& all = model::active();
    if (!all.recording()) return model::no_object;
    if (std::uint32_t const step = object_of_place(reinterpret_cast<void*>(address)); step != 0)
        return step;
    known_object const& known = object_at(reinterpret_cast<void*>(address));
    if (known.kind != object_kind::none) return known.handle.index;
    char const* const hidden = hidden_name(address);
    std::string const name = hidden != nullptr ? hidden : variable_at(address);
    if (name.empty()) return model::no_object;
    static std::unordered_map<std::string, int> names;  // they live as long as the trace
    static constexpr model::value_type nothing{[](word const&) { return std::string(); }};
    model::handle const object =
        model::plain_created(reinterpret_cast<void*>(address), nothing, {}, {});
    model::name_object(object, names.try_emplace(name).first->first.c_str());
    return object.index;
}

[[gnu::cold]] void races(access const& before, std::uint8_t what, std::uintptr_t address) {
    model::heap::outside const out;
    model::execution& all = model::active();
    site const here = program_place();
    site const there = place_of(before.place);
    model::error error;
    error.kind = "data race";
    error.object = named_object(address);
    // A plain write to an atomic is no order of steps: it ends the engine's object.
    if (!is_atomic(what) && !is_atomic(before.what))
        error.at = place_with(reinterpret_cast<void*>(address));
    else note_race_with_atomic();
    error.places.push_back(
        {std::string(in_words(what)) + " by thread " + std::to_string(all.self()), here.file,
         here.line, false});
    error.places.push_back({std::string("previous ") + in_words(before.what) + " by thread " +
                                std::to_string(before.thread) + ", which nothing orders before it",
                            there.file, there.line, false});
    all.race(std::move(error));
}

[[noreturn, gnu::cold]] void used_after_end(char const* why, site const& of_end) {
    model::heap::outside const out;
    site const here = program_place();
    model::error error;
    error.kind = "use after free";
    error.consequence = why;
    error.places.push_back(
        {"used by thread " + std::to_string(model::active().self()), here.file, here.line, false});
    if (of_end.line > 0)
        error.places.push_back({"its memory ends", of_end.file, of_end.line, false});
    model::active().broken(std::move(error));
}

/// The end of memory that another thread has used, and that use does not happen before it.
[[noreturn, gnu::cold]] void ends_too_early(access const& use, char const* what) {
    model::heap::outside const out;
    site const here = program_place();
    site const there = place_of(use.place);
    model::error error;
    error.kind = "use after free";
    error.consequence = std::string(what) + ", and nothing orders a use before that";
    error.places.push_back(
        {std::string("ended by thread ") + std::to_string(model::active().self()), here.file,
         here.line, false});
    error.places.push_back(
        {std::string(in_words(use.what)) + " by thread " + std::to_string(use.thread), there.file,
         there.line, false});
    model::active().broken(std::move(error));
}

// Blocks ------------------------------------------------------------------------------------------

std::vector<block>::iterator block_after(std::uintptr_t address) {
    return std::upper_bound(
        blocks.begin(), blocks.end(), address,
        [](std::uintptr_t wanted, block const& each) { return wanted < each.begin; });
}

block* block_of(std::uintptr_t address) {
    auto const after = block_after(address);
    if (after == blocks.begin()) return nullptr;
    block& each = *(after - 1);
    return address < each.begin + each.size ? &each : nullptr;
}

/// Takes an access out of its list.
void remove(std::uint32_t& link) {
    std::uint32_t const number = link;
    link = accesses[number].next;
    accesses[number].next = given_up;
    given_up = number;
}

[[gnu::cold, gnu::noinline]] void make_room() {
    if (accesses != nullptr)
        model::report_error("out of memory",
                            "one execution makes too many accesses to memory; make it smaller");
    accesses = static_cast<access*>(
        model::map_at(model::thread_storage_address << 1, most_accesses * sizeof(access)));
    if (accesses == nullptr) std::abort();
}

/// Inlined: what was written in small pieces and is copied as a whole right away, the processor
/// waits for.
[[gnu::always_inline]] inline std::uint32_t add(access what) {
    std::uint32_t number = given_up;
    if (number != no_access) {
        given_up = accesses[number].next;
    } else {
        if (accesses == nullptr || used == most_accesses) [[unlikely]]
            make_room();
        number = used++;
    }
    accesses[number] = what;
    return number;
}

/// Memory that ends with a thread; no owner: it is none.
struct thread_part {
    int owner;
    bool is_stack;
};

thread_part part_of(std::uintptr_t address) {
    auto const* const at = reinterpret_cast<void const*>(address);
    int const stack = model::fiber::owner_of(at);
    return stack >= 0 ? thread_part{stack, true} : thread_part{owner_of_storage(at), false};
}

touched& part_in_use(std::array<touched, model::most_threads>& all, int owner) {
    auto const number = static_cast<std::size_t>(owner);
    parts_in_use = std::max(parts_in_use, number + 1);
    return all[number];
}

touched& touched_of(thread_part const& part) {
    return part_in_use(part.is_stack ? stacks : storages, part.owner);
}

/// The first access to a granule in this execution: of a block, its allocation comes before.
void open(granule& fresh, std::uintptr_t address) {
    fresh = {generation, no_access};
    if (!model::heap::holds(reinterpret_cast<void*>(address)) &&
        !mappings::holds(reinterpret_cast<void*>(address))) {
        if (is_of_libraries(reinterpret_cast<void*>(address))) {
            fresh.first = of_others;
            return;
        }
        thread_part const part = part_of(address);
        if (part.owner < 0) return;
        touched& known = touched_of(part);
        known.first = std::min(known.first, address);
        known.last = std::max(known.last, address + granule_size);
        if (address < known.ended_below && part.owner != model::memory::current)
            fresh.first = ended;
        return;
    }
    block const* const owner = block_of(address);
    if (owner == nullptr) return;
    if (owner->freed) fresh.first = ended;
    else fresh.first = add({no_access, owner->at, owner->place, 0xff, owner->thread, allocation});
}

granule& granule_at(std::uintptr_t address) {
    granule& each = page_of(address / page_size).granules[address % page_size / granule_size];
    if (each.generation != generation) open(each, address);
    return each;
}

// Accesses ----------------------------------------------------------------------------------------

/// Of its own stack a thread may use again what a function has left.
[[gnu::cold]] void touch_ended(granule& here, std::uintptr_t address) {
    thread_part const part = part_of(address);
    if (part.owner >= 0 && part.owner == model::memory::current) {
        here.first = no_access;
        return;
    }
    if (part.owner >= 0 && !part.is_stack)
        used_after_end("it is a thread_local variable of a thread that has ended", {});
    if (part.owner >= 0)
        used_after_end(part.owner == 0 ? "main() has returned, and what it had on its stack is gone"
                                       : "it lies on the stack of a thread that has ended",
                       {});
    block const* const owner = block_of(address);
    bool const is_mapping = mappings::holds(reinterpret_cast<void*>(address));
    used_after_end(is_mapping ? "its memory has been unmapped" : "its memory has been freed",
                   owner != nullptr ? place_of(owner->place) : site{});
}

void touch(granule& here, std::uint8_t mask, std::uint8_t what, std::uint32_t now,
           std::uintptr_t address) {
    if (here.first >= of_others) [[unlikely]] {
        if (here.first == of_others) return;
        touch_ended(here, address);
    }
    int const self = model::memory::current;
    timestamp const* const known = model::memory::clocks();
    bool const writes = is_write(what);
    access* same = nullptr;
    for (std::uint32_t* link = &here.first; *link != no_access;) {
        access& each = accesses[*link];
        if ((each.mask & mask) == 0) {
            link = &each.next;
            continue;
        }
        if (each.what == marker) {
            if (what == write) {  // a plain write ends the object
                known_object& object = object_numbered(each.at);
                overwritten(object, nullptr);
                if (object.kind == object_kind::none) {
                    remove(*link);
                    continue;
                }
            }
        } else if (each.thread == self) {
            if (each.what == what && each.mask == mask) same = &each;
            else if (what == write && (each.mask & ~mask) == 0) {
                remove(*link);
                continue;
            }
        } else if ((writes || is_write(each.what)) && !(is_atomic(what) && is_atomic(each.what)) &&
                   known[each.thread] < each.at) [[unlikely]] {
            races(each, what, address);
        } else if (what == write && (each.mask & ~mask) == 0) {
            remove(*link);  // all that can race with it can race with this one
            continue;
        }
        link = &each.next;
    }
    if (same != nullptr) {
        same->at = now;
        same->place = place_now(what <= write);
        return;
    }
    here.first = add(
        {here.first, now, place_now(what <= write), mask, static_cast<std::uint8_t>(self), what});
}

void touch_range(std::uintptr_t address, std::size_t size, std::uint8_t what, std::uint32_t now) {
    while (size > 0) {
        std::size_t const low = address % granule_size;
        std::size_t const part = std::min(granule_size - low, size);
        auto const mask = static_cast<std::uint8_t>(((1U << part) - 1) << low);
        touch(granule_at(address), mask, what, now, address);
        address += part;
        size -= part;
    }
}

/// An access is part of what its thread has done when its next event is made. Relacy's events
/// advance the clock by less, and its fences not at all: there the access itself does.
std::uint32_t before_next_event() {
    if (!model::memory::is_exact) [[unlikely]]
        return static_cast<std::uint32_t>(model::memory::tick());
    return static_cast<std::uint32_t>(*model::memory::own + 2);
}

/// All accesses to a range that ends: each must happen before. Of the atomics in a block of the
/// heap the model itself checks that.
void end_range(std::uintptr_t begin, std::size_t size, char const* what) {
    bool const is_block = model::heap::holds(reinterpret_cast<void*>(begin));
    int const self = model::memory::current;
    timestamp const* const known = model::memory::clocks();
    std::uintptr_t const end = begin + size;
    for (std::uintptr_t number = begin / page_size; number * page_size < end; ++number) {
        page* const these = known_page(number);
        if (these == nullptr) continue;
        std::uintptr_t const first = std::max(begin, number * page_size) & ~(granule_size - 1);
        std::uintptr_t const last = std::min(end, (number + 1) * page_size);
        for (std::uintptr_t address = first; address < last; address += granule_size) {
            granule& each = these->granules[address % page_size / granule_size];
            if (each.generation != generation || each.first >= of_others) continue;
            for (std::uint32_t at = each.first; at != no_access; at = accesses[at].next) {
                access const& use = accesses[at];
                bool const is_checked = is_block && (use.what & ~1) == atomic_read;
                if (use.what != marker && !is_checked && use.thread != self &&
                    known[use.thread] < use.at)
                    ends_too_early(use, what);
            }
            each.first = ended;
        }
    }
}

}  // namespace

void begin() {
    ++generation;
    used = 1;
    given_up = no_access;
    blocks.clear();
    sites.clear();
    std::fill_n(stacks.begin(), parts_in_use, touched{});
    std::fill_n(storages.begin(), parts_in_use, touched{});
    parts_in_use = 0;
}

void reads(void const* at, std::size_t size, model::call_frame const* from) {
    if (has_plain_steps) [[unlikely]]
        plain_step(at, size, false, from);
    touch_range(reinterpret_cast<std::uintptr_t>(at), size, read, before_next_event());
}

void writes(void const* at, std::size_t size) {
    if (has_plain_steps) [[unlikely]]
        plain_step(at, size, true, nullptr);
    // A state that a waiting loop comes back to does not hold what lies there.
    if (mappings::holds(at)) [[unlikely]]
        model::active().loops.has_effect(model::memory::current);
    touch_range(reinterpret_cast<std::uintptr_t>(at), size, write, before_next_event());
}

void operates(void const* at, std::size_t size, bool writes) {
    touch_range(reinterpret_cast<std::uintptr_t>(at), size, writes ? atomic_write : atomic_read,
                static_cast<std::uint32_t>(*model::memory::own));
}

void uses(void const* at) {
    if (!has_threads) return;
    auto const address = reinterpret_cast<std::uintptr_t>(at);
    granule& here = granule_at(address);
    if (here.first == ended) [[unlikely]]
        touch_ended(here, address);
}

void synchronises(void const* at) {
    if (!has_threads) return;
    auto const address = reinterpret_cast<std::uintptr_t>(at);
    touch(granule_at(address), static_cast<std::uint8_t>(1U << address % granule_size), lock_use,
          before_next_event(), address);
}

void mark(void const* at, std::size_t size, std::uint32_t entry) {
    auto address = reinterpret_cast<std::uintptr_t>(at);
    std::uintptr_t const end = address + size;
    while (address < end) {
        std::size_t const low = address % granule_size;
        std::size_t const part = std::min<std::size_t>(granule_size - low, end - address);
        auto const mask = static_cast<std::uint8_t>(((1U << part) - 1) << low);
        granule& each = granule_at(address);
        if (each.first >= of_others) return;
        for (std::uint32_t other = each.first; other != no_access; other = accesses[other].next) {
            access const& stands = accesses[other];
            if (stands.what == marker && stands.at != entry && (stands.mask & mask) != 0 &&
                object_numbered(stands.at).kind == object_kind::atomic)
                note_unseen("atomic operations on parts of one word, or of different sizes");
        }
        each.first = add({each.first, entry, 0, mask, 0, marker});
        address += part;
    }
}

void block_taken(void* taken, std::size_t size) {
    if (!in_program()) return;
    model::heap::outside const out;
    bool const alone = !has_threads;
    auto const begin = reinterpret_cast<std::uintptr_t>(taken);
    blocks.insert(block_after(begin),
                  {begin, size, alone ? 0 : before_next_event(), place_now(),
                   static_cast<std::uint8_t>(std::max(0, model::memory::current)), false});
}

namespace {

void end_block(block& ending, char const* how) {
    if (has_threads) {
        if (ending.thread != model::memory::current &&
            model::memory::clocks()[ending.thread] < ending.at)
            ends_too_early({0, ending.at, ending.place, 0xff, ending.thread, allocation}, how);
        end_range(ending.begin, ending.size, how);
    }
    ending.freed = true;
    ending.place = place_now();
}

/// The block behind this address is one of its own.
void divide(std::uintptr_t address) {
    block* const whole = block_of(address);
    if (whole == nullptr || whole->begin == address) return;
    block rest = *whole;
    rest.size = whole->begin + whole->size - address;
    rest.begin = address;
    whole->size = address - whole->begin;
    blocks.insert(block_after(address), rest);
}

}  // namespace

void part_ends(void* from, std::size_t size, char const* how) {
    model::heap::outside const out;
    auto const begin = reinterpret_cast<std::uintptr_t>(from);
    divide(begin);
    divide(begin + size);
    for (block& each : blocks) {
        if (each.begin >= begin && each.begin < begin + size && !each.freed) end_block(each, how);
    }
}

void block_freed(void* freed, std::size_t) {
    if (!in_program()) return;
    auto const address = reinterpret_cast<std::uintptr_t>(freed);
    block* const owner = block_of(address);
    if (owner != nullptr) end_block(*owner, "its memory is freed");
}

std::span<unsigned char const> block_with(void const* address) {
    block const* const owner = block_of(reinterpret_cast<std::uintptr_t>(address));
    if (owner == nullptr || owner->freed) return {};
    return {reinterpret_cast<unsigned char const*>(owner->begin), owner->size};
}

std::uint64_t execution() { return generation; }

namespace {

void end_part(touched& part, std::uintptr_t below, char const* what) {
    part.ended_below = below;
    std::uintptr_t const last = std::min(part.last, below);
    if (part.first < last) end_range(part.first, last - part.first, what);
}

}  // namespace

void stack_ends(void const* below) {
    int const owner = model::fiber::owner_of(below);
    if (owner < 0) return;
    end_part(part_in_use(stacks, owner), reinterpret_cast<std::uintptr_t>(below),
             "the stack that it lies on ends");
}

void storage_ends(int thread) {
    end_part(part_in_use(storages, thread), ~std::uintptr_t(0),
             "it is a thread_local variable of a thread that ends");
}

}  // namespace racekit::unmodified::shadow
