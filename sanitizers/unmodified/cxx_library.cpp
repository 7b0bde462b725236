// SPDX-License-Identifier: MIT
// What compiled functions of the C++ library read and write of the program's memory: the links of
// std::map, std::set and std::list, the bytes that std::hash reads, and the objects of std::thread.
#include "next_function.hpp"
#include "shadow.hpp"
#include "watch.hpp"

#include "model/runtime/heap.hpp"

#include <cerrno>
#include <cstddef>
#include <list>
#include <map>
#include <pthread.h>
#include <thread>
#include <utility>
#include <vector>

using namespace racekit;
using namespace racekit::unmodified;

namespace {

using tree_node = std::_Rb_tree_node_base;
using list_node = std::__detail::_List_node_base;

template <class Function>
Function* library_function(Function*& known, char const* name) {
    return racekit::unmodified::next_function(known, name);
}

template <class Part>
void reads(Part const& part) {
    shadow::reads(&part, sizeof part);
}
template <class Part>
void writes(Part& part) {
    shadow::writes(&part, sizeof part);
}

/// The nodes that a change of a tree may read. What it has written is known afterwards.
class tree_change {
public:
    explicit tree_change(tree_node& header) : header_(header) {}

    void add(tree_node* node, int depth) {
        if (node == nullptr) return;
        nodes_.emplace_back(node, *node);
        reads(*node);
        if (depth == 0) return;
        add(node->_M_left, depth - 1);
        add(node->_M_right, depth - 1);
    }
    /// From there to the root, and what lies beside: a rotation moves two generations.
    void add_way_up(tree_node* from) {
        for (; from != &header_; from = from->_M_parent) add(from, 2);
    }
    /// A change of the tree conflicts with all that begins at its header.
    void is_made() {
        for (auto& [node, before] : nodes_) {
            if (node->_M_color != before._M_color) writes(node->_M_color);
            if (node->_M_parent != before._M_parent) writes(node->_M_parent);
            if (node->_M_left != before._M_left) writes(node->_M_left);
            if (node->_M_right != before._M_right) writes(node->_M_right);
        }
        writes(header_);
    }

private:
    tree_node& header_;
    std::vector<std::pair<tree_node*, tree_node>> nodes_;
};

tree_node* next_in_order(tree_node* node) {
    reads(*node);
    if (node->_M_right != nullptr) {
        for (node = node->_M_right; reads(*node), node->_M_left != nullptr;) node = node->_M_left;
        return node;
    }
    tree_node* up = node->_M_parent;
    for (; reads(*up), node == up->_M_right; up = up->_M_parent) node = up;
    return node->_M_right != up ? up : node;
}

/// That of the header is the last one.
tree_node* previous_in_order(tree_node* node) {
    reads(*node);
    if (node->_M_color == std::_S_red && node->_M_parent->_M_parent == node) return node->_M_right;
    if (node->_M_left != nullptr) {
        for (node = node->_M_left; reads(*node), node->_M_right != nullptr;) node = node->_M_right;
        return node;
    }
    tree_node* up = node->_M_parent;
    for (; reads(*up), node == up->_M_left; up = up->_M_parent) node = up;
    return up;
}

}  // namespace

namespace std {

void _Rb_tree_insert_and_rebalance(bool const left, _Rb_tree_node_base* node,
                                   _Rb_tree_node_base* parent,
                                   _Rb_tree_node_base& header) noexcept {
    static void (*known)(bool, tree_node*, tree_node*, tree_node&) = nullptr;
    auto* const insert = library_function(
        known, "_ZSt29_Rb_tree_insert_and_rebalancebPSt18_Rb_tree_node_baseS0_RS_");
    if (!is_watched()) return insert(left, node, parent, header);
    model::heap::outside const out;
    tree_change change(header);
    writes(*node);
    change.add_way_up(parent);
    insert(left, node, parent, header);
    change.is_made();
}

_Rb_tree_node_base* _Rb_tree_rebalance_for_erase(_Rb_tree_node_base* const node,
                                                 _Rb_tree_node_base& header) noexcept {
    static tree_node* (*known)(tree_node*, tree_node&) = nullptr;
    auto* const erase =
        library_function(known, "_ZSt28_Rb_tree_rebalance_for_erasePSt18_Rb_tree_node_baseRS_");
    if (!is_watched()) return erase(node, header);
    model::heap::outside const out;
    tree_change change(header);
    tree_node* lowest = node->_M_right != nullptr ? node->_M_right : node;
    while (lowest != node && lowest->_M_left != nullptr) lowest = lowest->_M_left;
    change.add_way_up(lowest);
    tree_node* const gone = erase(node, header);
    change.is_made();
    return gone;
}

_Rb_tree_node_base* _Rb_tree_increment(_Rb_tree_node_base* node) noexcept {
    static tree_node* (*known)(tree_node*) = nullptr;
    if (is_watched()) return next_in_order(node);
    return library_function(known, "_ZSt18_Rb_tree_incrementPSt18_Rb_tree_node_base")(node);
}
_Rb_tree_node_base const* _Rb_tree_increment(_Rb_tree_node_base const* node) noexcept {
    return _Rb_tree_increment(const_cast<tree_node*>(node));
}
_Rb_tree_node_base* _Rb_tree_decrement(_Rb_tree_node_base* node) noexcept {
    static tree_node* (*known)(tree_node*) = nullptr;
    if (is_watched()) return previous_in_order(node);
    return library_function(known, "_ZSt18_Rb_tree_decrementPSt18_Rb_tree_node_base")(node);
}
_Rb_tree_node_base const* _Rb_tree_decrement(_Rb_tree_node_base const* node) noexcept {
    return _Rb_tree_decrement(const_cast<tree_node*>(node));
}

namespace __detail {

void _List_node_base::_M_hook(_List_node_base* const before) noexcept {
    static void (*known)(list_node*, list_node*) = nullptr;
    if (is_watched()) {
        writes(*this);
        reads(before->_M_prev);
        writes(before->_M_prev->_M_next);
        writes(before->_M_prev);
    }
    library_function(known, "_ZNSt8__detail15_List_node_base7_M_hookEPS0_")(this, before);
}
void _List_node_base::_M_unhook() noexcept {
    static void (*known)(list_node*) = nullptr;
    if (is_watched()) {
        reads(*this);
        writes(_M_prev->_M_next);
        writes(_M_next->_M_prev);
    }
    library_function(known, "_ZNSt8__detail15_List_node_base9_M_unhookEv")(this);
}
void _List_node_base::_M_transfer(_List_node_base* const first,
                                  _List_node_base* const last) noexcept {
    static void (*known)(list_node*, list_node*, list_node*) = nullptr;
    if (is_watched() && this != last) {
        for (list_node* each : {static_cast<list_node*>(this), first, last}) {
            writes(each->_M_prev->_M_next);
            writes(each->_M_prev);
        }
    }
    library_function(known, "_ZNSt8__detail15_List_node_base11_M_transferEPS0_S1_")(this, first,
                                                                                    last);
}
void _List_node_base::_M_reverse() noexcept {
    static void (*known)(list_node*) = nullptr;
    if (is_watched()) {
        list_node* each = this;
        do {
            writes(*each);
            each = each->_M_next;
        } while (each != this);
    }
    library_function(known, "_ZNSt8__detail15_List_node_base10_M_reverseEv")(this);
}
void _List_node_base::swap(_List_node_base& one, _List_node_base& other) noexcept {
    static void (*known)(list_node&, list_node&) = nullptr;
    if (is_watched()) {
        for (list_node* each : {&one, &other}) {
            writes(*each);
            writes(each->_M_next->_M_prev);
            writes(each->_M_prev->_M_next);
        }
    }
    library_function(known, "_ZNSt8__detail15_List_node_base4swapERS0_S1_")(one, other);
}

}  // namespace __detail

// The name of its thread is all that such an object holds. The constructor writes it by
// pthread_create().

void thread::join() {
    static void (*known)(thread*) = nullptr;
    if (!is_watched()) return library_function(known, "_ZNSt6thread4joinEv")(this);
    reads(_M_id);
    int const failed = joinable() ? ::pthread_join(native_handle(), nullptr) : EINVAL;
    if (failed != 0) __throw_system_error(failed);
    writes(_M_id);
    _M_id = id();
}
void thread::detach() {
    static void (*known)(thread*) = nullptr;
    if (!is_watched()) return library_function(known, "_ZNSt6thread6detachEv")(this);
    reads(_M_id);
    int const failed = joinable() ? ::pthread_detach(native_handle()) : EINVAL;
    if (failed != 0) __throw_system_error(failed);
    writes(_M_id);
    _M_id = id();
}

std::size_t _Hash_bytes(void const* bytes, std::size_t size, std::size_t seed) {
    static std::size_t (*known)(void const*, std::size_t, std::size_t) = nullptr;
    if (is_watched()) shadow::reads(bytes, size);
    return library_function(known, "_ZSt11_Hash_bytesPKvmm")(bytes, size, seed);
}

}  // namespace std
