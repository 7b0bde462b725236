// SPDX-License-Identifier: MIT
// One producer and one consumer of Concurrency Kit's ring.
#undef NDEBUG
#include <assert.h>
#include <ck_ring.h>
#include <pthread.h>
#include <stddef.h>

static ck_ring_t ring;
static ck_ring_buffer_t places[4];
static int made;

static void* produce(void* unused) {
    (void)unused;
    made = 1;
    ck_ring_enqueue_spsc(&ring, places, &made);
    return NULL;
}

int main(void) {
    ck_ring_init(&ring, 4);
    pthread_t other;
    pthread_create(&other, NULL, produce, NULL);
    void* got = NULL;
    if (ck_ring_dequeue_spsc(&ring, places, &got)) assert(*(int*)got == 1);
    pthread_join(other, NULL);
    return 0;
}
