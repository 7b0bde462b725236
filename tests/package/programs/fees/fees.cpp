// SPDX-License-Identifier: MIT
int discount();
int fee() { return FEE - discount(); }
