// SPDX-License-Identifier: MIT
#include "object_names.hpp"

#include <cctype>
#include <optional>
#include <set>

namespace racekit {
namespace {

/// The value of an index: numbers and `self`, added, subtracted, multiplied, from left to right.
std::optional<std::int64_t> value_of(std::string const& index, int self) {
    std::int64_t sum = 0, product = 0;
    char pending = '+';
    std::size_t at = 0;
    for (bool operand = true; at < index.size(); operand = !operand) {
        while (at < index.size() && index[at] == ' ') ++at;
        if (!operand) {
            pending = index[at++];
            if (pending != '+' && pending != '-' && pending != '*') return {};
            continue;
        }
        std::int64_t number = 0;
        if (index.compare(at, 4, "self") == 0 && self >= 0) {
            number = self;
            at += 4;
        } else {
            std::size_t const begin = at;
            while (at < index.size() && std::isdigit(static_cast<unsigned char>(index[at])))
                number = number * 10 + (index[at++] - '0');
            if (at == begin) return {};
            while (at < index.size() && (index[at] == 'u' || index[at] == 'U')) ++at;
        }
        if (at < index.size() && index[at] != ' ' && index[at] != '+' && index[at] != '-' &&
            index[at] != '*')
            return {};
        if (pending == '*') {
            product *= number;
        } else {
            sum += product;
            product = pending == '-' ? -number : number;
        }
    }
    return sum + product;
}

struct element {
    std::optional<std::int64_t> number;
    bool contradicted = false;
};
using elements = std::map<std::uint64_t, element>;

/// The distance between neighbours, if all numbers that are known agree on one.
std::optional<std::int64_t> stride_of(elements const& all) {
    std::optional<std::int64_t> stride;
    std::uint64_t place = 0;
    std::optional<std::int64_t> number;
    for (auto const& [here, each] : all) {
        if (!each.number) continue;
        if (number) {
            auto const apart = static_cast<std::int64_t>(here - place);
            std::int64_t const count = *each.number - *number;
            if (count <= 0 || apart % count != 0) return {};
            if (stride && *stride != apart / count) return {};
            stride = apart / count;
        }
        place = here;
        number = each.number;
    }
    if (stride || !number) return stride;
    // One is known: the nearest pair that occurs is taken for neighbours.
    std::uint64_t previous = 0;
    bool first = true;
    for (auto const& [here, each] : all) {
        auto const apart = static_cast<std::int64_t>(here - previous);
        if (!first && (!stride || apart < *stride)) stride = apart;
        previous = here;
        first = false;
    }
    return stride ? stride : 1;
}

bool number_from_known(elements& all) {
    for (auto const& [here, each] : all) {
        if (each.contradicted) return false;
    }
    auto const stride = stride_of(all);
    if (!stride) return false;
    auto known = all.begin();
    while (known != all.end() && !known->second.number) ++known;
    if (known == all.end()) return false;
    for (auto& [here, each] : all) {
        auto const apart = static_cast<std::int64_t>(here - known->first);
        std::int64_t const number = *known->second.number + apart / *stride;
        if (apart % *stride != 0 || number < 0) return false;
        each.number = number;
    }
    return true;
}

void number_elements(elements& all) {
    if (number_from_known(all)) return;
    std::int64_t next = 0;
    for (auto& [here, each] : all) each.number = next++;
}

}  // namespace

std::map<std::uint64_t, std::string> names_of_objects(std::vector<object_use> const& uses) {
    std::map<std::uint64_t, object_expression> first;
    std::map<std::string, elements> arrays;
    for (object_use const& use : uses) {
        if (use.place == 0 || use.expression.empty()) continue;
        object_expression const& known = first.try_emplace(use.place, use.expression).first->second;
        if (known.name != use.expression.name || use.expression.index.empty()) continue;
        element& one = arrays[known.name][use.place];
        auto const number = value_of(use.expression.index, use.thread);
        if (number && one.number && *number != *one.number) one.contradicted = true;
        if (number) one.number = number;
    }
    for (auto& [name, all] : arrays) number_elements(all);
    std::map<std::uint64_t, std::string> names;
    std::set<std::string> taken;
    // In the order of first use, so that the one that is used first keeps the plain name.
    for (object_use const& use : uses) {
        if (use.place == 0 || use.expression.empty() || names.count(use.place) != 0) continue;
        std::string name = first[use.place].name;
        auto const array = arrays.find(name);
        if (array != arrays.end()) {
            auto const at = array->second.find(use.place);
            if (at != array->second.end()) name += "[" + std::to_string(*at->second.number) + "]";
        }
        std::string unique = name;
        for (int copy = 2; !taken.insert(unique).second; ++copy)
            unique = name + "#" + std::to_string(copy);
        names[use.place] = unique;
    }
    return names;
}

}  // namespace racekit
