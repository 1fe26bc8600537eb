/* Answers DMA heaps with memory files where the kernel has none: LD_PRELOAD for libcamera's virtual camera in a container.
 * Only opening the heap and the three requests that libcamera makes of it and of its buffers are touched. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAP "/dev/dma_heap/linux,cma"

struct allocation { /* struct dma_heap_allocation_data, linux/dma-heap.h */
	uint64_t len;
	uint32_t fd, fd_flags;
	uint64_t heap_flags;
};

#define ALLOCATE _IOWR('H', 0x0, struct allocation)

#define OPENER(name)                                                      \
	int name(const char *path, int flags, ...)                            \
	{                                                                     \
		static int (*real)(const char *, int, ...);                       \
		va_list rest;                                                     \
		va_start(rest, flags);                                            \
		mode_t mode = va_arg(rest, mode_t);                               \
		va_end(rest);                                                     \
		if (path && !strcmp(path, HEAP))                                  \
			return memfd_create("heap", MFD_CLOEXEC);                     \
		if (!real)                                                        \
			real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
		return real(path, flags, mode);                                   \
	}

OPENER(open)
OPENER(open64)

int ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int, unsigned long, ...);
	va_list rest;
	va_start(rest, request);
	void *argument = va_arg(rest, void *);
	va_end(rest);
	if (request == ALLOCATE) {
		struct allocation *wanted = argument;
		int memory = memfd_create("dma", MFD_CLOEXEC);
		if (memory < 0 || ftruncate(memory, (off_t)wanted->len))
			return -1;
		wanted->fd = (uint32_t)memory;
		return 0;
	}
	if (_IOC_TYPE(request) == 'b') /* DMA_BUF_IOCTL_SYNC and _SET_NAME: plain memory needs neither */
		return 0;
	if (!real)
		real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	return real(fd, request, argument);
}
