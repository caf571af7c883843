// Sends back what it reads: the least that a server of lines can do, and so the limit of what one can
// reach over the loopback of this machine.

#define _GNU_SOURCE
#include <errno.h>

#include "listen.h"

enum { BUFFER = 1 << 16 };

static int echo(int fd) {
  static char buffer[BUFFER];
  ssize_t count = recv(fd, buffer, BUFFER, MSG_DONTWAIT);
  if (count < 0 && errno == EAGAIN) return 1;
  for (ssize_t at = 0; at < count;) {
    ssize_t written = send(fd, buffer + at, (size_t)(count - at), MSG_NOSIGNAL);
    if (written < 0) return 0;
    at += written;
  }
  return count > 0;
}

static int opened(int fd) { return fd >= 0; }

int main(void) { return serve_forever(opened, echo); }
