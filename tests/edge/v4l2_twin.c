/* Makes a USB camera of a plain file: LD_PRELOAD where the kernel has none.
 *
 * Only the requests of V4L2 that OpenCV makes are answered, as uvcvideo does; the file holds one picture in each of its
 * BUFFERS and is opened, mapped and closed as any file. TWIN_CODEC: all it gives (MJPG or YUYV). TWIN_BYTES: the size
 * of a picture. TWIN_RATE: "fixed" and it refuses to set a rate, "unknown" and it tells none either. TWIN_PICTURES:
 * after so many it falls silent. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#define ROOM (4 * 1024 * 1024)
#define BUFFERS 4

static struct v4l2_pix_format shape = {.width = 640, .height = 480};
static struct v4l2_fract interval = {1, 30};
static unsigned queue[BUFFERS], queued, given;

static long number(const char *name, long otherwise)
{
	const char *text = getenv(name);
	return text ? atol(text) : otherwise;
}

static int silent(void)
{
	return given >= number("TWIN_PICTURES", 1000000);
}

static int refuse(int reason)
{
	errno = reason;
	return -1;
}

static int set_format(struct v4l2_format *format)
{
	const char *codec = getenv("TWIN_CODEC");
	shape.width = format->fmt.pix.width;
	shape.height = format->fmt.pix.height;
	shape.pixelformat = v4l2_fourcc(codec[0], codec[1], codec[2], codec[3]);
	shape.sizeimage = ROOM;
	format->fmt.pix = shape;
	return 0;
}

static int rate(struct v4l2_streamparm *wanted, int set)
{
	const char *kind = getenv("TWIN_RATE");
	if (kind && (set || !strcmp(kind, "unknown")))
		return refuse(ENOTTY);
	if (set)
		interval = wanted->parm.capture.timeperframe;
	wanted->parm.capture.timeperframe = interval;
	return 0;
}

static int where(struct v4l2_buffer *buffer)
{
	buffer->length = ROOM;
	buffer->m.offset = buffer->index * ROOM;
	return 0;
}

static int enqueue(struct v4l2_buffer *buffer)
{
	if (queued == BUFFERS)
		return refuse(EINVAL);
	queue[queued++] = buffer->index;
	return 0;
}

static int dequeue(struct v4l2_buffer *buffer)
{
	if (silent() || !queued)
		return refuse(EAGAIN);
	buffer->index = queue[0];
	memmove(queue, queue + 1, --queued * sizeof *queue);
	buffer->bytesused = (unsigned)number("TWIN_BYTES", 0);
	given++;
	return where(buffer);
}

static int answer(unsigned long request, void *argument)
{
	switch (request) {
	case VIDIOC_QUERYCAP:
		((struct v4l2_capability *)argument)->capabilities = V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
		return 0;
	case VIDIOC_G_FMT:
		((struct v4l2_format *)argument)->fmt.pix = shape;
		return 0;
	case VIDIOC_S_FMT:
		return set_format(argument);
	case VIDIOC_S_PARM:
	case VIDIOC_G_PARM:
		return rate(argument, request == VIDIOC_S_PARM);
	case VIDIOC_REQBUFS:
		queued = 0;
		return 0;
	case VIDIOC_QUERYBUF:
		return where(argument);
	case VIDIOC_QBUF:
		return enqueue(argument);
	case VIDIOC_DQBUF:
		return dequeue(argument);
	case VIDIOC_STREAMON:
	case VIDIOC_STREAMOFF:
		return 0;
	default:
		return refuse(EINVAL);
	}
}

int ioctl(int fd, unsigned long request, ...)
{
	static int (*real)(int, unsigned long, ...);
	va_list rest;
	va_start(rest, request);
	void *argument = va_arg(rest, void *);
	va_end(rest);
	if (_IOC_TYPE(request) == 'V')
		return answer(request, argument);
	if (!real)
		real = (int (*)(int, unsigned long, ...))dlsym(RTLD_NEXT, "ioctl");
	return real(fd, request, argument);
}

int select(int count, fd_set *reads, fd_set *writes, fd_set *others, struct timeval *timeout)
{
	static int (*real)(int, fd_set *, fd_set *, fd_set *, struct timeval *);
	if (silent() && timeout) {
		usleep((useconds_t)(timeout->tv_sec * 1000000 + timeout->tv_usec));
		return 0;
	}
	if (!real)
		real = (int (*)(int, fd_set *, fd_set *, fd_set *, struct timeval *))dlsym(RTLD_NEXT, "select");
	return real(count, reads, writes, others, timeout);
}
