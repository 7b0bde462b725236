// SPDX-License-Identifier: MIT
// process: a child process that runs a function of this program, or another program.
//
//     racekit::process child([&] { return work() ? 0 : 1; });                  // fork
//     racekit::process tool(racekit::command{{"gzip", "-9", file}});          // executes a program
//     racekit::exit_status how;
//     if (!child.join_for(5s, how)) child.kill();
//     else if (!how.clean()) std::cerr << how.text();     // "was killed by signal 11 (...)"
//
// Progress:  starting and joining block; join_until() has a deadline.
// Invariant: a process object names that very process: a signal never reaches another one that got
//            its number later (pidfd). A child is reaped by join() or the destructor, once.
// Ordering:  everything before the start happens before the child; everything in a child that was
//            forked happens before the return of join().
// Death:     exit_status says how it ended, by code or signal. A child is killed when the thread
//            that started it ends, unless it was started with die_with_parent = false.
// Errors:    std::system_error when it cannot be started, or the program not executed.
// Fork:      a child that was forked has copies of all memory and descriptors, and one thread:
//            close the ends of pipes that it does not use, and fork before other threads start (a
//            lock that one of them holds stays locked in the child). A program that is executed
//            gets the descriptors that are named, and no other.
// Source:    Linux: clone(2), pidfd_open(2), close_range(2), prctl(2) PR_SET_PDEATHSIG.
#pragma once

#include <racekit/platform.hpp>
#include <racekit/process/fork_guard.hpp>
