/* SPDX-License-Identifier: MIT
   A C program of pthreads and stdatomic; the first word names what it does. */
#undef NDEBUG
#include <assert.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <unistd.h>

static atomic_int turn;
static int plain;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t round_;
static sem_t items;
static pthread_spinlock_t spin;
static pthread_once_t first = PTHREAD_ONCE_INIT;
static pthread_key_t key;

static void both(void* (*one)(void*), void* (*two)(void*), void* given) {
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, one, given);
    pthread_create(&threads[1], NULL, two, given);
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
}

static void* add(void* unused) {
    atomic_fetch_add(&turn, 1);
    pthread_mutex_lock(&gate);
    ++plain;
    pthread_mutex_unlock(&gate);
    return unused;
}
static void counted(void) {
    both(add, add, NULL);
    assert(atomic_load(&turn) == 2 && plain == 2);
}

static void* add_bare(void* unused) {
    ++plain;
    return unused;
}
static void raced(void) { both(add, add_bare, NULL); }

static void* produce(void* unused) {
    pthread_mutex_lock(&gate);
    plain = 1;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&gate);
    return unused;
}
static void* consume(void* unused) {
    pthread_mutex_lock(&gate);
    while (plain == 0) pthread_cond_wait(&changed, &gate);
    pthread_mutex_unlock(&gate);
    return unused;
}
static void conditions(void) { both(produce, consume, NULL); }

static int parts[2];
static void* meet_first(void* unused) {
    parts[0] = 1;
    pthread_barrier_wait(&round_);
    assert(parts[1] == 1);
    return unused;
}
static void* meet_second(void* unused) {
    parts[1] = 1;
    pthread_barrier_wait(&round_);
    assert(parts[0] == 1);
    return unused;
}
static void barriers(void) {
    pthread_barrier_init(&round_, NULL, 2);
    both(meet_first, meet_second, NULL);
    pthread_barrier_destroy(&round_);
}

static void* put(void* unused) {
    plain = 7;
    sem_post(&items);
    return unused;
}
static void* take(void* unused) {
    sem_wait(&items);
    assert(plain == 7);
    return unused;
}
static void semaphores(void) {
    sem_init(&items, 0, 0);
    both(put, take, NULL);
    sem_destroy(&items);
}
static void semaphores_without_post(void) {
    sem_init(&items, 0, 0);
    both(take, take, NULL);
}

static void* add_spinning(void* unused) {
    pthread_spin_lock(&spin);
    ++plain;
    pthread_spin_unlock(&spin);
    return unused;
}
static void spin_locks(void) {
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    both(add_spinning, add_spinning, NULL);
    assert(plain == 2);
}

static void begin(void) { ++plain; }
static void* begin_once(void* unused) {
    pthread_once(&first, begin);
    assert(plain == 1);
    return unused;
}
static void once(void) { both(begin_once, begin_once, NULL); }

static void drop(void* value) {
    atomic_fetch_add(&turn, 1);
    free(value);
}
static void* use_key(void* unused) {
    pthread_setspecific(key, strdup("mine"));
    assert(strcmp(pthread_getspecific(key), "mine") == 0);
    return unused;
}
static void keys(void) {
    pthread_key_create(&key, drop);
    both(use_key, use_key, NULL);
    assert(atomic_load(&turn) == 2);
    pthread_key_delete(key);
}

static void* leave(void* given) {
    pthread_cleanup_push(drop, malloc(8));
    pthread_exit(given);
    pthread_cleanup_pop(0);
}
static void exits(void) {
    pthread_t thread;
    void* result = NULL;
    pthread_create(&thread, NULL, leave, &plain);
    pthread_join(thread, &result);
    assert(result == &plain);
}
static void exits_main(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, add, NULL);
    pthread_detach(thread);
    pthread_exit(NULL);
}

static void exits_main_first(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, add, NULL);
    pthread_exit(NULL);
}
static pthread_t named;
static void* asks_who(void* unused) {
    if (pthread_equal(named, pthread_self())) atomic_store(&turn, 3);
    return unused;
}
static void named_while_asked(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, asks_who, NULL);
    pthread_create(&named, NULL, add, NULL);
    pthread_join(thread, NULL);
    pthread_join(named, NULL);
}
/* The C library has stored the name when the thread begins. */
static void named_before_it_asks(void) {
    pthread_create(&named, NULL, asks_who, NULL);
    pthread_join(named, NULL);
    assert(atomic_load(&turn) == 3);
}
static void* result_of_it;
static void* reads_result(void* unused) {
    if (result_of_it != NULL) atomic_store(&turn, 3);
    return unused;
}
static void result_while_read(void) {
    pthread_t thread, other;
    pthread_create(&thread, NULL, reads_result, NULL);
    pthread_create(&other, NULL, add, &plain);
    pthread_join(other, &result_of_it);
    pthread_join(thread, NULL);
}
static int c_result;
static int c_reads_result(void* unused) {
    (void)unused;
    return c_result != 0;
}
static int c_seven(void* unused) {
    (void)unused;
    return 7;
}
static void c_result_while_read(void) {
    thrd_t thread, other;
    thrd_create(&thread, c_reads_result, NULL);
    thrd_create(&other, c_seven, NULL);
    thrd_join(other, &c_result);
    thrd_join(thread, NULL);
    assert(c_result == 7);
}
static void* asks_for_key(void* unused) {
    if (key != 0) atomic_store(&turn, 3);
    return unused;
}
static void key_made_while_asked(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, asks_for_key, NULL);
    pthread_key_create(&key, NULL);
    pthread_join(thread, NULL);
}
static void never_joined(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, add, NULL);
    while (atomic_load(&turn) == 0) sched_yield();
}

static void* grow(void* given) {
    char** text = given;
    *text = realloc(*text, 100);
    strcpy(*text, "a longer text");
    return NULL;
}
static void* measure(void* given) {
    char** text = given;
    plain = (int)strlen(*text);
    return NULL;
}
static void raced_text(void) {
    char* text = strdup("short");
    both(grow, measure, &text);
    free(text);
}

static void* copy_over(void* given) {
    memset(given, 1, 16);
    return NULL;
}
static void raced_bytes(void) {
    char bytes[16];
    both(copy_over, copy_over, bytes);
}

static void* write_under_lock(void* lock) {
    pthread_rwlock_wrlock(lock);
    plain = 1;
    pthread_rwlock_unlock(lock);
    return NULL;
}
static void* read_twice(void* lock) {
    pthread_rwlock_rdlock(lock);
    assert(pthread_rwlock_tryrdlock(lock) == 0);
    pthread_rwlock_unlock(lock);
    assert(plain == 0 || plain == 1);
    pthread_rwlock_unlock(lock);
    return NULL;
}
static void* read_after(void* lock) {
    read_twice(lock);
    assert(plain == 0 || plain == 1);
    return NULL;
}
static void reads_again(void) {
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    both(write_under_lock, read_twice, &lock);
}
static void reads_once_more(void) {
    pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    both(write_under_lock, read_after, &lock);
}

static void* test_cancel(void* unused) {
    for (;;) pthread_testcancel();
    return unused;
}
static void cancels(void) {
    pthread_t thread;
    pthread_create(&thread, NULL, test_cancel, NULL);
    pthread_cancel(thread);
    pthread_join(thread, NULL);
}

static void* tell(void* ends) {
    plain = 1;
    assert(write(((int*)ends)[1], "", 1) == 1);
    return NULL;
}
static void* hear(void* ends) {
    char byte;
    assert(read(((int*)ends)[0], &byte, 1) == 1);
    assert(plain == 1);
    return NULL;
}
static void tells_by_a_pipe(void) {
    int ends[2];
    assert(pipe(ends) == 0);
    both(tell, hear, ends);
    close(ends[0]);
    close(ends[1]);
}

/* <threads.h> of C11 */
static mtx_t c_gate;
static cnd_t c_changed;
static once_flag c_first = ONCE_FLAG_INIT;
static tss_t c_key;

static void both_of_c(thrd_start_t one, thrd_start_t two) {
    thrd_t threads[2];
    int results[2];
    assert(thrd_create(&threads[0], one, &plain) == thrd_success);
    assert(thrd_create(&threads[1], two, &plain) == thrd_success);
    assert(thrd_join(threads[0], &results[0]) == thrd_success);
    assert(thrd_join(threads[1], &results[1]) == thrd_success);
    assert(results[0] == -3 && results[1] == -3);
}

static int c_add(void* to) {
    mtx_lock(&c_gate);
    ++*(int*)to;
    mtx_unlock(&c_gate);
    return -3;
}
static int c_add_bare(void* to) {
    ++*(int*)to;
    thrd_yield();
    thrd_exit(-3);
}
static void c_counted(void) {
    mtx_init(&c_gate, mtx_plain);
    both_of_c(c_add, c_add);
    assert(plain == 2);
    mtx_destroy(&c_gate);
}
static void c_raced(void) {
    mtx_init(&c_gate, mtx_plain);
    both_of_c(c_add, c_add_bare);
}

static int c_produce(void* unused) {
    mtx_lock(&c_gate);
    plain = 1;
    cnd_signal(&c_changed);
    mtx_unlock(&c_gate);
    return -3;
}
static int c_consume(void* unused) {
    mtx_lock(&c_gate);
    while (plain == 0) cnd_wait(&c_changed, &c_gate);
    mtx_unlock(&c_gate);
    return -3;
}
static int c_consume_in_time(void* unused) {
    struct timespec const limit = {1, 0};
    mtx_lock(&c_gate);
    int const result = plain == 1 ? thrd_success : cnd_timedwait(&c_changed, &c_gate, &limit);
    assert(result == thrd_success || result == thrd_timedout);
    mtx_unlock(&c_gate);
    return -3;
}
static void c_conditions(void) {
    mtx_init(&c_gate, mtx_plain);
    cnd_init(&c_changed);
    both_of_c(c_produce, c_consume);
}
static void c_waits_in_time(void) {
    mtx_init(&c_gate, mtx_timed);
    cnd_init(&c_changed);
    both_of_c(c_produce, c_consume_in_time);
}
static void c_never_signalled(void) {
    mtx_init(&c_gate, mtx_plain);
    cnd_init(&c_changed);
    both_of_c(c_consume, c_consume);
}

static int c_lock_twice(void* unused) {
    mtx_lock(&c_gate);
    mtx_lock(&c_gate);
    ++plain;
    mtx_unlock(&c_gate);
    assert(mtx_trylock(&c_gate) == thrd_success);
    mtx_unlock(&c_gate);
    mtx_unlock(&c_gate);
    return -3;
}
static void c_recursive(void) {
    mtx_init(&c_gate, mtx_plain | mtx_recursive);
    both_of_c(c_lock_twice, c_lock_twice);
    assert(plain == 2);
}
static void c_locked_twice(void) {
    mtx_init(&c_gate, mtx_plain);
    both_of_c(c_lock_twice, c_add);
}
static int c_try(void* unused) {
    int const result = mtx_trylock(&c_gate);
    assert(result == thrd_success || result == thrd_busy);
    if (result == thrd_success) {
        ++plain;
        mtx_unlock(&c_gate);
    }
    return -3;
}
static void c_tries(void) {
    mtx_init(&c_gate, mtx_plain);
    both_of_c(c_try, c_try);
    assert(plain == 2); /* one may miss it */
}

static void c_begin(void) {
    assert(tss_create(&c_key, free) == thrd_success);
    plain = 5;
}
static int c_keep(void* unused) {
    call_once(&c_first, c_begin);
    assert(plain == 5 && tss_get(c_key) == NULL);
    assert(tss_set(c_key, malloc(1)) == thrd_success);
    assert(thrd_equal(thrd_current(), thrd_current()));
    return -3;
}
static void c_once_and_keys(void) { both_of_c(c_keep, c_keep); }

static int c_sleep(void* unused) {
    struct timespec const span = {0, 1000000};
    assert(thrd_sleep(&span, NULL) == 0);
    return -3;
}
static void c_sleeps(void) { both_of_c(c_sleep, c_sleep); }

static struct {
    char const* name;
    void (*run)(void);
} const all[] = {{"counted", counted},
                 {"raced", raced},
                 {"conditions", conditions},
                 {"barriers", barriers},
                 {"semaphores", semaphores},
                 {"semaphores_without_post", semaphores_without_post},
                 {"spin_locks", spin_locks},
                 {"once", once},
                 {"keys", keys},
                 {"exits", exits},
                 {"exits_main", exits_main},
                 {"exits_main_first", exits_main_first},
                 {"never_joined", never_joined},
                 {"named_while_asked", named_while_asked},
                 {"named_before_it_asks", named_before_it_asks},
                 {"result_while_read", result_while_read},
                 {"c_result_while_read", c_result_while_read},
                 {"key_made_while_asked", key_made_while_asked},
                 {"raced_text", raced_text},
                 {"raced_bytes", raced_bytes},
                 {"reads_again", reads_again},
                 {"reads_once_more", reads_once_more},
                 {"cancels", cancels},
                 {"tells_by_a_pipe", tells_by_a_pipe},
                 {"c_counted", c_counted},
                 {"c_raced", c_raced},
                 {"c_conditions", c_conditions},
                 {"c_waits_in_time", c_waits_in_time},
                 {"c_never_signalled", c_never_signalled},
                 {"c_recursive", c_recursive},
                 {"c_locked_twice", c_locked_twice},
                 {"c_tries", c_tries},
                 {"c_once_and_keys", c_once_and_keys},
                 {"c_sleeps", c_sleeps}};

int main(int words, char** word) {
    for (size_t at = 0; words == 2 && at < sizeof all / sizeof *all; ++at) {
        if (strcmp(all[at].name, word[1]) != 0) continue;
        all[at].run();
        return 0;
    }
    puts("there is no program of that name");
    return 2;
}
