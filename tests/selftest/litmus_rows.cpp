// Allowed outcomes by hand, after [intro.races] and [atomics.order] of C++20. "cob" is
// coherence-ordered before, "S" the single total order of seq_cst operations.
#include "litmus.hpp"

namespace racekit::model::litmus {
namespace {

constexpr char mo[] = "the engine's modification order is the order of execution";
constexpr char lb[] = "the engine executes each thread in program order";
constexpr char newest[] = "in the engine a read-modify-write sees the newest store executed";
constexpr char stale_failure[] = "in the engine a failing compare_exchange sees the newest store executed";
constexpr char fences[] = "in the engine fences and operations are not in one S";
constexpr char total[] = "the engine's S is the order of execution";

}  // namespace

std::vector<row> const& rows() {
    static std::vector<row> const table = {
        // Store buffering: both loads miss the other thread's store.
        {"SB rlx", {"x = 1 rlx; a = y rlx", "y = 1 rlx; b = x rlx"}, "", "all", "nothing orders a store before a later load"},
        {"SB rel acq", {"x = 1 rel; a = y acq", "y = 1 rel; b = x acq"}, "", "all", "release and acquire do not either"},
        {"SB sc", {"x = 1 sc; a = y sc", "y = 1 sc; b = x sc"}, "", "all -00", "S would have a cycle"},
        {"SB sc rlx", {"x = 1 sc; a = y sc", "y = 1 rlx; b = x rlx"}, "", "all", "one side is not in S"},
        {"SB sc stores, rlx loads", {"x = 1 sc; a = y rlx", "y = 1 sc; b = x rlx"}, "", "all", "the loads are not in S"},
        {"SB rel stores, sc loads", {"x = 1 rel; a = y sc", "y = 1 rel; b = x sc"}, "", "all", "the stores are not in S"},
        {"SB sc exchange, rlx load", {"c = x <- 1 sc; a = y rlx", "d = y <- 1 sc; b = x rlx"}, "", "{00,01,10,11}00", "the loads are not in S"},
        {"SB sc fences", {"x = 1 rlx; fence sc; a = y rlx", "y = 1 rlx; fence sc; b = x rlx"}, "", "all -00", "either fence is first in S"},
        {"SB one sc fence", {"x = 1 rlx; fence sc; a = y rlx", "y = 1 rlx; b = x rlx"}, "", "all", "a fence needs a partner"},
        {"SB ar fences", {"x = 1 rlx; fence ar; a = y rlx", "y = 1 rlx; fence ar; b = x rlx"}, "", "all", "such fences are not in S"},
        {"SB sc fences first", {"fence sc; x = 1 rlx; a = y rlx", "fence sc; y = 1 rlx; b = x rlx"}, "", "all", "no fence stands between store and load"},
        {"SB sc against rlx with sc fence", {"x = 1 sc; a = y sc", "y = 1 rlx; fence sc; b = x rlx"}, "", "all -00", "x = 1, a = y, fence, x = 1 is a cycle in S", "", "00", fences},
        {"SB sc exchange against sc fence", {"x = 1 rlx; fence sc; a = y rlx", "c = y <- 1 sc; b = x rlx"}, "", "{00,01,10,11}0", "b = x is not in S, and the exchange is no fence"},
        {"SB sc stores and sc fences", {"x = 1 sc; fence sc; a = y rlx", "y = 1 sc; fence sc; b = x rlx"}, "", "all -00", "either fence is first in S"},
        {"SB fetch_add(0) ar as load", {"x = 1 rlx; a = y += 0 ar", "y = 1 rlx; b = x += 0 ar"}, "", "00 01 10 11", "each can be first in its modification order", "00", "", newest},
        {"SB fetch_add(0) sc as load", {"x = 1 sc; a = y += 0 sc", "y = 1 sc; b = x += 0 sc"}, "", "01 10 11", "S would have a cycle"},
        {"SB failing CAS rlx", {"x = 1 rlx; a = y cas 5 6 rlx rlx", "y = 1 rlx; b = x cas 5 6 rlx rlx"}, "", "00 01 10 11", "a failing CAS is a relaxed load", "00", "", stale_failure},
        {"SB failing CAS sc", {"x = 1 sc; a = y cas 5 6 sc sc", "y = 1 sc; b = x cas 5 6 sc sc"}, "", "01 10 11", "a failing CAS is a seq_cst load"},
        {"3.SB rlx", {"x = 1 rlx; a = y rlx", "y = 1 rlx; b = z rlx", "z = 1 rlx; c = x rlx"}, "", "all", "as SB rlx"},
        {"3.SB sc", {"x = 1 sc; a = y sc", "y = 1 sc; b = z sc", "z = 1 sc; c = x sc"}, "", "all -000", "as SB sc"},

        // Message passing: the flag is seen, the message is not.
        {"MP rlx", {"x = 1 rlx; y = 1 rlx", "a = y rlx; b = x rlx"}, "", "all", "nothing synchronises"},
        {"MP rel rlx", {"x = 1 rlx; y = 1 rel", "a = y rlx; b = x rlx"}, "", "all", "a release needs an acquire"},
        {"MP rlx acq", {"x = 1 rlx; y = 1 rlx", "a = y acq; b = x rlx"}, "", "all", "an acquire needs a release"},
        {"MP rel acq", {"x = 1 rlx; y = 1 rel", "a = y acq; b = x rlx"}, "", "all -10", "the store of y synchronises with its load"},
        {"MP sc", {"x = 1 sc; y = 1 sc", "a = y sc; b = x sc"}, "", "all -10", "as rel acq"},
        {"MP sc message, rlx flag", {"x = 1 sc; y = 1 rlx", "a = y rlx; b = x sc"}, "", "all", "S is free to put b = x before x = 1", "10", "", total},
        {"MP rel and acq fences", {"x = 1 rlx; fence rel; y = 1 rlx", "a = y rlx; fence acq; b = x rlx"}, "", "all -10", "the fences synchronise"},
        {"MP rel fence, acq load", {"x = 1 rlx; fence rel; y = 1 rlx", "a = y acq; b = x rlx"}, "", "all -10", "the fence synchronises with the load"},
        {"MP rel store, acq fence", {"x = 1 rlx; y = 1 rel", "a = y rlx; fence acq; b = x rlx"}, "", "all -10", "the store synchronises with the fence"},
        {"MP sc fences", {"x = 1 rlx; fence sc; y = 1 rlx", "a = y rlx; fence sc; b = x rlx"}, "", "all -10", "they are release and acquire fences too"},
        {"MP rel fence only", {"x = 1 rlx; fence rel; y = 1 rlx", "a = y rlx; b = x rlx"}, "", "all", "a release needs an acquire"},
        {"MP acq fence only", {"x = 1 rlx; y = 1 rlx", "a = y rlx; fence acq; b = x rlx"}, "", "all", "an acquire needs a release"},
        {"MP acq fence too early", {"x = 1 rlx; y = 1 rel", "fence acq; a = y rlx; b = x rlx"}, "", "all", "the fence comes before the load"},
        {"MP rel fence too late", {"x = 1 rlx; y = 1 rlx; fence rel", "a = y acq; b = x rlx"}, "", "all", "the fence comes after the store"},
        {"MP release sequence, same thread", {"x = 1 rlx; y = 1 rel; y = 2 rlx", "a = y acq; b = x rlx"}, "", "all -10", "since C++20 a relaxed store ends the sequence"},
        {"MP release sequence, other's store", {"x = 1 rlx; y = 1 rel", "y = 2 rlx", "a = y acq; b = x rlx"}, "", "all -10", "2 is not in the sequence of 1"},
        {"MP release sequence, fetch_add", {"x = 1 rlx; y = 1 rel", "c = y += 1 rlx", "a = y acq; b = x rlx"}, "", "{0,1}{0,1}0 {00,01,11,21}1", "a read-modify-write continues the sequence"},
        {"MP release sequence, exchange", {"x = 1 rlx; y = 1 rel", "c = y <- 2 rlx", "a = y acq; b = x rlx"}, "", "{00,01,20,21,11}0 {00,01,11,21}1", "so does an exchange"},
        {"MP publish by rel exchange", {"x = 1 rlx; c = y <- 1 rel", "a = y acq; b = x rlx"}, "", "{00,01,11}0", "a release like any other"},
        {"MP publish by rlx exchange", {"x = 1 rlx; c = y <- 1 rlx", "a = y acq; b = x rlx"}, "", "{00,01,10,11}0", "a read-modify-write is no release by itself"},
        {"MP rel fence, rlx fetch_add", {"x = 1 rlx; fence rel; c = y += 1 rlx", "a = y acq; b = x rlx"}, "", "{00,01,11}0", "the fence synchronises with the load"},
        {"MP acquire by fetch_add", {"x = 1 rlx; y = 1 rel", "a = y += 0 acq; b = x rlx"}, "", "00 01 11", "an acquire like any other"},
        {"MP acquire by successful CAS", {"x = 1 rlx; y = 1 rel", "a = y cas 1 2 ar rlx; b = x rlx"}, "", "00 01 11", "success acquires"},
        {"MP acquire by failing CAS", {"x = 1 rlx; y = 1 rel", "a = y cas 5 6 ar acq; b = x rlx"}, "", "00 01 11", "failure acquires"},
        {"MP failing CAS, rlx failure", {"x = 1 rlx; y = 1 rel", "a = y cas 5 6 ar rlx; b = x rlx"}, "", "00 01 10 11", "the success order is not used"},
        {"MP message read by failing CAS", {"x = 1 rlx; y = 1 rlx", "a = y rlx; b = x cas 5 6 rlx rlx"}, "", "00 01 10 11", "a failing CAS is a relaxed load", "10", "", stale_failure},
        {"MP message read by fetch_add(0)", {"x = 1 rlx; y = 1 rlx", "a = y rlx; b = x += 0 rlx"}, "", "00 01 10 11", "fetch_add can come before x = 1 in modification order", "10", "", newest},
        {"stale by three", {"x = 1 rlx; x = 2 rlx; x = 3 rlx", "a = x rlx"}, "", "all", "any store may be read"},

        // Load buffering: each load sees the store that comes after the other.
        {"LB rlx", {"a = x rlx; y = 1 rlx", "b = y rlx; x = 1 rlx"}, "", "all", "nothing orders a load before a later store", "11", "", lb},
        {"LB rel stores", {"a = x rlx; y = 1 rel", "b = y rlx; x = 1 rel"}, "", "all", "a release needs an acquire", "11", "", lb},
        {"LB acq loads", {"a = x acq; y = 1 rlx", "b = y acq; x = 1 rlx"}, "", "all", "an acquire needs a release", "11", "", lb},
        {"LB rel acq", {"a = x acq; y = 1 rel", "b = y acq; x = 1 rel"}, "", "all -11", "happens-before would have a cycle"},
        {"LB one side rel acq", {"a = x acq; y = 1 rel", "b = y rlx; x = 1 rlx"}, "", "all", "neither store synchronises with its load", "11", "", lb},
        {"LB sc", {"a = x sc; y = 1 sc", "b = y sc; x = 1 sc"}, "", "all -11", "as rel acq"},
        {"LB sc fences", {"a = x rlx; fence sc; y = 1 rlx", "b = y rlx; fence sc; x = 1 rlx"}, "", "all -11", "the fences synchronise in both directions"},
        {"LB data dependence", {"a = x rlx; y = a rlx", "b = y rlx; x = b rlx"}, "", "00", "no value out of thin air"},
        {"3.LB rlx", {"a = x rlx; y = 1 rlx", "b = y rlx; z = 1 rlx", "c = z rlx; x = 1 rlx"}, "", "all", "as LB rlx", "111", "", lb},

        // Write order against read order.
        {"S rlx", {"x = 2 rlx; y = 1 rlx", "a = y rlx; x = 1 rlx"}, "x", "all", "nothing orders the stores to x", "1/2", "", mo},
        {"S rel rlx", {"x = 2 rlx; y = 1 rel", "a = y rlx; x = 1 rlx"}, "x", "all", "a release needs an acquire", "1/2", "", mo},
        {"S rel acq", {"x = 2 rlx; y = 1 rel", "a = y acq; x = 1 rlx"}, "x", "all -1/2", "x = 2 happens before x = 1"},
        {"S sc", {"x = 2 sc; y = 1 sc", "a = y sc; x = 1 sc"}, "x", "all -1/2", "as rel acq"},
        {"S sc fences", {"x = 2 rlx; fence sc; y = 1 rlx", "a = y rlx; fence sc; x = 1 rlx"}, "x", "all -1/2", "the fences synchronise"},
        {"R rlx", {"x = 1 rlx; y = 1 rlx", "y = 2 rlx; a = x rlx"}, "y", "all", "nothing orders a store before a later load"},
        {"R rel acq", {"x = 1 rel; y = 1 rel", "y = 2 rel; a = x acq"}, "y", "all", "as rlx"},
        {"R rel, one sc fence", {"x = 1 rel; y = 1 rel", "y = 2 rlx; fence sc; a = x rlx"}, "y", "all", "a fence needs a partner"},
        {"R sc", {"x = 1 sc; y = 1 sc", "y = 2 sc; a = x sc"}, "y", "all -0/2", "S would have a cycle"},
        {"R sc fences", {"x = 1 rlx; fence sc; y = 1 rlx", "y = 2 rlx; fence sc; a = x rlx"}, "y", "all -0/2", "either fence is first in S"},
        {"R sc against rlx with sc fence", {"x = 1 sc; y = 1 sc", "y = 2 rlx; fence sc; a = x rlx"}, "y", "all -0/2", "x = 1, y = 1, fence, x = 1 is a cycle in S", "", "0/2", fences},
        {"2+2W rlx", {"x = 1 rlx; y = 2 rlx", "y = 1 rlx; x = 2 rlx"}, "xy", "all", "nothing orders the stores of two objects", "/11", "", mo},
        {"2+2W rel", {"x = 1 rel; y = 2 rel", "y = 1 rel; x = 2 rel"}, "xy", "all", "nobody acquires", "/11", "", mo},
        {"2+2W sc", {"x = 1 sc; y = 2 sc", "y = 1 sc; x = 2 sc"}, "xy", "all -/11", "S would have a cycle"},
        {"2+2W sc fences", {"x = 1 rlx; fence sc; y = 2 rlx", "y = 1 rlx; fence sc; x = 2 rlx"}, "xy", "all -/11", "either fence is first in S"},

        // Causality over three threads.
        {"WRC rlx", {"x = 1 rlx", "a = x rlx; y = 1 rlx", "b = y rlx; c = x rlx"}, "", "all", "nothing synchronises"},
        {"WRC rel acq", {"x = 1 rel", "a = x acq; y = 1 rel", "b = y acq; c = x rlx"}, "", "all -110", "happens-before is transitive"},
        {"WRC first load rlx", {"x = 1 rel", "a = x rlx; y = 1 rel", "b = y acq; c = x rlx"}, "", "all -110", "a = x happens before c = x: read-read coherence"},
        {"WRC second store rlx", {"x = 1 rel", "a = x acq; y = 1 rlx", "b = y acq; c = x rlx"}, "", "all", "nothing synchronises on y"},
        {"WRC sc", {"x = 1 sc", "a = x sc; y = 1 sc", "b = y sc; c = x sc"}, "", "all -110", "as rel acq"},
        {"RWC rlx", {"x = 1 rlx", "a = x rlx; b = y rlx", "y = 1 rlx; c = x rlx"}, "", "all", "nothing orders y = 1 before c = x"},
        {"RWC rel acq", {"x = 1 rel", "a = x acq; b = y acq", "y = 1 rel; c = x acq"}, "", "all", "as rlx"},
        {"RWC sc", {"x = 1 sc", "a = x sc; b = y sc", "y = 1 sc; c = x sc"}, "", "all -100", "S would have a cycle"},
        {"RWC sc fences", {"x = 1 rlx", "a = x rlx; fence sc; b = y rlx", "y = 1 rlx; fence sc; c = x rlx"}, "", "all -100", "either fence is first in S"},
        {"RWC one sc fence", {"x = 1 rlx", "a = x rlx; fence sc; b = y rlx", "y = 1 rlx; c = x rlx"}, "", "all", "a fence needs a partner"},
        {"RWC sc reader against sc fence", {"x = 1 rlx", "a = x rlx; fence sc; b = y rlx", "y = 1 sc; c = x sc"}, "", "all -100", "y = 1, c = x, fence, y = 1 is a cycle in S", "", "100", fences},
        {"ISA2 rlx", {"x = 1 rlx; y = 1 rlx", "a = y rlx; z = 1 rlx", "b = z rlx; c = x rlx"}, "", "all", "nothing synchronises"},
        {"ISA2 rel acq", {"x = 1 rlx; y = 1 rel", "a = y acq; z = 1 rel", "b = z acq; c = x rlx"}, "", "all -110", "happens-before is transitive"},
        {"ISA2 first store rlx", {"x = 1 rlx; y = 1 rlx", "a = y acq; z = 1 rel", "b = z acq; c = x rlx"}, "", "all", "nothing synchronises on y"},
        {"ISA2 sc", {"x = 1 sc; y = 1 sc", "a = y sc; z = 1 sc", "b = z sc; c = x sc"}, "", "all -110", "as rel acq"},
        {"W+RWC sc fences", {"x = 1 rlx; y = 1 rel", "a = y acq; fence sc; b = z rlx", "z = 1 rlx; fence sc; c = x rlx"}, "", "all -100", "x = 1 happens before the first fence, and S would have a cycle"},
        {"W+RWC sc", {"x = 1 sc; y = 1 rel", "a = y acq; b = z sc", "z = 1 sc; c = x sc"}, "", "all -100", "x = 1 strongly happens before b = z, and S would have a cycle"},

        // Independent reads of independent writes: two readers see two stores in two orders.
        {"IRIW rlx", {"x = 1 rlx", "y = 1 rlx", "a = x rlx; b = y rlx", "c = y rlx; d = x rlx"}, "", "all", "nothing makes all threads agree"},
        {"IRIW rel acq", {"x = 1 rel", "y = 1 rel", "a = x acq; b = y acq", "c = y acq; d = x acq"}, "", "all", "nothing makes all threads agree"},
        {"IRIW sc", {"x = 1 sc", "y = 1 sc", "a = x sc; b = y sc", "c = y sc; d = x sc"}, "", "all -1010", "S would have a cycle"},
        {"IRIW sc fences", {"x = 1 rlx", "y = 1 rlx", "a = x rlx; fence sc; b = y rlx", "c = y rlx; fence sc; d = x rlx"}, "", "all -1010", "either fence is first in S"},
        {"IRIW sc stores, acq loads", {"x = 1 sc", "y = 1 sc", "a = x acq; b = y acq", "c = y acq; d = x acq"}, "", "all", "the loads are not in S"},
        {"IRIW sc stores, second loads sc", {"x = 1 sc", "y = 1 sc", "a = x acq; b = y sc", "c = y acq; d = x sc"}, "", "all", "x = 1 does not strongly happen before b = y (P0668)", "1010", "", total},

        // Coherence: one object has one order.
        {"CoRR", {"x = 1 rlx", "a = x rlx; b = x rlx"}, "", "all -10", "read-read coherence"},
        {"CoRR two readers", {"x = 1 rlx", "x = 2 rlx", "a = x rlx; b = x rlx", "c = x rlx; d = x rlx"}, "", "{00,01,02,11,12,22}{00,01,02,11,12,22} {00,01,02,22,21,11}{00,01,02,22,21,11}", "both readers see one order"},
        {"CoWW", {"x = 1 rlx; x = 2 rlx", "a = x rlx; b = x rlx"}, "x", "{00,01,02,11,12,22}/2", "write-write and read-read coherence"},
        {"CoWR", {"x = 1 rlx; a = x rlx", "x = 2 rlx"}, "x", "1/1 1/2 2/2", "write-read coherence"},
        {"CoRW", {"a = x rlx; x = 1 rlx", "x = 2 rlx"}, "x", "0/1 0/2 2/1", "read-write coherence"},
        {"CoRW own", {"a = x rlx; x = 1 rlx"}, "", "0", "no load sees a later store of its own thread"},
        {"CoRR by happens-before", {"x = 1 rlx; y = 1 rel", "a = y acq; x = 2 rlx; b = x rlx"}, "", "02 01 12", "after y = 1 was seen, x = 2 comes after x = 1"},

        // Read-modify-write.
        {"RMW two fetch_adds", {"a = x += 1 rlx", "b = x += 1 rlx"}, "x", "01/2 10/2", "each reads its predecessor"},
        {"RMW two exchanges", {"a = x <- 1 rlx", "b = x <- 1 rlx"}, "", "01 10", "only one comes first"},
        {"RMW against a store", {"a = x += 1 rlx", "x = 5 rlx"}, "x", "0/5 5/6", "nothing comes between its read and its write"},
        {"RMW two CAS", {"a = x cas 0 1 rlx rlx", "b = x cas 0 2 rlx rlx"}, "x", "01/1 20/2", "only one can find 0"},
        {"RMW CAS against a store", {"a = x cas 0 1 rlx rlx", "x = 2 rlx"}, "x", "0/2 2/2", "x = 2 is newest or nothing is between"},
        {"RMW weak CAS", {"a = x weak 0 1 rlx rlx"}, "x", "0/0 0/1", "it may fail for no reason"},
        {"RMW two weak CAS", {"a = x weak 0 1 rlx rlx", "b = x weak 0 2 rlx rlx"}, "x", "00/0 00/1 00/2 01/1 20/2", "each may fail for no reason"},
        {"RMW fetch_add chain", {"x = 1 rlx; c = y += 1 rel", "a = y += 1 acq; b = x rlx"}, "", "001 011 110", "the later one acquires from the earlier"},
    };
    return table;
}

}  // namespace racekit::model::litmus
