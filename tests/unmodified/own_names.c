// SPDX-License-Identifier: MIT
// A set in C whose operations have names of the C library, which the model itself calls.
#undef NDEBUG
#include <assert.h>
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int members[4];

static int change(int member, int to) {
    assert(member >= 0 && member < 4);
    pthread_mutex_lock(&lock);
    int const before = members[member];
    members[member] = to;
    pthread_mutex_unlock(&lock);
    return before;
}
int open(int member) { return change(member, 1); }
int close(int member) { return change(member, 0); }
int remove(int member) { return change(member, 0); }
int rename(int member, int to) { return open(to) + remove(member); }
int read(int member) { return members[member]; }
int write(int member) { return change(member, 2); }
int link(int member) { return change(member, 3); }

static void* one(void* unused) {
    open(1);
    rename(1, 2);
    return unused;
}

int main(void) {
    pthread_t thread;
    pthread_create(&thread, 0, one, 0);
    open(3);
    pthread_join(thread, 0);
    assert(read(2) == 1 && read(3) == 1 && read(1) == 0);
    write(0);
    link(0);
    close(0);
    return 0;
}
