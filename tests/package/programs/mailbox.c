// SPDX-License-Identifier: MIT
// One thread puts letters into a box, the other takes them out. Words: how many, and anything.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int letters, taken, count;

static void* put(void* none) {
    for (int at = 0; at < count; ++at) {
        pthread_mutex_lock(&gate);
        ++letters;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&gate);
    }
    return none;
}

static void* take(void* none) {
    for (int at = 0; at < count; ++at) {
        pthread_mutex_lock(&gate);
        while (letters == 0) pthread_cond_wait(&changed, &gate);
        --letters;
        ++taken;
        pthread_mutex_unlock(&gate);
    }
    return none;
}

int main(int words, char** word) {
    if (words != 3) return 2;
    count = atoi(word[1]);
    pthread_t one, two;
    pthread_create(&one, NULL, put, NULL);
    pthread_create(&two, NULL, take, NULL);
    pthread_join(one, NULL);
    pthread_join(two, NULL);
    printf("%d %s\n", taken, word[2]);
    return taken == count ? 0 : 1;
}
