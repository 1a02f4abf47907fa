/*
 * Counts the bytes that a program and its children have allocated, in the
 * file that BENCH_ALLOCATED names: for LD_PRELOAD.  What malloc() adds for
 * itself is in it.
 */

#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>


#define ALLOCATED_HEAD  8       /* of malloc(), before each piece */


void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *p);


static _Atomic long  *allocated;


__attribute__((constructor)) static void
allocated_open(void)
{
    int          fd;
    void        *p;
    const char  *file;

    file = getenv("BENCH_ALLOCATED");
    fd = file ? open(file, O_RDWR) : -1;

    if (fd == -1) {
        return;
    }

    p = mmap(NULL, sizeof(long), PROT_READ|PROT_WRITE, MAP_SHARED, fd, 0);
    allocated = p == MAP_FAILED ? NULL : p;

    close(fd);
}


static void *
allocated_add(void *p)
{
    if (p && allocated) {
        *allocated += (long) malloc_usable_size(p) + ALLOCATED_HEAD;
    }

    return p;
}


static void
allocated_take(void *p)
{
    if (p && allocated) {
        *allocated -= (long) malloc_usable_size(p) + ALLOCATED_HEAD;
    }
}


void *
malloc(size_t size)
{
    return allocated_add(__libc_malloc(size));
}


void *
calloc(size_t n, size_t size)
{
    return allocated_add(__libc_calloc(n, size));
}


void *
realloc(void *p, size_t size)
{
    void  *grown;

    allocated_take(p);
    grown = __libc_realloc(p, size);

    return allocated_add(grown || size == 0 ? grown : p) == grown ? grown
                                                                  : NULL;
}


void *
memalign(size_t align, size_t size)
{
    return allocated_add(__libc_memalign(align, size));
}


void *
aligned_alloc(size_t align, size_t size)
{
    return memalign(align, size);
}


int
posix_memalign(void **p, size_t align, size_t size)
{
    *p = memalign(align, size);

    return *p ? 0 : -1;
}


void
free(void *p)
{
    allocated_take(p);
    __libc_free(p);
}
