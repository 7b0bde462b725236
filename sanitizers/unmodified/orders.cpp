// SPDX-License-Identifier: MIT
#include "orders.hpp"

#include "places.hpp"
#include "program.hpp"

#include "core/source_line.hpp"
#include "model/runtime/heap.hpp"
#include "model/runtime/shared_page.hpp"
#include "runner/options.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>

namespace racekit::unmodified::orders {
namespace {

constexpr char const* order_words[] = {"relaxed", "consume", "acquire",
                                       "release", "acq_rel", "seq_cst"};

/// Return addresses, the innermost first, up to the first function that is not the library's.
struct call_chain {
    static constexpr std::size_t most = 16;
    std::uintptr_t addresses[most];
    std::size_t count;

    [[nodiscard]] bool operator<(call_chain const& other) const {
        return std::lexicographical_compare(addresses, addresses + count, other.addresses,
                                            other.addresses + other.count);
    }
    [[nodiscard]] bool operator==(call_chain const&) const = default;
};

/// Goes up the calls by frame pointers, which the program is compiled with.
class climber {
public:
    explicit climber(model::call_frame const& from) : address_(from.caller()) {
        constexpr std::size_t base_pointer = 5;  // of the saved registers
        std::memcpy(&frame_, from.begin + base_pointer * sizeof frame_, sizeof frame_);
    }
    [[nodiscard]] std::uintptr_t address() const { return address_; }
    /// False: there is no more of the program's code.
    [[nodiscard]] bool is_in_program() const { return module_with_code(address_ - 1) != nullptr; }
    void up() {
        address_ = frame_[1];
        frame_ = reinterpret_cast<std::uintptr_t const*>(frame_[0]);
    }

private:
    std::uintptr_t address_;
    std::uintptr_t const* frame_;
};

/// Whether some function that has been inlined into this call is not the library's.
bool is_own(std::uintptr_t address) {
    static std::map<std::uintptr_t, bool> known;
    auto const [at, fresh] = known.try_emplace(address);
    if (fresh) {
        auto const& frames = frames_at(address - 1);
        at->second = std::any_of(frames.begin(), frames.end(), [](source_frame const& each) {
            return !is_of_the_library(each.file);
        });
    }
    return at->second;
}

call_chain chain_of(model::call_frame const& from) {
    call_chain all{};
    for (climber at(from); all.count < call_chain::most && at.is_in_program(); at.up()) {
        all.addresses[all.count++] = at.address();
        if (is_own(at.address())) break;
    }
    return all;
}

/// "my_test.model+0x12a4,my_test.model+0x1300!"
std::string key_of(call_chain const& chain, part which) {
    std::string key;
    for (std::size_t at = 0; at < chain.count; ++at) {
        module const& where = *module_with_code(chain.addresses[at] - 1);
        char offset[32];
        std::snprintf(offset, sizeof offset, "+%#zx", chain.addresses[at] - where.base);
        key += (at == 0 ? "" : ",") + where.path.substr(where.path.find_last_of('/') + 1) + offset;
    }
    return key + (which == part::failure ? "!" : "");
}

// The list --------------------------------------------------------------------------------------

struct record {
    call_chain chain;
    part which;
    std::memory_order order;
    char const* operation;
    void const* at;
};

struct replacement {
    call_chain chain;
    part which;
    std::memory_order from, to;
    std::atomic<bool> was_met;
};

/// In memory that workers share.
struct notes {
    static constexpr std::size_t most_records = 2048;
    static constexpr std::size_t most_replacements = 512;
    std::atomic<std::size_t> count;  // of records, also of those that find no room
    record records[most_records];
    std::size_t replaced;
    replacement replacements[most_replacements];
};
notes* all = nullptr;
std::string list_file;

void note(std::memory_order given, use const& what, model::call_frame const& from) {
    model::heap::outside const out;
    struct use_of_place {
        call_chain chain;
        part which;
        std::memory_order order;
        bool operator<(use_of_place const& other) const {
            if (which != other.which) return which < other.which;
            if (order != other.order) return order < other.order;
            return chain < other.chain;
        }
    };
    static std::map<use_of_place, bool> known;
    call_chain const chain = chain_of(from);
    if (!known.try_emplace({chain, what.which, given}).second) return;
    std::size_t const place = all->count.fetch_add(1);
    if (place < notes::most_records)
        all->records[place] = {chain, what.which, given, what.operation, what.at};
}

std::memory_order replaced(std::memory_order given, use const& what,
                           model::call_frame const& from) {
    for (std::size_t at = 0; at < all->replaced; ++at) {
        replacement& each = all->replacements[at];
        if (each.chain.addresses[0] != from.caller() || each.which != what.which ||
            each.from != given)
            continue;
        std::size_t same = 0;
        for (climber here(from); same < each.chain.count && here.is_in_program(); here.up()) {
            if (here.address() != each.chain.addresses[same]) break;
            ++same;
        }
        if (same != each.chain.count) continue;
        each.was_met.store(true, std::memory_order_relaxed);
        return each.to;
    }
    return given;
}

/// What the first function outside the library asks for.
struct named_place {
    source_frame where;
    std::string fixed_by;  ///< a header of the library that chooses the order itself
};

/// Whether members of this header use the order that they are called with.
bool hands_on(std::string const& file) {
    return file.ends_with("/atomic") || file.ends_with("/bits/atomic_base.h") ||
           file.ends_with("/stdatomic.h");
}

bool is_of_the_kit(std::string const& file) {
    return file.find("/primitives/racekit/") != std::string::npos ||
           file.find("/include/racekit/") != std::string::npos;
}

named_place place_of(call_chain const& chain) {
    std::vector<std::string> headers;
    source_frame last;
    for (std::size_t at = 0; at < chain.count; ++at) {
        for (source_frame const& each : frames_at(chain.addresses[at] - 1)) {
            if (is_of_the_library(each.file)) {
                headers.push_back(each.file);
                last = each;
                continue;
            }
            named_place found{each, ""};
            if (is_of_the_kit(each.file)) found.fixed_by = each.file;
            if (headers.empty()) return found;
            for (std::string const& header : {headers.front(), headers.back()}) {
                if (!hands_on(header)) found.fixed_by = header;
            }
            return found;
        }
    }
    return {last, headers.empty() ? "code without lines" : headers.back()};
}

std::string object_name(record const& of, named_place const& place) {
    if (of.at == nullptr) return "";
    source_frame const& where = place.where;
    object_expression const written =
        place.fixed_by.empty() ? object_of(where.file, where.line, where.column, of.operation)
                               : object_expression{};
    if (!written.empty()) return written.text();
    return variable_at(reinterpret_cast<std::uintptr_t>(of.at));
}

// What the environment asks for -----------------------------------------------------------------

[[noreturn]] void refuse(std::string const& word, std::string const& why) {
    runner::complain("RACEKIT_WEAKEN: '" + word + "' " + why +
                     ": it takes KEY=FROM>TO;... with the keys of RACEKIT_LIST_ORDERS");
}

std::memory_order order_called(std::string const& name, std::string const& word) {
    auto const* const found = std::find(std::begin(order_words), std::end(order_words), name);
    if (found == std::end(order_words)) refuse(word, "names the order '" + name + "'");
    return static_cast<std::memory_order>(found - std::begin(order_words));
}

std::uintptr_t address_called(std::string const& name, std::string const& word) {
    std::size_t const plus = name.rfind("+0x");
    char* end = nullptr;
    if (plus == std::string::npos) refuse(word, "has no offset");
    std::uintptr_t const offset = std::strtoull(name.c_str() + plus + 1, &end, 16);
    for (module const& each : modules()) {
        std::string const file = each.path.substr(each.path.find_last_of('/') + 1);
        if (*end == '\0' && file == name.substr(0, plus) &&
            module_with_code(each.base + offset - 1) == &each)
            return each.base + offset;
    }
    refuse(word, "is no place in the code of this program");
}

void add_replacement(std::string const& word) {
    std::size_t const equals = word.rfind('='), greater = word.rfind('>');
    if (equals == std::string::npos || greater == std::string::npos || greater < equals)
        refuse(word, "is not of that form");
    if (all->replaced == notes::most_replacements) refuse(word, "is one too many");
    replacement& made = all->replacements[all->replaced++];
    made.from = order_called(word.substr(equals + 1, greater - equals - 1), word);
    made.to = order_called(word.substr(greater + 1), word);
    std::string key = word.substr(0, equals);
    made.which = key.ends_with('!') ? part::failure : part::whole;
    if (made.which == part::failure) key.pop_back();
    made.chain = {};
    for (std::size_t at = 0; at <= key.size();) {
        std::size_t const comma = std::min(key.find(',', at), key.size());
        if (made.chain.count == call_chain::most) refuse(word, "names too many addresses");
        made.chain.addresses[made.chain.count++] = address_called(key.substr(at, comma - at), word);
        at = comma + 1;
    }
}

}  // namespace

std::memory_order in_force(std::memory_order given, use const& what,
                           model::call_frame const& from) {
    if (all->replaced != 0) return replaced(given, what, from);
    note(given, what, from);
    return given;
}

void begin() {
    char const* const list = std::getenv("RACEKIT_LIST_ORDERS");
    char const* const weaker = std::getenv("RACEKIT_WEAKEN");
    if (all != nullptr || (list == nullptr && weaker == nullptr)) return;
    all = static_cast<notes*>(model::shared_memory(sizeof(notes)));
    if (list != nullptr) list_file = list;
    std::string const words = weaker != nullptr ? weaker : "";
    for (std::size_t at = 0; at < words.size();) {
        std::size_t const end = std::min(words.find(';', at), words.size());
        add_replacement(words.substr(at, end - at));
        at = end + 1;
    }
    are_asked_for = true;
}

void write() {
    if (list_file.empty()) return;
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    std::size_t const count = std::min(all->count.load(), notes::most_records);
    for (std::size_t at = 0; at < count; ++at) {
        record const& each = all->records[at];
        named_place const place = place_of(each.chain);
        list.push_back({{"key", key_of(each.chain, each.which)},
                        {"file", place.where.file},
                        {"line", place.where.line},
                        {"column", place.where.column},
                        {"function", place.where.function},
                        {"object", object_name(each, place)},
                        {"operation", each.operation},
                        {"part", each.which == part::failure ? "failure" : ""},
                        {"order", order_words[static_cast<int>(each.order)]},
                        {"fixed_by", place.fixed_by}});
    }
    nlohmann::ordered_json met = nlohmann::ordered_json::array();
    for (std::size_t at = 0; at < all->replaced; ++at)
        met.push_back(all->replacements[at].was_met.load());
    nlohmann::ordered_json const whole = {
        {"complete", all->count.load() == count}, {"orders", list}, {"weakened", met}};
    std::ofstream(list_file) << whole.dump(1) << "\n";
}

std::vector<warning> warnings() {
    if (all == nullptr || all->replaced == 0) return {};
    std::size_t met = 0;
    for (std::size_t at = 0; at < all->replaced; ++at) met += all->replacements[at].was_met.load();
    return {{"weakened", "RACEKIT_WEAKEN weakens orders at " + std::to_string(all->replaced) +
                             (all->replaced == 1 ? " place, " : " places, ") + std::to_string(met) +
                             " of which were met: the verdict is not of the program as it is"}};
}

}  // namespace racekit::unmodified::orders
