// SPDX-License-Identifier: MIT
// Of a library that is not compiled for the model: its accesses are not seen.
int counted = 0;

void count() { ++counted; }
