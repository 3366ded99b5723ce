/* A disk whose sync takes 5 ms, or longer where the real one does, and a count of the syncs: loaded before a program, in front of the C library.
   The count is the size in bytes of the file that SLOW_SYNC_COUNT names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int slowed(const char *name, int fd) {
    struct timespec end;
    clock_gettime(CLOCK_MONOTONIC, &end);
    end.tv_nsec += 5000000;
    if (end.tv_nsec >= 1000000000) {
        end.tv_nsec -= 1000000000;
        end.tv_sec += 1;
    }
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    const char *path = getenv("SLOW_SYNC_COUNT");
    int count = path ? open(path, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (count >= 0) {
        if (write(count, ".", 1) != 1) _exit(70);
        close(count);
    }
    int result = real(fd);
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
    return result;
}

int fsync(int fd) { return slowed("fsync", fd); }
int fdatasync(int fd) { return slowed("fdatasync", fd); }
